"""The Net Promoter Score: published numbers, coverage of its intervals, and tests of its difference."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multinomial

from custlib.errors import CustlibError
from custlib.measure.nps import (
    answers_for_margin,
    classes,
    difference,
    sample_size,
    score,
    score_of,
    signs,
)

COUNTS = st.tuples(*[st.integers(0, 400)] * 3).filter(any)


def of(detractors, passives, promoters):
    return score_of(promoters=promoters, passives=passives, detractors=detractors)


def test_the_published_example():
    """Rocks, The American Statistician 70:4 (2016): 20 detractors, 30 passives, 50 promoters."""
    found = of(20, 30, 50)
    assert found.answers == 100 and found.nps == pytest.approx(0.30, abs=1e-12)
    assert found.variance == pytest.approx(0.61, abs=1e-12)
    assert round(found.se, 4) == 0.0781
    assert (round(found.adjusted.low, 4), round(found.adjusted.high, 4)) == (0.1405, 0.4420)
    assert (round(found.wald.low, 4), round(found.wald.high, 4)) == (0.1469, 0.4531)


@pytest.mark.parametrize(
    ("counts", "variance"), [((20, 30, 50), 0.61), ((10, 50, 40), 0.41), ((30, 10, 60), 0.81)]
)
def test_three_bases_have_one_score_and_three_variances(counts, variance):
    found = of(*counts)
    assert found.nps == pytest.approx(0.30, abs=1e-12) and found.variance == pytest.approx(
        variance, abs=1e-12
    )


@given(st.lists(st.integers(0, 10), min_size=2, max_size=60))
def test_a_score_is_the_mean_of_its_answers_and_its_variance_theirs(given_scores):
    """Against numpy on the answers one by one."""
    told = pd.Series(given_scores).value_counts().rename("customers").rename_axis("score").reset_index()
    found = score(told)
    each = np.array([1 if one >= 9 else -1 if one <= 6 else 0 for one in given_scores])
    assert found.answers == len(each)
    assert found.nps == pytest.approx(each.mean(), abs=1e-12)
    assert found.variance == pytest.approx(each.var(), abs=1e-12)
    assert found.promoter_share + found.passive_share + found.detractor_share == pytest.approx(1)


def test_classes_change_at_seven_and_at_nine():
    assert classes(range(11)) == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
    assert signs(pd.Series([6, 7, 8, 9])).tolist() == [-1, 0, 0, 1]


def test_of_nobody_there_is_no_score():
    with pytest.raises(CustlibError, match="nobody answered"):
        of(0, 0, 0)
    with pytest.raises(CustlibError, match="nobody answered"):
        score(pd.DataFrame({"score": [0, 10], "customers": [0, 0]}))
    with pytest.raises(CustlibError, match="whole numbers"):
        of(-1, 0, 4)


@given(COUNTS)
def test_intervals_stay_on_the_scale_and_the_adjusted_one_is_never_of_no_width(counts):
    found = of(*counts)
    for limits in (found.wald, found.adjusted):
        assert -1 <= limits.low <= limits.high <= 1
    assert found.adjusted.low < found.adjusted.high
    assert found.wald.holds(found.nps)


@given(COUNTS)
def test_turned_around_a_score_changes_its_sign_and_nothing_else(counts):
    one, other = of(*counts), of(*reversed(counts))
    assert one.nps == pytest.approx(-other.nps)
    assert one.adjusted.low == pytest.approx(-other.adjusted.high)


# Promoters, passives and detractors in the base: from even to hardly any who differ.
TRUTHS = [(0.5, 0.3, 0.2), (0.2, 0.3, 0.5), (0.8, 0.15, 0.05), (0.9, 0.08, 0.02), (0.1, 0.8, 0.1)]
DRAWS = 20_000


def every_way(answers):
    """Give every way that so many can answer, once."""
    return [
        (promoters, answers - promoters - detractors, detractors)
        for promoters in range(answers + 1)
        for detractors in range(answers + 1 - promoters)
    ]


@pytest.mark.parametrize(("answers", "least"), [(10, 0.925), (20, 0.945), (30, 0.945), (50, 0.945)])
def test_the_adjusted_interval_holds_the_truth_where_the_plain_one_fails(answers, least):
    """On simulated samples, and exactly: the chance of each way to answer, added up over those whose interval holds the truth."""
    ways = every_way(answers)
    place = {way: number for number, way in enumerate(ways)}
    found = [score_of(promoters=way[0], passives=way[1], detractors=way[2]) for way in ways]
    rng = np.random.default_rng(answers)
    held = {"wald": [], "adjusted": []}
    for truth in TRUTHS:
        seen, times = np.unique(rng.multinomial(answers, truth, DRAWS), axis=0, return_counts=True)
        drawn = np.zeros(len(ways))
        drawn[[place[tuple(row)] for row in seen.tolist()]] = times / DRAWS
        chance = multinomial.pmf(np.array(ways), answers, truth)
        for kind, shares in held.items():
            inside = np.array([getattr(each, kind).holds(truth[0] - truth[2]) for each in found])
            exact = float(chance @ inside)
            assert float(drawn @ inside) == pytest.approx(exact, abs=4 * sqrt(0.25 / DRAWS))
            shares.append(exact)
    assert min(held["adjusted"]) > least > min(held["wald"]) + 0.01
    assert np.mean(held["wald"]) < 0.94 < np.mean(held["adjusted"])


def test_a_difference_by_hand():
    """Half of the adjustment goes to each: 50.375/101.5 less 20.375/101.5, and 45.375/101.5 less 25.375/101.5."""
    found = difference(of(20, 30, 50), of(25, 30, 45))
    assert found.value == pytest.approx(0.10)
    now, before = (50.375 - 20.375) / 101.5, (45.375 - 25.375) / 101.5
    squares = [70.75 / 101.5 - each**2 for each in (now, before)]
    error = sqrt(sum(squares) / 101.5)
    assert found.se == pytest.approx(error) and found.z == pytest.approx((now - before) / error)
    assert (found.low, found.high) == pytest.approx(
        (now - before - 1.959964 * error, now - before + 1.959964 * error)
    )
    assert not found.measurable and found.p == pytest.approx(0.378, abs=5e-4)


@given(COUNTS, COUNTS)
def test_a_difference_is_measurable_where_its_chance_is_below_one_in_twenty(one, other):
    found, back = difference(of(*one), of(*other)), difference(of(*other), of(*one))
    assert found.measurable == (found.p < 0.05) or abs(found.p - 0.05) < 1e-6
    assert found.value == pytest.approx(-back.value) and found.p == pytest.approx(back.p)
    assert found.low <= found.high


@pytest.mark.parametrize(
    ("now", "before"), [((0.5, 0.3, 0.2), (0.5, 0.3, 0.2)), ((0.9, 0.08, 0.02), (0.6, 0.3, 0.1))]
)
@pytest.mark.parametrize("answers", [(30, 30), (50, 20), (100, 100)])
def test_the_interval_of_a_difference_holds_the_truth(now, before, answers):
    rng = np.random.default_rng(sum(answers))
    drawn = [
        rng.multinomial(many, truth, 3_000).tolist()
        for many, truth in zip(answers, (now, before), strict=True)
    ]
    truth = now[0] - now[2] - before[0] + before[2]
    held = 0
    for one, other in zip(*drawn, strict=True):
        found = difference(of(*reversed(one)), of(*reversed(other)))
        held += found.low <= truth <= found.high
    assert 0.935 < held / 3_000 < 0.98


def paired(seed, customers=400, alike=0.8):
    """Draw two answers each: the second is the first again of the share `alike`, else a new one."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 11, customers)
    second = np.where(rng.random(customers) < alike, first, rng.integers(0, 11, customers))
    return first, second


def counted(scores):
    return score(pd.DataFrame({"score": scores, "customers": 1}))


def test_who_answers_twice_makes_a_change_surer():
    """All answer twice: the variance is that of the individual differences, but for the answers added."""
    first, second = paired(1, customers=40_000)
    both = pd.DataFrame({"before": first, "now": second, "customers": 1})
    found = difference(counted(second), counted(first), both)
    alone = difference(counted(second), counted(first))
    steps = signs(second) - signs(first)
    assert found.se == pytest.approx(steps.std() / sqrt(len(steps)), rel=1e-3)
    assert found.se < 0.5 * alone.se and found.in_both == 40_000 and alone.in_both == 0


def test_pairs_of_some_count_for_some():
    """Against the sum of squared influences, customer by customer."""
    first, second = paired(2)
    early, late = first[:300], second[100:]
    both = pd.DataFrame({"before": first[100:300], "now": second[100:300], "customers": 1})
    found = difference(counted(late), counted(early), both)
    influence = np.zeros(400)
    influence[100:] += (signs(late) - counted(late).nps) / 300
    influence[:300] -= (signs(early) - counted(early).nps) / 300
    assert found.se == pytest.approx(sqrt((influence**2).sum()), rel=6e-3)


def test_nobody_answers_twice_who_did_not_answer():
    both = pd.DataFrame({"before": [9], "now": [9], "customers": [11]})
    with pytest.raises(CustlibError, match="answered on both sides"):
        difference(of(2, 3, 5), of(2, 3, 50), both)


def test_how_many_answers_it_takes():
    """At variance .61: some 940 for plus or minus five points, some 3,800 in each wave to see a change of five."""
    assert answers_for_margin(0.61, 0.05) == 938
    assert sample_size(0.61, 0.05) == 3831
    assert sample_size(0.61, 0.10) == 958 and sample_size(0.61, -0.10) == 958
    assert sample_size(0.61, 0.05, power=0.9) > 3831 < sample_size(0.61, 0.05, level=0.01)
    assert sample_size(0.0, 0.05) == 1
    for wrong in ({"change": 0.0}, {"change": 0.1, "power": 1.0}, {"change": 0.1, "level": 0.0}):
        with pytest.raises(CustlibError):
            sample_size(0.61, **wrong)
    with pytest.raises(CustlibError):
        answers_for_margin(0.61, 0.0)


def test_with_so_many_answers_the_change_is_seen_four_times_in_five():
    now, before = (0.525, 0.30, 0.175), (0.475, 0.30, 0.225)  # ten points
    variance = (0.7 - 0.35**2 + 0.7 - 0.25**2) / 2
    many = sample_size(variance, 0.10)
    rng = np.random.default_rng(8)
    seen = [
        difference(of(*map(int, reversed(one))), of(*map(int, reversed(other)))).measurable
        for one, other in zip(
            rng.multinomial(many, now, 2_000), rng.multinomial(many, before, 2_000), strict=True
        )
    ]
    assert np.mean(seen) == pytest.approx(0.80, abs=0.03)
