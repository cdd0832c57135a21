"""Sums of the page of value segments that are made in two ways, held against one another."""

from decimal import Decimal
from typing import Any

from custlib.errors import CustlibError
from custlib.measure.concentration import Concentration


def check(found: Any) -> int:
    """Hold every partition against its whole; count what was compared.

    Parameters
    ----------
    found : ValueSegments
        See `custlib.month.value_segments.ValueSegments`.

    Raises
    ------
    CustlibError
        When bands, segments, plans, deciles or curves are not the whole they are parts of; it names both.
    """
    checks = 0
    for one in found.windows.values():
        checks += _curve(one)
    for kind, table in (("value bands", found.bands), ("segments by rule", found.segments)):
        active = found.active_customers
        checks += len(table) and _equal(kind, int(table.customers.sum()), active)
        if len(table) and not table.hidden.any():
            checks += _equal(f"margin of {kind}", sum(table.margin, Decimal(0)), found.active_margin)
    if found.potential is not None:
        checks += _equal("cells", int(found.potential.cells.customers.sum()), found.active_customers)
        checks += _equal("plans", int(found.potential.plans.customers.sum()), found.active_customers)
    for name, table in (("customers", found.equal_customers), ("profit", found.equal_profit)):
        checks += len(table) and _equal(f"tenths of {name}", int(table.customers.sum()), found.main.customers)
    return checks


def _curve(one: Concentration) -> int:
    """Parts of customers and parts of money end at the whole; the lines above, at and below zero are all there are."""
    parts = one.positive + one.zero + one.negative
    checks = _equal("customers above, at and below zero", parts, one.customers)
    if one.total is not None and one.positive_total is not None and one.negative_total is not None:
        checks += _equal("margin above and below zero", one.positive_total + one.negative_total, one.total)
    if len(one.curve):
        checks += _equal("the curve's end", round(float(one.curve.margin.iloc[-1]), 12), 1.0)
    return checks


def _equal(what: str, part: Any, whole: Any) -> int:
    if part != whole:
        raise CustlibError(f"value segments: {what} add up to {part}, and the whole is {whole}")
    return 1
