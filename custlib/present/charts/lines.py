"""Lines over months (or over any ordered number), with the highlighted one in colour."""

from collections.abc import Sequence
from datetime import date
from math import isnan, nan
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from custlib.periods import Month, month_range, month_text, parse_month
from custlib.present import theme
from custlib.present.charts.frame import (
    Chart,
    Columns,
    require,
    say_not_available,
    sheet,
    spread,
    values,
    wrap,
    write_axis,
)
from custlib.present.numbers import count, writer
from custlib.present.numbers import text as plain


def lines(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    by: str | None = None,
    highlight: str | Sequence[str] | None = None,
    title: str,
    subtitle: str,
    source: str,
    alt: str,
    unit: str,
    name: str,
    reference: tuple[float, str] | None = None,
    from_zero: bool = False,
    x_label: str = "",
    height: float = theme.HEIGHT,
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
        A level and its label, drawn as a thin dashed line.
    x_label
        Words below the axis, for an `x` of plain numbers.
    from_zero
        Begin the vertical axis at zero.

    Returns
    -------
    Chart
        Its table has one row per `x` and one column per series.
    """
    require(frame, [x, y, *([by] if by else [])], chart=name)
    wide = widen(frame, x=x, y=y, by=by)
    series = [str(column) for column in wide.columns]
    chosen = [highlight] if isinstance(highlight, str) else list(highlight or series[:1])
    write = writer(unit)
    nothing = all(isnan(value) for column in wide for value in values(wide[column]))
    with sheet(height=theme.EMPTY if nothing else height) as (figure, axes):
        if nothing:
            say_not_available(axes)
        else:
            _draw(axes, wide, chosen, write, labelled=by is not None)
            if reference:
                _reference(axes, *reference)
            if from_zero:
                axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
            write_axis(axes.yaxis, write)
            axes.set_xlabel(x_label)
    table = wide.rename_axis(x).reset_index()
    months = bool(len(wide)) and isinstance(wide.index[0], date)
    if months:
        table[x] = [month_text(month) for month in wide.index]
    table.columns = [x, *series]
    columns: Columns = {
        x: ("Month" if months else x_label or x.replace("_", " ").capitalize(), plain if months else count)
    }
    columns = {
        **columns,
        **{column: (subtitle.split(",")[0] if by is None else column, write) for column in series},
    }
    return Chart(name, figure, title, subtitle, source, alt, table, columns)


def widen(frame: pd.DataFrame, *, x: str, y: str, by: str | None) -> pd.DataFrame:
    """Give one row per x, without holes between the first month and the last, and a column per series."""
    place = [_position(value) for value in frame[x]]
    group = [str(value) for value in frame[by]] if by else [y] * len(frame)
    long = pd.DataFrame({"x": pd.Series(place, dtype=object), "by": group, "y": values(frame[y])})
    if long.duplicated(["x", "by"]).any():
        raise ValueError(f"lines: more than one row for the same {x}{' and ' + by if by else ''}")
    wide = long.pivot(index="x", columns="by", values="y")[list(dict.fromkeys(group))]
    if place and isinstance(place[0], date):
        wide = wide.reindex(list(month_range(min(place), max(place))))
    return wide.sort_index()


def _position(value: Any) -> Any:
    if isinstance(value, str):
        return parse_month(value)
    if hasattr(value, "year"):
        return Month(value.year, value.month, 1)
    return float(value)


def _draw(axes: Axes, wide: pd.DataFrame, chosen: list[str], write: Any, *, labelled: bool) -> None:
    dated = isinstance(wide.index[0], date)
    places = [float(place) for place in (range(len(wide)) if dated else wide.index)]
    colours = dict(zip(chosen, theme.PALETTE, strict=False))
    ends = []
    for column in sorted(wide.columns, key=lambda item: str(item) in chosen):
        points = values(wide[column])
        colour = colours.get(str(column), theme.GREY)
        strong = str(column) in chosen
        axes.plot(places, points, color=colour, linewidth=2.6 if strong else 1.6, zorder=3 if strong else 2)
        _lonely(axes, places, points, colour)
        known = [(place, point) for place, point in zip(places, points, strict=True) if not isnan(point)]
        if known:
            place, point = known[-1]
            axes.plot([place], [point], "o", markersize=6 if strong else 4, color=colour, zorder=4)
            text = f"{column} {write(point)}" if labelled else write(point)
            ends.append((place, point, wrap(text, 16), theme.AS_TEXT.get(colour, colour), strong))
    _label_ends(axes, ends)
    label_places(axes, wide, places)


def _lonely(axes: Axes, places: list[float], points: list[float], colour: str) -> None:
    """Mark a value between two gaps, which a line alone would not show."""
    padded = [nan, *points, nan]
    for index, place in enumerate(places):
        before, here, after = padded[index : index + 3]
        if not isnan(here) and isnan(before) and isnan(after):
            axes.plot([place], [here], "o", markersize=4, color=colour, zorder=3)


def _label_ends(axes: Axes, ends: list[tuple[float, float, str, str, bool]]) -> None:
    low, high = axes.get_ylim()
    line = (high - low) * 0.075
    heights = spread([end[1] for end in ends], sizes=[line * (end[2].count("\n") + 1) for end in ends])
    right = max(end[0] for end in ends)
    for (_, _, text, colour, strong), height in zip(ends, heights, strict=True):
        axes.annotate(
            text,
            (right, height),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontweight="bold" if strong else "normal",
            linespacing=1.05,
            annotation_clip=False,
        )


def label_places(axes: Axes, wide: pd.DataFrame, places: list[float]) -> None:
    """Name four or five months under the axis; the first of a year carries the year."""
    if not isinstance(wide.index[0], date):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        return
    step = next(size for size in (1, 2, 3, 6, 12, 24, 60, 120) if (len(places) - 1) / size < 6)
    last = len(places) - 1
    ticks = sorted(range(last, -1, -step))
    axes.set_xticks(ticks, [f"{wide.index[tick]:%b}\n{wide.index[tick]:%Y}" for tick in ticks])


def _reference(axes: Axes, level: float, label: str) -> None:
    axes.axhline(level, color=theme.QUIET, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        label,
        (0, level),
        xycoords=("axes fraction", "data"),
        xytext=(0, 4),
        textcoords="offset points",
        color=theme.QUIET,
    )
