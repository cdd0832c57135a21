"""A score of the whole base out of the answers of some: each stratum counts by its customers, not by how many answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.clv.fit import REACH
from custlib.measure.nps import ADDED, Interval

# A stratum with fewer answers says too little of its variance.
FEWEST = 10
CELL = ["value_band", "tenure"]
CLASS_COUNTS = ["promoters", "passives", "detractors"]


@dataclass(frozen=True)
class Weighted:
    """The Net Promoter Score of the base, post-stratified by value band and tenure.

    Attributes
    ----------
    nps : float
        Sum of W_h nps_h: the score of each stratum by its share of the customers.
    low, high : float
        Its 95% interval.
    se : float
        sqrt(sum of W_h^2 v_h / (n_h - 1)).
    answers, population : int
        Of all strata.
    covered : float
        Share of the population in strata with an answer of their own, before any were merged; for the others their neighbours speak.
    strata, merged : int
        Strata left after merging, and how many were merged away.
    design_effect : float
        The variance over that of a score of as many answers with the same shares, had they been drawn from the base as a whole.
    table : DataFrame
        One row per stratum after merging: ``value_bands``, ``tenures`` (tuples of the levels in it), ``population``, ``answers``, ``weight``,
        ``nps``.
    """

    nps: float
    low: float
    high: float
    se: float
    answers: int
    population: int
    covered: float
    strata: int
    merged: int
    design_effect: float
    table: pd.DataFrame


def merged_strata(
    cells: pd.DataFrame, *, bands: Sequence[str], tenures: Sequence[str], fewest: int = FEWEST
) -> pd.Series:
    """Merge strata until each has answers enough.

    A band with fewer than `fewest` answers in all joins the next one (the last joins the one before), tenure by tenure. Inside a band
    the stratum with the fewest answers below `fewest` joins the neighbour in tenure that has fewer, until none is below; only
    where all the answers together are fewer, one stratum of fewer is left.

    Parameters
    ----------
    cells : DataFrame
        One row per ``value_band`` and ``tenure``: ``answers``.
    bands, tenures : sequence of str
        The levels in their order; others, such as "unknown", stand after them.

    Returns
    -------
    Series of int
        The number of the stratum, from 0, by the index of `cells`.
    """
    places = {
        "value_band": _places(cells.value_band, bands),
        "tenure": _places(cells.tenure, tenures),
    }
    by_band = cells.answers.groupby(places["value_band"]).sum()
    joined = _in_order([int(n) for n in by_band], fewest, forward=True)
    block = places["value_band"].map(dict(zip(by_band.index, joined, strict=True)))
    by_cell = cells.answers.groupby([block, places["tenure"]]).sum()
    numbers: dict[tuple[int, int], int] = {}
    for first in sorted(set(joined)):
        part = by_cell.loc[first]
        start = len(set(numbers.values()))
        groups = _in_order([int(n) for n in part], fewest, forward=False)
        numbers |= {(first, tenure): start + group for tenure, group in zip(part.index, groups, strict=True)}
    return pd.Series(
        [numbers[key] for key in zip(block, places["tenure"], strict=True)], index=cells.index, dtype=int
    )


def _places(levels: pd.Series, order: Sequence[str]) -> pd.Series:
    """Give levels numbers by their order; those not in it come after it."""
    names = dict.fromkeys([*order, *levels])
    return levels.map({name: place for place, name in enumerate(names)}).astype(int)


def _in_order(counts: Sequence[int], fewest: int, *, forward: bool) -> list[int]:
    """Merge neighbours in a row until each group counts enough, and number the groups from 0.

    The smallest group joins the next one (`forward`), or the smaller of its two neighbours; the last one, the one before it.
    """
    groups = [[place] for place in range(len(counts))]
    sizes = list(counts)
    while len(groups) > 1 and min(sizes) < fewest:
        small = sizes.index(min(sizes))
        beside = [place for place in (small + 1, small - 1) if 0 <= place < len(groups)]
        other = beside[0] if forward else min(beside, key=lambda place: (sizes[place], place))
        low, high = sorted((small, other))
        groups[low] += groups.pop(high)
        sizes[low] += sizes.pop(high)
    number = {place: group for group, places in enumerate(groups) for place in places}
    return [number[place] for place in range(len(counts))]


def post_stratified(
    strata: pd.DataFrame, *, bands: Sequence[str], tenures: Sequence[str], fewest: int = FEWEST
) -> Weighted | None:
    """Weight the answers by strata, so that who answers more readily does not count for more.

    It corrects what value band and tenure tell of who answers, and nothing else: within a stratum those who answered
    stand for those who did not.

    Parameters
    ----------
    strata : DataFrame
        One row per ``value_band`` and ``tenure``: ``population`` (customers of the base), ``promoters``, ``passives``, ``detractors``.
    bands, tenures : sequence of str
        The levels in their order (see `merged_strata`).

    Returns
    -------
    Weighted or None
        None for fewer than two answers, whose spread nobody knows, and a base of nobody.

    Notes
    -----
    The interval is the adjusted one (see `custlib.measure.nps.Score.adjusted`) of as many answers as would have this standard error,
    drawn from the base as a whole: for many answers it is nps +- 1.96 se. Where everybody in each stratum answers alike, the
    error knows nothing, and as many equal answers are taken as the weights are worth, (sum w)^2 / sum w^2.

    References
    ----------
    W. Cochran, Sampling Techniques (3rd ed., 1977), 5A.9. E. Korn and B. Graubard, Survey Methodology 24:2 (1998) 193-201: intervals from
    an effective number of answers.
    """
    rows = strata.assign(
        answers=strata[CLASS_COUNTS].sum(axis=1).astype(int),
        band_place=_places(strata.value_band, bands),
        tenure_place=_places(strata.tenure, tenures),
    ).sort_values(["band_place", "tenure_place"], ignore_index=True)
    answers, population = int(rows.answers.sum()), int(rows.population.sum())
    if answers < 2 or population <= 0:
        return None
    stratum = merged_strata(rows, bands=bands, tenures=tenures, fewest=fewest)
    sums = rows.groupby(stratum)[["population", "answers", *CLASS_COUNTS]].sum().astype(float)
    weight = sums.population / population
    promoters, detractors = (sums[name] / sums.answers for name in ("promoters", "detractors"))
    each = promoters - detractors
    variance = promoters + detractors - each**2
    se = sqrt(float((weight**2 * variance / (sums.answers - 1)).sum()))
    shares = float((weight * promoters).sum()), float((weight * detractors).sum())
    nps = shares[0] - shares[1]
    spread = sum(shares) - nps**2
    equal = spread / se**2 if se else 1 / float((weight**2 / sums.answers).sum())
    limits = _adjusted(*shares, equal)
    own = rows.population[rows.answers > 0].sum()
    return Weighted(
        nps,
        limits.low,
        limits.high,
        se,
        answers,
        population,
        covered=float(own / population),
        strata=len(sums),
        merged=len(rows) - len(sums),
        design_effect=answers / equal,
        table=_table(rows, stratum, sums, weight, each),
    )


def _adjusted(promoters: float, detractors: float, answers: float) -> Interval:
    """Give the adjusted Wald interval of shares of any number of answers."""
    whole = answers + ADDED
    up, down = ((part * answers + ADDED / 4) / whole for part in (promoters, detractors))
    centre = up - down
    reach = REACH * sqrt((up + down - centre**2) / whole)
    return Interval(max(centre - reach, -1.0), min(centre + reach, 1.0))


def _table(
    rows: pd.DataFrame, stratum: pd.Series, sums: pd.DataFrame, weight: pd.Series, nps: pd.Series
) -> pd.DataFrame:
    """Lay the merged strata out, each with the levels that are in it."""
    parts = [rows[stratum == number] for number in sums.index]
    return pd.DataFrame(
        {
            "value_bands": [tuple(dict.fromkeys(part.value_band)) for part in parts],
            "tenures": [tuple(dict.fromkeys(part.sort_values("tenure_place").tenure)) for part in parts],
            "population": sums.population.astype(int).to_numpy(),
            "answers": sums.answers.astype(int).to_numpy(),
            "weight": weight.to_numpy(),
            "nps": nps.to_numpy(),
        }
    )


def weights(
    answers: pd.DataFrame,
    population: pd.DataFrame,
    *,
    bands: Sequence[str],
    tenures: Sequence[str],
    fewest: int = FEWEST,
) -> pd.DataFrame:
    """Extrapolate the answers to the base: how many customers would give each score.

    Parameters
    ----------
    answers : DataFrame
        ``value_band``, ``tenure``, ``score``, ``customers``: those who gave it.
    population : DataFrame
        ``value_band``, ``tenure``, ``population``: customers of the base; a stratum with answers and not here has nobody.

    Returns
    -------
    DataFrame
        ``score``, ``customers`` (float): N_s = sum of N_h n_hs / n_h over the merged strata; they add up to the population.

    Raises
    ------
    CustlibError
        Where nobody answered.
    """
    given = answers[answers.customers > 0]
    if given.empty:
        raise CustlibError("nobody answered: there is nothing to extrapolate")
    heads = given.groupby(CELL, sort=False).customers.sum().rename("answers")
    people = population.groupby(CELL, sort=False).population.sum()
    cells = pd.concat([people, heads], axis=1).fillna(0).astype(int).reset_index()
    stratum = merged_strata(cells, bands=bands, tenures=tenures, fewest=fewest)
    sums = cells.groupby(stratum)[["population", "answers"]].sum()
    factor = stratum.map(sums.population / sums.answers)
    by_cell = pd.Series(factor.to_numpy(), index=pd.MultiIndex.from_frame(cells[CELL]))
    per_row = by_cell.reindex(pd.MultiIndex.from_frame(given[CELL])).to_numpy()
    worth = given.customers.astype(float) * per_row
    return worth.groupby(given.score).sum().rename("customers").rename_axis("score").reset_index()
