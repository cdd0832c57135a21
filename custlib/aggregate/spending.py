"""Margin by how often customers were active, in cells fine enough to fit a law of spending to."""

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.carried import SQUARES, square
from custlib.aggregate.patterns import WIDE

# Totals within two per cent of each other share a cell; a fit to the cells' means is off by less than 0.1%.
WIDTH = 0.02


def spend_cells(patterns: ir.Table, *, per: str = "x", width: float = WIDTH) -> ir.Table:
    """Count customers by how often they were active and by the size of their total margin.

    Parameters
    ----------
    patterns : Table
        See `custlib.aggregate.patterns.patterns`.
    per : str
        What is counted: "x", or "later_days" for a model of days.

    Returns
    -------
    Table
        One row per ``kind``, ``group``, ``x``, ``sign`` of the total (-1, 0, 1) and ``bin`` (floor of the logarithm of
        its size / `width`): ``customers``; ``total`` margin of active months, ``total_squares`` (of each customer's
        total), ``squares`` (of each month's margin; per "later_days" divided by the month's days), ``months`` these are of;
        ``idle`` margin of the other months since the acquisition, and ``idle_squares`` (of each customer's).
    """
    size = patterns.total.abs().cast("float64")
    squares = patterns.day_squares if per == "later_days" else patterns.squares
    known = ibis.ifelse(patterns.total == 0, ibis.literal(1.0), size)
    return patterns.group_by(
        "kind", "group", x=patterns[per],
        sign=patterns.total.sign().cast("int64"),
        bin=(known.ln() / width).floor().cast("int64"),
    ).agg(
        customers=_.count(),
        total=_.total.sum().cast(WIDE),
        total_squares=square(_.total).sum().cast(SQUARES),
        squares=squares.sum().cast(SQUARES),
        months=_.months.sum().cast("int64"),
        idle=_.idle.sum().cast(WIDE),
        idle_squares=square(_.idle).sum().cast(SQUARES),
    )  # fmt: skip
