"""Customer x month end: what the rules say of every customer ever known, as at one month.

A month's table is made from the month before (who was ever active, since when, and what has been counted
since: `custlib.aggregate.carried`) and the panel of the look-back only, so that its cost does not grow with
history.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.carried import STATE, carried
from custlib.aggregate.panel import MONEY, bit_or, zero
from custlib.aggregate.united import united
from custlib.periods import Month, add_months

YEAR = 12
UNKNOWN = "unknown"
# Days and months of which a customer's whole life has the first, and the last.
EARLIEST = ("first_active", "first_day", "second_day")
LATEST = ("last_active", "last_bought", "last_day")
# The latest month with a purchase before the month itself.
BEFORE = "bought_before"
# Sums over windows that slide by a month: the month before's, plus this month's, less what the windows left behind.
WINDOWS = ("value", "margin_12", "transactions_12")
# What is known of a customer at a month end from what he did, and the type of each.
KINDS = {
    "first_active": "date", "first_day": "date", "second_day": "date", "last_active": "date", "last_bought": "date",
    "last_day": "date", BEFORE: "date",
    "transactions_12": "int64", "transactions_1": "int64", "mask_1": "int64", "value": MONEY, "margin_12": MONEY,
    "margin_1": MONEY, "revenue_1": MONEY, "amount_1": MONEY,
} | STATE  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What a company means by its words; everything `values` needs beside the tables.

    Attributes
    ----------
    relationship : str
        "contractual", "non_contractual" or "mixed".
    active_window, value_window : int
        Months.
    data_start : date
        First month of the data.
    history_complete : bool
        Whether a customer's first row is its acquisition, so that nothing lies before the data.
    core : object or None
        A core rule with lists ``all`` and ``any`` of conditions (see the company file), or None.
    segments : tuple of str
        Names of columns of ``customers`` (as of today) or ``customer_months`` (as of the month).
    """

    relationship: str
    active_window: int
    value_window: int
    data_start: Month
    history_complete: bool = False
    material_change: Decimal = Decimal("0.25")
    core: Any = None
    segments: tuple[str, ...] = field(default=())

    @property
    def look_back(self) -> int:
        """Months of panel that one month's table needs."""
        windows = [c.window_months for c in (*self.core.all, *self.core.any)] if self.core else []
        return max(self.active_window, self.value_window, YEAR, *windows)


def months_on(month: Month, count: int) -> ir.DateValue:
    """Give a month moved by `count`, as an expression.

    The arithmetic is left to the engine, so that a query's text differs from month to month by one
    literal only and need not be compiled again for each.
    """
    start = ibis.date(month)
    return start if count == 0 else start + ibis.interval(months=count)


def as_at(customers: ir.Table, month: Month) -> ir.Table:
    """Show the customer list as it could be known at a month's end: no later arrival, no later closure."""
    end = months_on(month, 1) - ibis.interval(days=1)
    known = customers
    if "acquired_on" in customers.columns:
        known = known.filter(_.acquired_on.isnull() | (_.acquired_on <= end))
    else:
        known = known.mutate(acquired_on=ibis.null("date"))
    if "closed_on" not in customers.columns:
        known = known.mutate(closed_on=ibis.null("date"))
    if "closure_reason" not in customers.columns:
        known = known.mutate(closure_reason=ibis.null("string"))
    closed = known.closed_on <= end
    return known.mutate(
        closed_on=ibis.ifelse(closed, known.closed_on, ibis.null("date")),
        closure_reason=ibis.ifelse(closed, known.closure_reason, ibis.null("string")),
    )


def holds_contract(customers: ir.Table, relationship: str) -> ir.BooleanValue:
    """Say which listed customers are bound by a contract.

    All of them where the relationship is contractual; where it is mixed those that the optional
    column ``contract`` marks, or without that column those with an ``acquired_on``.
    """
    if relationship == "non_contractual":
        return ibis.literal(False)
    if "contract" in customers.columns:
        return customers.contract.fill_null(relationship == "contractual")
    return ibis.literal(True) if relationship == "contractual" else customers.acquired_on.notnull()


def _window_sums(panel: ir.Table, month: Month, rules: Rules) -> ir.Table:
    """Sum what the look-back holds; windows end with `month`, whose own days come with them."""
    recent = panel.filter((_.month >= months_on(month, 1 - rules.look_back)) & (_.month <= ibis.date(month)))

    def last(months: int):
        return _.month >= months_on(month, 1 - months)

    bought = _.transactions > 0
    sums = {
        "value": _.margin.sum(where=last(rules.value_window)),
        "margin_12": _.margin.sum(where=last(YEAR)),
        "margin_1": _.margin.sum(where=last(1)),
        "revenue_1": _.revenue.sum(where=last(1)),
        "amount_1": _.amount.sum(where=last(1)),
    }
    # Where the relationship is contractual, paying makes nobody a customer: the contract does.
    counts = bought & ibis.literal(rules.relationship != "contractual")
    return recent.group_by("customer_id").agg(
        first_active=_.month.min(where=counts),
        last_active=_.month.max(where=counts),
        last_bought=_.month.max(where=bought),
        transactions_12=_.transactions.sum(where=last(YEAR)).fill_null(0).cast("int64"),
        transactions_1=_.transactions.sum(where=last(1)).fill_null(0).cast("int64"),
        first_day=_.first_day.min(where=last(1)),
        last_day=_.last_day.max(where=last(1)),
        mask_1=bit_or(ibis.ifelse(last(1), _.day_mask, 0)).cast("int64"),
        **{name: total.fill_null(zero()).cast(MONEY) for name, total in sums.items()},
    )


def _this_month(panel: ir.Table, month: Month, rules: Rules) -> ir.Table:
    """Give what the month itself adds to `_window_sums`, a row per customer: a month later no window is summed anew."""
    own = panel.filter(_.month == ibis.date(month))
    bought = own.transactions > 0
    counts = bought & ibis.literal(rules.relationship != "contractual")

    def when(true: ir.BooleanValue) -> ir.Value:
        return ibis.ifelse(true, ibis.date(month), ibis.null("date"))

    return own.select(
        "customer_id", first_active=when(counts), last_active=when(counts), last_bought=when(bought),
        transactions_12=own.transactions, transactions_1=own.transactions, first_day=own.first_day,
        last_day=own.last_day, mask_1=own.day_mask, value=own.margin, margin_12=own.margin, margin_1=own.margin,
        revenue_1=own.revenue, amount_1=own.amount,
    )  # fmt: skip


def _left_behind(panel: ir.Table, month: Month, rules: Rules) -> list[ir.Table]:
    """Give what the month before counted in its windows and this one does not: taken off again, a row per customer."""
    then = panel.filter(_.month == months_on(month, -YEAR))
    year = {"margin_12": -then.margin, "transactions_12": -then.transactions}
    if rules.value_window == YEAR:
        return [then.select("customer_id", value=-then.margin, **year)]
    other = panel.filter(_.month == months_on(month, -rules.value_window))
    return [then.select("customer_id", **year), other.select("customer_id", value=-other.margin)]


def _under_contract(listed: ir.Table, month: Month, rules: Rules) -> ir.Table:
    """Give contract holders as activity: from the month of signing to the last month end it was open."""
    held = listed.filter(holds_contract(listed, rules.relationship))
    # An unknown start lies before the data.
    first = (
        held.acquired_on.truncate("month").cast("date").fill_null(ibis.date(add_months(rules.data_start, -1)))
    )
    # The last month end at which it was open: the month before the one in which it closed.
    closed = (held.closed_on.truncate("month") - ibis.interval(months=1)).cast("date")
    last = ibis.greatest(first, closed.fill_null(ibis.date(month)))
    return held.select("customer_id", first_active=first, last_active=last)


def _listed_before(listed: ir.Table, rules: Rules) -> ir.Table:
    """Give who was won before the data without a contract: a customer, though perhaps never seen."""
    free = ~holds_contract(listed, rules.relationship)
    older = (listed.acquired_on < ibis.date(rules.data_start)).fill_null(False)
    return listed.filter(free & older).select("customer_id")


def _status(known: ir.Table, month: Month, rules: Rules) -> dict[str, ir.Value]:
    """Apply the activity rule; names a reader of the definitions will find there."""
    since = months_on(month, 1 - rules.active_window)
    by_purchase = (known.last_bought >= since).fill_null(False)
    open_contract = known.under_contract & known.closed_on.isnull()
    active = {
        "non_contractual": by_purchase,
        "contractual": open_contract,
        "mixed": (by_purchase | open_contract) & known.closed_on.isnull(),
    }[rules.relationship]
    start = ibis.date(rules.data_start)
    before = (known.acquired_on < start).fill_null(False) | (known.first_active < start).fill_null(False)
    early = known.first_active < ibis.date(add_months(rules.data_start, rules.active_window))
    unknown = early.fill_null(False) & known.acquired_on.isnull()
    return {
        "active": active,
        "acquired_before": before,
        "first_seen": unknown & ibis.literal(not rules.history_complete),
    }


def values(
    panel: ir.Table,
    *,
    month: Month,
    rules: Rules,
    previous: ir.Table | None = None,
    customers: ir.Table | None = None,
) -> ir.Table:
    """Give every customer known at a month's end, with status and value.

    Parameters
    ----------
    panel : Table
        See `custlib.aggregate.panel.panel`; later months are ignored. With `previous` only this month and those that
        its windows leave behind are read: the cost of a month does not grow with a window or a history.
    previous : Table or None
        This function's result for the month before; None for the first month.
    customers : Table or None
        The customer list of the contract.

    Returns
    -------
    Table
        One row per customer ever seen, under contract or listed as won before the data: ``active``; ``first_active`` and
        ``last_active`` (months; NULL for one who never was); ``value`` (margin in the value window),
        ``margin_12``, ``transactions_12``, the month's own ``transactions_1``, ``margin_1``,
        ``revenue_1``, ``amount_1``; ``acquired_before`` the data; ``first_seen`` (active so early that
        nobody can say whether it is new); ``under_contract``, ``closed_on`` and ``closure_reason`` as known at
        the month; ``first_day``, ``second_day`` and ``last_day`` with a qualifying row, ``last_bought``, the latest month
        with one, and ``bought_before``, the latest before this month (NULL: none); and what is carried from month to
        month (`custlib.aggregate.carried`).
    """
    listed = as_at(customers, month) if customers is not None else None
    if previous is None:
        parts = [_window_sums(panel, month, rules)]
    else:
        carried_on = ("customer_id", *EARLIEST, *LATEST, *STATE, *WINDOWS)
        told = previous.select(*carried_on, **{BEFORE: previous.last_bought})
        parts = [told, _this_month(panel, month, rules), *_left_behind(panel, month, rules)]
    if listed is not None and rules.relationship != "non_contractual":
        parts.append(_under_contract(listed, month, rules))
    if listed is not None and rules.relationship != "contractual":
        parts.append(_listed_before(listed, rules))
    known = united(parts, kinds=KINDS, earliest=EARLIEST, latest=(*LATEST, BEFORE))
    known = _join_list(known, listed, rules)
    known = known.mutate(month=ibis.date(month), **_status(known, month, rules))
    return carried(known, month=month, relationship=rules.relationship)


def _join_list(known: ir.Table, listed: ir.Table | None, rules: Rules) -> ir.Table:
    """Add what the customer list says; NULL for customers who are not on it."""
    if listed is None:
        return known.mutate(
            acquired_on=ibis.null("date"), closed_on=ibis.null("date"),
            closure_reason=ibis.null("string"), under_contract=ibis.literal(False),
        )  # fmt: skip
    facts = listed.select(
        "customer_id", "acquired_on", "closed_on", "closure_reason",
        under_contract=holds_contract(listed, rules.relationship),
    )  # fmt: skip
    joined = known.left_join(facts, "customer_id").drop("customer_id_right")
    return joined.mutate(under_contract=joined.under_contract.fill_null(False))
