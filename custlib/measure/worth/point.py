"""What a point is worth: loss and margin by score in the months after an answer, and the shape of the effect."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from custlib.measure.clv.fit import REACH
from custlib.measure.loss import share_interval
from custlib.measure.worth.ceiling import ceiling
from custlib.measure.worth.cells import LEAST, Groups, grouped, tidied
from custlib.measure.worth.fits import Adjusted, NotSettled, adjusted, unique_rows
from custlib.measure.worth.found import FREE, SHAPES, SIMPLE, Floats, PointWorth
from custlib.measure.worth.shapes import MATTERS, judge, marks_of, shaped
from custlib.surveying import Scale

SHAPE_COLUMNS = ["shape", "parameters", "log_likelihood", "aic", "log_loss", "lr", "df", "p", "explained"]
ADJUSTED = ["loss", "low", "high", "margin", "margin_low", "margin_high"]


def point_worth(cells: pd.DataFrame, scale: Scale, *, months: int) -> PointWorth | None:
    """Set what customers did in the months after an answer against the score they gave.

    Parameters
    ----------
    cells : DataFrame
        One row per combination: ``score``, ``value_band``, ``tenure``, ``trend``, ``recency`` (as of the month before the answer), ``fold``
        (by customer), ``customers`` (first answers whose months are complete, of customers active when asked), ``kept`` (any
        qualifying purchase or open contract in the months), ``margin`` and ``squares`` (the sums over customers of their margin in the months
        and of its square); and, where the margin before is known, the sums of `custlib.measure.worth.past.PAST`.
    scale : Scale
        Of the score.
    months : int
        Length of the outcome.

    Returns
    -------
    PointWorth or None
        None of nobody.
    """
    rows = tidied(cells)
    if rows.empty:
        return None
    lost, kept = (round(rows[name].sum()) for name in ("lost", "kept"))
    groups = grouped(rows, scale)
    whole = unique_rows(rows)
    place = groups.of(whole.score)
    needed = LEAST * (len(scale.scores) - 1)
    few = min(lost, kept) < needed
    unfitted = PointWorth(
        months, lost + kept, lost, scale, _table(whole, groups, None),
        pd.DataFrame(columns=SHAPE_COLUMNS), "cannot tell", SHAPES[:-1], None, None, "cannot tell", None,
        few, needed, MATTERS, np.zeros(0), np.zeros(0), np.zeros((0, 0)),
    )  # fmt: skip
    if len(groups.spans) < 2:
        return unfitted
    try:
        found = adjusted(whole, marks_of(FREE, groups, scale, groups.sizes(whole))[place])
        shapes = shaped(rows, groups, scale)
    except NotSettled:
        return unfitted
    verdict, standing = judge(shapes, few=few)
    limit, state = (None, "cannot tell") if few else ceiling(found, groups, scale, verdict)
    simple = shapes.table.set_index("shape").loc[list(SIMPLE)]
    return PointWorth(
        months, lost + kept, lost, scale, _table(whole, groups, found), shapes.table, verdict, standing,
        shapes.per_point, limit, state, str(simple.aic.idxmin()), few, needed, MATTERS,
        found.retention, found.earned, found.covariance,
    )  # fmt: skip


def _table(rows: pd.DataFrame, groups: Groups, found: Adjusted | None) -> pd.DataFrame:
    """Lay the groups of scores out, with what was seen and what is adjusted."""
    sums = rows.groupby(groups.of(rows.score))[["customers", "lost"]].sum()
    sums = sums.reindex(range(len(groups.spans)), fill_value=0.0).round().astype(int)
    table = pd.DataFrame({
        "label": groups.labels,
        "first": [first for first, _ in groups.spans],
        "last": [last for _, last in groups.spans],
        "mean": groups.means,
        "answers": sums.customers,
        "lost": sums.lost,
    })  # fmt: skip
    table[["raw_loss", "raw_low", "raw_high"]] = [
        share_interval(lost, answers) for lost, answers in zip(table.lost, table.answers, strict=True)
    ]
    if found is None:
        return table.assign(**dict.fromkeys(ADJUSTED, np.nan))
    errors = np.sqrt(np.diag(found.covariance))
    loss, size = 1 - found.retention, len(found.retention)
    # on the scale of log-odds, so that no interval leaves 0 to 1
    table[["loss", "low", "high"]] = np.column_stack([loss, *_odds_interval(loss, errors[:size])])
    reach = REACH * errors[size:]
    table[["margin", "margin_low", "margin_high"]] = np.column_stack([
        found.earned, found.earned - reach, found.earned + reach,
    ])  # fmt: skip
    return table


def _odds_interval(share: Floats, error: Floats) -> tuple[Floats, Floats]:
    reach = REACH * error / (share * (1 - share))
    return expit(logit(share) - reach), expit(logit(share) + reach)
