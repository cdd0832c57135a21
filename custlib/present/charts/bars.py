"""Horizontal bars, so that long names can be read."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.frame import Chart, Columns, require, say_not_available, sheet, values, wrap
from custlib.present.numbers import NOT_AVAILABLE, Writer, writer
from custlib.present.numbers import text as plain


def bars(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    value: str = "value",
    highlight: str | Sequence[str] | None = None,
    title: str,
    subtitle: str,
    source: str,
    alt: str,
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
    with sheet(height=theme.EMPTY if nothing else _height(names, 0.46)) as (figure, axes):
        if nothing:
            say_not_available(axes)
        else:
            rows = list(range(len(names)))
            axes.barh(rows, [0 if isnan(item) else item for item in numbers], height=0.66, color=colours)
            _finish(axes, rows, names)
            for row, number in zip(rows, numbers, strict=True):
                write_beside(axes, number, row, write, strong=names[row] in chosen)
            _room(axes, numbers)
    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        value: (subtitle.split(",")[0], write),
    }
    return Chart(name, figure, title, subtitle, source, alt, frame[[label, value]].copy(), columns)


def paired_bars(
    frame: pd.DataFrame,
    *,
    first: tuple[str, str],
    second: tuple[str, str],
    label: str = "label",
    title: str,
    subtitle: str,
    source: str,
    alt: str,
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
    with sheet(height=theme.EMPTY if nothing else _height(names, 0.78) + 0.5) as (figure, axes):
        if nothing:
            say_not_available(axes)
        else:
            for numbers, shift, colour in (
                (pairs[0], -0.19, theme.GREY),
                (pairs[1], 0.19, theme.BLUE),
            ):
                rows = [row + shift for row in range(len(names))]
                axes.barh(rows, [0 if isnan(item) else item for item in numbers], height=0.34, color=colour)
                for row, number in zip(rows, numbers, strict=True):
                    write_beside(axes, number, row, write, strong=colour == theme.BLUE)
            _finish(axes, list(range(len(names))), names)
            _room(axes, [*pairs[0], *pairs[1]])
            _say_what(axes, first[1], second[1])
    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        first[0]: (first[1], write),
        second[0]: (second[1], write),
    }
    return Chart(
        name, figure, title, subtitle, source, alt, frame[[label, first[0], second[0]]].copy(), columns
    )


def write_beside(axes: Axes, number: float, row: float, write: Writer, *, strong: bool) -> None:
    """Write a bar's value beyond its end, on the side to which the bar points."""
    missing = isnan(number)
    left = not missing and number < 0
    axes.annotate(
        NOT_AVAILABLE if missing else write(number),
        (0 if missing else number, row),
        xytext=(-6 if left else 6, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        color=theme.QUIET if missing else theme.INK,
        fontweight="bold" if strong and not missing else "normal",
        annotation_clip=False,
    )


def _say_what(axes: Axes, first: str, second: str) -> None:
    for line, words, colour, weight in ((1, first, theme.QUIET, "normal"), (0, second, theme.BLUE, "bold")):
        axes.annotate(
            f"\N{BLACK SQUARE} {words}",
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 6 + 17 * line),
            textcoords="offset points",
            color=colour,
            fontweight=weight,
        )


def _height(names: Sequence[str], row: float) -> float:
    extra = sum(wrap(item).count("\n") for item in names) * 0.12
    return min(9.0, max(1.6, row * len(names) + extra + 0.3))


def _finish(axes: Axes, rows: list[int], names: list[str]) -> None:
    axes.set_yticks(rows, [wrap(item) for item in names])
    for text in axes.get_yticklabels():
        text.set_color(theme.INK)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xticks([])
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=theme.QUIET, linewidth=1)


def _room(axes: Axes, numbers: list[float]) -> None:
    """Leave room for the numbers written beyond the bars."""
    known = [item for item in numbers if not isnan(item)] or [1.0]
    low, high = min(0.0, *known), max(0.0, *known)
    span = (high - low) or 1.0
    axes.set_xlim(low - (0.24 * span if low < 0 else 0), high + 0.24 * span)
