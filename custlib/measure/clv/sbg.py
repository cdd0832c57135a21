"""Shifted beta-geometric: a contract is renewed each month or not (Fader & Hardie 2007).

Each customer ends the contract in a month with a chance theta ~ Beta(gamma, delta) (the paper's alpha and
beta; named here as in BG/BB, which has the same departures). Customers with the same tenure are one pattern.
"""

from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Fit, Floats, beta_pair, maximise
from custlib.measure.clv.survival import (
    annuity,
    leaving,
    leaving_slopes,
    somebody_leaves,
    survival,
    survival_slopes,
)

NAME = "sbg"
KEYS = ["n", "before", "closed"]
PARAMETERS = beta_pair("gamma", "delta")
STARTS = ((1.0, 10.0), (0.5, 2.0), (0.7, 50.0), (3.0, 20.0))


def fit(patterns: pd.DataFrame, *, starts: Any = None, hessian: bool = True) -> Fit:
    """Fit the model to counted tenures.

    Parameters
    ----------
    patterns : DataFrame
        One row per pattern: `KEYS` and ``customers``. ``n``: months renewed since the month of signing, or since
        the data began; ``closed``: ended in month n + 1; ``before``: months renewed before the data, which
        hold only contracts that were open when they began (0: the whole life is known).

    Returns
    -------
    Fit
        gamma, delta.
    """
    weights = patterns.customers.to_numpy(float)

    def objective(values: Floats) -> tuple[float, Floats]:
        logs, slopes = _likelihood(values, patterns)
        return float(weights @ logs), slopes.T @ weights

    found = maximise(
        NAME, PARAMETERS, objective, starts=starts if starts is not None else STARTS,
        customers=max(round(weights.sum()), 0), hessian=hessian,
    )  # fmt: skip
    return somebody_leaves(found, float(weights @ np.maximum(patterns.n.to_numpy(), 1)))


def months_seen(patterns: pd.DataFrame) -> int:
    """Give the longest stretch of life that the patterns tell of, in months."""
    return int(patterns.n.max()) if len(patterns) else 0


def at_last_activity(patterns: pd.DataFrame) -> pd.DataFrame:
    """Set patterns back to the end of the last open month, as those who have left are valued."""
    return patterns.assign(closed=False)


def log_likelihood(fit: Fit, patterns: pd.DataFrame) -> Floats:
    """Give the log-likelihood of one customer of each pattern (equation 7)."""
    return _likelihood(fit.values, patterns)[0]


def scores(fit: Fit, patterns: pd.DataFrame) -> Floats:
    """Give the derivatives of `log_likelihood` by the parameters: one row per pattern."""
    return _likelihood(fit.values, patterns)[1]


def gradient(fit: Fit, patterns: pd.DataFrame, customers: Floats) -> Floats:
    """Give the derivatives of the log-likelihood of so many customers of each pattern: their sum over `scores`."""
    return customers @ scores(fit, patterns)


def p_alive(fit: Fit, patterns: pd.DataFrame) -> Floats:
    """Say who has a contract: 1 for the open, 0 for the closed. Nothing is guessed here."""
    return np.where(patterns.closed.to_numpy(bool), 0.0, 1.0)


def expected(fit: Fit, patterns: pd.DataFrame, months: int) -> Floats:
    """Give the chance that the contract is open in each of the next months: (pattern, month)."""
    lived = _lived(patterns)
    alive = survival(fit["gamma"], fit["delta"], int(lived.max(initial=0)) + months)
    chance = alive[lived[:, None] + np.arange(1, months + 1)] / alive[lived][:, None]
    return p_alive(fit, patterns)[:, None] * chance


def p_any(fit: Fit, patterns: pd.DataFrame, months: int) -> Floats:
    """Give the chance of at least one open month among the next `months`: that of the next one."""
    return expected(fit, patterns, 1)[:, 0] if months else np.zeros(len(patterns))


def discounted(fit: Fit, patterns: pd.DataFrame, rate: float, horizon: int = 0) -> Floats:
    """Give the discounted expected months of contract after n: month j is divided by (1 + rate)^j.

    The longer the tenure, the more: who has stayed is likely to have a low theta (Fader & Hardie 2010, "Customer-base
    valuation in a contractual setting", whose residual lifetime is 1 + rate times this, the next payment being due at once).

    Parameters
    ----------
    rate : float
        Discount rate of a month.
    horizon : int
        Months that count; 0 for all to come.
    """
    lived = _lived(patterns)
    longest = int(lived.max(initial=0))
    gamma, delta = fit["gamma"], fit["delta"]
    sums = annuity(gamma, delta, rate, longest, horizon) / survival(gamma, delta, longest)
    return p_alive(fit, patterns) * sums[lived]


def expected_since_start(fit: Fit, months: int, before: int = 0) -> Floats:
    """Give the chance to be under contract in month 1 ... months, of a contract open before the first of them."""
    alive = survival(fit["gamma"], fit["delta"], before + months)
    return alive[before + 1 :] / alive[before]


def _lived(patterns: pd.DataFrame) -> np.ndarray:
    return (patterns.n + patterns.before).to_numpy(np.int64)


def _likelihood(values: Floats, patterns: pd.DataFrame) -> tuple[Floats, Floats]:
    """Give the log-likelihood of each pattern, and its derivatives by gamma and delta (columns)."""
    gamma, delta = values
    lived, before = _lived(patterns), patterns.before.to_numpy(np.int64)
    closed = patterns.closed.to_numpy(bool)
    longest = int(lived.max(initial=0))
    alive, goes = survival(gamma, delta, longest), leaving(gamma, delta, longest)
    by_alive, by_goes = survival_slopes(gamma, delta, longest), leaving_slopes(gamma, delta, longest)
    logs = np.log(np.where(closed, goes[lived], alive[lived])) - np.log(alive[before])
    slopes = np.where(closed, by_goes[:, lived], by_alive[:, lived]) - by_alive[:, before]
    return logs, slopes.T
