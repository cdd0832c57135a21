"""Gamma-Gamma against the note, its own law, and money it does not know."""

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.clv import gamma_gamma

from . import cdnow


def buyers():
    """The customers of the sample who came again, one row each."""
    found = cdnow.customers()
    return found[found.x > 0].assign(customers=1)


def binned(rows, width=0.02):
    """Count totals as the engine does: per x, in bins of their logarithm."""
    place = np.floor(np.log(rows.total) / width)
    cells = rows.groupby([rows.x, place.rename("bin")]).agg(
        total=("total", "mean"), customers=("customers", "sum")
    )
    return cells.reset_index()


@pytest.fixture(scope="module")
def sample():
    return gamma_gamma.fit(buyers())


def test_parameters_are_the_published_ones(sample):
    """Fader & Hardie 2013: 946 repeat buyers, p 6.25, q 3.74, gamma 15.44."""
    assert len(buyers()) == 946 == sample.customers
    assert sample.trusted
    assert [round(float(value), 2) for value in sample.values] == [6.25, 3.74, 15.44]


def test_expected_mean_is_the_published_one(sample):
    """Fader & Hardie 2013: 39.14 after two purchases of 40 on average, by the parameters as printed."""
    printed = sample.at([6.25, 3.74, 15.44])
    assert round(float(gamma_gamma.expected_mean(printed, 2, 40)), 2) == 39.14
    fitted = gamma_gamma.expected_mean(sample, np.array([2, 0]), np.array([40, np.nan]))
    assert fitted[0] == pytest.approx(39.14, abs=0.02)
    assert fitted[1] == pytest.approx(gamma_gamma.weight(sample)[1])


def test_printed_totals_are_those_of_the_log():
    printed = cdnow.published("cdnow_customers_summary_with_transactions.csv").zbar.to_numpy()
    found = cdnow.customers()
    assert np.abs(found.total / found.x.clip(1) - printed).max() <= 0.005 + 1e-9


def test_bins_of_totals_give_the_fit_of_customers(sample):
    cells = binned(buyers())
    assert len(cells) < 500
    found = gamma_gamma.fit(cells)
    assert found.values == pytest.approx(sample.values, rel=1e-3)
    assert found.standard_errors == pytest.approx(sample.standard_errors, rel=1e-3)
    ahead = [gamma_gamma.expected_mean(fit, 3, np.array([5.0, 50.0, 500.0])) for fit in (found, sample)]
    assert ahead[0] == pytest.approx(ahead[1], rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.1, 30), st.floats(1.1, 30), st.floats(0.1, 500), st.integers(1, 60), st.floats(0.1, 1e4))
def test_likelihood_is_the_equation_and_scores_are_its_slopes(p, q, gamma, x, total):
    """Equation 1a, a density of the mean, in as many digits as it takes."""
    rows = pd.DataFrame({"x": [x], "total": [total], "customers": [1]})
    fit = gamma_gamma.fit(buyers(), hessian=False).at([p, q, gamma])

    def equation(p, q, gamma):
        z = mpmath.mpf(total) / x
        top = gamma**q * z ** (p * x - 1) * mpmath.mpf(x) ** (p * x)
        return mpmath.log(top / mpmath.beta(p * x, q) / (gamma + x * z) ** (p * x + q))

    with mpmath.workdps(40):
        point = (mpmath.mpf(p), mpmath.mpf(q), mpmath.mpf(gamma))
        assert gamma_gamma.log_likelihood(fit, rows)[0] == pytest.approx(float(equation(*point)), abs=1e-9)
        slopes = [float(mpmath.diff(equation, point, tuple(np.eye(3, dtype=int)[i]))) for i in range(3)]
    assert gamma_gamma.scores(fit, rows)[0] == pytest.approx(slopes, rel=1e-7, abs=1e-9)


def test_the_fit_is_at_the_top(sample):
    rows = buyers()
    assert sample.log_likelihood == pytest.approx(gamma_gamma.log_likelihood(sample, rows).sum(), rel=1e-12)
    assert np.abs(gamma_gamma.scores(sample, rows).sum(axis=0) * sample.values).max() < 1e-4


def test_nothing_depends_on_the_currency(sample):
    cents = gamma_gamma.fit(buyers().assign(total=lambda rows: rows.total * 100))
    assert cents.values == pytest.approx(sample.values * [1, 1, 100], rel=1e-6)
    assert cents.log_likelihood == pytest.approx(sample.log_likelihood - 946 * np.log(100), abs=1e-6)


def spend(p, q, gamma, x, seed):
    rng = np.random.default_rng(seed)
    total = rng.gamma(p * x, 1 / rng.gamma(q, 1 / gamma, len(x)))
    return pd.DataFrame({"x": x, "total": total, "customers": 1})


def test_truth_is_recovered():
    truth = (2.0, 5.0, 60.0)
    fit = gamma_gamma.fit(binned(spend(*truth, np.random.default_rng(1).poisson(4, 20_000) + 1, seed=2)))
    low, high = fit.intervals(0.999).T
    assert fit.trusted and (low < truth).all() and (truth < high).all()
    assert (fit.standard_errors / fit.values < 0.1).all()


def test_a_mean_that_does_not_exist_is_said():
    """With q below 1 the mean over customers is infinite; the fit runs to the end of its range."""
    fit = gamma_gamma.fit(spend(3.0, 0.6, 10.0, np.full(5_000, 5), seed=4))
    assert "q" in fit.at_bound and not fit.trusted


def rows(*triples):
    return pd.DataFrame(triples, columns=["x", "total", "customers"])


BAD = {
    "nobody": rows(),
    "nobody came again": rows((0, 0.0, 100)),
    "one customer": rows((3, 60.0, 1)),
    "all the same": rows((3, 60.0, 1000)),
    "the same mean at every frequency": rows((1, 20.0, 500), (2, 40.0, 300), (5, 100.0, 200)),
    "nothing spent": rows((2, 0.0, 5), (3, 30.0, 50)),
    "money given back": rows((2, -10.0, 5), (3, 30.0, 50)),
}


@pytest.mark.parametrize("table", BAD.values(), ids=BAD.keys())
def test_money_the_model_does_not_know_gives_a_fit_that_says_so(table):
    fit = gamma_gamma.fit(table)
    assert not fit.trusted
    assert fit.customers == table.customers[table.x > 0].sum()
