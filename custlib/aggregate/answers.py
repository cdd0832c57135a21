"""What answers add up to: scores by stratum, invitations, pairs of answers, words and deeds; every result is small."""

from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.carried import SQUARES, square
from custlib.aggregate.panel import zero
from custlib.aggregate.patterns import WIDE
from custlib.aggregate.surveys import YEAR
from custlib.aggregate.values import months_on
from custlib.periods import Month
from custlib.surveying import DETRACTOR, FIRST_PASSIVE, FIRST_PROMOTER, PASSIVE, PROMOTER

LOST, LESS, SAME, MORE = DONE = ("lost", "less", "same", "more")
# Three or more invitations in a year are counted together.
MOST_EARLIER = 3


def said(score: ir.NumericValue) -> ir.StringValue:
    """Name the class of a score on the scale of the NPS."""
    return ibis.cases((score >= FIRST_PROMOTER, PROMOTER), (score >= FIRST_PASSIVE, PASSIVE), else_=DETRACTOR)


def within(asked: ir.Table, *, month: Month, months: int) -> ir.Table:
    """Keep what was asked in the months that end with one."""
    return asked.filter((_.month >= months_on(month, 1 - months)) & (_.month <= ibis.date(month)))


def last_answers(asked: ir.Table) -> ir.Table:
    """Keep each customer's last answer on each scale."""
    order = ibis.window(group_by=["customer_id", "metric"], order_by=[ibis.desc("date"), ibis.desc("wave")])
    answered = asked.filter(_.score.notnull())
    placed = answered.mutate(place=ibis.row_number().over(order))
    return placed.filter(placed.place == 0).drop("place")


def scores(answers: ir.Table, *by: str) -> ir.Table:
    """Count answers by score, and by the columns of `by`: ``customers``."""
    return answers.group_by(*by, score=answers.score.round().cast("int64")).agg(
        customers=_.count().cast("int64")
    )


def classes(asked: ir.Table) -> ir.Table:
    """Count promoters, passives and detractors of each wave.

    Returns
    -------
    Table
        One row per ``wave`` (``named`` by the company or not) with an answer: ``month``, that of its last answer; the three counts.
    """
    answered = asked.filter(_.score.notnull())
    answered = answered.mutate(said=said(answered.score))
    return answered.group_by("wave", "named").agg(
        month=_.month.max(),
        promoters=(_.said == PROMOTER).sum().cast("int64"),
        passives=(_.said == PASSIVE).sum().cast("int64"),
        detractors=(_.said == DETRACTOR).sum().cast("int64"),
    )


def invitations(told: ir.Table) -> ir.Table:
    """Count invitations by who was asked, how often before, and whether an answer came.

    Parameters
    ----------
    told : Table
        See `custlib.aggregate.surveys.standing`.

    Returns
    -------
    Table
        One row per ``value_band``, ``tenure``, ``earlier`` (invitations in the twelve months before; three stand for more) and
        ``answered``: ``customers`` (invitations), their ``value`` and ``squares`` of it, and ``valued``, invitations of those whose
        value is known.
    """
    return told.group_by(
        "value_band", "tenure",
        earlier=ibis.least(told.earlier, MOST_EARLIER).cast("int64"),
        answered=told.score.notnull(),
    ).agg(
        customers=_.count().cast("int64"),
        valued=_.value.count().cast("int64"),
        value=_.value.sum().fill_null(zero()).cast(WIDE),
        squares=square(_.value).sum().fill_null(ibis.literal(Decimal(0), SQUARES)).cast(SQUARES),
    )  # fmt: skip


def pairs(asked: ir.Table, base: ir.Table, *, month: Month) -> ir.Table:
    """Count customers by their last answer of the latest year and the one before it, at most a year earlier.

    Parameters
    ----------
    base : Table
        Customers at `month`, for what they are worth now: ``value``, zero for the inactive.

    Returns
    -------
    Table
        One row per ``before`` and ``after`` (scores): ``customers``, ``active`` (of them), and the ``value`` of these.
    """
    answered = within(asked, month=month, months=2 * YEAR).filter(_.score.notnull())
    order = ibis.window(group_by="customer_id", order_by=["date", "wave"])
    back = ibis.window(group_by="customer_id", order_by=[ibis.desc("date"), ibis.desc("wave")])
    placed = answered.mutate(
        before=answered.score.lag().over(order), since=answered.number.lag().over(order), place=ibis.row_number().over(back)
    )  # fmt: skip
    recent = placed.month >= months_on(month, 1 - YEAR)
    both = placed.filter(
        (placed.place == 0) & recent & placed.before.notnull() & (placed.number - placed.since <= YEAR)
    )
    worth = base.filter(base.active).select("customer_id", worth="value")
    both = both.left_join(worth, "customer_id")
    return both.group_by(
        before=both.before.round().cast("int64"), after=both.score.round().cast("int64")
    ).agg(
        customers=_.count().cast("int64"),
        active=_.worth.count().cast("int64"),
        value=_.worth.sum().fill_null(zero()).cast(WIDE),
    )


def deeds(first: ir.Table, *, outcome: int, material_change: Decimal) -> ir.Table:
    """Set what customers did after their first answer beside what they said.

    Parameters
    ----------
    first : Table
        See `custlib.aggregate.surveys.first_answers`; only those whose months before are known. Who was won within these
        is left out: so much time before cannot be set beside as much after.
    outcome : int
        How many months are followed.

    Returns
    -------
    Table
        One row per ``said`` (class) and ``done``: "lost" (nothing came after), "less", "same" or "more" margin than in as many months
        before: ``customers``, their margin ``before`` and ``after``.
    """
    first = first.filter((first.since_start + 1 >= outcome).fill_null(True))
    # In ten-thousandths and with whole factors, so that no double takes part.
    change = (first.after.cast(WIDE) - first.before.cast(WIDE)).cast(WIDE) * 10_000
    limit = first.before.cast(WIDE).abs() * int(material_change * 10_000)
    done = ibis.cases((~first.kept, LOST), (-change > limit, LESS), (change > limit, MORE), else_=SAME)
    return first.group_by(said=said(first.score), done=done).agg(
        customers=_.count().cast("int64"), before=_.before.sum().cast(WIDE), after=_.after.sum().cast(WIDE)
    )


def strata(base: ir.Table, *by: str) -> ir.Table:
    """Count the active customers, and add up what is still to come of them where it is known.

    Parameters
    ----------
    base : Table
        The active customers with ``value_band``, ``tenure`` and ``clv`` (NULL: not available).

    Returns
    -------
    Table
        One row per group: ``population``, ``clv`` and ``valued``, of how many the sum is.
    """
    return base.group_by(*by).agg(
        population=_.count().cast("int64"),
        clv=_.clv.sum().fill_null(zero()).cast(WIDE),
        valued=_.clv.count().cast("int64"),
    )
