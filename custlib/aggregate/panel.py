"""Customer x month: the one pass over the log from which every later table is made."""

from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.periods import Month

MONEY = "decimal(18, 4)"

# One row per customer and month with anything in it. Money is never NULL: nothing booked is zero.
COLUMNS = [
    "customer_id", "month", "transactions", "day_mask", "first_day", "last_day",
    "amount", "revenue", "gross_margin", "cost_to_serve", "margin",
]  # fmt: skip


@ibis.udf.agg.builtin(name="bit_or")
def bit_or(mask: int) -> int:
    """Unite day masks; DuckDB and Spark share the name, ibis has no portable one."""


def _money(value):
    return value.cast(MONEY)


def zero() -> ir.Scalar:
    """Give nothing in money, with the type of money: a bare zero would cut sums to three decimals."""
    return ibis.literal(Decimal(0), MONEY)


def _nothing(kind: str):
    return ibis.null(kind)


def _share_of(gross: ir.Value, share: Decimal) -> ir.Value:
    """Give a share of an amount, exactly, rounded to the places of money.

    Factors are as narrow as they may be: DuckDB multiplies numbers of up to 18 digits many times as fast as wider ones.
    It keeps 18 digits of their product, of which 12 are decimals here, so that a product ends at a million. Both factors
    have one type, which Ibis wants.
    """
    narrow, wide = (
        (gross.cast(factor) * ibis.literal(share, factor)).cast(MONEY)
        for factor in ("decimal(12, 6)", "decimal(38, 6)")
    )
    return ibis.ifelse(gross.abs() < ibis.literal(Decimal(10**6), MONEY), narrow, wide)


def behaviour(transactions: ir.Table, *, margin_share: Decimal, month: Month | None = None) -> ir.Table:
    """Reduce the log to one row per customer and month.

    Parameters
    ----------
    transactions : Table
        Rows of the contract that belong to a customer and are not excluded.
    margin_share : Decimal
        Share of the amount that is gross margin, where the log has no ``margin`` of its own.
    month : date, optional
        The month of all rows, where it is one: then nothing has to be grouped by months.

    Returns
    -------
    Table
        Count, day mask (bit of the day of the month), first and last day come from qualifying
        rows; money from all rows, so that a return lowers value and never activity.
        ``first_day`` and ``last_day`` are NULL in a month with no qualifying row.
    """
    # 1 << 31 does not fit 32 bits.
    one = ibis.literal(1, "int64")
    bit = ibis.ifelse(transactions.qualifying, one << transactions.date.day().cast("int64"), 0)
    own_margin = "margin" in transactions.columns
    rows, keys = transactions.mutate(bit=bit), ["customer_id"]
    if month is None:
        rows, keys = rows.mutate(month=_.date.truncate("month").cast("date")), ["customer_id", "month"]
    reduced = rows.group_by(*keys).agg(
        transactions=_.count(where=_.qualifying),
        day_mask=bit_or(_.bit),
        first_day=_.date.min(where=_.qualifying),
        last_day=_.date.max(where=_.qualifying),
        amount=_money(_.amount.sum()),
        **({"gross": _money(_.margin.fill_null(zero()).sum())} if own_margin else {}),
    )
    whole = own_margin or margin_share == 1
    summed = reduced.gross if own_margin else reduced.amount
    gross_margin = summed if whole else _share_of(summed, margin_share)
    return reduced.select(
        "customer_id", ibis.date(month).name("month") if month else reduced.month,
        _.transactions.fill_null(0).cast("int64").name("transactions"),
        _.day_mask.fill_null(0).cast("int64").name("day_mask"), "first_day", "last_day", "amount",
        revenue=_.amount, gross_margin=gross_margin,
        cost_to_serve=zero(),
    )  # fmt: skip


def booked(customer_months: ir.Table) -> ir.Table:
    """Shape the monthly statement of each customer like the panel: money, no behaviour."""
    have = customer_months.columns

    def column(name: str):
        return _money(_[name].fill_null(zero())) if name in have else zero()

    return customer_months.select(
        "customer_id", "month",
        transactions=ibis.literal(0, "int64"), day_mask=ibis.literal(0, "int64"),
        first_day=_nothing("date"), last_day=_nothing("date"), amount=zero(),
        revenue=column("revenue"), gross_margin=column("margin"), cost_to_serve=column("cost_to_serve"),
    )  # fmt: skip


def serving_costs(costs: ir.Table) -> ir.Table:
    """Shape cost-to-serve bookings like the panel."""
    return costs.select(
        "customer_id", month=_.date.truncate("month").cast("date"),
        transactions=ibis.literal(0, "int64"), day_mask=ibis.literal(0, "int64"),
        first_day=_nothing("date"), last_day=_nothing("date"), amount=zero(), revenue=zero(),
        gross_margin=zero(), cost_to_serve=_money(_.cost.fill_null(zero())),
    )  # fmt: skip


def panel(
    transactions: ir.Table | None,
    *,
    customer_months: ir.Table | None = None,
    costs: ir.Table | None = None,
    margin_share: Decimal = Decimal(1),
    month: Month | None = None,
) -> ir.Table:
    """Give the customer x month panel: what each customer did and brought, month by month.

    Parameters
    ----------
    transactions, customer_months, costs : Table or None
        Tables of the contract; rows without a customer are left out here and counted elsewhere.
    margin_share, month
        See `behaviour`.

    Returns
    -------
    Table
        `COLUMNS`, one row per customer and month. gross margin comes from ``customer_months.margin``
        where that column exists, else from the log; revenue likewise, else it is the amount.
        margin = gross margin - cost to serve.
    """
    parts = []
    statement = set(customer_months.columns) if customer_months is not None else set()
    if transactions is not None:
        known = transactions.filter(_.customer_id.notnull() & _.excluded.isnull())
        part = behaviour(known, margin_share=margin_share, month=month)
        # Where the monthly statement holds the money, the log tells behaviour only.
        replaced = {"gross_margin": "margin", "revenue": "revenue"}
        part = part.mutate(**{name: zero() for name, own in replaced.items() if own in statement})
        if "margin" in statement and "revenue" not in statement:
            part = part.mutate(revenue=zero())
        parts.append(part)
    if customer_months is not None:
        parts.append(booked(customer_months))
    if costs is not None:
        parts.append(serving_costs(costs))
    if len(parts) > 1:
        money = ("amount", "revenue", "gross_margin", "cost_to_serve")
        parts[:] = [
            ibis.union(*parts)
            .group_by("customer_id", "month")
            .agg(
                transactions=_.transactions.sum().cast("int64"),
                day_mask=bit_or(_.day_mask).cast("int64"),
                first_day=_.first_day.min(),
                last_day=_.last_day.max(),
                **{name: _money(_[name].sum()) for name in money},
            )
        ]
    return parts[0].mutate(margin=_money(_.gross_margin - _.cost_to_serve)).select(COLUMNS)


def products(transactions: ir.Table) -> ir.Table:
    """Give the distinct products each customer bought in each month (qualifying rows only)."""
    bought = transactions.filter(
        _.customer_id.notnull() & _.excluded.isnull() & _.qualifying & _.product.notnull()
    )
    return bought.select("customer_id", "product", month=_.date.truncate("month").cast("date")).distinct()
