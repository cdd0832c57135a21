"""AUC against counting all pairs, its error against customers one by one, log-loss by hand; and what was said and done."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.measure.worth import predictors, said_done
from custlib.measure.worth.cells import tidied
from custlib.measure.worth.prediction import COLUMNS, PREDICTORS, auc, auc_of_folds
from custlib.surveying import KNOWN
from tests.measure.worth.test_fits import cells, random_cells, spread

SCALE = KNOWN["nps"]


def pairs(line, lost, kept):
    """Placements of customers one by one."""
    ill, well = np.repeat(line, lost), np.repeat(line, kept)
    won = (ill[:, None] > well) + 0.5 * (ill[:, None] == well)
    return won.mean(), np.sqrt(
        sum(
            won.mean(axis=axis).var(ddof=1) / won.shape[1 - axis]
            for axis in (0, 1)
            if won.shape[1 - axis] > 1
        )
    )


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12))
def test_auc_is_the_share_of_pairs(rows):
    line, lost, kept = np.array(rows).T
    if not lost.sum() or not kept.sum():
        return
    found, (value, error) = auc(line.astype(float), lost, kept), pairs(line, lost, kept)
    assert found.value == pytest.approx(value) and found.error == pytest.approx(error, abs=1e-12)


def test_auc_by_hand():
    """Lost at 3 and 1, kept at 2, 1 and 0: of six pairs 3 + 1.5 are won."""
    found = auc(np.array([3.0, 2, 1, 0]), np.array([1, 0, 1, 0]), np.array([0, 1, 1, 1]))
    assert found.value == pytest.approx(4.5 / 6)
    assert auc(np.zeros(2), np.array([1, 2]), np.array([3, 4])).value == 0.5


def test_folds_are_not_compared_with_each_other():
    """Within each fold the higher is the lost one; across them it would be the other way round."""
    rows = pd.DataFrame({"fold": [0, 0, 1, 1], "lost": [5.0, 0, 2, 0], "kept": [0.0, 5, 0, 8]})
    assert auc_of_folds(np.array([-9.0, -10, 5, 4]), rows).value == 1.0


def test_log_loss_by_hand():
    """Of detractors 40 of 200 are lost in every fold, of promoters 10 of 200: each fold's others say .2 and .05."""
    rows = predictors(spread((3, 160, 40, 1.0), (9, 190, 10, 1.0)), SCALE).set_index("predictor")
    assert tuple(rows.index) == PREDICTORS
    told = -(0.2 * np.log(0.2) + 0.8 * np.log(0.8) + 0.05 * np.log(0.05) + 0.95 * np.log(0.95)) / 2
    blind = -(0.125 * np.log(0.125) + 0.875 * np.log(0.875))
    for name in ("nps_class", "top_2_box", "ok_or_better", "mean", "full_scale", "behaviour_and_score"):
        assert rows.log_loss[name] == pytest.approx(told)
        assert rows.gain[name] == pytest.approx(blind - told)
    assert rows.log_loss["behaviour"] == pytest.approx(blind)
    assert rows.auc["behaviour"] == 0.5 and rows.gain["behaviour"] == 0 == rows.gain_high["behaviour"]
    # 50 lost and 350 kept a fold: won 40 x 190, tied 40 x 160 + 10 x 190
    assert rows.auc["full_scale"] == pytest.approx((40 * 190 + (40 * 160 + 10 * 190) / 2) / (50 * 350))
    losses = np.repeat(-np.log([0.2, 0.8, 0.05, 0.95]), [200, 800, 50, 950])
    error = losses.std(ddof=1) / np.sqrt(len(losses))
    assert rows.log_loss_high["full_scale"] == pytest.approx(told + 1.959964 * error)


def test_a_score_that_says_nothing_is_no_better_than_a_coin():
    counted = random_cells(5)
    rng = np.random.default_rng(5)
    counted["kept"] = rng.binomial(counted.customers, 0.7)
    rows = predictors(counted, SCALE).set_index("predictor")
    for name in ("nps_class", "mean", "full_scale"):
        assert rows.auc_low[name] < 0.5 < rows.auc_high[name] + 0.02
    assert rows.behind.min() == 0 and rows.loc[["behaviour", "behaviour_and_score"], "behind"].isna().all()


def test_too_few_are_not_compared():
    few = predictors(spread((3, 160, 9, 1.0)), SCALE)
    assert few.empty and list(few.columns) == COLUMNS
    assert predictors(cells((3, 160, 90, 1.0), fold=0), SCALE).empty
    assert predictors(cells(), SCALE).empty and tidied(cells()).empty


def said(*rows):
    found = pd.DataFrame(rows, columns=["said", "done", "customers", "before", "after"])
    for name in ("before", "after"):
        found[name] = [Decimal(value) for value in found[name]]
    return found


def test_what_was_said_against_what_was_done_by_hand():
    found = said_done(
        said(
            ("promoter", "lost", 2, "20.10", "0"),
            ("promoter", "less", 8, "80.00", "40.05"),
            ("promoter", "more", 30, "300", "360"),
            ("detractor", "more", 3, "9", "12.5"),
            ("detractor", "lost", 9, "50", "0"),
            ("passive", "same", 5, "5", "5"),
        )
    )
    assert found.answers == 57 and len(found.table) == 12
    less, more = found.less, found.more
    assert (less.customers, less.of, less.share, less.change) == (10, 40, 0.25, Decimal("-60.05"))
    assert (more.customers, more.of, more.share, more.change) == (3, 12, 0.25, Decimal("3.5"))
    # Wilson: (10 + z^2/2 +- z sqrt(10 x 30/40 + z^2/4)) / (40 + z^2)
    z = 1.959964
    assert less.low == pytest.approx((10 + z**2 / 2 - z * np.sqrt(7.5 + z**2 / 4)) / (40 + z**2), abs=1e-6)
    shares = found.table.groupby("said").share.sum()
    assert shares.tolist() == pytest.approx([1, 1, 1])
    assert found.table.change.sum() == Decimal("-46.55")


def test_nobody_said_nothing():
    assert said_done(said()) is None
    one = said_done(said(("promoter", "same", 4, "1", "1")))
    assert one.more.of == 0 and np.isnan(one.more.share) and one.more.change == 0
