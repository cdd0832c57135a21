"""Sentences on what a point is worth: each verdict, what is missing, what is within chance, and what money would tell of few."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import pandas as pd
import pytest

from custlib.measure.worth import Contrary, PointWorth, Ratio, SaidDone, Stake, simulate
from custlib.measure.worth.prediction import COLUMNS, PREDICTORS
from custlib.measure.worth.said_done import DONE
from custlib.present.wording import point_worth as said
from custlib.present.wording import reasons
from custlib.surveying import CLASSES, KNOWN, PROGRAMMES, Scale, programme_of

SCALE = KNOWN["nps"]
GROUPS = pd.DataFrame({
    "label": ["0-6", "10"], "first": [0, 10], "last": [6, 10], "mean": [4.5, 10.0], "answers": [2000, 8000], "lost": [300, 240],
    "raw_loss": [0.15, 0.03], "raw_low": [0.13, 0.02], "raw_high": [0.17, 0.04], "loss": [0.125, 0.032], "low": [0.11, 0.028],
    "high": [0.14, 0.036], "margin": [25.5, 31.0], "margin_low": [24.0, 30.0], "margin_high": [27.0, 32.0],
})  # fmt: skip
SHAPES = pd.DataFrame(
    {"shape": ["flat", "linear", "nps_classes", "middle", "free"], "explained": [0, 0.93, 0.6, 0.8, 1]}
)
FALL, FLAT, RISE = Ratio(0.82, 0.8, 0.845, 1e-9), Ratio(1.002, 0.99, 1.013, 0.6), Ratio(1.3, 1.2, 1.4, 1e-9)


def worth(verdict="every point", **changed):
    found = PointWorth(
        months=6, answers=10_000, lost=540, scale=SCALE, groups=GROUPS, shapes=SHAPES, verdict=verdict, open_shapes=("linear",),
        per_point=FALL, ceiling=None, ceiling_state="cannot tell", nearest="linear", few=False, needed=100, matters=0.05,
        retention=np.array([0.875, 0.968]), earned=np.array([25.5, 31.0]), covariance=np.eye(4) * 1e-6,
    )  # fmt: skip
    return replace(found, **changed)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            worth("every point"),
            "In the 6 months after an answer loss falls with every point, in the middle as at the ends: the odds of loss fall by 18.0% a point"
            " (15.5% to 20.0%). So the claim, that the middle ground matters as much as the extremes, is borne out here: a point goes"
            " with the same change of the odds wherever on the scale it is, and of the steps up the scale NPS sees 2 of 10.",
        ),
        (
            worth("middle"),
            "In the 6 months after an answer loss falls with each point across the middle ground, from 4 to 9, and neither below nor above it, as"
            " far as can be measured. So the claim, that the middle ground matters as much as the extremes, is borne out here, and more: what goes"
            " with less loss are the steps up through the middle, and of these NPS sees 2 of 5.",
        ),
        (
            worth("extremes"),
            "In the 6 months after an answer loss differs between detractors, passives and promoters, and within these classes no further, as far"
            " as can be measured. So the claim, that the middle ground matters as much as the extremes, is not borne out here: what goes with less"
            " loss in the middle ground are the steps from class to class, from 6 to 7 and from 8 to 9, and NPS sees them.",
        ),
        (
            worth("nothing", per_point=FLAT),
            "In the 6 months after an answer loss does not differ by the score: the odds of loss may fall by 1.0% or rise by 1.3% a point, and by no"
            " more, which leaves out what would matter (5% or more). So the claim, that the middle ground matters as much as the extremes, finds"
            " nothing here: neither goes with who stays, and what does must be looked for elsewhere.",
        ),
        (
            worth("reversed", per_point=RISE, months=1),
            "In the month after an answer loss rises with the score: the odds of loss rise by 30.0% a point (20.0% to 40.0%). So the claim, that the"
            " middle ground matters as much as the extremes, finds the contrary of what it takes for granted; before anything is done by the"
            " score, find out who answers, and what else moves both.",
        ),
        (
            worth("other"),
            "In the 6 months after an answer loss goes with the score, but in none of the simple ways: the nearest, a straight line over all"
            " scores, is not what was seen either, though it tells 93% of what the score tells. So the claim, that the middle ground matters as"
            " much as the extremes, is neither borne out nor refuted; where loss falls, the figure shows.",
        ),
    ],
)  # fmt: skip
def test_each_verdict_says_which_way_the_claim_came_out(found, expected):
    assert said.shape_message(found) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            worth("cannot tell", few=True, answers=500, lost=42),
            "What a point is worth cannot be told: of 500 customers whose answer has 6 months after it, 42 were lost, and it takes 100 or more to tell"
            " apart how loss goes with the score. That loss falls with the score is measurable: the odds of loss fall by 18.0% a point (15.5% to"
            " 20.0%); on which part of the scale it does is not. Whether the middle ground matters as much as the extremes stays open.",
        ),
        (worth("cannot tell", few=True, answers=500, lost=1, per_point=FLAT), "1 was lost, and it takes 100"),
        (worth("cannot tell", few=True, answers=500, lost=0, per_point=None), "nobody was lost, and it takes 100"),
        (worth("cannot tell", few=True, answers=500, lost=490), "10 were kept, and it takes 100"),
        (worth("cannot tell", per_point=RISE), "that may be so on a part of the scale only"),
        (worth("cannot tell", per_point=FLAT), "that higher scores leave less is not measurable"),
        (worth("cannot tell"), "likelihood and prediction do not agree on a shape"),
        (
            worth("cannot tell", open_shapes=("linear", "middle")),
            "told: a straight line over all scores and a slope within the middle ground only describe what was seen about equally well.",
        ),
        (worth("cannot tell", retention=np.zeros(0), per_point=None), "no model of loss settles on what was seen."),
    ],
)  # fmt: skip
def test_what_cannot_be_told_says_why(found, expected):
    sentence = said.shape_message(found)
    assert expected in sentence and sentence.endswith("stays open.")


def test_of_a_scale_without_a_zero_other_steps_are_counted():
    ten = Scale(lowest=1, highest=10, middle=[4, 6])
    assert "NPS sees 2 of 9" in said.shape_message(worth("every point", scale=ten))
    assert "NPS sees 1 of 4" in said.shape_message(worth("middle", scale=ten))


def test_what_is_not_there_is_not_available_and_says_why():
    assert (
        said.shape_message(None, "no log")
        == "What a point is worth is not available: what customers bought is not recorded."
    )
    assert "too few customers answered" in said.shape_message(None)
    assert "when customers answered is not known" in said.stake_message(None, "GBP", "no dates")
    assert "is not known so far" in said.stake_message(None, "GBP", "no value")
    for sentence in (
        said.ceiling_message(None), said.simulator_message(None, "GBP"), said.prediction_message(None),
        said.prediction_message(pd.DataFrame(columns=COLUMNS)), said.said_done_message(None, "GBP", months=6),
    ):  # fmt: skip
        assert "not available" in sentence
    assert said.arithmetic(None, "GBP") == ""


def test_the_arithmetic_sets_both_ends_beside_each_other():
    assert said.arithmetic(worth(), "GBP") == (
        "10,000 customers gave a first answer that has 6 months after it; 540 (5.4%) neither bought in them nor had a contract at their end. Of those at 0-6,"
        " 15.0% were lost, adjusted 12.5% (11.0% to 14.0%), with £25.50 of margin each in the months and of those at 10, 3.0% were lost, adjusted"
        " 3.2% (2.8% to 3.6%), with £31.00 of margin each in the months. All else is as it is with all customers: value band, tenure, trend and"
        " how long ago they last bought, as of the month before."
    )
    bare = said.arithmetic(worth("cannot tell", retention=np.zeros(0)), "GBP")
    assert bare.endswith("neither bought in them nor had a contract at their end.")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (worth(ceiling=9, ceiling_state="found"), "From 9 on, another point no longer goes with measurably less loss; below, it does."),
        (worth(ceiling_state="none found"), "up to the highest, it does."),
        (worth(), "within chance."),
        (worth("nothing"), "No point goes with measurably less loss"),
        (worth("cannot tell", few=True), "cannot be told: too few were lost to say."),
        (worth("cannot tell", few=True, lost=9_990), "cannot be told: too few were kept to say."),
        (worth("cannot tell", retention=np.zeros(0)), "cannot be told: too few were lost to say."),
        (worth("reversed"), "Loss rises with the score"),
    ],
)  # fmt: skip
def test_the_ceiling(found, expected):
    assert expected in said.ceiling_message(found)


def stake(*programmes, verdict="every point"):
    """Make a stake of (value, low, high) by programme."""
    rows = pd.DataFrame(programmes, columns=["value", "low", "high"]).assign(
        programme=PROGRAMMES, customers=[65_000.4, 480_000, 205_000]
    )
    rows["measurable"] = (rows.low > 0) | (rows.high < 0)
    scores = pd.DataFrame(
        {"score": range(10), "programme": [programme_of(score, SCALE) for score in range(10)]}
    )
    return Stake(6, scores, rows, 1_000_000.0, verdict, np.eye(3))


CLEAR = ((857e3, 640e3, 1.07e6), (2.88e6, 2.34e6, 3.4e6), (-38e3, -460e3, 380e3))
BASICS, MIDDLE = (
    "fixing the basics (scores 0 to 4, 65,000 customers)",
    "moving the middle up (scores 5 to 8, 480,000 customers)",
)
DELIGHT = "creating delight (score 9, 205,000 customers)"


def test_the_stake_names_the_largest_and_what_is_within_chance():
    assert said.stake_message(stake(*CLEAR), "GBP") == (
        f"A point more for everybody there, lasting the 6 months, goes with £2.88m (£2.3m to £3.4m) in {MIDDLE} and £857k (£640k to £1.1m) in {BASICS};"
        f" what goes with {DELIGHT} (−£460k to £380k) cannot be told from nothing. Most is at stake in moving the middle up."
    )
    near = ((857e3, 640e3, 2.5e6), (2.88e6, 2.34e6, 3.4e6), (-38e3, -460e3, 380e3))
    assert said.stake_message(stake(*near), "GBP").endswith(
        "The intervals of the first two overlap, so their order is not settled by them."
    )


def test_noise_is_called_noise_and_a_loss_a_loss():
    noise = ((8e3, -6e4, 1e5), (1e5, -2e5, 3e5), (-3e4, -4e5, 3e5))
    sentence = said.stake_message(stake(*noise), "GBP")
    assert sentence.startswith("Nowhere on the scale does a point more go with anything measurable:")
    assert "goes with" not in sentence
    loss = ((-126e3, -190e3, -63e3), (-3.45e6, -4e6, -2.9e6), (-2.2e6, -2.9e6, -1.6e6))
    sentence = said.stake_message(stake(*loss, verdict="reversed"), "GBP")
    assert f"£126k less (£63k to £190k) in {BASICS}" in sentence and "Most is at stake" not in sentence
    lucky = said.stake_message(stake(*CLEAR, verdict="nothing"), "GBP")
    assert lucky.endswith("Loss itself does not differ by the score, so little should be built on this.")


def test_the_simulator_says_what_pays():
    rows = simulate(
        stake(*CLEAR), reach=0.5, costs={"fix_basics": 400e3, "move_middle": 500e3, "delight": 1e6}
    )
    basics, middle, delight = said.simulator_message(rows, "GBP").split(". ")
    assert basics == (
        "Fixing the basics would cost £400k, taken to lift 32,500 customers by a point: net +£28.5k (−£80k to £140k); whether it would pay if the"
        " association held cannot be told, and on what is estimated value meets cost at a reach of 47%"
    )
    assert "net +£940k (£670k to £1.2m); it would pay if the association held" in middle and middle.endswith(
        "a reach of 17%"
    )
    assert (
        "it would not pay even if the association held, since no gain goes with a point on what is estimated, whatever the reach"
        in delight
    )
    dear = said.simulator_message(simulate(stake(*CLEAR), costs={"fix_basics": 4e6}), "GBP")
    assert "it would not at any reach" in dear
    assert dear.endswith("The cost of moving the middle up and creating delight is not known.")
    assert "programme_costs" in said.simulator_message(simulate(stake(*CLEAR)), "GBP")


def prediction(both=(0.01, 0.005, 0.015), best=(0.64, 0.62, 0.66), behind=0.0001):
    rows = pd.DataFrame(np.nan, index=list(PREDICTORS), columns=COLUMNS[1:])
    rows[["auc", "auc_low", "auc_high"]] = 0.6, 0.58, 0.62
    rows["log_loss"], rows["behind_low"] = 0.24, 0.001
    rows.loc["mean", ["auc", "auc_low", "auc_high"]] = best
    rows.loc["mean", "log_loss"], rows.loc["full_scale", "behind_low"] = 0.23, behind
    rows.loc["behaviour", ["auc", "auc_low", "auc_high"]] = 0.66, 0.65, 0.67
    rows.loc["behaviour_and_score", ["auc", "auc_low", "auc_high"]] = 0.7, 0.69, 0.71
    rows.loc["behaviour_and_score", ["gain", "gain_low", "gain_high"]] = both
    return rows.rename_axis("predictor").reset_index()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            prediction(),
            "Of the readings of the score, the score as a number tells best beforehand who is lost: AUC 0.64 (0.62 to 0.66). What customers had done"
            " before tells it with 0.66 (0.65 to 0.67); both together with 0.70 (0.69 to 0.71), so the score adds to what behaviour tells.",
        ),
        (prediction(behind=-0.001), "; the full scale, score by score is not measurably behind."),
        (prediction(both=(0.001, -0.001, 0.002)), "adds nothing measurable to what behaviour tells."),
        (prediction(both=(-0.003, -0.004, -0.002)), "with the score predictions are worse: the model has learned chance."),
        (prediction(best=(0.51, 0.49, 0.53)), "No reading of the score tells who is lost better than a coin does"),
    ],
)  # fmt: skip
def test_which_reading_predicts(rows, expected):
    assert expected in said.prediction_message(rows)


def deeds(less=(1240, "-120000.55"), more=(210, "30000"), of=(3100, 900), smallest=5):
    """Say and do, where one cell of promoters has so many customers."""
    table = pd.DataFrame(
        [(said, done, 100) for said in CLASSES for done in DONE], columns=["said", "done", "customers"]
    )
    table.loc[(table.said == "promoter") & (table.done == "more"), "customers"] = smallest
    parts = [
        Contrary(n, total, n / total if total else np.nan, 0.38, 0.42, Decimal(change))
        for (n, change), total in zip((less, more), of, strict=True)
    ]
    return SaidDone(table, sum(of), *parts)


def test_what_is_said_is_set_against_what_is_done():
    assert said.said_done_message(deeds(), "GBP", months=6) == (
        "In the 6 months after their answer, against as many before, 1,240 of 3,100 promoters (40.0%; 38.0% to 42.0%) brought less margin than"
        " before, or left: −£120k; 210 of 900 detractors (23.3%; 38.0% to 42.0%) brought more margin: +£30.0k. Some bring less and some more by chance"
        " alone, so this contradicts nobody: it says how far a score may be read as a forecast."
    )
    none = said.said_done_message(deeds(more=(0, "0"), of=(3100, 0)), "GBP", "revenue", months=6)
    assert "brought less revenue" in none and "there was no detractor" in none


@pytest.mark.parametrize("smallest", [1, 4])
def test_money_that_would_tell_of_a_handful_by_subtraction_is_not_told(smallest):
    """Nobody needs the deed itself to be of few: what the others of the class did, taken off the whole, tells of them."""
    text = said.said_done_message(deeds(smallest=smallest), "GBP", months=6)
    assert "£120k" not in text and "1,240 of 3,100 promoters" in text and "+£30.0k" in text
    assert "£120k" in said.said_done_message(deeds(smallest=0), "GBP", months=6)


def test_association_is_not_called_cause():
    assert "association, not proof" in said.association_note()
    sentences = [
        said.shape_message(worth(verdict, open_shapes=shapes))
        for verdict, shapes in product(
            ("every point", "middle", "extremes", "nothing", "reversed", "other", "cannot tell"),
            ((), ("linear", "middle")),
        )
    ]
    for sentence in sentences:
        assert not any(
            word in sentence
            for word in (" causes", " because", " effect", "depend", "nan", "None", "  ", "..")
        )


def test_every_reason_has_words():
    for key in reasons.WHY:
        assert reasons.WHY[key] in said.said_done_message(None, "GBP", months=6, why=key)
