"""All the answers: boxes by hand, means against numpy, and companies that share a score and little else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from custlib.errors import CustlibError
from custlib.measure.middle_ground import boxes, complete, other_companies
from custlib.measure.nps import score
from custlib.surveying import CSAT, KNOWN, NPS, Scale

TEN = KNOWN[NPS]
HEADS = st.lists(st.integers(0, 50), min_size=11, max_size=11).filter(any)


def told(heads, lowest=0):
    return pd.DataFrame({"score": range(lowest, lowest + len(heads)), "customers": heads})


def test_boxes_by_hand():
    """60 answers: two each of 0 to 4 (below), 5 each of 5 to 8 (middle), 14 of 9 and 16 of 10 (above)."""
    found = boxes(told([2] * 5 + [5] * 4 + [14, 16]), TEN)
    assert found.answers == 60
    assert found.mean.value == pytest.approx((2 * 10 + 5 * 26 + 9 * 14 + 160) / 60)
    parts = {
        name: getattr(found, name).customers
        for name in ("below", "middle", "above", "ok_or_better", "top_2", "bottom")
    }
    assert parts == {"below": 10, "middle": 20, "above": 30, "ok_or_better": 50, "top_2": 30, "bottom": 2}
    assert found.middle.value == pytest.approx(1 / 3)
    assert (found.middle.low, found.middle.high) == pytest.approx(proportion_confint(20, 60, method="wilson"))


def test_of_five_grades_the_top_two_reach_into_the_middle():
    found = boxes(told([1, 2, 3, 4, 10], lowest=1), KNOWN[CSAT])
    assert found.top_2.customers == 14 and found.middle.customers == 7 and found.above.customers == 10
    assert found.bottom.customers == 1 and found.below.customers == 3 and found.ok_or_better.customers == 17


@given(HEADS)
def test_parts_are_everybody_once_and_the_mean_is_that_of_the_answers(heads):
    """The mean and its interval against statsmodels on weighted answers."""
    found = boxes(told(heads), TEN)
    assert found.below.customers + found.middle.customers + found.above.customers == found.answers
    assert found.below.customers + found.ok_or_better.customers == found.answers == sum(heads)
    each = np.repeat(np.arange(11), heads)
    assert found.mean.value == pytest.approx(each.mean())
    if len(each) == 1:
        assert found.mean.low is None and found.mean.high is None
        return
    low, high = DescrStatsW(each).zconfint_mean() if each.std() else (each[0], each[0])
    assert found.mean.low == pytest.approx(max(low, 0), abs=1e-5)
    assert found.mean.high == pytest.approx(min(high, 10), abs=1e-5)


def test_scores_of_nobody_may_be_left_out_and_scores_off_the_scale_not():
    few = pd.DataFrame({"score": [10, 3, 10], "customers": [1, 4, 1]})
    assert complete(few, TEN).customers.tolist() == [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 2]
    assert boxes(few, TEN) == boxes(complete(few, TEN), TEN)
    with pytest.raises(CustlibError, match="score 0 is not on the scale from 1 to 10"):
        complete(told([1, 2]), Scale(lowest=1, highest=10, middle=[5, 8]))


def test_of_nobody_nothing_is_said():
    with pytest.raises(CustlibError, match="nobody answered"):
        boxes(told([0] * 11), TEN)


def portraits(heads, scale=TEN):
    rows = told(heads, lowest=scale.lowest)
    return {each.name: each for each in other_companies(score(rows), scale, rows)}


def test_companies_with_our_score_by_hand():
    """20 detractors, 30 passives, 50 promoters: 70 passives and 30 promoters, or 35 and 65 without any passive."""
    found = portraits([5, 0, 0, 0, 5, 0, 10, 10, 20, 30, 20])
    classes = {name: (each.detractors, each.passives, each.promoters) for name, each in found.items()}
    assert classes == {
        "ours": (20, 30, 50),
        "most passives": (0, 70, 30),
        "fewest passives": (35, 0, 65),
        "kindest": (20, 30, 50),
        "harshest": (20, 30, 50),
    }
    # 70 passives in ours' proportion of one 7 to two 8s: 23 and 47; 30 promoters three 9s to two 10s: 18 and 12.
    assert found["most passives"].distribution.customers.tolist()[7:] == [23, 47, 18, 12]
    assert found["kindest"].distribution.customers.tolist() == [0] * 6 + [20, 0, 30, 0, 50]
    assert found["harshest"].distribution.customers.tolist() == [20] + [0] * 6 + [30, 0, 50, 0]
    assert found["kindest"].mean == pytest.approx(8.6) and found["harshest"].mean == pytest.approx(6.6)
    assert found["kindest"].ok_or_better == 1.0 and found["harshest"].ok_or_better == 0.8


def test_an_odd_number_leaves_one_passive_and_a_negative_score_is_turned():
    found = portraits([3, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1])
    fewest = found["fewest passives"]
    assert (fewest.detractors, fewest.passives, fewest.promoters) == (4, 0, 2)
    assert (found["most passives"].detractors, found["most passives"].promoters) == (2, 0)
    odd = portraits([3, 0, 0, 0, 0, 0, 0, 3, 0, 0, 1])["fewest passives"]
    assert (odd.detractors, odd.passives, odd.promoters) == (4, 1, 2)


@given(HEADS)
def test_every_company_has_our_score_exactly_and_as_many_answers(heads):
    ours = score(told(heads))
    found = portraits(heads)
    for each in found.values():
        theirs = score(each.distribution)
        assert theirs.answers == ours.answers
        assert theirs.promoters - theirs.detractors == ours.promoters - ours.detractors
        assert (theirs.promoters, theirs.passives, theirs.detractors) == (
            each.promoters,
            each.passives,
            each.detractors,
        )
        assert (each.distribution.customers >= 0).all()
        assert each.mean == pytest.approx(boxes(each.distribution, TEN).mean.value)
    passives = [each.passives for each in found.values()]
    assert (
        found["most passives"].passives
        == max(passives)
        == ours.answers - abs(ours.promoters - ours.detractors)
    )
    assert found["fewest passives"].passives == min(min(passives), 1) == passives[2] <= 1
    assert found["harshest"].mean <= found["ours"].mean <= found["kindest"].mean


def test_on_a_scale_from_one_the_harshest_is_a_one():
    found = portraits([1, 1, 0, 0, 0, 0, 4, 4, 5, 5], Scale(lowest=1, highest=10, middle=[5, 8]))
    assert found["harshest"].distribution.set_index("score").customers[1] == 2


def test_a_score_of_other_answers_is_refused():
    rows = told([1] * 11)
    with pytest.raises(CustlibError, match="not the score of these answers"):
        other_companies(score(told([2] * 11)), TEN, rows)
