"""Maximum likelihood on counted patterns: the one core that every model of customer value is fitted by.

A model gives its log-likelihood and exact gradient in its own parameters; here they are searched on an
unbounded scale (logarithm of what is positive, log-odds of what is a share) from fixed starts, and the
result says what may be said about it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import norm

from custlib.errors import CustlibError

Floats = NDArray[np.float64]
# Log-likelihood and its gradient, at parameters in the model's own scale.
Objective = Callable[[Floats], tuple[float, Floats]]

# Standard errors to either side of an estimate that a 95% interval reaches.
REACH = 1.959964
# Mean gradient per customer, on the unbounded scale, below which the search has arrived.
FLAT = 1e-6
# A parameter this near to the end of its range, on the unbounded scale, has run there.
NEAR = 1e-2


@dataclass(frozen=True)
class Parameter:
    """One parameter of a model: its name in the paper, its scale, and the range that is searched.

    Scales: "positive" is searched by its logarithm, "share" by its log-odds. The two parameters of a beta
    distribution stand one after the other as "first" and "second": searched are the log-odds of their mean and the
    logarithm of their sum, which the data tell apart far better than the two themselves; `low` and `high` of the
    first bound the odds, those of the second the sum. Those of a gamma distribution stand as "shape" and "rate": searched are the
    logarithms of their mean, shape / rate, which the shape's `low` and `high` bound, and of the shape, which the rate's bound.

    `may_end` names ends of the range that are an answer like any other, and no failure of the search: a beta
    distribution whose sum grows without end, or a gamma distribution whose shape does, has become one number, and customers
    are all alike.
    """

    name: str
    scale: Literal["positive", "share", "first", "second", "shape", "rate"] = "positive"
    low: float = 1e-4
    high: float = 1e5
    may_end: Literal["", "high", "both"] = ""

    @property
    def ends(self) -> tuple[float, float]:
        """Give the ends of the range on the unbounded scale."""
        if self.scale == "share":
            return float(np.log(self.low / (1 - self.low))), float(np.log(self.high / (1 - self.high)))
        return float(np.log(self.low)), float(np.log(self.high))


def beta_pair(first: str, second: str) -> tuple[Parameter, Parameter]:
    """Give the two parameters of a beta distribution."""
    return Parameter(first, "first", 1e-6, 1e6), Parameter(second, "second", 1e-2, 1e5, may_end="high")


def gamma_pair(shape: str, rate: str) -> tuple[Parameter, Parameter]:
    """Give the two parameters of a gamma distribution."""
    return Parameter(shape, "shape", 1e-6, 1e6), Parameter(rate, "rate", 1e-4, 1e4, may_end="high")


def to_free(parameters: Sequence[Parameter], values: Sequence[float] | Floats) -> Floats:
    """Give parameters on the unbounded scale."""
    own = np.asarray(values, dtype=float)
    free = np.log(own)
    for i, parameter in enumerate(parameters):
        if parameter.scale == "share":
            free[i] = np.log(own[i] / (1 - own[i]))
        elif parameter.scale == "first":
            free[i], free[i + 1] = np.log(own[i] / own[i + 1]), np.log(own[i] + own[i + 1])
        elif parameter.scale == "shape":
            free[i], free[i + 1] = np.log(own[i] / own[i + 1]), np.log(own[i])
    return free


def to_own(parameters: Sequence[Parameter], free: Floats) -> tuple[Floats, Floats]:
    """Give parameters in the model's own scale, and their derivatives by the unbounded ones (own in rows)."""
    own = np.exp(free)
    slopes = np.diag(own)
    for i, parameter in enumerate(parameters):
        if parameter.scale == "share":
            own[i] = 1 / (1 + np.exp(-free[i]))
            slopes[i, i] = own[i] * (1 - own[i])
        elif parameter.scale == "first":
            mean, size = 1 / (1 + np.exp(-free[i])), np.exp(free[i + 1])
            own[i], own[i + 1] = mean * size, size / (1 + np.exp(free[i]))
            bend = own[i] * own[i + 1] / size
            slopes[i : i + 2, i : i + 2] = [[bend, own[i]], [-bend, own[i + 1]]]
        elif parameter.scale == "shape":
            own[i], own[i + 1] = np.exp(free[i + 1]), np.exp(free[i + 1] - free[i])
            slopes[i : i + 2, i : i + 2] = [[0.0, own[i]], [-own[i + 1], own[i + 1]]]
    return own, slopes


@dataclass(frozen=True)
class Fit:
    """A model fitted to a group of customers.

    Attributes
    ----------
    model : str
        "bgbb", "bgnbd", "pareto_nbd", "sbg" or "gamma_gamma".
    parameters : tuple of Parameter
        In the order of `values`.
    values : ndarray
        Estimates, in the model's own scale.
    covariance : ndarray
        Of the estimates on the unbounded scale, from the inverse Hessian; NaN where that does not exist, 0 for
        a parameter at the end of its range.
    log_likelihood : float
        At the estimates.
    customers : int
        How many customers the likelihood is made of.
    converged : bool
        Whether the search arrived: the gradient vanishes and the likelihood bends down in every direction.
    at_bound : tuple of str
        Parameters that ran to an end of their range that is no answer: the data do not hold them.
    ended : tuple of str
        Those that ran to one that is; they have no standard error.
    """

    model: str
    parameters: tuple[Parameter, ...]
    values: Floats
    covariance: Floats = field(repr=False)
    log_likelihood: float
    customers: int
    converged: bool
    at_bound: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, as the paper has them."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def trusted(self) -> bool:
        """Whether figures may be made of it."""
        return self.converged and not self.at_bound

    @property
    def alike(self) -> tuple[str, ...]:
        """Parameters that mean nothing by themselves: those of a pair of which one ended, as customers are all alike.

        The mean of their distribution still means something; the two and their intervals depend on where the search was stopped.
        """
        pairs = zip(self.parameters, self.parameters[1:], strict=False)
        return tuple(
            name
            for one, other in pairs
            if one.scale in ("first", "shape") and {one.name, other.name} & set(self.ended)
            for name in (one.name, other.name)
        )

    def __getitem__(self, name: str) -> float:
        """Give one estimate by its name."""
        return float(self.values[self.names.index(name)])

    @property
    def free(self) -> Floats:
        """The estimates on the unbounded scale."""
        return to_free(self.parameters, self.values)

    @property
    def standard_errors(self) -> Floats:
        """Standard errors in the model's own scale, by the delta method; NaN where not known."""
        slopes = to_own(self.parameters, self.free)[1]
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.diag(slopes @ self.covariance @ slopes.T))

    def intervals(self, level: float = 0.95) -> Floats:
        """Give low and high of each parameter: Wald's, on the logarithm (of shares: the log-odds), so none leaves its range."""
        share = np.array([parameter.scale == "share" for parameter in self.parameters])
        with np.errstate(invalid="ignore", divide="ignore"):
            log = np.where(share, np.log(self.values / (1 - self.values)), np.log(self.values))
            bend = np.where(share, self.values * (1 - self.values), self.values)
            reach = norm.ppf((1 + level) / 2) * self.standard_errors / bend
        ends = np.stack([log - reach, log + reach], axis=1)
        return np.where(share[:, None], 1 / (1 + np.exp(-ends)), np.exp(ends))

    def at(self, values: Sequence[float] | Floats) -> "Fit":
        """Give the same model at other values, as for a draw of a bootstrap."""
        return replace(self, values=np.asarray(values, dtype=float))


def maximise(
    model: str,
    parameters: Sequence[Parameter],
    objective: Objective,
    *,
    starts: Sequence[Sequence[float]],
    customers: int,
    hessian: bool = True,
) -> Fit:
    """Find the parameters under which the data are most likely.

    Parameters
    ----------
    objective : callable
        Log-likelihood and gradient at an array of parameters in their own scale.
    starts : sequence of sequence of float
        Where to begin, in the parameters' own scale; the best end wins. A draw of a bootstrap begins at the
        estimates alone.
    customers : int
        How many customers the likelihood is made of, 1 or more: it is divided by them.
    hessian : bool
        Whether to work out standard errors; without them `converged` rests on the gradient alone.

    Returns
    -------
    Fit

    Raises
    ------
    CustlibError
        Without customers.
    """
    if customers < 1:
        raise CustlibError(f"{model}: there is no customer to fit it to")
    search = _Search(tuple(parameters), objective, customers)
    best = min((search.run(start) for start in starts), key=lambda found: found[1])
    point, _ = best
    curvature = search.hessian(point) if hessian else None
    if curvature is not None and np.isfinite(curvature).all():
        point = search.polish(point, curvature)
    values, _ = to_own(search.parameters, point)
    steep, slope = search(point)
    above, below = point > search.low + NEAR, point < search.high - NEAR
    inside = above & below
    covariance, bends = _invert(curvature, customers, inside)
    arrived = bool(np.isfinite(steep) and np.abs(np.where(inside, slope, 0)).max() < FLAT * 10)
    answers = np.array([(p.may_end == "both") | ((p.may_end == "high") & high) for p, high in zip(parameters, above, strict=True)])  # fmt: skip
    return Fit(
        model,
        search.parameters,
        values,
        covariance,
        -steep * customers,
        customers,
        converged=arrived and (bends or not hessian),
        at_bound=_named(parameters, ~inside & ~answers),
        ended=_named(parameters, ~inside & answers),
    )


def _named(parameters: Sequence[Parameter], which: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(p.name for p, chosen in zip(parameters, which, strict=True) if chosen)


@dataclass(frozen=True)
class _Search:
    """The mean negative log-likelihood on the unbounded scale."""

    parameters: tuple[Parameter, ...]
    objective: Objective
    customers: int

    @property
    def low(self) -> Floats:
        return np.array([parameter.ends[0] for parameter in self.parameters])

    @property
    def high(self) -> Floats:
        return np.array([parameter.ends[1] for parameter in self.parameters])

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        values, slopes = to_own(self.parameters, point)
        with np.errstate(all="ignore"):
            likelihood, gradient = self.objective(values)
        if not (np.isfinite(likelihood) and np.isfinite(gradient).all()):
            # A wall: the line search turns back from it.
            return 1e10, np.zeros(len(point))
        return -likelihood / self.customers, -(gradient @ slopes) / self.customers

    def run(self, start: Sequence[float]) -> tuple[Floats, float]:
        begin = np.clip(to_free(self.parameters, start), self.low + NEAR, self.high - NEAR)
        found = minimize(
            self, begin, jac=True, method="L-BFGS-B",
            bounds=list(zip(self.low, self.high, strict=True)),
            options={"maxiter": 500, "ftol": 1e-15, "gtol": FLAT, "maxls": 40, "maxcor": 20},
        )  # fmt: skip
        return found.x, float(found.fun)

    def hessian(self, point: Floats, step: float = 1e-4) -> Floats:
        """Differentiate the exact gradient: central differences, symmetrical."""
        rows = [
            (self(point + step * unit)[1] - self(point - step * unit)[1]) / (2 * step)
            for unit in np.eye(len(point))
        ]
        return (np.array(rows) + np.array(rows).T) / 2

    def polish(self, point: Floats, curvature: Floats) -> Floats:
        """Take Newton's step, where it is small and downhill: the last digits of the estimates."""
        height, slope = self(point)
        try:
            step = -np.linalg.solve(curvature, slope)
        except np.linalg.LinAlgError:
            return point
        further = np.clip(point + step, self.low, self.high)
        small = np.abs(step).max() < 0.5
        return further if small and self(further)[0] <= height else point


def _invert(curvature: Floats | None, customers: int, inside: NDArray[np.bool_]) -> tuple[Floats, bool]:
    """Give the covariance of the parameters inside their range, and whether the likelihood bends down there."""
    size = len(inside)
    unknown = np.full((size, size), np.nan)
    if curvature is None or not np.isfinite(curvature).all():
        return unknown, False
    part = curvature[np.ix_(inside, inside)]
    roots = np.linalg.eigvalsh(part) if len(part) else np.ones(1)
    if roots[0] <= 1e-10 * max(roots[-1], 1e-12):
        return unknown, False
    covariance = np.zeros((size, size))
    covariance[np.ix_(inside, inside)] = np.linalg.inv(part) / customers
    return covariance, True
