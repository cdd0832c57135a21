"""People behind a score in words: where they stand, who moved unseen, who answers, and companies that share the score."""

from typing import Any

from custlib.measure.middle_ground import FEWEST_PASSIVES, MOST_PASSIVES, OURS
from custlib.present.numbers import (
    Writer,
    count,
    decimal,
    interval,
    money,
    number,
    percent,
    points,
    share,
    signed,
)
from custlib.present.wording.middle_ground import missing, reason
from custlib.present.wording.nps import too_few
from custlib.present.wording.nps_titles import money_of_moves, reach
from custlib.present.wording.pains import said
from custlib.present.wording.reasons import below, fewer
from custlib.present.wording.words import people, quoted, sentence
from custlib.surveying import NPS

# Decimals of a mean score.
_MEAN = 2
_YEAR = 12


def _told(found: Any, metric: str) -> Any:
    """Give the boxes of a metric; None where nobody, or too few, answered."""
    box = found.boxes.get(metric)
    return box if box is not None and box.answers >= found.min_group else None


def _not_told(found: Any, metric: str, what: str) -> str:
    """Say why a metric's answers are not told."""
    if metric == NPS:
        return too_few(found, what)
    box = found.boxes.get(metric)
    if box is None:
        return missing(found, metric, what)
    return sentence(f"{what} is not told: {below(found, box.answers)}")


def people_message(found: Any, metric: str = NPS) -> str:
    """Count people: how many were really happy, OK, and not even that.

    Parameters
    ----------
    found : object
        The page's object (`view.nps`): ``boxes``, ``scales``, ``min_group``, ``why``.
    """
    box = _told(found, metric)
    if box is None:
        return _not_told(found, metric, "how many people are happy")
    scale = found.scales[metric]
    first, last = scale.middle
    below = reach(scale.lowest, first - 1)
    return sentence(
        f"{_heads(box.above.customers)} of {people(box.answers)} {_was(box.above.customers)} really happy ({reach(last + 1, scale.highest)}), {_heads(box.middle.customers)}"
        f" stood in the middle ground ({reach(first, last)}), and for {_heads(box.below.customers)} it was not even OK ({below})"
    )


def other_scales(found: Any) -> list[str]:
    """Count people by every scale but that of NPS, each named; those of too few answers are left out."""
    return [
        sentence(f"on the scale {quoted(said(metric))}: {text[0].lower()}{text[1:]}")
        for metric in found.boxes
        if metric != NPS and _told(found, metric) is not None
        for text in (people_message(found, metric),)
    ]


def _heads(value: int) -> str:
    return count(value) if value else "nobody"


def _was(value: int) -> str:
    return "was" if value in (0, 1) else "were"


def boxes_message(found: Any, metric: str = NPS) -> str:
    """Sum all the answers up in several ways, each with its interval."""
    box = _told(found, metric)
    if box is None:
        return _not_told(found, metric, "the whole distribution of answers")
    scale, mean = found.scales[metric], box.mean
    limits = (
        f" ({interval(mean.low, mean.high, lambda each: decimal(each, _MEAN))})"
        if mean.low is not None
        else ""
    )
    low, high = scale.middle
    return sentence(
        f"the mean of {people(box.answers, 'answer')} is {decimal(mean.value, _MEAN)}{limits}; {_part(box.top_2)} gave {scale.highest - 1} or"
        f" {scale.highest} (top-2-box), {_part(box.ok_or_better)} gave {scale.ok} or more (OK or better), {_part(box.middle)} stand in the middle ground"
        f" ({reach(low, high)}), {_part(box.bottom)} gave a {scale.lowest} (bottom-box)"
    )


def _part(part: Any) -> str:
    """Write a share with its interval."""
    return f"{percent(part.value)} ({interval(part.low, part.high, percent)})"


def others_message(found: Any) -> str:
    """Say how unlike a company with the very same score could be."""
    if not found.others or _told(found, NPS) is None:
        return too_few(found, "who else has our score")
    named = {each.name: each for each in found.others}
    ours, most, fewest = (named[name] for name in (OURS, MOST_PASSIVES, FEWEST_PASSIVES))
    happy = [each.ok_or_better for each in found.others]
    means = [each.mean for each in found.others]
    if _sizes(most) == _sizes(fewest) == _sizes(ours):
        text = f"no other company of as many answers has our NPS: it takes {_classes(ours)}"
        if min(means) == max(means):
            return sentence(text)
        return sentence(
            f"{text}. Inside these classes scores may differ all the same, and the mean goes from {decimal(min(means), _MEAN)} to {decimal(max(means), _MEAN)}"
        )
    same = f"each with our number of answers and our promoters less detractors ({signed(most.promoters - most.detractors)})"
    return sentence(
        f"a company of {_classes(most)} has our NPS, and so has one of {_classes(fewest)}, {same}; among such companies {share(min(happy))} to"
        f" {share(max(happy))} are OK or better, and the mean goes from {decimal(min(means))} to {decimal(max(means))}, so that NPS cannot tell them apart"
    )


def _sizes(portrait: Any) -> tuple[int, int, int]:
    return portrait.promoters, portrait.passives, portrait.detractors


def _classes(portrait: Any) -> str:
    """Write a company's classes, those of nobody as ``no``."""
    told = [
        people(heads, name)
        for heads, name in (
            (portrait.promoters, "promoter"),
            (portrait.passives, "passive"),
            (portrait.detractors, "detractor"),
        )
    ]
    return f"{told[0]}, {told[1]} and {told[2]}"


def movement_message(found: Any) -> str:
    """Say how many moved between two answers, and how much of it NPS did not see."""
    moved = found.movement
    if moved is None:
        what = "who moved from one answer to the next"
        if reason(found, "movement") == "too few":
            return sentence(f"{what} is not available: too few customers answered twice")
        return missing(found, "movement", what)
    if moved.pairs < found.min_group:
        return sentence(
            f"who moved from one answer to the next is not told: {people(moved.pairs)} answered twice, {fewer(found.min_group)}"
        )
    twice = f"of {people(moved.pairs)} who answered twice"
    if moved.hidden_share is None:
        return sentence(f"{twice} nobody gave another score")
    text = (
        f"{twice}, {people_of(moved.moved_up.customers)} gave a higher score the second time and {people_of(moved.moved_down.customers)} a lower one;"
        f" {_part(moved.hidden_share)} of these moves stayed inside one class, so that NPS did not see them"
    )
    return sentence(text + _unseen(moved, found))


def people_of(value: int) -> str:
    """Write a count in a sentence that has named whom: ``none``, ``1``, ``410``."""
    return count(value) if value else "none"


def _unseen(moved: Any, found: Any) -> str:
    """Say what those whom NPS did not see bring; no money where it would tell of a handful."""
    amount = moved.hidden.value
    if not money_of_moves(found) or not moved.hidden.customers:
        return f": {people(moved.hidden.customers)}"
    return f": {people(moved.hidden.customers)}, who bring {money(amount, found.currency)} of {found.word}"


def movement_parts(found: Any) -> str:
    """Split the change of the mean into what changed class and what NPS did not see; "" where nothing is told of moves."""
    moved = found.movement
    if moved is None or moved.pairs < found.min_group or moved.hidden_share is None:
        return ""
    mean = f"{_step(moved.mean_change)}{_limits(moved.mean_low, moved.mean_high, _step)}"
    nps = f"{_tenth(moved.nps_change)} points{_limits(moved.nps_low, moved.nps_high, _tenth)}"
    return sentence(
        f"their mean moved by {mean}: {_step(moved.mean_changed_class)} by those who changed class, {_step(moved.mean_hidden)} by"
        f" those who did not; their NPS moved by {nps}"
    )


def _limits(low: float | None, high: float | None, write: Writer) -> str:
    """Write the interval of a change in brackets, and whether it leaves out that nothing moved."""
    if low is None or high is None:
        return ", not measurably"
    return f" ({interval(low, high, write)}){'' if low > 0 or high < 0 else ', not measurably'}"


def _tenth(value: Any) -> str:
    return points(value, 1)


def _step(value: Any) -> str:
    """Write a change of a mean score with its sign."""
    return signed(value, lambda each: decimal(each, 3))


def middle_message(found: Any) -> str:
    """Say who left the middle ground, and who came into it; "" where nothing is told of moves."""
    moved = found.movement
    if moved is None or moved.pairs < found.min_group:
        return ""
    up, down = moved.middle_up.customers, moved.middle_down.customers
    below, above = moved.middle_from_below.customers, moved.middle_from_above.customers
    return sentence(
        f"out of the middle ground {people_of(up)} rose and {people_of(down)} fell; {people_of(below)} came up into it and {people_of(above)} came down"
    )


def unmapped_note() -> str:
    """Say why who moved is told and not drawn."""
    return "No map of scores before and after is drawn: each of its rows, or each cell, would be of too few customers."


def movement_note() -> str:
    """Say whose answers are compared, and that some of the moves are noise."""
    return (
        f"Compared are each customer's last answer of the latest {people(_YEAR, 'month')} and the one before it, given at most {people(_YEAR, 'month')} earlier. Customers"
        " are compared with themselves, so that a change shows with fewer answers than NPS needs; but those who answered twice may be unlike the"
        " others. Whoever is asked twice does not always give the same score, though nothing has changed: some of these moves are noise, and"
        " which ones cannot be told from two answers. Of classes every count is shown, small ones too: a class is no group of customers that anybody"
        " could be known by. Shares and money of a handful are not."
    )


def response_message(found: Any) -> str:
    """Say how many invitations were answered, and how often each customer is asked."""
    response = found.response
    if response is None:
        return missing(found, "response", "how many of those asked answered")
    if response.invited < found.min_group:
        return sentence(
            f"how many of those asked answered is not told: {below(found, response.invited, 'invitation')}"
        )
    verb = "was" if response.answered in (0, 1) else "were"
    text = f"of {people(response.invited, 'invitation')} {people_of(response.answered)} {verb} answered, {percent(response.rate)} ({interval(response.low, response.high, percent)})"
    yearly = response.per_customer_year
    often = (
        f"; there are {decimal(yearly)} invitations per customer and year"
        if number(yearly) is not None
        else ""
    )
    return sentence(text + often)


def who_answers_message(found: Any) -> str:
    """Say whether those who answer bring more than those who keep silent."""
    response, what = found.response, "whether those who answer bring as much as those who keep silent"
    if response is None:
        return missing(found, "response", what)
    values = response.values
    if values is None or min(response.answered, response.invited - response.answered) < found.min_group:
        return sentence(
            f"{what} cannot be told: too few answered, or kept silent, or what they bring is not known"
        )
    ends = f"{money(values.now, found.currency)} of {found.word} each against {money(values.then, found.currency)}"
    limits = f"{money(values.low, found.currency)} to {money(values.high, found.currency)}"
    if values.cannot:
        return sentence(f"{what} cannot be told: they are too few ({ends})")
    if not values.measurable:
        return sentence(
            f"between those who answer and those who keep silent there is no measurable difference in what they bring: {ends} (a difference of {limits})"
        )
    more = values.change > 0
    return sentence(
        f"those who answer bring measurably {'more' if more else 'less'} than those who keep silent: {ends} (a difference of {limits}), so that the answers tell"
        f" {'more of customers who bring much' if more else 'less of customers who bring much'} than their number would"
    )


def fatigue_message(found: Any) -> str:
    """Say whether those invited often answer less than others of like tenure; they may be other customers all the same."""
    response, what = found.response, "whether being asked often wears customers out"
    if response is None:
        return missing(found, "response", what)
    often, rows = response.often, response.fatigue
    if often is None or min(often.n_now, often.n_then) < found.min_group:
        return sentence(
            f"{what} cannot be told: too few were invited who had been before, or too few who had not"
        )
    most = int(rows.earlier.max())
    times = {1: "once", 2: "twice"}.get(most, f"{count(most)} times or more")
    ends = (
        f"of customers who have been with us equally long, {percent(often.now)} answered of those invited {times} in the {people(_YEAR, 'month')} before, and"
        f" {percent(often.then)} of those not invited (a difference of {interval(often.low * 100, often.high * 100, _signed_tenth)} percentage points)"
    )
    who = "who is invited often may be another customer in other ways than tenure"
    if not often.measurable:
        return sentence(
            f"{ends}: no measurable difference, which does not prove that asking often is harmless, as {who}"
        )
    return sentence(
        f"{ends}, measurably {'fewer' if often.change < 0 else 'more'}; this goes together, and need not be because of it, as {who}"
    )


def _signed_tenth(value: Any) -> str:
    return signed(value, decimal)
