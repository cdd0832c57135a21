"""Layers over months: what each year's (or quarter's) customers bring, one upon the other."""

from decimal import Decimal
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.endings import Ending, name_endings
from custlib.present.charts.events import Events, read_events, with_events
from custlib.present.charts.frame import on_axes, require, values, wrap, write_axis
from custlib.present.charts.months import name_places, places_of, widen, with_months
from custlib.present.charts.pictures import Arrange, inert
from custlib.present.numbers import Writer, number, writer
from custlib.present.numbers import text as plain

TOTAL = "total"


def layers(
    frame: pd.DataFrame,
    *,
    x: str = "month",
    y: str = "value",
    by: str = "layer",
    words: Words,
    unit: str,
    name: str,
    most: int = 8,
    height: float = theme.HEIGHT,
    events: Events = (),
) -> Chart:
    """Draw areas upon one another, the oldest at the bottom, so that their upper edge is the total.

    Parameters
    ----------
    frame
        One row per month and layer. Before its first row a layer does not exist and adds nothing; a value
        missing after that is unknown, and with it the month's total: there the picture has a gap.
    by
        Column of layers, such as the year of acquisition; the one that begins first is the oldest, and
        layers that begin together stand in the frame's order.
    most
        How many layers are drawn apart; older ones are added up as "... and before".
    events
        What happened and when (`custlib.present.charts.events.read_events`), marked among the months.

    Returns
    -------
    Chart
        Its table has one row per month, one column per layer, and their exact total (the sum of the
        frame's own numbers, decimals where they are decimals).
    """
    require(frame, [x, y, by], chart=name)
    exact = widen(frame, x=x, y=y, by=by, read=lambda column: [number(item) for item in column])
    exact = _begun(exact, widen(frame.assign(**{y: 1}), x=x, y=y, by=by))
    exact = _merge(exact[_oldest_first(exact)], most)
    total = [_sum(row) for row in exact.itertuples(index=False)]
    write = writer(unit)
    nothing = all(item is None for item in total)
    table = with_months(exact, x)
    table[TOTAL] = pd.Series(total, dtype=object)
    columns: Columns = {
        x: ("Month", plain),
        **{str(column): (str(column), write) for column in exact.columns},
        TOTAL: ("Total", write),
    }
    draw = on_axes(lambda axes: _stack(axes, exact, total, write), nothing=nothing)
    marked = () if nothing else read_events(events, exact, chart=name)
    table, columns = with_events(table, columns, exact, marked)
    return Chart(name, words, table, draw, theme.EMPTY if nothing else height, columns, marked)


def _begun(exact: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Put nought where a layer has no row yet; None stays what is unknown."""
    nought: list[Decimal | None] = [Decimal(0)]
    columns: dict[Any, list[Decimal | None]] = {}
    for column in exact.columns:
        first = int(rows[column].notna().to_numpy().argmax())
        columns[column] = nought * first + [number(item) for item in exact[column].iloc[first:]]
    return pd.DataFrame(columns, index=exact.index, dtype=object)


def _oldest_first(exact: pd.DataFrame) -> list[Any]:
    def begins(column: Any) -> int:
        return next((place for place, item in enumerate(exact[column]) if item), len(exact))

    return sorted(exact.columns, key=begins)


def _merge(exact: pd.DataFrame, most: int) -> pd.DataFrame:
    """Add the oldest layers up until no more than `most` are left."""
    surplus = len(exact.columns) - most
    if surplus <= 0:
        return exact
    old = exact.columns[: surplus + 1]
    merged = pd.Series([_sum(row) for row in exact[old].itertuples(index=False)], exact.index, dtype=object)
    rest = exact.drop(columns=old)
    rest.insert(0, f"{old[-1]} and before", merged)
    return rest


def _sum(row: Any) -> Decimal | None:
    items = list(row)
    return None if not items or any(item is None for item in items) else sum(items, Decimal(0))


def _stack(axes: Axes, exact: pd.DataFrame, total: list[Decimal | None], write: Writer) -> Arrange:
    places = places_of(exact)
    known = pd.Series([item is not None for item in total])
    above, below = [0.0] * len(places), [0.0] * len(places)
    labels = []
    last = max(place for place, item in enumerate(total) if item is not None)
    for column, colour in zip(exact.columns, theme.tones(len(exact.columns)), strict=True):
        sizes = values(exact[column])
        # What a layer took (returns beyond purchases) hangs below the line, away from what it brought.
        above, brought = _laid(axes, places, above, [max(size, 0.0) for size in sizes], known, colour)
        below, taken = _laid(axes, places, below, [min(size, 0.0) for size in sizes], known, colour)
        middle = (taken if sizes[last] < 0 else brought)[last]
        text = wrap(f"{inert(column)} {write(exact[column].iloc[last])}", 14)
        labels.append(Ending(places[last], middle, text, colour, led=True))
    axes.plot(places, values(total), color=theme.INK, linewidth=1.4, zorder=3)
    upper = float(total[last] or 0)
    labels.append(
        Ending(places[last], upper, f"Total {write(total[last])}", theme.INK, strong=True, led=True)
    )
    if any(item < 0 for item in below):
        axes.axhline(0, color=theme.INK, linewidth=1, zorder=3)
    axes.set_xlim(places[0], max(places[-1], places[0] + 0.5))
    axes.set_ylim(top=axes.get_ylim()[1] * 1.04)
    name_places(axes, exact, crowded=True)
    write_axis(axes.yaxis, write)
    return name_endings(axes, labels, gap=16)


def _laid(
    axes: Axes, places: list[float], start: list[float], sizes: list[float], known: pd.Series, colour: str
) -> tuple[list[float], list[float]]:
    """Lay an area upon what lies there; give where it ends, and its middle."""
    ends = [begin + size for begin, size in zip(start, sizes, strict=True)]
    if any(sizes):
        axes.fill_between(
            places, start, ends, where=known, facecolor=colour, edgecolor="white", linewidth=0.9, zorder=2
        )
    return ends, [(begin + end) / 2 for begin, end in zip(start, ends, strict=True)]
