"""Who answers: rates and values by hand, and a twin that asks customers one by one."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from custlib.errors import CustlibError
from custlib.measure.responses import response

KEYS = ["value_band", "tenure", "earlier", "answered"]


def table(people):
    """Add invited customers up: each is (band, tenure, earlier invitations, answered, value)."""
    frame = pd.DataFrame(people, columns=[*KEYS, "value"])
    frame["squares"] = [float(value) ** 2 for value in frame["value"]]
    sums = frame.groupby(KEYS, sort=False).agg(
        customers=("value", "size"),
        value=("value", lambda each: sum(each, Decimal(0))),
        squares=("squares", "sum"),
    )
    return sums.reset_index()


def somebody(many, *, answered, value, band="top", tenure="old", earlier=0):
    return [(band, tenure, earlier, answered, Decimal(value))] * many


HAND = table(
    somebody(30, answered=True, value=100)
    + somebody(70, answered=False, value=60)
    + somebody(10, answered=True, value=40, band="low", earlier=3)
    + somebody(90, answered=False, value=20, band="low", earlier=3)
)


def test_rates_and_values_by_hand():
    found = response(HAND, customers=1000, months=6)
    assert (found.invited, found.answered, found.rate) == (200, 40, 0.2)
    assert (found.low, found.high) == pytest.approx(proportion_confint(40, 200, method="wilson"))
    assert found.value_answered == Decimal(85) and float(found.value_silent) == pytest.approx(6000 / 160)
    assert found.value_difference == pytest.approx(85 - 37.5)
    assert found.per_customer_year == pytest.approx(0.4)
    assert found.by_band.rate.tolist() == [0.3, 0.1] and found.by_band.value_band.tolist() == ["top", "low"]
    assert found.by_band.value_answered.tolist() == [100, 40]
    assert found.fatigue.earlier.tolist() == [0, 3] and found.fatigue.rate.tolist() == [0.3, 0.1]
    assert found.often.change == pytest.approx(-0.2) and found.often.measurable
    assert found.by_tenure.invited.tolist() == [200]


def test_the_interval_of_the_values_is_welchs():
    rng = np.random.default_rng(4)
    did, did_not = rng.lognormal(4, 1, 200).round(2), rng.lognormal(3.7, 1, 500).round(2)
    people = [
        ("top", "old", 0, answered, Decimal(str(value)))
        for answered, values in ((True, did), (False, did_not))
        for value in values
    ]
    found = response(table(people))
    welch = stats.ttest_ind(did, did_not, equal_var=False).confidence_interval()
    assert (found.value_low, found.value_high) == pytest.approx((welch.low, welch.high), rel=1e-6)
    assert found.values.measurable == (welch.low > 0 or welch.high < 0)


def test_what_cannot_be_compared_is_not():
    all_did = response(table(somebody(40, answered=True, value=5)))
    assert all_did.rate == 1.0 and all_did.value_silent is None and all_did.value_difference is None
    assert all_did.often is None and all_did.per_customer_year is None
    assert all_did.by_band.value_silent.tolist() == [None]
    unknown = response(HAND.assign(value=[None, *HAND["value"][1:]]))
    assert unknown.value_answered is None and unknown.values is None and unknown.value_silent is not None
    with pytest.raises(CustlibError, match="nobody was invited"):
        response(HAND.iloc[:0])


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["top", "low", "unknown"]),
        st.sampled_from(["new", "old"]),
        st.integers(0, 3),
        st.booleans(),
        st.decimals(-100, 1000, places=2),
    ),
    min_size=1,
    max_size=60,
)


@given(PEOPLE)
def test_against_a_twin_that_asks_one_by_one(people):
    found = response(table(people))
    frame = pd.DataFrame(people, columns=[*KEYS, "value"])
    assert found.rate == pytest.approx(frame.answered.mean())
    for name, shown in (
        ("value_band", found.by_band),
        ("tenure", found.by_tenure),
        ("earlier", found.fatigue),
    ):
        twin = frame.groupby(name).answered.agg(["size", "sum"])
        assert shown.set_index(name).invited.to_dict() == twin["size"].to_dict()
        assert shown.set_index(name).answered.to_dict() == twin["sum"].to_dict()
        assert shown.invited.sum() == found.invited == len(people)
    assert found.fatigue.earlier.is_monotonic_increasing
    means = frame.assign(value=frame["value"].astype(float)).groupby("answered")["value"].mean()
    for side, mean in ((True, found.value_answered), (False, found.value_silent)):
        assert float(mean) == pytest.approx(means[side], abs=1e-6) if side in means.index else mean is None


def test_what_a_handful_brought_is_not_told_nor_had_by_subtraction():
    rows = [
        ("top", True, 3),
        ("top", False, 40),
        ("next", True, 60),
        ("next", False, 50),
        ("rest", True, 90),
        ("rest", False, 80),
    ]
    table = pd.DataFrame(
        [
            {"value_band": band, "tenure": "long", "earlier": 0, "answered": answered, "customers": n, "value": Decimal(n * 10), "squares": 100.0 * n}
            for band, answered, n in rows
        ]
    )  # fmt: skip
    told = response(table).by_band.set_index("value_band")
    assert told.loc["top", "value_answered"] is None and told.loc["next", "value_answered"] is None
    assert told.loc["rest", "value_answered"] == 10 and told.invited.tolist() == [43, 110, 170]


def test_fatigue_is_looked_for_among_customers_of_like_tenure():
    """Old customers answer more readily and have been invited often: as a whole the invited seem eager, in each tenure they tire."""
    counts = {
        ("long", 0): (55, 100),
        ("long", 3): (310, 1000),
        ("short", 0): (270, 1000),
        ("short", 3): (18, 100),
    }
    rows = [
        {"value_band": "all", "tenure": tenure, "earlier": earlier, "answered": side, "customers": n, "value": Decimal(n), "squares": float(n)}
        for (tenure, earlier), (did, asked) in counts.items()
        for side, n in ((True, did), (False, asked - did))
    ]  # fmt: skip
    found = response(pd.DataFrame(rows))
    plain = found.fatigue.set_index("earlier").rate
    assert plain[3] > plain[0]
    # Weights are alike (100 x 1000 / 1100 each): (-.24 - .09) / 2.
    assert (
        found.often.change == pytest.approx((-0.24 - 0.09) / 2)
        and found.often.measurable
        and found.often.high < 0
    )
