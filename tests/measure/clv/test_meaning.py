"""Parameters in terms of customers: means by hand, and quartiles that hold half of drawn customers."""

import numpy as np
import pandas as pd
import pytest

from custlib.measure.clv import sbg
from custlib.measure.clv.fit import Fit, Parameter
from custlib.measure.clv.meaning import activity, leaving


def fitted(model, **values):
    parameters = tuple(Parameter(name) for name in values)
    found = np.array(list(values.values()), dtype=float)
    return Fit(model, parameters, found, np.zeros((len(found),) * 2), -1.0, 100, True)


def test_donors_as_published():
    """Fader, Hardie & Shang 2010: alpha, beta, gamma, delta of 11,104 donors."""
    donors = fitted("bgbb", alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    assert activity(donors).mean == pytest.approx(1.204 / 1.954)
    assert leaving(donors).mean == pytest.approx(0.657 / 3.440)


def test_everybody_alike_where_beta_is_uniform():
    habit = activity(fitted("bgbb", alpha=1, beta=1, gamma=1, delta=1))
    assert (habit.mean, habit.low, habit.high) == pytest.approx((0.5, 0.25, 0.75))


def test_contracts_have_no_activity_and_leave_by_the_month():
    contracts = fitted("sbg", gamma=0.764, delta=1.296)
    assert activity(contracts) is None
    assert leaving(contracts).mean == pytest.approx(0.764 / 2.060)


def test_purchase_days_of_a_month_and_quartiles_of_drawn_customers():
    """CDNOW (Fader, Hardie & Lee 2005): r / alpha purchases a week."""
    cdnow = fitted("bgnbd", r=0.243, alpha=4.414, a=0.793, b=2.426)
    habit = activity(cdnow)
    assert habit.mean == pytest.approx(0.243 / 4.414 * 365.2425 / 84)
    drawn = np.random.default_rng(1).gamma(0.243, 1 / 4.414, 200_000) * 365.2425 / 84
    assert np.mean((drawn >= habit.low) & (drawn <= habit.high)) == pytest.approx(0.5, abs=0.005)
    assert leaving(cdnow).mean == pytest.approx(0.793 / 3.219)


def test_leaving_at_a_moment_is_told_by_the_month_and_holds_half_of_drawn_customers():
    """CDNOW (Fader, Hardie & Lee 2005): one who leaves at rate mu a week has left within a month with 1 - exp(-mu weeks)."""
    cdnow = fitted("pareto_nbd", r=0.553, alpha=10.578, s=0.606, beta=11.669)
    weeks = 365.2425 / 84
    assert activity(cdnow).mean == pytest.approx(0.553 / 10.578 * weeks)
    leaves = 1 - np.exp(-np.random.default_rng(2).gamma(0.606, 1 / 11.669, 200_000) * weeks)
    habit = leaving(cdnow)
    assert habit.mean == pytest.approx(leaves.mean(), rel=0.01)
    assert np.mean((leaves >= habit.low) & (leaves <= habit.high)) == pytest.approx(0.5, abs=0.005)


def test_customers_all_alike_have_a_mean_and_no_more():
    """One in fifty leaves every month: the sum of the pair runs to its end, and neither it nor quartiles mean anything."""
    left = np.round(50_000 * 0.98 ** np.arange(24) * 0.02).astype(int)
    patterns = pd.DataFrame({"n": [*range(24), 24], "before": 0, "closed": [True] * 24 + [False],
                             "customers": [*left, 50_000 - left.sum()]})  # fmt: skip
    fit = sbg.fit(patterns)
    assert fit.trusted and fit.ended == ("delta",) and fit.alike == ("gamma", "delta")
    habit = leaving(fit)
    assert habit.alike and habit.mean == pytest.approx(0.02, rel=1e-3)
    differ = fitted("sbg", gamma=0.764, delta=1.296)
    assert differ.alike == () and not leaving(differ).alike
