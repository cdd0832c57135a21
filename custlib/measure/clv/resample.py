"""How far other customers of the same kind would have moved the parameters: a bootstrap of pattern counts.

Each draw gives every pattern a Poisson number of customers with its own count as the mean, and the model is
fitted again. Its cost depends on the number of patterns, not of customers.
"""

from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Fit, Floats, to_own

DRAWS = 200
# A draw has been fitted after a step shorter than this part of a standard error: what is left of it is shorter by far.
_SHORT = 0.1
_STEPS = 8


def draws(
    model: ModuleType, fit: Fit, patterns: pd.DataFrame, *, count: int = DRAWS, name: str = ""
) -> Floats:
    """Fit a model to drawn counts of its patterns.

    A draw starts at the estimates and goes by Newton's steps with their curvature, which so near to the top is
    that of every draw; the gradient is the draw's own and exact.

    Parameters
    ----------
    model : module
        One of the models of this package.
    fit : Fit
        The trusted fit to `patterns`.
    name : str
        What is drawn: different names draw independently, and the same name the same.

    Returns
    -------
    ndarray
        (draw, parameter), in the model's own scale.
    """
    rng = np.random.default_rng(crc32(f"{fit.model} {name}".encode()))
    weights = rng.poisson(patterns.customers.to_numpy(float), (count, len(patterns)))
    low, high = np.array([parameter.ends for parameter in fit.parameters]).T
    known = prepared(model, patterns)
    first = _slopes(model, fit, known)
    errors = np.sqrt(np.maximum(np.diag(fit.covariance), 1e-300))
    found = np.empty((count, len(fit.values)))
    for number, drawn in enumerate(weights):
        scale = fit.customers / max(drawn.sum(), 1)
        point = np.clip(fit.free + _step(fit, drawn @ first, scale), low, high)
        for _ in range(_STEPS):
            step = _step(fit, _slope(model, fit, point, known, drawn), scale)
            point = np.clip(point + step, low, high)
            if (np.abs(step) < _SHORT * errors).all():
                break
        found[number] = to_own(fit.parameters, point)[0]
    return found


def prepared(model: ModuleType, patterns: pd.DataFrame) -> Any:
    """Let a model that is asked of the same patterns many times take their columns once, where it can."""
    return model.prepared(patterns) if hasattr(model, "prepared") else patterns


def _slopes(model: ModuleType, fit: Fit, patterns: Any) -> Floats:
    """Give each pattern's gradient at the estimates, on the unbounded scale."""
    values, slopes = to_own(fit.parameters, fit.free)
    with np.errstate(all="ignore"):
        return np.nan_to_num(model.scores(fit.at(values), patterns) @ slopes)


def _slope(model: ModuleType, fit: Fit, point: Floats, patterns: Any, customers: Floats) -> Floats:
    """Give the gradient of drawn counts anywhere, on the unbounded scale."""
    values, slopes = to_own(fit.parameters, point)
    with np.errstate(all="ignore"):
        return np.nan_to_num(model.gradient(fit.at(values), patterns, customers) @ slopes)


def _step(fit: Fit, slope: Floats, scale: float) -> Floats:
    step = fit.covariance @ slope * scale
    # Never further than a factor of e at once: far out the curvature of the estimates is not the draw's.
    return step / max(1.0, float(np.abs(step).max()))
