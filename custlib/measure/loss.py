"""The one-percent test: is it true that only so many customers, or so much value, are lost in a year?"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from custlib.measure.clv.fit import REACH

ALPHA = 0.05
ALL = "all"
Verdict = Literal["refuted", "supported", "open", "none"]


@dataclass(frozen=True)
class LossTest:
    """A claim about the annual loss, beside what was lost.

    Attributes
    ----------
    claim : float
        The claimed rate.
    table : DataFrame
        One row per ``segment`` and one for all. ``customers`` active a year ago, ``value`` their margin then. Each rate has
        its 95% interval beside it:
        ``rate`` (``low``, ``high``): of the customers, lost by the rule (``lost`` of them);
        ``value_rate`` (``value_low``, ``value_high``): their part of the value; NaN where that is not above zero;
        ``closed_rate``, ``closed_value_rate``: the same of those lost whose closing is recorded; NaN where no closings are;
        ``halved_share``: of the ``stayed`` with a value above zero then, those whose value at least halved (``halved``; it fell by
        ``halved_fall``); ``doubled_share``, ``doubled_rise``: the mirror, which chance alone fills too.
    verdict_customers, verdict_value, verdict_closed : str
        On the loss of customers, of value, and of customers by recorded closing: "refuted" (the lower limit exceeds the claim), "supported"
        (the upper limit does not), "open" (neither), "none" (nothing to judge by).
    """

    claim: float
    table: pd.DataFrame
    verdict_customers: Verdict
    verdict_value: Verdict
    verdict_closed: Verdict

    @property
    def whole(self) -> pd.Series:
        """The row of all customers."""
        return self.table.set_index("segment").loc[ALL]


def loss_test(sums: pd.DataFrame, *, claim: float) -> LossTest:
    """Test a claim about the annual loss of customers.

    Parameters
    ----------
    sums : DataFrame
        One row per ``segment`` and one called "all": ``customers`` (active a year ago), ``value`` and ``squares`` (the sum of v and of v^2, their
        margin then); ``lost``, ``lost_value``, ``lost_squares``; ``closed``, ``closed_value``, ``closed_squares`` (lost with a recorded
        closing; NULL where none are recorded); ``stayed``, ``stayed_value`` (active at both ends, margin then above zero);
        ``halved``, ``halved_value``, ``halved_fall``; ``doubled``, ``doubled_value``, ``doubled_rise``.
    claim : float
        The claimed annual rate, such as .01.

    Notes
    -----
    Customers are counted, and the base is taken as a sample of its own process. Rates of customers have Wilson's interval; rates of
    value `value_interval`'s.
    """
    told = sums.reset_index(drop=True)
    numbers = told.drop(columns="segment").apply(pd.to_numeric, errors="coerce").astype(float)
    table = pd.concat([told[["segment"]], numbers], axis=1)
    for part, prefix in (("lost", ""), ("closed", "closed_")):
        table[[f"{prefix}rate", f"{prefix}low", f"{prefix}high"]] = [
            share_interval(count, n) for count, n in zip(table[part], table.customers, strict=True)
        ]
        columns = [f"{part}_value", f"{part}_squares", "value", "squares", "customers"]
        table[[f"{prefix}value_rate", f"{prefix}value_low", f"{prefix}value_high"]] = [
            value_interval(*row) for row in table[columns].to_numpy()
        ]
    for part in ("halved", "doubled"):
        table[[f"{part}_share", f"{part}_low", f"{part}_high"]] = [
            share_interval(count, n) for count, n in zip(table[part], table.stayed, strict=True)
        ]
    counts = ["customers", "lost", "stayed", "halved", "doubled"]
    table[counts] = table[counts].fillna(0).astype(int)
    whole = table.set_index("segment").loc[ALL]
    return LossTest(
        claim,
        table,
        verdict(whole.low, whole.high, claim),
        verdict(whole.value_low, whole.value_high, claim),
        verdict(whole.closed_low, whole.closed_high, claim),
    )


def verdict(low: Any, high: Any, claim: float) -> Verdict:
    """Say what an interval makes of a claimed rate."""
    if not np.isfinite([low, high]).all():
        return "none"
    return "refuted" if low > claim else "supported" if high <= claim else "open"


def share_interval(count: float, customers: float) -> tuple[float, float, float]:
    """Give a share of customers with Wilson's interval; NaN of nobody, and where the count is not known."""
    if not customers > 0 or np.isnan(count):
        return np.nan, np.nan, np.nan
    low, high = proportion_confint(count, customers, ALPHA, "wilson")
    return count / customers, float(low), float(high)


def value_interval(
    lost: float, lost_squares: float, value: float, squares: float, customers: float
) -> tuple[float, float, float]:
    """Give the part of value that was lost, with its interval; NaN where there was none, or it is not known.

    With a the value of a customer who was lost (0 of others) and b the value of each, R = sum a / sum b has the standard error
    sqrt(sum (a - R b)^2) / sum b. It is that of a share of so many equal customers as have it, R (1 - R) / error^2; of them
    Wilson's interval is given. They are never taken for more than (sum b)^2 / sum b^2, the number of equal customers whose loss would
    scatter as theirs does: where nobody large was lost, the error knows nothing of large ones. So the loss of nobody is not taken
    for certain either. Where customers with a negative value make R less than 0 or more than 1, the interval is Wald's.
    """
    if not (customers > 0 and value > 0) or np.isnan(lost):
        return np.nan, np.nan, np.nan
    rate = lost / value
    error = np.sqrt(max(lost_squares * (1 - 2 * rate) + rate**2 * squares, 0.0)) / value
    if not 0 <= rate <= 1:
        return rate, rate - REACH * error, rate + REACH * error
    equal = min(value**2 / squares, customers)
    if error > 0 and 0 < rate < 1:
        equal = min(equal, rate * (1 - rate) / error**2)
    low, high = proportion_confint(rate * equal, equal, ALPHA, "wilson")
    return rate, float(low), float(high)
