"""Two figures per row as dots, connected: how far apart they lie is what the chart says."""

from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.bars import finish_rows, rows_height, say_what
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, values
from custlib.present.numbers import NOT_AVAILABLE, writer
from custlib.present.numbers import text as plain

# How much of the span is left on each side for the numbers written there.
_ROOM, _ROOM_NARROW = 0.24, 0.36


def between(
    frame: pd.DataFrame,
    *,
    first: tuple[str, str],
    second: tuple[str, str],
    label: str = "label",
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
    """
    require(frame, [label, first[0], second[0]], chart=name)
    names = [str(item) for item in frame[label]]
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
        _leave_room(axes, [item for pair in told for item in pair])
        say_what(axes, [(first[1], theme.GREY), (second[1], theme.BLUE)])

    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        first[0]: (first[1], write),
        second[0]: (second[1], write),
    }
    height = rows_height(names, 0.62) + 0.5 if told else theme.EMPTY
    table = frame[[label, first[0], second[0]]].copy()
    return Chart(name, words, table, on_axes(paint, nothing=not told), height, columns, stiff=True)


def _beside(axes: Axes, place: float, row: int, said: str, *, right: bool, strong: bool = False) -> None:
    """Write a number on the outer side of its dot."""
    axes.annotate(
        said,
        (place, row),
        xytext=(9 if right else -9, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        color=theme.QUIET if said == NOT_AVAILABLE else theme.INK,
        fontweight="bold" if strong else "normal",
        annotation_clip=False,
    )


def _leave_room(axes: Axes, numbers: list[float]) -> None:
    """Leave room on both sides: the names of the rows stand close on the left."""
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    narrow = axes.figure.get_figwidth() <= theme.NARROW  # type: ignore[union-attr]
    span = (high - low or 1.0) * (_ROOM_NARROW if narrow else _ROOM)
    axes.set_xlim(low - span, high + span)
