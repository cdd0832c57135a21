"""Is one group of customers different from another? Both are taken as samples of how customers like them behave."""

from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, sqrt

from scipy import stats
from statsmodels.stats.proportion import proportion_confint

ALPHA = 0.05


@dataclass(frozen=True)
class Difference:
    """A figure of one group less the same figure of an earlier one, with its 95% interval.

    Attributes
    ----------
    now, then : float or Decimal
        The two groups' figures: shares, or money per customer.
    low, high : float
        Limits of the difference.
    n_now, n_then : int
        Customers in each group.
    """

    now: float | Decimal
    then: float | Decimal
    low: float
    high: float
    n_now: int
    n_then: int

    @property
    def change(self) -> float:
        """The difference itself."""
        return float(self.now) - float(self.then)

    @property
    def measurable(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Sums:
    """What a mean and its standard error are made of: customers, sum and sum of squares."""

    customers: int
    total: Decimal
    squares: Decimal

    @property
    def mean(self) -> Decimal:
        """The sum per customer."""
        return self.total / self.customers

    @property
    def error(self) -> float:
        """Standard error of the mean, squared."""
        n = self.customers
        spread = max(self.squares - self.total * self.total / n, Decimal(0))
        return float(spread / (n - 1) / n)


def share_difference(now: int, n_now: int, then: int, n_then: int) -> Difference | None:
    """Compare two shares by Newcombe's hybrid score interval.

    Parameters
    ----------
    now, then : int
        Customers of each group with the property.

    Returns
    -------
    Difference or None
        None where a group is empty.

    References
    ----------
    R. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17 (1998) 873-890, method 10. doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    """
    if not n_now or not n_then:
        return None
    p, q = now / n_now, then / n_then
    low_p, high_p = proportion_confint(now, n_now, ALPHA, "wilson")
    low_q, high_q = proportion_confint(then, n_then, ALPHA, "wilson")
    down = sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    up = sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return Difference(p, q, p - q - down, p - q + up, n_now, n_then)


def mean_difference(now: Sums, then: Sums) -> Difference | None:
    """Compare two means by Welch's interval.

    Returns
    -------
    Difference or None
        None where a group has fewer than two customers, or nobody differs from anybody. Margins are skewed:
        with few customers the true coverage lies below 95%.

    References
    ----------
    B. L. Welch, The generalization of Student's problem, Biometrika 34 (1947) 28-35.
    doi:10.1093/biomet/34.1-2.28
    """
    if min(now.customers, then.customers) < 2:
        return None
    a, b = now.error, then.error
    if a + b == 0:
        return None
    freedom = (a + b) ** 2 / (a**2 / (now.customers - 1) + b**2 / (then.customers - 1))
    reach = float(stats.t.ppf(1 - ALPHA / 2, freedom)) * sqrt(a + b)
    if not isfinite(reach):
        return None
    change = float(now.mean - then.mean)
    return Difference(now.mean, then.mean, change - reach, change + reach, now.customers, then.customers)
