"""Waves in time: limits by hand, few answers, gaps in the calendar, and how often noise is called a signal."""

from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.nps import score_of
from custlib.measure.nps_waves import waves
from custlib.periods import Month, add_months

FIRST = Month(2024, 1, 1)


def frame(counts, months=None):
    """Lay waves out, one a month unless told otherwise; counts are promoters, passives, detractors."""
    months = range(len(counts)) if months is None else months
    rows = [(f"w{at}", add_months(FIRST, at), *each) for at, each in zip(months, counts, strict=True)]
    return pd.DataFrame(rows, columns=["wave", "month", "promoters", "passives", "detractors"])


def test_limits_by_hand():
    """Twelve waves of 100 at +30, variance .61; the thirteenth of 61 answers: .3 -+ 3 sqrt(.61 (1/61 + 1/1200))."""
    found = waves(frame([(50, 30, 20)] * 12 + [(50, 8, 3)]), min_group=30)
    last = found.iloc[-1]
    reach = 3 * sqrt(0.61 * (1 / 61 + 1 / 1200))
    assert last.expected == pytest.approx(0.30)
    assert (last.lower, last.upper) == pytest.approx((0.30 - reach, 0.30 + reach))
    assert last.nps == pytest.approx(47 / 61) and last.signal == 1
    assert last.moving == pytest.approx((11 * 30 + 47) / (1100 + 61))
    assert found.expected[:12].isna().all() and (found.signal[:12] == 0).all()
    own = score_of(promoters=50, passives=8, detractors=3)
    assert (last.low, last.high) == pytest.approx((own.adjusted.low, own.adjusted.high))


def test_a_fall_is_a_signal_too_and_noise_is_none():
    base = [(50, 30, 20)] * 12
    assert waves(frame([*base, (20, 30, 50)]), min_group=30).signal.iloc[-1] == -1
    assert waves(frame([*base, (46, 30, 24)]), min_group=30).signal.iloc[-1] == 0


def test_few_answers_say_nothing_of_their_own_and_count_in_the_pool():
    found = waves(frame([(50, 30, 20)] * 12 + [(0, 0, 29), (50, 30, 20)]), min_group=30)
    few, after = found.iloc[-2], found.iloc[-1]
    assert few.few and few.answers == 29 and few.signal == 0
    assert all(isnan(few[name]) for name in ("nps", "low", "high", "lower", "upper"))
    assert few.expected == pytest.approx(0.3)
    assert after.expected == pytest.approx((11 * 30 - 29) / (1100 + 29))


def test_a_pool_holds_twelve_months_of_the_calendar():
    """Quarterly waves: the one a year ago is the last that counts, the one before it does not."""
    found = waves(
        frame(
            [(90, 5, 5), (50, 30, 20), (50, 30, 20), (50, 30, 20), (50, 30, 20), (40, 30, 30)],
            [0, 3, 6, 9, 12, 15],
        ),
        min_group=30,
    )
    assert found.expected.iloc[4] == pytest.approx((85 + 3 * 30) / 400)
    assert found.expected.iloc[5] == pytest.approx(0.30)
    assert found.moving.iloc[4] == pytest.approx(0.30) and found.moving.iloc[5] == pytest.approx(100 / 400)
    assert found.expected[:4].isna().all()


def test_where_all_earlier_ones_agreed_nobody_knows_how_answers_differ():
    found = waves(frame([(50, 0, 0)] * 12 + [(49, 1, 0)]), min_group=30).iloc[-1]
    assert found.expected == 1.0 and isnan(found.lower) and found.signal == 0


def test_no_waves_are_none():
    found = waves(frame([]), min_group=30)
    assert found.empty and {"signal", "moving", "upper", "few"} <= set(found.columns)


def test_noise_is_hardly_ever_called_a_signal_and_a_fall_is_found():
    """400 years of twelve waves of 150 answers: years with any alarm, where nothing changes, and after a fall of 25 points."""
    rng = np.random.default_rng(7)
    same, fallen = (0.5, 0.3, 0.2), (0.375, 0.3, 0.325)
    alarms = {}
    for name, truth in (("nothing", same), ("fallen", fallen)):
        years = 0
        for _ in range(400 if name == "nothing" else 100):
            counts = [*rng.multinomial(150, same, 12).tolist(), *rng.multinomial(150, truth, 12).tolist()]
            years += waves(frame(counts), min_group=30).signal[12:].ne(0).any()
        alarms[name] = years / (400 if name == "nothing" else 100)
    assert alarms["nothing"] < 0.07 and alarms["fallen"] > 0.8


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 60)] * 3), min_size=1, max_size=20),
    st.lists(st.integers(0, 4), min_size=20, max_size=20),
)
def test_pools_against_a_twin(counts, gaps):
    """Against pandas on answers one by one, whatever the gaps between waves."""
    months = np.cumsum([0, *gaps])[: len(counts)]
    found = waves(frame(counts, months), min_group=30)
    answers = pd.DataFrame(
        [
            (number, at, sign)
            for number, (at, each) in enumerate(zip(months, counts, strict=True))
            for sign, many in zip((1, 0, -1), each, strict=True)
            for _ in range(many)
        ],
        columns=["wave", "at", "sign"],
    )
    for number, at in enumerate(months):
        row = found.iloc[number]
        moving = answers[(answers.wave <= number) & (answers["at"] > at - 12)].sign
        prior = answers[(answers["at"] < at) & (answers["at"] >= at - 12)].sign
        assert row.moving == pytest.approx(moving.mean()) if len(moving) >= 30 else isnan(row.moving)
        reach = at - months[0] >= 12 and len(prior) >= 30
        assert row.expected == pytest.approx(prior.mean()) if reach else isnan(row.expected)
        own = answers[answers.wave == number].sign
        assert row.nps == pytest.approx(own.mean()) if len(own) >= 30 else isnan(row.nps)
