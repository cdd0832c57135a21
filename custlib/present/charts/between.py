"""Two figures per row as dots, connected: how far apart they lie is what the chart says."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.bars import finish_rows, rows_height, say_what
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, values, wrap
from custlib.present.charts.pictures import width
from custlib.present.numbers import NOT_AVAILABLE, Writer, writer
from custlib.present.numbers import text as plain

_LETTERS = 20
_GAP = 9  # points between a dot and its number


def between(
    frame: pd.DataFrame,
    *,
    first: tuple[str, str],
    second: tuple[str, str],
    label: str = "label",
    note: str | None = None,
    words: Words,
    unit: str,
    name: str,
) -> Chart:
    """Draw two dots per row on one line, first row on top: `first` in grey, `second` in colour.

    Parameters
    ----------
    frame
        A row of which a value is missing is written as "not available", without a dot.
    first, second
        A column and the words for it, printed above the rows in its colour.
    note
        A column of short words, written below the name of each row.
    """
    require(frame, [label, first[0], second[0], *([note] if note else [])], chart=name)
    names = [wrap(item, _LETTERS) for item in frame[label]]
    if note:
        names = [f"{row}\n{wrap(said, _LETTERS, 1)}" for row, said in zip(names, frame[note], strict=True)]
    pairs = list(zip(values(frame[first[0]]), values(frame[second[0]]), strict=True))
    write = writer(unit)
    told = [pair for pair in pairs if not any(isnan(item) for item in pair)]

    def paint(axes: Axes) -> None:
        for row, (one, other) in enumerate(pairs):
            if isnan(one) or isnan(other):
                _beside(axes, 0, row, NOT_AVAILABLE, right=True)
                continue
            axes.hlines(row, min(one, other), max(one, other), color=theme.RULE, linewidth=4, zorder=1)
            for item, far, colour in ((one, other, theme.GREY), (other, one, theme.BLUE)):
                axes.plot([item], [row], "o", markersize=9, color=colour, markeredgecolor="white", zorder=3)
                right = item > far or (item == far and colour == theme.BLUE)
                _beside(axes, item, row, write(item), right=right, strong=colour == theme.BLUE)
        finish_rows(axes, names)
        axes.set_yticks(range(len(names)), names)
        _leave_room(axes, names, told, write)
        say_what(axes, [(first[1], theme.GREY), (second[1], theme.BLUE)])

    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        first[0]: (first[1], write),
        second[0]: (second[1], write),
    }
    height = rows_height(names, 0.5 + (0.16 if note else 0)) + 0.5 if told else theme.EMPTY
    table = frame[[label, first[0], second[0]]].copy()
    return Chart(name, words, table, on_axes(paint, nothing=not told), height, columns, stiff=True)


def _beside(axes: Axes, place: float, row: int, said: str, *, right: bool, strong: bool = False) -> None:
    """Write a number on the outer side of its dot."""
    axes.annotate(
        said,
        (place, row),
        xytext=(_GAP if right else -_GAP, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        color=theme.QUIET if said == NOT_AVAILABLE else theme.INK,
        fontweight="bold" if strong else "normal",
        annotation_clip=False,
        # The line of zero may run behind it.
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


def _leave_room(
    axes: Axes, names: Sequence[str], pairs: Sequence[tuple[float, float]], write: Writer
) -> None:
    """Leave room for the numbers on both sides, so that none reaches the names of the rows or the picture's edge."""
    beside = max(width(line) for item in names for line in item.split("\n"))
    # At least an inch, however long the names are.
    inches = max(1.0, 0.9 * float(axes.figure.get_figwidth()) - beside - 0.3)  # type: ignore[union-attr]
    need = _GAP / 72 + 0.05
    left = [(min(pair), width(write(min(pair))) + need) for pair in pairs]
    right = [(max(pair), width(write(max(pair)), weight="bold") + need) for pair in pairs]
    low, high = min(0.0, *(item for item, _ in left)), max(0.0, *(item for item, _ in right))
    if low == high:
        high = low + 1.0
    for _ in range(40):  # more room makes the scale smaller, and less room needed in it
        each = (high - low) / inches
        start = min(low, *(item - size * each for item, size in left))
        end = max(high, *(item + size * each for item, size in right))
        low, high = start, end
    axes.set_xlim(low, high)
