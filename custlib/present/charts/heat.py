"""A map of cells: two ordered traits of customers, and what those who share both are worth."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from custlib.present import theme
from custlib.present.charts.chart import Chart, Words
from custlib.present.charts.frame import on_axes, require, values, wrap
from custlib.present.charts.pictures import width
from custlib.present.numbers import Writer, compact, count, share, writer
from custlib.present.numbers import text as plain

# Tones between which a reader can tell; each is far enough from white or from ink to carry a number.
_STEPS = 6


def heat(
    frame: pd.DataFrame,
    *,
    row: str,
    column: str,
    value: str,
    row_label: str,
    column_label: str,
    words: Words,
    unit: str,
    name: str,
    note: str | None = None,
    upright: bool = False,
    lines: Sequence[str] = (),
) -> Chart:
    """Draw a cell per row and column, the darker the higher its value, with the number in it.

    Parameters
    ----------
    frame
        One row per cell; rows and columns in the order in which they first appear, or that of a categorical. A
        value that is missing, or a row that is, leaves the cell empty.
    row, column
        Columns of the frame that name the cell; `row_label` and `column_label` are the words for them.
    note
        A column of short words, written below the number of each cell.
    upright
        Let the names of the columns stand upright where there is no room for them side by side.
    lines
        Names of rows and columns before which a line parts the map.

    Returns
    -------
    Chart
        Its table has one row per row of the map, and a column per column of it.

    Raises
    ------
    ValueError
        When there are two values for a cell.
    """
    require(frame, [row, column, value, *([note] if note else [])], chart=name)
    downs, acrosses = _order(frame[row]), _order(frame[column])
    keys = list(zip(map(str, frame[row]), map(str, frame[column]), strict=True))
    if len(set(keys)) < len(keys):
        raise ValueError(f"chart {name}: more than one row for the same {row} and {column}")
    found = dict(zip(keys, values(frame[value]), strict=True))
    numbers = [[found.get((down, across), float("nan")) for across in acrosses] for down in downs]
    write = writer(unit)
    # A share is written without its sign, which would stand in every cell.
    cell: Writer = {"share": _part, "customers": _heads}.get(unit, compact)
    said = dict(zip(keys, map(str, frame[note]), strict=True)) if note else {}
    notes = [[said.get((down, across), "") for across in acrosses] for down in downs]
    nothing = all(isnan(item) for line in numbers for item in line)
    table = pd.DataFrame({row: downs})
    columns: dict[str, tuple[str, Writer]] = {row: (row_label, plain)}
    for place, across in enumerate(acrosses):
        table[across] = [line[place] for line in numbers]
        columns[across] = (across, write)

    def paint(axes: Axes) -> None:
        _cells(axes, numbers, notes, cell)
        _name(axes, downs, acrosses, row_label, column_label, upright=upright)
        for name in lines:
            if name in downs[1:]:
                axes.axhline(downs.index(name) - 0.5, color=theme.INK, linewidth=1.6)
            if name in acrosses[1:]:
                axes.axvline(acrosses.index(name) - 0.5, color=theme.INK, linewidth=1.6)

    draw = on_axes(paint, nothing=nothing)
    height = (0.78 if note else 0.42) * len(downs) + (1.9 if upright else 1.15)
    height = theme.EMPTY if nothing else height
    return Chart(name, words, table, draw, height, columns, stiff=True)


def shades(numbers: list[list[float]]) -> dict[float, str]:
    """Give each value its colour by its rank, light to dark: a few very high values leave the others apart."""
    known = sorted({item for line in numbers for item in line if not isnan(item)})
    tones = theme.tones(_STEPS)[::-1]
    return {item: tones[min(_STEPS - 1, place * _STEPS // len(known))] for place, item in enumerate(known)}


def on(colour: str) -> str:
    """Give the colour of words on a colour: white or ink, whichever is easier to read."""
    return "#FFFFFF" if theme.contrast(colour) > theme.contrast(colour, theme.INK) else theme.INK


def _part(item: float) -> str:
    return share(item).rstrip("%")


def _heads(item: float) -> str:
    return count(item) if item < 10_000 else compact(item)


def _order(column: pd.Series) -> list[str]:
    """List the names in order: that of the categories, else of their first appearance."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        there = set(column.dropna())
        return [str(item) for item in column.cat.categories if item in there]
    return list(dict.fromkeys(map(str, column)))


def _cells(axes: Axes, numbers: list[list[float]], notes: list[list[str]], cell: Writer) -> None:
    colours = shades(numbers)
    for y, line in enumerate(numbers):
        for x, item in enumerate(line):
            colour = "#FFFFFF" if isnan(item) else colours[item]
            axes.add_patch(
                Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=2)
            )
            if isnan(item):
                axes.text(x, y, "\N{MIDDLE DOT}", ha="center", va="center", color=theme.QUIET)
                continue
            said = f"{cell(item)}\n{wrap(notes[y][x], 10, 2)}" if notes[y][x] else cell(item)
            axes.text(x, y, said, ha="center", va="center", color=on(colour), size=11, linespacing=1.1)


def _name(
    axes: Axes,
    downs: list[str],
    acrosses: list[str],
    row_label: str,
    column_label: str,
    *,
    upright: bool,
) -> None:
    """Name rows and columns in as many letters as there is room for."""
    figure = axes.figure
    narrow = figure.get_figwidth() <= theme.NARROW  # type: ignore[union-attr]
    axes.set_xlim(-0.5, len(acrosses) - 0.5)
    axes.set_ylim(len(downs) - 0.5, -0.5)
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    left = 10 if narrow else 16
    room = (figure.get_figwidth() - 0.35 - left * width("n", size=11)) / len(acrosses)  # type: ignore[union-attr]
    words = [word for item in acrosses for word in item.split()]
    # Upright names are for where they would not fit.
    upright = upright and max(width(word, size=11) for word in words) + 0.06 > room
    letters = 14 if upright else max(max(map(len, words)), int(room / width("n", size=11)))
    axes.set_xticks(
        range(len(acrosses)),
        [wrap(item, letters, 2 if upright else 3) for item in acrosses],
        size=11,
        rotation=90 if upright else 0,
    )
    axes.set_yticks(range(len(downs)), [wrap(item, left, 2) for item in downs], size=11)
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_color(theme.INK)
    axes.set_xlabel(column_label)
    axes.annotate(
        row_label,
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 5),
        textcoords="offset points",
        ha="left",
        va="bottom",
        color=theme.QUIET,
        annotation_clip=False,
    )
