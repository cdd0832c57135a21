"""The customer base page's charts: each picks its words and its drawing for one claim."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.measure.figures import YearOfMargin
from custlib.measure.series import Series
from custlib.periods import Month
from custlib.present import base_tables, charts, wording
from custlib.present.captions import caption
from custlib.present.charts import Chart
from custlib.present.numbers import count, share

Facts = Mapping[str, Any]


def active(past: Series, month: Month, facts: Facts) -> Chart:
    """Draw the number of active customers over time."""
    return charts.lines(
        base_tables.over_time(past, month),
        x="month",
        y="value",
        unit="customers",
        from_zero=True,
        name="active",
        events=facts.get("events", ()),
        words=caption(
            "Active customers at month end",
            facts,
            title=wording.line_title(past, "active customers"),
            alt=wording.alt_line("active customers", past.values, count),
        ),
    )


def in_and_out(history: pd.DataFrame, month: Month, facts: Facts) -> Chart:
    """Draw who came and who left, month by month."""
    flows = base_tables.flows_over_time(history, month)
    return charts.in_and_out(
        flows,
        came={"new": "New", "won_back": "Won back"},
        left={"lost": "Lost"},
        unit="customers",
        name="in-and-out",
        events=facts.get("events", ()),
        words=caption(
            "Customers who came and left, by month",
            facts,
            title=wording.in_and_out_title(flows),
            alt=wording.alt_flows(flows),
        ),
    )


def bridge(row: pd.Series | None, months: int, word: str, facts: Facts) -> Chart:
    """Draw the bridge of value from opening to close."""
    return charts.bridge(
        base_tables.value_bridge(row),
        unit=facts["currency"],
        name="bridge",
        words=caption(
            wording.bridge_measure(word, months),
            facts,
            title=wording.bridge_title(row, word, months),
            alt=wording.alt_bridge(row, facts["currency"], word),
        ),
    )


def exchange(lost: YearOfMargin, new: YearOfMargin, word: str, facts: Facts) -> Chart:
    """Draw what a leaver brought in the last active year beside what a joiner brings in the first."""
    table = base_tables.per_head(lost, new)
    return charts.bars(
        table,
        highlight=table.label[0],
        unit=facts["currency"],
        name="exchange",
        words=caption(
            f"{word.capitalize()} per customer",
            facts,
            title=wording.exchange_title(lost, new),
            alt=wording.alt_exchange(lost, new, facts["currency"]),
        ),
    )


def core_share(past: Series, month: Month, word: str, facts: Facts) -> Chart:
    """Draw the core customers' share of value over time."""
    return charts.lines(
        base_tables.over_time(past, month),
        x="month",
        y="value",
        unit="share",
        from_zero=True,
        name="core",
        events=facts.get("events", ()),
        words=caption(
            f"Core customers' share of the {word} of active customers",
            facts,
            title=wording.line_title(past, f"core customers' share of {word}"),
            alt=wording.alt_line("core customers' share", past.values, share),
        ),
    )
