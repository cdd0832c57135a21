"""Charts of the base by acquisition: layers over months, cohorts at equal age, the way from opened to core."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.measure.beginnings import Beginners
from custlib.measure.cohorts import Cohorts
from custlib.measure.generations import Plan, cost_per_head
from custlib.measure.layers import Layers
from custlib.periods import Month
from custlib.present import charts, cohort_tables, wording
from custlib.present.captions import caption
from custlib.present.charts import Chart
from custlib.present.numbers import money
from custlib.present.wording import spans
from custlib.present.wording.cohorts import Differences

Facts = Mapping[str, Any]


def layers(found: Layers, month: Month, word: str, facts: Facts) -> Chart:
    """Draw the month's margin in layers of acquisition, the oldest at the bottom."""
    said = wording.cohorts
    return charts.layers(
        cohort_tables.layers(found),
        unit=facts["currency"],
        name="layers",
        events=facts.get("events", ()),
        words=caption(
            f"{word.capitalize()} of the month by {found.spans} of acquisition",
            facts,
            title=said.layers_title(found, month, word),
            alt=said.alt_layers(found, month, facts["currency"]),
        ),
    )


def generations(
    cohorts: Cohorts, plan: Plan | None, differences: Differences, word: str, facts: Facts
) -> Chart:
    """Draw what joiners have brought by age, against what it cost to win the latest of them."""
    table, currency = cohort_tables.curves(cohorts, plan), facts["currency"]
    cost = cost_per_head(cohorts, plan.latest) if plan else None
    said = wording.cohorts
    named = spans.named(plan.latest) if plan else None
    return charts.curves(
        table,
        highlight=named,
        unit=currency,
        name="generations",
        reference=None
        if cost is None
        else (float(cost), f"cost of winning one, {named}: {money(cost, currency)}"),
        words=caption(
            f"{word.capitalize()} per customer won, cumulated",
            facts,
            title=said.generations_title(plan, differences),
            alt=said.alt_generations(table, currency),
        ),
    )


def activation(table: pd.DataFrame | None, who: Beginners | None, facts: Facts, *, core: bool) -> Chart:
    """Draw the shares of opened customers who became active and core, by channel and span."""
    said = wording.beginnings
    return charts.steps(
        cohort_tables.steps(table, who, core=core),
        unit="share",
        name="activation",
        words=caption(
            "Share of opened customers",
            facts,
            title=said.activation_title(table, who, core=core),
            alt=said.alt_activation(table, who, core=core),
        ),
    )
