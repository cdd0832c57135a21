"""Credibility by hand, on drawn customers, and where there is nothing to tell apart."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from custlib.measure.clv import credibility


def sums(customers):
    """Add customers' months up by how many they have."""
    rows = [(len(m), 1, sum(m), sum(m) ** 2, sum(z * z for z in m)) for m in customers]
    table = pd.DataFrame(rows, columns=["x", "customers", "total", "total_squares", "squares"])
    return table.groupby("x", as_index=False).sum()


def test_three_customers_by_hand():
    """Months 10 14, 2 6 4 and 8.

    Within: (8 + 8 + 0) / (1 + 2 + 0) = 16/3. Scatter of means: 288 + 48 + 64 - 44^2 / 6 = 232/3; less 2 x 16/3 is 200/3,
    over 6 - 14/6 = 11/3 gives 200/11. So k = 16/3 / (200/11) = 22/75.
    """
    found = credibility.estimate(sums([(10, 14), (2, 6, 4), (8,)]))
    k = Fraction(22, 75)
    believed = [Fraction(x) / (k + x) for x in (2, 3, 1)]
    mu = sum(z * mean for z, mean in zip(believed, (12, 4, 8), strict=True)) / sum(believed)
    assert (found.within, found.between) == pytest.approx((16 / 3, 200 / 11))
    assert (found.k, found.mu) == pytest.approx((float(k), float(mu)))
    assert found.customers == 3


def test_three_customers_by_hand_where_days_are_counted():
    """Months of margin (days): 30 (3) and 10 (2); 8 (1), 18 (3) and 4 (1); 12 (2).

    Within: 300 + 50 - 40^2 / 5 = 30, and 64 + 108 + 16 - 30^2 / 5 = 8, and 0: 38 / (1 + 2 + 0). Scatter of means: 320 + 180
    + 72 - 82^2 / 12 = 35/3; less 2 x 38/3 is -41/3: the three differ by less than chance would make them.
    With 60 in place of 30 in the first month: 1200 + 50 - 980 = 270, so (270 + 8) / 3; 980 + 180 + 72 - 112^2 / 12 = 560/3,
    less 2 x 278/3 is 4/3, over 12 - 54/12 = 7.5 gives 8/45.
    """

    def table(first):
        rows = [(5, 1, first + 10, (first + 10) ** 2, first**2 / 3 + 100 / 2, 2),
                (5, 1, 30, 900, 64 + 108 + 16, 3), (2, 1, 12, 144, 72, 1)]  # fmt: skip
        names = ["x", "customers", "total", "total_squares", "squares", "months"]
        return pd.DataFrame(rows, columns=names).groupby("x", as_index=False).sum()

    none = credibility.estimate(table(30))
    assert none.within == pytest.approx(38 / 3) and none.between < 0 and np.isinf(none.k)
    found = credibility.estimate(table(60))
    assert (found.within, found.between) == pytest.approx((278 / 3, 8 / 45))
    assert found.k == pytest.approx(278 / 3 * 45 / 8)


def test_days_bring_the_truth_though_only_months_are_seen():
    """Days scatter by 9 about means that scatter by 3: k = 81 / 9; months hold one to six days."""
    rng = np.random.default_rng(3)
    rows = []
    for mean in rng.normal(20, 3, 20_000):
        days = rng.integers(1, 7, rng.integers(1, 6))
        money = mean * days + 9 * np.sqrt(days) * rng.normal(size=len(days))
        total = money.sum()
        rows.append((days.sum(), 1, total, total**2, (money**2 / days).sum(), len(days)))
    names = ["x", "customers", "total", "total_squares", "squares", "months"]
    found = credibility.estimate(pd.DataFrame(rows, columns=names))
    assert (found.k, found.mu) == pytest.approx((9, 20), rel=0.05)


def test_silent_customers_tell_nothing():
    silent = pd.DataFrame(
        [(0, 500, 0, 0, 0)], columns=["x", "customers", "total", "total_squares", "squares"]
    )
    table = sums([(10, 14), (2, 6, 4), (8,)])
    assert credibility.estimate(pd.concat([silent, table])) == credibility.estimate(table)


def test_truth_is_recovered_where_margins_are_negative_too():
    rng = np.random.default_rng(1)
    means, lengths = rng.normal(6, 8, 20_000), rng.poisson(3, 20_000)
    months = [rng.normal(mean, 15, x) for mean, x in zip(means, lengths, strict=True)]
    found = credibility.estimate(sums([m for m in months if len(m)]))
    assert (np.concatenate(months) < 0).mean() > 0.3
    # Over companies drawn anew k scatters by .095.
    assert found.k == pytest.approx(225 / 64, abs=4 * 0.095)
    assert found.mu == pytest.approx(6, abs=0.3)
    # What is expected of each is as near as one can come knowing the truth: the linear estimate of its mean.
    x, total = lengths.astype(float), np.array([m.sum() for m in months])
    best, ours = ((k * mu + total) / (k + x) for k, mu in ((225 / 64, 6), (found.k, found.mu)))
    assert ((ours - means) ** 2).mean() < 1.002 * ((best - means) ** 2).mean()


def test_customers_who_differ_by_chance_only_are_all_expected_at_the_mean():
    """10 and 2 within each of two customers with one mean: 64 within, nothing between."""
    found = credibility.estimate(sums([(10, 2), (2, 10), (6,)]))
    assert found.between < 0
    assert np.isinf(found.k) and found.mu == 6


def test_months_that_do_not_differ_are_believed_at_once():
    found = credibility.estimate(sums([(10.1, 10.1, 10.1), (3.3, 3.3), (7.7,)]))
    assert (found.k, found.within) == (0, 0)
    assert found.mu == pytest.approx((10.1 + 3.3 + 7.7) / 3)


def test_no_difference_at_all_is_the_mean():
    found = credibility.estimate(sums([(10.1, 10.1, 10.1), (10.1, 10.1), (10.1,)]))
    assert np.isinf(found.k) and found.mu == pytest.approx(10.1)


@pytest.mark.parametrize("customers", [[], [(5,)], [(5,), (7,)], [(5, 9)], [(5, 9), (3,)]])
def test_fewer_than_two_with_two_months_tell_nothing(customers):
    table = sums(customers) if customers else sums([(1, 2), (3, 4)]).iloc[:0]
    assert credibility.estimate(table) is None
