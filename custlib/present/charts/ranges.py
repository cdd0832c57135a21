"""Estimates with their intervals, row by row, and a mark beside them where something is to be compared."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.bars import finish_rows, leave_room, rows_height, say_what, write_beside
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, values, wrap
from custlib.present.charts.pictures import width
from custlib.present.numbers import NOT_AVAILABLE, Writer, writer
from custlib.present.numbers import text as plain

# How much of the longest line's length is left beside the lines for amounts; on the left the rows' names stand close.
_ROOM, _ROOM_LEFT = 0.3, 0.45


def ranges(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    value: str = "value",
    low: str = "low",
    high: str = "high",
    mark: tuple[str, str] | None = None,
    highlight: str | Sequence[str] | None = None,
    words: Words,
    unit: str,
    name: str,
    meant: str = "",
    limit: float | None = None,
) -> Chart:
    """Draw one dot per row on the line of its interval, first row on top.

    Parameters
    ----------
    frame
        A missing value is written as "not available"; a missing end leaves the dot without a line.
    mark
        A column drawn as a grey stroke across the row, and the words for it.
    highlight
        Names of the coloured rows, the rest are grey; all are coloured when None.
    meant
        Words for the dots, printed above the rows; needed where there is a mark.
    limit
        Where lines end that run further, with an arrow; the table has their true ends.
    """
    require(frame, [label, value, low, high, *([mark[0]] if mark else [])], chart=name)
    names = [str(item) for item in frame[label]]
    dots, lows, highs = (values(frame[column]) for column in (value, low, high))
    strokes = values(frame[mark[0]]) if mark else [float("nan")] * len(names)
    chosen = [highlight] if isinstance(highlight, str) else list(highlight or names)
    write = writer(unit)
    nothing = all(isnan(dot) for dot in dots)
    most = float("inf") if limit is None else max([limit, *(dot for dot in dots if not isnan(dot))])
    beyond = [end > most for end in highs]
    highs = [most if far else end for end, far in zip(highs, beyond, strict=True)]

    def paint(axes: Axes) -> None:
        for row, (dot, start, end, stroke) in enumerate(zip(dots, lows, highs, strokes, strict=True)):
            colour = theme.BLUE if names[row] in chosen else theme.GREY
            axes.hlines(row, start, end, color=colour, linewidth=3, zorder=2)
            axes.plot(
                [dot],
                [row],
                "o",
                markersize=9,
                color=colour,
                markeredgecolor="white",
                zorder=3,
                clip_on=False,
            )
            if beyond[row]:
                axes.plot([end], [row], ">", markersize=8, color=colour, zorder=2)
            axes.vlines(stroke, row - 0.33, row + 0.33, color=theme.GREY, linewidth=4, zorder=1)
            known = [item for item in (dot, start, end, stroke) if not isnan(item)]
            said = NOT_AVAILABLE if isnan(dot) else write(dot)
            told = names[row] in chosen and not isnan(dot)
            write_beside(axes, _reach(known), row, _always(said), strong=told)
        finish_rows(axes, names)
        leave_room(
            axes, [*dots, *lows, *highs, *strokes], _ROOM_LEFT if any(dot < 0 for dot in dots) else _ROOM
        )
        left = [
            write(dot)
            for dot, end in zip(dots, map(max, highs, dots), strict=True)
            if not isnan(dot) and end < 0
        ]
        _room_on_the_left(axes, names, left, min(item for item in [*dots, *lows, 0.0] if not isnan(item)))
        if mark and not all(isnan(stroke) for stroke in strokes):
            say_what(axes, [(mark[1], theme.GREY), (meant, theme.BLUE)])

    columns: Columns = {
        label: (label.replace("_", " ").capitalize(), plain),
        value: (words.measure, write),
        low: ("95% interval from", write),
        high: ("to", write),
        **({mark[0]: (mark[1], write)} if mark else {}),
    }
    height = theme.EMPTY if nothing else rows_height(names, 0.5) + (0.5 if mark else 0)
    return Chart(
        name, words, frame[list(columns)].copy(), on_axes(paint, nothing=nothing), height, columns, stiff=True
    )


def _room_on_the_left(axes: Axes, names: Sequence[str], said: Sequence[str], start: float) -> None:
    """Move the left limit out where amounts written left of the lines (which begin at `start`) would reach the rows' names."""
    if not said:
        return
    low, high = axes.get_xlim()
    beside = max(width(line) for name in names for line in wrap(name).split("\n"))
    inches = max(1.0, 0.94 * float(axes.figure.get_figwidth()) - beside)  # type: ignore[union-attr]
    need = min(0.5, (max(width(text, weight="bold") for text in said) + 0.2) / inches)
    if (start - low) / (high - low) < need:
        axes.set_xlim(high - (high - start) / (1 - need), high)


def _reach(known: Sequence[float]) -> float:
    """Give the end beside which there is room: the right one, or the left one where all lie left of zero."""
    right = max(known, default=0.0)
    return right if right >= 0 else min(known)


def _always(said: str) -> Writer:
    """Write one text whatever the number: it stands beside the end of an interval and tells its middle."""
    return lambda _: said
