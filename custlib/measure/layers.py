"""The base in layers: what the customers of each year, quarter or month of acquisition bring, one upon another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.figures import FEW
from custlib.periods import Month, month_name, month_range, month_text, parse_month
from custlib.results import Figure

# The coarsest spans of which there are at least this many make the layers.
ENOUGH = 3
LONGEST = 60


@dataclass(frozen=True)
class Layers:
    """Margin by month and layer.

    Attributes
    ----------
    table : DataFrame
        One row per ``month`` and ``layer``, oldest layer first: ``value`` (margin of the month) and
        ``customers`` with anything booked in it, ``lies_in`` (the layer that holds its few, "" where it is told itself)
        and ``holds`` (names of the layers it holds beside its own).
    spans : str
        "year", "quarter" or "month" of acquisition.
    before : str
        Name of the layer of customers who belong to no cohort; "" where there are none.
    folded : bool
        Whether anybody's margin lies in another layer than the customer's own, which was too small to show.
    """

    table: pd.DataFrame
    spans: str
    before: str
    folded: bool = False

    def of(self, month: Month) -> pd.Series:
        """Give one month's margin by layer, oldest first."""
        rows = self.table[self.table.month == month]
        return pd.Series(list(rows.value), index=list(rows.layer), dtype=object)


def _year(month: Month) -> str:
    return str(month.year)


def _quarter(month: Month) -> str:
    return f"{month.year} Q{(month.month + 2) // 3}"


SPANS: dict[str, Callable[[Month], str]] = {"year": _year, "quarter": _quarter, "month": month_text}


def _choose(cohorts: Sequence[Month]) -> str:
    """Choose the coarsest span of which there are enough; months where there are never enough."""
    return next(
        (name for name, of in SPANS.items() if len({of(cohort) for cohort in cohorts}) >= ENOUGH), "month"
    )


def _before(origins: set[str], cohorts: Sequence[Month]) -> str:
    """Name the layer of those in no cohort: older than the data or first seen, with the few never active."""
    if not cohorts:
        return "All customers"
    older = {"before", "first_seen"} & origins
    return f"Before {month_name(cohorts[0])}" if older else "Not active yet"


def layers(
    sizes: pd.DataFrame,
    money: pd.DataFrame,
    totals: pd.DataFrame,
    *,
    first: Month,
    month: Month,
    min_group: int,
) -> Layers:
    """Lay the margin of each month out by layer, and refuse layers that do not add up to it.

    A layer that is still smaller than `min_group`, or has fewer than five customers with anything booked in the
    month, stays in the one below it (the oldest in the next), so that no small group's money is told and the
    sum stays exact.

    Parameters
    ----------
    sizes, money, totals : DataFrame
        Of ``custlib.aggregate.cohorts``; `totals` was added up without asking who brought it.
    first : date
        First month whose margin is known.

    Raises
    ------
    CustlibError
        When a month's layers do not add up to its margin.
    """
    cohorts = sorted(sizes[sizes.origin == "joined"].cohort)
    spans = _choose(cohorts)
    of = SPANS[spans]
    before = _before(set(sizes.origin), cohorts)
    heads: dict[str, dict[Month, int]] = {}
    for row in sizes.itertuples():
        joined = row.origin == "joined"
        own = heads.setdefault(of(row.cohort) if joined else before, {})
        since = row.cohort if joined else first
        own[since] = own.get(since, 0) + int(row.customers)
    names = sorted(heads, key=lambda name: (name != before, name))
    cells: dict[tuple[Month, str], tuple[Decimal, int]] = {}
    for row in money.itertuples():
        name = of(row.cohort) if row.origin == "joined" else before
        value, count = cells.get((row.month, name), (Decimal(0), 0))
        cells[row.month, name] = (value + row.margin, count + int(row.customers))
    rows = [
        cell for each in month_range(first, month) for cell in _of_month(each, names, heads, cells, min_group)
    ]
    table = pd.DataFrame(rows, columns=["month", "layer", "value", "customers", "lies_in", "holds"])
    check_layers(table, totals[totals.month >= first])
    shown = {(row.month, row.layer): row.customers for row in table.itertuples() if row.customers}
    folded = shown != {key: count for key, (_, count) in cells.items() if count and first <= key[0] <= month}
    return Layers(table, spans, before if before in set(table.layer) else "", folded)


def _of_month(
    month: Month,
    names: Sequence[str],
    heads: Mapping[str, Mapping[Month, int]],
    cells: Mapping[tuple[Month, str], tuple[Decimal, int]],
    min_group: int,
) -> Iterator[tuple[Month, str, Decimal, int, str, tuple[str, ...]]]:
    """Give one month's layers; what is too small to show lies in the next shown layer below, or above."""
    sizes = [sum(n for since, n in heads[name].items() if since <= month) for name in names]
    own = [cells.get((month, name), (Decimal(0), 0)) for name in names]
    told = [
        place
        for place, (size, (_, count)) in enumerate(zip(sizes, own, strict=True))
        if size >= min_group and count >= FEW
    ]
    # A layer that has begun stays in the picture, empty where its few are counted elsewhere.
    sums = {place: (Decimal(0), 0) for place, size in enumerate(sizes) if size >= min_group}
    lies: dict[int, str] = {}
    holds: dict[int, tuple[str, ...]] = {}
    for place, (value, count) in enumerate(own):
        home = max((at for at in told if at <= place), default=min(told, default=0))
        if home != place and count:
            lies[place] = names[home]
            holds[home] = (*holds.get(home, ()), names[place])
        total, number = sums.get(home, (Decimal(0), 0))
        sums[home] = (total + value, number + count)
    for place in sorted(sums):
        yield month, names[place], *sums[place], lies.get(place, ""), holds.get(place, ())


def check_layers(table: pd.DataFrame, totals: pd.DataFrame) -> None:
    """Refuse layers that do not add up to the month's margin, to the last digit.

    Raises
    ------
    CustlibError
        Naming the month and both sums.
    """
    layered = {month: sum(rows.value, Decimal(0)) for month, rows in table.groupby("month")}
    whole = {row.month: row.margin for row in totals.itertuples()}
    for month in sorted({*layered, *whole}):
        made, stated = layered.get(month, Decimal(0)), whole.get(month, Decimal(0))
        if made != stated:
            raise CustlibError(
                f"margin of {month_text(month)}: the layers add up to {made}, the month to {stated}"
            )


def check_published(layers: Layers, history: pd.DataFrame) -> int:
    """Compare the layers with the margin published for each month; count the months compared.

    Raises
    ------
    CustlibError
        Naming the month and both sums.
    """
    rows = history[
        (history.measure == "margin") & (history.window_months == 1) & (history.dimension == "all")
    ]
    known = {parse_month(row.month): Decimal(row.value) for row in rows.itertuples() if row.status == "ok"}
    shown = layers.table[[month in known for month in layers.table.month]]
    stated = pd.DataFrame({"month": list(known), "margin": list(known.values())}, dtype=object)
    first = min(shown.month, default=None)
    stated = stated[[first is not None and month >= first for month in stated.month]]
    check_layers(shown, stated)
    return len(stated)


def layer_figures(layers: Layers, *, month: Month, currency: str) -> Iterator[Figure]:
    """Name the month's margin by layer; what lies in another layer, and money of fewer than five, is suppressed.

    A layer that holds others is named with them, so that nobody takes its sum for its own customers'.
    """
    rows = layers.table[layers.table.month == month]
    for row in rows.itertuples():
        held = f" with {', '.join(row.holds)}" if row.holds else ""
        where: dict[str, Any] = {"dimension": "acquired_in", "segment": f"{row.layer}{held}"}
        if row.lies_in or 0 < row.customers < FEW:
            yield Figure("margin", None, currency, 1, status="suppressed", **where)
        else:
            yield Figure("margin", row.value, currency, 1, n=int(row.customers), **where)
