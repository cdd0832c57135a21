"""From comparisons and stocks to named figures: the one list of what the base's results are called."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.results import Figure, figure

# comparison column -> measure; counts first, then money.
COUNTS = {
    "opening": "opening_active_customers",
    "new": "new_customers",
    "won_back": "won_back_customers",
    "lost": "lost_customers",
    "retained": "retained_customers",
    "moved_in": "moved_in_customers",
    "moved_out": "moved_out_customers",
    "came_and_went": "came_and_went_customers",
    "growing": "growing_customers",
    "declining": "declining_customers",
    "steady": "steady_customers",
    "unchanged": "unchanged_customers",
    "not_positive": "not_positive_customers",
    "more_transactions": "more_transactions_customers",
    "fewer_transactions": "fewer_transactions_customers",
    "more_products": "more_products_customers",
    "fewer_products": "fewer_products_customers",
}
MONEY = {
    "opening_value": ("opening_active_margin", "opening"),
    "new_value": ("new_margin", "new"),
    "won_back_value": ("won_back_margin", "won_back"),
    "lost_value": ("lost_margin", "lost"),
    "moved_in_value": ("moved_in_margin", "moved_in"),
    "moved_out_value": ("moved_out_margin", "moved_out"),
    "growth": ("retained_margin_growth", "retained"),
    "decline": ("retained_margin_decline", "retained"),
}


@dataclass(frozen=True)
class Units:
    """How the figures are labelled: the currency, and the look-back of each stock in months."""

    currency: str
    active_window: int
    value_window: int
    core_window: int
    min_group: int
    has_core: bool
    has_revenue: bool
    amount_is_volume: bool


def small_segments(sizes: pd.DataFrame | pd.Series, *, min_group: int) -> set[str]:
    """Name the segments too small to show, and those that hide them from subtraction.

    Parameters
    ----------
    sizes : DataFrame or Series
        Customers per segment, one column per group of them that figures tell of (at the opening, at the
        close, inactive, ...). A group of nobody has nothing to hide.

    Returns
    -------
    set of str
        Segments with any group of fewer than `min_group`, and, while all that is hidden together is smaller
        than that, the next smallest segments: what is left after subtraction is then no small group.
    """
    table = sizes.to_frame() if isinstance(sizes, pd.Series) else sizes
    small = ((table > 0) & (table < min_group)).any(axis=1)
    hidden = set(table.index[small])
    ordered = table.max(axis=1).sort_values(kind="stable")
    for segment in ordered.index:
        together = table.loc[sorted(hidden)].sum() if hidden else None
        if together is None or not ((together > 0) & (together < min_group)).any():
            break
        hidden.add(segment)
    return hidden


# What a line needs to be known at both ends: 12 months of transactions, the value window, or the status alone.
NEEDS = {
    **dict.fromkeys(("more_transactions", "fewer_transactions", "more_products", "fewer_products"), "year"),
    **dict.fromkeys(
        ("growing", "declining", "steady", "unchanged", "not_positive", "closing_value", *MONEY), "value"
    ),
}


def flow_figures(
    table: pd.DataFrame,
    *,
    months: int,
    units: Units,
    complete: dict[str, bool],
    dimension: str = "all",
    hidden: Set[str] = frozenset(),
) -> Iterator[Figure]:
    """Name every line of a comparison.

    `complete` says for "active", "value" and "year" whether the data reach back over that window at the
    opening; a line that needs more history than there is, is not available.
    """
    for segment, row in table.iterrows():
        where = {"dimension": dimension, "segment": str(segment)}
        lines = [(column, name, column, "customers") for column, name in COUNTS.items()]
        lines += [(column, name, count, units.currency) for column, (name, count) in MONEY.items()]
        for column, measure, count, unit in lines:
            if column.startswith("moved") and dimension == "all":
                continue
            if column == "came_and_went" and months == 1:
                continue
            known = complete["active"] and complete[NEEDS.get(column, "active")] and row[column] is not None
            value = row[column] if known else None
            if unit == "customers" and value is not None:
                value = int(value)
            yield guarded(measure, value, unit, months, where, int(row[count]) if known else None, hidden)


# Money of fewer customers than this in a segment is one person's purchases, whatever the segment's size.
FEW = 5


def guarded(measure, value, unit, months, where, n, hidden, few=FEW) -> Figure:
    """Name a figure of a segment, or suppress it: in a hidden segment, and money of fewer than `few`."""
    private = where["dimension"] != "all" and unit != "customers" and n is not None and 0 < n < few
    if where["segment"] in hidden or (private and value is not None):
        return Figure(measure, None, unit, months, status="suppressed", **where)
    return figure(measure, value, unit, months, n=n, **where)


def stock_figures(
    table: pd.DataFrame,
    *,
    units: Units,
    complete: dict[str, bool],
    dimension: str = "all",
    hidden: Set[str] = frozenset(),
) -> Iterator[Figure]:
    """Name the stocks of a month end and the month's own totals.

    `complete` says whether the data reach back over the "active", "value", "core" and "year" windows;
    a stock whose window is cut off by the start of the data is not available.
    """
    for row in table.itertuples():
        where = {"dimension": dimension, "segment": str(row.segment)}

        def shown(measure, value, unit, months, n, known=True, where=where):
            few = units.min_group if measure == "inactive_margin" else FEW
            given = (value, n) if known else (None, None)
            return guarded(measure, given[0], unit, months, where, given[1], hidden, few)

        active, value = complete["active"], complete["active"] and complete["value"]
        count = int(row.active)
        yield shown("active_customers", count, "customers", units.active_window, count, active)
        yield shown(
            "first_seen_customers", int(row.first_seen), "customers", units.active_window, count, active
        )
        inactive = int(row.known - row.active)
        money = {units.value_window: (row.value, row.inactive_value, value)}
        money[12] = (row.margin_12, row.inactive_margin_12, complete["active"] and complete["year"])
        for months, (held, idle, known) in money.items():
            yield shown("active_margin", _money(held), units.currency, months, count, known)
            yield shown("inactive_margin", _money(idle), units.currency, months, inactive, known)
        core = units.has_core and active and complete["core"]
        yield shown("core_customers", int(row.core), "customers", units.core_window, count, core)
        yield _core_share(row, where, units=units, known=core and value, hidden=hidden)
        yield shown("transactions", int(row.transactions), "transactions", 1, int(row.buyers))
        yield shown("revenue", _money(row.revenue), units.currency, 1, int(row.buyers), units.has_revenue)
        if units.amount_is_volume:
            yield shown("volume", _money(row.amount), units.currency, 1, int(row.buyers))
        yield shown("margin", _money(row.margin), units.currency, 1, int(row.known))


def _core_share(row, where, *, units: Units, known: bool, hidden: Set[str]) -> Figure:
    """Name the core's part of the margin; not meaningful where parts or the whole are negative."""
    name, months = "core_margin_share", units.value_window
    if where["segment"] in hidden or (known and where["dimension"] != "all" and 0 < row.core < FEW):
        return Figure(name, None, "share", months, status="suppressed", **where)
    if not known:
        return figure(name, None, "share", months, **where)
    part, whole = _money(row.core_value), _money(row.value)
    if not 0 <= part <= whole or not whole:
        return Figure(name, None, "share", months, status="not_meaningful", **where)
    return Figure(name, float(part / whole), "share", months, n=int(row.core), **where)


def _money(value) -> Decimal:
    return Decimal(0) if value is None or value != value else value


@dataclass(frozen=True)
class YearOfMargin:
    """Twelve months of margin of a group of customers: leavers in their last, joiners in their first.

    `margin` and `customers` are None where the data do not reach far enough.
    """

    customers: int | None
    margin: Decimal | None

    @property
    def per_head(self) -> Decimal | None:
        """Margin per customer; None without customers."""
        return self.margin / self.customers if self.customers and self.margin is not None else None


def exchange_rate(lost: YearOfMargin, new: YearOfMargin) -> float | None:
    """Say how many new customers bring in their first year what one lost customer brought in its last.

    None where either is unknown or not above zero: the rate then means nothing.
    """
    if lost.per_head is None or new.per_head is None or lost.per_head <= 0 or new.per_head <= 0:
        return None
    return float(lost.per_head / new.per_head)


def year_figures(
    lost: dict[int, YearOfMargin],
    new: YearOfMargin,
    *,
    units: Units,
    dimension: str = "all",
    segment: str = "all",
    hidden: Set[str] = frozenset(),
) -> Iterator[Figure]:
    """Name what leavers brought (by length of comparison), what joiners bring, and the rate between them."""
    where: dict[str, Any] = {"dimension": dimension, "segment": segment}
    for months, group in lost.items():
        yield guarded(
            "lost_annual_margin", group.margin, units.currency, months, where, group.customers, hidden
        )
    yield guarded("new_first_year_margin", new.margin, units.currency, 1, where, new.customers, hidden)
    if segment in hidden:
        yield Figure("exchange_rate_first_year", None, "ratio", 1, status="suppressed", **where)
        return
    known = lost[1].margin is not None and new.margin is not None
    rate = exchange_rate(lost[1], new)
    status = "ok" if rate is not None else "not_meaningful" if known else "not_available"
    n = lost[1].customers if known else None
    yield Figure("exchange_rate_first_year", rate, "ratio", 1, n=n, status=status, **where)
