"""Segments by rule: each customer's level on six dimensions, and the first rule of the company's table that holds."""

from collections.abc import Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from custlib.aggregate.bands import banded
from custlib.aggregate.patterns import WIDE
from custlib.segmentation import (
    CORES,
    DECLINING,
    DIMENSIONS,
    GROWING,
    NEW,
    NO_RULE,
    STEADY,
    UNKNOWN,
    Band,
    Levels,
    Rule,
    Step,
    Thresholds,
    now_levels,
)


def trend(now: ir.Value, then: ir.Value, *, material_change: Decimal) -> ir.StringValue:
    """Say how a customer's value moved within a year.

    Parameters
    ----------
    now, then : Value
        Margin at both ends; `then` NULL: not active a year ago.
    material_change : Decimal
        Share of the opening amount, taken without its sign, beyond which a change counts. From zero any change does.

    Returns
    -------
    StringValue
        "new" (not active a year ago, the won back included), "growing", "declining" or "steady".
    """
    # In ten-thousandths and with whole factors, so that no double takes part.
    basis = int(material_change * 10_000)
    change = (now.cast(WIDE) - then.cast(WIDE)).cast(WIDE) * 10_000
    limit = then.cast(WIDE).abs() * basis
    return ibis.cases(
        (then.isnull(), NEW), (change > limit, GROWING), (-change > limit, DECLINING), else_=STEADY
    )


def level_of(counted: ir.Value, steps: Sequence[Step]) -> ir.StringValue:
    """Name the level of a whole number; "unknown" where it is NULL."""
    cases = [(counted >= step.at_least, step.name) for step in steps[:-1]]
    return ibis.cases((counted.isnull(), UNKNOWN), *cases, else_=steps[-1].name)


def with_levels(
    customers: ir.Table,
    levels: Levels,
    bands: Sequence[Band],
    *,
    to_come: Thresholds,
    material_change: Decimal,
    year_known: bool = True,
) -> ir.Table:
    """Add each customer's level on every dimension.

    Parameters
    ----------
    customers : Table
        ``active``, ``value``, ``value_then`` (NULL: not active a year ago), ``value_band``, ``clv``, ``tenure`` (whole
        months since the acquisition), ``products`` (a number), ``core``; the last four NULL where not known.
    bands : sequence of Band
        Those of ``value_band``.
    to_come : Thresholds
        Of ``clv``, for the levels of value to come.
    year_known : bool
        Whether the data reach back to a year ago; otherwise nobody's trend is known.

    Returns
    -------
    Table
        With ``level_value_now`` (NULL for the inactive), ``level_value_to_come``, ``level_trend``, ``level_tenure``,
        ``level_products`` and ``level_core``: texts, "unknown" for what is not known.
    """
    held = [(customers.value_band.isin(names), level) for level, names in now_levels(levels, bands).items()]
    moved = trend(customers.value, customers.value_then, material_change=material_change)
    return customers.mutate(
        level_value_now=ibis.cases(*held, else_=ibis.null("string")),
        level_value_to_come=banded(ibis.literal(True), customers.clv, to_come).fill_null(UNKNOWN),
        level_trend=moved if year_known else ibis.literal(UNKNOWN),
        level_tenure=level_of(customers.tenure, levels.tenure),
        level_products=level_of(customers["products"], levels.products),
        level_core=ibis.cases((customers.core.isnull(), UNKNOWN), (customers.core, CORES[0]), else_=CORES[1]),
    )


def with_rules(levelled: ir.Table, rules: Sequence[Rule], *, name: str = "value_segment") -> ir.Table:
    """Add the segment of the first rule that holds, "no rule" where none does; NULL for the inactive.

    Parameters
    ----------
    levelled : Table
        See `with_levels`.
    """
    cases = []
    for rule in rules:
        # A literal by itself is no condition to some engines: an empty rule is one that everybody active meets.
        holds = levelled.active
        for dimension in DIMENSIONS:
            if dimension in rule.conditions:
                holds = holds & levelled[f"level_{dimension}"].isin(rule.conditions[dimension])
        cases.append((holds, rule.segment))
    found = ibis.cases(*cases, else_=NO_RULE)
    return levelled.mutate(**{name: ibis.ifelse(levelled.active, found, ibis.null("string"))})
