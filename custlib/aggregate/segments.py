"""Columns that split the base: the core rule, attributes, and what customers hold."""

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.values import UNKNOWN, YEAR, Rules, as_at, months_on
from custlib.periods import Month

PANEL_METRICS = ("transactions", "amount", "margin", "revenue", "active_days")
CORE, NOT_CORE = "core", "not core"


def _day_count(panel: ir.Table) -> ir.Table:
    """Add the number of distinct active days, read off the day mask."""
    bits = sum(((panel.day_mask >> day) & 1 for day in range(1, 32)), start=ibis.literal(0, "int64"))
    return panel.mutate(active_days=bits)


def _measured(source: ir.Table, condition, month: Month) -> ir.Table:
    """Combine one condition's metric over its window: customer_id, measured."""
    first = months_on(month, 1 - condition.window_months)
    rows = source.filter((_.month >= first) & (_.month <= ibis.date(month)))
    metric, of_panel = _[condition.metric], condition.metric in PANEL_METRICS
    combined = {
        "sum": metric.sum(),
        "mean": metric.sum() / condition.window_months if of_panel else metric.mean(),
        "max": metric.max(),
        # A month without a row is a month with nothing in the panel, and an unknown one in the statement.
        "min": ibis.ifelse(
            metric.count() == condition.window_months,
            metric.min(),
            ibis.least(metric.min(), 0) if of_panel else metric.min().nullif(metric.min()),
        ),
        "last": metric.max(where=_.month == ibis.date(month)),
    }[condition.combine or ("sum" if condition.metric in PANEL_METRICS else "last")]
    return rows.group_by("customer_id").agg(measured=combined)


def _holds(measured: ir.Value, condition) -> ir.BooleanValue:
    """Compare a measured column with the condition's threshold; what is not known does not meet it."""
    if condition.at_least is not None:
        met = measured >= condition.at_least
    elif condition.at_most is not None:
        met = measured <= condition.at_most
    else:
        met = measured.cast("string") == str(condition.equals)
    return met.fill_null(False)


def with_core(
    base: ir.Table, panel: ir.Table, statement: ir.Table | None, *, month: Month, rules: Rules
) -> ir.Table:
    """Add ``core`` (active and meeting the company's rule) and ``core_status``, the same in words.

    Both are NULL where the company has no core rule.
    """
    if rules.core is None:
        return base.mutate(core=ibis.null("boolean"), core_status=ibis.null("string"))
    panel = _day_count(panel)
    met: dict[str, list[str]] = {"all": [], "any": []}
    for kind, conditions in (("all", rules.core.all), ("any", rules.core.any)):
        for index, condition in enumerate(conditions):
            of_panel = condition.metric in PANEL_METRICS
            name = f"{kind}_{index}"
            measured = _measured(panel if of_panel else statement, condition, month).rename(
                {name: "measured"}
            )
            base = base.left_join(measured, "customer_id").drop("customer_id_right")
            # No row in the panel is no purchase; no row in the statement is not known.
            found = base[name].fill_null(0) if of_panel else base[name]
            base = base.mutate(**{name: _holds(found, condition)})
            met[kind].append(name)
    rule = base.active
    for name in met["all"]:
        rule = rule & base[name]
    if met["any"]:
        rule = rule & ibis.or_(*[base[name] for name in met["any"]])
    return base.mutate(core=rule, core_status=ibis.ifelse(rule, CORE, NOT_CORE)).drop(
        *met["all"], *met["any"]
    )


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
    if of_month and statement is not None:
        at = statement.filter(_.month == ibis.date(month)).select("customer_id", *of_month)
        base = base.left_join(at, "customer_id").drop("customer_id_right")
    if of_today and customers is not None:
        known = as_at(customers, month).select("customer_id", *of_today)
        base = base.left_join(known, "customer_id")
        base = base.drop("customer_id_right")
    texts = {name: base[name].cast("string").fill_null(UNKNOWN) for name in rules.segments}
    return base.mutate(**texts) if texts else base


def with_products(
    base: ir.Table, *, month: Month, statement: ir.Table | None, products: ir.Table | None
) -> ir.Table:
    """Add ``products``: held at the month where recorded, else distinct ones bought in 12 months, else NULL."""
    if statement is not None and "products_held" in statement.columns:
        held = statement.filter(_.month == ibis.date(month))
        held = held.select("customer_id", products=_.products_held.cast("float64").round().cast("int64"))
    elif products is not None:
        first = months_on(month, 1 - YEAR)
        bought = products.filter((_.month >= first) & (_.month <= ibis.date(month)))
        held = bought.group_by("customer_id").agg(products=_["product"].nunique().cast("int64"))
        base = base.left_join(held, "customer_id").drop("customer_id_right")
        return base.mutate(products=base.products.fill_null(0))
    else:
        return base.mutate(products=ibis.null("int64"))
    # What the statement does not say is unknown, not nothing.
    return base.left_join(held, "customer_id").drop("customer_id_right")
