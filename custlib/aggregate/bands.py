"""Customers in bands of value: thresholds set by rank once a year, and everybody banded by the amounts."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.patterns import WIDE
from custlib.segmentation import BELOW_ZERO, Band, Thresholds

PLACES = Decimal("0.0001")


def cuts(base: ir.Table, bands: Sequence[Band], *, column: str = "value") -> ir.Table:
    """Give the amounts at the ranks that shares of customers ask for.

    The customer at rank ceil(share x n) sets a band's amount, n being the active customers with zero or more.

    Parameters
    ----------
    base : Table
        Customers of the month end at which thresholds are set: ``active`` and `column` (money).
    bands : sequence of Band
        From the top; those with an amount of their own need none.

    Returns
    -------
    Table
        One row: ``customers`` (n) and, per band with a share, ``cut_0``, ``cut_1``, ... by its place in `bands`, in
        the company's currency; NULL where n is zero.
    """
    ranked = base.filter(base.active & (base[column] >= 0)).select(amount=base[column])
    order = ibis.window(order_by=ibis.desc("amount"))
    ranked = ranked.mutate(rank=ibis.row_number().over(order) + 1, n=ibis._.count().over(ibis.window()))
    found = {}
    for place, band in enumerate(bands):
        if band.share is None:
            continue
        # Whole numbers on both sides: a share as a double, times n, can come out a rank too high.
        wanted, parts = ranked.n * band.share.numerator, band.share.denominator
        at = (ranked["rank"] * parts >= wanted) & ((ranked["rank"] - 1) * parts < wanted)
        found[f"cut_{place}"] = ranked.amount.max(where=at).cast(MONEY)
    return ranked.aggregate(customers=ranked.count(), **found)


def banded(
    active: ir.BooleanValue, amount: ir.Value, thresholds: Thresholds, *, below: str = BELOW_ZERO
) -> ir.StringValue:
    """Name the band an amount lies in.

    The first band whose threshold the amount reaches; equal amounts are therefore never apart. Zero reaches none: who
    brought nothing is in the last band, even where the rank of a share fell among zeros. Less than zero is `below`. NULL for
    the inactive, and where the amount is not known.
    """
    cases: list[tuple[ir.BooleanValue, str]] = [(amount < 0, below)]
    for name, threshold in zip(thresholds.names, thresholds.amounts, strict=False):
        if threshold is None:
            continue
        # Money has four places, so an amount between two of them is reached by the upper one.
        least = ibis.literal(threshold.quantize(PLACES, rounding=ROUND_CEILING), MONEY)
        cases.append(((amount >= least) & (amount > 0), name))
    band = ibis.cases(*cases, else_=thresholds.names[-1])
    return ibis.ifelse(active & amount.notnull(), band, ibis.null("string"))


def with_band(
    table: ir.Table, thresholds: Thresholds, *, column: str = "value", name: str = "value_band"
) -> ir.Table:
    """Add the band of `column` as a text column `name`; NULL for the inactive (see `banded`)."""
    return table.mutate(**{name: banded(table.active, table[column], thresholds)})


def reset(base: ir.Table, before: Thresholds, after: Thresholds, *, column: str = "value") -> ir.Table:
    """Count the active of the month end at which thresholds were set again, under the old and under the new.

    Returns
    -------
    Table
        One row per ``band_before`` and ``band_after`` that anybody is in: ``customers``, their ``value``.
    """
    active = base.filter(base.active)
    both = active.select(
        band_before=banded(active.active, active[column], before),
        band_after=banded(active.active, active[column], after),
        amount=active[column],
    )
    return both.group_by("band_before", "band_after").agg(
        customers=_.count(), value=_.amount.sum().fill_null(zero()).cast(WIDE)
    )


def totals(table: ir.Table, *, by: str = "value_band", column: str = "value") -> ir.Table:
    """Count the active and add their `column` up by a text column: ``segment``, ``customers``, ``value``."""
    active = table.filter(table.active)
    return active.group_by(segment=active[by]).agg(
        customers=_.count(), value=_[column].sum().fill_null(zero()).cast(WIDE)
    )
