"""What one percentage point of retention is worth: customers kept who would have left, at what they would still bring."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Fit, Floats
from custlib.measure.clv.groups import Group
from custlib.measure.clv.spend import Spend
from custlib.measure.clv.survival import annuity, leaving, survival
from custlib.measure.equity import LEVEL, Drawn, Estimate
from custlib.measure.ledger_prices import Fallback, group_places, linear

YEAR = 12
POINT = 0.01


@dataclass(frozen=True)
class RetentionPoint:
    """One percentage point more of the customers alive today who are still alive in twelve months.

    Attributes
    ----------
    points : float
        1.
    customers : float
        How many customers that is: a hundredth of the sum of P(alive).
    value : Estimate
        What customer equity would be higher by.
    """

    points: float
    customers: float
    value: Estimate


def retention_point(
    cells: pd.DataFrame,
    groups: Sequence[Group],
    drawn: Sequence[Drawn | None],
    fallback: Fallback,
    *,
    rate: float,
) -> RetentionPoint | None:
    """Say what a point of retention is worth, as the rate at which value rises with retention.

    Each departure of the next twelve months is prevented with the same small chance. Whoever is kept in month n + j is a
    customer of the kind that leaves, theta ~ Beta(gamma + 1, delta + n + j - 1), active in that month and as often later as before;
    the kept count in retention with the chance that they are there after the twelve months. Value gained over retention
    gained, times a hundredth of the customers, is the value of a point.

    Parameters
    ----------
    cells : DataFrame
        Counted patterns of today: ``kind``, ``group``, x, t_x, n, before, closed, ``customers``, ``total``.
    groups, drawn, fallback
        See `custlib.measure.ledger_prices.price_list`.
    rate : float
        Discount rate of a month.

    Returns
    -------
    RetentionPoint or None
        None where nobody is to be kept.
    """
    every = [*zip(groups, drawn, strict=True), *fallback.values()]
    which = group_places(cells, groups, fallback)
    parts = []
    for i in np.unique(which):
        group, draws = every[i]
        part = cells[(which == i) & ~cells.closed.to_numpy(bool)]
        assert group.fit is not None and group.spend is not None
        fits = [group.fit, *((group.fit.at(values) for values in draws.model) if draws else ())]
        spends = [group.spend, *((group.spend.at(*values) for values in draws.spend) if draws else ())]
        parts.append(np.array([_kept(group, *both, part, rate) for both in zip(fits, spends, strict=True)]).T)
    # Where one group has no draws there is no interval.
    width = min((found.shape[1] for found in parts), default=1)
    sums = sum((found[:, :width] for found in parts), np.zeros((3, width)))
    alive, kept, worth = sums
    if not (kept > 0).all():
        return None
    point = POINT * alive * worth / kept
    ends = np.percentile(point[1:], LEVEL) if len(point) > 1 else None
    value = Estimate(float(point[0]), *(map(float, ends) if ends is not None else ()))
    return RetentionPoint(1.0, float(POINT * alive[0]), value)


def _kept(group: Group, fit: Fit, spend: Spend, part: pd.DataFrame, rate: float) -> tuple[float, ...]:
    """Give, per prevented departure of all in a year: P(alive) today, those there after the year, and their value."""
    gamma, delta = fit["gamma"], fit["delta"]
    lived = (part.n + part.before).to_numpy(np.int64)
    longest = int(lived.max(initial=0)) + YEAR
    alive, goes = survival(gamma, delta, longest), leaving(gamma, delta, longest)
    stays = survival(gamma + 1, delta, longest + YEAR)
    later = annuity(gamma + 1, delta, rate, longest) / stays[: longest + 1]
    there, worth = np.zeros(len(part)), np.zeros(len(part))
    for month in range(1, YEAR + 1):
        s = lived + month - 1
        lost = goes[s] / alive[lived]
        there += lost * stays[s + YEAR - month] / stays[s]
        worth += lost * (1 + later[s]) / (1 + rate) ** month
    heads = part.customers.to_numpy(float) * group.module.p_alive(fit, part)
    at_zero, per_unit = (each[:, 0] for each in linear([spend], part.x))
    margin = at_zero + per_unit * part.total.to_numpy(float) / part.customers.to_numpy(float)
    return float(heads.sum()), float(heads @ there), float(heads @ (worth * margin * _active(fit, part)))


def _active(fit: Fit, part: pd.DataFrame) -> Floats:
    """Give the chance to be active in a month while alive; a contract always is."""
    if "alpha" not in fit.names:
        return np.ones(len(part))
    x, n = part.x.to_numpy(float), part.n.to_numpy(float)
    return np.asarray((fit["alpha"] + x) / (fit["alpha"] + fit["beta"] + n), dtype=float)
