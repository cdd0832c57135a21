"""Points in four named fields: on which side of nothing each lies, across and upwards."""

from collections.abc import Sequence
from math import hypot, isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.endings import Ending, name_endings
from custlib.present.charts.frame import on_axes, require, values, wrap, write_axis
from custlib.present.charts.pictures import Arrange
from custlib.present.charts.series import MOST_NAMED
from custlib.present.numbers import Writer, signed
from custlib.present.numbers import text as plain

# Room beyond the furthest point on each side, as a part of its distance: there stand the names of the fields.
_ROOM = 0.45
# The right and the left side, above and below, in the order in which fields are named.
_CORNERS = ((1, 1), (0, 1), (1, 0), (0, 0))


def fields(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str = "label",
    names: Sequence[str],
    highlight: str | None = None,
    across: tuple[str, Writer],
    upwards: tuple[str, Writer],
    words: Words,
    name: str,
    height: float = theme.HEIGHT,
) -> Chart:
    """Draw a dot per row, named on the right; where both numbers are nought the four fields meet.

    Parameters
    ----------
    frame
        A row of which a number is missing has no dot.
    names
        Of the fields: right above, left above, right below, left below.
    highlight
        The row in colour and in front; the others are grey.
    across, upwards
        For either axis its words and the function that writes a value.

    Returns
    -------
    Chart
        Its table has one row per row of the frame. Of many dots only the furthest from the middle are named.
    """
    require(frame, [label, x, y], chart=name)
    labels = [str(item) for item in frame[label]]
    points = list(zip(labels, values(frame[x]), values(frame[y]), strict=True))
    told = [point for point in points if not isnan(point[1]) and not isnan(point[2])]

    def paint(axes: Axes) -> Arrange:
        wide = max(abs(point[1]) for point in told) or 1.0
        high = max(abs(point[2]) for point in told) or 1.0
        ends = []
        named = _named(told, highlight, wide, high)
        for said, place, level in sorted(told, key=lambda point: point[0] == highlight):
            strong = said == highlight
            colour = theme.BLUE if strong else theme.GREY
            axes.plot(
                [place], [level], "o", markersize=11 if strong else 8, color=colour, markeredgecolor="white", zorder=4 if strong else 3
            )  # fmt: skip
            if said in named:
                ends.append(Ending(place, level, wrap(said, 14, 2), colour, strong, led=True))
        axes.set_xlim(-wide * (1 + _ROOM), wide * (1 + _ROOM))
        axes.set_ylim(-high * (1 + _ROOM), high * (1 + _ROOM))
        axes.axhline(0, color=theme.QUIET, linewidth=1, zorder=1)
        axes.axvline(0, color=theme.QUIET, linewidth=1, zorder=1)
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        _name_fields(axes, names)
        write_axis(axes.xaxis, across[1], ticks=3)
        write_axis(axes.yaxis, upwards[1], ticks=5)
        axes.set_xlabel(across[0])
        axes.set_title(upwards[0], loc="left", color=theme.QUIET, fontsize=12)
        # Names stand beside the picture, where no dot is.
        right = Ending(axes.get_xlim()[1], 0.0, " ", theme.GREY)
        return name_endings(axes, [*ends, right])

    columns: Columns = {
        label: (label.capitalize(), plain),
        x: (across[0].capitalize(), lambda value: signed(value, across[1])),
        y: (upwards[0].capitalize(), lambda value: signed(value, upwards[1])),
    }
    draw = on_axes(paint, nothing=not told)
    return Chart(name, words, frame[[label, x, y]].copy(), draw, height if told else theme.EMPTY, columns)


def _named(
    points: Sequence[tuple[str, float, float]], highlight: str | None, wide: float, high: float
) -> set[str]:
    """Choose which dots are named: the highlighted one, and of the others those furthest from the middle."""
    far = sorted(points, key=lambda point: -hypot(point[1] / wide, point[2] / high))
    others = [point[0] for point in far if point[0] != highlight]
    return {*others[: MOST_NAMED - 1], *([highlight] if highlight else [])}


def _name_fields(axes: Axes, names: Sequence[str]) -> None:
    """Write the name of each field into its outer corner."""
    for said, (right, above) in zip(names, _CORNERS, strict=True):
        axes.annotate(
            said,
            (right, above),
            xycoords="axes fraction",
            xytext=(-5 if right else 5, -4 if above else 4),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top" if above else "bottom",
            color=theme.QUIET,
            fontstyle="italic",
        )
