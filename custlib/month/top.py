"""The largest customers by name: only where customers are firms, and the company file says so."""

from typing import TYPE_CHECKING

import pandas as pd
from ibis import _

from custlib.data.collect import collect
from custlib.errors import UsageError

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

COLUMNS = ["customer_id", "margin", "share"]


def top_customers(view: "CustomerMonth", n: int = 10) -> pd.DataFrame:
    """Name the customers with the highest margin; see `CustomerMonth.top_customers`."""
    if not view.company.settings.b2b:
        raise UsageError(
            f"{view.company.name}: single customers are not named\n"
            "  where customers are firms, the company file may say so: settings: {b2b: true}"
        )
    if n < 1:
        raise UsageError(f"top_customers: n must be at least 1, not {n}")
    if not view.complete(at=view.month)["value"]:
        return pd.DataFrame(columns=COLUMNS)
    base = view.base
    best = base.select("customer_id", margin=_.value).order_by(_.margin.desc(), "customer_id").limit(n)
    frame = collect(best, max_rows=n)
    whole = collect(base.value.sum().name("whole").as_table()).whole.iloc[0]
    shares = [float(margin / whole) if whole is not None and whole > 0 else None for margin in frame.margin]
    return frame.assign(share=shares)[COLUMNS]
