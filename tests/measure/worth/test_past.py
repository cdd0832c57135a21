"""The margin after an answer less what the margin before it foretells, against customers one by one."""

import numpy as np
import pandas as pd
import pytest

from custlib.measure.worth import point_worth
from custlib.measure.worth.cells import CONTROLS, tidied
from custlib.measure.worth.past import PAST, less_the_past, slope
from custlib.surveying import KNOWN

KEYS = ["score", *CONTROLS, "fold"]


def people(rng, n=6_000) -> pd.DataFrame:
    """Draw customers of whom a few bring far more than others, and go on doing so; the score changes nothing but loss."""
    score = rng.integers(0, 11, n)
    level = rng.lognormal(3, 1.2, n)
    kept = rng.random(n) < 0.75 + 0.02 * score
    return pd.DataFrame(
        {
            "score": score, "value_band": np.where(level > 60, "high", "low"), "tenure": "long", "trend": "same", "recency": "last month",
            "fold": np.arange(n) % 5, "kept": kept, "before": level * rng.lognormal(0, 0.2, n),
            "after": level * rng.lognormal(0, 0.2, n) * np.where(kept, 1.0, 0.05),
        }
    )  # fmt: skip


def counted(each: pd.DataFrame, *, past: bool = True) -> pd.DataFrame:
    """Add customers up as the engine does."""
    lost = ~each.kept
    full = each.assign(
        customers=1, squares=each.after**2, before_squares=each.before**2, product=each.after * each.before,
        lost_margin=each.after.where(lost, 0.0), lost_before=each.before.where(lost, 0.0), margin=each.after,
    )  # fmt: skip
    sums = ["customers", "kept", "margin", "squares", *(PAST if past else [])]
    return full.groupby(KEYS, as_index=False)[sums].sum()


@pytest.fixture(scope="module")
def each() -> pd.DataFrame:
    return people(np.random.default_rng(5))


def test_the_slope_is_that_within_those_who_are_alike(each):
    controls = list(CONTROLS)
    within = each[["before", "after"]] - each.groupby(controls)[["before", "after"]].transform("mean")
    wanted = (within.before * within.after).sum() / (within.before**2).sum()
    sums = counted(each).groupby(controls)[["customers", "margin", *PAST]].sum()
    assert slope(sums) == pytest.approx(wanted)
    assert slope(sums.assign(before=sums.customers * 2.0, before_squares=sums.customers * 4.0)) == 0


def test_sums_are_those_of_customers_whose_past_was_taken_off_one_by_one(each):
    cells = counted(each)
    rows = less_the_past(cells, list(CONTROLS))
    b = slope(cells.groupby([*CONTROLS, "score"])[["customers", "margin", *PAST]].sum())
    own = each.after - b * (each.before - each.before.mean())
    told = (
        each.assign(own=own, squared=own**2, gone=own.where(~each.kept, 0.0))
        .groupby(KEYS)[["own", "squared", "gone"]]
        .sum()
    )
    assert rows.margin.to_numpy() == pytest.approx(told.own.to_numpy())
    assert rows.squares.to_numpy() == pytest.approx(told.squared.to_numpy())
    assert rows.lost_margin.to_numpy() == pytest.approx(told.gone.to_numpy())
    assert rows.margin.sum() == pytest.approx(each.after.sum())


def test_the_intervals_of_margin_are_narrower_in_the_mean_and_those_of_loss_the_same(each):
    plain, past = (
        point_worth(counted(each, past=known), KNOWN["nps"], months=6).groups for known in (False, True)
    )
    assert (past.margin_high - past.margin_low).mean() < (plain.margin_high - plain.margin_low).mean()
    pd.testing.assert_frame_equal(plain[["loss", "low", "high"]], past[["loss", "low", "high"]])


def test_scores_dealt_at_random_differ_by_chance_alone(each):
    """The intervals of margin hold the mean of all in about 95 of 100 cases, though a few bring most."""
    rng, held, tried = np.random.default_rng(6), 0, 0
    for _ in range(30):
        dealt = each.assign(score=rng.permutation(each.score.to_numpy()))
        groups = point_worth(counted(dealt), KNOWN["nps"], months=6).groups
        held += int(
            ((groups.margin_low < each.after.mean()) & (each.after.mean() < groups.margin_high)).sum()
        )
        tried += len(groups)
    # Four standard errors of a share of so many intervals.
    assert abs(held / tried - 0.95) < 4 * np.sqrt(0.95 * 0.05 / tried)


def test_what_goes_with_the_score_is_not_taken_off_with_the_past(each):
    """Who scores higher brought more before and brings more after: only what a point adds to a given past is left."""
    rng = np.random.default_rng(7)
    before = 10 + 3.0 * each.score + rng.normal(0, 1, len(each))
    moved = each.assign(
        kept=rng.random(len(each)) < 0.8,
        before=before,
        after=before + 2.0 * each.score + rng.normal(0, 1, len(each)),
    )
    groups = point_worth(counted(moved), KNOWN["nps"], months=6).groups
    assert np.diff(groups.margin) == pytest.approx(np.full(10, 2.0), abs=0.35)


def test_of_a_past_that_nobody_knows_nothing_is_taken_off(each):
    rows = tidied(counted(each, past=False))
    assert rows.margin.sum() == pytest.approx(each.after.sum()) and (rows.lost_margin == 0).all()
