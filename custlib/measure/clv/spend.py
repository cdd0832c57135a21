"""What an active month (or purchase day) of a customer is expected to bring."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.stats import norm

from custlib.measure.clv import credibility, gamma_gamma
from custlib.measure.clv.fit import Fit, Floats
from custlib.measure.clv.resample import DRAWS, draws


@dataclass(frozen=True)
class Spend:
    """Expected margin per active month: m = (k mu + S) / (k + x) - c.

    Attributes
    ----------
    method : str
        "gamma-gamma"; "credibility", where a margin of zero or less occurs or the Gamma-Gamma cannot be trusted;
        "none" where neither can be had: then there is no figure.
    mu : float
        Mean over customers, of active months.
    k : float
        Active months that it weighs as much as; infinite: everybody is expected at the mean.
    idle_cost : float
        c: net cost of the other months per active one, since a silent customer still costs something; negative
        where they bring something.
    fit : Fit or None
        Of the Gamma-Gamma, trusted or not; None where it was not tried.
    customers : int
        Those with an active month.
    """

    method: Literal["gamma-gamma", "credibility", "none"]
    mu: float
    k: float
    idle_cost: float
    fit: Fit | None
    customers: int

    @property
    def available(self) -> bool:
        """Whether there is a margin to be expected."""
        return self.method != "none"

    def at(self, mu: float, k: float, idle_cost: float) -> "Spend":
        """Give the same at other values, as for a draw of a bootstrap."""
        return replace(self, mu=float(mu), k=float(k), idle_cost=float(idle_cost))

    def margin(self, x: Any, total: Any) -> Floats:
        """Give the margin expected per active month of customers with x active months and their total margin.

        NaN where none is available.
        """
        x, total = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(total, dtype=float))
        if not self.available:
            return np.full(x.shape, np.nan)
        if np.isinf(self.k):
            return np.full(x.shape, self.mu - self.idle_cost)
        if self.k == 0:
            return np.where(x > 0, total / np.maximum(x, 1), self.mu) - self.idle_cost
        return (self.k * self.mu + total * (x > 0)) / (self.k + x) - self.idle_cost


@dataclass(frozen=True)
class Correlation:
    """Whether who comes more often spends otherwise: customers' frequency against their mean margin.

    `low` and `high`: 95% interval by Fisher's transformation.
    """

    value: float
    low: float
    high: float
    customers: int


def choose(cells: pd.DataFrame) -> Spend:
    """Choose how to expect margins, by the rule, and estimate what that needs.

    Gamma-Gamma where every customer with an active month earned something in them, its fit is trusted and the
    interval of q lies above 1; else credibility, where two customers or more have two active months or more; else none.

    Parameters
    ----------
    cells : DataFrame
        As from `custlib.aggregate.spending.spend_cells`: ``x``, ``customers``, ``total``, ``total_squares``, ``squares``,
        ``idle``. A cell with a total of zero or less holds no customer with one above it.
    """
    active = cells[cells.x > 0]
    customers = round(float(active.customers.astype(float).sum()))
    cost = _idle_cost(cells)
    fit = None
    if customers and (active.total.astype(float) > 0).all():
        fit = gamma_gamma.fit(_means(active))
        # With a q that may be 1 the mean over customers may not exist, and none can be given.
        if fit.trusted and fit.intervals()[fit.names.index("q"), 0] > 1:
            k, mu = gamma_gamma.weight(fit)
            return Spend("gamma-gamma", mu, k, cost, fit, customers)
    found = credibility.estimate(active) if customers else None
    if found is None:
        return Spend("none", float("nan"), float("nan"), float("nan"), fit, customers)
    return Spend("credibility", found.mu, found.k, cost, fit, customers)


def spend_draws(spend: Spend, cells: pd.DataFrame, *, count: int = DRAWS, name: str = "") -> Floats:
    """Estimate spend again on drawn counts of its cells, by the method chosen.

    A cell's customers have nearly the same total, so a Poisson number of them stands for drawing customers. What
    their other months brought may differ widely: how widely, ``idle_squares`` tells where the cells have it.

    Returns
    -------
    ndarray
        (draw, 3): arguments of `Spend.at`.
    """
    active = cells[cells.x > 0]
    found = np.tile([spend.mu, spend.k, spend.idle_cost], (count, 1)).astype(float)
    if not spend.available:
        return found
    rng = np.random.default_rng(crc32(f"{spend.method} {name}".encode()))
    counted = cells.customers.to_numpy(dtype=float)
    times = rng.poisson(counted, (count, len(cells))) / np.maximum(counted, 1)
    days = times @ (counted * cells.x.to_numpy(dtype=float))
    brought = cells.idle.to_numpy(dtype=float)
    idle = times @ brought
    if "idle_squares" in cells:
        # Drawn customer by customer the variance is the sum of squares; drawn by the mean of a cell some is missing.
        missing = float(
            (cells.idle_squares.to_numpy(dtype=float) - brought**2 / np.maximum(counted, 1)).sum()
        )
        idle = idle + np.sqrt(max(missing, 0.0)) * rng.standard_normal(count)
    found[:, 2] = np.where(days > 0, -idle / np.maximum(days, 1), spend.idle_cost)
    if spend.method == "gamma-gamma" and spend.fit is not None:
        values = draws(gamma_gamma, spend.fit, _means(active), count=count, name=name)
        # A draw whose mean does not exist stands for a very large one.
        values[:, 1] = np.maximum(values[:, 1], 1 + (spend.fit["q"] - 1) / 10)
        weights = [gamma_gamma.weight(spend.fit.at(drawn)) for drawn in values]
        found[:, :2] = [(mu, k) for k, mu in weights]
        return found
    kept = (cells.x > 0).to_numpy()
    for draw, repeated in enumerate(_by_x(active, times[:, kept])):
        drawn = credibility.estimate(repeated)
        if drawn is not None:
            found[draw, :2] = drawn.mu, drawn.k
    return found


def independence(table: pd.DataFrame) -> Correlation | None:
    """Correlate customers' active months x with their mean margin S / x, from sums.

    Parameters
    ----------
    table : DataFrame
        Any number of rows per ``x``: ``customers``, ``total`` (sum of S), ``total_squares`` (sum of S squared).

    Returns
    -------
    Correlation or None
        None with fewer than four customers, or where all have the same frequency or the same mean.
    """
    seen = table[table.x > 0]
    x, n, total, squares = (
        seen[c].to_numpy(dtype=float) for c in ("x", "customers", "total", "total_squares")
    )
    customers = n.sum()
    if customers < 4:
        return None
    mean_x, mean_z = n @ x / customers, (total / x).sum() / customers
    var_x = n @ (x - mean_x) ** 2
    square_z = (squares / x**2).sum()
    var_z = square_z - customers * mean_z**2
    if var_x <= 0 or var_z <= credibility.NOTHING * square_z:
        return None
    value = float(np.clip((total @ (1 - mean_x / x)) / np.sqrt(var_x * var_z), -1, 1))
    with np.errstate(divide="ignore"):
        reach = norm.ppf(0.975) / np.sqrt(customers - 3)
        low, high = np.tanh(np.arctanh(value) + np.array([-reach, reach]))
    return Correlation(value, float(low), float(high), round(customers))


def _means(active: pd.DataFrame) -> pd.DataFrame:
    """Give each cell's customers the mean of their totals."""
    counted = active[active.customers > 0]
    number = counted.customers.astype(float)
    return pd.DataFrame({"x": counted.x, "total": counted.total.astype(float) / number, "customers": number})


def _idle_cost(cells: pd.DataFrame) -> float:
    months = float((cells.x.astype(float) * cells.customers.astype(float)).sum())
    return -float(cells.idle.astype(float).sum()) / months + 0.0 if months > 0 else float("nan")


def _by_x(active: pd.DataFrame, times: Floats) -> list[pd.DataFrame]:
    """Add cells up by x, each taken so many times: one table per draw."""
    codes, xs = pd.factorize(active.x, sort=True)
    member = np.eye(len(xs))[codes]
    names = [name for name in ("customers", "total", "total_squares", "squares", "months") if name in active]
    sums = np.stack([(times * active[name].to_numpy(dtype=float)) @ member for name in names], axis=-1)
    return [pd.DataFrame(drawn, columns=names).assign(x=np.asarray(xs, dtype=float)) for drawn in sums]
