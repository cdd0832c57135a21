"""Small multiples of bars: the same rows in each panel, on one scale, so that panels compare."""

from collections.abc import Sequence
from math import ceil, isnan

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custlib.present import theme
from custlib.present.charts.bars import finish_rows, leave_room, say_what, write_beside
from custlib.present.charts.chart import Chart, Words
from custlib.present.charts.frame import on_axes, require, values, wrap
from custlib.present.numbers import Writer, writer
from custlib.present.numbers import text as plain

ACROSS = 3
_COLOURS = (theme.GREY, theme.BLUE, theme.TEAL)


def steps(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    panel: str = "within",
    by: str = "step",
    value: str = "value",
    words: Words,
    unit: str,
    name: str,
) -> Chart:
    """Draw how far each group has come: a panel per span of time, a row per group, a bar per step.

    Parameters
    ----------
    frame
        One row per group, span and step, such as channel, "1 month" and "active". A value that is missing,
        or a row that is, is written as "not available", with no bar.
    label, panel, by
        Columns of groups (rows of a panel), spans (panels) and steps (bars of a row, at most three);
        each in the order in which it first appears.

    Returns
    -------
    Chart
        Its table has one row per group and one column per span and step.

    Raises
    ------
    ValueError
        When there are more than three steps, or two rows for the same bar.
    """
    require(frame, [label, panel, by, value], chart=name)
    groups, spans, parts = (list(dict.fromkeys(map(str, frame[column]))) for column in (label, panel, by))
    if len(parts) > len(_COLOURS):
        raise ValueError(f"chart {name}: {len(parts)} steps; a row has room for {len(_COLOURS)} bars")
    keys = list(zip(map(str, frame[label]), map(str, frame[panel]), map(str, frame[by]), strict=True))
    if len(set(keys)) < len(keys):
        raise ValueError(f"chart {name}: more than one row for the same {label}, {panel} and {by}")
    found = dict(zip(keys, frame[value], strict=True))
    write = writer(unit)
    numbers = {key: number for key, number in zip(keys, values(frame[value]), strict=True)}
    nothing = all(isnan(number) for number in numbers.values())
    table = pd.DataFrame({label: groups})
    columns: dict[str, tuple[str, Writer]] = {label: (label.replace("_", " ").capitalize(), plain)}
    for span in spans:
        for part in parts:
            key = f"{part}, {span}"
            table[key] = pd.Series([found.get((group, span, part)) for group in groups], dtype=object)
            columns[key] = (key, write)

    def draw(figure: Figure) -> None:
        _panels(figure, numbers, groups, spans, parts, write)

    rows = ceil(len(spans) / ACROSS)
    height = rows * ((0.34 * len(parts) + 0.22) * len(groups) + 0.5) + 0.35
    if nothing:
        return Chart(name, words, table, on_axes(lambda axes: None, nothing=True), theme.EMPTY, columns)
    return Chart(name, words, table, draw, max(1.6, height), columns, stiff=True)


def _panels(
    figure: Figure,
    numbers: dict[tuple[str, str, str], float],
    groups: Sequence[str],
    spans: Sequence[str],
    parts: Sequence[str],
    write: Writer,
) -> None:
    rows, across = ceil(len(spans) / ACROSS), min(ACROSS, len(spans))
    grid = figure.subplots(rows, across, squeeze=False, sharex=True)
    for place in range(rows * across):
        axes: Axes = grid[place // across][place % across]
        if place >= len(spans):
            axes.set_axis_off()
            continue
        _bars(
            axes,
            [[numbers.get((group, spans[place], part), float("nan")) for group in groups] for part in parts],
            write,
        )
        finish_rows(axes, groups, 20 if figure.get_figwidth() > theme.NARROW else 12)
        if place % across:
            axes.set_yticklabels([])
        width = 30 // across
        axes.set_title(wrap(spans[place], width), loc="left", color=theme.INK, fontsize=12, fontweight="bold")
    leave_room(grid[0][0], list(numbers.values()), 0.5)
    if len(parts) > 1:
        lines = max(wrap(span, 30 // across).count("\n") + 1 for span in spans[:across])
        say_what(
            grid[0][0], [(part, colour) for part, colour in zip(parts, _COLOURS, strict=False)], over=lines
        )


def _bars(axes: Axes, parts: Sequence[Sequence[float]], write: Writer) -> None:
    thick = 0.82 / len(parts)
    for order, (sizes, colour) in enumerate(zip(parts, _COLOURS, strict=False)):
        shift = (order - (len(parts) - 1) / 2) * thick
        for row, size in enumerate(sizes):
            axes.barh(row + shift, 0 if isnan(size) else size, height=thick * 0.9, color=colour)
            write_beside(axes, size, row + shift, write, strong=order == len(parts) - 1, width=9)
