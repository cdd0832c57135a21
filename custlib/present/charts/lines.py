"""Lines over months (or over any ordered number), with the highlighted one in colour."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.events import Events, read_events, with_events
from custlib.present.charts.frame import on_axes, require, values, write_axis
from custlib.present.charts.months import dated, widen, with_months
from custlib.present.charts.pictures import Arrange
from custlib.present.charts.series import draw_series
from custlib.present.numbers import count, writer
from custlib.present.numbers import text as plain


def lines(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    by: str | None = None,
    highlight: str | Sequence[str] | None = None,
    words: Words,
    unit: str,
    name: str,
    reference: tuple[float, str] | None = None,
    from_zero: bool = False,
    x_label: str = "",
    height: float = theme.HEIGHT,
    events: Events = (),
) -> Chart:
    """Draw one line, or one per value of `by`.

    Parameters
    ----------
    frame
        One row per `x` (and `by`). A missing value, or a month without a row, is a gap in the line.
    x
        Column of months (dates or ``YYYY-MM``) or of plain numbers.
    highlight
        Series drawn in colour; the rest are grey. The first series when None.
    unit
        Unit of `y`, see `custlib.present.numbers.writer`.
    reference
        A level and its label, drawn as a thin dashed line and named on the right.
    x_label
        Words below the axis, for an `x` of plain numbers.
    from_zero
        Begin the vertical axis at zero.
    events
        What happened and when (`custlib.present.charts.events.read_events`), marked on an axis of months.

    Returns
    -------
    Chart
        Its table has one row per `x` and one column per series.
    """
    require(frame, [x, y, *([by] if by else [])], chart=name)
    wide = widen(frame, x=x, y=y, by=by)
    series = [str(column) for column in wide.columns]
    chosen = _chosen(highlight, series)
    write = writer(unit)
    nothing = all(isnan(value) for column in wide for value in values(wide[column]))

    def paint(axes: Axes) -> Arrange:
        arrange = draw_series(axes, wide, chosen, write, labelled=by is not None, reference=reference)
        if from_zero:
            axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
        write_axis(axes.yaxis, write)
        axes.set_xlabel(x_label)
        return arrange

    heading = "Month" if dated(wide) else x_label or x.replace("_", " ").capitalize()
    columns: Columns = {
        x: (heading, plain if dated(wide) else count),
        **{column: (words.measure if by is None else column, write) for column in series},
    }
    marked = () if nothing else read_events(events, wide, chart=name)
    table, columns = with_events(with_months(wide, x), columns, wide, marked)
    draw = on_axes(paint, nothing=nothing)
    return Chart(name, words, table, draw, theme.EMPTY if nothing else height, columns, marked)


def curves(
    frame: pd.DataFrame,
    *,
    x: str = "age",
    y: str = "value",
    by: str = "cohort",
    highlight: str | Sequence[str] | None = None,
    words: Words,
    unit: str,
    name: str,
    reference: tuple[float, str] | None = None,
    from_zero: bool = True,
    x_label: str = "months since acquisition",
    height: float = theme.HEIGHT,
) -> Chart:
    """Draw cohorts against one another at equal age, one in colour and the rest grey.

    Parameters
    ----------
    frame
        One row per cohort and age. A missing value, or an age without a row, is a gap in its line.
    x
        Column of ages in whole months.
    highlight
        Cohort(s) in colour; the latest (the last to appear) when None.
    reference
        A level and its label, such as what it costs to win a customer.

    Returns
    -------
    Chart
        Its table has one row per age, from the lowest to the highest, and one column per cohort. Of many
        cohorts only the highlighted, the first and the last are named in the picture.

    Raises
    ------
    ValueError
        When an age is no whole number.
    """
    require(frame, [x, y, by], chart=name)
    ages = [float(age) for age in frame[x]]
    broken = next((age for age in ages if not age.is_integer()), None)
    if broken is not None:
        raise ValueError(f"chart {name}: {x} {broken}; ages are whole months")
    # An age nobody reached would be skipped by the line; a row of its own keeps the gap.
    missing = sorted(set(np.arange(min(ages), max(ages) + 1)) - set(ages)) if ages else []
    first = str(frame[by].iloc[0]) if len(frame) else ""
    filled: Any = pd.DataFrame({x: missing, y: None, by: first}, dtype=object)
    return lines(
        pd.concat([frame[[x, y, by]].astype(object), filled], ignore_index=True),
        x=x, y=y, by=by, highlight=highlight or (str(frame[by].iloc[-1]) if len(frame) else None),
        words=words, unit=unit, name=name, reference=reference, from_zero=from_zero, x_label=x_label, height=height,
    )  # fmt: skip


def _chosen(highlight: str | Sequence[str] | None, series: list[str]) -> list[str]:
    return [highlight] if isinstance(highlight, str) else list(highlight or series[:1])
