"""A cumulative curve over customers, from the most profitable on, against the line of equal shares."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.endings import Ending, name_endings
from custlib.present.charts.frame import on_axes, require, values, wrap, write_axis
from custlib.present.charts.pictures import Arrange
from custlib.present.numbers import share

# A point of the curve to be marked: its place, its height, and the words for it.
Mark = tuple[float, float, str]
_DIAGONAL_AT = (0.3, 0.6)  # where the words for the straight line may stand
_STEEP = 1.8  # a peak so high leaves the straight line at the foot


def cumulative(
    frame: pd.DataFrame,
    *,
    x: str = "customers",
    y: str = "margin",
    marks: Sequence[Mark] = (),
    equal: str = "all the same",
    whole: str = "all",
    x_label: str,
    y_label: str,
    words: Words,
    name: str,
) -> Chart:
    """Draw a curve of cumulative shares; the marked points are named on the right.

    Parameters
    ----------
    frame
        One row per point: both columns are shares, from 0 to 1; the second may rise above one and fall back.
    marks
        Points of the curve; the first is drawn strong.
    equal
        Words for the straight line from the first point to the last; `whole` are those for the last point.

    Returns
    -------
    Chart
        Its table has one row per point.
    """
    require(frame, [x, y], chart=name)
    places, heights = values(frame[x]), values(frame[y])
    nothing = all(isnan(height) for height in heights)

    def paint(axes: Axes) -> Arrange | None:
        axes.plot([0, 1], [0, 1], color=theme.GREY, linewidth=1.4, linestyle=(0, (4, 3)), zorder=1)
        axes.plot(places, heights, color=theme.BLUE, zorder=3)
        _name_line(axes, equal, marks, max(heights))
        ends = []
        for order, (place, height, said) in enumerate(marks):
            colour = theme.PALETTE[0 if not order else 2]
            axes.plot(
                [place],
                [height],
                "o",
                markersize=9 if not order else 7,
                color=colour,
                markeredgecolor="white",
                zorder=4,
            )
            if not order:
                axes.vlines(place, 0, height, colors=theme.BLUE, linewidth=1, linestyle=":", zorder=1)
            ends.append(Ending(place, height, wrap(said, 11, 4), colour, strong=not order))
        if marks:
            ends.append(Ending(1.0, heights[-1], wrap(whole, 11), theme.GREY))
        axes.set_xlim(0, 1)
        axes.set_ylim(min(0.0, *heights), max(1.0, *heights, *(height for _, height, _ in marks)) * 1.04)
        write_axis(axes.xaxis, share)
        write_axis(axes.yaxis, share)
        axes.set_xlabel(x_label)
        axes.set_title(y_label, loc="left", color=theme.QUIET, fontsize=12)
        return name_endings(axes, ends) if ends else None

    columns: Columns = {x: (x_label.capitalize(), share), y: (words.measure, share)}
    height = theme.EMPTY if nothing else theme.HEIGHT
    return Chart(name, words, frame[[x, y]].copy(), on_axes(paint, nothing=nothing), height, columns)


def _name_line(axes: Axes, said: str, marks: Sequence[Mark], highest: float) -> None:
    """Write what the straight line is beside it, where no leader of a mark runs: below it, or above where it lies low."""
    level = marks[0][1] if marks else 1.0
    place = max(_DIAGONAL_AT, key=lambda item: abs(item - 0.06 - level))
    low = highest > _STEEP
    axes.annotate(
        said,
        (0.55, 0.55) if low else (place, place),
        xytext=(0, 14) if low else (10, -12),
        textcoords="offset points",
        ha="center" if low else "left",
        va="center",
        color=theme.QUIET,
    )
