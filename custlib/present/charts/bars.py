"""Horizontal bars, so that long names can be read."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, values, wrap
from custlib.present.charts.pictures import cut, inert
from custlib.present.numbers import NOT_AVAILABLE, Writer, writer
from custlib.present.numbers import text as plain


def bars(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    value: str = "value",
    highlight: str | Sequence[str] | None = None,
    words: Words,
    unit: str,
    name: str,
) -> Chart:
    """Draw one bar per row, first row on top; `highlight` names the coloured ones, the rest are grey.

    A missing value is written as "not available", with no bar.
    """
    require(frame, [label, value], chart=name)
    chosen = [highlight] if isinstance(highlight, str) else list(highlight or [])
    names = [str(item) for item in frame[label]]
    numbers = values(frame[value])
    write = writer(unit)
    colours = [theme.BLUE if item in chosen else theme.GREY for item in names]
    if not chosen:
        colours = [theme.BLUE] * len(names)
    nothing = all(isnan(number) for number in numbers)

    def paint(axes: Axes) -> None:
        rows = list(range(len(names)))
        axes.barh(rows, [0 if isnan(item) else item for item in numbers], height=0.66, color=colours)
        finish_rows(axes, names)
        for row, number in zip(rows, numbers, strict=True):
            write_beside(axes, number, row, write, strong=names[row] in chosen)
        leave_room(axes, numbers)

    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        value: (words.measure, write),
    }
    height = theme.EMPTY if nothing else rows_height(names, 0.46)
    table = frame[[label, value]].copy()
    return Chart(name, words, table, on_axes(paint, nothing=nothing), height, columns, stiff=True)


def paired_bars(
    frame: pd.DataFrame,
    *,
    first: tuple[str, str],
    second: tuple[str, str],
    label: str = "label",
    words: Words,
    unit: str,
    name: str,
) -> Chart:
    """Draw two bars per row to compare them: `first` in grey above, `second` in colour below.

    Parameters
    ----------
    first, second
        A column and the words for it, printed above the bars in their colour.
    """
    require(frame, [label, first[0], second[0]], chart=name)
    names = [str(item) for item in frame[label]]
    write = writer(unit)
    pairs = (values(frame[first[0]]), values(frame[second[0]]))
    nothing = all(isnan(number) for numbers in pairs for number in numbers)

    def paint(axes: Axes) -> None:
        for numbers, shift, colour in ((pairs[0], -0.19, theme.GREY), (pairs[1], 0.19, theme.BLUE)):
            rows = [row + shift for row in range(len(names))]
            axes.barh(rows, [0 if isnan(item) else item for item in numbers], height=0.34, color=colour)
            for row, number in zip(rows, numbers, strict=True):
                write_beside(axes, number, row, write, strong=colour == theme.BLUE)
        finish_rows(axes, names)
        leave_room(axes, [*pairs[0], *pairs[1]])
        say_what(axes, [(first[1], theme.GREY), (second[1], theme.BLUE)])

    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        first[0]: (first[1], write),
        second[0]: (second[1], write),
    }
    height = theme.EMPTY if nothing else rows_height(names, 0.78) + 0.5
    table = frame[[label, first[0], second[0]]].copy()
    return Chart(name, words, table, on_axes(paint, nothing=nothing), height, columns, stiff=True)


def write_beside(
    axes: Axes, number: float, row: float, write: Writer, *, strong: bool, width: int = 20
) -> None:
    """Write a bar's value beyond its end, on the side to which the bar points.

    Parameters
    ----------
    width
        How many letters there is room for in a line.
    """
    missing = isnan(number)
    left = not missing and number < 0
    axes.annotate(
        wrap(NOT_AVAILABLE, width) if missing else write(number),
        (0 if missing else number, row),
        xytext=(-6 if left else 6, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        color=theme.QUIET if missing else theme.INK,
        fontweight="bold" if strong and not missing else "normal",
        annotation_clip=False,
    )


def say_what(axes: Axes, parts: Sequence[tuple[str, str]], *, over: int = 0) -> None:
    """Name the bars of a row above the axes, first on top, each in its colour; the last is the one meant.

    Parameters
    ----------
    over
        How many lines of a title stand between these names and the axes.
    """
    for line, (said, colour) in enumerate(reversed(parts)):
        axes.annotate(
            f"\N{BLACK SQUARE} {cut(inert(said), 34)}",
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 6 + 17 * (line + over)),
            textcoords="offset points",
            color=theme.as_text(colour),
            fontweight="normal" if line else "bold",
            annotation_clip=False,
        )


def rows_height(names: Sequence[str], row: float) -> float:
    """Give the height in inches of a chart with one row per name."""
    extra = sum(wrap(item).count("\n") for item in names) * 0.12
    return max(1.6, row * len(names) + extra + 0.3)


def finish_rows(axes: Axes, names: Sequence[str], width: int = 20) -> None:
    """Name the rows in lines of so many letters, the first on top, and leave of the axis below only its zero."""
    axes.set_yticks(range(len(names)), [wrap(item, width) for item in names])
    for text in axes.get_yticklabels():
        text.set_color(theme.INK)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks([])
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=theme.QUIET, linewidth=1)


def leave_room(axes: Axes, numbers: Sequence[float], share: float = 0.24) -> None:
    """Leave room for the numbers written beyond the bars: a share of the longest bar's length."""
    known = [item for item in numbers if not isnan(item)] or [1.0]
    low, high = min(0.0, *known), max(0.0, *known)
    span = (high - low) or 1.0
    axes.set_xlim(low - (share * span if low < 0 else 0), high + share * span)
