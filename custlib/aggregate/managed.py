"""Customers who are managed as a group: those of high value, those of low value by definition, those who have stayed long."""

from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.patterns import WIDE
from custlib.aggregate.segmentation import trend
from custlib.segmentation import DECLINING, GROWING, HIGH, LowValue


def high_value(cells: ir.Table) -> ir.BooleanValue:
    """Say who is of high value now: in the top level of `custlib.aggregate.potential.with_cell`."""
    return (cells.now == HIGH).fill_null(False)


def moving(cells: ir.Table, *, material_change: Decimal) -> ir.StringValue:
    """Say how the latest three months compare with the same three a year earlier; NULL where nothing was brought then."""
    found = trend(cells.late, cells.early, material_change=material_change)
    return ibis.ifelse((cells.early > 0).fill_null(False), found, ibis.null("string"))


def low_value(cells: ir.Table, definition: LowValue) -> ir.BooleanValue:
    """Say who is of low value by the company's definition; never somebody whose value to come is asked for and not known."""

    def below(amount: ir.Value, limit: float) -> ir.BooleanValue:
        return (amount < ibis.literal(Decimal(str(limit)), MONEY)).fill_null(False)

    found = below(cells.value, definition.value_below)
    if definition.value_to_come_below is not None:
        found &= below(cells.clv, definition.value_to_come_below)
    return found


def managed(
    cells: ir.Table, *, material_change: Decimal, definition: LowValue | None, long_months: int
) -> ir.Table:
    """Add up who is managed as a group.

    Parameters
    ----------
    cells : Table
        Active customers: ``value``, ``clv``, ``now``, ``tenure``, ``late``, ``early``.
    definition : LowValue or None
        The company's written definition of low value.
    long_months : int
        From how many months as a customer on somebody has stayed long.

    Returns
    -------
    Table
        One row: all active ``customers`` and their ``value``; ``high``, ``high_value``; of the high ``comparable`` (they brought
        something in the same three months a year earlier), ``shrinking`` and ``growing`` beyond the material change;
        ``low``, ``low_value`` (NULL without a definition); ``dated`` (the beginning is known), ``long``, ``long_value``.
    """
    high, moved = high_value(cells), moving(cells, material_change=material_change)
    long = (cells.tenure >= long_months).fill_null(False)
    low = low_value(cells, definition) if definition is not None else None

    def count(where: ir.BooleanValue) -> ir.IntegerScalar:
        return where.sum().fill_null(0).cast("int64")

    def money(where: ir.BooleanValue | None = None) -> ir.DecimalScalar:
        return cells.value.sum(where=where).fill_null(zero()).cast(WIDE)

    return cells.aggregate(
        customers=_.count(), value=money(),
        high=count(high), high_value=money(high), comparable=count(high & moved.notnull()),
        shrinking=count(high & (moved == DECLINING).fill_null(False)),
        growing=count(high & (moved == GROWING).fill_null(False)),
        low=ibis.null("int64") if low is None else count(low),
        low_value=ibis.null(WIDE) if low is None else money(low),
        dated=count(cells.tenure.notnull()), long=count(long), long_value=money(long),
    )  # fmt: skip
