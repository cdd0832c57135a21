"""What each buyer of a window of months brought in it: the rows on which concentration is measured."""

import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.values import months_on
from custlib.periods import Month

QUARTER, YEAR = 3, 12


def under_contract(base: ir.Table) -> ir.BooleanValue:
    """Say who holds a contract that is open at the month's end."""
    return base.under_contract & base.closed_on.isnull()


def held(base: ir.Table, panel: ir.Table, *, month: Month, months: int, relationship: str) -> ir.Table:
    """Give what each buyer of a window brought, did and cost in it.

    Parameters
    ----------
    base : Table
        Customers at `month` (see `custlib.aggregate.values`).
    panel : Table
        Their months; those outside the window are ignored.
    months : int
        Length of the window, which ends with `month`.
    relationship : str
        "contractual": buyers are who holds an open contract; "mixed": those, and who bought in the window;
        "non_contractual": who bought in it.

    Returns
    -------
    Table
        One row per buyer: ``customer_id``, ``margin``, ``revenue``, ``cost`` (cost to serve, zero where none is
        known), ``transactions`` (qualifying ones); money over the window, in the company's currency.
    """
    window = panel.filter((_.month >= months_on(month, 1 - months)) & (_.month <= months_on(month, 0)))
    sums = window.group_by("customer_id").agg(
        margin=_.margin.sum(),
        revenue=_.revenue.sum(),
        cost=_.cost_to_serve.sum(),
        transactions=_.transactions.sum().cast("int64"),
    )
    both = base.left_join(sums, "customer_id").drop("customer_id_right")
    bought = both.transactions.fill_null(0) > 0
    buyer = {
        "contractual": under_contract(both),
        "mixed": bought | under_contract(both),
        "non_contractual": bought,
    }[relationship]
    money = {name: both[name].fill_null(zero()).cast(MONEY) for name in ("margin", "revenue", "cost")}
    return both.filter(buyer).select(
        "customer_id", **money, transactions=both.transactions.fill_null(0).cast("int64")
    )


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


def serving(held: ir.Table, *by: ir.Value) -> ir.Table:
    """Add cost to serve up beside what it is taken from.

    Parameters
    ----------
    held : Table
        See `held`, with the columns of `by`.

    Returns
    -------
    Table
        One row per group: ``customers``, ``gross`` (margin before cost to serve), ``cost``, and ``losing``, customers
        whose service costs more than they bring.
    """
    return held.group_by(*by).agg(
        customers=_.count(),
        gross=(_.margin + _.cost).sum(),
        cost=_.cost.sum(),
        losing=(_.margin < 0).sum().cast("int64"),
    )
