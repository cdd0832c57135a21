"""Pareto/NBD against the paper, arbitrary precision, drawn customers, and data it must not be believed on."""

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from custlib.errors import CustlibError
from custlib.measure.clv import days, pareto_nbd
from custlib.measure.clv.pareto_nbd_likelihood import TOGETHER, Lives, total

from . import cdnow, coverage
from .buying import buy_until, draw_until

MONTHLY = 1.1 ** (1 / 12) - 1
PUBLISHED = (0.553, 10.578, 0.606, 11.669)


def life(x, t_x, T, customers=1):
    return pd.DataFrame([{"x": x, "t_x": t_x, "T": T, "customers": customers}])


def at(*values):
    """Give the model at chosen parameters."""
    return pareto_nbd.fit(life(1, 1.0, 2.0), hessian=False).at(values)


def cohorts(seed, weeks, customers):
    """Draw how long customers are seen: won in one of twenty weeks."""
    return np.random.default_rng(seed).choice(np.linspace(*weeks, 20), customers)


@pytest.fixture(scope="module")
def sample():
    return pareto_nbd.fit(cdnow.patterns())


def tail(r, alpha, s, beta, x, t):
    """Integrate (alpha + u)^-(r + x) (beta + u)^-(s + 1) from t on: 2F1 about the larger of alpha and beta, which converges."""
    since, whole = (alpha + t, beta + t), r + s + x
    if alpha >= beta:
        shape = mpmath.hyp2f1(whole, s + 1, whole + 1, (alpha - beta) / since[0])
        return shape / (whole * since[0] ** whole)
    shape = mpmath.hyp2f1(whole, r + x, whole + 1, (beta - alpha) / since[1])
    return shape / (whole * since[1] ** whole)


def exact(r, alpha, s, beta, x, t_x, T):
    """Give the log-likelihood and P(alive) of a pattern as Schmittlein, Morrison & Colombo 1987 have them."""
    stays = (alpha + T) ** -(r + x) * (beta + T) ** -s
    leaves = s * (tail(r, alpha, s, beta, x, t_x) - tail(r, alpha, s, beta, x, T))
    made = mpmath.loggamma(r + x) - mpmath.loggamma(r) + r * mpmath.log(alpha) + s * mpmath.log(beta)
    return made + mpmath.log(stays + leaves), stays / (stays + leaves)


# The paper's figures ------------------------------------------------------------------------------------


def test_parameters_are_the_published_ones(sample):
    """Fader, Hardie & Lee 2005, table 2: r .553, alpha 10.578, s .606, beta 11.669, LL -9595.0."""
    assert sample.trusted
    assert [round(float(value), 3) for value in sample.values] == list(PUBLISHED)
    assert round(sample.log_likelihood, 1) == -9595.0
    assert np.isfinite(sample.standard_errors).all()


# The likelihood -----------------------------------------------------------------------------------------

parameters = st.tuples(st.floats(0.05, 20), st.floats(0.05, 80), st.floats(0.05, 20), st.floats(0.05, 200))
lives = st.tuples(st.integers(0, 60), st.floats(0.01, 1), st.floats(0.1, 200)).map(
    lambda made: life(made[0], made[1] * made[2] if made[0] else 0.0, made[2])
)


@settings(max_examples=25, deadline=None)
@given(parameters, lives)
def test_likelihood_is_the_equation_and_scores_are_its_slopes(values, row):
    """In as many digits as it takes."""
    fit, rest = at(*values), [mpmath.mpf(float(row[name][0])) for name in ("x", "t_x", "T")]
    with mpmath.workdps(40):
        point = [mpmath.mpf(value) for value in values]
        height, alive = exact(*point, *rest)
        step = mpmath.mpf("1e-12")
        slopes = []
        for i in range(4):
            ends = [[*point[:i], point[i] * (1 + side * step), *point[i + 1 :]] for side in (-1, 1)]
            low, high = (exact(*end, *rest)[0] for end in ends)
            slopes.append(float((high - low) / (2 * step * point[i])))
    assert pareto_nbd.log_likelihood(fit, row)[0] == pytest.approx(float(height), abs=1e-9)
    assert pareto_nbd.p_alive(fit, row)[0] == pytest.approx(float(alive), abs=1e-10)
    assert pareto_nbd.scores(fit, row)[0] == pytest.approx(slopes, rel=1e-7, abs=1e-9)


HARD = [
    (*PUBLISHED, 2, 30.43, 38.86),
    (1.5, 0.3, 0.05, 0.7, 730, 103.9, 104),
    (1.5, 0.3, 0.05, 0.7, 730, 20, 104),
    (1.5, 0.3, 1.2, 40, 730, 104, 104),
    (0.9, 0.05, 2.3, 1200, 730, 0.9, 104),
    (3, 0.1, 30, 5000, 730, 100, 104),
    (2, 4, 0.3, 0.01, 84, 11, 12),
    (0.3, 0.01, 0.01, 0.02, 0, 0, 52),
    (0.02, 60, 0.02, 0.1, 1, 0.2, 104),
    (50, 200, 2.5, 3, 20, 3, 3),
    (1.1, 0.4, 2000, 1e5, 365, 50, 52),
]


@pytest.mark.parametrize("case", HARD)
def test_hard_patterns_agree_with_sixty_digits(case):
    """Likelihood, P(alive), purchases to come and their discounted sum, within 1e-8; in doubles the closed form overflows."""
    with mpmath.workdps(60):
        r, alpha, s, beta, x, t_x, T = (mpmath.mpf(number) for number in case)
        height, alive = exact(r, alpha, s, beta, x, t_x, T)
        since = beta + T
        ends = [
            since * (1 - (since / (since + mpmath.mpf(pareto_nbd.MONTH) * j)) ** (s - 1)) / (s - 1)
            for j in range(121)
        ]
        months = [alive * (r + x) / (alpha + T) * (ends[j] - ends[j - 1]) for j in range(1, 121)]
        worth = sum(each / (1 + mpmath.mpf(MONTHLY)) ** (j + 1) for j, each in enumerate(months))
    fit, row = at(*case[:4]), life(*case[4:])
    near = {"rel": 1e-8, "abs": 1e-12}
    assert pareto_nbd.log_likelihood(fit, row)[0] == pytest.approx(float(height), abs=1e-8)
    assert pareto_nbd.p_alive(fit, row)[0] == pytest.approx(float(alive), **near)
    assert pareto_nbd.expected(fit, row, 120)[0] == pytest.approx([float(each) for each in months], **near)
    assert pareto_nbd.discounted(fit, row, MONTHLY, 120)[0] == pytest.approx(float(worth), **near)


def test_every_frequency_up_to_a_banks_is_finite_and_exact():
    """x = 0 ... 730 in two years, all at once, so that tables between times stand behind them."""
    values, x = (1.1, 0.4, 0.6, 90.0), np.arange(0, 731)
    rows = pd.DataFrame({"x": x, "t_x": np.where(x > 0, 104.0 - x % 30, 0.0), "T": 104.0 + x % 5})
    fit = at(*values)
    found = np.column_stack([pareto_nbd.log_likelihood(fit, rows), pareto_nbd.p_alive(fit, rows)])
    assert np.isfinite(found).all() and len(Lives.of(rows).blocks) == 3 > 730 / TOGETHER
    assert np.isfinite(pareto_nbd.discounted(fit, rows, MONTHLY)).all()
    assert np.isfinite(pareto_nbd.scores(fit, rows)).all()
    for i in range(0, 731, 73):
        with mpmath.workdps(50):
            pattern = [mpmath.mpf(float(rows[name][i])) for name in ("x", "t_x", "T")]
            height, alive = exact(*map(mpmath.mpf, values), *pattern)
        assert found[i] == pytest.approx([float(height), float(alive)], rel=1e-10, abs=1e-8)


def histories(fit, T, most):
    """Give the chance of each number of purchases within T, adding up over all moments at which they can have come.

    The likelihood is that of one set of moments; all before the last can lie anywhere before it.
    """
    nodes, weights = np.polynomial.legendre.leggauss(80)
    # Squares bring the nodes near to both ends, where the density of the last moment is steepest.
    moments = T * (1 - ((1 - nodes) / 2) ** 2)
    inside = weights * T * (1 - nodes) / 2
    chance = [np.exp(pareto_nbd.log_likelihood(fit, life(0, 0.0, T))[0])]
    for x in range(1, most):
        rows = pd.DataFrame({"x": x, "t_x": moments, "T": T})
        free = (x - 1) * np.log(moments) - gammaln(x)
        chance.append(inside @ np.exp(pareto_nbd.log_likelihood(fit, rows) + free))
    return np.array(chance)


@pytest.mark.parametrize("values", [(2.0, 3.0, 0.7, 4.0), (0.8, 6.0, 3.0, 2.0), (4.0, 8.0, 0.05, 0.2)])
def test_chances_of_all_histories_add_up_to_one_and_their_mean_is_what_is_expected(values):
    fit = at(*values)
    chance = histories(fit, 5.0, 100)
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert chance @ np.arange(100) == pytest.approx(pareto_nbd.expected_by(fit, np.array([5.0]))[0], rel=1e-7)


@pytest.mark.parametrize("pattern", [(0, 0.0, 90.0), (3, 10.0, 90.0), (60, 50.0, 52.0), (730, 104.0, 104.0)])
def test_where_nobody_leaves_it_is_the_negative_binomial(pattern):
    """Ehrenberg 1959: without departures purchases are Poisson with gamma rates, whenever the last one was."""
    (r, alpha), (x, _, T) = (0.8, 2.0), pattern
    fit, row = at(r, alpha, 1.5, 1e13), life(*pattern)
    plain = gammaln(r + x) - gammaln(r) + r * np.log(alpha / (alpha + T)) - x * np.log(alpha + T)
    assert pareto_nbd.log_likelihood(fit, row)[0] == pytest.approx(plain, abs=1e-8)
    assert pareto_nbd.p_alive(fit, row)[0] == pytest.approx(1, abs=1e-8)
    year = pareto_nbd.expected(fit, row, 12).sum()
    assert year == pytest.approx(12 * pareto_nbd.MONTH * (r + x) / (alpha + T), rel=1e-8)


def test_gradient_of_the_fit_is_the_sum_of_scores(sample):
    rows = cdnow.patterns()
    away = sample.at([0.8, 6, 0.9, 25])
    height, slope = total(away.values, Lives.of(rows))
    assert height == pytest.approx(rows.customers @ pareto_nbd.log_likelihood(away, rows), rel=1e-13)
    assert slope == pytest.approx(rows.customers.to_numpy() @ pareto_nbd.scores(away, rows), rel=1e-9)


def test_counted_rows_and_single_customers_are_one_fit(sample):
    single = pareto_nbd.fit(cdnow.customers().assign(customers=1), starts=[sample.values])
    assert single.values == pytest.approx(sample.values, rel=1e-6)
    assert single.standard_errors == pytest.approx(sample.standard_errors, rel=1e-4)


def test_nothing_depends_on_the_unit_of_time(sample):
    in_days = cdnow.patterns().assign(t_x=lambda p: p.t_x * 7, T=lambda p: p["T"] * 7)
    fit = pareto_nbd.fit(in_days)
    assert fit.values == pytest.approx(sample.values * [1, 7, 1, 7], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(sample.log_likelihood - 2457 * np.log(7), abs=1e-6)


def test_many_rows_are_fitted_from_a_part_of_them_to_the_same_end():
    drawn = draw_until((0.5, 4.0, 0.8, 20.0), cohorts(1, (5, 60), 11_000), seed=2)
    assert (drawn.x > 0).sum() > days.MANY
    whole = pareto_nbd.fit(drawn, starts=[(2.0, 20.0, 2.0, 40.0)])
    assert pareto_nbd.fit(drawn).values == pytest.approx(whole.values, rel=1e-6)


# Alive, and what is expected ----------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(parameters, lives)
def test_alive_is_a_probability_with_its_known_ends(values, row):
    fit = at(*values)
    alive = pareto_nbd.p_alive(fit, row)[0]
    assert 0 <= alive <= 1
    # On the day of the last purchase one is there; afterwards silence tells more and more.
    assert pareto_nbd.p_alive(fit, row.assign(T=row.t_x))[0] == pytest.approx(1)
    assert pareto_nbd.p_alive(fit, row.assign(T=row["T"] * 1.5))[0] <= alive
    assert pareto_nbd.at_last_activity(row)["T"][0] == row.t_x[0]
    assert pareto_nbd.p_alive(fit, row.assign(closed=True))[0] == 0


@settings(max_examples=25, deadline=None)
@given(parameters, lives)
def test_coming_again_lies_between_nothing_and_what_is_expected(values, row):
    fit = at(*values)
    some, ahead = pareto_nbd.p_any(fit, row, 6)[0], pareto_nbd.expected(fit, row, 6)[0].sum()
    assert 0 <= some <= min(ahead, pareto_nbd.p_alive(fit, row)[0]) * (1 + 1e-9)
    assert pareto_nbd.p_any(fit, row, 12)[0] >= some * (1 - 1e-9)
    assert pareto_nbd.p_any(fit, row, 0)[0] == pytest.approx(0, abs=1e-12)


def test_alive_and_coming_again_are_as_frequent_as_said():
    """Customers are drawn, sorted by what the model says of them, and followed for a year."""
    fit, rng = at(0.8, 6, 0.9, 30), np.random.default_rng(5)
    drawn = draw_until(fit.values, rng.uniform(10, 80, 60_000), seed=6)
    ahead, _ = buy_until(
        drawn.rate, np.maximum(drawn.lifetime - drawn["T"], 0), np.full(len(drawn), 52.18), rng
    )
    alive = drawn.lifetime > drawn["T"]
    steps = {"steps": [52.18 / 12]}
    said = (
        pareto_nbd.p_alive(fit, drawn), pareto_nbd.p_any(fit, drawn, 12, **steps),
        pareto_nbd.expected(fit, drawn, 12, **steps).sum(axis=1),
    )  # fmt: skip
    for predicted, actual in zip(said, (alive, ahead > 0, ahead), strict=True):
        for part in np.array_split(np.argsort(predicted, kind="stable"), 10):
            came = np.asarray(actual, dtype=float)[part]
            assert abs(predicted[part].mean() - came.mean()) < 4.5 * (came.std() / np.sqrt(len(part)) + 1e-12)


def test_value_is_a_martingale():
    """(1 + d) V(state) = E[purchases of the month + V(state after it)], by drawing the month from the posterior."""
    fit, rng, draws = at(0.7, 5, 0.8, 25), np.random.default_rng(11), 200_000
    r, alpha, s, beta = fit.values
    for x, t_x, T in ((0, 0.0, 3.0), (1, 2.0, 30.0), (6, 35.0, 40.0), (40, 51.0, 52.0)):
        row = life(x, t_x, T)
        alive = rng.random(draws) < pareto_nbd.p_alive(fit, row)[0]
        rates, leaving = rng.gamma(r + x, 1 / (alpha + T), draws), rng.gamma(s, 1 / (beta + T), draws)
        lasts = np.where(alive, rng.exponential(1 / leaving), 0.0)
        more, last = buy_until(rates, lasts, np.full(draws, pareto_nbd.MONTH), rng)
        after = pd.DataFrame(
            {"x": x + more, "t_x": np.where(more > 0, T + last, t_x), "T": T + pareto_nbd.MONTH}
        )
        found = more + pareto_nbd.discounted(fit, after, MONTHLY)
        before = (1 + MONTHLY) * pareto_nbd.discounted(fit, row, MONTHLY)[0]
        assert abs(found.mean() - before) < 4 * found.std() / np.sqrt(draws)
        assert found.std() / np.sqrt(draws) < 0.01 * before


def test_where_the_closed_form_divides_by_zero_nothing_happens():
    """At s = 1 the time that customers remain is 0 / 0."""
    near = [pareto_nbd.expected(at(0.5, 5, s, 20), life(3, 20, 30), 12) for s in (1 - 1e-7, 1, 1 + 1e-7)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-9)


def test_months_add_up_and_lengths_are_heeded(sample):
    rows = cdnow.patterns()
    months = pareto_nbd.expected(sample, rows, 12)
    assert months.shape == (len(rows), 12) and (months > 0).all() and (np.diff(months, axis=1) < 0).all()
    uneven = pareto_nbd.expected(sample, rows, 3, steps=[1, 2, pareto_nbd.MONTH * 3 - 3]).sum(axis=1)
    assert uneven == pytest.approx(months[:, :3].sum(axis=1), rel=1e-10)
    assert pareto_nbd.expected(sample, rows, 0).shape == (len(rows), 0)
    kept = pareto_nbd.prepared(rows)
    assert (pareto_nbd.expected(sample, kept, 12) == months).all()
    assert (pareto_nbd.scores(sample, kept) == pareto_nbd.scores(sample, rows)).all()
    assert pareto_nbd.expected_since_start(sample, 6, before=18) == pytest.approx(
        pareto_nbd.expected_since_start(sample, 24)[18:]
    )
    weeks = np.array([-1, 0, 12 * pareto_nbd.MONTH])
    year = pareto_nbd.expected_since_start(sample, 12).sum()
    assert pareto_nbd.expected_by(sample, weeks) == pytest.approx([0, 0, year])


@settings(max_examples=20, deadline=None)
@given(
    st.tuples(st.floats(0.1, 5), st.floats(0.1, 30), st.floats(0.02, 5), st.floats(0.1, 200)),
    st.lists(lives, min_size=1, max_size=4),
    st.floats(0.008, 0.05),
    st.sampled_from([None, [2.0, 9.0, 4.0]]),
)
def test_discounting_without_end_is_the_sum_of_months(values, rows, rate, steps):
    fit, table = at(*values), pd.concat(rows, ignore_index=True)
    months = int(np.ceil(36 / np.log1p(rate)))
    powers = (1 + rate) ** -np.arange(1.0, months + 1)
    direct = pareto_nbd.expected(fit, table, months, steps=steps) @ powers
    assert pareto_nbd.discounted(fit, table, rate, steps=steps) == pytest.approx(direct, rel=1e-9)


def test_no_end_and_no_rate_has_no_answer(sample):
    with pytest.raises(CustlibError, match="pareto_nbd: an unlimited horizon needs a discount rate above 0"):
        pareto_nbd.discounted(sample, life(1, 1, 2), 0.0)


# Truth recovered, and nothing believed that should not be --------------------------------------------------


@pytest.mark.parametrize(
    ("truth", "weeks", "customers"),
    [((0.5, 6.0, 0.7, 12.0), (20, 80), 4_000), ((2.0, 0.7, 1.2, 60.0), (40, 104), 2_000)],
    ids=["a shop", "a bank, hundreds of days"],
)
def test_truth_is_recovered(truth, weeks, customers):
    drawn = draw_until(truth, cohorts(3, weeks, customers), seed=4)
    fit = pareto_nbd.fit(drawn)
    assert fit.trusted
    intervals = fit.intervals(0.999)
    assert ((intervals[:, 0] < truth) & (truth < intervals[:, 1])).all()
    assert (fit.standard_errors / fit.values < 0.3).all()


def test_intervals_hold_the_truth():
    """Twelve simulated bases of 1,000 customers: 10 to 12 of the 95% intervals hold each figure; `make coverage` takes more."""
    found = coverage.run_days(12, count=40)
    assert found.held.between(10, 12).all(), found


def test_nobody_leaving_is_said():
    rng = np.random.default_rng(8)
    lengths = cohorts(8, (50, 100), 1_000)
    x, t_x = buy_until(rng.gamma(3, 1 / 2, 1_000), np.full(1_000, np.inf), lengths, rng)
    fit = pareto_nbd.fit(pd.DataFrame({"x": x, "t_x": t_x, "T": lengths, "customers": 1}))
    assert "s" in fit.at_bound and not fit.trusted


def test_all_leaving_alike_is_an_answer_and_no_failure():
    """Lifetimes of one rate for all: the shape of the rates of leaving has no end, their mean has its interval."""
    rng = np.random.default_rng(9)
    lengths = cohorts(9, (50, 100), 1_500)
    x, t_x = buy_until(rng.gamma(2, 1 / 2, 1_500), rng.exponential(1 / 0.02, 1_500), lengths, rng)
    fit = pareto_nbd.fit(pd.DataFrame({"x": x, "t_x": t_x, "T": lengths, "customers": 1}))
    assert fit.trusted
    assert fit["s"] / fit["beta"] == pytest.approx(0.02, rel=0.1)
    if fit.ended:
        assert fit.ended == ("beta",) and fit.alike == ("s", "beta")
    else:
        assert fit["s"] > 5


BAD = {
    "one customer": life(3, 10.0, 20.0),
    "one customer who never came again": life(0, 0.0, 20.0),
    "one-time buyers": pd.concat([life(0, 0.0, weeks, 200) for weeks in (5.0, 10.0, 20.0)]),
    "all the same": life(4, 12.0, 30.0, 1000),
    "won on the last day": life(0, 0.0, 0.0, 50),
    "two patterns": pd.concat([life(0, 0.0, 20.0, 10), life(1, 19.0, 20.0, 2)]),
}


@pytest.mark.parametrize("rows", BAD.values(), ids=BAD.keys())
def test_data_that_tell_nothing_give_a_fit_that_says_so(rows):
    fit = pareto_nbd.fit(rows.reset_index(drop=True))
    assert not fit.trusted
    assert fit.customers == rows.customers.sum()


def test_impossible_patterns_are_refused_with_an_example():
    for row in (life(1, 5.0, 4.0), life(0, 1.0, 4.0), life(-1, 0.0, 4.0), life(1, 1.0, np.nan)):
        with pytest.raises(CustlibError, match="found x = "):
            pareto_nbd.fit(row)
    with pytest.raises(CustlibError, match="no customer"):
        pareto_nbd.fit(life(1, 1.0, 2.0).iloc[:0])
