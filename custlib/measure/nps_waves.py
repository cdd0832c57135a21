"""Waves of one score in time: which of its moves are signals, and which are the noise of few answers."""

from math import nan, sqrt

import numpy as np
import pandas as pd

from custlib.measure.nps import Score, score_of
from custlib.periods import Month, months_between

# Months that are pooled: a year, so that no season is left out.
POOLED_MONTHS = 12
# Standard errors to either side of what is expected (Shewhart 1931): one wave in some 370 lies outside by chance, where
# with 1.96 of them one in 20 does, and so in nearly half of all years of twelve waves at least one.
LIMITS = 3.0
CLASS_COUNTS = ["promoters", "passives", "detractors"]
ADDED_COLUMNS = [
    "answers", "nps", "low", "high", "moving", "expected", "lower", "upper", "signal", "few",
]  # fmt: skip


def waves(frame: pd.DataFrame, *, min_group: int) -> pd.DataFrame:
    """Set each wave beside those of the twelve months before it.

    Parameters
    ----------
    frame : DataFrame
        One row per wave, in the order of time: ``wave``, ``month`` (its first day), ``promoters``, ``passives``, ``detractors``.
    min_group : int
        Of fewer answers nothing is said; they count where answers are pooled.

    Returns
    -------
    DataFrame
        The same rows, and beside them:
        ``answers``; ``few``: fewer than `min_group`;
        ``nps``, ``low``, ``high``: the score with its adjusted interval (NaN where few);
        ``moving``: the pooled score of this wave and those of the twelve months to it (NaN of fewer than `min_group` answers);
        ``expected``: the pooled score of the waves of the twelve months before this one's; ``lower``, ``upper``: the limits of a control chart,
        expected -+ 3 sqrt(v (1/n + 1/N)), v the variance of one answer and N the answers then, n this wave's. NaN where the waves do
        not reach back twelve months, those answers are fewer than `min_group`, this wave's are few (limits only), or all the earlier
        ones were alike, so that nobody knows how much answers differ (limits only);
        ``signal``: 1 above the upper limit, -1 below the lower one, else 0.
    """
    counts = frame[CLASS_COUNTS].to_numpy(dtype=np.int64)
    months = list(frame.month)
    rows = [_wave(number, months, counts, min_group) for number in range(len(months))]
    added = pd.DataFrame(rows, columns=ADDED_COLUMNS, index=frame.index)
    kinds = {"answers": "int64", "signal": "int64", "few": "bool"}
    added = added.astype({name: kinds.get(name, "float64") for name in ADDED_COLUMNS})
    return pd.concat([frame, added], axis=1)


def _wave(number: int, months: list[Month], counts: np.ndarray, min_group: int) -> dict[str, float | bool]:
    """Judge one wave."""
    back = [months_between(month, months[number]) for month in months]
    answers = int(counts[number].sum())
    few = answers < min_group
    row: dict[str, float | bool] = dict.fromkeys(ADDED_COLUMNS, nan)
    row |= {"answers": answers, "signal": 0, "few": few}
    own = None if few else _pooled(counts[[number]], min_group)
    if own is not None:
        row |= {"nps": own.nps, "low": own.adjusted.low, "high": own.adjusted.high}
    to_here = [0 <= ago < POOLED_MONTHS and other <= number for other, ago in enumerate(back)]
    if moving := _pooled(counts[to_here], min_group):
        row["moving"] = moving.nps
    if max(back) < POOLED_MONTHS:
        return row
    prior = _pooled(counts[[0 < ago <= POOLED_MONTHS for ago in back]], min_group)
    if prior is None:
        return row
    row["expected"] = prior.nps
    if own is None or not prior.variance:
        return row
    reach = LIMITS * sqrt(prior.variance * (1 / answers + 1 / prior.answers))
    lower, upper = max(prior.nps - reach, -1.0), min(prior.nps + reach, 1.0)
    return row | {"lower": lower, "upper": upper, "signal": int(own.nps > upper) - int(own.nps < lower)}


def _pooled(counts: np.ndarray, min_group: int) -> Score | None:
    """Put the answers of waves together; None of too few."""
    promoters, passives, detractors = (int(part) for part in counts.sum(axis=0))
    if promoters + passives + detractors < max(min_group, 1):
        return None
    return score_of(promoters=promoters, passives=passives, detractors=detractors)
