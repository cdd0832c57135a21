"""Gamma-Gamma: how much customers spend per purchase, on counted totals.

Equations are those of Fader & Hardie 2013, The gamma-gamma model of monetary value. A purchase is
z ~ Gamma(p, nu); customers differ by nu ~ Gamma(q, gamma). Spend is above zero, and does not depend on how
often a customer buys.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from custlib.measure.clv.fit import Fit, Floats, Objective, Parameter, maximise

NAME = "gamma_gamma"
# With q of 1 or less the mean over customers does not exist: the search ends there, and the fit says so.
PARAMETERS = (Parameter("p"), Parameter("q", low=1.0), Parameter("gamma"))
# Gamma in units of the mean spend.
STARTS = ((1.0, 2.0, 1.0), (6.0, 4.0, 0.5), (20.0, 10.0, 0.5), (0.5, 5.0, 8.0))


def fit(rows: pd.DataFrame, *, starts: Sequence[Sequence[float]] | None = None, hessian: bool = True) -> Fit:
    """Fit the model by maximum likelihood on counted totals (eq. 1a).

    Parameters
    ----------
    rows : DataFrame
        ``x`` purchases (or active months), ``total``: the mean of these customers' totals, ``customers``. Customers of
        one x whose totals lie within two per cent may share a row. Rows with x = 0 tell nothing and are left out.
    starts : sequence of (p, q, gamma), optional
        Where to begin instead of the fixed starts.

    Returns
    -------
    Fit
        Of NaN, not `converged`, where nobody has spent or a total is not above zero: the model knows no such.
    """
    spent = rows[rows.x > 0]
    x, total, n = (spent[name].to_numpy(dtype=float) for name in ("x", "total", "customers"))
    customers = round(n.sum())
    if customers < 1 or not (total > 0).all():
        nothing = np.full(len(PARAMETERS), np.nan)
        return Fit(
            NAME, PARAMETERS, nothing, np.outer(nothing, nothing), float("nan"), customers, converged=False
        )
    # The search is done in units of the mean spend, so that nothing depends on the currency.
    unit = float(n @ total / (n @ x))
    objective = _objective(x, total / unit, n)
    begin = STARTS if starts is None else [(p, q, gamma / unit) for p, q, gamma in starts]
    found = maximise(NAME, PARAMETERS, objective, starts=begin, customers=customers, hessian=hessian)
    return replace(
        found,
        values=found.values * np.array([1, 1, unit]),
        log_likelihood=float(found.log_likelihood - n.sum() * np.log(unit)),
    )


def _objective(x: Floats, total: Floats, n: Floats) -> Objective:
    """Add the likelihood up: gamma functions are worked out once per distinct x."""
    codes, xs = pd.factorize(x, sort=True)
    count, logs_of = np.bincount(codes, weights=n), np.bincount(codes, weights=n * np.log(total))
    constant = -float(n @ np.log(total / x))

    def objective(values: Floats) -> tuple[float, Floats]:
        p, q, gamma = values
        both, shift = p * xs + q, n * np.log(gamma + total)
        sums, customers = np.bincount(codes, weights=shift), count.sum()
        inverse = np.bincount(codes, weights=n / (gamma + total))
        likelihood = count @ (gammaln(both) - gammaln(p * xs)) + customers * (q * np.log(gamma) - gammaln(q))
        likelihood += p * (xs @ logs_of) - both @ sums + constant
        slopes = np.array([
            xs @ (count * (digamma(both) - digamma(p * xs)) + logs_of - sums),
            count @ digamma(both) - customers * (digamma(q) - np.log(gamma)) - sums.sum(),
            customers * q / gamma - both @ inverse,
        ])  # fmt: skip
        return float(likelihood), slopes

    return objective


def log_likelihood(fit: Fit, rows: pd.DataFrame) -> Floats:
    """Give the log-likelihood of one customer of each row: of the mean spend, as in eq. 1a."""
    return _likelihood(fit.values, rows)[0]


def scores(fit: Fit, rows: pd.DataFrame) -> Floats:
    """Give the derivatives of `log_likelihood` by the parameters: one row per row."""
    return _likelihood(fit.values, rows)[1]


def gradient(fit: Fit, rows: pd.DataFrame, customers: Floats) -> Floats:
    """Give the derivatives of the log-likelihood of so many customers of each row: their sum over `scores`."""
    return customers @ scores(fit, rows)


def _likelihood(values: Floats, rows: pd.DataFrame) -> tuple[Floats, Floats]:
    p, q, gamma = values
    x, total = rows.x.to_numpy(dtype=float), rows.total.to_numpy(dtype=float)
    both, log_total, log_sum = p * x + q, np.log(total), np.log(gamma + total)
    logs = gammaln(both) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
    logs = logs + p * x * log_total - np.log(total / x) - both * log_sum
    slopes = np.column_stack([
        x * (digamma(both) - digamma(p * x) + log_total - log_sum),
        digamma(both) - digamma(q) + np.log(gamma) - log_sum,
        q / gamma - both / (gamma + total),
    ])  # fmt: skip
    return logs, slopes


def weight(fit: Fit) -> tuple[float, float]:
    """Give k and mu: the mean over customers, mu, counts as much as k purchases of one's own.

    Eq. 5, rearranged: k = (q - 1) / p and mu = p gamma / (q - 1).
    """
    return (fit["q"] - 1) / fit["p"], fit["p"] * fit["gamma"] / (fit["q"] - 1)


def expected_mean(fit: Fit, x: Floats, mean: Floats) -> Floats:
    """Give the mean spend to expect of a customer whose x purchases had this mean (eq. 5); x = 0: the overall one."""
    k, mu = weight(fit)
    x = np.asarray(x, dtype=float)
    return (k * mu + x * np.where(x > 0, mean, 0.0)) / (k + x)
