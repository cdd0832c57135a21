"""Cohorts compared at equal age: published intervals, who may be compared, and what the figures say."""

from datetime import date
from decimal import Decimal
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from custlib.measure import generations
from custlib.measure.cohorts import follow
from custlib.measure.difference import (
    FEW_CUSTOMERS,
    FEW_MONTHS,
    Difference,
    Sums,
    across_months,
    mean_difference,
    share_difference,
)
from custlib.measure.generations import Generation
from custlib.periods import add_months, months_between


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_published_intervals(counts, low, high):
    """Table II, method 10, of Newcombe (Statistics in Medicine 17, 1998)."""
    found = share_difference(*counts)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert found.change == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])


def test_nobody_cannot_be_compared():
    assert share_difference(0, 0, 3, 10) is None
    assert mean_difference(Sums(1, Decimal(3), Decimal(9)), Sums(9, Decimal(3), Decimal(9))) is None
    # Where nobody differs from anybody there is nothing to measure an error by.
    assert mean_difference(Sums(4, Decimal(8), Decimal(16)), Sums(4, Decimal(4), Decimal(4))) is None


@pytest.mark.filterwarnings("ignore:Precision loss")
@settings(deadline=None)
@given(
    st.lists(st.integers(-900, 9000), min_size=2, max_size=40),
    st.lists(st.integers(-900, 9000), min_size=2, max_size=40),
)
def test_welch_from_sums_is_welch_from_rows(now, then):
    """The engine gives sums and squares; the interval is the one of the single values."""
    sums = [
        Sums(len(rows), Decimal(sum(rows)) / 100, Decimal(sum(r * r for r in rows)) / 10_000)
        for rows in (now, then)
    ]
    found = mean_difference(*sums)
    a, b = (np.array(rows) / 100 for rows in (now, then))
    error = sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    if error < 1e-9:
        assert found is None
        return
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert (found.low + found.high) / 2 == pytest.approx(a.mean() - b.mean(), abs=1e-9)
    # The half-width over the error is the quantile of the same t distribution.
    freedom = expected.df
    assert (found.high - found.low) / 2 == pytest.approx(stats.t.ppf(0.975, freedom) * error, rel=1e-6)
    assert (found.low > 0 or found.high < 0) == (expected.pvalue < 0.05) or abs(expected.pvalue - 0.05) < 1e-6


START = date(2022, 1, 1)


def cohorts(months, month, *, size=40, active=None, margin=None):
    """Follow equal cohorts: `months` after START, each with a given activity and margin at each age."""
    won = [add_months(START, n) for n in months]
    sizes = pd.DataFrame(
        [("joined", m, size, 0, None) for m in won],
        columns=["origin", "cohort", "customers", "known", "cost"],
        dtype=object,
    )
    ages = [(m, add_months(m, k), k) for m in won for k in range(months_between(m, month) + 1)]
    activity = pd.DataFrame(
        [(m, at, (active or (lambda m, k: size))(m, k)) for m, at, k in ages],
        columns=["cohort", "month", "active"],
        dtype=object,
    )
    money = pd.DataFrame(
        [("joined", m, at, (margin or (lambda m, k: Decimal(10)))(m, k), size) for m, at, k in ages],
        columns=["origin", "cohort", "month", "margin", "customers"], dtype=object,
    )  # fmt: skip
    return follow(sizes, activity, money, month=month, money_start=START)


def planned(found, *, first=START, window=3, min_group=30):
    return generations.plan(found, first=first, window=window, min_group=min_group)


def test_years_are_compared_where_two_fit_and_their_youngest_have_had_half_a_year():
    month = add_months(START, 35)
    plan = planned(cohorts(range(36), month))
    assert (plan.length, plan.age) == (12, 6)
    assert plan.latest == Generation(add_months(START, 18), add_months(START, 29), 480)
    assert plan.earlier == Generation(add_months(START, 6), add_months(START, 17), 480)
    assert len(plan.generations) == 2  # the six months before are no whole group


def test_an_age_below_the_window_is_taken_only_where_the_data_allow_no_other():
    month = add_months(START, 35)
    plan = planned(cohorts(range(36), month), window=12)
    assert (plan.length, plan.age, plan.latest.last) == (12, 12, add_months(START, 23))
    plan = planned(cohorts(range(32), add_months(START, 31)), window=12)
    assert (plan.length, plan.age, plan.latest.last) == (12, 6, add_months(START, 25))


def test_short_data_compare_quarters_or_months_and_few_compare_nothing():
    plan = planned(cohorts(range(12), add_months(START, 11)))
    assert (plan.length, plan.age) == (3, 3) and plan.latest.name == "2022-07 to 2022-09"
    plan = planned(cohorts(range(4), add_months(START, 3)), window=1)
    assert (plan.length, plan.age, plan.latest.name, plan.earlier.name) == (1, 1, "2022-03", "2022-02")
    assert planned(cohorts([0], add_months(START, 9))) is None
    assert planned(cohorts([], add_months(START, 9))) is None
    assert planned(cohorts(range(4), add_months(START, 3), size=9), window=1) is None


def test_a_company_that_stopped_winning_compares_its_last_months_at_the_longest_age():
    """Three cohorts and nothing for fifteen months, as in CDNOW."""
    plan = planned(cohorts(range(3), add_months(START, 17)), window=12)
    assert (plan.length, plan.age) == (1, 12) and [g.first for g in plan.generations] == [
        add_months(START, n) for n in (2, 1, 0)
    ]


def test_months_in_which_nobody_can_be_told_to_be_new_are_in_no_group():
    found = cohorts(range(3, 12), add_months(START, 11))
    plan = planned(found, first=add_months(START, 3))
    assert [g.name for g in plan.generations] == ["2022-07 to 2022-09", "2022-04 to 2022-06"]
    plan = planned(found, first=add_months(START, 5))
    assert plan.length == 1  # April and May are missing, so no second quarter is whole


@settings(deadline=None)
@given(st.sets(st.integers(0, 40), min_size=1), st.integers(1, 12), st.integers(0, 41))
def test_nobody_is_compared_at_an_age_not_reached(months, window, end):
    month = add_months(START, max(end, max(months)))
    found = cohorts(sorted(months), month)
    plan = planned(found, window=window)
    if plan is None:
        return
    for generation in plan.generations:
        assert months_between(generation.first, generation.last) == plan.length - 1
        assert months_between(generation.last, month) >= plan.age
        line = generations.curve(found, generation)
        assert list(line.age) == list(range(months_between(generation.last, month) + 1))[:37]
        assert len(line) > plan.age


def test_activity_and_second_purchases_at_equal_age_by_hand():
    month = add_months(START, 35)
    late = add_months(START, 18)
    found = cohorts(range(36), month, active=lambda m, k: (20 if m >= late else 30) if k == 6 else 40)
    plan = planned(found)
    active = generations.active_difference(found, plan)
    assert (active.now, active.then, active.n_now, active.n_then) == (0.5, 0.75, 480, 480)
    assert active.measurable and active.change == -0.25
    rows = [(add_months(START, n), months, 20) for n in range(36) for months in (6, 7, None)]
    second = pd.DataFrame(rows, columns=["first", "months", "customers"], dtype=object)
    again = generations.again_difference(second, plan)
    assert (again.now, again.then, again.n_now) == (pytest.approx(1 / 3), pytest.approx(1 / 3), 720)
    assert not again.measurable


def test_margin_and_its_curve_at_equal_age_by_hand():
    month = add_months(START, 35)
    found = cohorts(range(36), month)
    plan = planned(found)
    # Forty customers bring 10 a month, so that each has brought 0.25 by age 0 and 1.75 by age 6.
    line = generations.curve(found, plan.latest)
    assert list(line.value)[:2] == [Decimal("0.25"), Decimal("0.5")] and len(line) == 7
    assert len(generations.curve(found, plan.earlier)) == 19
    assert list(generations.curve(found, plan.earlier, longest=3).age) == [0, 1, 2, 3]
    brought = pd.DataFrame(
        [(add_months(START, n), 40, Decimal(70), Decimal(200)) for n in range(36)],
        columns=["cohort", "customers", "margin", "squares"], dtype=object,
    )  # fmt: skip
    margin = generations.margin_difference(brought, plan)
    assert margin.now == margin.then == Decimal("1.75") and (margin.n_now, margin.n_then) == (480, 480)
    # Variance of a single customer: (200 - 70^2/40)/39 in each month, pooled over twelve.
    spread = (12 * 200 - (12 * 70) ** 2 / 480) / 479
    assert margin.high == pytest.approx(stats.t.ppf(0.975, 958) * sqrt(2 * spread / 480))


def test_what_it_cost_to_win_a_group_is_known_when_it_is_of_each_cohort():
    found = cohorts(range(36), add_months(START, 35))
    plan = planned(found)
    assert generations.cost_per_head(found, plan.latest) is None
    cost = found.cost.where(found.cost.notna(), Decimal(12))
    known = type(found)(**{**found.__dict__, "cost": cost})
    assert generations.cost_per_head(known, plan.latest) == 12


def test_figures_of_a_comparison_and_of_none():
    month = add_months(START, 35)
    found = cohorts(range(36), month)
    plan = planned(found)
    differences = {"active": generations.active_difference(found, plan), "again": None}
    rows = list(generations.generation_figures(plan, differences, currency="EUR"))
    named = {(f.measure, f.segment): f for f in rows}
    assert named["joiners_active_share", "2023-07 to 2024-06"].value == 1.0
    assert (
        named["joiners_active_difference", "all"].value == 0
        and named["joiners_active_difference", "all"].low < 0
    )
    assert {named[f"joiners_{key}_difference", "all"].status for key in ("second_purchase", "margin")} == {
        "not_available"
    }
    none = list(generations.generation_figures(None, {}, currency="EUR"))
    assert {f.status for f in none} == {"not_available"} and len(none) == 3


def test_months_that_differ_among_themselves_widen_the_interval_by_hand():
    """Three months of 40 customers each: 10, 20, 30 on average against 12, 22, 32."""
    narrow = Difference(22.0, 20.0, 1.5, 2.5, 120, 120, error=0.1)
    found = across_months(narrow, [(40, 480), (40, 880), (40, 1280)], [(40, 400), (40, 800), (40, 1200)])
    # Each mean has the variance (400^2 + 0 + 400^2) * 3/2 / 120^2 = 100/3, on two degrees of freedom.
    reach = stats.t.ppf(0.975, 4) * sqrt(200 / 3)
    assert (found.low, found.high) == (pytest.approx(2 - reach), pytest.approx(2 + reach))
    assert narrow.measurable and not found.measurable
    # Months as alike as chance makes them leave the customers' own interval.
    alike = [(40, 800), (40, 801), (40, 799)]
    assert across_months(narrow, alike, alike) == narrow


def test_neither_few_months_nor_few_customers_are_told_of():
    sums = Sums(99, Decimal(9900), Decimal(9900 * 101)), Sums(900, Decimal(900), Decimal(901))
    few = mean_difference(*sums)
    assert few.low > 0 and few.cannot == FEW_CUSTOMERS and not few.measurable
    sure = mean_difference(Sums(100, Decimal(9900), Decimal(9900 * 101)), sums[1])
    assert sure.measurable
    one = across_months(sure, [(100, 9900)], [(900, 900)])
    assert one.cannot == FEW_MONTHS and not one.measurable and (one.low, one.high) == (sure.low, sure.high)


@pytest.mark.parametrize(("months", "shock", "lowest"), [(12, 0.0, 0.92), (12, 0.4, 0.91), (3, 0.4, 0.90)])
def test_intervals_hold_what_they_promise_under_skew_and_shocks_of_months(months, shock, lowest):
    """Two groups of one process, drawn over and over: 95% of the intervals should hold zero."""
    draw = np.random.default_rng(11)
    held = alone = 0
    runs, size = 400, 50
    for _ in range(runs):
        sums, by_month = [], []
        for _group in range(2):
            level = draw.normal(1.0, shock, (months, 1))
            rows = draw.lognormal(0.0, 1.0, (months, size)) * level
            each = Sums(rows.size, Decimal(float(rows.sum())), Decimal(float((rows * rows).sum())))
            sums.append(each)
            by_month.append([(size, Decimal(float(total))) for total in rows.sum(axis=1)])
        customers = mean_difference(*sums)
        found = across_months(customers, *by_month)
        held += found.low <= 0 <= found.high
        alone += customers.low <= 0 <= customers.high
    assert held / runs >= lowest
    # Without the months the interval would be far too short wherever months have something in common.
    assert not shock or alone / runs < 0.8
