"""Peeling the averages: what is left of the average customer when those are set aside who make it."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

# key -> what the layer is called; from the naive average inward, the core by the company's own rule.
LAYERS = {
    "everyone": "everyone ever seen",
    "active": "the active",
    "repeat": "repeat buyers",
    "not_losing": "without loss-makers",
    "without_top": "without the top 1%",
    "core": "core customers",
}
COLUMNS = ["layer", "key", "customers", "mean", "median", "below_mean", "margin"]


def peel(sums: pd.DataFrame, *, few: int, besides: Sequence[int] = ()) -> pd.DataFrame:
    """Lay the layers out.

    Parameters
    ----------
    sums : DataFrame
        See `custlib.aggregate.peeled.peeled`.
    few : int
        A layer of fewer customers is left out, and one that sets aside fewer than that: what they bring would be the
        difference to the layer around it.
    besides : sequence of int
        Customers of groups within everyone whose margin is told elsewhere: everyone is left out where so few more.

    Returns
    -------
    DataFrame
        One row per layer, from the naive average inward: ``layer`` (in words) and ``key``; ``customers``; ``mean`` and ``median``
        of their margin; ``below_mean``, the share of them below the mean; ``margin``, their sum.
    """
    told, rows = sums.set_index("layer"), []
    around: int | None = None
    for key, words in LAYERS.items():
        customers = int(told.customers[key]) if key in told.index else 0
        outside = told.customers.get("active", 0) if key == "core" else around
        if customers < few or (outside is not None and 0 < outside - customers < few):
            continue
        if key == "everyone" and any(0 < abs(customers - others) < few for others in besides):
            continue
        row, around = told.loc[key], customers
        margin, median = Decimal(row.margin), float(Decimal(row.middle) / 2)
        mean, below = float(margin / customers), int(row.below) / customers
        rows.append((words, key, customers, mean, median, below, margin))
    return pd.DataFrame(rows, columns=COLUMNS)
