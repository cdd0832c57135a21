"""Concentration of rates: closed forms, recovered from counts of short and of long windows, and mixed over groups."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln
from scipy.stats import beta, gamma

from custlib.errors import CustlibError
from custlib.measure.clv import bgbb, bgnbd, sbg
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.groups import Group
from custlib.measure.rate_mixture import Mixture
from custlib.measure.rates import (
    activity_concentration,
    beta_top_share,
    counted,
    fit_counts,
    gamma_gini,
    gamma_top_share,
    observed,
)
from tests.measure.coverage import too_few

# Gini of gamma rates by their shape, Gamma(k + 1/2) / (sqrt(pi) Gamma(k + 1)).
GINIS = {0.25: 0.7628, 0.5: 0.6366, 1: 0.5, 2: 0.375}


@pytest.mark.parametrize(("shape", "gini"), GINIS.items())
def test_gini_of_gamma_rates(shape, gini):
    assert round(gamma_gini(shape), 4) == gini


@pytest.mark.parametrize("shape", GINIS)
def test_it_is_recovered_alike_from_three_and_from_twelve_months_of_counts(shape):
    """What is observed of buyers differs between the two windows, what is fitted does not."""
    rng = np.random.default_rng(11)
    rates = rng.gamma(shape, 0.5 / shape, 30_000)
    found, seen = {}, {}
    for months in (3, 12):
        counts, customers = np.unique(rng.poisson(rates * months), return_counts=True)
        fit = fit_counts(counts, customers, months)
        assert fit.trusted and abs(fit["r"] - shape) < 3 * fit.standard_errors[0]
        assert fit["mean"] == pytest.approx(0.5, rel=0.05)
        found[months], seen[months] = counted(fit), observed(counts, customers)
    for rates_found in found.values():
        assert rates_found.gini.value == pytest.approx(GINIS[shape], abs=0.01)
        assert rates_found.top_fifth.value == pytest.approx(gamma_top_share(shape), abs=0.01)
    assert abs(found[3].gini.value - found[12].gini.value) < 0.015
    assert seen[12][1] - seen[3][1] > 0.04 and abs(seen[3][1] - GINIS[shape]) > 0.03


def test_intervals_of_fitted_rates_hold_the_truth():
    rng, runs, hits = np.random.default_rng(14), 60, np.zeros(2)
    for _ in range(runs):
        counts, customers = np.unique(rng.poisson(rng.gamma(0.5, 4, 800)), return_counts=True)
        found = counted(fit_counts(counts, customers))
        pairs = ((found.gini, gamma_gini(0.5)), (found.top_fifth, gamma_top_share(0.5)))
        hits += [each.reliable and each.low < truth < each.high for each, truth in pairs]
    assert (hits >= too_few(runs, 0.95)).all()


def test_counts_of_unequal_time_are_fitted_together():
    rng = np.random.default_rng(12)
    time = rng.choice([1.0, 6.0, 12.0], 20_000)
    counts = rng.poisson(rng.gamma(0.8, 0.4 / 0.8, 20_000) * time)
    fit = fit_counts(counts, np.ones(20_000), time)
    low, high = fit.intervals().T
    assert low[0] < 0.8 < high[0] and low[1] < 0.4 < high[1]


def test_the_likelihood_is_that_of_the_negative_binomial_and_its_gradient_vanishes_at_the_top():
    """Counts 0 to 3 in numbers 50, 30, 15, 5: against the mean in closed form and the shape by search."""
    counts, customers = np.arange(4), np.array([50, 30, 15, 5])
    fit = fit_counts(counts, customers)
    from scipy.optimize import minimize_scalar
    from scipy.stats import nbinom

    def loss(log_r):
        r = np.exp(log_r)
        return -customers @ nbinom.logpmf(counts, r, r / (r + 0.75))

    best = minimize_scalar(loss, bounds=(-3, 6), method="bounded", options={"xatol": 1e-10})
    assert fit["mean"] == pytest.approx(0.75, rel=1e-5)
    assert fit.log_likelihood == pytest.approx(-best.fun, abs=1e-8)
    assert fit["r"] == pytest.approx(np.exp(best.x), rel=1e-3)


def test_customers_all_alike_have_no_shape():
    """Counts that scatter less than chance alone would: the shape runs to its end, which is an answer without an interval."""
    fit = fit_counts([1, 2, 3], [100, 800, 100])
    found = counted(fit)
    assert fit.ended == ("r",) and fit.trusted
    assert found.gini.value < 0.01 and found.gini.low is None and not found.gini.reliable
    assert found.top_fifth.value == pytest.approx(0.2, abs=0.005)


def test_counts_that_say_nothing():
    assert counted(fit_counts([0], [100])).gini.value is None
    with pytest.raises(CustlibError, match="no customer"):
        fit_counts([], [])
    assert np.isnan(observed([0], [10])).all()


def test_what_is_observed_of_a_toy_base():
    """The hundred buyers of 1 to 5 units: the top twenty hold 5 x 5 + 10 x 4 + 5 x 3 of 205, the Gini is .30854."""
    top, gini = observed([0, 1, 2, 3, 4, 5], [70, 45, 25, 15, 10, 5])
    assert top == pytest.approx(80 / 205) and round(gini, 5) == 0.30854


@pytest.mark.parametrize(("a", "b"), [(1, 1), (0.4, 3), (1.204, 0.75), (20, 3)])
def test_top_share_of_beta_rates_is_the_part_above_the_cut(a, b):
    cut = beta.ppf(0.8, a, b)
    part = quad(lambda p: p * beta.pdf(p, a, b), cut, 1)[0] / (a / (a + b))
    assert beta_top_share(a, b) == pytest.approx(part, rel=1e-7)


def test_top_share_of_uniform_and_of_exponential_rates_by_hand():
    # Uniform: 1 - .8^2. Exponential: the top p hold p (1 - ln p).
    assert beta_top_share(1, 1) == pytest.approx(0.36)
    assert gamma_top_share(1) == pytest.approx(0.2 * (1 - np.log(0.2)))
    assert gamma_top_share(1, 0.01) == pytest.approx(0.01 * (1 - np.log(0.01)))


@pytest.mark.parametrize(("a", "b"), [(1, 1), (0.3, 2), (1.204, 0.75), (20, 3), (0.05, 0.3), (900, 4_000)])
def test_gini_of_beta_rates_is_the_closed_form(a, b):
    """E|X - Y| of two beta variables is known: the Gini is 2 B(2a, 2b) / (a B(a, b)^2)."""
    closed = 2 / a * np.exp(betaln(2 * a, 2 * b) - 2 * betaln(a, b))
    found = Mixture.of_betas([1], [a], [b])
    assert found.gini() == pytest.approx(closed, rel=1e-9)
    assert found.top_share() == pytest.approx(beta_top_share(a, b), rel=1e-7)


@pytest.mark.parametrize("shape", [0.05, *GINIS, 30, 5_000])
def test_gini_of_gamma_rates_whatever_their_scale(shape):
    found = Mixture.of_gammas([1], [shape], [37.0])
    assert found.gini() == pytest.approx(gamma_gini(shape), rel=1e-9)
    assert found.top_share() == pytest.approx(gamma_top_share(shape), rel=1e-7)


def test_groups_alike_are_as_one_and_unlike_groups_are_more_unequal():
    alike = Mixture.of_betas([100, 300], [1.2, 1.2], [4, 4])
    assert (alike.top_share(), alike.gini()) == pytest.approx(
        (beta_top_share(1.2, 4), Mixture.of_betas([1], [1.2], [4]).gini())
    )
    unlike = Mixture.of_gammas([1, 1], [2, 2], [1, 10])
    assert unlike.gini() > gamma_gini(2) and unlike.top_share() > gamma_top_share(2)


def test_a_mixture_against_a_large_sample():
    rng = np.random.default_rng(13)
    first, second = (
        gamma.rvs(0.5, scale=2, size=300_000, random_state=rng),
        gamma.rvs(3, scale=0.1, size=900_000, random_state=rng),
    )
    rates = np.sort(np.concatenate([first, second]))[::-1]
    found = Mixture.of_gammas([300, 900], [0.5, 3], [0.5, 10])
    rank = np.arange(1, len(rates) + 1)
    assert found.top_share() == pytest.approx(rates[:240_000].sum() / rates.sum(), abs=2e-3)
    gini = 1 + 1 / len(rates) - 2 * (rank * rates).sum() / (len(rates) * rates.sum())
    assert found.gini() == pytest.approx(gini, abs=2e-3)


def group(module, values, *, customers=1000, name="all", kind="use", problem="", size=0.01):
    parameters = module.PARAMETERS
    fit = Fit(
        module.NAME, parameters, np.array(values, float), np.eye(len(values)) * size, -1.0, customers, True
    )
    return Group(kind, name, (name,), module.NAME, customers, customers, fit, None, problem)


DONORS = (1.204, 0.750, 0.657, 2.783)


def test_rates_of_a_fitted_model_have_the_interval_of_its_parameters():
    found = activity_concentration([group(bgbb, DONORS)])
    assert (found.model, found.customers) == ("bgbb", 1000)
    assert found.top_fifth.value == pytest.approx(beta_top_share(1.204, 0.75))
    assert found.top_fifth.low < found.top_fifth.value < found.top_fifth.high and found.top_fifth.reliable
    narrow = activity_concentration([group(bgbb, DONORS, size=0.0001)])
    assert narrow.gini.high - narrow.gini.low < (found.gini.high - found.gini.low) / 5
    # Contracts are open whatever their holders do, and have no rates.
    assert activity_concentration([group(bgbb, DONORS), group(sbg, (0.7, 1.2), kind="contract")]) == found


def test_rates_of_days_are_gamma_and_draws_may_be_given():
    fitted = (0.243, 4.414, 0.793, 2.426)
    drawn = np.array([fitted, (0.3, 4.414, 0.793, 2.426), (0.2, 4.414, 0.793, 2.426)])
    found = activity_concentration([group(bgnbd, fitted)], [drawn])
    assert found.gini.value == pytest.approx(gamma_gini(0.243))
    assert gamma_gini(0.3) < found.gini.low < found.gini.value < found.gini.high < gamma_gini(0.2)


def test_rates_that_are_not_known_of_nearly_all_are_not_available():
    sound = group(bgbb, DONORS, customers=960)
    few = group(bgbb, DONORS, customers=40, name="few", problem="few customers")
    many = group(bgbb, DONORS, customers=60, name="many", problem="not converged")
    assert activity_concentration([sound, few]).customers == 960
    assert activity_concentration([sound, many]).top_fifth.value is None
    assert activity_concentration([]).model == ""


def test_without_a_covariance_there_is_no_interval():
    found = activity_concentration([group(bgbb, DONORS, size=np.nan)])
    assert found.gini.value is not None and found.gini.low is None and not found.gini.reliable
