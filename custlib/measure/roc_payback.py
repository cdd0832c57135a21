"""After how many months a customer won has earned what winning one costs."""

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Floats
from custlib.periods import Month, month_of, months_between

EVERYBODY = "all"


def paybacks(joiners: pd.DataFrame, brought: pd.DataFrame, sizes: pd.DataFrame, *, month: Month) -> Floats:
    """Give the months to payback of each row of a table of customers won.

    Each age's margin is the mean over the customers who have reached it by the month; cumulated, it is set against the
    mean cost.

    Parameters
    ----------
    joiners : DataFrame
        ``segment`` ("all": everybody) and ``cost`` per customer.
    brought : DataFrame
        ``group``, ``first_active``, ``age``, ``margin`` (see `custlib.aggregate.ledger.margin_by_age`).
    sizes : DataFrame
        ``group``, ``first_active``, ``customers``.

    Returns
    -------
    ndarray
        Age in months, 0 for the month of acquisition; NaN where the cost is not known or no age reached it.
    """
    ages = sizes.assign(oldest=[months_between(month_of(each), month) for each in sizes.first_active])
    found = []
    for row in joiners.itertuples():
        whole = row.segment == EVERYBODY
        mine = ages if whole else ages[ages.group == row.segment]
        came = brought if whole else brought[brought.group == row.segment]
        found.append(_payback(float(row.cost), mine, came))
    return np.array(found, dtype=float)


def _payback(cost: float, sizes: pd.DataFrame, brought: pd.DataFrame) -> float:
    if not np.isfinite(cost) or not len(sizes):
        return float("nan")
    longest = int(sizes.oldest.max())
    margin = brought.assign(margin=brought.margin.astype(float)).groupby("age").margin.sum()
    counted = sizes.groupby("oldest").customers.sum().reindex(range(longest + 1), fill_value=0)
    # Those who have reached an age are all that are as old or older.
    reached = counted.to_numpy(float)[::-1].cumsum()[::-1]
    mean = margin.reindex(range(longest + 1), fill_value=0.0).to_numpy(float) / reached
    there = np.flatnonzero(np.cumsum(mean) >= cost)
    return float(there[0]) if len(there) else float("nan")
