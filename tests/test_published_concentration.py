"""Concentration of the public data sets against plain numpy on the raw rows, by the definitions and not by our sums.

Nothing of the library takes part in the expected figures but the reading of the files; they are those of docs/methods.md.
"""

import numpy as np
import pandas as pd
import pytest

from custlib import open_month
from custlib.aggregate.concentration import marks, totals
from custlib.company import load_company
from custlib.data.collect import collect
from custlib.data.source import open_source
from custlib.measure.concentration import measured
from custlib.month.held import Held

pytestmark = pytest.mark.real_data

# Company, month, months of the window; buyers, their total, top 1% and top 20%, who hold 80%, Gini; customers below zero.
PUBLISHED = [
    ("cdnow", "1998-06", 12, 8332, 1_069_356.50, 0.1426, 0.6354, 0.3695, 0.5968, 0),
    ("online_retail", "2011-11", 3, 2852, 3_039_532.472, 0.2663, 0.6664, 0.3564, 0.6286, 6),
]


def buyers(company: str, month: str, months: int) -> np.ndarray:
    """Add up what each buyer of the window brought in it, the largest first; amounts below zero make nobody a buyer."""
    with open_source(load_company(company)) as source:
        rows = source.transactions.filter(source.transactions.customer_id.notnull()).execute()
    rows = rows[rows.excluded.isna()] if "excluded" in rows else rows
    at = pd.to_datetime(rows.date).dt.to_period("M")
    last = pd.Period(month, "M")
    rows = rows[(at <= last) & (at > last - months)].assign(amount=lambda frame: frame.amount.astype(float))
    bought = rows[rows.qualifying].customer_id.unique()
    sums = rows[rows.customer_id.isin(bought)].groupby("customer_id").amount.sum().round(4)
    return np.sort(sums.to_numpy())[::-1]


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case[0])
def test_concentration_of_public_data(case, request):
    company, month, months, count, total, top_1, top_20, holding_80, gini, below = case
    if company == "online_retail":
        request.getfixturevalue("online_retail_folder")
    v = buyers(company, month, months)
    n, held = len(v), np.append(0, np.cumsum(v)) / v.sum()
    shares = np.interp([0.01, 0.2], np.arange(n + 1) / n, held)
    reached = np.argmax(held >= 0.8)
    part = (reached - (held[reached] - 0.8) / (v[reached - 1] / v.sum())) / n
    y = np.sort(v[v > 0])
    pairs = 2 * (np.arange(1, len(y) + 1) * y).sum() / (len(y) * y.sum()) - (len(y) + 1) / len(y)
    assert (n, (v < 0).sum()) == (count, below) and v.sum() == pytest.approx(total, abs=0.01)
    assert [round(each, 4) for each in (*shares, part, pairs)] == [top_1, top_20, holding_80, gini]

    opened = Held(open_month(company, month))
    ranked = opened.ranked(months)
    found = measured(collect(totals(ranked)).iloc[0], collect(marks(ranked)), months=months)
    opened.drop()
    assert (found.customers, found.negative, float(found.total)) == (count, below, total)
    figures = (found.top[0.01], found.top[0.2], found.holding[0.8], found.gini)
    assert [each.value for each in figures] == pytest.approx([*shares, part, pairs], rel=1e-9)
    # Both have tails too heavy for their intervals.
    assert found.hill < 2 and not any(each.reliable for each in figures)
