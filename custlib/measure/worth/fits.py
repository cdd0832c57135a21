"""Fits to counted customers: whether they were kept and what they brought, and one covariance of both."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import expit, log_expit

from custlib.errors import CustlibError
from custlib.measure.worth.cells import CONTROLS, SUMS, controls_design
from custlib.measure.worth.found import Floats

MOST_STEPS = 50


@dataclass(frozen=True)
class Logit:
    """A logistic regression of loss: coefficients and log-likelihood (of customers one by one, so it is that of any grouping)."""

    beta: Floats
    likelihood: float


def unique_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up what differs by fold only."""
    return rows.groupby(["score", *CONTROLS], sort=True)[[*SUMS, "lost"]].sum().reset_index()


def logit(design: Floats, lost: Floats, kept: Floats) -> Logit:
    """Fit loss by maximum likelihood, on rows with counts.

    Raises
    ------
    CustlibError
        When the fit does not arrive.
    """
    model: Any = sm.GLM(np.column_stack([lost, kept]), design, family=sm.families.Binomial())
    found = model.fit(maxiter=MOST_STEPS, tol=1e-10)
    if not found.converged or not np.isfinite(found.params).all():
        raise CustlibError(
            "loss by score: the fit does not settle\n  the cells leave some effect without an end"
        )
    beta = np.asarray(found.params, dtype=float)
    return Logit(beta, log_likelihood(design @ beta, lost, kept))


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
    and l y only; for the last, who was lost is taken to have brought nothing in the months.

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
    of_both = -chance * margin - mean * lost + n * chance * mean
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
