"""Parts of a whole in one bar per row, in the same order and colours in each, so that rows compare."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, values
from custlib.present.charts.heat import on
from custlib.present.charts.pictures import cut, inert, width
from custlib.present.numbers import share
from custlib.present.numbers import text as plain

# From the unwelcome end of an order to the welcome one.
TONES = (theme.PLUM, "#D9A3BC", "#B9BDC2", "#7FC4BE", theme.TEAL)
_SMALL = 11
_LETTERS = 34
_ROW = 0.62
_LINE = 17


def stacked(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    parts: Sequence[tuple[str, str]],
    highlight: str | None = None,
    words: Words,
    name: str,
) -> Chart:
    """Draw one bar per row, first row on top, in which the parts stand one after the other.

    Parameters
    ----------
    frame
        One row per bar; shares of one. A row of which a part is missing has no bar.
    parts
        Columns of the frame, from the left to the right, and the words for them (five at most).
    highlight
        The row whose name is printed bold.

    Raises
    ------
    ValueError
        When there are more parts than colours.
    """
    require(frame, [label, *(column for column, _ in parts)], chart=name)
    if len(parts) > len(TONES):
        raise ValueError(f"chart {name}: {len(parts)} parts; there are {len(TONES)} colours")
    names = [str(item) for item in frame[label]]
    sizes = [values(frame[column]) for column, _ in parts]
    colours = _tones(len(parts))
    rows = list(zip(*sizes, strict=True)) if names else []
    nothing = all(any(isnan(item) for item in row) for row in rows)

    def paint(axes: Axes) -> None:
        inches = 0.94 * float(axes.figure.get_figwidth())  # type: ignore[union-attr]
        for row, items in enumerate(rows):
            _bar(axes, row, items, colours, inches)
            # Above its bar, so that bars have the whole width.
            name = cut(inert(names[row]), int(inches / width("n")))
            strong = "bold" if names[row] == highlight else "normal"
            axes.text(0, row - 0.29, name or " ", ha="left", va="bottom", color=theme.INK, fontweight=strong)
        axes.set_xlim(0, 1)
        axes.set_ylim(len(names) - 0.65, -0.8)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.grid(False)
        axes.spines["bottom"].set_visible(False)
        _legend(axes, [said for _, said in parts], colours)

    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        **{column: (said, share) for column, said in parts},
    }
    height = theme.EMPTY if nothing else _ROW * len(names) + 0.26 * len(parts) + 0.1
    table = frame[list(columns)].copy()
    return Chart(name, words, table, on_axes(paint, nothing=nothing), height, columns, stiff=True)


def _tones(count: int) -> list[str]:
    """Choose colours as far apart in the order as there are parts."""
    chosen = {1: (4,), 2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 2, 4)}.get(count, range(5))
    return [TONES[place] for place in chosen]


def _bar(axes: Axes, row: int, items: Sequence[float], colours: Sequence[str], inches: float) -> None:
    if any(isnan(item) for item in items):
        axes.annotate(
            "not available",
            (0, row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=theme.QUIET,
        )
        return
    start = 0.0
    for item, colour in zip(items, colours, strict=True):
        axes.barh(row, item, left=start, height=0.5, color=colour, edgecolor="white", linewidth=1)
        said = share(item).rstrip("%")
        # What does not fit stands in the table.
        if item > 0 and width(said, size=_SMALL) + 0.06 < item * inches:
            axes.text(start + item / 2, row, said, ha="center", va="center", size=_SMALL, color=on(colour))
        start += item


def _legend(axes: Axes, said: Sequence[str], colours: Sequence[str]) -> None:
    """Name the parts above the axes, the leftmost first, each beside a square of its colour."""
    for line, (text, colour) in enumerate(zip(reversed(said), reversed(colours), strict=True)):
        for words, shift, ink in (
            ("\N{BLACK SQUARE}", 0, colour),
            (cut(inert(text), _LETTERS), 14, theme.INK),
        ):
            axes.annotate(
                words, (0, 1), xycoords="axes fraction", xytext=(shift, 6 + _LINE * line), textcoords="offset points", color=ink,
                annotation_clip=False,
            )  # fmt: skip
