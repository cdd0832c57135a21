"""What customers answered, one row per customer and wave, beside what was known of them and what they did after."""

from collections.abc import Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.bands import banded
from custlib.aggregate.carried import SQUARES, multiplied, square
from custlib.aggregate.held import under_contract
from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.patterns import WIDE
from custlib.aggregate.segmentation import level_of
from custlib.aggregate.values import months_on
from custlib.periods import Month
from custlib.segmentation import UNKNOWN, Step, Thresholds

YEAR = 12
# Purchases of so many months, and of as many before, say which way a customer is going.
TREND = 3
MORE, LESS, SAME, NEW = "more", "less", "same", "new"
# Months since the last active one, as at the end of the month before the answer.
RECENCY = ("last month", "a month before", "longer ago")
# Answers that behaviour is followed from are parted by customer into so many folds.
FOLDS = 5
# Of who was asked and no active customer at the end of the month before.
NOT_ACTIVE = "not active then"
# The columns of `standing`, in an order that does not depend on what is known.
STANDING = [
    "customer_id", "metric", "date", "month", "number", "wave", "score", "earlier", "was_active", "value", "value_band", "tenure",
    "trend", "recency", "since_start", "before", "after", "kept",
]  # fmt: skip


def month_number(date: ir.DateValue) -> ir.IntegerValue:
    """Count months from year 0, so that windows are whole numbers in every engine."""
    return (date.year() * 12 + date.month()).cast("int64")


def asked(surveys: ir.Table) -> ir.Table:
    """Give one row per customer, metric and wave; of several answers the last counts.

    Parameters
    ----------
    surveys : Table
        Of the contract: ``customer_id``, ``date``, ``metric``, ``score`` (NULL: invited, did not answer), and where the
        company has them ``wave``, ``stage``, ``reason``.

    Returns
    -------
    Table
        ``customer_id``, ``metric``, ``wave`` (the month where none is ``named``), ``date``, ``month``, ``number`` (of the month),
        ``score``, ``stage``, ``reason`` (both NULL where not known), ``given`` (answers in the wave; the last counts, of two on one day the
        lower), ``earlier`` (invitations of the same metric in the twelve months before).
    """
    texts = {
        name: surveys[name] if name in surveys.columns else ibis.null("string")
        for name in ("stage", "reason")
    }
    month = surveys.date.truncate("month").cast("date")
    own = surveys.wave if "wave" in surveys.columns else ibis.null("string")
    rows = surveys.select(
        "customer_id", "date", "metric", "score", month=month, number=month_number(month),
        wave=own.fill_null(month.cast("string").substr(0, 7)), named=own.notnull(), **texts,
    ).distinct()  # fmt: skip
    wave = ["customer_id", "metric", "wave", "named"]
    # An answer counts before an invitation without one, a later before an earlier, of two on one day the lower.
    order = [rows.score.isnull(), ibis.desc("date"), ibis.asc("score"), ibis.asc("reason"), ibis.asc("stage")]
    rows = rows.mutate(
        place=ibis.row_number().over(ibis.window(group_by=wave, order_by=order)),
        given=rows.score.count().over(ibis.window(group_by=wave)),
    )
    rows = rows.filter(rows.place == 0).drop("place")
    year = ibis.range_window(preceding=(YEAR, 1), group_by=["customer_id", "metric"], order_by=rows.number)
    return rows.mutate(earlier=rows.customer_id.count().over(year).fill_null(0).cast("int64"))


def standing(
    asked: ir.Table,
    then: ir.Table | None,
    end: ir.Table | None,
    panel: ir.Table,
    *,
    month: Month,
    outcome: int,
    bands: Thresholds | None,
    tenures: Sequence[Step],
    relationship: str,
    material_change: Decimal,
    valued: bool = True,
) -> ir.Table:
    """Set what was known of a month's asked customers before the month, and what they did after, beside what they said.

    Parameters
    ----------
    asked : Table
        See `asked`; those of the month `month` are kept.
    then : Table or None
        The base at the end of the month before; None where the data do not reach it.
    end : Table or None
        The base `outcome` months after; None where these months are not over.
    panel : Table
        Customers' months around `month`.
    outcome : int
        How many months are followed.
    bands : Thresholds or None
        Amounts of the value bands.
    valued : bool
        Whether the data fill the value window of `then`; otherwise nobody's value and band are known.

    Returns
    -------
    Table
        One row per customer and wave: ``customer_id``, ``metric``, ``date``, ``month``, ``number``, ``wave``, ``score`` and ``earlier`` of `asked`;
        ``was_active``, ``value`` (margin of the value window), ``value_band``, ``tenure``, ``trend`` (purchases of three months
        against the three before), ``recency``: all as at the month before, "unknown" (NULL for the first two)
        where it is not known; ``since_start``, months from the acquisition to the month before (NULL: nobody knows it); ``before`` and ``after``, margin of `outcome` months; ``kept``, whether any qualifying purchase, or an
        open contract at the end, came after: NULL where the months are not over.
    """
    rows = asked.filter(_.month == ibis.date(month))
    # Few are asked of all there are.
    sums = _around(panel.semi_join(rows, "customer_id"), month=month, outcome=outcome)
    rows = rows.left_join(sums, "customer_id").drop("customer_id_right")
    rows = _known_before(
        rows,
        then,
        month=month,
        bands=bands if valued else None,
        tenures=tenures,
        material_change=material_change,
    )
    if not valued:
        rows = rows.mutate(value=ibis.null(MONEY))
    return _followed(rows, end, relationship=relationship).select(STANDING)


def _followed(rows: ir.Table, end: ir.Table | None, *, relationship: str) -> ir.Table:
    """Add what came after: nothing is known before the months are over."""
    if end is None:
        return rows.mutate(after=ibis.null(MONEY), kept=ibis.null("boolean"))
    rows = rows.mutate(after=rows.after.fill_null(zero()), bought=(rows.bought > 0).fill_null(False))
    if relationship == "non_contractual":
        return rows.mutate(kept=rows.bought)
    bound = end.select("customer_id", bound=under_contract(end))
    rows = rows.left_join(bound, "customer_id").drop("customer_id_right")
    bound = rows.bound.fill_null(False)
    return rows.mutate(kept=bound if relationship == "contractual" else bound | rows.bought)


def _around(panel: ir.Table, *, month: Month, outcome: int) -> ir.Table:
    """Add up what customers did before and after a month, in one pass over the months around it."""
    reach = max(outcome, 2 * TREND)
    near = panel.filter((_.month >= months_on(month, -reach)) & (_.month <= months_on(month, outcome)))
    before = (near.month >= months_on(month, -outcome)) & (near.month < ibis.date(month))
    after = near.month > ibis.date(month)
    late = (near.month >= months_on(month, -TREND)) & (near.month < ibis.date(month))
    early = (near.month >= months_on(month, -2 * TREND)) & (near.month < months_on(month, -TREND))
    return near.group_by("customer_id").agg(
        before=near.margin.sum(where=before).cast(MONEY),
        after=near.margin.sum(where=after).cast(MONEY),
        bought=near.transactions.sum(where=after).cast("int64"),
        late=near.transactions.sum(where=late).cast("int64"),
        early=near.transactions.sum(where=early).cast("int64"),
    )


def _known_before(
    rows: ir.Table,
    then: ir.Table | None,
    *,
    month: Month,
    bands: Thresholds | None,
    tenures: Sequence[Step],
    material_change: Decimal,
) -> ir.Table:
    """Add band, tenure, trend and recency as at the end of the month before."""
    rows = rows.mutate(before=rows.before.fill_null(zero()))
    if then is None:
        unknown = dict.fromkeys(("value_band", "tenure", "trend", "recency"), ibis.literal(UNKNOWN))
        nothing = {"was_active": "boolean", "value": MONEY, "since_start": "int64"}
        return rows.mutate(**{name: ibis.null(kind) for name, kind in nothing.items()}, **unknown)
    known = then.select(
        "customer_id", "value", "last_active", was_active=then.active, since_start=_months_since_start(then, month),
    )  # fmt: skip
    rows = rows.left_join(known, "customer_id").drop("customer_id_right")
    # Who was no customer yet had brought nothing.
    rows = rows.mutate(was_active=rows.was_active.fill_null(False), value=rows.value.fill_null(zero()))
    band = banded(rows.was_active, rows.value, bands) if bands else ibis.null("string")
    silent = month_number(ibis.date(month)) - 1 - month_number(rows.last_active)
    return rows.mutate(
        value_band=ibis.ifelse(rows.was_active, band.fill_null(UNKNOWN), NOT_ACTIVE),
        tenure=level_of(rows.since_start, tenures),
        trend=_way(rows, material_change),
        recency=ibis.cases(
            (silent == 0, RECENCY[0]), (silent == 1, RECENCY[1]), (silent > 1, RECENCY[2]), else_=UNKNOWN
        ),
    ).drop("last_active")


def _months_since_start(base: ir.Table, month: Month) -> ir.IntegerValue:
    """Count whole months since the acquisition, at the end of the month before; NULL where nobody knows it."""
    begun = ibis.ifelse(
        base.acquired_before, base.acquired_on, ibis.ifelse(base.first_seen, ibis.null("date"), base.first_active)
    )  # fmt: skip
    return month_number(ibis.date(month)) - 1 - month_number(begun)


def _way(rows: ir.Table, material_change: Decimal) -> ir.StringValue:
    """Say which way purchases were going; in ten-thousandths, so that no double takes part."""
    late, early = rows.late.fill_null(0), rows.early.fill_null(0)
    change, limit = (late - early) * 10_000, early * int(material_change * 10_000)
    fresh = (rows.since_start < 2 * TREND).fill_null(False)
    return ibis.cases((fresh, NEW), (change > limit, MORE), (-change > limit, LESS), else_=SAME)


def first_answers(told: ir.Table) -> ir.Table:
    """Keep each customer's first answer that was followed to the end, of who was active when asked.

    Returns
    -------
    Table
        The columns of `standing`, and ``fold``: 0 to 4, by customer.
    """
    followed = told.filter(told.score.notnull() & told.kept.notnull() & told.was_active.fill_null(False))
    order = ibis.window(group_by="customer_id", order_by=["number", "wave"])
    first = followed.mutate(place=ibis.row_number().over(order))
    first = first.filter(first.place == 0).drop("place")
    return first.mutate(
        fold=(ibis.row_number().over(ibis.window(order_by="customer_id")) % FOLDS).cast("int64")
    )


def cells(first: ir.Table) -> ir.Table:
    """Count first answers by what was said and what was known before, with what came after.

    Returns
    -------
    Table
        One row per ``score``, ``value_band``, ``tenure``, ``trend``, ``recency`` and ``fold``: ``customers``, ``kept``; ``margin`` and ``squares``
        (of each customer's margin) of the months followed; ``before`` and ``before_squares`` of as many months before, ``product`` of
        the two; ``lost_margin`` and ``lost_before`` of those not kept.
    """
    lost = ~first.kept
    return first.group_by(
        "value_band", "tenure", "trend", "recency", "fold", score=first.score.round().cast("int64")
    ).agg(
        customers=_.count().cast("int64"),
        kept=_.kept.sum().cast("int64"),
        margin=_.after.sum().cast(WIDE),
        squares=square(_.after).sum().cast(SQUARES),
        before=_.before.sum().cast(WIDE),
        before_squares=square(_.before).sum().cast(SQUARES),
        product=multiplied(_.after, _.before).sum().cast(SQUARES),
        lost_margin=_.after.sum(where=lost).fill_null(zero()).cast(WIDE),
        lost_before=_.before.sum(where=lost).fill_null(zero()).cast(WIDE),
    )
