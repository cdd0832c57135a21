"""Fits to counted customers: whether they were kept and what they brought, and one covariance of both."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, log_expit
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ModelWarning

from custlib.errors import CustlibError
from custlib.measure.worth.cells import CONTROLS, TIDY, controls_design
from custlib.measure.worth.found import Floats

MOST_STEPS = 100
# A fit has arrived when a step changes the likelihood, or the deviance, by less per customer.
STILL = 1e-12


class NotSettled(CustlibError):
    """A fit that did not arrive."""


@dataclass(frozen=True)
class Logit:
    """A logistic regression of loss: coefficients and log-likelihood (of customers one by one, so it is that of any grouping)."""

    beta: Floats
    likelihood: float


def unique_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up what differs by fold only."""
    keys = ["score", *CONTROLS]
    return rows.groupby(keys, sort=True)[TIDY].sum().reset_index()


def logit(design: Floats, lost: Floats, kept: Floats) -> Logit:
    """Fit loss by maximum likelihood, on rows with counts, as a binomial model of statsmodels.

    Raises
    ------
    NotSettled
        When the fit does not arrive. (Where one who was lost, or kept, is nowhere at some level, its effect has no end; but the deviance
        has, and the fit arrives.)
    """
    model: Any = GLM(np.column_stack([lost, kept]), design, family=families.Binomial())
    still = max(1e-8, STILL * float(lost.sum() + kept.sum()))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Rows without spread, levels that say the same as others, and a dispersion that nobody asks for are no mistakes.
        warnings.simplefilter("ignore", ModelWarning)
        found = model.fit(maxiter=MOST_STEPS, tol=still)
    if not found.converged or not np.isfinite(found.params).all():
        raise NotSettled(
            "loss by score: the fit does not settle\n  some level of the controls is nearly empty"
        )
    beta = np.asarray(found.params, dtype=float)
    return Logit(beta, log_likelihood(design @ beta, lost, kept))


def again(design: Floats, lost: Floats, kept: Floats) -> Floats:
    """Fit the same model by Newton's method, many times as fast; for customers left out, where nothing but the line is needed.

    Returns
    -------
    array
        Coefficients; NaN where they do not settle.
    """
    beta = np.zeros(design.shape[1])  # the first column is a constant
    beta[0] = np.log(lost.sum() / kept.sum())
    n, before = lost + kept, log_likelihood(design @ beta, lost, kept)
    still = max(1e-8, STILL * float(n.sum()))
    for _ in range(MOST_STEPS):
        chance = expit(design @ beta)
        bend = design.T @ (design * (n * chance * (1 - chance))[:, None])
        step = np.linalg.pinv(bend, hermitian=True) @ (design.T @ (lost - n * chance))
        now = log_likelihood(design @ (beta + step), lost, kept)
        while not now >= before - still and np.abs(step).max() > 1e-9:
            step = step / 2
            now = log_likelihood(design @ (beta + step), lost, kept)
        beta, gained, before = beta + step, now - before, now
        if gained < still:
            return beta
    return np.full(len(beta), np.nan)


def log_likelihood(line: Floats, lost: Floats, kept: Floats) -> float:
    """Give the log-likelihood of loss with these log-odds."""
    return float(lost @ log_expit(line) + kept @ log_expit(-line))


@dataclass(frozen=True)
class Adjusted:
    """Retention and margin by group as if all customers were in it, with the covariance of everything.

    Attributes
    ----------
    retention, earned : arrays
        By group, the lowest first.
    covariance : array
        Of the two, retention first.
    steps, steps_covariance : arrays
        Log-odds of loss of each group over the lowest (0 for that), and their covariance.
    """

    retention: Floats
    earned: Floats
    covariance: Floats
    steps: Floats
    steps_covariance: Floats


def adjusted(rows: pd.DataFrame, marks: Floats) -> Adjusted:
    """Standardise loss and margin over all customers, group by group.

    Loss is a logistic regression on the groups (`marks`: one column per group but the lowest) and the controls; margin a linear
    one on the same. Group g's figure is the mean, over all customers with the controls that they have, of what the model expects
    of them in g (direct standardisation, or the g-formula). The covariance is White's sandwich over customers, for both regressions
    together: with h_i = (x_i (l_i - p_i), x_i (y_i - mu_i)) it is A^-1 (sum h_i h_i') A^-T. Sums over a cell need the sums of l, y, y^2
    and l y only.

    Notes
    -----
    White, Econometrica 48 (1980) 817-838; Lane and Nelder, Biometrics 38 (1982) 613-621 for standardisation.
    """
    base = controls_design(rows)
    design = np.column_stack([base, marks])
    n, lost, kept = (rows[name].to_numpy(float) for name in ("customers", "lost", "kept"))
    margin, squares = rows.margin.to_numpy(float), rows.squares.to_numpy(float)
    beta = logit(design, lost, kept).beta
    chance = expit(design @ beta)
    weighted = design * n[:, None]
    slope_inverse = np.linalg.pinv(design.T @ weighted)
    gamma = slope_inverse @ (design.T @ margin)
    mean = design @ gamma
    bend_inverse = np.linalg.pinv(design.T @ (design * (n * chance * (1 - chance))[:, None]))

    of_loss = lost * (1 - 2 * chance) + n * chance**2
    of_margin = np.maximum(squares - 2 * mean * margin + n * mean**2, 0.0)
    of_both = rows.lost_margin.to_numpy(float) - chance * margin - mean * lost + n * chance * mean
    first, second = _cross(design, of_loss), _cross(design, of_margin)
    both = _cross(design, of_both)
    width = design.shape[1]
    bread = np.zeros((2 * width, 2 * width))
    bread[:width, :width], bread[width:, width:] = bend_inverse, slope_inverse
    parameters = bread @ np.block([[first, both], [both.T, second]]) @ bread.T

    groups = marks.shape[1] + 1
    retention, earned = np.zeros(groups), np.zeros(groups)
    pull = np.zeros((2 * groups, 2 * width))
    share = n / n.sum()
    for group in range(groups):
        as_if = np.column_stack([base, np.zeros_like(marks)])
        if group:
            as_if[:, base.shape[1] + group - 1] = 1.0
        loss = expit(as_if @ beta)
        retention[group], earned[group] = 1 - share @ loss, share @ (as_if @ gamma)
        pull[group, :width] = -(share * loss * (1 - loss)) @ as_if
        pull[groups + group, width:] = share @ as_if
    last = slice(base.shape[1], width)
    covariance = np.zeros((groups, groups))
    covariance[1:, 1:] = parameters[last, last]
    return Adjusted(
        retention, earned, pull @ parameters @ pull.T, np.concatenate([[0.0], beta[last]]), covariance
    )


def _cross(design: Floats, weights: Floats) -> Floats:
    return design.T @ (design * weights[:, None])
