"""Shifted beta-geometric against the papers and its identities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.clv import sbg

from .lives import model as bgbb_model

REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]


def tenure(n, before=0, closed=False, customers=1):
    return pd.DataFrame([{"n": n, "before": before, "closed": closed, "customers": customers}])


def regular(customers=1000):
    """The "Regular" segment as counts of a thousand customers, by when they ended."""
    lost = [
        tenure(n, closed=True, customers=(REGULAR[n] - REGULAR[n + 1]) * customers / 100) for n in range(7)
    ]
    return pd.concat([*lost, tenure(7, customers=REGULAR[7] * customers / 100)], ignore_index=True)


def at(gamma, delta):
    return sbg.fit(regular()).at([gamma, delta])


def test_regular_segment_is_the_published_one():
    """Fader & Hardie 2007 (J. Interactive Marketing 21:1): alpha .704, beta 1.182; 17.0% survive to year 12."""
    fit = sbg.fit(regular())
    assert fit.trusted
    assert [round(float(value), 3) for value in fit.values] == [0.704, 1.182]
    assert round(100 * sbg.expected_since_start(fit, 12)[-1], 1) == 17.0


def test_long_standing_contracts_are_worth_more():
    """Fader & Hardie 2010: 100 a year at 10%, .764 and 1.296: 288, 394, 568 after 1, 2, 5 payments, the next one due at once."""
    rows = pd.concat([tenure(n) for n in (0, 1, 4)], ignore_index=True)
    value = 100 * sbg.discounted(at(0.764, 1.296), rows, 0.10)
    assert [round(v) for v in value * 1.1] == [288, 394, 568]
    assert [round(v) for v in value] == [262, 358, 517]


@settings(max_examples=100, deadline=None)
@given(st.floats(0.1, 5), st.floats(0.2, 80), st.integers(0, 80), st.integers(0, 60), st.floats(1e-3, 0.1))
def test_value_is_a_martingale_and_a_sum(gamma, delta, n, before, rate):
    fit = at(gamma, delta)
    now, then = tenure(n, before), tenure(n + 1, before)
    stays = sbg.expected(fit, now, 1)[0, 0]
    value = sbg.discounted(fit, now, rate)[0]
    assert stays * (1 + sbg.discounted(fit, then, rate)[0]) == pytest.approx((1 + rate) * value, rel=1e-9)
    ahead = sbg.expected(fit, now, 48)[0] @ (1 + rate) ** -np.arange(1.0, 49)
    assert sbg.discounted(fit, now, rate, 48)[0] == pytest.approx(ahead, rel=1e-12)


def test_a_contract_is_a_bgbb_that_is_active_in_every_month_and_records_every_end():
    """With p = 1 and kappa = 1 the two likelihoods are one."""
    from custlib.measure.clv import bgbb

    rows = pd.concat([tenure(3), tenure(5, closed=True), tenure(0)], ignore_index=True)
    lives = rows.assign(x=rows.n, t_x=rows.n)
    always = bgbb_model(1e7, 1e-7, 0.8, 9.0, 1 - 1e-12)
    assert bgbb.log_likelihood(always, lives) == pytest.approx(
        sbg.log_likelihood(at(0.8, 9.0), rows), abs=1e-5
    )


def test_contracts_older_than_the_data():
    """Truth comes back although half of the contracts began before the data, which hold only those still open."""
    rng = np.random.default_rng(6)
    gamma, delta, months, count = 0.7, 30.0, 24, 60_000
    before = np.where(rng.random(count) < 0.5, rng.integers(1, 80, count), 0)
    start = np.where(before > 0, 0, rng.integers(0, months, count))
    lived = rng.geometric(rng.beta(gamma, delta, count)) - 1 - before
    window = months - start
    frame = pd.DataFrame({"n": np.minimum(lived, window), "before": before, "closed": lived < window})[
        lived >= 0
    ]
    cells = frame.groupby(sbg.KEYS).size().rename("customers").reset_index()
    fit = sbg.fit(cells)
    assert (np.abs(fit.values - [gamma, delta]) < 3 * fit.standard_errors).all()


def test_scores_are_the_derivatives():
    rows, fit = pd.concat([tenure(3, 5), tenure(5, closed=True), tenure(0)], ignore_index=True), at(0.8, 9.0)
    for i in range(2):
        step = np.eye(2)[i] * 1e-6
        up, down = (sbg.log_likelihood(fit.at(fit.values + sign * step), rows) for sign in (1, -1))
        assert sbg.scores(fit, rows)[:, i] == pytest.approx((up - down) / 2e-6, abs=1e-7)


def test_nobody_has_ended():
    fit = sbg.fit(pd.concat([tenure(n, customers=30) for n in range(3, 20)], ignore_index=True))
    assert not fit.trusted
