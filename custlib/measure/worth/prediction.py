"""Which measure predicts best who is lost: the score in several readings, behaviour, and both."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import log_expit

from custlib.measure.clv.fit import REACH
from custlib.measure.worth.cells import LEAST, controls_design, grouped, steps, tidied
from custlib.measure.worth.found import Floats
from custlib.measure.worth.shapes import held_out_line
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER, Scale

BEHAVIOUR, BOTH = "behaviour", "behaviour_and_score"
PREDICTORS = ("nps_class", "top_2_box", "ok_or_better", "mean", "full_scale", BEHAVIOUR, BOTH)
COLUMNS = [
    "predictor", "auc", "auc_low", "auc_high", "log_loss", "log_loss_low", "log_loss_high", "gain", "gain_low", "gain_high",
    "behind", "behind_low", "behind_high",
]  # fmt: skip


@dataclass(frozen=True)
class Auc:
    """The chance that one who was lost had been given a higher chance of it than one who was kept; ties count half."""

    value: float
    error: float


def predictors(cells: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Compare measures by how well they tell beforehand who is lost, on customers that the fit has not seen.

    Each is fitted alone by logistic regression, five times, and predicts the fifth left out; ``behaviour`` are the controls without any
    score, ``behaviour_and_score`` both.

    Returns
    -------
    DataFrame
        One row per predictor: ``auc``, ``log_loss`` per customer, ``gain`` (log-loss of behaviour alone less its own: above zero, it predicts
        better than behaviour does), ``behind`` (its own log-loss less that of the reading of the score that has the
        lowest; NaN of those with behaviour), each with its 95% interval. Empty where fewer than ten were lost, or kept, of any fold.

    Notes
    -----
    Intervals hold the chance in whom is predicted, and take the five fits as given.
    """
    rows = tidied(cells)
    by_fold = rows.groupby("fold")[["lost", "kept"]].sum()
    if len(by_fold) < 2 or by_fold.min(axis=None) < LEAST:
        return pd.DataFrame(columns=COLUMNS)
    nobody, base = np.ones((len(rows), 1)), controls_design(rows)
    readings = _readings(rows, scale)
    none = np.zeros((len(rows), 0))
    lines = {name: held_out_line(rows, marks, nobody) for name, marks in readings.items()}
    lines[BEHAVIOUR] = held_out_line(rows, none, base)
    lines[BOTH] = held_out_line(rows, readings["full_scale"], base)
    if not all(np.isfinite(line).all() for line in lines.values()):
        return pd.DataFrame(columns=COLUMNS)
    surprise = {name: _surprise(line) for name, line in lines.items()}
    best = min(readings, key=lambda name: _mean(surprise[name], rows)[0])
    found = []
    for name in PREDICTORS:
        area = auc_of_folds(lines[name], rows)
        loss = _mean(surprise[name], rows)
        gain = _mean(_less(surprise[BEHAVIOUR], surprise[name]), rows)
        behind = _mean(_less(surprise[name], surprise[best]), rows) if name in readings else (np.nan, np.nan)
        found.append((
            name, *_interval(area.value, area.error), *_interval(*loss), *_interval(*gain), *_interval(*behind),
        ))  # fmt: skip
    table = pd.DataFrame(found, columns=COLUMNS)
    table[["auc_low", "auc_high"]] = table[["auc_low", "auc_high"]].clip(0, 1)
    return table


def _less(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Give what the one loses more than the other by each of the lost and by each of the kept."""
    return one[0] - other[0], one[1] - other[1]


def _readings(rows: pd.DataFrame, scale: Scale) -> dict[str, Floats]:
    """Give the columns of each reading of a score."""
    score = rows.score.to_numpy(int)
    groups = grouped(rows, scale)
    return {
        "nps_class": np.column_stack([score >= FIRST_PASSIVE, score >= FIRST_PROMOTER]).astype(float),
        "top_2_box": (score >= scale.highest - 1).astype(float)[:, None],
        "ok_or_better": (score >= scale.ok).astype(float)[:, None],
        "mean": score.astype(float)[:, None],
        "full_scale": steps(groups.of(rows.score), len(groups.spans)),
    }


def _surprise(line: Floats) -> tuple[Floats, Floats]:
    """Give the log-loss of one who is lost and of one who is kept, row by row."""
    return -log_expit(line), -log_expit(-line)


def _mean(each: tuple[Floats, Floats], rows: pd.DataFrame) -> tuple[float, float]:
    """Give the mean over customers of what each of the lost and each of the kept has, and its standard error."""
    lost, kept = rows.lost.to_numpy(), rows.kept.to_numpy()
    n = lost.sum() + kept.sum()
    mean = (lost @ each[0] + kept @ each[1]) / n
    spread = (lost @ (each[0] - mean) ** 2 + kept @ (each[1] - mean) ** 2) / (n - 1)
    return float(mean), float(np.sqrt(spread / n))


def _interval(value: float, error: float) -> tuple[float, float, float]:
    return value, value - REACH * error, value + REACH * error


def auc_of_folds(line: Floats, rows: pd.DataFrame) -> Auc:
    """Give the AUC within folds, over all pairs of a lost and a kept one of the same fold.

    Customers of different folds were predicted by different fits: in the fold where by chance more were lost, the others' fit expects
    fewer. To compare across folds would make a measure that knows nothing worse than a coin.
    """
    value = variance = pairs = 0.0
    for _, places in rows.groupby("fold").indices.items():
        lost, kept = rows.lost.to_numpy()[places], rows.kept.to_numpy()[places]
        weight = lost.sum() * kept.sum()
        one = auc(line[places], lost, kept)
        value, variance, pairs = (
            value + weight * one.value,
            variance + (weight * one.error) ** 2,
            pairs + weight,
        )
    return Auc(value / pairs, float(np.sqrt(variance)) / pairs)


def auc(line: Floats, lost: Floats, kept: Floats) -> Auc:
    """Give the area under the ROC curve of counted customers, and its standard error.

    Exact, ties and all, from counts in the order of what was predicted. The error is DeLong's: with the share of kept ones that each lost one
    stands above (V), and of lost ones below whom each kept one stands (W), var V / lost + var W / kept.

    Notes
    -----
    DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837-845.
    """
    _, place = np.unique(line, return_inverse=True)
    place = np.ravel(place)
    lost, kept = np.bincount(place, lost).astype(float), np.bincount(place, kept).astype(float)
    all_lost, all_kept = lost.sum(), kept.sum()
    above = (np.cumsum(kept) - kept / 2) / all_kept
    below = 1 - (np.cumsum(lost) - lost / 2) / all_lost
    value = float(lost @ above / all_lost)
    variance = 0.0
    for counts, places, size in ((lost, above, all_lost), (kept, below, all_kept)):
        if size > 1:
            variance += counts @ (places - value) ** 2 / (size - 1) / size
    return Auc(value, float(np.sqrt(variance)))
