"""Lines on a pair of axes: the chosen ones in colour, each named where it ends."""

from collections.abc import Collection
from math import isnan, nan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.endings import Ending, name_endings
from custlib.present.charts.frame import values, wrap
from custlib.present.charts.months import name_places, places_of
from custlib.present.charts.pictures import Arrange, inert
from custlib.present.numbers import Writer

# More lines than these cannot all be named without names lying on one another.
MOST_NAMED = 7


def draw_series(
    axes: Axes,
    wide: pd.DataFrame,
    chosen: Collection[str],
    write: Writer,
    *,
    labelled: bool,
    reference: tuple[float, str] | None = None,
) -> Arrange:
    """Draw a line per column of a wide table; those not chosen are grey and lie behind.

    Parameters
    ----------
    labelled
        Whether the names of the columns are written beside their last values.
    reference
        A level and its name, drawn as a thin dashed line.
    """
    places = places_of(wide)
    colours = dict(zip(chosen, theme.PALETTE, strict=False))
    named = _named([str(column) for column in wide.columns], chosen)
    ends = []
    for column in sorted(wide.columns, key=lambda item: str(item) in chosen):
        points = values(wide[column])
        colour, strong = colours.get(str(column), theme.GREY), str(column) in chosen
        axes.plot(places, points, color=colour, linewidth=2.6 if strong else 1.6, zorder=3 if strong else 2)
        _lonely(axes, places, points, colour)
        known = [(place, point) for place, point in zip(places, points, strict=True) if not isnan(point)]
        if known:
            place, point = known[-1]
            axes.plot([place], [point], "o", markersize=6 if strong else 4, color=colour, zorder=4)
            if str(column) in named:
                text = f"{inert(column)} {write(point)}" if labelled else write(point)
                ends.append(Ending(place, point, wrap(text, 16), colour, strong))
    if reference:
        level, label = reference
        right = max(end.place for end in ends)
        axes.hlines(
            level, places[0], right, colors=theme.QUIET, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1
        )
        ends.append(Ending(right, level, wrap(label, 16), theme.QUIET))
    axes.margins(x=0.02)
    name_places(axes, wide)
    return name_endings(axes, ends)


def _named(columns: list[str], chosen: Collection[str]) -> set[str]:
    """Choose which lines are named: all of a few; of many the chosen ones, the first and the last."""
    if len(columns) <= MOST_NAMED:
        return set(columns)
    others = [column for column in columns if column not in chosen]
    return {*chosen, *others[:1], *others[-1:]}


def _lonely(axes: Axes, places: list[float], points: list[float], colour: str) -> None:
    """Mark a value between two gaps, which a line alone would not show."""
    padded = [nan, *points, nan]
    for index, place in enumerate(places):
        before, here, after = padded[index : index + 3]
        if not isnan(here) and isnan(before) and isnan(after):
            axes.plot([place], [here], "o", markersize=4, color=colour, zorder=3)
