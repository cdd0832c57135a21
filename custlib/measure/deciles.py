"""Tenths of the customers and tenths of the profit, each taken apart into what makes its margin."""

from typing import Literal

import pandas as pd

LOSS_MAKERS = "loss-makers"
BELOW = 11
FACTORS = ["customers", "per_customer", "per_purchase", "margin_rate"]


def deciles(
    frame: pd.DataFrame, by: Literal["equal_customers", "equal_profit"] = "equal_customers"
) -> pd.DataFrame:
    """Take tenths of the customers with a margin above zero apart: how many, how often, how much, at what margin.

    Parameters
    ----------
    frame : DataFrame
        `custlib.aggregate.concentration.deciles`.
    by : str
        Tenths of the customers, or of their margin.

    Returns
    -------
    DataFrame
        One row per ``decile``: 1 (the most profitable) to 10, those with nobody in them left out, and "loss-makers", whose margin is zero
        or less. ``customers`` and ``margin`` with their shares of the whole (``margin_share`` of the net total; NaN where that is
        not above zero); ``per_customer``: purchases; ``per_purchase``: value (revenue; where it is not known of everybody,
        margin); ``margin_rate``: margin / value, NaN where revenue is not known; ``margin_per_customer``; ``cost``.
        customers x per_customer x per_purchase x margin_rate = margin, with a margin rate of 1 where revenue is not known; NaN
        where there was no purchase, or no value, to divide by.
    """
    columns = ["customers", "transactions", "margin", "cost"]
    figures = frame[columns].astype(float).assign(revenue=pd.to_numeric(frame.revenue, errors="coerce"))
    # One part whose revenue is not known leaves the whole decile's unknown.
    sums = figures.groupby(frame[by].astype(int)).agg(lambda part: part.sum(skipna=False))
    known = bool(sums.revenue.notna().all())
    value = sums.revenue if known else sums.margin
    total, people = sums.margin.sum(), sums.customers.sum()
    purchases, spent = (part.where(part != 0) for part in (sums.transactions, value))
    made = pd.DataFrame(
        {
            "decile": [LOSS_MAKERS if number == BELOW else int(number) for number in sums.index],
            "customers": sums.customers.astype(int),
            "customers_share": sums.customers / people,
            "margin": sums.margin,
            "margin_share": sums.margin / total if total > 0 else float("nan"),
            "per_customer": sums.transactions / sums.customers,
            "per_purchase": value / purchases,
            "margin_rate": sums.margin / spent if known else float("nan"),
            "margin_per_customer": sums.margin / sums.customers,
            "cost": sums.cost,
        }
    )
    return made.reset_index(drop=True)
