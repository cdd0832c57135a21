"""What each buyer of a window of months brought in it: the rows on which concentration is measured."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.patterns import WIDE
from custlib.aggregate.values import months_on
from custlib.periods import Month

QUARTER, YEAR = 3, 12
# What is added up over a window -> the panel's column.
COUNTED = {
    "margin": "margin",
    "revenue": "revenue",
    "cost": "cost_to_serve",
    "transactions": "transactions",
}
# What ranking the buyers of a window needs.
LEAST = ("margin", "transactions")


def under_contract(base: ir.Table) -> ir.BooleanValue:
    """Say who holds a contract that is open at the month's end."""
    return base.under_contract & base.closed_on.isnull()


def spent(
    base: ir.Table,
    panel: ir.Table,
    *,
    month: Month,
    windows: Sequence[int],
    whole: Sequence[int] | None = None,
) -> ir.Table:
    """Add up what every customer brought, did and cost in windows that end with a month, in one pass over the panel.

    Parameters
    ----------
    base : Table
        Customers at `month` (see `custlib.aggregate.values`).
    panel : Table
        Their months; those outside the windows are ignored.
    windows : sequence of int
        Lengths in months.
    whole : sequence of int, optional
        The windows of which everything is added up, all by default; of the others margin and transactions, and no more.

    Returns
    -------
    Table
        One row per customer: ``customer_id``; ``bound``, by a contract open at the month's end; and for each window, with its length
        behind the name (``margin_12``): ``margin``, ``revenue``, ``cost`` (to serve, zero where none is known) and ``transactions``
        (qualifying ones).
    """
    first = months_on(month, 1 - max(windows))
    recent = panel.filter((_.month >= first) & (_.month <= months_on(month, 0)))
    sums = {}
    for months in windows:
        inside = _.month >= months_on(month, 1 - months)
        for name, column in COUNTED.items():
            if whole is None or months in whole or name in LEAST:
                sums[f"{name}_{months}"] = _[column].sum(where=inside)
    both = base.left_join(recent.group_by("customer_id").agg(**sums), "customer_id")
    told = {
        name: both[name].fill_null(0).cast("int64")
        if name.startswith("transactions")
        else both[name].fill_null(zero()).cast(MONEY)
        for name in sums
    }
    return both.select("customer_id", bound=under_contract(both), **told)


def held(spent: ir.Table, *, months: int, relationship: str) -> ir.Table:
    """Give what each buyer of a window brought, did and cost in it.

    Parameters
    ----------
    spent : Table
        See `spent`.
    relationship : str
        "contractual": buyers are who holds an open contract; "mixed": those, and who bought in the window;
        "non_contractual": who bought in it.

    Returns
    -------
    Table
        One row per buyer: ``customer_id``, ``margin``, ``revenue``, ``cost``, ``transactions`` (those of them that `spent` has);
        money over the window, in the company's currency.
    """
    bought = spent[f"transactions_{months}"] > 0
    buyer = {
        "contractual": spent.bound,
        "mixed": bought | spent.bound,
        "non_contractual": bought,
    }[relationship]
    there = [name for name in COUNTED if f"{name}_{months}" in spent.columns]
    return spent.filter(buyer).select("customer_id", **{name: spent[f"{name}_{months}"] for name in there})


def quarters(panel: ir.Table, *, month: Month) -> ir.Table:
    """Set what customers brought in the latest three months beside the same three months a year earlier.

    Returns
    -------
    Table
        One row per customer with a row in either: ``late`` and ``early``, margin (zero: no row).
    """
    late = _.month >= months_on(month, 1 - QUARTER)
    early = (_.month >= months_on(month, 1 - QUARTER - YEAR)) & (_.month <= months_on(month, -YEAR))
    known = panel.filter((_.month >= months_on(month, 1 - QUARTER - YEAR)) & (_.month <= months_on(month, 0)))
    return known.group_by("customer_id").agg(
        late=_.margin.sum(where=late).fill_null(zero()).cast(MONEY),
        early=_.margin.sum(where=early).fill_null(zero()).cast(MONEY),
    )


def serving(customers: ir.Table, *by: ir.Value) -> ir.Table:
    """Add cost to serve up beside what it is taken from.

    Parameters
    ----------
    customers : Table
        ``value`` (margin after cost to serve) and ``cost``, with the columns of `by`.

    Returns
    -------
    Table
        One row per group: ``customers``, ``value``, ``cost``, and ``gross``, margin before cost to serve.
    """
    return customers.group_by(*by).agg(
        customers=_.count().cast("int64"),
        value=_.value.sum().cast(WIDE),
        cost=_.cost.sum().cast(WIDE),
        gross=(_.value + _.cost).sum().cast(WIDE),
    )


def counts(base: ir.Table, spent: ir.Table, *, month: Month, months: int, since: int) -> ir.Table:
    """Count customers by their purchases in a window, those without one too.

    Parameters
    ----------
    base : Table
        Customers at `month`.
    spent : Table
        See `spent`; with the window.
    months : int
        Length of the window, which ends with `month`.
    since : int
        Only customers whose first active month lies more than so many months back, so that windows of different
        lengths count the same ones; and of those whom nobody knows to have left.

    Returns
    -------
    Table
        ``purchases`` (qualifying transactions), ``customers``.
    """
    old = base.filter(
        (base.first_active <= months_on(month, -since)).fill_null(False) & base.closed_on.isnull()
    )
    both = old.left_join(spent.select("customer_id", purchases=f"transactions_{months}"), "customer_id")
    return both.group_by(purchases=both.purchases.fill_null(0).cast("int64")).agg(customers=_.count())


def standing(
    base: ir.Table,
    then: ir.Table | None,
    panel: ir.Table,
    valued: ir.Table | None,
    *,
    month: Month,
    recent: bool,
) -> ir.Table:
    """Say of each active customer what levels, bands and plans are made from.

    Parameters
    ----------
    base, then : Table
        Customers at `month` and a year earlier; `then` None where the data do not reach so far.
    panel : Table
        Their months.
    valued : Table or None
        ``customer_id`` and ``clv``; None where nobody can be valued.
    recent : bool
        Whether the data hold the latest three months of the year before.

    Returns
    -------
    Table
        One row per active customer: the columns of `base`; ``value_then`` (margin of the value window a year earlier; NULL:
        not active then, or not known); ``clv`` (NULL: not available); ``tenure``, whole months since the month of
        acquisition (NULL where nobody knows it); ``late`` and ``early``, see `quarters` (NULL: not known).
    """
    known = base.filter(base.active)
    begun = ibis.ifelse(
        known.acquired_before, known.acquired_on, ibis.ifelse(known.first_seen, ibis.null("date"), known.first_active)
    )  # fmt: skip
    now = months_on(month, 0)
    tenure = (now.year() - begun.year()) * 12 + (now.month() - begun.month())
    known = known.mutate(tenure=tenure.cast("int64"))
    if then is None:
        known = known.mutate(value_then=ibis.null(MONEY))
    else:
        earlier = then.filter(then.active).select("customer_id", value_then="value")
        known = known.left_join(earlier, "customer_id").drop("customer_id_right")
    if valued is None:
        known = known.mutate(clv=ibis.null(MONEY))
    else:
        known = known.left_join(valued.select("customer_id", "clv"), "customer_id").drop("customer_id_right")
    if not recent:
        return known.mutate(late=ibis.null(MONEY), early=ibis.null(MONEY))
    known = known.left_join(quarters(panel, month=month), "customer_id").drop("customer_id_right")
    return known.mutate(late=known.late.fill_null(zero()), early=known.early.fill_null(zero()))
