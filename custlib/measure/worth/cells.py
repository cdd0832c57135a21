"""Counted customers before a fit: controls that can be estimated, scores in groups that can, and designs of both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from custlib.measure.worth.found import Floats
from custlib.measure.worth.past import PAST, less_the_past
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER, Scale

CONTROLS = ("value_band", "tenure", "trend", "recency")
SUMS = ["customers", "kept", "margin", "squares"]
TIDY = [*SUMS, "lost", "lost_margin"]
# Lost customers, and kept ones, that a level needs before it is given a parameter of its own: below ten events a
# parameter, estimates of a logistic regression are biased (Peduzzi et al., J Clin Epidemiol 49 (1996) 1373-1379).
LEAST = 10
POOLED = "all other"


@dataclass(frozen=True)
class Groups:
    """Scores in groups, from the lowest; within a group no difference is looked for."""

    spans: tuple[tuple[int, int], ...]
    means: tuple[float, ...]  # mean score of who is in it

    @property
    def labels(self) -> list[str]:
        """Write each group: ``0-3``, ``4``."""
        return [str(first) if first == last else f"{first}-{last}" for first, last in self.spans]

    def sizes(self, rows: pd.DataFrame) -> Floats:
        """Count the customers of each group."""
        return np.bincount(self.of(rows.score), rows.customers, len(self.spans)).astype(float)

    def of(self, scores: Sequence[int] | pd.Series) -> NDArray[np.int64]:
        """Give the position of each score's group."""
        return np.searchsorted([first for first, _ in self.spans], np.asarray(scores), side="right") - 1


def tidied(cells: pd.DataFrame) -> pd.DataFrame:
    """Add equal cells up, in numbers that a fit can work with; levels of a control too thin to be estimated are pooled.

    Returns
    -------
    DataFrame
        One row per ``score``, control and ``fold``: ``customers``, ``kept``, ``lost``, ``margin`` and ``squares`` (less
        the past, where the cells tell of it: `custlib.measure.worth.past`), ``lost_margin`` (of the lost): floats.
    """
    known = [name for name in PAST if name in cells.columns]
    sums = [*SUMS, *known]
    rows = cells[["score", *CONTROLS, "fold", *sums]].copy()
    rows[sums] = rows[sums].astype(float)
    rows = rows[rows.customers > 0]
    rows["lost"] = rows.customers - rows.kept
    for name in CONTROLS:
        rows[name] = _pooled(rows, name)
    keys = ["score", *CONTROLS, "fold"]
    rows = rows.groupby(keys, observed=True, sort=True)[[*sums, "lost"]].sum().reset_index()
    # Of a past that nobody knows nothing is taken off, and who was lost is taken to have brought nothing.
    rows = less_the_past(rows, list(CONTROLS)) if known else rows.assign(lost_margin=0.0)
    return rows[[*keys, *TIDY]]


def _pooled(rows: pd.DataFrame, name: str) -> pd.Series:
    """Give thin levels one name; are they still thin together, they go with the level of most customers."""
    levels = rows[name].astype(object).where(rows[name].notna(), "unknown").astype(str)
    sums = rows.groupby(levels)[["customers", "kept", "lost"]].sum()
    thin = sums[sums[["kept", "lost"]].min(axis=1) < LEAST]
    if thin.empty:
        return levels
    others = sums.drop(index=thin.index)
    enough = thin[["kept", "lost"]].sum().min() >= LEAST
    name_of_rest = POOLED if enough or others.empty else others.customers.idxmax()
    return levels.where(~levels.isin(thin.index), name_of_rest)


def grouped(rows: pd.DataFrame, scale: Scale) -> Groups:
    """Merge neighbouring scores until each group has enough lost and enough kept customers to be estimated.

    Every score starts as a group of its own. The thinnest one (by the fewer of its lost and kept) that has less than `LEAST` is
    merged with its thinner neighbour, and so on. A neighbour on the same side of the limits of NPS classes and of the middle
    ground goes first, so that the shapes can be told apart as long as there is anything to tell them apart by; shapes are
    functions of the groups and hence always special cases of the free shape.
    """
    sums = rows.groupby("score")[["customers", "kept", "lost"]].sum().reindex(scale.scores, fill_value=0.0)
    spans = [(score, score) for score in scale.scores]
    weak = [float(value) for value in sums[["kept", "lost"]].min(axis=1)]
    counts = [(row.kept, row.lost) for row in sums.itertuples()]
    limits = {FIRST_PASSIVE: 2, FIRST_PROMOTER: 2, scale.middle[0]: 1, scale.middle[1] + 1: 1}
    while len(spans) > 1 and min(weak) < LEAST:
        at = int(np.argmin(weak))
        near = [side for side in (at - 1, at + 1) if 0 <= side < len(spans)]
        other = min(near, key=lambda side: (limits.get(spans[max(at, side)][0], 0), weak[side]))
        low, high = sorted((at, other))
        counts[low] = (counts[low][0] + counts[high][0], counts[low][1] + counts[high][1])
        spans[low], weak[low] = (spans[low][0], spans[high][1]), min(counts[low])
        del spans[high], weak[high], counts[high]
    weights = sums.customers.to_numpy()
    places = [np.arange(first, last + 1) for first, last in spans]
    means = [_mean(place, weights[place - scale.lowest]) for place in places]
    return Groups(tuple(spans), tuple(means))


def _mean(scores: NDArray[np.int64], weights: Floats) -> float:
    return float(np.average(scores, weights=weights)) if weights.sum() else float(scores.mean())


def controls_design(rows: pd.DataFrame, like: pd.DataFrame | None = None) -> Floats:
    """Give a column of ones and one per level of each control but its commonest (in `like`, or in the rows themselves)."""
    known = rows if like is None else like
    columns = [np.ones(len(rows))]
    for name in CONTROLS:
        sizes = known.groupby(name).customers.sum()
        rest = sorted(set(sizes.index) - {sizes.idxmax()})
        columns += [(rows[name] == level).to_numpy(float) for level in rest]
    return np.column_stack(columns)


def steps(positions: NDArray[np.int64], count: int) -> Floats:
    """Give one column per group but the lowest: 1 for who is in it."""
    return (positions[:, None] == np.arange(1, count)).astype(float)
