"""Charts of the customer equity page: who holds it, what new customers are worth, and whether the model foresaw."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.present import charts, wording
from custlib.present.captions import caption
from custlib.present.charts import Chart
from custlib.present.numbers import count

Facts = Mapping[str, Any]
CAME, FORETOLD = "Came", "Foretold"


def held(table: pd.DataFrame, dimension: str, facts: Facts) -> Chart:
    """Draw the equity of the segments that may be shown, with its interval, the largest on top."""
    said, currency = wording.holders, facts["currency"]
    shown = table[~table.hidden.astype(bool)] if len(table) else table
    shown = shown.sort_values("equity", ascending=False, kind="stable").rename(
        columns={"equity": "value", "segment": "label"}
    )
    return charts.ranges(
        shown,
        highlight=str(shown.label.iloc[0]) if len(shown) else None,
        unit=currency,
        name="held",
        words=caption(
            f"Customer equity by {dimension.replace('_', ' ')}",
            facts,
            title=said.segments_title(table, dimension),
            alt=said.alt_segments(table, currency),
        ),
    )


def spread(holders: pd.DataFrame, facts: Facts) -> Chart:
    """Draw which part of equity each layer of customers holds, the most valuable on top."""
    said = wording.holders
    table = pd.DataFrame(
        {
            "label": [
                f"{row.layer[:1].upper()}{row.layer[1:]} ({count(row.customers)})"
                for row in holders.itertuples()
            ],
            "value": holders["share"].tolist() if len(holders) else [],
        }
    )
    return charts.bars(
        table,
        highlight=table.label.tolist()[:3],
        unit="share",
        name="spread",
        words=caption(
            "Share of customer equity held by layers of customers",
            facts,
            title=said.spread_title(holders),
            alt=said.alt_spread(holders, facts["currency"]),
        ),
    )


def joiners(table: pd.DataFrame, facts: Facts) -> Chart:
    """Draw what a new customer is worth by the way it was won, with the cost of winning one."""
    said, currency = wording.won_and_lost, facts["currency"]
    shown = table.assign(label=["All" if name == said.ALL else name for name in table.segment])
    return charts.ranges(
        shown,
        mark=None if table.cost.isna().all() else ("cost", "Cost of winning one"),
        meant="Worth of one, with its interval",
        unit=currency,
        name="joiners",
        words=caption(
            "What a customer won in the latest 12 months was worth at the end of the first",
            facts,
            title=said.joiners_title(table, currency),
            alt=said.alt_joiners(table, currency),
        ),
    )


def tenure_and_recency(cells: pd.DataFrame, facts: Facts) -> Chart:
    """Draw the mean value of customers over tenure and recency as a map."""
    said, currency = wording.behaviour, facts["currency"]
    return charts.heat(
        cells,
        row="tenure",
        column="recency",
        value="mean",
        row_label="Months a customer",
        column_label="months since last active",
        unit=currency,
        name="map",
        words=caption(
            f"Customer lifetime value per customer in {currency}",
            facts,
            title=said.map_title(cells, currency),
            alt=said.alt_map(cells, currency),
        ),
    )


def tracking(test: Any, events: str, facts: Facts) -> Chart:
    """Draw what was expected and what came, by month and added up."""
    said = wording.backtest
    return charts.tracking(
        test.tracking,
        expected="Expected",
        actual=CAME,
        unit="events",
        name="tracking",
        events=facts.get("events", ()),
        words=caption(
            f"{events.capitalize()} by month (shaded: months the model had not seen)",
            facts,
            title=said.tracking_title(test),
            alt=said.alt_tracking(test, events),
        ),
    )


def deciles(test: Any, events: str, facts: Facts) -> Chart:
    """Draw what was foretold and what came, by tenths of the customers."""
    said = wording.backtest
    long = pd.concat(
        [
            test.deciles.assign(value=test.deciles[column], what=what)
            for column, what in (("predicted", FORETOLD), ("actual", CAME))
        ]
    )
    return charts.lines(
        long,
        x="decile",
        y="value",
        by="what",
        highlight=CAME,
        unit="average",
        from_zero=True,
        x_label="tenths of customers, lowest first",
        name="deciles",
        words=caption(
            f"{events.capitalize()} per customer in the months foretold",
            facts,
            title=said.deciles_title(test),
            alt=said.alt_deciles(test),
        ),
    )


def alive(test: Any, facts: Facts) -> Chart:
    """Draw chances to be active again against how many were."""
    said = wording.backtest
    return charts.calibration(
        test.alive,
        name="chances",
        words=caption(
            "Chance to be active again and share who were",
            facts,
            title=said.alive_title(test),
            alt=said.alt_alive(test),
        ),
    )
