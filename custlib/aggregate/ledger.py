"""The customer equity ledger in the engine: prices of patterns, joined to the customers at both ends of a month.

Every line is worked out customer by customer from its own formula (`custlib.measure.ledger.customer_lines`) and
added up by itself; none is what is left of the others.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.patterns import WIDE, month_index

# What a customer's price depends on, whichever model it is of.
PRICED = ("kind", "group", "x", "t_x", "n", "before", "closed")
# The expected margin per active month, of customers who share a pattern: at_zero + per_unit x the margin so far.
SPENT = ("at_zero", "per_unit")
OPENING_PRICES = ("months", "soon", "stays")
CLOSING_PRICES = ("months", "alive")
# The basis of the month before: what the opening was closed at.
EARLIER = "earlier_"
STATUSES = ("continuing", "lapsed", "won back", "dormant", "closed")
CONTINUING, LAPSED, WON_BACK, DORMANT, CLOSED = STATUSES
NEW = "new"
AMOUNTS = (
    "opened", "restatement", "opening", "unwinding", "expected", "survival", "frequency", "spend", "new", "closing",
)  # fmt: skip
# What a month brought otherwise than expected, squared; summed, it says how far chance alone carries a sum of customers.
SURPRISE = "surprise_squared"
# Finer than money by four places, and wide enough for the sum of any bank's.
EXACT = "decimal(38, 8)"


def ledger_ends(
    then: ir.Table,
    now: ir.Table,
    opening: ir.Table,
    closing: ir.Table,
    *,
    costs: ir.Table | None,
    dimensions: Sequence[str] = (),
) -> ir.Table:
    """Set the customers at both ends of a month side by side. Keep it as a table: sums and counts both read it.

    Parameters
    ----------
    then, now : Table
        Patterns at the end of the month before and of the month (see `custlib.aggregate.patterns.patterns`), with ``active`` and a
        column per dimension; at the close with ``margin_1``, the margin of the month. The opening may have a column called
        ``earlier_`` and a dimension's name: the segment in which the month before closed, where that may be another.
    opening, closing : Table
        One row per pattern, `PRICED` and ``pattern``, a number.
    costs : Table or None
        ``customer_id`` and ``acquisition_cost``; None where nobody records it.

    Returns
    -------
    Table
        One row per customer of the closing population: ``status`` (one of `STATUSES` by the rule at both ends, or "new": not in the
        opening population); ``margin`` of the month; ``cost`` of winning the new (NULL: not recorded, or not new);
        ``pattern_then``, ``total_then``, ``pattern_now``, ``total_now``; ``<dimension>_then`` and ``_now``, segments at both ends,
        and ``_earlier``, that in which the month before closed, where `then` has it (NULL of the new).
    """
    earlier = [name for name in dimensions if EARLIER + name in then.columns]
    begun = _numbered(then, opening, "then", ["active", *dimensions, *(EARLIER + name for name in earlier)])
    ends = _numbered(now, closing, "now", ["active", "margin_1", *dimensions]).left_join(begun, "customer_id")
    ends = ends.drop("customer_id_right")
    member = ends.kind_then.notnull()
    told = ends.mutate(
        status=_status(ends, member),
        margin=ends.margin_1_now.fill_null(zero()),
        **{f"{name}_earlier": _of(member, ends[f"{EARLIER}{name}_then"]) for name in earlier},
        **{f"{name}_then": _of(member, ends[f"{name}_then"]) for name in dimensions},
    )
    return _with_costs(told, costs).select(
        "customer_id", "status", "margin", "cost", "pattern_then", "total_then", "pattern_now", "total_now",
        *(f"{name}_earlier" for name in earlier), *(f"{name}_{end}" for name in dimensions for end in ("then", "now")),
    )  # fmt: skip


def customer_ledger(ends: ir.Table, opening: ir.Table, closing: ir.Table, *, rate: float) -> ir.Table:
    """Give the ledger of a month customer by customer.

    Parameters
    ----------
    ends : Table
        See `ledger_ends`.
    opening, closing : Table
        One row per ``pattern``: `SPENT`; and `OPENING_PRICES` or `CLOSING_PRICES`. The opening also holds ``earlier_months`` and
        `SPENT` by the basis of the month before, each with ``earlier_`` before its name.
    rate : float
        Discount rate of a month.

    Returns
    -------
    Table
        `ends` with the `AMOUNTS`: ``opened`` (V0 on the basis of the month before), ``restatement`` (V0 on this one, less
        that), ``opening`` (V0), the five lines, ``new`` and ``closing`` (V1), 0 where one does not apply and NULL where a
        pattern has no price; and ``surprise_squared``: (margin + V1 - (1 + rate) V0)^2, V0 zero of the new.
    """
    priced = _priced(_priced(ends, closing, "now"), opening, "then")
    member = priced.status != NEW
    amounts = {
        name: ibis.ifelse(member, amount, ibis.literal(0.0)).cast(EXACT)
        for name, amount in _lines(priced, rate).items()
    }
    amounts["new"] = ibis.ifelse(member, ibis.literal(0.0), priced.value_now).cast(EXACT)
    amounts["closing"] = priced.value_now.cast(EXACT)
    return priced.select(*ends.columns, **amounts, **{SURPRISE: _squared(priced, member, rate)})


def _squared(ends: ir.Table, member: ir.BooleanValue, rate: float) -> ir.Value:
    """Square what margin and value came to beyond the value at the opening and its interest."""
    begun = ibis.ifelse(member, ends.value_then, ibis.literal(0.0))
    beyond = ends.margin.cast("float64") + ends.value_now - (1 + rate) * begun
    return (beyond * beyond).cast(EXACT)


def _of(member: ir.BooleanValue, segment: ir.Value) -> ir.Value:
    """Give the segment of a member; of others, though they may have been known, there was none to be of."""
    return ibis.ifelse(member, segment, ibis.null(segment.type()))


def _numbered(patterns: ir.Table, prices: ir.Table, end: str, names: Sequence[str]) -> ir.Table:
    """Give each customer the number of the pattern and the margin so far at an end; and columns of the customer."""
    priced = prices.select("pattern", **{f"priced_{name}": prices[name] for name in PRICED})
    both = patterns.left_join(priced, [patterns[name] == priced[f"priced_{name}"] for name in PRICED])
    found = {
        "kind": both.kind,
        "closed": both.closed,
        "total": both.total.cast(MONEY),
        "pattern": both.pattern,
    }
    found |= {name: both[name] for name in names}
    return both.select("customer_id", **{f"{name}_{end}": value for name, value in found.items()})


def _priced(ends: ir.Table, prices: ir.Table, end: str) -> ir.Table:
    """Add what a customer's price at an end says: value, margin per active month and what the lines are made of."""
    named = prices.select(**{f"priced_{name}": prices[name] for name in prices.columns if name not in PRICED})
    both = ends.left_join(named, [ends[f"pattern_{end}"] == named.priced_pattern])
    total = both[f"total_{end}"].cast("float64")
    margin = _margin(both, "priced_", total)
    found = {"value": both.priced_months * margin, "per_month": margin, "months": both.priced_months}
    for name in (*OPENING_PRICES, *CLOSING_PRICES):
        if name in prices.columns:
            found[name] = both[f"priced_{name}"]
    if EARLIER + "months" in prices.columns:
        found["earlier"] = both[f"priced_{EARLIER}months"] * _margin(both, f"priced_{EARLIER}", total)
    return both.select(*ends.columns, **{f"{name}_{end}": value for name, value in found.items()})


def _margin(priced: ir.Table, prefix: str, total: ir.Value) -> ir.Value:
    at_zero, per_unit = (priced[prefix + name] for name in SPENT)
    return at_zero + per_unit * total


def _status(ends: ir.Table, member: ir.BooleanValue) -> ir.StringValue:
    was, still = ends.active_then.fill_null(False), ends.active_now.fill_null(False)
    return ibis.cases(
        (~member, NEW),
        (ends.closed_now, CLOSED),
        (was & still, CONTINUING),
        (was & ~still, LAPSED),
        (~was & still, WON_BACK),
        else_=DORMANT,
    )


def _lines(ends: ir.Table, rate: float) -> dict[str, ir.Value]:
    """Work out each line of a customer of the opening base, as `custlib.measure.ledger.customer_lines` does."""
    m0, m1, d0, d1 = ends.per_month_then, ends.per_month_now, ends.months_then, ends.months_now
    q, stays, alive = ends.soon_then, ends.stays_then, ends.alive_now
    later = (1 + rate) * d0 - q
    # Nobody of those known to have left will be alive: nothing is expected of them.
    per_head = ibis.ifelse(stays > 0, later / stays.nullif(0), ibis.literal(0.0))
    return {
        "opened": ends.earlier_then,
        "restatement": ends.value_then - ends.earlier_then,
        "opening": ends.value_then,
        "unwinding": rate * ends.value_then,
        "expected": -q * m0,
        "survival": m0 * (alive - stays) * per_head,
        "frequency": m0 * (d1 - alive * per_head),
        "spend": (m1 - m0) * d1,
    }


def _spent(customers: ir.Table, costs: ir.Table | None) -> ir.Table:
    """Add what winning each customer cost, as ``spent``; NULL where it is not recorded."""
    if costs is None:
        return customers.mutate(spent=ibis.null(MONEY))
    facts = costs.select("customer_id", spent=costs.acquisition_cost.cast(MONEY))
    return customers.left_join(facts, "customer_id").drop("customer_id_right")


def _with_costs(told: ir.Table, costs: ir.Table | None) -> ir.Table:
    both = _spent(told, costs)
    return both.mutate(cost=ibis.ifelse(both.status == NEW, both.spent, ibis.null(MONEY)))


def ledger_groups(ledger: ir.Table, dimensions: Sequence[str] = ()) -> ir.Table:
    """Add every line up by itself, by status and all segments at once: sums of sums, by any of them, are of few rows then.

    Returns
    -------
    Table
        One row per ``status`` and the segments of `ledger_ends`: ``customers``; ``unpriced``, those without a price at one of
        the ends; the `AMOUNTS`, ``surprise_squared``, ``margin``, ``costs`` (how many are recorded) and ``cost``.
    """
    labels = [f"{name}_{end}" for name in dimensions for end in ("earlier", "then", "now")]
    return ledger.group_by("status", *(name for name in labels if name in ledger.columns)).agg(
        customers=_.count(),
        unpriced=(_.closing.isnull() | _.opening.isnull()).sum().cast("int64"),
        **{name: _[name].sum().cast(EXACT) for name in (*AMOUNTS, SURPRISE)},
        margin=_.margin.sum().cast(WIDE),
        costs=_.cost.count(),
        cost=_.cost.sum().cast(WIDE),
    )


def _labels(table: ir.Table, dimension: str | None) -> dict[str, ir.Value]:
    """Give the segments of a dimension; the month before closed in that of the opening, where nothing else is said."""
    if dimension is None:
        return {end: ibis.literal("all") for end in ("earlier", "then", "now")}
    found = {end: table[f"{dimension}_{end}"] for end in ("then", "now")}
    earlier = f"{dimension}_earlier"
    return {"earlier": table[earlier] if earlier in table.columns else found["then"], **found}


def ledger_sums(groups: ir.Table, dimension: str | None = None) -> ir.Table:
    """Add `ledger_groups` up by status and by segment.

    Returns
    -------
    Table
        One row per ``status``, ``earlier``, ``then`` and ``now`` ("all" without a dimension; NULL: not in that population):
        ``customers``, ``unpriced`` (without a price at one of the ends), the `AMOUNTS`, ``surprise_squared``, ``margin``, ``costs`` (how many are recorded) and ``cost``.
    """
    nothing = ibis.literal(0, EXACT)
    return groups.group_by("status", **_labels(groups, dimension)).agg(
        customers=_.customers.sum().cast("int64"),
        unpriced=_.unpriced.sum().cast("int64"),
        **{name: _[name].sum().fill_null(nothing).cast(EXACT) for name in (*AMOUNTS, SURPRISE)},
        margin=_.margin.sum().cast(WIDE),
        costs=_.costs.sum().cast("int64"),
        cost=_.cost.sum().fill_null(zero()).cast(WIDE),
    )


def ledger_cells(ends: ir.Table, dimension: str | None = None) -> ir.Table:
    """Count the customers of `ledger_ends` by their patterns, at both ends.

    Returns
    -------
    Table
        One row per ``end`` ("opening"; "closing": of the opening base; "new"), ``segment`` (of the opening base that at the
        opening, of the new that at the close) and ``pattern``: ``customers``, ``total`` margin so far.
    """
    labels = _labels(ends, dimension)
    fresh = ends.status == NEW
    opening = ends.filter(~fresh).select(
        end=ibis.literal("opening"), segment=labels["then"], pattern=_.pattern_then, total=_.total_then
    )
    closing = ends.select(
        end=ibis.ifelse(fresh, "new", "closing"),
        segment=ibis.ifelse(fresh, labels["now"], labels["then"]),
        pattern=_.pattern_now,
        total=_.total_now,
    )
    both = opening.union(closing)
    return both.group_by("end", "segment", "pattern").agg(customers=_.count(), total=_.total.sum().cast(WIDE))


def priced_patterns(patterns: ir.Table) -> ir.Table:
    """Give the distinct patterns of a month end: one row per `PRICED`, with ``customers`` and ``total`` margin."""
    return patterns.group_by(*PRICED).agg(customers=_.count(), total=_.total.sum().cast(WIDE))


def monthly_profit(bases: ir.Table, *, relationship: str) -> ir.Table:
    """Add up what the customers of each month end brought in their month.

    Parameters
    ----------
    bases : Table
        Customers of many month ends, one below the other.

    Returns
    -------
    Table
        One row per ``month``: ``margin`` of those who are, or were, customers by then.
    """
    won = bases.filter(bases.first_active.notnull() | bases.acquired_before)
    if relationship == "contractual":
        won = won.filter(won.under_contract)
    return won.group_by("month").agg(margin=_.margin_1.sum().cast(WIDE))


def won_each_month(base: ir.Table, costs: ir.Table | None, *, relationship: str) -> ir.Table:
    """Count the customers won in each month of the data, and what winning them cost.

    Returns
    -------
    Table
        One row per ``first_active`` (month): ``customers``, ``costs`` (how many are recorded), ``cost``.
    """
    won = base.filter(base.first_active.notnull() & ~base.acquired_before)
    if relationship == "contractual":
        won = won.filter(won.under_contract)
    both = _spent(won, costs)
    return both.group_by("first_active").agg(
        customers=_.count(), costs=_.spent.count(), cost=_.spent.sum().fill_null(zero()).cast(WIDE)
    )


def margin_by_age(joiners: ir.Table, panel: ir.Table, patterns: ir.Table) -> ir.Table:
    """Add up what customers brought by how many months ago they had been won then.

    Parameters
    ----------
    joiners : Table
        The customers counted, with ``first_active``.
    panel : Table
        Their months, from the first of them on.
    patterns : Table
        Their ``group`` (see `custlib.aggregate.patterns.patterns`).

    Returns
    -------
    Table
        One row per ``group``, ``first_active`` and ``age`` (0: the month of acquisition) in which anybody had a row: ``margin``.
    """
    told = joiners.select("customer_id", "first_active").inner_join(
        patterns.select("customer_id", "group"), "customer_id"
    )
    both = told.inner_join(panel.select("customer_id", "month", "margin"), "customer_id")
    age = month_index(both.month) - month_index(both.first_active)
    aged = both.mutate(age=age).filter(_.age >= 0)
    return aged.group_by("group", "first_active", "age").agg(margin=_.margin.sum().cast(WIDE))
