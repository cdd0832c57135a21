"""The ledger's lines: the worked example to its printed digits, and the identity they rest on, enumerated."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure.clv import bgbb, sbg
from custlib.measure.clv.fit import Fit
from custlib.measure.ledger import LINES, RESIDUAL, customer_lines, prices, residual

RATE = 1.1 ** (1 / 12) - 1
# Benefactors' parameters (Fader, Hardie & Shang 2010, Table 3).
PAPER = (1.204, 0.750, 0.657, 2.783)


def bgbb_fit(values=PAPER):
    parameters = bgbb.PARAMETERS if len(values) == 4 else (*bgbb.PARAMETERS, bgbb.KAPPA)
    return Fit("bgbb", parameters, np.array(values, float), np.zeros((len(values),) * 2), 0.0, 1, True)


def sbg_fit(gamma=0.8, delta=12.0):
    return Fit("sbg", sbg.PARAMETERS, np.array([gamma, delta]), np.zeros((2, 2)), 0.0, 1, True)


def state(*rows, k=2.0, mu=20.0, module=bgbb, fit=None):
    """Price customers (x, t_x, n, S) with m = (k mu + S) / (k + x); and months before the data, closed."""
    names = ["x", "t_x", "n", "total", "before", "closed"]
    table = pd.DataFrame([(*row, 0, False)[:6] if len(row) < 6 else row for row in rows], columns=names)
    table = table.astype({"closed": bool})
    found = prices(module, fit or bgbb_fit(), table, RATE)
    return found.assign(margin=(k * mu + table.total) / (k + table.x))


# The definitions' worked example: BG/BB of the paper, d of 10% a year, m = (40 + S) / (2 + x).
OPENING = [(6, 10, 10, 180.0), (6, 10, 10, 180.0), (2, 3, 10, 40.0), (2, 3, 10, 40.0)]
CLOSING = [(7, 11, 11, 225.0), (6, 10, 11, 180.0), (2, 3, 11, 40.0), (3, 11, 11, 50.0)]
REALISED = [45.0, 0.0, -5.0, 10.0]
PRINTED = [
    [657.651, 5.244, -15.763, 33.260, 34.632, 50.557, 765.583],
    [657.651, 5.244, -15.763, -44.666, -46.508, 0.0, 555.959],
    [12.734, 0.102, -0.305, -3.216, -0.719, 0.0, 8.595],
    [12.734, 0.102, -0.305, 207.547, 46.397, -26.647, 239.827],
]


def test_the_worked_example_to_its_printed_digits():
    assert pytest.approx(0.00797414, abs=5e-9) == RATE
    table = customer_lines(state(*OPENING), state(*CLOSING), RATE)
    assert list(table.columns) == ["opening", *LINES, "closing"]
    assert np.abs(table.to_numpy() - np.array(PRINTED)).max() < 5.001e-4
    assert table.opening.sum() == pytest.approx(1340.771, abs=5e-4)
    assert table.closing.sum() == pytest.approx(1569.963, abs=5e-4)
    assert sum(REALISED) == 50
    closed = (sum(REALISED) + table.closing.sum() - table.opening.sum()) / table.opening.sum()
    assert closed == pytest.approx(0.20823, abs=5e-6)
    (new,) = state((0, 0, 0, 0.0)).eval("months * margin")
    assert new == pytest.approx(222.103, abs=5e-4)
    total = (sum(REALISED) + table.closing.sum() - table.opening.sum() + new + 30 - 100) / table.opening.sum()
    assert total == pytest.approx(0.32168, abs=5e-6)


def test_survival_has_all_of_what_is_gone_when_the_customer_is_known_to_have_left():
    opening = state((6, 10, 10, 180.0))
    closing = state((6, 10, 10, 180.0, 0, True))
    row = customer_lines(opening, closing, RATE).iloc[0]
    assert row.closing == row.frequency == row.spend == 0
    assert row.survival == pytest.approx(-(row.opening + row.unwinding + row.expected))


patterns = st.integers(0, 40).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n), st.sampled_from([0, 0, 7, 60]))
)
parameters = st.tuples(*(st.floats(0.05, 30) for _ in range(4)))


def gamma_gamma_next(p, k, x, total):
    """Give the mean of the next month's margin, integrated: z ~ Gamma(p, nu), nu ~ Gamma(q + p x, gamma + total)."""
    from scipy.integrate import quad
    from scipy.stats import betaprime

    q = p * k + 1
    shape, rate = q + p * x, 40.0 + total
    law = betaprime(p, shape, scale=rate)
    return quad(lambda z: z * law.pdf(z), 0, np.inf, epsabs=1e-12, epsrel=1e-12, limit=500)[0], law


@given(patterns, parameters)
def test_the_surprises_of_the_closed_base_are_nothing_in_the_mean(pattern, values):
    """Both states that may follow, weighed by their chances: survival, frequency and spend come to zero together."""
    n, t_x, x, before = pattern
    t_x, x = (0, 0) if not t_x or not x else (t_x, min(x, t_x))
    fit, total = bgbb_fit(values), 25.0 * x
    opening = state((x, t_x, n, total, before, False), fit=fit)
    q = float(opening.soon.iloc[0])
    mean = float(opening.margin.iloc[0])  # of the next month's margin, should it come
    came = state((x + 1, n + 1, n + 1, total + mean, before, False), fit=fit)
    silent = state((x, t_x, n + 1, total, before, False), fit=fit)
    scale = max(1.0, abs(float((opening.months * opening.margin).iloc[0])))
    with_activity, without = (customer_lines(opening, each, RATE).iloc[0] for each in (came, silent))
    surprise = ["survival", "frequency", "spend"]
    # m1 is linear in the margin that comes, so its mean may stand for the margin itself.
    expected = q * with_activity[surprise].sum() + (1 - q) * without[surprise].sum()
    assert expected == pytest.approx(0, abs=1e-9 * scale)
    change = q * (mean + with_activity.closing) + (1 - q) * without.closing - with_activity.opening
    assert change == pytest.approx(RATE * with_activity.opening, abs=1e-9 * scale)


@pytest.mark.parametrize("x, total", [(0, 0.0), (2, 40.0), (6, 180.0)])
def test_the_identity_holds_with_the_next_margin_integrated_over_its_law(x, total):
    """Not only the mean margin: every margin that a Gamma-Gamma may bring, with its density."""
    from scipy.integrate import quad

    p, k = 2.5, 2.0
    mu = p * 40.0 / (p * k)
    mean, law = gamma_gamma_next(p, k, x, total)
    t_x, n = (0, 10) if not x else (x + 1, 10)
    opening = state((x, t_x, n, total), k=k, mu=mu)
    q = float(opening.soon.iloc[0])
    assert mean == pytest.approx(float(opening.margin.iloc[0]), rel=1e-9)

    def worth(z):
        row = customer_lines(opening, state((x + 1, n + 1, n + 1, total + z), k=k, mu=mu), RATE).iloc[0]
        return row.survival + row.frequency + row.spend

    # The sum of the three is linear in z: two points give it all, and the law is integrated over them.
    at, slope = worth(0.0), worth(1.0) - worth(0.0)
    came = quad(lambda z: (at + slope * z) * law.pdf(z), 0, np.inf, epsabs=1e-12, epsrel=1e-12, limit=500)[0]
    row = customer_lines(opening, state((x, t_x, n + 1, total), k=k, mu=mu), RATE).iloc[0]
    assert q * came + (1 - q) * (row.survival + row.frequency + row.spend) == pytest.approx(0, abs=1e-9 * 657)


@given(st.floats(0.05, 20), st.floats(0.5, 200), st.integers(0, 80), st.floats(0.05, 0.95))
def test_contracts_and_recorded_departures_are_fair_bets_too(gamma, delta, n, kappa):
    fit = sbg_fit(gamma, delta)
    opening = state((n, n, n, 20.0 * n), module=sbg, fit=fit)
    q, mean = float(opening.soon.iloc[0]), float(opening.margin.iloc[0])
    assert float(opening.stays.iloc[0]) == pytest.approx(q)
    open_ = state((n + 1, n + 1, n + 1, 20.0 * n + mean), module=sbg, fit=fit)
    shut = state((n, n, n, 20.0 * n, 0, True), module=sbg, fit=fit)
    rows = [customer_lines(opening, each, RATE).iloc[0] for each in (open_, shut)]
    scale = max(1.0, float(rows[0].opening))
    sums = [row.survival + row.frequency + row.spend for row in rows]
    assert q * sums[0] + (1 - q) * sums[1] == pytest.approx(0, abs=1e-9 * scale)
    # Where some departures are recorded there is a third state: known to have left in the month.
    fit = bgbb_fit((1.2, 0.8, gamma, delta, kappa))
    n, x = min(n, 40), min(n, 3)
    opening = state((x, x, n, 60.0), fit=fit)
    q, mean = float(opening.soon.iloc[0]), float(opening.margin.iloc[0])
    states = [(x + 1, n + 1, n + 1, 60.0 + mean), (x, x, n + 1, 60.0), (x, x, n, 60.0, 0, True)]
    gone = kappa * float((prices(bgbb, fit, frame(x, n), RATE).eval("alive - stays")).iloc[0])
    sums = [
        customer_lines(opening, state(each, fit=fit), RATE).iloc[0][["survival", "frequency", "spend"]].sum()
        for each in states
    ]
    assert np.dot([q, 1 - q - gone, gone], sums) == pytest.approx(0, abs=1e-9 * scale)


def frame(x, n):
    return pd.DataFrame([{"x": x, "t_x": x, "n": n, "before": 0, "closed": False}])


cells = st.integers(0, 24).flatmap(
    lambda n: st.tuples(
        st.integers(0, n), st.just(n), st.just(n), st.floats(-500, 5000), st.integers(0, 9), st.booleans()
    )
)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from(["bgbb", "sbg"]))
def test_whatever_becomes_of_customers_their_lines_foot(pairs, model):
    """Even from one kind of relationship to another, and back from the dead: the lines are V1 - V0, customer by customer."""
    fits = {"bgbb": (bgbb, bgbb_fit()), "sbg": (sbg, sbg_fit())}
    module, fit = fits[model]
    opening = state(*(one for one, _ in pairs), fit=fit, module=module)
    closing = state(*(other for _, other in pairs))
    table = customer_lines(opening, closing, RATE)
    left = table.closing - table.opening - table[list(LINES)].sum(axis=1)
    assert np.abs(left).max() < 1e-9 * max(1.0, table.abs().max().max())


def test_a_ledger_that_does_not_foot_is_refused():
    lines = {"unwinding": Decimal("8"), "survival": Decimal("-3")}
    assert residual(Decimal(1000), lines, Decimal("1005.0005")) == Decimal("0.0005")
    with pytest.raises(CustlibError, match="does not foot"):
        residual(Decimal(1000), lines, Decimal(1005) + Decimal(2000) * Decimal(repr(RESIDUAL)))


def simulated(customers, months, rng):
    """Draw lives under the paper's parameters, and the margin of active months with k = 2 and a mean of 20."""
    alpha, beta, gamma, delta = PAPER
    p, k, mu = 2.5, 2.0, 20.0
    activity, leaves = rng.beta(alpha, beta, customers), rng.beta(gamma, delta, customers)
    # Gamma-Gamma with q = p k + 1 and gamma = k mu: (k mu + S) / (k + x) is the posterior mean.
    nu = rng.gamma(p * k + 1, 1 / (k * mu), customers)
    lived = rng.geometric(leaves) - 1
    active = (rng.random((months, customers)) < activity) & (np.arange(months)[:, None] < lived)
    return active, np.where(active, rng.gamma(p, 1 / nu, (months, customers)), 0.0)


def test_a_base_that_lives_by_the_model_returns_the_hurdle():
    """Within simulation error, in a month and over a year: the closed base earns the interest on its value, no more and no less."""
    rng = np.random.default_rng(6)
    customers, first, year = 100_000, 10, 12
    active, brought = simulated(customers, first + year, rng)
    month = np.arange(1, first + year + 1)[:, None]

    def at(n):
        """Price everybody at the end of month n: each distinct pattern once."""
        seen = active[:n]
        lives = pd.DataFrame(
            {"x": seen.sum(0), "t_x": (seen * month[:n]).max(0), "n": n, "before": 0, "closed": False}
        )
        kinds = lives.drop_duplicates(ignore_index=True)
        told = lives.merge(kinds.join(prices(bgbb, bgbb_fit(), kinds, RATE)), on=list(lives.columns))
        return told.assign(margin=(40 + brought[:n].sum(0)) / (2 + told.x))

    opening, surprises = at(first), np.zeros(customers)
    start = float((opening.margin * opening.months).sum())
    unwound = 0.0
    for n in range(first + 1, first + year + 1):
        closing = at(n)
        table = customer_lines(opening, closing, RATE)
        unwound += table.unwinding.sum()
        # What came less what was expected, and what that changed.
        each = (
            brought[n - 1]
            + table.expected.to_numpy()
            + table[["survival", "frequency", "spend"]].sum(axis=1).to_numpy()
        )
        if n == first + 1:
            assert abs(each.sum()) < 4 * each.std() * np.sqrt(customers)
            # So large a base that the month's interest would be missed.
            assert 4 * each.std() * np.sqrt(customers) < RATE * start
        surprises += each
        opening = closing
    end = float((opening.margin * opening.months).sum())
    roc = (brought[first:].sum() + end - start) / start
    error = surprises.std() * np.sqrt(customers) / start
    assert roc == pytest.approx(unwound / start, abs=4 * error) and error < 0.02
    assert 0.075 < unwound / start < 0.095
