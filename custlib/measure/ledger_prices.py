"""What every pattern of a month end is worth on a valuation basis: at its estimates, at its draws, at other rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from custlib.measure.clv.fit import Floats
from custlib.measure.clv.groups import Group
from custlib.measure.clv.resample import prepared
from custlib.measure.clv.spend import Spend
from custlib.measure.equity import Drawn
from custlib.measure.ledger import prices

# Draws of a basis: every month of a ledger is valued on each of them, at both ends.
DRAWS = 100
# Of each segment that the basis does not know, its kind's fit of everybody.
Fallback = Mapping[str, tuple[Group, Drawn | None]]


@dataclass(frozen=True)
class PriceList:
    """The patterns of one month end, priced.

    Attributes
    ----------
    table : DataFrame
        One row per pattern: its keys, ``pattern`` (its row), what `custlib.measure.ledger.prices` gives, ``at_zero`` and
        ``per_unit`` of the margin so far: the expected margin per active month.
    fixed, per_unit : ndarray
        (pattern, 1 + draws + rates): value of a customer of it, without any margin so far, and per unit of that. The first
        column is at the estimates, the next are at the draws of the basis (NaN where it has none), the last at other rates.
    pooled : tuple of (str, str)
        Kind and segment of those that the basis does not know.
    """

    table: pd.DataFrame
    fixed: Floats
    per_unit: Floats
    pooled: tuple[tuple[str, str], ...]

    @property
    def complete(self) -> bool:
        """Whether every pattern has a price."""
        return bool(np.isfinite(self.fixed[:, 0]).all())

    def worth(self, cells: pd.DataFrame, labels: Sequence[str]) -> Floats:
        """Add the value of counted patterns up.

        Parameters
        ----------
        cells : DataFrame
            ``segment``, ``pattern``, ``customers``, ``total`` (margin so far of all of them).
        labels : sequence of str
            The segments wanted, in order.

        Returns
        -------
        ndarray
            (segment, 1 + draws + rates).
        """
        place = pd.Index(labels).get_indexer(cells.segment)
        pattern = cells.pattern.to_numpy(np.int64)
        shape = (len(labels), len(self.fixed))
        counts, totals = (
            csr_array((cells[name].to_numpy(float), (place, pattern)), shape=shape)
            for name in ("customers", "total")
        )
        return np.asarray(counts @ self.fixed + totals @ self.per_unit)


def price_list(
    cells: pd.DataFrame,
    groups: Sequence[Group],
    drawn: Sequence[Drawn | None],
    fallback: Fallback,
    *,
    rate: float,
    rates: Sequence[float] = (),
) -> PriceList:
    """Price the patterns of a month end.

    Parameters
    ----------
    cells : DataFrame
        One row per pattern: ``kind``, ``group`` (the segment), x, t_x, n, before, closed.
    groups, drawn
        Of the basis.
    fallback : mapping of str to (Group, Drawn)
        By kind: how customers are valued whose segment the basis does not know.
    rate : float
        Discount rate of a month.
    rates : sequence of float
        Other ones.
    """
    every = [*zip(groups, drawn, strict=True), *fallback.values()]
    which = group_places(cells, groups, fallback)
    size = (len(cells), 1 + DRAWS + len(rates))
    fixed, per_unit = np.full(size, np.nan), np.full(size, np.nan)
    names = ["months", "alive", "soon", "stays", "at_zero", "per_unit"]
    told = np.full((len(cells), len(names)), np.nan)
    for i in np.unique(which[which >= 0]):
        rows, (group, draw) = which == i, every[i]
        if group.trusted and group.fit is not None and group.spend is not None:
            part = cells[rows]
            ahead, lines = _matrices(group, draw, part, rate, rates)
            # A line for each count of active months, of which there are few; one after the other, since each is as large as `ahead`.
            counts, which_count = np.unique(part.x.to_numpy(), return_inverse=True)
            for found, each in zip((fixed, per_unit), linear(lines, pd.Series(counts)), strict=True):
                found[rows] = ahead * each[which_count]
            spent = np.concatenate(linear([group.spend], part.x), axis=1)
            told[rows] = np.concatenate(
                [prices(group.module, group.fit, part, rate)[names[:4]].to_numpy(), spent], axis=1
            )
    table = cells.assign(pattern=np.arange(len(cells)), **dict(zip(names, told.T, strict=True)))
    strangers = cells[(which < 0) | (which >= len(groups))]
    unknown = {(str(kind), str(group)) for kind, group in zip(strangers.kind, strangers.group, strict=True)}
    return PriceList(table, fixed, per_unit, tuple(sorted(unknown)))


def group_places(cells: pd.DataFrame, groups: Sequence[Group], fallback: Fallback) -> NDArray[np.int64]:
    """Give each pattern's place among the groups of a basis and, behind them, the fits of a whole kind; -1: in none."""
    own = {(group.kind, name): i for i, group in enumerate(groups) for name in group.members}
    kinds = {kind: len(groups) + i for i, kind in enumerate(fallback)}
    pairs = zip(cells.kind, cells.group, strict=True)
    return np.array([own.get(pair, kinds.get(pair[0], -1)) for pair in pairs], dtype=np.int64)


def linear(spends: Sequence[Spend], x: pd.Series) -> tuple[Floats, Floats]:
    """Give the expected margin per active month as a line in the margin so far: without any, and per unit of it.

    Returns
    -------
    at_zero, per_unit : ndarray
        (pattern, spend); see `custlib.measure.clv.spend.Spend.margin`.
    """
    k, mu, idle = (np.array([getattr(each, name) for each in spends]) for name in ("k", "mu", "idle_cost"))
    count = x.to_numpy(float)[:, None]
    # Where customers do not differ by more than chance the mean over all weighs all there is, whatever one has shown.
    weight = np.where(np.isinf(k), 1.0, k)
    known = np.where(np.isinf(k), 0.0, count)
    heavy = weight + known > 0
    share = np.where(heavy, weight / np.where(heavy, weight + known, 1), 1.0)
    per_unit = np.where(heavy & (known > 0), 1 / np.where(heavy, weight + known, 1), 0.0)
    return share * mu - idle, per_unit


def _matrices(
    group: Group, drawn: Drawn | None, part: pd.DataFrame, rate: float, rates: Sequence[float]
) -> tuple[Floats, list[Spend]]:
    """Give discounted expected active months of a group's patterns, (pattern, 1 + draws + rates), and each column's spend."""
    assert group.fit is not None and group.spend is not None
    keys = part[group.module.KEYS].drop_duplicates(ignore_index=True)
    place = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(part[group.module.KEYS]))
    known = prepared(group.module, keys)
    fits = [group.fit, *((group.fit.at(values) for values in drawn.model) if drawn else ())]
    spends = [group.spend, *((group.spend.at(*values) for values in drawn.spend) if drawn else ())]
    months = [group.module.discounted(fit, known, rate) for fit in fits]
    if not drawn:
        months += [np.full(len(keys), np.nan)] * DRAWS
        spends += [group.spend] * DRAWS
    months += [group.module.discounted(group.fit, known, other) for other in rates]
    spends += [group.spend] * len(rates)
    return np.array(months).T[place], spends
