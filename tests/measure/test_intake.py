"""Quantity and quality of an intake: by hand, exactly, and with Welch's interval."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from custlib.measure.difference import FEW_MONTHS, Sums
from custlib.measure.intake import intake


def sums(values) -> Sums:
    told = [Decimal(str(value)) for value in values]
    return Sums(len(told), sum(told, Decimal(0)), sum((v * v for v in told), Decimal(0)))


def test_more_customers_but_not_as_good_by_hand():
    # Thirty bring 10 each where twenty brought 12: 300 against 240.
    found = intake(Sums(30, Decimal(300), Decimal(3600)), Sums(20, Decimal(240), Decimal(3000)), months=6)
    assert (found.margin_now, found.margin_then, found.change) == (10, 12, 60)
    assert (found.quantity, found.quality) == (10 * 11, -2 * 25)
    assert found.quantity + found.quality == found.change
    assert found.months == 6


money = st.decimals(-1000, 1000, places=4)
group = st.lists(money, min_size=1, max_size=40).map(sums)


@settings(deadline=None)
@given(group, group)
def test_both_parts_add_up_to_the_change(now, then):
    found = intake(now, then, months=3)
    assert found.quantity + found.quality == Fraction(now.total) - Fraction(then.total)
    back = intake(then, now, months=3)
    assert (back.quantity, back.quality) == (-found.quantity, -found.quality)
    if now.customers == then.customers:
        assert found.quantity == 0
    if Fraction(now.total) * then.customers == Fraction(then.total) * now.customers:
        assert found.quality == 0


def test_the_interval_is_welchs():
    draw = np.random.default_rng(5)
    a, b = draw.gamma(2, 10, 180).round(2), draw.gamma(2, 8, 240).round(2)
    found = intake(sums(a), sums(b), months=6)
    told = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((told.low, told.high), rel=1e-9)
    assert found.low < float(found.margin_now - found.margin_then) < found.high


def test_better_and_worse_are_said_beyond_chance_only():
    draw = np.random.default_rng(6)
    good, poor = draw.normal(30, 5, 200).round(2), draw.normal(20, 5, 200).round(2)
    assert intake(sums(good), sums(poor), months=6).better == 1
    assert intake(sums(poor), sums(good), months=6).better == -1
    assert intake(sums(good), sums(good), months=6).better == 0
    # Below a hundred the interval of a skewed mean is not to be relied on.
    assert intake(sums(good[:50]), sums(poor[:50]), months=6).better == 0


def test_months_that_differ_widen_the_interval():
    draw = np.random.default_rng(7)
    now = [draw.normal(mean, 1, 60).round(2) for mean in (10, 30, 14, 26)]
    then = [draw.normal(mean, 1, 60).round(2) for mean in (12, 24, 13, 23)]
    a, b = sums(np.concatenate(now)), sums(np.concatenate(then))
    by_month = [[(len(v), sums(v).total) for v in each] for each in (now, then)]
    alone = intake(a, b, months=6)
    wide = intake(a, b, months=6, months_now=by_month[0], months_then=by_month[1])
    assert alone.better == 1 and wide.better == 0
    assert wide.low < alone.low and alone.high < wide.high
    assert (wide.quantity, wide.quality) == (alone.quantity, alone.quality)
    short = intake(a, b, months=6, months_now=by_month[0][:2], months_then=by_month[1])
    assert short.difference.cannot == FEW_MONTHS and short.better == 0


def test_without_an_interval_the_parts_stand():
    found = intake(sums([5]), sums([3, 4]), months=1)
    assert (found.low, found.high, found.better) == (None, None, 0)
    assert found.quantity + found.quality == -2
    assert intake(sums([]), sums([1]), months=1) is None
    assert intake(sums([1]), sums([]), months=1) is None
