"""BG/NBD against the paper, arbitrary precision, drawn customers, and data it must not be believed on."""

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure.clv import bgnbd, days
from custlib.measure.clv.bgnbd_likelihood import Lives, total

from . import cdnow
from .buying import buy, draw

MONTHLY = 1.1 ** (1 / 12) - 1
PUBLISHED = (0.243, 4.414, 0.793, 2.426)


def life(x, t_x, T, customers=1):
    return pd.DataFrame([{"x": x, "t_x": t_x, "T": T, "customers": customers}])


def at(*values):
    """Give the model at chosen parameters."""
    return bgnbd.fit(life(1, 1.0, 2.0), hessian=False).at(values)


@pytest.fixture(scope="module")
def sample():
    return bgnbd.fit(cdnow.patterns())


# The paper's figures ------------------------------------------------------------------------------------


def test_the_sample_is_the_papers():
    """Fader, Hardie & Lee 2005 (Marketing Science 24:2): 2,357 customers, 2,457 repeat purchases, T up to 38.86."""
    found = cdnow.customers()
    printed = cdnow.published("cdnow_customers_summary.csv")
    assert (len(found), found.x.sum(), round(found["T"].max(), 2)) == (2357, 2457, 38.86)
    assert (found.x.to_numpy() == printed.frequency.to_numpy()).all()
    assert np.abs(found.t_x.to_numpy() - printed.recency.to_numpy()).max() < 0.005
    assert np.abs(found["T"].to_numpy() - printed["T"].to_numpy()).max() < 0.005


def test_parameters_are_the_published_ones(sample):
    """Fader, Hardie & Lee 2005, table 2: r .243, alpha 4.414, a .793, b 2.426, LL -9582.4."""
    assert sample.trusted
    assert [round(float(value), 3) for value in sample.values] == list(PUBLISHED)
    assert round(sample.log_likelihood, 1) == -9582.4


def test_expected_purchases_are_the_published_ones(sample):
    """Fader, Hardie & Lee 2005: 1.226 in the 39 weeks ahead for x = 2, t_x = 30.43, T = 38.86."""
    ahead = bgnbd.expected(sample, life(2, 30.43, 38.86), 1, steps=[39])
    assert round(float(ahead[0, 0]), 3) == 1.226


def test_whole_weeks_move_the_parameters():
    rough = cdnow.patterns().assign(t_x=lambda p: np.floor(p.t_x), T=lambda p: np.floor(p["T"]))
    assert round(bgnbd.fit(rough)["alpha"], 1) != 4.4


# The likelihood -----------------------------------------------------------------------------------------

parameters = st.tuples(st.floats(0.05, 20), st.floats(0.05, 50), st.floats(0.05, 20), st.floats(0.05, 50))
lives = st.tuples(st.integers(0, 60), st.floats(0.01, 1), st.floats(0.1, 200)).map(
    lambda made: life(made[0], made[1] * made[2] if made[0] else 0.0, made[2])
)


@settings(max_examples=60, deadline=None)
@given(parameters, lives)
def test_likelihood_is_the_equation_and_scores_are_its_slopes(values, row):
    """Equation 6, in as many digits as it takes."""
    fit, x, t_x, T = at(*values), int(row.x[0]), row.t_x[0], row["T"][0]

    def equation(r, alpha, a, b):
        stays = mpmath.beta(a, b + x) / (alpha + T) ** (r + x)
        leaves = mpmath.beta(a + 1, b + x - 1) / (alpha + t_x) ** (r + x) if x else 0
        made = mpmath.gamma(r + x) / mpmath.gamma(r) * alpha**r / mpmath.beta(a, b)
        return mpmath.log(made * (stays + leaves))

    with mpmath.workdps(40):
        point = [mpmath.mpf(value) for value in values]
        assert float(equation(*point)) == pytest.approx(bgnbd.log_likelihood(fit, row)[0], abs=1e-9)
        slopes = [
            float(mpmath.diff(equation, tuple(point), tuple(np.eye(4, dtype=int)[i]))) for i in range(4)
        ]
    assert bgnbd.scores(fit, row)[0] == pytest.approx(slopes, rel=1e-7, abs=1e-9)


def test_gradient_of_the_fit_is_the_sum_of_scores(sample):
    rows = cdnow.patterns()
    away = sample.at([0.5, 3, 0.4, 1.5])
    height, slope = total(away.values, Lives.of(rows))
    assert height == pytest.approx(rows.customers @ bgnbd.log_likelihood(away, rows), rel=1e-13)
    assert slope == pytest.approx(rows.customers.to_numpy() @ bgnbd.scores(away, rows), rel=1e-9)


def test_counted_rows_and_single_customers_are_one_fit(sample):
    single = bgnbd.fit(cdnow.customers().assign(customers=1))
    assert single.values == pytest.approx(sample.values, rel=1e-7)
    assert single.standard_errors == pytest.approx(sample.standard_errors, rel=1e-4)


def test_nothing_depends_on_the_unit_of_time(sample):
    days = cdnow.patterns().assign(t_x=lambda p: p.t_x * 7, T=lambda p: p["T"] * 7)
    fit = bgnbd.fit(days)
    assert fit.values == pytest.approx(sample.values * [1, 7, 1, 1], rel=1e-7)
    assert fit.log_likelihood == pytest.approx(sample.log_likelihood - 2457 * np.log(7), abs=1e-6)


def test_a_start_of_its_own_ends_at_the_same_place(sample):
    assert bgnbd.fit(cdnow.patterns(), starts=[(1, 10, 2, 5)]).values == pytest.approx(
        sample.values, rel=1e-6
    )


def test_many_rows_are_fitted_from_a_part_of_them_to_the_same_end():
    drawn = draw(PUBLISHED, np.random.default_rng(1).uniform(5, 60, 20_000), seed=2)
    assert (drawn.x > 0).sum() > days.MANY
    whole = bgnbd.fit(drawn, starts=[(r, alpha * drawn["T"].mean(), a, b) for r, alpha, a, b in bgnbd.STARTS])
    assert bgnbd.fit(drawn).values == pytest.approx(whole.values, rel=1e-6)


# Alive --------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(parameters, lives)
def test_alive_is_a_probability_with_its_known_ends(values, row):
    fit, (_, _, a, b) = at(*values), values
    x = int(row.x[0])
    alive = bgnbd.p_alive(fit, row)[0]
    assert 0 <= alive <= 1
    if x == 0:
        assert alive == 1
        return
    # On the day of the last purchase only that purchase can have ended it; afterwards silence tells more and more.
    assert bgnbd.p_alive(fit, row.assign(T=row.t_x))[0] == pytest.approx((b + x - 1) / (a + b + x - 1))
    assert bgnbd.p_alive(fit, row.assign(T=row["T"] * 1.5))[0] <= alive
    assert bgnbd.at_last_activity(row)["T"][0] == row.t_x[0]


def test_alive_and_coming_again_are_as_frequent_as_said():
    """Customers are drawn, sorted by what the model says of them, and followed for a year."""
    fit, rng = at(0.8, 6, 0.6, 2.0), np.random.default_rng(5)
    drawn = draw(fit.values, rng.uniform(10, 80, 100_000), seed=6)
    alive, ahead = _later(drawn, 52.18, rng)
    said = bgnbd.p_alive(fit, drawn), bgnbd.p_any(fit, drawn, 12), bgnbd.expected(fit, drawn, 12).sum(axis=1)
    for predicted, actual in zip(said, (alive, ahead > 0, ahead), strict=True):
        for part in np.array_split(np.argsort(predicted, kind="stable"), 10):
            error = actual[part].std() / np.sqrt(len(part)) + 1e-12
            assert abs(predicted[part].mean() - actual[part].mean()) < 4.5 * error


def _later(drawn, weeks, rng):
    """Draw whether customers with these patterns, rates and probabilities are alive at T, and what they buy after it."""
    stays = (1 - drawn.leaving) * np.exp(-drawn.rate * (drawn["T"] - drawn.t_x))
    alive = (drawn.x == 0) | (rng.random(len(drawn)) < stays / (stays + drawn.leaving))
    count, _ = buy(drawn.rate.to_numpy(), drawn.leaving.to_numpy(), np.where(alive, weeks, 0.0), rng)
    return alive.to_numpy(), count


# What is expected ---------------------------------------------------------------------------------------

HARD = [
    (*PUBLISHED, 2, 38.86, 39),
    (*PUBLISHED, 0, 0, 5200),
    (*PUBLISHED, 30, 5, 5200),
    (1.5, 0.3, 0.05, 0.7, 730, 104, 52),
    (1.5, 0.3, 0.05, 0.7, 730, 104, 5200),
    (1.5, 0.3, 1.2, 40, 730, 104, 520),
    (0.9, 0.05, 2.3, 12, 730, 104, 4.3),
    (0.9, 0.05, 0.3, 12, 365, 52, 52),
    (3, 0.1, 30, 500, 730, 104, 52),
    (3, 0.1, 30, 500, 84, 12, 52),
    (3, 0.1, 0.01, 0.02, 84, 12, 52),
    (0.3, 0.01, 0.01, 0.02, 0, 0, 52),
    (8, 2, 50, 0.5, 1, 3, 52),
    (50, 200, 2.5, 3, 20, 3, 52),
    (50, 0.01, 2.5, 3, 20, 0.1, 520),
]


@pytest.mark.parametrize("case", HARD)
def test_expected_agrees_with_the_closed_form_in_forty_digits(case):
    """Equation 10; in doubles its 2F1 overflows, or loses its digits, on most of these."""
    r, alpha, a, b, x, T, t = (mpmath.mpf(number) for number in case)
    with mpmath.workdps(40):
        shape = mpmath.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
        alive = (a + b + x - 1) / (a - 1) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * shape)
    row, fit = life(case[4], case[5] if case[4] else 0.0, case[5]), at(*case[:4])
    # With t_x = T eq. 10's denominator is this; it has tests of its own.
    found = bgnbd.expected(fit, row, 1, steps=[case[6]])[0, 0] / bgnbd.p_alive(fit, row)[0]
    assert found == pytest.approx(float(alive), rel=1e-8)


def test_every_frequency_up_to_a_banks_is_finite_and_exact():
    """x = 0 ... 730 in two years, all at once, so that the table behind them is a large one."""
    values = (1.1, 0.4, 0.6, 9.0)
    x = np.arange(0, 731)
    rows = pd.DataFrame({"x": x, "t_x": np.where(x > 0, 104.0, 0.0), "T": 104.0 + x % 5})
    ahead = bgnbd.expected(at(*values), rows, 12)
    assert np.isfinite(ahead).all() and (ahead > 0).all()
    alive = bgnbd.p_alive(at(*values), rows)
    r, alpha, a, b = (mpmath.mpf(value) for value in values)
    for i in range(0, 731, 73):
        T, t = mpmath.mpf(rows["T"][i]), mpmath.mpf(12 * bgnbd.MONTH)
        with mpmath.workdps(30):
            shape = mpmath.hyp2f1(r + i, b + i, a + b + i - 1, t / (alpha + T + t))
            exact = (a + b + i - 1) / (a - 1) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + i) * shape)
        assert ahead[i].sum() / alive[i] == pytest.approx(float(exact), rel=1e-8)


def test_where_the_closed_form_divides_by_zero_nothing_happens():
    """At a = 1 equation 10 is 0 / 0."""
    near = [bgnbd.expected(at(0.5, 5, a, 2), life(3, 20, 30), 12) for a in (1 - 1e-7, 1, 1 + 1e-7)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-9)


def test_months_add_up_and_lengths_are_heeded(sample):
    rows = cdnow.patterns()
    months = bgnbd.expected(sample, rows, 12)
    assert months.shape == (len(rows), 12) and (months > 0).all()
    assert (np.diff(months, axis=1) < 0).all()
    year = bgnbd.expected(sample, rows, 1, steps=[12 * bgnbd.MONTH])[:, 0]
    assert months.sum(axis=1) == pytest.approx(year, rel=1e-10)
    uneven = bgnbd.expected(sample, rows, 3, steps=[1, 2, bgnbd.MONTH * 3 - 3]).sum(axis=1)
    assert uneven == pytest.approx(months[:, :3].sum(axis=1), rel=1e-10)
    assert bgnbd.expected(sample, rows, 0).shape == (len(rows), 0)


@settings(max_examples=20, deadline=None)
@given(
    st.tuples(st.floats(0.1, 5), st.floats(0.1, 30), st.floats(0.05, 5), st.floats(0.1, 20)),
    st.lists(lives, min_size=1, max_size=4),
    st.floats(0.008, 0.05),
    st.sampled_from([None, [2.0, 9.0, 4.0]]),
)
def test_discounting_without_end_is_the_sum_of_months(values, rows, rate, steps):
    fit, table = at(*values), pd.concat(rows, ignore_index=True)
    months = int(np.ceil(36 / np.log1p(rate)))
    powers = (1 + rate) ** -np.arange(1.0, months + 1)
    direct = bgnbd.expected(fit, table, months, steps=steps) @ powers
    assert bgnbd.discounted(fit, table, rate, steps=steps) == pytest.approx(direct, rel=1e-9)


@pytest.mark.parametrize("horizon", [1, 12, 60, 200])
def test_a_horizon_ends_the_sum(sample, horizon):
    rows = cdnow.patterns()
    months = bgnbd.expected(sample, rows, horizon)
    direct = months @ (1 + MONTHLY) ** -np.arange(1.0, horizon + 1)
    assert bgnbd.discounted(sample, rows, MONTHLY, horizon) == pytest.approx(direct, rel=1e-11)
    assert bgnbd.discounted(sample, rows, 0.0, horizon) == pytest.approx(months.sum(axis=1), rel=1e-11)


def test_no_end_and_no_rate_has_no_answer(sample):
    with pytest.raises(CustlibError, match="rate above 0"):
        bgnbd.discounted(sample, life(1, 1, 2), 0.0)


def test_value_is_a_martingale():
    """(1 + d) V(state) = E[purchases of the month + V(state after it)], by drawing the month from the posterior."""
    fit, rng, draws = at(0.7, 5, 0.8, 2.5), np.random.default_rng(11), 400_000
    r, alpha, a, b = fit.values
    for x, t_x, T in ((0, 0.0, 3.0), (1, 2.0, 30.0), (6, 35.0, 40.0), (40, 51.0, 52.0)):
        row = life(x, t_x, T)
        alive = rng.random(draws) < bgnbd.p_alive(fit, row)[0]
        rates, leaving = rng.gamma(r + x, 1 / (alpha + T), draws), rng.beta(a, b + x, draws)
        more, last = buy(rates, leaving, np.where(alive, bgnbd.MONTH, 0.0), rng)
        after = pd.DataFrame({"x": x + more, "t_x": np.where(more > 0, T + last, t_x), "T": T + bgnbd.MONTH})
        found = more + bgnbd.discounted(fit, after, MONTHLY)
        before = (1 + MONTHLY) * bgnbd.discounted(fit, row, MONTHLY)[0]
        assert abs(found.mean() - before) < 4 * found.std() / np.sqrt(draws)
        assert found.std() / np.sqrt(draws) < 0.01 * before


def test_a_life_from_its_start_is_equation_9(sample):
    r, alpha, a, b = (mpmath.mpf(value) for value in sample.values)
    months = bgnbd.expected_since_start(sample, 24)
    t = mpmath.mpf(24 * bgnbd.MONTH)
    shape = mpmath.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    exact = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * shape)
    assert months.sum() == pytest.approx(float(exact), rel=1e-10)
    assert bgnbd.expected_since_start(sample, 6, before=18) == pytest.approx(months[18:])


# Truth recovered, and nothing believed that should not be --------------------------------------------------


@pytest.mark.parametrize(
    ("truth", "weeks"),
    [((0.5, 6.0, 0.7, 2.0), (20, 80)), ((2.0, 0.7, 0.8, 40.0), (40, 104))],
    ids=["a shop", "a bank, hundreds of days"],
)
def test_truth_is_recovered(truth, weeks):
    drawn = draw(truth, np.random.default_rng(3).uniform(*weeks, 20_000), seed=4)
    fit = bgnbd.fit(drawn)
    assert fit.trusted
    intervals = fit.intervals(0.999)
    assert ((intervals[:, 0] < truth) & (truth < intervals[:, 1])).all()
    assert (fit.standard_errors / fit.values < 0.15).all()


def test_nobody_leaving_is_said():
    rng = np.random.default_rng(8)
    lengths = rng.uniform(50, 100, 5_000)
    x, t_x = buy(rng.gamma(3, 1 / 2, 5_000), np.zeros(5_000), lengths, rng)
    fit = bgnbd.fit(pd.DataFrame({"x": x, "t_x": t_x, "T": lengths, "customers": 1}))
    assert "a" in fit.at_bound and not fit.trusted


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
    fit = bgnbd.fit(rows.reset_index(drop=True))
    assert not fit.trusted
    assert fit.customers == rows.customers.sum()


def test_impossible_patterns_are_refused_with_an_example():
    for row in (life(1, 5.0, 4.0), life(0, 1.0, 4.0), life(-1, 0.0, 4.0), life(1, 1.0, np.nan)):
        with pytest.raises(CustlibError, match="found x = "):
            bgnbd.fit(row)
    with pytest.raises(CustlibError, match="no customer"):
        bgnbd.fit(life(1, 1.0, 2.0).iloc[:0])


def test_months_seen_are_whole_ones():
    assert bgnbd.months_seen(life(0, 0.0, 90 / 7)) == 2
    assert bgnbd.months_seen(life(0, 0.0, 3 * bgnbd.MONTH)) == 3
    assert bgnbd.months_seen(life(0, 0.0, 1.0).iloc[:0]) == 0
