"""What every pattern of a month end is worth on a valuation basis: at its estimates, at its draws, at other rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Floats
from custlib.measure.clv.groups import Group
from custlib.measure.clv.resample import DRAWS, prepared
from custlib.measure.clv.spend import Spend
from custlib.measure.equity import Drawn
from custlib.measure.ledger import prices

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
    pooled : tuple of str
        Segments that the basis does not know.
    """

    table: pd.DataFrame
    fixed: Floats
    per_unit: Floats
    pooled: tuple[str, ...]

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
        counts, totals = np.zeros((2, len(labels), len(self.fixed)))
        np.add.at(counts, (place, pattern), cells.customers.to_numpy(float))
        np.add.at(totals, (place, pattern), cells.total.to_numpy(float))
        return counts @ self.fixed + totals @ self.per_unit


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
    own = {(g.kind, name): i for i, g in enumerate(groups) for name in g.members}
    every: list[tuple[Group, Drawn | None]] = list(zip(groups, drawn, strict=True))
    kinds = {kind: len(every) + i for i, kind in enumerate(fallback)}
    every += fallback.values()
    named = list(zip(cells.kind, cells.group, strict=True))
    which = np.array([own.get(pair, kinds.get(pair[0], -1)) for pair in named], dtype=int)
    size = (len(cells), 1 + DRAWS + len(rates))
    fixed, per_unit = np.full(size, np.nan), np.full(size, np.nan)
    names = ["months", "alive", "soon", "stays", "at_zero", "per_unit"]
    told = np.full((len(cells), len(names)), np.nan)
    for i in np.unique(which[which >= 0]):
        rows, (group, draw) = which == i, every[i]
        if group.trusted and group.fit is not None and group.spend is not None:
            part = cells[rows]
            fixed[rows], per_unit[rows] = _matrices(group, draw, part, rate, rates)
            spent = np.stack(linear(group.spend, part.x), axis=1)
            told[rows] = np.concatenate(
                [prices(group.module, group.fit, part, rate)[names[:4]].to_numpy(), spent], axis=1
            )
    table = cells.assign(pattern=np.arange(len(cells)), **dict(zip(names, told.T, strict=True)))
    unknown = {str(group) for kind, group in named if (kind, group) not in own}
    return PriceList(table, fixed, per_unit, tuple(sorted(unknown)))


def linear(spend: Spend, x: pd.Series) -> tuple[Floats, Floats]:
    """Give the expected margin per active month as a line in the margin so far: without any, and per unit of it."""
    count = x.to_numpy(float)
    if np.isinf(spend.k):
        return np.full(len(count), spend.mu - spend.idle_cost), np.zeros(len(count))
    slope = np.where(count > 0, 1 / np.where(count > 0, spend.k + count, 1), 0.0)
    return spend.margin(count, np.zeros(len(count))), slope


def _matrices(
    group: Group, drawn: Drawn | None, part: pd.DataFrame, rate: float, rates: Sequence[float]
) -> tuple[Floats, Floats]:
    """Value a group's patterns at the estimates, at every draw and at other rates."""
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
    lines = [linear(spend, part.x) for spend in spends]
    ahead = np.array(months).T[place]
    at_zero, per_unit = (np.stack(parts, axis=1) for parts in zip(*lines, strict=True))
    return ahead * at_zero, ahead * per_unit
