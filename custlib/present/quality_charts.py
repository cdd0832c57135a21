"""The data quality page's charts."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.present import charts, wording
from custlib.present.captions import caption
from custlib.present.charts import Chart
from custlib.present.numbers import count, share

Facts = Mapping[str, Any]


def rows(table: pd.DataFrame, facts: Facts) -> Chart:
    """Draw the rows of the log by month."""
    return charts.lines(
        table,
        x="month",
        y="rows",
        unit="rows",
        from_zero=True,
        name="rows",
        events=facts.get("events", ()),
        words=caption(
            "Rows in the source by month",
            facts,
            title=wording.volume_message(table),
            alt=wording.alt_line("rows in the source", list(table.rows), count),
        ),
    )


def window(table: pd.DataFrame, facts: Facts) -> Chart:
    """Draw how many of those called lost came back, by length of the window."""
    return charts.lines(
        table,
        x="window",
        y="share",
        unit="share",
        from_zero=True,
        name="window",
        x_label="window, in months",
        words=caption(
            "Came back after being called lost",
            facts,
            title=wording.window_title(table),
            alt=wording.alt_line("customers who came back", list(table.share), share),
        ),
    )
