"""Columns that split the base: the core rule, attributes, and what customers hold."""

from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.values import UNKNOWN, YEAR, Rules
from custlib.periods import Month, add_months

PANEL_METRICS = ("transactions", "amount", "margin", "revenue", "active_days")
CORE, NOT_CORE = "core", "not core"


def _day_count(panel: ir.Table) -> ir.Table:
    """Add the number of distinct active days, read off the day mask."""
    bits = sum(((panel.day_mask >> day) & 1 for day in range(1, 32)), start=ibis.literal(0, "int64"))
    return panel.mutate(active_days=bits)


def _measured(source: ir.Table, condition, month: Month) -> ir.Table:
    """Combine one condition's metric over its window: customer_id, measured."""
    first = ibis.date(add_months(month, 1 - condition.window_months))
    rows = source.filter((_.month >= first) & (_.month <= ibis.date(month)))
    metric = _[condition.metric]
    combined = {
        "sum": metric.sum(),
        "mean": metric.mean(),
        "max": metric.max(),
        # A month without a row is a month with nothing.
        "min": ibis.ifelse(
            _.month.nunique() == condition.window_months, metric.min(), ibis.least(metric.min(), 0)
        ),
        "last": metric.max(where=_.month == ibis.date(month)),
    }[condition.combine_of(PANEL_METRICS)]
    return rows.group_by("customer_id").agg(measured=combined)


def _holds(measured, condition):
    """Compare a measured column with the condition's limits; unknown is not met."""
    met = measured.notnull()
    if condition.at_least is not None:
        met = met & (measured >= Decimal(str(condition.at_least)))
    if condition.at_most is not None:
        met = met & (measured <= Decimal(str(condition.at_most)))
    if condition.equals is not None:
        met = met & (measured == Decimal(str(condition.equals)))
    return met.fill_null(False)


def with_core(
    base: ir.Table, panel: ir.Table, statement: ir.Table | None, *, month: Month, rules: Rules
) -> ir.Table:
    """Add ``core``: active and meeting the company's rule; NULL where the company has none."""
    if rules.core is None:
        return base.mutate(core=ibis.null("boolean"))
    panel = _day_count(panel)
    met = {}
    for index, condition in enumerate(rules.core.conditions):
        source = panel if condition.metric in PANEL_METRICS else statement
        name = f"condition_{index}"
        measured = _measured(source, condition, month).rename({name: "measured"})
        base = base.left_join(measured, "customer_id").drop("customer_id_right")
        measured_or_zero = base[name].fill_null(0) if source is panel else base[name]
        met[id(condition)] = _holds(measured_or_zero, condition)
        base = base.mutate(**{name: met[id(condition)]})
    names = {id(c): f"condition_{i}" for i, c in enumerate(rules.core.conditions)}
    every = [base[names[id(c)]] for c in rules.core.all]
    some = [base[names[id(c)]] for c in rules.core.any]
    rule = ibis.and_(base.active, *every, *([ibis.or_(*some)] if some else []))
    return base.mutate(core=rule).drop(*names.values())


def with_segments(
    base: ir.Table,
    *,
    month: Month,
    rules: Rules,
    customers: ir.Table | None,
    statement: ir.Table | None,
) -> ir.Table:
    """Add one text column per segment, "unknown" where nothing is recorded.

    A column of the monthly statement is taken as it stood that month, one of the customer list
    as it stands today.
    """
    monthly = statement.columns if statement is not None else ()
    of_month = [name for name in rules.segments if name in monthly]
    of_today = [name for name in rules.segments if name not in monthly]
    if of_month:
        at = statement.filter(_.month == ibis.date(month)).select("customer_id", *of_month)
        base = base.left_join(at, "customer_id").drop("customer_id_right")
    if of_today:
        base = base.left_join(customers.select("customer_id", *of_today), "customer_id")
        base = base.drop("customer_id_right")
    texts = {name: base[name].cast("string").fill_null(UNKNOWN) for name in rules.segments}
    return base.mutate(**texts) if texts else base


def with_products(
    base: ir.Table, *, month: Month, statement: ir.Table | None, products: ir.Table | None
) -> ir.Table:
    """Add ``products``: held at the month where recorded, else distinct ones bought in 12 months, else NULL."""
    if statement is not None and "products_held" in statement.columns:
        held = statement.filter(_.month == ibis.date(month))
        held = held.select("customer_id", products=_.products_held.cast("int64"))
    elif products is not None:
        first = ibis.date(add_months(month, 1 - YEAR))
        bought = products.filter((_.month >= first) & (_.month <= ibis.date(month)))
        held = bought.group_by("customer_id").agg(products=_["product"].nunique().cast("int64"))
    else:
        return base.mutate(products=ibis.null("int64"))
    base = base.left_join(held, "customer_id").drop("customer_id_right")
    return base.mutate(products=base.products.fill_null(0))
