"""BG/BB against the paper, against brute force, and against its own identities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import roots_jacobi

from custlib.measure.clv import bgbb

from .lives import counted, donors, live, model, pattern

MONTHLY = 1.10 ** (1 / 12) - 1
PAPER = (1.204, 0.750, 0.657, 2.783)


@pytest.fixture(scope="module")
def fitted():
    return bgbb.fit(donors())


def test_donors_parameters_are_the_published_ones(fitted):
    """Fader, Hardie & Shang 2010 (Marketing Science 29:6), table 3: estimates and log-likelihood."""
    assert fitted.trusted
    assert [round(float(value), 3) for value in fitted.values] == [1.204, 0.750, 0.657, 2.783]
    assert fitted.log_likelihood == pytest.approx(-33225.6, abs=0.1)


def test_donors_expected_gifts_are_the_published_ones(fitted):
    """The same, section 5: 3.628 gifts in the next ten years of one who gave four times, lastly in the fifth of six."""
    ahead = bgbb.expected(fitted, pattern(4, 5, 6), 10)
    assert ahead.sum() == pytest.approx(3.628, abs=0.001)


@pytest.mark.parametrize(
    ("state", "total", "value"),
    [((6, 10, 10), 180, 657.651), ((2, 3, 10), 40, 12.734), ((0, 0, 0), 0, 222.103)],
)
def test_worked_values(state, total, value):
    """The worked example of the definitions: m = (40 + S) / (2 + x), d = .797414%."""
    margin = (40 + total) / (2 + state[0])
    months = bgbb.discounted(model(*PAPER), pattern(*state), MONTHLY)[0]
    assert margin * months == pytest.approx(value, abs=0.0006)


parameters = st.tuples(*[st.floats(0.15, 40)] * 2, st.floats(0.1, 6), st.floats(0.2, 80))


@st.composite
def states(draw):
    n = draw(st.integers(0, 60))
    x = draw(st.integers(0, n))
    return x, draw(st.integers(x, n)) if x else 0, n


@settings(max_examples=300, deadline=None)
@given(parameters, states(), st.sampled_from([0, 0, 1, 17, 120]), st.floats(1e-4, 0.05), st.floats(0, 500))
def test_value_is_a_martingale(truth, state, before, rate, total):
    """What is expected next month and then, discounted, is what is expected now; spend learnt from each active month."""
    (x, t_x, n), fit = state, model(*truth)
    before = before if x else 0
    k, mu = 2.5, 30.0

    def worth(x, t_x, n, total):
        return (k * mu + total) / (k + x) * bgbb.discounted(fit, pattern(x, t_x, n, before), rate)[0]

    chance = bgbb.expected(fit, pattern(x, t_x, n, before), 1)[0, 0]
    # The expected margin of the next active month is m; value is linear in it, so its spread does not matter.
    margin = (k * mu + total) / (k + x)
    after = chance * (margin + worth(x + 1, n + 1, n + 1, total + margin))
    after += (1 - chance) * worth(x, t_x, n + 1, total)
    assert after == pytest.approx((1 + rate) * worth(x, t_x, n, total), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(parameters, states(), st.sampled_from([0, 24]))
def test_discounting_is_the_sum_of_what_is_expected(truth, state, before):
    x, t_x, n = state
    fit, row = model(*truth), pattern(x, t_x, n, before if x else 0)
    rate = 0.02
    ahead = bgbb.expected(fit, row, 2400)[0]
    weights = (1 + rate) ** -np.arange(1.0, 2401)
    assert bgbb.discounted(fit, row, rate)[0] == pytest.approx(ahead @ weights, rel=1e-9)
    assert bgbb.discounted(fit, row, rate, 36)[0] == pytest.approx(ahead[:36] @ weights[:36], rel=1e-12)


def test_likelihood_is_the_integral_over_customers():
    """Equation 1 of the paper averaged over p and theta, by numerical integration, with kappa and years before the data."""
    alpha, beta, gamma, delta, kappa = 1.4, 0.9, 1.1, 4.0, 0.3

    def chance(p, theta, x, t_x, n, before, closed):
        stays = 1 - theta
        if closed:
            return kappa * p**x * (1 - p) ** (n - x) * stays ** (before + n) * theta
        alive = p**x * (1 - p) ** (n - x) * stays ** (before + n)
        gone = sum(p**x * (1 - p) ** (m - x) * theta * stays ** (before + m) for m in range(t_x, n))
        return alive + (1 - kappa) * gone

    def nodes(one, other):
        # Gauss-Jacobi on 0 to 1: exact for the polynomials that chances are.
        place, weight = roots_jacobi(30, other - 1, one - 1)
        return (place + 1) / 2, weight / weight.sum()

    (ps, p_weights), (thetas, theta_weights) = nodes(alpha, beta), nodes(gamma, delta)

    def integral(function):
        return p_weights @ function(ps[:, None], thetas[None, :]) @ theta_weights

    fit = model(alpha, beta, gamma, delta, kappa)
    for state in [
        (2, 3, 5, 0, False),
        (0, 0, 4, 0, False),
        (1, 1, 3, 0, True),
        (2, 4, 5, 7, False),
        (3, 3, 3, 7, True),
    ]:
        x, t_x, n, before, closed = state
        found = integral(lambda p, theta, state=state: chance(p, theta, *state))
        rows = pattern(x, t_x, n, before, closed)
        if before:
            # Seen at all in the window of five months, of which the older customers' longest pattern tells.
            rows = pd.concat([rows, pattern(2, 2, 5, before)], ignore_index=True)
            found /= integral(
                lambda p, theta, before=before: sum(
                    p * (1 - p) ** (m - 1) * (1 - theta) ** (before + m) for m in range(1, 6)
                )
            )
        assert bgbb.log_likelihood(fit, rows)[0] == pytest.approx(np.log(found), abs=1e-10)


def test_scores_are_the_derivatives():
    rng = np.random.default_rng(5)
    frame = counted(live(rng, 400, (1.2, 0.8, 0.7, 6.0), 12, kappa=0.4, older=0.4))
    fit = model(1.1, 0.9, 0.8, 5.0, 0.35)
    found = bgbb.scores(fit, frame)
    for i in range(5):
        step = np.eye(5)[i] * 1e-6
        up, down = (bgbb.log_likelihood(fit.at(fit.values + sign * step), frame) for sign in (1, -1))
        assert found[:, i] == pytest.approx((up - down) / 2e-6, abs=1e-6)


def test_chances_are_those_of_simulated_lives():
    """P(alive), expected active months and the chance of any, against 400,000 lives drawn month by month."""
    rng = np.random.default_rng(11)
    truth = (1.2, 0.75, 0.657, 2.783)
    frame = live(rng, 400_000, truth, 6, ahead=4, kappa=0.4)
    fit = model(*truth, 0.4)
    open_ones = frame[~frame.closed].groupby(bgbb.KEYS)
    found = open_ones.agg(customers=("x", "size"), alive=("alive", "mean"), came=("came", "mean"),
                          any=("came", lambda c: (c > 0).mean())).reset_index()  # fmt: skip
    found = found[found.customers > 2_000]
    assert len(found) > 15
    error = 4.5 / np.sqrt(found.customers)
    assert (abs(bgbb.p_alive(fit, found) - found.alive) < 0.5 * error).all()
    assert (abs(bgbb.p_any(fit, found, 4) - found["any"]) < 0.5 * error).all()
    assert (abs(bgbb.expected(fit, found, 4).sum(axis=1) - found.came) < 2 * error).all()


def test_truth_is_recovered_with_closures_and_older_customers():
    """Every parameter within three standard errors; kappa too."""
    truth, kappa = (2.0, 1.0, 0.8, 12.0), 0.6
    frame = counted(live(np.random.default_rng(3), 40_000, truth, 30, kappa=kappa, older=0.35))
    fit = bgbb.fit(frame)
    assert fit.trusted
    assert (np.abs(fit.values - np.array([*truth, kappa])) < 3 * fit.standard_errors).all()


def test_leaving_out_who_was_never_seen_needs_the_condition():
    """Older customers who were seen are no random ones: fitted as if they were new, they look far more loyal."""
    truth = (1.0, 1.5, 0.8, 8.0)
    frame = live(np.random.default_rng(4), 40_000, truth, 24, older=0.6)
    right = bgbb.fit(counted(frame))
    wrong = bgbb.fit(counted(frame.assign(before=0)))
    leaving = [fit["gamma"] / (fit["gamma"] + fit["delta"]) for fit in (right, wrong)]
    assert leaving[0] == pytest.approx(0.8 / 8.8, rel=0.08)
    assert leaving[1] < 0.8 * leaving[0]


def test_kappa_at_its_ends():
    """All departures recorded: kappa runs to one, which is an answer and no failure; the closed are worth nothing."""
    frame = counted(live(np.random.default_rng(8), 5_000, (2.0, 1.0, 0.8, 12.0), 24, kappa=1.0))
    fit = bgbb.fit(frame)
    assert fit.trusted and fit["kappa"] > 0.999
    assert (bgbb.p_alive(fit, frame)[frame.closed] == 0).all()
    assert (bgbb.discounted(fit, frame, MONTHLY)[frame.closed] == 0).all()
    # Nobody leaves unseen, so the open are alive, however long they have been silent.
    assert bgbb.p_alive(fit, pattern(1, 1, 20))[0] > 0.99


def test_expectation_since_start_averages_over_lives():
    """Summed over all patterns of a length, expected activity is that of a customer of whom nothing is known."""
    fit = model(1.2, 0.75, 0.657, 2.783)
    months = bgbb.expected_since_start(fit, 6)
    direct = [bgbb.expected(fit, pattern(0, 0, 0), 6)[0, j] for j in range(6)]
    assert months == pytest.approx(direct, rel=1e-12)
    frame = live(np.random.default_rng(2), 200_000, (1.2, 0.75, 0.657, 2.783), 5, older=1.0)
    share = frame.x.sum() / len(frame)
    weights = frame.before.value_counts(normalize=True)
    told = sum(
        weight * bgbb.expected_since_start(fit, 5, int(before)).sum() for before, weight in weights.items()
    )
    assert told == pytest.approx(share, rel=0.01)


def test_customers_who_leave_alike_are_an_answer():
    """Where everybody leaves with one chance, gamma and delta grow without end and their ratio is that chance."""
    rng = np.random.default_rng(21)
    n = rng.integers(6, 30, 6_000)
    lived, p = rng.geometric(0.06, 6_000) - 1, rng.beta(6, 0.2, 6_000)
    month = np.arange(1, 31)
    active = (rng.random((6_000, 30)) < p[:, None]) & (month <= np.minimum(n, lived)[:, None])
    frame = pd.DataFrame({"x": active.sum(axis=1), "t_x": (active * month).max(axis=1), "n": n, "before": 0})
    fit = bgbb.fit(counted(frame.assign(closed=False)))
    assert fit.trusted
    assert fit["gamma"] / (fit["gamma"] + fit["delta"]) == pytest.approx(0.06, rel=0.06)
    if fit.ended:
        assert set(fit.ended) <= {"gamma", "delta"}


@pytest.mark.parametrize(
    ("frame", "bound"),
    [
        (pd.concat([pattern(0, 0, n, customers=50) for n in range(1, 13)]), None),
        (pd.concat([pattern(12, 12, 12, customers=500)]), None),
        (pd.concat([pattern(x, 12, 12, customers=40) for x in range(4, 12)]), {"gamma", "delta"}),
    ],
    ids=["one-time buyers", "all alike", "nobody leaves"],
)
def test_data_that_hold_no_answer_give_none(frame, bound):
    fit = bgbb.fit(frame.reset_index(drop=True))
    assert not fit.trusted
    if bound:
        assert bound & set(fit.at_bound)
