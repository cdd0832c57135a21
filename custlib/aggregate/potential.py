"""Today against tomorrow: what customers bring now by what is still expected of them."""

from decimal import Decimal

import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.bands import banded
from custlib.aggregate.panel import zero
from custlib.aggregate.patterns import WIDE
from custlib.aggregate.segmentation import trend
from custlib.segmentation import DECLINING, NEGATIVE, NEW, UNKNOWN, Thresholds


def with_cell(customers: ir.Table, *, now: Thresholds, to_come: Thresholds) -> ir.Table:
    """Add ``now`` (by value) and ``to_come`` (by clv): "high", "middle", "low" or "negative"; NULL for the inactive.

    ``to_come`` is "unknown" for the active without a value to come.
    """
    active = customers.active
    told = customers.mutate(
        now=banded(active, customers.value, now, below=NEGATIVE),
        to_come=banded(active, customers.clv, to_come, below=NEGATIVE),
    )
    return told.mutate(to_come=told.active.ifelse(told.to_come.fill_null(UNKNOWN), None))


def grid(cells: ir.Table, *, material_change: Decimal) -> ir.Table:
    """Add the active up by cell.

    Parameters
    ----------
    cells : Table
        See `with_cell`; with ``value``, ``value_then`` (NULL: not active a year ago) and ``clv``.

    Returns
    -------
    Table
        One row per ``now`` and ``to_come``: ``customers``, ``margin`` (sum of ``value``), ``equity`` (sum of ``clv``; zero
        where it is unknown), ``shrinking``: customers whose value fell beyond the material change within the year;
        ``new``: those who were not active a year ago.
    """
    active = cells.filter(cells.active)
    moved = trend(active.value, active.value_then, material_change=material_change)
    return active.group_by("now", "to_come").agg(
        customers=_.count(),
        margin=_.value.sum().fill_null(zero()).cast(WIDE),
        equity=_.clv.sum().fill_null(zero()).cast(WIDE),
        shrinking=(moved == DECLINING).sum().fill_null(0).cast("int64"),
        new=(moved == NEW).sum().fill_null(0).cast("int64"),
    )
