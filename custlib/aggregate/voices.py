"""Why customers say what they say: their words sorted by theme, their pains and praise by stage and value."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.answers import said
from custlib.aggregate.panel import zero
from custlib.aggregate.patterns import WIDE
from custlib.aggregate.surveys import YEAR
from custlib.aggregate.values import months_on
from custlib.periods import Month
from custlib.surveying import APART, DETRACTOR, PROMOTER, Theme
from custlib.surveying import parted as plain

PAIN, PRAISE = SIDES = ("pain", "praise")


def parted(words: ir.StringValue) -> ir.StringValue:
    """Give a text in small letters with one blank before every word, in which themes are looked for."""
    return ibis.literal(" ") + words.lower().re_replace(APART, " ")


def mentions(parted: ir.StringValue, theme: Theme) -> ir.BooleanValue:
    """Say whether a text (see `parted`) has one of a theme's words at the beginning of a word."""
    return ibis.or_(*(parted.contains(f" {plain(word)}") for word in theme.words))


def sided(asked: ir.Table, *, month: Month | None) -> ir.Table:
    """Keep the answers of detractors and promoters of two years, with side and year.

    Parameters
    ----------
    asked : Table
        See `custlib.aggregate.surveys.asked`.
    month : date or None
        The month that ends the two years. None: answers have no dates, and all are taken for recent.

    Returns
    -------
    Table
        ``customer_id``, ``side`` ("pain" or "praise"), ``recent`` (of the latest twelve months), ``stage``, ``reason``, and ``words``, the
        reason as themes are looked for in it (NULL: none given).
    """
    near = asked.filter(_.score.notnull())
    if month is not None:
        near = near.filter((_.month >= months_on(month, 1 - 2 * YEAR)) & (_.month <= ibis.date(month)))
    recent = ibis.literal(True) if month is None else near.month >= months_on(month, 1 - YEAR)
    near = near.mutate(said=said(near.score), recent=recent)
    ends = near.filter(near.said.isin([DETRACTOR, PROMOTER]))
    side = ibis.ifelse(ends.said == DETRACTOR, PAIN, PRAISE)
    return ends.select("customer_id", "stage", "reason", "recent", side=side, words=parted(ends.reason))


def by_theme(sided: ir.Table, themes: Sequence[Theme]) -> ir.Table:
    """Give a row per answer and theme that it mentions: the columns of `sided` and ``theme``."""
    given = sided.filter(_.reason.notnull())
    parts = [
        given.filter(mentions(given.words, theme)).mutate(theme=ibis.literal(theme.name)) for theme in themes
    ]
    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def repeated(sided: ir.Table, *, least: int) -> ir.Table:
    """Take reasons that many customers give in the same words for themes: the columns of `sided` and ``theme``.

    What fewer customers say in these words is theirs alone, and is not told.
    """
    given = sided.filter(_.reason.notnull()).mutate(theme=_.reason.strip())
    many = given.group_by("theme").agg(people=_.customer_id.nunique()).filter(_.people >= least)
    return given.semi_join(many, "theme")


def sorted_reasons(sided: ir.Table, themes: Sequence[Theme]) -> ir.Table:
    """Count the reasons of the latest year, and those that any theme knows: ``given``, ``sorted``."""
    given = sided.filter(_.recent & _.reason.notnull())
    count = given.count().cast("int64")
    if not themes:
        return given.aggregate(given=count, sorted=ibis.literal(0, "int64"))
    known = ibis.or_(*(mentions(given.words, theme) for theme in themes))
    return given.aggregate(given=count, sorted=known.sum().fill_null(0).cast("int64"))


def people(rows: ir.Table, worth: ir.Table, group: str) -> ir.Table:
    """Count the customers behind each stage or theme, with what is at risk.

    Parameters
    ----------
    rows : Table
        See `sided` or `by_theme`.
    worth : Table
        The active customers: ``customer_id``, ``worth`` (money).
    group : str
        "stage" or "theme"; rows without one are left out.

    Returns
    -------
    Table
        One row per ``side`` and group: ``customers`` of the latest twelve months, ``customers_before`` of the twelve before; ``active``, those of the
        former still active, and their ``value``.
    """
    told = rows.filter(rows[group].notnull())
    once = told.group_by("side", group, "customer_id").agg(recent=_.recent.max(), earlier=(~_.recent).max())
    both = once.left_join(worth, "customer_id").drop("customer_id_right")
    return both.group_by("side", group).agg(
        customers=_.recent.sum().cast("int64"),
        customers_before=_.earlier.sum().cast("int64"),
        active=(_.recent & _.worth.notnull()).sum().cast("int64"),
        value=_.worth.sum(where=_.recent).fill_null(zero()).cast(WIDE),
    )


def unsettled(feedback: ir.Table, *, month: Month, end: ir.DateValue) -> ir.Table:
    """Count the complaints of the latest year by stage and owner, and those not settled by the month's end.

    Returns
    -------
    Table
        One row per ``stage`` and ``owner`` (NULL: nobody yet): ``complaints``, ``open``.
    """
    year = feedback.filter((_.date >= months_on(month, 1 - YEAR)) & (_.date <= end) & (_.kind == "complaint"))
    unresolved = (_.resolved_on.isnull() | (_.resolved_on > end)).fill_null(True)
    return (
        year.filter(_.stage.notnull())
        .group_by("stage", "owner")
        .agg(complaints=_.count().cast("int64"), open=unresolved.sum().cast("int64"))
    )


def to_talk_to(answers: ir.Table, worth: ir.Table, *, count: int) -> ir.Table:
    """Draw detractors to talk to: half of them the most valuable, the others at equal steps down the rest.

    So that those who matter most are asked, and yet the others are heard.

    Parameters
    ----------
    answers : Table
        One row per detractor: ``customer_id``.
    worth : Table
        The active customers: ``customer_id``, ``worth``.
    count : int
        How many are wanted; all where there are no more.

    Returns
    -------
    Table
        ``customer_id``, ``worth``, the most valuable first.
    """
    both = answers.select("customer_id").inner_join(worth.select("customer_id", "worth"), "customer_id")
    order = [ibis.desc("worth"), ibis.asc("customer_id")]
    both = both.mutate(
        place=ibis.row_number().over(ibis.window(order_by=order)), people=both.count().over(ibis.window())
    )
    first, half = count - count // 2, count // 2
    place, rest = both.place - first, both.people - first
    # Whole steps before and after: where they differ, a step ends at this place.
    step = ((place + 1) * half) // rest.nullif(0) > (place * half) // rest.nullif(0)
    chosen = (both.people <= count) | (both.place < first) | step.fill_null(False)
    return both.filter(chosen).order_by("place").select("customer_id", "worth")
