"""Shapes that the effect of a score on loss may have, and the verdict on them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_expit
from scipy.stats import chi2, norm

from custlib.measure.clv.fit import REACH
from custlib.measure.worth.cells import Groups, controls_design, steps
from custlib.measure.worth.fits import again, logit, unique_rows
from custlib.measure.worth.found import (
    FLAT,
    FREE,
    LINEAR,
    MIDDLE,
    NPS_CLASSES,
    SHAPES,
    SIMPLE,
    Floats,
    Ratio,
    Verdict,
)
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER, Scale

# A shape is rejected at 1%: three are tested, and a true one should hardly ever be among them.
REJECTED = 0.01
# Of millions of customers a trifle rejects any shape. One that misses less than a fiftieth of what the score tells of loss (by
# log-likelihood) describes it well enough to stand.
ENOUGH = 0.98
# That the score matters at all is one question asked by four tests: each at a quarter of 5% (Bonferroni).
MATTERS_AT_ALL = 0.05
# Of shapes that stand, one whose AIC is higher by so much has a twentieth of the evidence (exp(6 / 2) = 20).
FAR = 6.0
# Odds of loss that change by less than a twentieth per point do not matter: from a 5 to a 9 by less than a fifth.
MATTERS = 0.05


@dataclass(frozen=True)
class Shaped:
    """Shapes fitted, and the straight line's slopes: over the whole scale, and over the middle alone."""

    table: pd.DataFrame
    per_point: Ratio
    slopes: tuple[Ratio, ...]  # of each shape of one parameter
    falling: bool  # there are NPS classes among the groups, and odds of loss fall from one to the next
    rising: bool  # likewise they rise


def marks_of(shape: str, groups: Groups, scale: Scale, sizes: Floats) -> Floats:
    """Give what each group counts for in a shape: one row per group, one column per parameter.

    flat: nothing. linear: the mean score. nps_classes: a step per class (of groups that reach over a limit, the class of their mean). middle: the
    mean score, where all below the middle ground stand at their common mean, and all above at theirs: what happens within either
    does not matter. free: a step per group.
    """
    means = np.array(groups.means)
    if shape == FLAT:
        return np.zeros((len(means), 0))
    if shape == FREE:
        return steps(np.arange(len(means)), len(means))
    if shape == LINEAR:
        return means[:, None]
    if shape == NPS_CLASSES:
        return np.column_stack([means >= first - 0.5 for first in (FIRST_PASSIVE, FIRST_PROMOTER)]).astype(
            float
        )
    low, high = scale.middle
    for outside in (means < low - 0.5, means > high + 0.5):
        if outside.any():
            means[outside] = np.average(means[outside], weights=np.maximum(sizes[outside], 1e-9))
    return means[:, None]


def shaped(rows: pd.DataFrame, groups: Groups, scale: Scale) -> Shaped:
    """Fit every shape with the same controls, on all customers and for each fold on the others.

    Each shape is a special case of the free one and tested against it by likelihood ratio; none of the simple ones is one of another,
    so between them AIC and the log-loss of customers left out are compared.
    """
    whole = unique_rows(rows)
    sizes = groups.sizes(whole)
    base, found, lines = controls_design(whole), [], {}
    place = groups.of(whole.score)
    for shape in SHAPES:
        marks = independent(marks_of(shape, groups, scale, sizes))
        design = np.column_stack([base, marks[place]])
        fit = logit(design, whole.lost.to_numpy(), whole.kept.to_numpy())
        lines[shape] = (design, fit.beta)
        found.append({
            "shape": shape,
            "parameters": marks.shape[1],
            "log_likelihood": fit.likelihood,
            "aic": 2 * np.linalg.matrix_rank(design) - 2 * fit.likelihood,
            "log_loss": left_out(rows, marks[groups.of(rows.score)]),
        })  # fmt: skip
    table = pd.DataFrame(found)
    free = table.set_index("shape").loc[FREE]
    table["lr"] = (2 * (free.log_likelihood - table.log_likelihood)).clip(lower=0.0)
    table["df"] = int(free.parameters) - table.parameters
    table["p"] = [chi2.sf(lr, df) if df else 1.0 for lr, df in zip(table.lr, table.df, strict=True)]
    gain = table.lr.iloc[0]
    table["explained"] = 1 - table.lr / gain if gain > 0 else np.nan
    slopes = {shape: slope(*lines[shape], whole) for shape in (LINEAR, MIDDLE)}
    classes = lines[NPS_CLASSES][1][base.shape[1] :]
    falling, rising = (bool(len(classes) and (sign * classes > 0).all()) for sign in (-1, 1))
    return Shaped(table, slopes[LINEAR], tuple(slopes.values()), falling, rising)


def independent(marks: Floats) -> Floats:
    """Leave out columns that say nothing new beside a constant: steps between groups that were merged."""
    kept: list[Floats] = []
    for column in marks.T:
        tried = np.column_stack([np.ones(len(marks)), *kept, column])
        if np.linalg.matrix_rank(tried) == tried.shape[1]:
            kept.append(column)
    return np.column_stack(kept) if kept else np.zeros((len(marks), 0))


def slope(design: Floats, beta: Floats, rows: pd.DataFrame) -> Ratio:
    """Give the odds ratio of the last column, with its interval."""
    chance = 1 / (1 + np.exp(-design @ beta))
    bend = design.T @ (design * (rows.customers.to_numpy() * chance * (1 - chance))[:, None])
    error = float(np.sqrt(np.linalg.pinv(bend)[-1, -1]))
    value = float(beta[-1])
    middle, low, high = np.exp([value, value - REACH * error, value + REACH * error]).tolist()
    return Ratio(middle, low, high, float(2 * norm.sf(abs(value) / error)))


def left_out(rows: pd.DataFrame, marks: Floats) -> float:
    """Give the log-loss per customer of those of each fold, from a fit to the others; NaN where there is one fold only."""
    line = held_out_line(rows, marks, controls_design(rows))
    if not np.isfinite(line).all():
        return np.nan
    total = rows.lost.to_numpy() @ log_expit(line) + rows.kept.to_numpy() @ log_expit(-line)
    return float(-total / rows.customers.sum())


def held_out_line(rows: pd.DataFrame, marks: Floats, base: Floats) -> Floats:
    """Give log-odds of loss of each row, from a fit to the customers of the other folds; NaN where that cannot be fitted."""
    design, folds = np.column_stack([base, marks]), rows.fold.to_numpy()
    line = np.full(len(rows), np.nan)
    for fold in np.unique(folds):
        others = folds != fold
        lost, kept = rows.lost.to_numpy()[others], rows.kept.to_numpy()[others]
        if not lost.sum() or not kept.sum():
            continue
        line[~others] = design[~others] @ again(design[others], lost, kept)
    # nobody can be told to leave, or to stay, for certain: what was never seen among so many may come yet
    most = np.log(2 * rows.customers.sum())
    return np.clip(line, -most, most)


def judge(found: Shaped, *, few: bool) -> tuple[Verdict, tuple[str, ...]]:
    """Say which shape the effect has.

    In this order, and nothing else is looked at:

    1. With fewer lost (or kept) than ten for each step of the scale, the shapes cannot be told apart by anything but luck: "cannot tell".
    2. Does the score matter at all? The flat shape is set against the free one and against each simple one (which are more powerful, if
       right), each at a quarter of 5%. If none rejects it: "nothing" where the 95% intervals of the effect per point, over the whole
       scale and over the middle, leave out all that would matter (`MATTERS`); else "cannot tell". A test that does not
       reject is not enough for "nothing".
    3. It matters, and the odds of loss rise with the score (the 95% interval of the straight line's slope lies above 1, and a shape that
       rises stands, see 4): "reversed"; a valley that none fits: "other".
    4. Which simple shapes stand? Those not rejected against the free one (or missing next to nothing of it: `ENOUGH`), and not far (`FAR`) behind the best of them by AIC. One:
       its verdict, if it also has the lowest log-loss of those not rejected. Several: "cannot tell".
       None, or NPS classes without loss falling from class to class: "other".

    Returns
    -------
    str, tuple of str
        The verdict, and the simple shapes that stand (flat too where it is not rejected).
    """
    table = found.table.set_index("shape")
    if few:
        return "cannot tell", tuple(shape for shape in (FLAT, *SIMPLE) if table.p[shape] >= REJECTED)
    if not any(chance <= MATTERS_AT_ALL / 4 for chance in against_flat(table)):
        if all(ratio.low > 1 / (1 + MATTERS) and ratio.high < 1 + MATTERS for ratio in found.slopes):
            return "nothing", (FLAT,)
        return "cannot tell", (FLAT, *(shape for shape in SIMPLE if table.p[shape] >= REJECTED))
    standing = [shape for shape in SIMPLE if table.p[shape] >= REJECTED or table.explained[shape] >= ENOUGH]
    near = tuple(shape for shape in standing if table.aic[shape] <= table.aic[standing].min() + FAR)
    if found.per_point.low > 1:
        # A valley or a hill has a slope too: loss rises only where a straight line stands, or classes that rise one by one.
        rises = found.rising if near == (NPS_CLASSES,) else bool(near)
        return ("reversed", near) if rises else ("other", ())
    if not near:
        return "other", ()
    if len(near) > 1 or table.log_loss[near[0]] > table.log_loss[standing].min():
        return "cannot tell", near if len(near) > 1 else tuple(standing)
    if near[0] == NPS_CLASSES and not found.falling:
        return "other", ()
    names: dict[str, Verdict] = {LINEAR: "every point", NPS_CLASSES: "extremes", MIDDLE: "middle"}
    return names[near[0]], near


def against_flat(table: pd.DataFrame) -> NDArray[np.float64]:
    """Give the chance of each shape's gain over the flat one where there is none."""
    flat = table.loc[FLAT]
    others = table.drop(index=FLAT)
    gain = (2 * (others.log_likelihood - flat.log_likelihood)).clip(lower=0.0)
    return chi2.sf(gain, np.maximum(others.parameters, 1))
