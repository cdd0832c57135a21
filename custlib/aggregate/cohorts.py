"""Customers followed from the month in which they were won: who is active, what they bring, who comes again.

A cohort is the customers whose acquisition lies in one month of the data (`flows.joiners`). Whoever was won
before the data, or was seen so early that nobody can say, is in no cohort, but in the month's total.
"""

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.flows import joiners
from custlib.aggregate.panel import MONEY, bit_or, zero
from custlib.aggregate.values import UNKNOWN, months_on
from custlib.periods import Month

JOINED, BEFORE, FIRST_SEEN, NEVER = "joined", "before", "first_seen", "never"
# A cent is fine enough for a standard error, and squares of large money still fit 38 digits.
CENTS = "decimal(38, 2)"


def _index(day: ir.DateValue) -> ir.IntegerValue:
    """Give calendar months a running number, so that a difference is a number of months."""
    return day.year().cast("int64") * 12 + day.month().cast("int64")


def _origin(base: ir.Table) -> ir.Table:
    """Say where each customer comes from: ``origin`` and, for those who joined within the data, ``cohort``."""
    origin = ibis.cases(
        (base.acquired_before.fill_null(False), BEFORE),
        (base.first_seen.fill_null(False), FIRST_SEEN),
        (base.first_active.isnull(), NEVER),
        else_=JOINED,
    )
    cohort = ibis.ifelse(origin == JOINED, base.first_active, ibis.null("date"))
    return base.select("customer_id", origin=origin, cohort=cohort)


def _with_fact(table: ir.Table, customers: ir.Table | None, column: str, missing: ir.Value) -> ir.Table:
    """Add one column of the customer list; `missing` where there is no list, or no such column."""
    if customers is None or column not in customers.columns:
        return table.mutate(**{column: missing})
    facts = customers.select("customer_id", column)
    return table.left_join(facts, "customer_id").drop("customer_id_right")


def sizes(base: ir.Table, customers: ir.Table | None) -> ir.Table:
    """Count customers by where they come from and add up what it cost to win them.

    Returns
    -------
    Table
        One row per ``origin`` (joined; before: older than the data; first_seen: perhaps older; never: not
        active yet) and ``cohort`` (NULL but for those who joined): ``customers``, ``known`` (those whose
        acquisition cost is recorded) and the sum of that ``cost`` (NULL where none is).
    """
    known = _with_fact(_origin(base), customers, "acquisition_cost", ibis.null(MONEY))
    return known.group_by("origin", "cohort").agg(
        customers=_.count(), known=_.acquisition_cost.count(), cost=_.acquisition_cost.sum()
    )


def activity(base: ir.Table, bases: ir.Table) -> ir.Table:
    """Count each cohort's customers who were active by the rule at each month end.

    Parameters
    ----------
    base : Table
        Customers at the month reported; it says who belongs to which cohort.
    bases : Table
        Customers of every month end up to it, one below the other.

    Returns
    -------
    Table
        One row per ``cohort`` and ``month``: ``active``; no row where nobody was.
    """
    members = joiners(base).select("customer_id", cohort=_.first_active)
    both = members.inner_join(bases.filter(_.active).select("customer_id", "month"), "customer_id")
    return both.group_by("cohort", "month").agg(active=_.count())


def money(base: ir.Table, panel: ir.Table) -> ir.Table:
    """Add every customer's margin up by cohort and calendar month; nothing of the month is left out.

    Returns
    -------
    Table
        One row per ``origin``, ``cohort`` (NULL but for those who joined) and ``month``: ``margin``, and the
        ``customers`` who have a row of the panel in it.
    """
    rows = panel.select("customer_id", "month", "margin")
    both = rows.left_join(_origin(base), "customer_id").mutate(origin=_.origin.fill_null(NEVER))
    return both.group_by("origin", "cohort", "month").agg(margin=_.margin.sum(), customers=_.count())


def totals(panel: ir.Table) -> ir.Table:
    """Add the margin of each month up, asking nobody who brought it."""
    return panel.group_by("month").agg(margin=_.margin.sum())


def brought(
    base: ir.Table, panel: ir.Table, *, month: Month, age: int, oldest: int, youngest: int
) -> ir.Table:
    """Add up, by cohort, what customers had brought at an age, and the squares of it.

    Parameters
    ----------
    age : int
        Months after the month of acquisition, which counts too.
    oldest, youngest : int
        The cohorts wanted, in months before `month`.

    Returns
    -------
    Table
        One row per ``cohort``: ``customers``, sum of ``margin``, and sum of its ``squares`` in the engine
        (each customer's margin to the cent), from which a standard error is made.
    """
    each = _each_brought(base, panel, month=month, age=age, oldest=oldest, youngest=youngest)
    cents = each.margin.cast(CENTS)
    return each.group_by("cohort").agg(
        customers=_.count(), margin=_.margin.sum(), squares=(cents * cents).cast("decimal(38, 4)").sum()
    )


def brought_by_channel(
    base: ir.Table,
    panel: ir.Table,
    customers: ir.Table | None,
    *,
    month: Month,
    age: int,
    oldest: int,
    youngest: int,
) -> ir.Table:
    """Add up, by acquisition channel, what customers had brought at an age; see `brought`.

    Returns
    -------
    Table
        One row per ``channel`` ("unknown" where none is recorded): ``customers``, sum of ``margin``.
    """
    each = _each_brought(base, panel, month=month, age=age, oldest=oldest, youngest=youngest)
    listed = _with_fact(each, customers, "acquisition_channel", ibis.null("string"))
    channel = listed.acquisition_channel.cast("string").fill_null(UNKNOWN)
    return listed.group_by(channel=channel).agg(customers=_.count(), margin=_.margin.sum())


def _each_brought(
    base: ir.Table, panel: ir.Table, *, month: Month, age: int, oldest: int, youngest: int
) -> ir.Table:
    """Give customers of the cohorts wanted with their ``cohort`` and their ``margin`` by an age."""
    first, last = months_on(month, -oldest), months_on(month, -youngest)
    wanted = joiners(base).filter((_.first_active >= first) & (_.first_active <= last))
    members = wanted.select("customer_id", cohort=_.first_active)
    rows = panel.filter(_.month >= first).select("customer_id", "month", "margin")
    joined = members.left_join(rows, "customer_id")
    age_then = _index(joined.month) - _index(joined.cohort)
    return joined.group_by("customer_id", "cohort").agg(
        margin=joined.margin.sum(where=(age_then >= 0) & (age_then <= age)).fill_null(zero())
    )


def second_purchases(base: ir.Table) -> ir.Table:
    """Give joiners with the months it took them to buy on a second day.

    The clock starts on the day of the first purchase; a second one within j months lies on its day of the
    month, or before it, j months later.

    Returns
    -------
    Table
        One row per joiner who has bought: ``customer_id``, month of the ``first`` purchase, ``months`` to the second (1
        or more; NULL: none so far).
    """
    bought = joiners(base).filter(_.first_day.notnull())
    whole = _index(bought.second_day) - _index(bought.first_day)
    begun = (bought.second_day.day() > bought.first_day.day()).cast("int64")
    return bought.select(
        "customer_id", first=bought.first_day.truncate("month").cast("date"), months=whole + begun
    )


def opened(customers: ir.Table) -> ir.Table:
    """Give the listed customers with an ``acquired_on`` and the month ``first`` it lies in."""
    known = customers.filter(_.acquired_on.notnull())
    return known.select("customer_id", first=_.acquired_on.truncate("month").cast("date"))


def steps(customers: ir.Table, bases: ir.Table, *, horizon: int) -> ir.Table:
    """Give opened customers with how soon they were active, and core, at a month end.

    Parameters
    ----------
    customers : Table
        The customer list as at the month reported, with ``acquired_on``.
    bases : Table
        Customers of all month ends from the first opening that matters to `horizon` months after the last.
    horizon : int
        Months after that of the opening in which a step still counts.

    Returns
    -------
    Table
        One row per customer with an ``acquired_on``: month ``first`` of the opening, ``active_age`` and
        ``core_age`` (months from it to the first month end as such; NULL: not within the horizon).
    """
    age = _index(bases.month) - _index(bases.acquired_on)
    young = bases.filter(bases.active & (age >= 0) & (age <= horizon))
    reached = young.mutate(age=_index(_.month) - _index(_.acquired_on)).group_by("customer_id").agg(
        active_age=_.age.min(), core_age=_.age.min(where=_.core.fill_null(False))
    )  # fmt: skip
    return opened(customers).left_join(reached, "customer_id").drop("customer_id_right")


def by_month(each: ir.Table, *keys: str) -> ir.Table:
    """Count customers by the month they began in, and by further columns."""
    return each.group_by("first", *keys).agg(customers=_.count())


def by_channel(
    each: ir.Table, customers: ir.Table | None, *keys: str, month: Month, oldest: int, youngest: int
) -> ir.Table:
    """Count customers who began `oldest` to `youngest` months ago, by acquisition channel.

    Channels are many in some companies: they are not crossed with months.

    Returns
    -------
    Table
        One row per ``channel`` ("unknown" where none is recorded) and combination of `keys`: ``customers``.
    """
    first, last = months_on(month, -oldest), months_on(month, -youngest)
    wanted = _with_fact(
        each.filter((_.first >= first) & (_.first <= last)),
        customers,
        "acquisition_channel",
        ibis.null("string"),
    )
    channel = wanted.acquisition_channel.cast("string").fill_null(UNKNOWN)
    return wanted.group_by(*keys, channel=channel).agg(customers=_.count())


def presence(bases: ir.Table, *, month: Month) -> ir.Table:
    """Count customers by the pattern of month ends at which they were active.

    Returns
    -------
    Table
        One row per ``pattern`` (bit j set: active j months before `month`), for at most 60 month ends in
        `bases`: ``customers``.
    """
    age = _index(ibis.date(month)) - _index(bases.month)
    bit = ibis.literal(1, "int64") << age
    each = bases.filter(_.active).select("customer_id", bit=bit).group_by("customer_id")
    return each.agg(pattern=bit_or(_.bit)).group_by("pattern").agg(customers=_.count())
