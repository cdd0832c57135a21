"""Two counts per row on either side of a middle line: what speaks against, and what speaks for."""

from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, values, wrap
from custlib.present.charts.pictures import cut, inert, width
from custlib.present.numbers import NOT_AVAILABLE, writer
from custlib.present.numbers import text as plain

_ROW = 0.66
_GAP = 5  # points between a bar and its number


def mirrored(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    left: tuple[str, str],
    right: tuple[str, str],
    words: Words,
    unit: str,
    name: str,
    missing: str = NOT_AVAILABLE,
) -> Chart:
    """Draw two bars per row away from one line, first row on top, with the row's name above them.

    Parameters
    ----------
    frame
        A value that is missing has no bar; in its place stand the words `missing`.
    left, right
        A column and the words for it, printed above its side in its colour.
    """
    require(frame, [label, left[0], right[0]], chart=name)
    names = [cut(inert(item), 44) or " " for item in frame[label]]
    sides = (values(frame[left[0]]), values(frame[right[0]]))
    write = writer(unit)
    most = max((item for side in sides for item in side if not isnan(item)), default=0.0)

    def paint(axes: Axes) -> None:
        inches = 0.46 * float(axes.figure.get_figwidth())  # type: ignore[union-attr]
        for side, sign, colour in ((sides[0], -1, theme.PLUM), (sides[1], 1, theme.TEAL)):
            axes.barh(
                range(len(names)),
                [sign * (0 if isnan(item) else item) for item in side],
                height=0.5,
                color=colour,
            )
            for row, item in enumerate(side):
                axes.annotate(
                    missing if isnan(item) else write(item),
                    (0 if isnan(item) else sign * item, row),
                    xytext=(sign * _GAP, 0), textcoords="offset points", ha="left" if sign > 0 else "right", va="center",
                    color=theme.QUIET if isnan(item) else theme.INK, annotation_clip=False,
                )  # fmt: skip
        need = max(width(missing if isnan(item) else write(item)) for side in sides for item in side) + 0.15
        room = most * inches / max(0.4, inches - need)
        axes.set_xlim(-room, room)
        _rows(axes, names, inches)
        for said, sign, colour in ((left[1], -1, theme.PLUM), (right[1], 1, theme.TEAL)):
            _head(axes, said, sign, colour, inches)

    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        left[0]: (left[1], write),
        right[0]: (right[1], write),
    }
    height = _ROW * len(names) + 0.75 if most else theme.EMPTY
    table = frame[[label, left[0], right[0]]].copy()
    return Chart(name, words, table, on_axes(paint, nothing=not most), height, columns, stiff=True)


def _rows(axes: Axes, names: list[str], inches: float) -> None:
    """Write each row's name in the middle above its bars: both sides keep their whole width."""
    letters = int(2 * inches / width("n"))
    for row, said in enumerate(names):
        axes.text(0, row - 0.3, cut(said, letters), ha="center", va="bottom", color=theme.INK, size=11.5)
    axes.set_ylim(len(names) - 0.5, -0.8)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    for row in range(len(names)):
        axes.vlines(0, row - 0.27, row + 0.27, color=theme.INK, linewidth=1)


def _head(axes: Axes, said: str, sign: int, colour: str, inches: float) -> None:
    letters = int((inches - 0.1) / width("n", weight="bold"))
    axes.annotate(
        wrap(said, letters, 2), (0.5, 1), xycoords="axes fraction", xytext=(sign * 8, 4), textcoords="offset points",
        ha="left" if sign > 0 else "right", va="bottom", color=theme.as_text(colour), fontweight="bold", annotation_clip=False,
    )  # fmt: skip
