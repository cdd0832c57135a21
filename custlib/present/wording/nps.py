"""The Net Promoter Score in words: what it is, how sure, whether it moved, and how much of that is noise."""

from typing import Any

import pandas as pd

from custlib.measure.nps import answers_for_margin, sample_size
from custlib.periods import month_name
from custlib.present.numbers import count, decimal, interval, points, share
from custlib.present.wording.middle_ground import POWER, missing, reason, seen_from, weighting
from custlib.present.wording.nps_titles import alike, drift, judged, of_late, reach
from custlib.present.wording.reasons import below, fewer
from custlib.present.wording.words import listed, people, sentence
from custlib.surveying import FIRST_PASSIVE, KNOWN, NPS

# The change, and the margin, that a reader is told the cost of.
SEEN = 0.05
# The variance of one answer where half are promoters and half detractors: none is larger.
LARGEST = 1.0
# An interval shorter than this is told with a decimal.
_NARROW = 0.04
SCORE = "the Net Promoter Score"


def few(found: Any) -> bool:
    """Say whether so few answered that nothing is said of them."""
    return bool(found.score is None or found.score.answers < found.min_group)


def too_few(found: Any, what: str = SCORE) -> str:
    """Say that something is not told because nobody, or too few, answered."""
    least = fewer(found.min_group, "answer")
    if found.score is None and reason(found, "score") == "too few":
        return sentence(f"{what} is not told: of {least} nothing is said")
    if found.score is None:
        return missing(found, "score", what)
    return sentence(
        f"{what} is not told: it would rest on {people(found.score.answers, 'answer')}, and of {least} nothing is said"
    )


def with_limits(value: float, low: float, high: float) -> str:
    """Write a score with its interval: ``+30 (+14 to +44)``; with a decimal where the interval is narrow."""
    places = 1 if high - low < _NARROW else 0

    def write(each: Any) -> str:
        return points(each, places)

    return f"{write(value)} ({interval(low, high, write)})"


def own(score: Any) -> str:
    """Write a score with its adjusted interval."""
    return with_limits(score.nps, score.adjusted.low, score.adjusted.high)


def lead(found: Any) -> str:
    """Say what the score is, how sure, and how many people stand where it does not look.

    Parameters
    ----------
    found : object
        The page's object (`view.nps`): ``score``, ``boxes``, ``scale``, ``min_group``, ``why``.
    """
    if few(found):
        return too_few(found)
    box = found.boxes[NPS]
    text, ground = f"NPS is {own(found.score)}", f"the middle ground ({reach(*found.scale.middle)})"
    heads, happy = box.middle.customers, f"{share(box.ok_or_better.value)} found us OK or better"
    if not heads:
        return sentence(f"{text}; nobody of {people(box.answers)} stands in {ground}, and {happy}")
    stand = "stands" if heads == 1 else "stand"
    return sentence(
        f"{text}; it leaves out that {count(heads)} of {people(box.answers)} {stand} in {ground}, and that {happy}"
    )


def arithmetic(found: Any) -> str:
    """Show how the score and its interval are made; "" where there is none."""
    if few(found):
        return ""
    score = found.score
    return (
        f"({_heads(score.promoters, 'promoter')} - {_heads(score.detractors, 'detractor')}) / {people(score.answers, 'answer')} ="
        f" {points(score.nps, 1)} points; variance of one answer {decimal(score.promoter_share, 3)} + {decimal(score.detractor_share, 3)}"
        f" - ({decimal(score.nps, 3)})² = {decimal(score.variance, 3)}, standard error √({decimal(score.variance, 3)} / {count(score.answers)})"
        f" = {decimal(score.se * 100, 2)} points; the interval is the adjusted one (see docs/methods.md)"
    )


def _heads(value: int, noun: str) -> str:
    """Write a count in a sum, where none is a figure like any other: ``0 promoters``."""
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def score_message(found: Any) -> str:
    """Say who makes up the score, and whether promoters measurably outnumber detractors."""
    if few(found):
        return too_few(found)
    score, limits = found.score, found.score.adjusted
    parts = [
        f"{people(heads, name)} ({share(part)})"
        for heads, name, part in (
            (score.promoters, "promoter", score.promoter_share),
            (score.passives, "passive", score.passive_share),
            (score.detractors, "detractor", score.detractor_share),
        )
    ]
    if limits.low > 0:
        side = "there are measurably more promoters than detractors"
    elif limits.high < 0:
        side = "there are measurably more detractors than promoters"
    else:
        side = "whether there are more promoters or more detractors cannot be told"
    return sentence(
        f"{people(score.answers, 'answer')}: {parts[0]}, {parts[1]} and {parts[2]} make an NPS of {own(score)}, so {side}"
    )


def change_message(found: Any) -> str:
    """Say whether the score moved against the same number of months before; what chance explains is called noise."""
    change, before = found.change, found.before
    if few(found):
        return too_few(found, "whether NPS changed")
    if change is None or before is None:
        return missing(found, "change", "whether NPS changed")
    if before.answers < found.min_group:
        return sentence(
            f"whether NPS changed cannot be told: {people(before.answers, 'answer')} of the {people(found.window, 'month')} before are too few"
        )
    moved = f"{points(change.value, 1)} points ({interval(change.low, change.high, lambda each: points(each, 1))})"
    ends = f"NPS is {points(found.score.nps, 1)} after {points(before.nps, 1)} in the {people(found.window, 'month')} before"
    if not change.measurable:
        return sentence(
            f"no measurable change: {ends}, {moved}. Noise alone makes such differences: {seen_from(change.se)}"
        )
    way = "rose" if change.low > 0 else "fell"
    return sentence(f"NPS {way} by more than chance explains: {ends}, {moved}")


def year_message(found: Any) -> str:
    """Say whether the latest twelve months moved against the twelve before, and where no single wave shows it that it is a slow drift."""
    change, what = found.year_change, "whether NPS changed over the year"
    if change is None or found.year is None or found.year_before is None:
        key = "year_change" if "year_change" in found.why else "change"
        return missing(found, key, what)
    moved = f"{points(change.value, 1)} points ({interval(change.low, change.high, lambda each: points(each, 1))})"
    ends = f"NPS is {points(found.year.nps, 1)} in the latest twelve months after {points(found.year_before.nps, 1)} in the twelve before, {moved}"
    if not change.measurable:
        return sentence(f"no measurable change over the year: {ends}; {seen_from(change.se)}")
    text = f"a measurable {drift(change)} over the year: {ends}"
    late = of_late(found.waves)
    if len(late) and not (late.signal != 0).any():
        return sentence(f"{text}, which no single wave shows: several drifted together")
    return sentence(text)


def drift_note(found: Any) -> str:
    """Give the year's message beside the lead, where it is more than noise; "" elsewhere."""
    change = found.year_change
    return year_message(found) if change is not None and change.measurable else ""


def about(value: int) -> str:
    """Write a number of answers to two digits: ``about 3,800``."""
    digits = max(len(str(value)) - 2, 0)
    return f"about {count(round(value, -digits))}" if digits else count(value)


def noise_note(found: Any) -> str:
    """Say how many answers it takes to see a change of five points, at the company's own variance."""
    score = found.score
    if score is None and reason(found, "score") != "too few":
        return ""
    variance = LARGEST if score is None or few(found) else score.variance or LARGEST
    if score is None:
        here = f"are fewer than {count(found.min_group)}"
    else:
        here = f"{'is' if score.answers == 1 else 'are'} {count(score.answers)}"
    spread = (
        "where answers differ as these do"
        if variance != LARGEST
        else "where answers differ as much as they can"
    )
    step, often = f"{decimal(SEEN * 100, 0)} points", share(POWER)
    return sentence(
        f"a score is noisy: {spread}, a change of {step} is seen in {often} of cases with {about(sample_size(variance, SEEN, power=POWER))} answers in each"
        f" of two waves, and one score is known to within {step} with {about(answers_for_margin(variance, SEEN))}; here there"
        f" {here}"
    )


def weighted_message(found: Any) -> str:
    """Set the score of the base beside that of the answers, and say what weighting can and cannot mend."""
    weighted = found.weighted
    if few(found):
        return too_few(found, "the score of the whole base")
    if weighted is None or not found.weighted_by:
        return missing(found, "weighted", "the score of the whole base")
    text = (
        f"weighted by {listed(weighting(found))}, as the base of {people(weighted.population)} is made up, NPS is"
        f" {with_limits(weighted.nps, weighted.low, weighted.high)}, beside {points(found.score.nps)} of the answers as they came"
    )
    inside = weighted.low <= found.score.nps <= weighted.high
    text += (
        f": who answered, by {'this' if len(found.weighted_by) == 1 else 'these two'}, makes no difference beyond the interval"
        if inside
        else ": those who answered are not made up as the base is, and this moves the score beyond the interval"
    )
    return sentence(text + _uncovered(weighted))


def _uncovered(weighted: Any) -> str:
    """Say for whom neighbours speak."""
    rest = 1 - weighted.covered
    if rest <= 0:
        return ""
    return f"; {share(rest)} of customers are in groups of which nobody answered, and the nearest group stands for them"


def weighted_note(found: Any) -> str:
    """Say what weighting does not mend."""
    return (
        f"Weighting mends what {listed(weighting(found))} {'tells' if len(weighting(found)) == 1 else 'tell'} of who answers, and nothing else: within such a group those who answered stand for"
        " those who kept silent, who may be happier or unhappier."
    )


def waves_message(found: Any) -> str:
    """Say whether the latest wave is a signal, and how many waves before it were; that none is does not prove that nothing changed."""
    waves = found.waves
    if not len(waves):
        return missing(found, "waves", "NPS by wave")
    latest, rows = waves.iloc[-1], judged(waves)
    name = month_name(latest.month)
    if latest.few:
        text = f"the latest wave, of {name}, is not told: {below(found, latest.answers)}"
    elif latest.lower != latest.lower:
        why = (
            "all answers of the 12 months before it are alike"
            if alike(waves).iloc[-1]
            else "too little is known of the 12 months before it"
        )
        text = f"the latest wave, of {name}, is {points(latest.nps)}; whether that is more than noise cannot be told, as {why}"
    else:
        text = f"the latest wave, of {name}, is {points(latest.nps)}, {_against(latest)}"
    return sentence(text + _earlier(rows[rows.index != waves.index[-1]]))


def _against(row: Any) -> str:
    """Set a wave against its limits."""
    limits = f"what the 12 months before it let expect of so many answers ({interval(row.lower, row.upper, points)})"
    if row.signal:
        return f"{'above' if row.signal > 0 else 'below'} {limits}: a signal, to be looked into"
    return f"within {limits}: by itself no signal"


def _earlier(rows: pd.DataFrame) -> str:
    """Count the signals among the waves before; "" where none was judged."""
    if rows.empty:
        return ""
    far, many = int((rows.signal != 0).sum()), len(rows)
    if many == 1:
        return f"; the one earlier wave judged {'lay' if far else 'did not lie'} beyond its limits"
    which = (
        "no single one lay beyond its"
        if not far
        else "one lay beyond its"
        if far == 1
        else f"{count(far)} lay beyond their"
    )
    return f"; of {people(many, 'earlier wave')} judged {which} limits"


def waves_note() -> str:
    """Say why the limits are so wide, and what they cannot show."""
    return (
        "Limits lie three standard errors to either side of the pooled score of the 12 months before. With the usual two, one wave in twenty would be"
        " called a signal though nothing has happened, and of years of monthly waves nearly every second would have one. A drift over several"
        " waves may stay within them: it is looked for in the score of the year. The line through the waves pools all answers of 12 months, while the score of the year counts of"
        " each customer the last answer only, so that the two need not be the same."
    )


def scale_note(found: Any) -> str:
    """Say what a scale other than 0 to 10 does to the score; "" for the usual one."""
    scale = found.scale
    if scale.lowest == KNOWN[NPS].lowest:
        return ""
    return (
        f"The question was asked on a scale from {scale}: nobody could give a {KNOWN[NPS].lowest}. Detractors are those who gave {FIRST_PASSIVE - 1} or less, as"
        f" always, so the classes are the usual ones; but who is given other numbers to choose from may choose another, and a score from"
        f" {KNOWN[NPS]} is not to be set beside this one."
    )
