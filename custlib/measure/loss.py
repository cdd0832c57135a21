"""The one-percent test: is it true that only so many customers, or so much value, are lost in a year?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from custlib.measure.clv.fit import REACH
from custlib.measure.figures import small_segments

ALPHA = 0.05
ALL = "all"
Verdict = Literal["refuted", "supported", "open", "none"]
SilentVerdict = Literal["more halved", "more doubled", "cannot tell", "none"]
# Money by what it tells of: hidden where these are few.
OF_LOST = ["lost_value", "value_rate", "value_low", "value_high"]
OF_CLOSED = ["closed_value", "closed_value_rate", "closed_value_low", "closed_value_high"]


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
        ``halved_share``: of the ``stayed`` with a value above zero then and a full window to have brought it in, those whose value at
        least halved (``halved``; it fell by ``halved_fall``); ``doubled_share``, ``doubled_rise``: the mirror, which chance alone
        fills too; ``younger``: who stayed but had become a customer within that window, so that nothing can be said.
        ``private``: see `private_rows`; what is told there of money is NaN, as are closings, falls and rises of few.
    verdict_customers, verdict_value, verdict_closed : str
        On the loss of customers, of value, and of customers by recorded closing: "refuted" (the lower limit exceeds the claim), "supported"
        (the upper limit does not), "open" (neither), "none" (nothing to judge by, or not to be told).
    silent_p : float or None
        How likely so unequal numbers of halved and doubled, of all customers, are where each is as likely as the other; None
        where there is neither. Exact test of McNemar (Psychometrika 12 (1947) 153-157).
    silent_verdict : str
        "more halved", "more doubled" (beyond chance, at 5%), "cannot tell", "none" (nobody did either).
    """

    claim: float
    table: pd.DataFrame
    verdict_customers: Verdict
    verdict_value: Verdict
    verdict_closed: Verdict
    silent_p: float | None = None
    silent_verdict: SilentVerdict = "none"

    @property
    def whole(self) -> pd.Series:
        """The row of all customers."""
        return self.table.set_index("segment").loc[ALL]


def loss_test(sums: pd.DataFrame, *, claim: float, few: int = 1, hidden: Collection[str] = ()) -> LossTest:
    """Test a claim about the annual loss of customers.

    Parameters
    ----------
    sums : DataFrame
        One row per ``segment`` and one called "all": ``customers`` (active a year ago), ``value`` and ``squares`` (the sum of v and of v^2, their
        margin then); ``lost``, ``lost_value``, ``lost_squares``; ``closed``, ``closed_value``, ``closed_squares`` (lost with a recorded
        closing; NULL where none are recorded); ``stayed``, ``stayed_value`` (active at both ends, margin then above zero);
        ``halved``, ``halved_value``, ``halved_fall``; ``doubled``, ``doubled_value``, ``doubled_rise``; ``younger`` (0 where left out).
    claim : float
        The claimed annual rate, such as .01.
    few : int
        Money of fewer customers, and what gives it away, is not told; 1: all is.
    hidden : collection of str
        Segments the money of whose lost is not told for another reason.

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
    counts = ["customers", "lost", "stayed", "halved", "doubled", "younger"]
    table[counts] = table.reindex(columns=counts).fillna(0).astype(int)
    table = _guarded(table, few, hidden)
    whole = table.set_index("segment").loc[ALL]
    return LossTest(
        claim,
        table,
        verdict(whole.low, whole.high, claim),
        verdict(whole.value_low, whole.value_high, claim),
        verdict(whole.closed_low, whole.closed_high, claim),
        *more_of(int(whole.halved), int(whole.doubled), "more halved", "more doubled"),
    )


def more_of(one: int, other: int, more_one: str, more_other: str) -> tuple[float | None, Any]:
    """Test whether there are more of one than of the other, where chance alone makes as many of each.

    Returns
    -------
    float or None, str
        The chance of numbers as unequal; and which there are more of, "cannot tell", or "none".
    """
    if not one + other:
        return None, "none"
    chance = float(binomtest(one, one + other).pvalue)
    if chance > ALPHA:
        return chance, "cannot tell"
    return chance, more_one if one > other else more_other


def private_rows(table: pd.DataFrame) -> "pd.Series[bool]":
    """Say in which rows of a loss test the money of the lost may not be told.

    Of fewer customers than may be told of were lost, or all but so few; or the row would tell such a one by subtraction.
    """
    return table.private.astype(bool)


def _guarded(table: pd.DataFrame, few: int, hidden: Collection[str]) -> pd.DataFrame:
    """Take out the money of few, by segment, and with it that of the next smallest ones; of all only where it is few itself."""
    lost, closed = table.lost, table.closed.fillna(0).astype(int)
    private = _private(table, [lost, table.customers - lost], few) | table.segment.isin(list(hidden))
    parts = {
        (*OF_LOST,): private,
        (*OF_CLOSED,): private | _private(table, [closed, lost - closed], few),
        ("halved_value", "halved_fall"): _private(table, [table.halved], few),
        ("doubled_value", "doubled_rise"): _private(table, [table.doubled], few),
    }
    for columns, away in parts.items():
        table[[*columns]] = table[[*columns]].mask(away)
    return table.assign(private=private)


def _private(table: pd.DataFrame, counts: Sequence[pd.Series], few: int) -> pd.Series:
    """Say of which rows a sum over one of the counted groups would tell of few."""
    names = set[str]()
    for sizes in (count.set_axis(table.segment) for count in counts):
        small = sizes[(sizes > 0) & (sizes < few)]
        parts = sizes.drop(index=ALL)
        # Where the whole is not told, nothing is told by taking from it; nobody hides nobody.
        names |= set(small.index) if ALL in small.index else small_segments(parts[parts > 0], min_group=few)
    return table.segment.isin(list(names))


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
