"""A control chart: each wave's figure with its interval, against the limits within which chance moves it."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.bars import say_what
from custlib.present.charts.chart import Chart, Words
from custlib.present.charts.endings import Ending, name_endings
from custlib.present.charts.events import Event, Events, read_events
from custlib.present.charts.frame import on_axes, require, values, wrap, write_axis
from custlib.present.charts.months import name_places, widen
from custlib.present.charts.pictures import Arrange
from custlib.present.numbers import Writer, count, writer
from custlib.present.numbers import text as plain

_QUARTER = 3.0  # months
_ENDS = ("value", "low", "high", "expected", "lower", "upper", "moving")


def control(
    frame: pd.DataFrame,
    *,
    wave: str = "wave",
    month: str = "month",
    value: str,
    answers: str = "answers",
    signal: str = "signal",
    words: Words,
    unit: str,
    name: str,
    said: tuple[str, str, str, str],
    height: float = theme.HEIGHT,
    events: Events = (),
) -> Chart:
    """Draw a dot per wave on the line of its interval; a wave beyond its limits is a diamond of another colour.

    Parameters
    ----------
    frame
        One row per wave in order, with columns ``low``, ``high`` (its interval), ``expected``, ``lower``, ``upper``
        (what the months before let expect) and ``moving`` (mean of the latest months). What is missing is not drawn.
    signal
        Column that is not 0 where the wave lies beyond its limits.
    said
        Words for: a wave, a wave beyond its limits, the limits, the moving figure.
    events
        What happened and when (`custlib.present.charts.events.read_events`), marked among the months.

    Returns
    -------
    Chart
        Its table has one row per wave; waves of one month stand beside one another in it.
    """
    require(frame, [wave, month, value, answers, signal, *_ENDS[1:]], chart=name)
    write = writer(unit)
    months = _months(frame, month)
    places = _places(frame, month, months)
    nothing = all(isnan(item) for item in values(frame[value]))

    marked = () if nothing else read_events(events, months, chart=name)
    table = frame[[wave, value, "low", "high", "moving", "expected", "lower", "upper", answers]].copy()
    table.insert(0, "month", [f"{item:%Y-%m}" for item in frame[month]])
    columns = _columns(wave, value, answers, words, unit)
    if marked:
        table["events"] = _since(marked, list(frame[month]))
        columns["events"] = ("Events since the wave before", plain)

    def paint(axes: Axes) -> Arrange:
        found = {column: values(frame[value if column == "value" else column]) for column in _ENDS}
        flagged = [not isnan(item) and item != 0 for item in values(frame[signal])]
        _limits(axes, places, found)
        axes.plot(places, found["moving"], color=theme.TEAL, linewidth=2.2, zorder=2)
        _dots(axes, places, found, flagged)
        known = [
            item
            for column in ("value", "low", "high", "lower", "upper")
            for item in found[column]
            if not isnan(item)
        ]
        if min(known) < 0 < max(known):
            axes.axhline(0, color=theme.QUIET, linewidth=1, zorder=1)
        edge = max(0.5, _half(places))
        axes.set_xlim(places[0] - edge, places[-1] + edge)
        name_places(axes, months, crowded=True)
        write_axis(axes.yaxis, write)
        told = [(said[2], theme.GREY), (said[3], theme.TEAL)]
        told = [item for item, column in zip(told, ("lower", "moving"), strict=True) if _any(found[column])]
        told += [(said[1], theme.ORANGE)] if any(flagged) else []
        # The names of events stand between these and the axes.
        say_what(axes, [*told, (said[0], theme.BLUE)], over=1 if marked else 0)
        return name_endings(axes, _last(places, found, flagged, write, places[-1] + edge))

    draw = on_axes(paint, nothing=nothing)
    return Chart(name, words, table, draw, theme.EMPTY if nothing else height + 0.9, columns, marked)


def _columns(wave: str, value: str, answers: str, words: Words, unit: str) -> dict[str, tuple[str, Writer]]:
    write = writer(unit)
    return {
        "month": ("Month", plain),
        wave: ("Wave", plain),
        value: (words.measure, write),
        "low": ("95% interval from", write),
        "high": ("to", write),
        "moving": ("Latest 12 months", write),
        "expected": ("12 months before", write),
        "lower": ("Limits from", write),
        "upper": ("to", write),
        answers: ("Answers", count),
    }


def _since(events: Sequence[Event], months: Sequence[date]) -> list[str]:
    """Write beside each wave what happened in its month and in those since the wave before."""
    firsts = [item.replace(day=1) for item in months]
    said = []
    for place, item in enumerate(firsts):
        before = firsts[place - 1] if place else None
        said.append(
            "; ".join(e.said for e in events if e.month <= item and (before is None or e.month > before))
        )
    return said


def _months(frame: pd.DataFrame, month: str) -> pd.DataFrame:
    """Give a row per month from the first wave's to the last's, without holes."""
    if not len(frame):
        return pd.DataFrame()
    once = pd.DataFrame({"x": list(dict.fromkeys(frame[month])), "y": 1.0})
    return widen(once, x="x", y="y", by=None)


def _places(frame: pd.DataFrame, month: str, months: pd.DataFrame) -> list[float]:
    """Place each wave in its month; several of one month share its width."""
    at = {item: place for place, item in enumerate(months.index)}
    there = list(frame[month])
    rank: list[int] = [there[:place].count(item) for place, item in enumerate(there)]
    return [
        at[item.replace(day=1)] + (number + 0.5) / there.count(item) - 0.5
        for item, number in zip(there, rank, strict=True)
    ]


def _any(column: list[float]) -> bool:
    return any(not isnan(item) for item in column)


def _half(places: list[float]) -> float:
    """Give half the room between waves, a quarter's at most: limits of waves that are far apart need not touch."""
    gaps = [later - early for early, later in pairwise(places)]
    return 0.5 * min([_QUARTER, *gaps]) if gaps else 0.5


def _limits(axes: Axes, places: list[float], found: dict[str, list[float]]) -> None:
    """Shade what chance reaches about each wave's expectation, as wide as the room between waves."""
    half = _half(places)
    for place, least, most, middle in zip(
        places, found["lower"], found["upper"], found["expected"], strict=True
    ):
        if isnan(least) or isnan(most):
            continue
        axes.fill_between(
            [place - half, place + half], least, most, color=theme.GREY, alpha=0.22, linewidth=0, zorder=1
        )
        axes.hlines(middle, place - half, place + half, color=theme.GREY, linewidth=1.2, zorder=1.5)


def _dots(axes: Axes, places: list[float], found: dict[str, list[float]], flagged: list[bool]) -> None:
    for place, dot, low, high, far in zip(
        places, found["value"], found["low"], found["high"], flagged, strict=True
    ):
        colour = theme.ORANGE if far else theme.BLUE
        axes.vlines(place, low, high, color=colour, linewidth=1.6, alpha=0.7, zorder=3)
        axes.plot(
            [place],
            [dot],
            "D" if far else "o",
            markersize=9 if far else 6,
            color=colour,
            markeredgecolor="white",
            zorder=4,
        )


def _last(
    places: list[float], found: dict[str, list[float]], flagged: list[bool], write: Writer, edge: float
) -> list[Ending]:
    """Name the last wave's figure at the right edge."""
    place = max(at for at, item in enumerate(found["value"]) if not isnan(item))
    colour = theme.ORANGE if flagged[place] else theme.BLUE
    right = Ending(edge, found["value"][place], " ", colour)
    return [
        right,
        Ending(
            places[place], found["value"][place], wrap(write(found["value"][place]), 8), colour, True, True
        ),
    ]
