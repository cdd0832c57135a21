"""Movements: who came and who left month by month, and the way from an opening to a closing total."""

from collections.abc import Mapping
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.bars import write_beside
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.endings import Ending, name_endings
from custlib.present.charts.events import Events, read_events, with_events
from custlib.present.charts.frame import on_axes, require, values, wrap, write_axis
from custlib.present.charts.months import name_places, widen, with_months
from custlib.present.charts.pictures import Arrange
from custlib.present.numbers import Writer, count, money_exact, signed, writer
from custlib.present.numbers import text as plain

_CAME = (theme.TEAL, theme.BLUE)
_LEFT = (theme.ORANGE, theme.PLUM)


def in_and_out(
    frame: pd.DataFrame,
    *,
    came: Mapping[str, str],
    left: Mapping[str, str],
    month: str = "month",
    words: Words,
    unit: str,
    name: str,
    events: Events = (),
) -> Chart:
    """Draw monthly bars: what came above the line, what left below it, and the net as a dash.

    Parameters
    ----------
    frame
        One row per month; all values are zero or more. A missing value leaves the month empty.
    came, left
        At most two columns each, with the words for them.
    events
        What happened and when (`custlib.present.charts.events.read_events`), marked among the months.
    """
    require(frame, [month, *came, *left], chart=name)
    parts = {column: widen(frame, x=month, y=column, by=None)[column] for column in (*came, *left)}
    wide = pd.DataFrame(parts)
    write = writer(unit)
    nothing = bool(wide.isna().all(axis=None))
    columns: Columns = {
        month: ("Month", plain),
        **{column: (heading, write) for column, heading in {**came, **left}.items()},
    }
    draw = on_axes(lambda axes: _stacks(axes, wide, came, left, write), nothing=nothing)
    height = theme.EMPTY if nothing else theme.HEIGHT
    marked = () if nothing else read_events(events, wide, chart=name)
    table, columns = with_events(with_months(wide, month), columns, wide, marked)
    return Chart(name, words, table, draw, height, columns, marked)


def _stacks(
    axes: Axes, wide: pd.DataFrame, came: Mapping[str, str], left: Mapping[str, str], write: Writer
) -> Arrange:
    places = list(range(len(wide)))
    labels = []
    net = [0.0] * len(places)
    for group, colours, side in ((came, _CAME, 1), (left, _LEFT, -1)):
        base = [0.0] * len(places)
        for (column, words), colour in zip(group.items(), colours, strict=False):
            sizes = [0.0 if isnan(item) else item for item in values(wide[column])]
            axes.bar(places, [side * size for size in sizes], bottom=base, width=0.78, color=colour, zorder=2)
            middle = base[-1] + side * sizes[-1] / 2
            labels.append(Ending(places[-1] + 0.5, middle, wrap(words, 14), colour, strong=True))
            base = [start + side * size for start, size in zip(base, sizes, strict=True)]
            net = [start + side * size for start, size in zip(net, values(wide[column]), strict=True)]
    axes.plot(
        places, net, "_", color=theme.INK, markersize=max(4, 200 / len(places)), markeredgewidth=2.2, zorder=4
    )
    labels.append(Ending(places[-1] + 0.5, 0.0 if isnan(net[-1]) else net[-1], "Net", theme.INK, strong=True))
    axes.axhline(0, color=theme.INK, linewidth=1, zorder=3)
    axes.set_xlim(-0.6, len(places) - 0.4)
    name_places(axes, wide)
    write_axis(axes.yaxis, lambda value: write(abs(value)))
    return name_endings(axes, labels, gap=5)


def bridge(
    frame: pd.DataFrame,
    *,
    words: Words,
    unit: str,
    name: str,
    tolerance: float = 0.005,
) -> Chart:
    """Draw a waterfall read from top to bottom, one row per step.

    Parameters
    ----------
    frame
        Columns ``label``, ``value`` and ``kind``: ``total`` rows stand on zero, ``change`` rows
        continue from where the row above ended. A missing value is written as "not available".
    tolerance
        How far a total may lie from the sum of what is above it.

    Raises
    ------
    ValueError
        When a total is not the sum of the steps above it: such a picture would be untrue.
    """
    require(frame, ["label", "value", "kind"], chart=name)
    labels, numbers, kinds = (
        [str(item) for item in frame["label"]],
        values(frame["value"]),
        list(frame["kind"]),
    )
    write = writer(unit)
    starts = _starts(labels, numbers, kinds, name=name, tolerance=tolerance)
    nothing = all(isnan(number) for number in numbers)
    height = theme.EMPTY if nothing else max(2.0, 0.52 * len(labels) + 0.3)
    draw = on_axes(lambda axes: _steps(axes, labels, numbers, kinds, starts, write), nothing=nothing)
    exact: Writer = (lambda value: money_exact(value, unit)) if len(unit) == 3 and unit.isupper() else count
    columns: Columns = {"label": ("Step", plain), "value": (words.measure, exact)}
    return Chart(name, words, frame[["label", "value", "kind"]].copy(), draw, height, columns, stiff=True)


def _starts(
    labels: list[str], numbers: list[float], kinds: list[str], *, name: str, tolerance: float
) -> list[float]:
    """Give where each row's bar begins; after a missing step the sum cannot be checked any more."""
    starts, reached = [], 0.0
    for position, (label, number, kind) in enumerate(zip(labels, numbers, kinds, strict=True)):
        if kind not in ("total", "change"):
            raise ValueError(f"chart {name}: kind {kind!r} of {label!r}; use 'total' or 'change'")
        if kind == "total" and position and abs(number - reached) > tolerance:
            raise ValueError(
                f"chart {name}: {label!r} is {number} but the steps above it add up to {reached}"
            )
        starts.append(0.0 if kind == "total" else reached)
        reached = number if kind == "total" else reached + number
    return starts


def _steps(
    axes: Axes, labels: list[str], numbers: list[float], kinds: list[str], starts: list[float], write: Writer
) -> None:
    rows = list(range(len(labels)))
    edges = [0.0]
    for row, number, kind, start in zip(rows, numbers, kinds, starts, strict=True):
        drawn = not isnan(number) and not isnan(start)
        colour = theme.BLUE if kind == "total" else theme.TEAL if number > 0 else theme.ORANGE
        text: Writer = write if kind == "total" else (lambda value: signed(value, write))
        if drawn:
            axes.barh(row, number, left=start, height=0.66, color=colour, zorder=2)
            edges += [start, start + number]
            if row + 1 < len(rows):
                axes.plot(
                    [start + number] * 2, [row + 0.33, row + 0.67], color=theme.GREY, linewidth=1, zorder=1
                )
        _beside(axes, number, start if drawn else 0.0, row, text, strong=kind == "total")
    axes.set_yticks(rows, [wrap(label, 24) for label in labels])
    for tick, kind in zip(axes.get_yticklabels(), kinds, strict=True):
        tick.set_color(theme.INK)
        tick.set_fontweight("bold" if kind == "total" else "normal")
    axes.set_ylim(len(rows) - 0.5, -0.5)
    low, high = min(edges), max(edges)
    span = (high - low) or 1.0
    axes.set_xlim(low - (0.3 * span if low < 0 else 0), high + 0.3 * span)
    axes.set_xticks([])
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=theme.QUIET, linewidth=1)


def _beside(axes: Axes, number: float, start: float, row: int, write: Writer, *, strong: bool) -> None:
    """Write a step's value to the right of its bar, where there is always room."""
    if isnan(number):
        write_beside(axes, number, row, write, strong=False)
        return
    axes.annotate(
        write(number),
        (max(start, start + number), row),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=theme.INK,
        fontweight="bold" if strong else "normal",
        annotation_clip=False,
    )
