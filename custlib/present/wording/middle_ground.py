"""What the page on NPS says beside the measures: value bands, what its words mean, what is missing and what to decide."""

from statistics import NormalDist
from typing import Any

import pandas as pd

from custlib.periods import month_name
from custlib.present.numbers import count, decimal, interval, money, money_interval, points, share
from custlib.present.wording import pains, point_worth
from custlib.present.wording.concentration import known
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.nps_titles import DOING, reach, told_programmes
from custlib.present.wording.reasons import because, fewer
from custlib.present.wording.words import listed, people, quoted, sentence
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER

_JOINED = " and "
_YEAR = 12
# How often a change that is there is to be seen, and how many standard errors it must then measure: 1.96 + 0.84.
POWER = 0.8
_SEEN_FROM = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(POWER)


def reason(found: Any, key: str) -> str:
    """Give the reason, in a word or two, for which something is not there; of what nobody was asked, everything; "" where none is known."""
    if key == "stake" and found.worth is not None and found.worth.few:
        return "few lost"
    return found.why.get(key) or found.why.get("score", "")


def why(found: Any, key: str) -> str:
    """Say why something is not there; "" where nobody knows."""
    return because(reason(found, key))


def missing(found: Any, key: str, what: str) -> str:
    """Say that something is not available, and why."""
    reason = why(found, key)
    return sentence(f"{what} is not available" + (f": {reason}" if reason else ""))


def seen_from(se: float) -> str:
    """Say from which change of a score on, in either direction, one would mostly be seen, and that smaller ones would not."""
    return (
        f"with as many answers a difference of {decimal(_SEEN_FROM * se * 100, 1)} points is seen in {share(POWER)} of cases, and smaller"
        " ones are often missed"
    )


def ceiling_message(found: Any) -> str:
    """Say above which score another point no longer lowers loss measurably; without answers that were followed, why there is none."""
    if found.worth is None:
        return missing(found, "worth", "a score above which another point no longer matters")
    return point_worth.ceiling_message(found.worth)


def prediction_message(found: Any) -> str:
    """Say which measure tells best who is lost; without answers that were followed, why none can be named."""
    if not len(found.prediction) and why(found, "prediction"):
        return missing(found, "prediction", "which measure predicts best")
    return point_worth.prediction_message(found.prediction)


def weighting(found: Any) -> tuple[str, ...]:
    """Name what the score is weighted by: value band, tenure, or both."""
    return tuple(found.weighted_by) or ("value band", "tenure")


def bands_message(found: Any) -> str:
    """Say whether customers of little value are served differently, and whether they are unhappier."""
    gap = found.served
    if not len(found.bands):
        return missing(found, "bands", "the score by value band")
    if gap is None:
        few = f"too few of them answered: {fewer(found.min_group)} at one end or the other"
        told = few if reason(found, "served") in ("", "too few") else why(found, "served")
        return sentence(
            f"whether customers of low value are served differently, and are unhappier for it, cannot be said: {told}"
        )
    low, high = (_named(names) for names in found.served_bands)
    ends = f"{points(gap.value)} points, {interval(gap.low, gap.high, points)}"
    if gap.low > 0:
        happier = f"the NPS of {low} is measurably higher than that of {high} ({ends}): customers of low value are not the unhappier ones"
    elif gap.high < 0:
        happier = f"the NPS of {low} is measurably lower than that of {high} ({ends}): customers of low value are the unhappier ones"
    else:
        happier = f"between the NPS of {low} and that of {high} there is no measurable difference ({ends}); {seen_from(gap.se)}"
    return sentence(f"{_served(found)}; {happier}")


def _named(names: str) -> str:
    return listed([quoted(name) for name in names.split(_JOINED)])


def _served(found: Any) -> str:
    """Set what serving a customer costs at the two ends beside one another."""
    rows = found.bands[found.bands.cost.notna()]
    ends = [
        rows[rows.value_band.isin(names.split(_JOINED))].cost.astype(float) for names in found.served_bands
    ]
    if any(costs.empty for costs in ends):
        return "what serving each band costs is not known, or would tell of few, so whether they are served differently cannot be said"
    low, high = (_span(costs, found.currency) for costs in ends)
    if low == high:
        return f"serving a customer costs the same at both ends, {low}"
    if ends[0].max() < ends[1].min():
        return f"customers of low value are served at lower cost, {low} each against {high}"
    if ends[0].min() > ends[1].max():
        return f"customers of low value are served at higher cost, {low} each against {high}"
    return f"serving a customer costs {low} at the low end and {high} at the top"


def _span(costs: pd.Series, currency: str) -> str:
    ends = [money(costs.min(), currency), money(costs.max(), currency)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def bands_note(found: Any) -> str:
    """Say whose answers stand in which band, and what a score by value band is not."""
    hidden = bool(len(found.bands)) and bool(found.bands.hidden.astype(bool).any())
    left = f"what would tell of {fewer(found.min_group, 'answer')} is not shown; " if hidden else ""
    whose = (
        f"answers of {_YEAR} months, of customers who are still active, by the band they are in today; those who have left since are in the score and in"
        " no band"
        if found.has_log
        else "answers on record, by the band in which the list of customers puts them"
    )
    return sentence(f"{left}{whose}. Score and band go together, and need not be an effect of service")


def notes(found: Any) -> list[str]:
    """Say when the answers were given, whose count, which were left out, and which scales nobody declared."""
    texts = []
    if found.first is not None and found.last is not None:
        ends = " to ".join(f"{day.day} {month_name(day)}" for day in (found.first, found.last))
        texts.append(f"one answer per customer, the last, of those given from {ends}")
    if found.repeated:
        verb = "was" if found.repeated == 1 else "were"
        texts.append(
            f"{people(found.repeated, 'answer')} {verb} given again by the same customer in a wave: the last counts, of two on one day the lower"
        )
    if found.undeclared:
        names = listed([quoted(pains.said(name)) for name in found.undeclared])
        verb = "is" if len(found.undeclared) == 1 else "are"
        texts.append(f"{names} {verb} left out: no scale is declared, so what is high or low is not known")
    if found.asked and not found.dated:
        texts.append(
            "the answers carry no dates, so nothing here is said of waves, changes, or what customers did afterwards"
        )
    return [sentence(text) for text in texts]


def list_note(found: Any) -> str:
    """Say from how many this month's list of customers to talk to is drawn, and where it is."""
    if found.talk is None:
        return "No list of detractors to talk to is drawn, as it is not known who answered what, or when."
    if not found.talk:
        return "Nobody is to be put on a list of detractors to talk to: no active customer's latest answer was a detractor's."
    they = "active customer is a detractor" if found.talk == 1 else "active customers are detractors"
    return sentence(
        f"{count(found.talk)} {they} by an answer of late: a list of whom to talk to this month begins with those of most value and takes others from"
        " all the rest, so that they are heard too; who was on such a list in the months before is left alone. It is a file under lists/, made on"
        " request and for your eyes, and no page names a customer"
    )


def candidates(found: Any) -> list[Candidate]:
    """Weigh what the page found, in money."""
    return [_programme(found), _simulated(found), pains.candidate(found), _silent(found)]


def _programme(found: Any) -> Candidate:
    """Point at the programme with most at stake, where that can be told from nothing."""
    rows = told_programmes(found.stake)
    if rows.empty or found.worth is None or found.worth.verdict == "nothing":
        return NOTHING
    rows = rows[rows.measurable.astype(bool) & (rows.low.astype(float) > 0)] if len(rows) else rows
    if rows.empty:
        return NOTHING
    row = rows.loc[rows.value.astype(float).idxmax()]
    return float(row.value), sentence(
        f"{DOING[row.programme]} by a point goes with {money(row.value, found.currency)}"
        f" ({money_interval(row.low, row.high, found.currency)}) among {people(row.customers)}: decide what to try on some of them, beside"
        " others left as they are, since an association is no proof"
    )


def _simulated(found: Any) -> Candidate:
    """Warn of a programme whose cost exceeds whatever may be at stake."""
    rows = found.simulated
    if not len(rows):
        return NOTHING
    over = rows[
        [
            known(row.cost) and known(row.high) and float(row.cost) > float(row.high)
            for row in rows.itertuples()
        ]
    ]
    over = over[over.cost.astype(float) > 0] if len(over) else over
    if over.empty:
        return NOTHING
    row = over.loc[over.cost.astype(float).idxmax()]
    return float(row.cost), sentence(
        f"{DOING[row.programme]} is put down at {money(row.cost, found.currency)}, more than a point up goes with even at the upper end"
        f" ({money(row.high, found.currency)}): decide whether a smaller trial would do"
    )


def _silent(found: Any) -> Candidate:
    """Point at those who do not answer, where they are worth more than those who do."""
    who = found.response
    values = None if who is None else who.values
    if values is None or values.cannot or not values.measurable or values.change >= 0:
        return NOTHING
    silent = who.invited - who.answered
    if min(who.answered, silent) < found.min_group:
        return NOTHING
    return abs(float(values.change)) * silent, sentence(
        f"those who were asked and did not answer bring {money(abs(values.change), found.currency)} more each than those who did"
        f" ({money(values.then, found.currency)} against {money(values.now, found.currency)}): decide how they are listened to beside the survey"
    )


def definitions(found: Any) -> dict[str, str]:
    """Give the definitions that this page needs, by term, in reading order; those of time and money only where these are known."""
    told = _of_answers(found)
    if found.dated:
        told |= _of_time()
    if found.response is not None:
        told["Response rate"] = "customers who answered, of those who were asked."
    if found.worth is not None:
        told |= _of_worth(found)
    return {term: sentence(meaning) for term, meaning in told.items()}


def _of_answers(found: Any) -> dict[str, str]:
    scale, middle = found.scale, reach(*found.scale.middle)
    window = f"of {people(found.window, 'month')} to the month's end" if found.dated else "on record"
    ranked = (
        f"their {found.word} in the months that set their value"
        if found.has_log
        else f"the {found.word} that the list of customers gives them"
    )
    return {
        "Net promoter score": f"of a hundred answers {window}, those of {FIRST_PROMOTER} or more (promoters) less those of {FIRST_PASSIVE - 1} or less"
        f" (detractors), from {points(-1)} to {points(1)}; one answer per customer, the last. Those of {reach(FIRST_PASSIVE, FIRST_PROMOTER - 1)} are passives.",
        "95% interval": "drawn around a figure of a sample, and so made that in 95 of 100 such samples it holds the true figure; for the score the"
        " adjusted Wald interval, which does so with few answers too.",
        "Weighted score": f"each {listed(weighting(found))} counts by how many customers it has, not by how many of them answered.",
        "Middle ground": f"scores of {middle} on the scale of the net promoter score: OK, and not yet delighted; each scale has its own.",
        "OK or better": f"scores from the lower end of the middle ground on: {reach(scale.middle[0], scale.highest)} here.",
        "Top two": "the two highest scores of a scale.",
        "Value band": f"customers by {ranked}, from those of most to those of least.",
    }


def _of_time() -> dict[str, str]:
    return {
        "Control limits": "the pooled score of the twelve months before a wave, and three standard errors to either side: a wave beyond them is a signal;"
        " one within them is none by itself, though several may drift together.",
        "Hidden movement": "customers whose score moved by a point or more between two answers and stayed in its class, of all whose score moved.",
    }


def _of_worth(found: Any) -> dict[str, str]:
    scale, months = found.scale, people(found.outcome, "month")
    return {
        "Lost after an answer": f"no qualifying purchase in the {months} after the month of the answer, and no open contract at their end; only answers"
        f" whose {months} are over count, and of each customer the first.",
        "Brought more, or less": f"{found.word} of the {months} after the answer, net of what serving the customer cost where that is recorded, beside"
        f" that of the {months} before, by more than what counts as a material change. Left: lost after the answer.",
        "Value at stake": f"customers of the whole base standing at each score, times what one point up goes with: in being kept over {months}, in what is"
        " still to come of who is kept, and in what they bring meanwhile.",
        "Fixing the basics": f"one point up for who stands below the middle ground, at {reach(scale.lowest, scale.middle[0] - 1)}.",
        "Moving the middle up": f"one point up for who stands in the middle ground, at {reach(*scale.middle)}.",
        "Creating delight": f"one point up for who stands above the middle ground and not yet at the top, at {_delight(scale)}.",
        "AUC": "of a customer lost and one kept, taken by chance, how often the measure had put the lost one at more risk: one half is guessing.",
    }


def _delight(scale: Any) -> str:
    first, last = scale.middle[1] + 1, scale.highest - 1
    return reach(first, last) if first <= last else "no score of this scale"


def checked(found: Any, ties: int) -> str:
    """Say what was added up in two ways and agrees, and how often; only what is there to compare is named."""
    if not ties:
        return "There is nothing to compare, as nobody's answer is known."
    parts = {
        "answers by class": found.score is not None,
        "by part of the scale": bool(found.boxes),
        "moves": found.movement is not None,
        "invitations": found.response is not None,
        "value at stake by programme": found.stake is not None,
        "words and deeds": found.said_done is not None,
    }
    told = listed([name for name, there in parts.items() if there])
    verb = "was" if ties == 1 else "were"
    return sentence(f"{told} {verb} added up and compared with the whole in {people(ties, 'way')}: all agree")
