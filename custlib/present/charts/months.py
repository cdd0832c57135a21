"""Months on a horizontal axis: a row for each, without holes, and few names under it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from custlib.periods import Month, month_range, month_text, parse_month
from custlib.present.charts.frame import values


def widen(
    frame: pd.DataFrame, *, x: str, y: str, by: str | None, read: Callable[[Any], list] = values
) -> pd.DataFrame:
    """Give one row per x, without holes between the first month and the last, and a column per series.

    Parameters
    ----------
    read
        Reads the column of values; floats, with NaN for what is missing, unless told otherwise.
    """
    place = [_position(value) for value in frame[x]]
    group = [str(value) for value in frame[by]] if by else [y] * len(frame)
    numbers = read(frame[y])
    kind: Any = float if read is values else object
    long = pd.DataFrame(
        {"x": pd.Series(place, dtype=object), "by": group, "y": pd.Series(numbers, dtype=kind)}
    )
    if long.duplicated(["x", "by"]).any():
        raise ValueError(f"lines: more than one row for the same {x}{' and ' + by if by else ''}")
    wide = long.pivot(index="x", columns="by", values="y")[list(dict.fromkeys(group))]
    if place and isinstance(place[0], date):
        wide = wide.reindex(list(month_range(min(place), max(place))))
    return wide.sort_index()


def dated(wide: pd.DataFrame) -> bool:
    """Whether a wide table's rows are months (and not plain numbers)."""
    return bool(len(wide)) and isinstance(wide.index[0], date)


def places_of(wide: pd.DataFrame) -> list[float]:
    """Give each row's place on the axis: months are numbered from nought."""
    return [float(place) for place in (range(len(wide)) if dated(wide) else wide.index)]


def with_months(wide: pd.DataFrame, name: str) -> pd.DataFrame:
    """Make the table behind a chart: the months (YYYY-MM) or numbers in the first column."""
    table = wide.rename_axis(None, axis=1).reset_index(drop=True)
    written = [month_text(month) for month in wide.index] if dated(wide) else list(wide.index)
    table.insert(0, name, written)
    return table


def name_places(axes: Axes, wide: pd.DataFrame, *, crowded: bool = False) -> None:
    """Name some months under the axis, each with its year: as many as the picture's width has room for.

    Parameters
    ----------
    crowded
        Whether much of the width is taken by names beside the chart.
    """
    if not dated(wide):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        return
    figure: Any = axes.figure
    most = min(8.0, figure.get_figwidth() * (0.82 if crowded else 1.0))
    last = len(wide) - 1
    step = next((size for size in (1, 2, 3, 6, 12, 24, 36, 60, 120) if last / size + 1 <= most), 240)
    ticks = sorted(range(last, -1, -step))
    axes.set_xticks(ticks, [f"{wide.index[tick]:%b}\n{wide.index[tick]:%Y}" for tick in ticks])


def _position(value: Any) -> Any:
    if isinstance(value, str):
        return parse_month(value)
    if hasattr(value, "year"):
        return Month(value.year, value.month, 1)
    return float(value)
