"""A line over months with its interval, against a level that it had to reach and that moves itself."""

from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.endings import Ending, name_endings
from custlib.present.charts.events import Events, read_events, with_events
from custlib.present.charts.frame import on_axes, require, values, wrap, write_axis
from custlib.present.charts.months import name_places, places_of, widen, with_months
from custlib.present.charts.pictures import Arrange
from custlib.present.numbers import text as plain
from custlib.present.numbers import writer


def hurdle(
    frame: pd.DataFrame,
    *,
    month: str = "month",
    value: tuple[str, str],
    against: tuple[str, str],
    low: str = "low",
    high: str = "high",
    words: Words,
    unit: str,
    name: str,
    height: float = theme.HEIGHT,
    events: Events = (),
) -> Chart:
    """Draw the line in colour on its shaded interval, and what it had to reach as a dashed one.

    Parameters
    ----------
    frame
        One row per month. A missing value, or a month without a row, is a gap; a missing end leaves the line bare.
    value, against
        A column and its words, written where its line ends.
    events
        What happened and when (`custlib.present.charts.events.read_events`), marked among the months.

    Returns
    -------
    Chart
        Its table has one row per month: value, both ends of the interval, and what was to be reached.
    """
    names = (value[0], low, high, against[0])
    require(frame, [month, *names], chart=name)
    wide = pd.DataFrame(columns=list(names), dtype=float)
    if len(frame):
        wide = pd.DataFrame({column: widen(frame, x=month, y=column, by=None)[column] for column in names})
    write = writer(unit)
    nothing = all(isnan(item) for item in values(wide[value[0]]))

    def paint(axes: Axes) -> Arrange:
        places = places_of(wide)
        made, least, most, asked = (values(wide[column]) for column in names)
        axes.fill_between(places, least, most, color=theme.BLUE, alpha=0.16, linewidth=0, zorder=1)
        axes.plot(places, asked, color=theme.QUIET, linewidth=1.8, linestyle=(0, (4, 3)), zorder=2)
        axes.plot(places, made, color=theme.BLUE, linewidth=2.6, zorder=3)
        _lonely(axes, places, made, least, most)
        ends = []
        for points, said, colour in ((made, value[1], theme.BLUE), (asked, against[1], theme.QUIET)):
            known = [(place, point) for place, point in zip(places, points, strict=True) if not isnan(point)]
            if known:
                strong = colour == theme.BLUE
                axes.plot(
                    [known[-1][0]],
                    [known[-1][1]],
                    "o",
                    markersize=6 if strong else 4,
                    color=colour,
                    clip_on=False,
                    zorder=4,
                )
                ends.append(Ending(*known[-1], wrap(f"{said} {write(known[-1][1])}", 14), colour, strong))
        axes.margins(x=0.02)
        if min(item for item in [*made, *least] if not isnan(item)) < 0:
            axes.axhline(0, color=theme.QUIET, linewidth=1, zorder=1)
        name_places(axes, wide)
        write_axis(axes.yaxis, write)
        return name_endings(axes, ends)

    columns: Columns = {
        month: ("Month", plain),
        value[0]: (value[1], write),
        low: ("95% interval from", write),
        high: ("to", write),
        against[0]: (against[1], write),
    }
    marked = () if nothing else read_events(events, wide, chart=name)
    table, columns = with_events(with_months(wide, month), columns, wide, marked)
    draw = on_axes(paint, nothing=nothing)
    return Chart(name, words, table, draw, theme.EMPTY if nothing else height, columns, marked)


def _lonely(
    axes: Axes, places: list[float], points: list[float], least: list[float], most: list[float]
) -> None:
    """Draw the interval of a month between two gaps as a stroke, since a shade of one month has no width."""
    padded = [float("nan"), *points, float("nan")]
    for index, place in enumerate(places):
        before, here, after = padded[index : index + 3]
        if not isnan(here) and isnan(before) and isnan(after):
            axes.plot([place], [here], "o", markersize=4, color=theme.BLUE, zorder=3)
            axes.vlines(place, least[index], most[index], color=theme.BLUE, alpha=0.3, linewidth=4, zorder=1)
