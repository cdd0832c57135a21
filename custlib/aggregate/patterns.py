"""Customers as the models of customer value see them: how often, how lately, how long; and counted so.

A model is fitted to *distinct* patterns with the number of customers that show each, so that its cost does
not grow with the base. Months are whole numbers, counted from the month of acquisition; where that lies
before the data, from the month before the data begin, with ``before`` months of life unseen.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.values import Rules
from custlib.periods import Month

CONTRACT, USE = "contract", "use"
# Sums of money over many customers.
WIDE = "decimal(38, 4)"
# Stands before the names of columns that patterns are asked to keep.
KEPT = "kept_"
# What two customers must share to be told apart by no model of months.
PATTERN = ("kind", "group", "fitted", "x", "t_x", "n", "before", "closed")


def month_index(day: ir.DateValue) -> ir.IntegerValue:
    """Give calendar months a running number, so that a difference is a number of months."""
    return day.year().cast("int64") * 12 + day.month().cast("int64")


def _population(base: ir.Table, rules: Rules) -> ir.Table:
    """Keep who is, or was, a customer: ever active or won before the data; by contract alone where that is the rule."""
    customers = base.filter(base.first_active.notnull() | base.acquired_before)
    return customers.filter(customers.under_contract) if rules.relationship == "contractual" else customers


def _clock(base: ir.Table, rules: Rules) -> ir.Table:
    """Place month 0, ``origin``: the month of acquisition, or the one before the first that the data show."""
    eve = month_index(ibis.date(rules.data_start)) - 1
    won, first = month_index(base.acquired_on), month_index(base.first_active)
    # A contract runs from its own beginning, even where purchases came before it.
    began = ibis.ifelse(base.under_contract, won.fill_null(first), first)
    return base.mutate(
        older=base.acquired_before,
        origin=ibis.ifelse(base.acquired_before, eve, began),
        before=ibis.ifelse(base.acquired_before, (eve - won).fill_null(0), 0),
        left=month_index(base.closed_on) if rules.relationship != "non_contractual" else ibis.null("int64"),
    )


def _lived(clock: ir.Table, month: Month) -> ir.Table:
    """Count months: ``n`` of life seen, ``x`` active among them, ``t_x`` the last of these."""
    contract, ever = clock.under_contract, clock.active_months > 0
    last = ibis.ifelse(ever & ~contract, month_index(clock.last_active) - clock.origin, 0)
    # Who is known to have left did so in the month of closing, or after a later sign of life.
    silent = contract | (clock.older & ~ever)
    died = ibis.greatest(clock.left - clock.origin, ibis.ifelse(silent, 0, last + 1))
    lived = ibis.ifelse(
        clock.left.isnull(), month_index(ibis.date(month)) - clock.origin, ibis.greatest(died - 1, 0)
    )
    return clock.mutate(
        age=month_index(ibis.date(month)) - clock.origin,
        n=lived,
        x=ibis.ifelse(contract, lived, clock.active_months),
        t_x=ibis.ifelse(contract, lived, last),
        closed=clock.left.notnull(),
        # Closed before the data begin: nothing of that life is in them.
        seen=clock.left.isnull() | (died > 0),
    )


def patterns(
    base: ir.Table,
    *,
    month: Month,
    rules: Rules,
    left_truncation: int,
    group: ir.Value | str | None = None,
    keep: Sequence[str] = (),
) -> ir.Table:
    """Give every customer's pattern at a month's end.

    Parameters
    ----------
    base : Table
        Customers at `month` (see `custlib.aggregate.values`).
    left_truncation : int
        Months from the beginning of the data in which a customer seen for the first time may be an old one.
    group : Value or str, optional
        A column of `base` by which fits are made apart; NULL is a group of its own.
    keep : sequence of str
        Columns of `base` that the result has, too: ``kept_`` and the name, since a segment may be called like anything here.

    Returns
    -------
    Table
        One row per customer who ever was active or was won before the data. ``kind``: "contract" or "use".
        ``n`` months of life since the acquisition (of customers older than the data: of the data, after
        ``before`` unseen ones); ``x`` active ones among them and ``t_x`` the last of these (0: none). ``closed``:
        known to have left in month ``n`` + 1. For contracts x = t_x = n. ``age``: months to the month's end, left or
        not. ``seen_start``: perhaps older than the data, as nobody knows when the customer was won. ``older``: won before the data. ``fitted``: may enter
        a fit of months: not ``seen_start``, and of the ``older`` those only whom the data are sure to show (active
        in them at least once; a contract open when they begin). ``months``: the active months that ``total``
        is the margin of, and ``squares`` the sum of squares of (``day_squares``: each divided by the month's days; equal to x but where a buyer signed a contract later);
        ``idle``: margin of the others since the acquisition. ``days_x``: days with a qualifying row after the first of
        them, ``first_day`` and ``last_day`` (NULL: none), ``later_days``: those after the month of acquisition.
        ``last_active``: month.
    """
    named = base[group] if isinstance(group, str) else group
    label = (ibis.literal("all") if named is None else named).cast("string")
    kept = {KEPT + name: base[name] for name in keep}
    lived = _lived(_clock(_population(base.mutate(group=label, **kept), rules), rules), month)
    early = month_index(lived.first_active) < month_index(ibis.date(rules.data_start)) + left_truncation
    by_row = ibis.literal(not rules.history_complete) & early.fill_null(False)
    unknown = lived.acquired_on.isnull() & (lived.under_contract & lived.older | by_row)
    # That a customer was seen is told to the fit by `before`; those won the month before the data have none.
    shown = lived.seen & (lived.under_contract | ((lived.before > 0) & (lived.x > 0)))
    return lived.select(
        "customer_id", *kept, "group", "older", "x", "t_x", "n", "before", "closed", "age",
        "last_active", "first_day", "last_day", "later_days",
        kind=ibis.ifelse(lived.under_contract, CONTRACT, USE),
        seen_start=unknown,
        fitted=~unknown & (~lived.older | shown),
        months=_.active_months, total=_.active_margin_sum, squares=_.active_margin_squares, idle=_.idle_margin,
        day_squares=_.active_margin_day_squares,
        days_x=_repeated(lived),
    )  # fmt: skip


def _repeated(base: ir.Table) -> ir.IntegerValue:
    """Count days with a qualifying row after the first of them."""
    return ibis.greatest(base.active_days - 1, 0)


def cells(patterns: ir.Table, *by: str) -> ir.Table:
    """Count customers by pattern, and by further columns.

    Returns
    -------
    Table
        One row per `PATTERN` and `by`: ``customers``, ``total`` and ``idle`` margin.
    """
    return patterns.group_by(*PATTERN, *by).agg(
        customers=_.count(), total=_.total.sum().cast(WIDE), idle=_.idle.sum().cast(WIDE)
    )


def day_cells(patterns: ir.Table, *by: str) -> ir.Table:
    """Count customers by the days they came, for a model in continuous time.

    Its clock starts on the first day seen: customers without a qualifying row and contract holders are left out,
    and of customers older than the data none may enter a fit.

    Returns
    -------
    Table
        One row per ``group``, ``fitted``, ``days_x``, ``first_day``, ``last_day``, ``closed`` and `by`: ``customers``,
        ``total``, ``idle``.
    """
    came = patterns.filter((_.kind == USE) & _.first_day.notnull()).mutate(fitted=_.fitted & ~_.older)
    return came.group_by("group", "fitted", "days_x", "first_day", "last_day", "closed", *by).agg(
        customers=_.count(), total=_.total.sum().cast(WIDE), idle=_.idle.sum().cast(WIDE)
    )


def holdout(
    then: ir.Table, now: ir.Table, *, earlier: ir.Table | None = None, daily: bool = False
) -> ir.Table:
    """Give what each customer did between two month ends, as differences of what is carried.

    Parameters
    ----------
    then : Table
        Patterns at the earlier month end.
    now : Table
        Customers at the later one (see `custlib.aggregate.values`).
    earlier : Table or None
        Customers at a month end as long before `then`, for the naive forecast that the same comes again;
        None where the data begin later.
    daily : bool
        Whether days after the first one, which begins the clock, are counted in place of active months.

    Returns
    -------
    Table
        `then` with ``active_months`` and ``margin`` (of all months) since; NULL for a customer who is not known
        now, which no two tables of the same data show. ``past_active_months`` and ``past_margin``: the same from
        `earlier` to `then`, of which months up to the acquisition are no part; NULL without `earlier`.
    """
    so_far = _.days_x if daily else _.months
    held = _state(then, now, "now", daily)
    held = held.mutate(active_months=_.months_now - so_far, margin=_.margin_now - (_.total + _.idle))
    if earlier is None:
        held = held.mutate(past_active_months=ibis.null("int64"), past_margin=ibis.null(WIDE))
        return held.drop("months_now", "margin_now")
    held = _state(held, earlier, "past", daily).mutate(
        # Who was not known yet had nothing.
        past_active_months=so_far - _.months_past.fill_null(0),
        past_margin=_.total + _.idle - _.margin_past.fill_null(0),
    )
    return held.drop("months_now", "margin_now", "months_past", "margin_past")


def _state(table: ir.Table, base: ir.Table, name: str, daily: bool) -> ir.Table:
    state = base.select(
        "customer_id",
        **{
            f"months_{name}": _repeated(base) if daily else _.active_months,
            f"margin_{name}": (_.active_margin_sum + _.idle_margin).cast(WIDE),
        },
    )
    return table.left_join(state, "customer_id").drop("customer_id_right")


def holdout_cells(held: ir.Table, *by: str, keys: Sequence[str] = PATTERN) -> ir.Table:
    """Add what customers did after a month end up by the pattern they showed at it.

    Returns
    -------
    Table
        One row per `keys` and `by`: ``customers``; their ``active_months`` and the ``active_squares`` of each
        one's; ``came``: customers active at least once; ``margin``; ``past_active_months`` and ``past_margin`` of the
        same length before (NULL: not in the data); ``total`` and ``idle`` margin up to the month end; ``missing``:
        customers who are not known any more.
    """
    return held.group_by(*keys, *by).agg(
        customers=_.count(),
        active_months=_.active_months.sum().cast("int64"),
        active_squares=(_.active_months * _.active_months).sum().cast("int64"),
        came=(_.active_months > 0).sum().cast("int64"),
        margin=_.margin.sum().cast(WIDE),
        past_active_months=_.past_active_months.sum().cast("int64"),
        past_margin=_.past_margin.sum().cast(WIDE),
        total=_.total.sum().cast(WIDE),
        idle=_.idle.sum().cast(WIDE),
        missing=_.active_months.isnull().sum().cast("int64"),
    )


def lives(patterns: ir.Table) -> ir.Table:
    """Count the customers a model is fitted to by when their lives begin.

    Returns
    -------
    Table
        One row per ``kind``, ``group``, ``age`` and ``before``: ``customers``, those who have left included.
    """
    return patterns.filter(_.fitted).group_by("kind", "group", "age", "before").agg(customers=_.count())


def activity_of_both(bases: ir.Table, first: ir.Table, second: ir.Table) -> ir.Table:
    """Add activity up, month end by month end, for the members of two month ends at once.

    Reading the customers of all month ends costs more than all else of it, and serves both.

    Parameters
    ----------
    bases : Table
        Customers of many month ends, one below the other.
    first, second : Table
        Those who count, some of `patterns`: ``customer_id`` and ``kind``.

    Returns
    -------
    Table
        One row per ``month``, ``first`` and ``second`` (the kind of those who are members of each; NULL: of the other alone):
        ``active_months`` since they were won and ``days`` after each one's first, both cumulative.
    """
    one, other = (table.select("customer_id", "kind") for table in (first, second))
    both = one.outer_join(other, "customer_id")
    members = both.select(
        customer_id=ibis.coalesce(both.customer_id, both.customer_id_right),
        first=both.kind,
        second=both.kind_right,
    )
    won = bases.filter(bases.first_active.notnull() | bases.acquired_before)
    followed = won.select("customer_id", "month", "active_months", days=_repeated(won))
    return (
        followed.inner_join(members, "customer_id")
        .group_by("month", "first", "second")
        .agg(active_months=_.active_months.sum().cast("int64"), days=_.days.sum().cast("int64"))
    )
