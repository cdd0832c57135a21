"""What a point of a score is worth, in words: which shape goes with loss, and which way the claim about the middle came out."""

from typing import Any

from custlib.present.numbers import count, decimal, interval, money, percent
from custlib.present.wording.concentration import known
from custlib.present.wording.reasons import WHY
from custlib.present.wording.stakes import (
    said_done_message,
    simulator_message,
    span,
    stake_message,
)
from custlib.present.wording.words import listed, people, sentence
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER

__all__ = [
    "arithmetic", "association_note", "ceiling_message", "prediction_message", "said_done_message", "shape_message", "simulator_message",
    "stake_message",
]  # fmt: skip

EXTREMES, MIDDLE, EVERY, NOTHING = "extremes", "middle", "every point", "nothing"
REVERSED, CANNOT_TELL, OTHER = "reversed", "cannot tell", "other"
FLAT, LINEAR, NPS_CLASSES = "flat", "linear", "nps_classes"
CLAIM = "that the middle ground matters as much as the extremes"
_SHAPES = {
    FLAT: "no difference at all",
    LINEAR: "a straight line over all scores",
    NPS_CLASSES: "steps between the classes of NPS",
    MIDDLE: "a slope within the middle ground only",
}


def shape_message(worth: Any, why: str = "") -> str:
    """Say which shape loss has over the score, and what that makes of the claim about the middle ground.

    Parameters
    ----------
    worth : PointWorth or None
    why : str
        Reason for None: a key of `custlib.present.wording.reasons.WHY`.
    """
    if worth is None:
        return sentence(f"what a point is worth is not available: {WHY.get(why, WHY['too few'])}")
    when = f"in {span(worth.months)} after an answer"
    if worth.verdict == CANNOT_TELL:
        return _undecided(worth)
    low, high = worth.scale.middle
    if worth.verdict == NOTHING:
        return sentence(
            f"{when} loss does not differ by the score: {_slope(worth)}, which leaves out what would matter ({percent(worth.matters, 0)} or more)."
            f" So the claim, {CLAIM}, finds nothing here: neither goes with who stays, and what does must be looked for elsewhere"
        )
    if worth.verdict == REVERSED:
        return sentence(
            f"{when} loss rises with the score: {_slope(worth)}. So the claim, {CLAIM}, finds the contrary of what it takes for granted; before"
            " anything is done by the score, find out who answers, and what else moves both"
        )
    if worth.verdict == EXTREMES:
        return sentence(
            f"{when} loss differs between detractors, passives and promoters, and within these classes no further, as far as can be"
            f" measured. So the claim, {CLAIM}, is not borne out here: what goes with less loss in the middle ground are the steps from class to class, from"
            f" {FIRST_PASSIVE - 1} to {FIRST_PASSIVE} and from {FIRST_PROMOTER - 1} to {FIRST_PROMOTER}, and NPS sees them"
        )
    if worth.verdict == MIDDLE:
        return sentence(
            f"{when} loss falls with each point across the middle ground, from {low - 1} to {high + 1}, and neither below nor above"
            f" it, as far as can be measured. So the claim, {CLAIM}, is borne out here, and more: what goes with less loss are the steps up through the middle, and"
            f" of these NPS sees {_seen(low, high + 1)}"
        )
    if worth.verdict == EVERY:
        return sentence(
            f"{when} loss falls with every point, in the middle as at the ends: {_slope(worth)}. So the claim, {CLAIM}, is borne out"
            " here: a point goes with the same change of the odds wherever on the scale it is, and"
            f" of the steps up the scale NPS sees {_seen(worth.scale.lowest + 1, worth.scale.highest)}"
        )
    return sentence(
        f"{when} loss goes with the score, but in none of the simple ways: {_nearest(worth)}. So the claim, {CLAIM}, is neither borne out"
        " nor refuted; where loss falls, the figure shows"
    )


def _seen(first: int, last: int) -> str:
    """Count the steps up to one of these scores that lead from class to class: ``2 of 10``."""
    return f"{sum(first <= score <= last for score in (FIRST_PASSIVE, FIRST_PROMOTER))} of {last - first + 1}"


def _undecided(worth: Any) -> str:
    """Say that the shape cannot be told, why, and what can be said all the same."""
    text = f"what a point is worth cannot be told: {_want(worth)}"
    if worth.per_point is not None:
        ratio = worth.per_point
        if ratio.high < 1:
            text += f". That loss falls with the score is measurable: {_slope(worth)}; on which part of the scale it does is not"
        elif ratio.low > 1:
            text += f". On a straight line loss rises with the score: {_slope(worth)}; that may be so on a part of the scale only"
        else:
            text += f". On a straight line {_slope(worth)}: that higher scores leave less is not measurable"
    return sentence(f"{text}. Whether the middle ground matters as much as the extremes stays open")


def _want(worth: Any) -> str:
    """Say what is wanting for a verdict."""
    lost, kept = worth.lost, worth.answers - worth.lost
    if worth.few:
        fewer, did = (kept, "kept") if kept < lost else (lost, "lost")
        verb = "was" if fewer < 2 else "were"
        return (
            f"of {people(worth.answers)} whose answer has {people(worth.months, 'month')} after it, {count(fewer) if fewer else 'nobody'}"
            f" {verb} {did}, and it takes {count(worth.needed)} or more to tell apart how loss goes with the score"
        )
    if not worth.fitted:
        return "no model of loss settles on what was seen"
    shapes = [_SHAPES[shape] for shape in worth.open_shapes]
    if len(shapes) < 2:
        return "likelihood and prediction do not agree on a shape"
    return f"{listed(shapes)} describe what was seen about equally well"


def _slope(worth: Any) -> str:
    """Write the odds ratio per point as a change of the odds: ``the odds of loss fall by 18.1% a point (17.0% to 19.2%)``."""
    ratio = worth.per_point
    if ratio.low <= 1 <= ratio.high:
        fall, rise = percent(1 - ratio.low), percent(ratio.high - 1)
        return f"the odds of loss may fall by {fall} or rise by {rise} a point, and by no more"
    low, high = sorted((abs(ratio.low - 1), abs(ratio.high - 1)))
    verb = "rise" if ratio.value > 1 else "fall"
    return (
        f"the odds of loss {verb} by {percent(abs(ratio.value - 1))} a point ({interval(low, high, percent)})"
    )


def _nearest(worth: Any) -> str:
    """Name the simple shape that comes nearest, all of which are rejected."""
    row = worth.shapes.set_index("shape").loc[worth.nearest]
    text = f"the nearest, {_SHAPES[worth.nearest]}, is not what was seen either"
    return (
        f"{text}, though it tells {percent(row.explained, 0)} of what the score tells"
        if known(row.explained)
        else text
    )


def arithmetic(worth: Any, currency: str, word: str = "margin") -> str:
    """Write out how many answered, how many were lost, and loss at either end of the scale, as seen and adjusted."""
    if worth is None or not worth.answers:
        return ""
    text = (
        f"{people(worth.answers)} gave a first answer that has {people(worth.months, 'month')} after it; {count(worth.lost)}"
        f" ({percent(worth.lost / worth.answers)}) neither bought in them nor had a contract at their end"
    )
    if not worth.fitted:
        return sentence(text)
    ends = [_group(worth.groups.iloc[place], currency, word) for place in (0, -1)]
    return sentence(
        f"{text}. {sentence(' and '.join(ends))} All else is as it is with all customers: value band, tenure, trend and how long ago"
        " they last bought, as of the month before"
    )


def _group(row: Any, currency: str, word: str) -> str:
    return (
        f"of those at {row.label}, {percent(row.raw_loss)} were lost, adjusted {percent(row.loss)} ({interval(row.low, row.high, percent)}),"
        f" with {money(row.margin, currency)} of {word} each in the months"
    )


def ceiling_message(worth: Any) -> str:
    """Say above which score another point no longer goes with measurably less loss."""
    if worth is None:
        return "A score above which another point no longer matters is not available."
    if worth.few or not worth.fitted:
        fewer = "kept" if worth.answers - worth.lost < worth.lost else "lost"
        return f"From which score on another point no longer goes with less loss cannot be told: too few were {fewer} to say."
    if worth.verdict == NOTHING:
        return (
            "No point goes with measurably less loss, so there is no score from which on it no longer does."
        )
    if worth.verdict == REVERSED:
        return "Loss rises with the score, so there is no score from which on another point no longer goes with less of it."
    if worth.ceiling_state == "found":
        return sentence(
            f"from {worth.ceiling} on, another point no longer goes with measurably less loss; below, it does"
        )
    if worth.ceiling_state == "none found":
        return "There is no score from which on another point no longer goes with less loss: up to the highest, it does."
    return "From which score on another point no longer goes with less loss cannot be told: differences between the high scores are within chance."


def prediction_message(table: Any) -> str:
    """Say which reading of the score tells best beforehand who is lost, and whether any adds to what behaviour tells."""
    if table is None or not len(table):
        return "Which measure predicts best is not available: too few were lost to hold some of them back."
    rows = table.set_index("predictor")
    alone = rows.drop(index=["behaviour", "behaviour_and_score"])
    best = alone.log_loss.idxmin()
    row, behaviour, both = rows.loc[best], rows.loc["behaviour"], rows.loc["behaviour_and_score"]
    level = [name for name in alone.index if name != best and alone.behind_low[name] <= 0]
    if row.auc_low <= 0.5:
        text = f"no reading of the score tells who is lost better than a coin does: the best, {READINGS[best]}, has an AUC of {_auc(row)}"
    else:
        text = f"of the readings of the score, {READINGS[best]} tells best beforehand who is lost: AUC {_auc(row)}"
        if level:
            text += f"; {listed([READINGS[name] for name in level])} {'is' if len(level) == 1 else 'are'} not measurably behind"
    text += (
        f". What customers had done before tells it with {_auc(behaviour)}; both together with {_auc(both)}"
    )
    if both.gain_low > 0:
        text += ", so the score adds to what behaviour tells"
    elif both.gain_high < 0:
        text += ", and with the score predictions are worse: the model has learned chance"
    else:
        text += ", so the score adds nothing measurable to what behaviour tells"
    return sentence(text)


READINGS = {
    "nps_class": "the class of NPS",
    "top_2_box": "being in the top two scores",
    "ok_or_better": "being OK or better",
    "mean": "the score as a number",
    "full_scale": "the full scale, score by score",
    "behaviour": "behaviour alone",
    "behaviour_and_score": "behaviour and score",
}


def _auc(row: Any) -> str:
    return f"{decimal(row.auc, 2)} ({interval(row.auc_low, row.auc_high, _two)})"


def _two(value: Any) -> str:
    return decimal(value, 2)


def association_note() -> str:
    """Say that who scores higher may differ in more than the score."""
    return (
        "This is association, not proof. Those who score higher may stay more often; lifting somebody's score need not make a customer"
        " stay as they do. Value band, tenure, trend and recency before the answer are held equal; what else moves both score and loss is not."
        " Only a trial, with customers drawn by lot, would show what a programme does."
    )
