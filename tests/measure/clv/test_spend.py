"""The rule by which expected margins are chosen, and what it never does: give a number that is none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.clv import spend
from custlib.measure.clv.spend import Spend, choose, independence, spend_draws


def cells(months, idle=None):
    """Make cells, one per customer, of lists of monthly margins."""
    rows = [(len(m), 1, sum(m), sum(m) ** 2, sum(z * z for z in m)) for m in months]
    table = pd.DataFrame(rows, columns=["x", "customers", "total", "total_squares", "squares"], dtype=float)
    return table.assign(idle=0.0 if idle is None else idle)


def drawn(number, seed=1):
    """Customers by the Gamma-Gamma's law: p 2, q 5, gamma 60, so mu 30 and k 2."""
    rng = np.random.default_rng(seed)
    x = rng.poisson(3, number)
    scale = 1 / rng.gamma(5, 1 / 60, number)
    return [rng.gamma(2, s, n) for s, n in zip(scale, x, strict=True)]


def test_the_margin_is_the_formula():
    made = Spend("credibility", 20, 2, 1.5, None, 10)
    assert made.margin([0, 6], [0, 180]) == pytest.approx([20 - 1.5, (40 + 180) / 8 - 1.5])
    assert made.margin(np.array(6), np.array(180.0)) == pytest.approx(26)


def test_the_margin_at_the_ends_of_k():
    everybody = Spend("credibility", 20, np.inf, 1.0, None, 10)
    assert everybody.margin([0, 5], [0, 500]).tolist() == [19, 19]
    own = Spend("credibility", 20, 0.0, 0.0, None, 10)
    assert own.margin([0, 5], [0, 500]).tolist() == [20, 100]


def test_what_is_not_available_is_not_a_number():
    none = choose(cells([(5,), (7,)]).assign(total=[5, -7]))
    assert not none.available and none.method == "none"
    assert np.isnan(none.margin([0, 3], [0, 30])).all()
    assert np.isnan(none.mu) and np.isnan(none.k)
    empty = choose(cells([()]))
    assert not empty.available and empty.customers == 0
    assert not choose(cells([(1, 2)]).iloc[:0]).available


def test_gamma_gamma_where_everybody_earned_something():
    months = drawn(20_000)
    made = choose(cells(months))
    assert made.method == "gamma-gamma" and made.fit.trusted
    # Over companies drawn anew k scatters by .11.
    assert made.mu == pytest.approx(30, rel=0.03) and made.k == pytest.approx(2, abs=4 * 0.11)
    assert made.customers == sum(len(m) > 0 for m in months)


@pytest.mark.parametrize("total", [0.0, -25.0])
def test_credibility_where_one_customer_did_not(total):
    made = choose(pd.concat([cells(drawn(5_000)), cells([(total, 0.0)])]))
    assert (made.method, made.fit) == ("credibility", None)
    assert made.mu == pytest.approx(30, rel=0.05)
    # Buhlmann's k for this law: E[variance of months] / variance of means = 2 x 300 / (2^2 x 75).
    assert made.k == pytest.approx(2, rel=0.25)


def test_credibility_where_no_law_can_be_fitted():
    made = choose(cells([(20.0, 20.0)] * 50 + [(20.0,)] * 30))
    assert made.method == "credibility" and not made.fit.trusted
    assert made.margin([0, 2], [0, 40]).tolist() == [20, 20]


def test_idle_months_cost_active_ones():
    """Months without activity cost 12 in all, and there were 6 active ones: 2 each."""
    made = choose(cells([(10, 14), (2, 6, 4), (8,), ()], idle=[-3, 0, -1, -8]))
    assert made.idle_cost == 2
    bringing = choose(cells([(10, 14), (2, 6, 4), (8,)], idle=[3, 0, 0]))
    assert bringing.idle_cost == -0.5


def test_cells_of_several_customers_are_their_customers():
    months = drawn(3_000)
    single = cells(months)
    place = np.floor(np.log(single.total.where(single.total > 0, 1)) / 0.02)
    counted = (
        single.groupby([single.x, place.rename("bin")]).sum().drop(columns="x", errors="ignore").reset_index()
    )
    assert len(counted) < len(single) / 2
    one, other = choose(single), choose(counted)
    assert (other.mu, other.k) == pytest.approx((one.mu, one.k), rel=1e-3)
    negative = pd.concat([single, cells([(-9.0, 1.0)])])
    assert choose(negative).k == pytest.approx(choose(pd.concat([counted, cells([(-9.0, 1.0)])])).k, rel=1e-9)


@pytest.mark.parametrize("extra", [[], [(-30.0, 10.0)]], ids=["gamma-gamma", "credibility"])
def test_draws_scatter_as_other_customers_would(extra):
    """The spread over draws of one company's cells, and over 60 companies drawn anew."""
    others = [choose(cells([*drawn(1_500, seed), *extra], idle=-1.0)) for seed in range(60)]
    table = cells([*drawn(1_500, seed=99), *extra], idle=-1.0)
    made = choose(table)
    assert {other.method for other in others} == {made.method}
    found = spend_draws(made, table, count=200, name="all")
    assert found.shape == (200, 3)
    truth = np.array([(other.mu, other.k, other.idle_cost) for other in others])
    assert np.median(found, axis=0) == pytest.approx([made.mu, made.k, made.idle_cost], rel=0.05)
    assert found.std(axis=0) == pytest.approx(truth.std(axis=0), rel=0.4)
    assert (found == spend_draws(made, table, count=200, name="all")).all()
    assert (found != spend_draws(made, table, count=200, name="web")).any()
    again = made.at(*found[0])
    assert (again.mu, again.k, again.idle_cost, again.method) == (*found[0], made.method)


def test_what_idle_months_cost_scatters_as_it_would_among_other_customers():
    """Three in ten customers cost something, and very unequally: the ratio's own standard error, from each customer."""
    rng = np.random.default_rng(4)
    months = [rng.normal(20, 10, n) for n in rng.poisson(3, 3_000)]
    x = np.array([len(m) for m in months])
    idle = -rng.exponential(40, len(x)) * (rng.random(len(x)) < 0.3)
    each = cells(months, idle).assign(idle_squares=idle**2)
    place = np.floor(np.log(np.abs(each.total) + 1) / 0.5)
    table = each.groupby(["x", np.sign(each.total).rename("sign"), place.rename("bin")], as_index=False).sum()
    made = choose(table)
    error = np.sqrt(((idle + made.idle_cost * x) ** 2).sum()) / x.sum()
    assert spend_draws(made, table, count=2_000)[:, 2].std() == pytest.approx(error, rel=0.08)


def test_nothing_is_drawn_of_nothing():
    table = cells([(5,), (7,)])
    none = choose(table.assign(total=[5, -7]))
    assert np.isnan(spend_draws(none, table, count=5)).all()


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.floats(-100, 100).map(lambda z: round(z, 2))), min_size=4, max_size=60
    )
)
def test_independence_is_the_correlation_of_customers(customers):
    x, mean = np.array([c[0] for c in customers]), np.array([c[1] for c in customers])
    rows = [(n, 1, n * z, (n * z) ** 2) for n, z in zip(x, mean, strict=True)]
    table = pd.DataFrame(rows, columns=["x", "customers", "total", "total_squares"])
    found = independence(table.groupby("x", as_index=False).sum())
    if np.ptp(x) == 0 or np.ptp(mean) == 0:
        assert found is None
    elif np.std(mean) > 1e-3 * np.abs(mean).max():
        assert found.value == pytest.approx(np.corrcoef(x, mean)[0, 1], abs=1e-6)
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.customers == len(customers)


def test_independence_by_hand():
    """Fisher's interval of r = .5 with 28 customers: tanh(.5493 -+ .3920) = .1560 and .7358."""
    rng = np.random.default_rng(0)
    x = rng.permutation(np.repeat(np.arange(1.0, 8), 4))
    noise = rng.normal(size=28)
    centred = x - x.mean()
    noise -= noise.mean() + centred * (noise @ centred) / (centred @ centred)
    mean = 50 + centred / centred.std() * 0.5 + noise / noise.std() * np.sqrt(0.75)
    table = pd.DataFrame({"x": x, "customers": 1, "total": x * mean, "total_squares": (x * mean) ** 2})
    found = independence(table)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.1560, 0.7358), abs=1e-4)


def test_independence_of_too_few_is_none():
    table = pd.DataFrame(
        [(1, 1, 5, 25), (2, 1, 8, 64), (3, 1, 9, 81)], columns=["x", "customers", "total", "total_squares"]
    )
    assert independence(table) is None
    assert independence(table.iloc[:0]) is None
    assert spend.independence(pd.concat([table, table])).customers == 6
