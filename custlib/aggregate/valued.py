"""Values back: what a model says of each pattern, joined to the customers who show it, and added up."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.carried import SQUARES, square
from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.patterns import WIDE

# What of a customer's pattern a price depends on: for models of months, and of days.
MONTHLY = ("group", "x", "t_x", "n", "before", "closed")
DAILY = ("group", "days_x", "first_day", "last_day", "closed")
# A chance to ten places is finer than any model; sums of decimals are the same on any number of threads.
CHANCE = "decimal(18, 10)"
CHANCES = "decimal(38, 10)"


def valued(
    patterns: ir.Table, prices: ir.Table, spend: ir.Table, *, keys: Sequence[str], events: str
) -> ir.Table:
    """Give the value of each customer of one kind.

    Parameters
    ----------
    patterns : Table
        Customers of one kind: see `custlib.aggregate.patterns.patterns`.
    prices : Table
        One row per pattern: `keys`; ``months``: discounted expected active months (of a model of days: purchase
        days); ``months_last``: the same at the end of the last active month; ``alive``.
    spend : Table
        One row per ``group``: the expected margin per active month is
        (``prior`` + ``counted`` x total) / (``weight`` + ``per_event`` x events) - ``idle_cost``; ``model``, ``clv_group``.
    events : str
        The column of `patterns` that counts what total is the margin of.

    Returns
    -------
    Table
        One row per customer: ``clv``, the residual value at the month's end, and ``clv_last``, at the end of the
        last active month, in the company's currency; ``p_alive``; ``expected_margin`` per active month; ``clv_model`` and
        ``clv_group``. NULL where the group cannot be valued or the model knows no such pattern.
    """
    priced = prices.rename({f"priced_{name}": name for name in prices.columns})
    both = patterns.left_join(priced, [patterns[name] == priced[f"priced_{name}"] for name in keys])
    rates = spend.rename(spent_group="group")
    both = both.left_join(rates, both.group == rates.spent_group)
    weight = both.weight + both.per_event * both[events]
    margin = (both.prior + both.counted * both.total.cast("float64")) / weight - both.idle_cost
    return both.select(
        "customer_id",
        clv=(both.priced_months * margin).cast(MONEY),
        clv_last=(both.priced_months_last * margin).cast(MONEY),
        p_alive=both.priced_alive.cast(CHANCE),
        expected_margin=margin.cast(MONEY),
        clv_model=both.model,
        clv_group=both.clv_group,
    )


def unvalued(patterns: ir.Table) -> ir.Table:
    """Give customers of whom no pattern can be priced: the columns of `valued`, NULL but for the id."""
    kinds = {"clv": MONEY, "clv_last": MONEY, "p_alive": CHANCE, "expected_margin": MONEY,
             "clv_model": "string", "clv_group": "string"}  # fmt: skip
    return patterns.select("customer_id", **{name: ibis.null(kind) for name, kind in kinds.items()})


def totals(valued: ir.Table, *by: str, value: str = "clv") -> ir.Table:
    """Add values up, with what a standard error of their mean needs.

    Parameters
    ----------
    valued : Table
        Customers with their value and the columns of `by`.

    Returns
    -------
    Table
        One row per group: ``customers`` with a value; ``worth`` their sum, ``squares`` the sum of their squares,
        ``alive`` the sum of P(alive); ``unvalued``: customers without one.
    """
    known = valued[value].notnull()
    grouped = valued.group_by(*by) if by else valued
    return grouped.aggregate(
        # Sums of nobody are nothing.
        customers=known.sum().fill_null(0).cast("int64"),
        unvalued=(~known).sum().fill_null(0).cast("int64"),
        worth=_[value].sum().fill_null(zero()).cast(WIDE),
        squares=square(_[value]).sum().fill_null(ibis.literal(0, SQUARES)).cast(SQUARES),
        alive=_.p_alive.sum().fill_null(ibis.literal(0, CHANCES)).cast(CHANCES),
    )


def ranked(valued: ir.Table) -> ir.Table:
    """Rank customers from the most valuable on; equal values in the order of their ids."""
    order = ibis.window(order_by=[ibis.desc("clv"), ibis.asc("customer_id")])
    known = valued.filter(_.clv.notnull())
    return known.select("customer_id", "clv", rank=ibis.row_number().over(order) + 1)


def held_by(ranked: ir.Table, ends: Sequence[int]) -> ir.Table:
    """Add the value of layers of a ranking up.

    Parameters
    ----------
    ends : sequence of int
        The last rank of each layer but the lowest.

    Returns
    -------
    Table
        One row per ``layer`` (0: the most valuable): ``customers``, ``worth``.
    """
    layer = sum(((ranked["rank"] > end).cast("int64") for end in ends), start=ibis.literal(0, "int64"))
    return ranked.group_by(layer=layer).agg(customers=_.count(), worth=_.clv.sum().cast(WIDE))


def map_cells(patterns: ir.Table, valued: ir.Table) -> ir.Table:
    """Add values up by how long customers have been customers and how long ago they were last active.

    Returns
    -------
    Table
        One row per ``tenure`` and ``silent`` (months since the last active one, or since the acquisition), of customers
        who are not known to have left: ``customers``, ``worth``, ``alive``.
    """
    both = patterns.filter(~_.closed).inner_join(valued, "customer_id").filter(_.clv.notnull())
    return both.group_by(tenure=both.before + both.n, silent=both.n - both.t_x).agg(
        customers=_.count(),
        worth=_.clv.sum().cast(WIDE),
        alive=_.p_alive.sum().cast(CHANCES),
    )


def first_months(base: ir.Table, panel: ir.Table, patterns: ir.Table) -> ir.Table:
    """Add up what customers brought in the month of their acquisition.

    Parameters
    ----------
    base : Table
        The customers counted: won within the data.
    panel : Table
        Their months.

    Returns
    -------
    Table
        One row per ``kind`` and ``group``: ``customers``, ``margin``, ``squares`` (of each one's, in cents).
    """
    kinds = patterns.select("customer_id", "kind", "group")
    won = base.select("customer_id", "first_active").inner_join(kinds, "customer_id")
    months = panel.select("customer_id", "month", "margin")
    both = won.left_join(months, [won.customer_id == months.customer_id, won.first_active == months.month])
    return both.group_by("kind", "group").agg(
        customers=_.count(), margin=_.margin.fill_null(zero()).sum().cast(WIDE)
    )
