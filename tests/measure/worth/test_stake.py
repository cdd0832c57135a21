"""Value at stake by hand, what adds up, and programmes set against their cost."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.errors import UsageError
from custlib.measure.worth import simulate, stake
from custlib.measure.worth.stake import REACH_OF_ALL
from custlib.surveying import Scale

# 1 to 4, with 2 and 3 the middle: one score for each of two programmes
SCALE = Scale(lowest=1, highest=4, middle=[2, 3])


def worth(
    retention=(0.5, 0.8, 0.9, 0.9), earned=(10.0, 20.0, 30.0, 30.0), error=0.01, means=(1.0, 2.0, 3.0, 4.0)
):
    covariance = np.diag([error**2] * len(retention) + [(100 * error) ** 2] * len(earned))
    return SimpleNamespace(
        few=False, fitted=True, scale=SCALE, months=6, verdict="other", groups=pd.DataFrame({"mean": means}),
        retention=np.array(retention), earned=np.array(earned), covariance=covariance,
    )  # fmt: skip


def standing(customers=(100, 200, 300, 400), clv=(60.0, 100.0, 120.0, None)):
    return pd.DataFrame({"score": range(1, 5), "customers": customers, "clv": clv})


def test_by_hand():
    """At 1: 100 ((.8 - .5) (60 - 10) / .5 + 10) = 4,000; at 2: 200 (.1 x 80 / .8 + 10) = 4,000; at 3 nothing."""
    found = stake(worth(), standing())
    assert found.scores.value.tolist() == pytest.approx([4000, 4000, 0])
    rows = found.programmes.set_index("programme")
    assert rows.value.to_dict() == pytest.approx({"fix_basics": 4000, "move_middle": 4000, "delight": 0})
    assert rows.customers.to_dict() == {"fix_basics": 100, "move_middle": 500, "delight": 0}
    assert found.customers == 1000
    # at 1: d/d rho1 = -100 x 50 x .8 / .25 = -16,000; d/d rho2 = 100 x 50 / .5 = 10,000;
    # d/d E1 = -100 - 100 x .6 = -160; d/d E2 = 100; errors .01 and 1
    error = np.sqrt(160**2 + 100**2 + 160**2 + 100**2)
    assert found.scores.high[0] - 4000 == pytest.approx(1.959964 * error)
    assert rows.high["fix_basics"] - 4000 == pytest.approx(REACH_OF_ALL * error)
    assert rows.measurable.to_dict() == {"fix_basics": True, "move_middle": True, "delight": False}


def test_errors_that_neighbours_share_are_not_counted_twice():
    """What is gained to a score is not gained from it: an error of retention at 2 lifts one step and lowers the next."""
    found = stake(worth(), standing())
    both = found.scores.high - found.scores.value
    joint = found.programmes.set_index("programme").high["move_middle"] - 4000
    assert joint / REACH_OF_ALL < np.hypot(both[1], both[2]) / 1.959964


def test_within_a_group_the_difference_is_spread_by_points():
    """Groups 1-2 and 3-4 with means 1.5 and 3.5: half of the difference lies between 2 and 3, a quarter on either side."""
    found = stake(worth((0.6, 0.8), (0.0, 0.0), means=(1.5, 3.5)), standing())
    assert found.scores.retention.tolist() == pytest.approx([0.6, 0.65, 0.75])
    assert found.scores.gain_retention.tolist() == pytest.approx([0.05, 0.1, 0.05])


@given(
    st.lists(st.floats(0.3, 0.99), min_size=4, max_size=4),
    st.lists(st.floats(-50, 50), min_size=4, max_size=4),
    st.lists(st.floats(0, 1e6), min_size=4, max_size=4),
)
def test_programmes_add_up_to_scores_and_scores_to_the_base(retention, earned, customers):
    if not sum(customers) > 0:
        return
    found = stake(worth(retention, earned), standing(customers))
    assert found.programmes.value.sum() == pytest.approx(found.scores.value.sum(), abs=1e-3)
    assert found.scores.customers.sum() + customers[-1] == pytest.approx(found.customers) == sum(customers)
    assert ((found.scores.low <= found.scores.value) & (found.scores.value <= found.scores.high)).all()
    twice = stake(worth(retention, earned), standing([2 * n for n in customers]))
    assert twice.programmes.value.tolist() == pytest.approx((2 * found.programmes.value).tolist(), abs=1e-3)


def test_without_lifetime_value_or_a_model_there_is_none():
    assert stake(None, standing()) is None
    assert stake(worth(), standing(clv=(None, 1, 1, 1))) is None
    assert stake(worth(), standing(customers=(0, 200, 300, 400), clv=(None, 1, 1, 1))) is not None
    assert stake(worth(), standing(customers=(0, 0, 0, 0))) is None
    few = worth()
    few.few = True
    assert stake(few, standing()) is None


def test_a_programme_is_set_against_its_cost():
    """At a quarter of 4,000 the basics bring 1,000 and cost 500: an eighth would do. Delight brings nothing at any reach."""
    rows = simulate(
        stake(worth(), standing()), reach=0.25, costs={"fix_basics": 500, "delight": 10, "move_middle": 5000}
    ).set_index("programme")
    assert rows.value.to_dict() == pytest.approx({"fix_basics": 1000, "move_middle": 1000, "delight": 0})
    assert rows.customers["fix_basics"] == 25
    assert rows.net.to_dict() == pytest.approx({"fix_basics": 500, "move_middle": -4000, "delight": -10})
    assert rows.break_even_reach["fix_basics"] == pytest.approx(0.125)
    assert rows.break_even_reach["move_middle"] == pytest.approx(1.25)
    assert np.isnan(rows.break_even_reach["delight"])
    assert (rows.net_low <= rows.net).all() and (rows.net <= rows.net_high).all()
    bare = simulate(stake(worth(), standing()))
    assert bare.net.isna().all() and bare.cost.isna().all()


@pytest.mark.parametrize(
    "asked", [{"reach": 1.5}, {"reach": -0.1}, {"costs": {"magic": 1}}, {"costs": {"delight": -1}}]
)
def test_what_cannot_be_simulated_is_refused(asked):
    with pytest.raises(UsageError, match=r"reach|costs"):
        simulate(stake(worth(), standing()), **asked)
