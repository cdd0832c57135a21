"""Lost customers by recorded reason, as figures."""

from typing import Any

import pandas as pd

from custlib.measure.figures import small_segments
from custlib.results import Figure, figure


def reason_figures(table: pd.DataFrame, *, months: int, currency: str, min_group: int) -> list[Figure]:
    """Name leavers and their last active year's margin by reason; small groups are suppressed.

    Parameters
    ----------
    table : DataFrame
        ``reason``, ``customers``, ``value``, one row per reason (or per course of the last purchases).
    """
    sizes = table.set_index("reason").customers.astype(int)
    hidden = small_segments(sizes, min_group=min_group)
    found = []
    for row in table.itertuples():
        where: dict[str, Any] = {"dimension": "closure_reason", "segment": str(row.reason)}
        if row.reason in hidden:
            found.append(Figure("lost_customers", None, "customers", months, status="suppressed", **where))
            found.append(Figure("lost_annual_margin", None, currency, months, status="suppressed", **where))
            continue
        heads = int(row.customers)
        found.append(Figure("lost_customers", heads, "customers", months, n=heads, **where))
        found.append(figure("lost_annual_margin", row.value, currency, months, n=heads, **where))
    return found
