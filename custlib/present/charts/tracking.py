"""What was expected and what came, month by month and added up, with the months nobody had seen shaded."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.events import Events, read_events, with_events
from custlib.present.charts.frame import on_axes, require, values, write_axis
from custlib.present.charts.months import widen, with_months
from custlib.present.charts.pictures import Arrange
from custlib.present.charts.series import draw_series
from custlib.present.numbers import Writer, writer
from custlib.present.numbers import text as plain

EACH, ADDED = "Each month", "Added up"


def tracking(
    frame: pd.DataFrame,
    *,
    expected: str = "Expected",
    actual: str = "Came",
    words: Words,
    unit: str,
    name: str,
    events: Events = (),
) -> Chart:
    """Draw two panels under one another: the months, and their running totals.

    Parameters
    ----------
    frame
        ``month``, ``expected``, ``actual`` and ``holdout`` (whether the model had not seen the month). A
        missing value is a gap in the upper panel, and ends the running total.
    expected, actual
        Words for the two lines.
    events
        What happened and when (`custlib.present.charts.events.read_events`), marked among the months.

    Returns
    -------
    Chart
        Its table has one row per month: both numbers, both running totals, and whether it was shaded.
    """
    require(frame, ["month", "expected", "actual", "holdout"], chart=name)
    names = {"expected": expected, "actual": actual}
    parts = {said: widen(frame, x="month", y=column, by=None)[column] for column, said in names.items()}
    each = pd.DataFrame(parts)
    added = each.cumsum(skipna=False)
    shaded = widen(frame.assign(holdout=frame.holdout.astype(float)), x="month", y="holdout", by=None)
    hidden = [bool(item > 0) for item in values(shaded["holdout"])]
    write = writer(unit)
    nothing = all(isnan(item) for item in values(each[actual]))
    table = with_months(each, "month")
    for said in names.values():
        table[f"{said}, {ADDED.lower()}"] = values(added[said])
    table["unseen"] = ["yes" if item else "no" for item in hidden]
    columns: Columns = {
        "month": ("Month", plain),
        **{column: (column, write) for column in table.columns[1:-1]},
        "unseen": ("Not seen by the model", plain),
    }
    marked = () if nothing else read_events(events, each, chart=name)
    table, columns = with_events(table, columns, each, marked)

    def draw(figure: Figure) -> Arrange | None:
        return _panels(figure, each, added, hidden, actual, write, room=bool(marked))

    if nothing:
        return Chart(name, words, table, on_axes(lambda axes: None, nothing=True), theme.EMPTY, columns)
    return Chart(name, words, table, draw, theme.HEIGHT * 1.5, columns, marked)


def _panels(
    figure: Figure,
    each: pd.DataFrame,
    added: pd.DataFrame,
    hidden: Sequence[bool],
    actual: str,
    write: Writer,
    *,
    room: bool,
) -> Arrange:
    upper, lower = figure.subplots(2, 1, height_ratios=[3, 2])
    moves = []
    for axes, wide, title in ((upper, each, EACH), (lower, added, ADDED)):
        moves.append(draw_series(axes, wide, [actual], write, labelled=True))
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
        write_axis(axes.yaxis, write, ticks=4)
        _shade(axes, hidden)
        # Names of events stand between the axes and the title.
        axes.set_title(
            title, loc="left", color=theme.INK, fontsize=12, fontweight="bold",
            pad=22 if room and axes is upper else 6,
        )  # fmt: skip
    upper.tick_params(labelbottom=False)

    def move_apart() -> None:
        for move in moves:
            move()

    return move_apart


def _shade(axes: Axes, hidden: Sequence[bool]) -> None:
    """Shade the months that the model had not seen; they lie together at the right."""
    places = [place for place, item in enumerate(hidden) if item]
    if places:
        limits = axes.get_xlim()
        axes.axvspan(
            places[0] - 0.5,
            max(places[-1] + 0.5, limits[1]),
            color=theme.RULE,
            alpha=0.45,
            zorder=0,
            linewidth=0,
        )
        axes.set_xlim(limits)
