"""What a month end carries over from the one before, so that a customer's whole life costs one month more.

Customer value rests on counts and sums since the acquisition. Each is the last month's plus what the
month adds; no look-back bounds them, and no month is read twice.
"""

import ibis
import ibis.expr.types as ir

from custlib.aggregate.panel import MONEY, zero
from custlib.periods import Month

# A square of money has eight places; thirty digits before them hold the sum of a large bank's.
SQUARES = "decimal(38, 8)"

# Counts and sums since the acquisition, and the type of each; a customer begins with nothing.
STATE = {
    "active_months": "int64",
    "active_margin_sum": MONEY,
    "active_margin_squares": SQUARES,
    "active_margin_day_squares": SQUARES,
    "idle_margin": MONEY,
    "active_days": "int64",
    "later_days": "int64",
}


@ibis.udf.scalar.builtin(name="bit_count")
def bit_count(mask: int) -> int:
    """Count the days of a mask; DuckDB and Spark share the name, ibis has no portable one."""


def square(money: ir.Value) -> ir.Value:
    """Multiply money by itself, exactly (see `multiplied`)."""
    return multiplied(money, money)


def multiplied(money: ir.Value, other: ir.Value) -> ir.Value:
    """Multiply two amounts of money, exactly.

    One factor has a digit more than money: DuckDB would keep a product of two of 18 digits in 18, which end
    at 300,000 squared. Spark, which would cut places of a product of more than 37, keeps all of these.
    """
    return (money.cast("decimal(19, 4)") * other.cast(MONEY)).cast(SQUARES)


def carried(known: ir.Table, *, month: Month, relationship: str) -> ir.Table:
    """Add to each customer's state what the month brought.

    Parameters
    ----------
    known : Table
        One row per customer with the state of the month before (zero for a newcomer), the month's own
        ``transactions_1``, ``margin_1`` and ``mask_1`` (days with a qualifying row), ``first_day``, ``second_day``, ``first_active``,
        ``acquired_before``, ``under_contract`` and ``closed_on`` as known at the month's end.

    Returns
    -------
    Table
        The same rows, without ``mask_1``. ``second_day`` with a qualifying row (NULL: none). ``active_months`` after the month of acquisition,
        ``active_margin_sum`` and ``active_margin_squares`` (of each month's margin) in them,
        ``active_margin_day_squares`` (of each month's margin, divided by its days with a qualifying row), and
        ``idle_margin`` in the others after it; what the month of acquisition itself brought is in none.
        ``active_days`` are distinct days with a qualifying row since the data begin, ``later_days`` those
        after the month of acquisition.

    Notes
    -----
    The month of acquisition is the first active one; of customers older than the data it lies before them.
    A contract holder is active while the contract is open at a month's end, whatever he buys; everybody
    else by buying, and by nothing under a contractual relationship, in which only contracts make customers.
    """
    contract = known.under_contract
    customer = contract if relationship == "contractual" else ibis.literal(True)
    after = (known.acquired_before | (known.first_active < ibis.date(month)).fill_null(False)) & customer
    active = ibis.ifelse(contract, known.closed_on.isnull(), known.transactions_1 > 0)
    counted, idle = after & active, after & ~active
    margin, days = known.margin_1, bit_count(known.mask_1)
    none, nothing = ibis.literal(0, "int64"), zero()
    added = {
        "active_months": counted.cast("int64"),
        "active_margin_sum": ibis.ifelse(counted, margin, nothing),
        "active_margin_squares": ibis.ifelse(counted, square(margin), ibis.literal(0, SQUARES)),
        # Divided as a float and kept as a decimal, row by row: sums are the same in any order.
        "active_margin_day_squares": ibis.ifelse(
            counted, square(margin).cast("float64") / days.nullif(0).cast("float64"), ibis.literal(0.0)
        )
        .cast(SQUARES)
        .fill_null(ibis.literal(0, SQUARES)),
        "idle_margin": ibis.ifelse(idle, margin, nothing),
        "active_days": days,
        "later_days": ibis.ifelse(after, days, none),
    }
    return known.mutate(
        second_day=_second_day(known, month),
        **{name: (known[name] + added[name]).cast(kind) for name, kind in STATE.items()},
    ).drop("mask_1")


def _lowest(mask: ir.IntegerValue) -> ir.IntegerValue:
    """Give the place of the lowest bit that is set; a bit of day masks is a day of the month."""
    return bit_count((mask & -mask) - 1).cast("int64")


def _second_day(known: ir.Table, month: Month) -> ir.DateValue:
    """Give the second day with a qualifying row: known before, or the month's first day, or second where the first is its own."""
    earlier = known.first_day < ibis.date(month)
    days = ibis.ifelse(earlier, known.mask_1, known.mask_1 & (known.mask_1 - 1))
    start = ibis.date(month)
    # Where there is no such day any will do: it is not shown.
    day = ibis.date(start.year(), start.month(), ibis.ifelse(days != 0, _lowest(days), 1))
    return ibis.coalesce(known.second_day, ibis.ifelse(days != 0, day, ibis.null("date")))
