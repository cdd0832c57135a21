"""Charts of the Return on Customer page: what moved customer equity, the return against its hurdle, and against profit."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.present import charts, wording
from custlib.present.captions import caption
from custlib.present.charts import Chart
from custlib.present.numbers import decimal, writer

Facts = Mapping[str, Any]
# A waterfall's total may lie so far from its steps, of what it opens with: amounts are floats here.
_ROUNDING = 1e-6


def bridge(ledger: Any, facts: Facts) -> Chart:
    """Draw the ledger as a waterfall from opening to closing, one step per line."""
    said, currency = wording.ledger, facts["currency"]
    rows = said.bridge_rows(ledger)
    most = max([1.0, *rows["value"].abs()])
    return charts.bridge(
        rows,
        unit=currency,
        name="ledger-bridge",
        tolerance=most * _ROUNDING,
        words=caption(
            "Customer equity from opening to closing",
            facts,
            title=said.bridge_title(ledger, currency),
            alt=said.alt_bridge(ledger, currency),
        ),
    )


def history(table: pd.DataFrame, facts: Facts) -> Chart:
    """Draw the return over twelve months with its interval against the hurdle, month by month."""
    said = wording.quadrants
    there = [place for place, value in enumerate(table.roc_12) if value == value and value is not None]
    return charts.hurdle(
        table.iloc[there[0] :] if there else table,  # before the first, the axis would only be empty
        value=("roc_12", "Return"),
        against=("hurdle_12", "Hurdle"),
        low="low_12",
        high="high_12",
        unit="rate",
        name="return-history",
        events=facts.get("events", ()),
        words=caption(
            f"Return on Customer over {wording.span_words(12)} and its hurdle",
            facts,
            title=said.history_title(table),
            alt=said.alt_history(table),
        ),
    )


def quadrants(found: Any, dimension: str, facts: Facts) -> Chart:
    """Draw all customers, and the segments of a dimension, by change of profit and by return less hurdle."""
    said, currency = wording.quadrants, facts["currency"]
    drawn = said.map_points(found, dimension)
    by = f", all and by {dimension.replace('_', ' ')}" if len(drawn) > 1 else ""
    return charts.fields(
        drawn,
        x="profit",
        y="return",
        names=said.FIELDS,
        highlight=said.ALL,
        across=("profit against a year earlier", writer(currency)),
        upwards=("return less hurdle, in points", lambda value: decimal(float(value) * 100, 1)),
        name="quadrants",
        words=caption(
            f"Profit against a year earlier and return less hurdle{by}",
            facts,
            title=said.map_title(found),
            alt=said.alt_map(drawn, currency),
        ),
    )
