"""Every measure of what customers say by value band: are those of low value served differently, and unhappier?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from custlib.measure.figures import FEW, small_segments
from custlib.measure.middle_ground import boxes, complete
from custlib.measure.nps import Difference, difference, score
from custlib.surveying import Scale

TOLD = (
    "promoters",
    "passives",
    "detractors",
    "nps",
    "low",
    "high",
    "mean",
    "top_2",
    "ok_or_better",
    "middle",
    "bottom",
)


def by_band(
    scores: pd.DataFrame,
    population: pd.DataFrame,
    cost: pd.Series,
    *,
    scale: Scale,
    bands: Sequence[str],
    min_group: int,
) -> pd.DataFrame:
    """Give score and boxes of each value band.

    Parameters
    ----------
    scores : DataFrame
        ``value_band``, ``score``, ``customers`` who gave it.
    population : DataFrame
        ``value_band``, ``population``: active customers.
    cost : Series
        Cost to serve per customer by band; bands that are missing: not known.
    bands : sequence of str
        All bands in their order; those with nobody are left out.

    Returns
    -------
    DataFrame
        One row per band with customers or answers: ``value_band``, ``population``, ``answers``, ``promoters``, ``passives``, ``detractors``, ``nps``,
        ``low``, ``high``, ``mean``, ``top_2``, ``ok_or_better``, ``middle``, ``bottom``, ``cost``, ``hidden``: fewer answers than `min_group`, or what would tell
        of these; all but population, answers and cost are then NaN. A cost per head of fewer than five is NaN too.
    """
    people = population.groupby("value_band").population.sum()
    rows = []
    for band in bands:
        part = scores.loc[scores.value_band == band, ["score", "customers"]]
        answers = int(part.customers.sum())
        if answers or people.get(band, 0):
            known = {"value_band": band, "population": int(people.get(band, 0)), "answers": answers}
            told = (
                _measures(complete(part.groupby("score", as_index=False).sum(), scale), scale)
                if answers
                else {}
            )
            rows.append(known | dict.fromkeys(TOLD, np.nan) | told | {"cost": float(cost.get(band, np.nan))})
    table = pd.DataFrame(rows, columns=["value_band", "population", "answers", *TOLD, "cost"])
    counts = table.set_index("value_band")[["answers"]]
    few = small_segments(counts, min_group=min_group) | set(counts.index[counts.answers < min_group])
    table["hidden"] = table.value_band.isin(few)
    table.loc[table.hidden, list(TOLD)] = np.nan
    table.loc[
        table.value_band.isin(small_segments(table.set_index("value_band")[["population"]], min_group=FEW)),
        "cost",
    ] = np.nan
    return table


def _measures(distribution: pd.DataFrame, scale: Scale) -> dict[str, float]:
    """Give what a band's answers say."""
    one, parts = score(distribution), boxes(distribution, scale)
    return {
        "promoters": one.promoters, "passives": one.passives, "detractors": one.detractors, "nps": one.nps,
        "low": one.adjusted.low, "high": one.adjusted.high, "mean": parts.mean.value, "top_2": parts.top_2.value,
        "ok_or_better": parts.ok_or_better.value, "middle": parts.middle.value, "bottom": parts.bottom.value,
    }  # fmt: skip


def served(
    scores: pd.DataFrame, *, high: Sequence[str], low: Sequence[str], min_group: int
) -> tuple[Difference | None, tuple[str, str]]:
    """Test whether customers of low bands give another score than those of high ones.

    Returns
    -------
    Difference or None
        The score of `low` less that of `high`; None where either has fewer than `min_group` answers.
    tuple of str
        The names of the low and of the high bands with answers, joined.
    """
    there = set(scores.value_band)
    low, high = ([band for band in bands if band in there] for bands in (low, high))
    names = (" and ".join(low), " and ".join(high))
    found = []
    for bands in (low, high):
        part = scores[scores.value_band.isin(bands)].groupby("score", as_index=False).customers.sum()
        if part.customers.sum() < min_group:
            return None, names
        found.append(score(part))
    return difference(found[0], found[1]), names
