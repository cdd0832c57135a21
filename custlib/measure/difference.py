"""Is one group of customers different from another? Both are taken as samples of how customers like them behave."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite, sqrt

from scipy import stats
from statsmodels.stats.proportion import proportion_confint

ALPHA = 0.05
# Below so many customers in a group the skew of their margins makes the interval of a mean too short.
FEWEST = 100
# With fewer months in a group nobody can see by how much months differ among themselves.
MONTHS = 3
FEW_CUSTOMERS, FEW_MONTHS = "few customers", "few months"


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
    error : float
        Variance of the difference, as far as customers alone make it.
    cannot : str
        Why nothing can be said of the difference whatever its interval: "few customers", "few months", or "".
    """

    now: float | Decimal
    then: float | Decimal
    low: float
    high: float
    n_now: int
    n_then: int
    error: float = 0.0
    cannot: str = ""

    @property
    def change(self) -> float:
        """The difference itself."""
        return float(self.now) - float(self.then)

    @property
    def measurable(self) -> bool:
        """Whether the interval leaves zero out, and can be relied on."""
        return not self.cannot and (self.low > 0 or self.high < 0)


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
    error = p * (1 - p) / n_now + q * (1 - q) / n_then
    return Difference(p, q, p - q - down, p - q + up, n_now, n_then, error)


def mean_difference(now: Sums, then: Sums) -> Difference | None:
    """Compare two means by Welch's interval.

    Returns
    -------
    Difference or None
        None where a group has fewer than two customers, or nobody differs from anybody. Margins are skewed, and
        with few customers the true coverage lies below 95%: below 100 of them nothing is called measurable.

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
    reach = _reach(a, now.customers - 1, b, then.customers - 1)
    if not isfinite(reach):
        return None
    change = float(now.mean - then.mean)
    heads = now.customers, then.customers
    few = FEW_CUSTOMERS if min(heads) < FEWEST else ""
    return Difference(now.mean, then.mean, change - reach, change + reach, *heads, a + b, few)


def _reach(a: float, freedom_a: int, b: float, freedom_b: int) -> float:
    """Give half the width of Welch's interval from two variances of means and their degrees of freedom."""
    freedom = (a + b) ** 2 / (a**2 / freedom_a + b**2 / freedom_b)
    return float(stats.t.ppf(1 - ALPHA / 2, freedom)) * sqrt(a + b)


Months = Sequence[tuple[int, Decimal | int]]


def across_months(found: Difference, now: Months, then: Months) -> Difference:
    """Widen an interval where months differ among themselves by more than their customers would.

    What all customers of one month share (a campaign, a price) makes them alike, so that they tell less than as
    many strangers would. Then months, not customers, are what was sampled.

    Parameters
    ----------
    now, then : sequence of (int, number)
        Customers of each month of acquisition in the two groups, and the sum of their figure.

    Returns
    -------
    Difference
        With the months' variance, and Welch's interval on months less one, where that variance is the larger one;
        marked as not to be told where a group has fewer than three months.

    References
    ----------
    W. Cochran, Sampling Techniques (3rd ed., 1977), 6.4 and 9A.1: a ratio of sums over clusters.
    """
    a, b = _between(now), _between(then)
    if a is None or b is None:
        return replace(found, cannot=found.cannot or FEW_MONTHS)
    if a[0] + b[0] <= found.error:
        return found
    reach = _reach(*a, *b)
    return replace(found, low=found.change - reach, high=found.change + reach)


def _between(months: Months) -> tuple[float, int] | None:
    """Give the variance of a group's mean as its months make it, with its degrees of freedom."""
    there = [(heads, float(total)) for heads, total in months if heads]
    if len(there) < MONTHS:
        return None
    heads, freedom = sum(n for n, _ in there), len(there) - 1
    mean = sum(total for _, total in there) / heads
    spread = sum((total - mean * n) ** 2 for n, total in there)
    return spread * len(there) / freedom / heads**2, freedom
