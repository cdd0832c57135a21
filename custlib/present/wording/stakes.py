"""Value at stake, what programmes would return if the association held, and what customers said against what they did, in words."""

from typing import Any

from custlib.measure.figures import FEW
from custlib.present.numbers import count, interval, money, money_interval, percent, share, signed, writer
from custlib.present.wording.concentration import known
from custlib.present.wording.reasons import WHY
from custlib.present.wording.words import listed, people, sentence
from custlib.surveying import DETRACTOR, PROMOTER

_PROGRAMMES = {
    "fix_basics": "fixing the basics",
    "move_middle": "moving the middle up",
    "delight": "creating delight",
}


def span(months: int) -> str:
    """Name the months of the outcome: ``the month``, ``the 6 months``."""
    return "the month" if months == 1 else f"the {count(months)} months"


def stake_message(stake: Any, currency: str, why: str = "") -> str:
    """Say what a point more goes with in each programme, the largest first, and which is within chance."""
    if stake is None:
        return sentence(f"value at stake is not available: {WHY.get(why, WHY['too few'])}")
    rows = stake.programmes
    if not rows.measurable.any():
        parts = [f"{_programme(row, stake)} {_ends(row, currency)}" for _, row in rows.iterrows()]
        return sentence(
            f"nowhere on the scale does a point more go with anything measurable: {listed(parts)}, each from below zero to above it"
        )
    told = rows[rows.measurable].sort_values("value", ascending=False)
    parts = [f"{_worth(row, currency)} in {_programme(row, stake)}" for _, row in told.iterrows()]
    text = f"a point more for everybody there, lasting {span(stake.months)}, goes with {listed(parts)}"
    rest = rows[~rows.measurable]
    if len(rest):
        names = [
            f"{_programme(row, stake)} ({money_interval(row.low, row.high, currency)})"
            for _, row in rest.iterrows()
        ]
        text += f"; what goes with {listed(names)} cannot be told from nothing"
    if stake.verdict == "nothing":
        return sentence(
            f"{text}. Loss itself does not differ by the score, so little should be built on this"
        )
    if (told.value < 0).all():
        return sentence(text)
    first = told.iloc[0]
    if len(told) > 1 and first.low <= told.iloc[1].high:
        return sentence(
            f"{text}. The intervals of the first two overlap, so their order is not settled by them"
        )
    return sentence(f"{text}. Most is at stake in {_PROGRAMMES[first.programme]}")


def _worth(row: Any, currency: str) -> str:
    if row.value >= 0:
        return f"{money(row.value, currency)} ({_ends(row, currency)})"
    return f"{money(-row.value, currency)} less ({money_interval(-row.high, -row.low, currency)})"


def _ends(row: Any, currency: str) -> str:
    return money_interval(row.low, row.high, currency)


def _programme(row: Any, stake: Any) -> str:
    """Name a programme with its scores and customers: ``fixing the basics (scores 0 to 4, 65,000 customers)``."""
    scores = stake.scores[stake.scores.programme == row.programme].score
    if scores.empty:
        return _PROGRAMMES[row.programme]
    first, last = int(scores.min()), int(scores.max())
    at = f"score {first}" if first == last else f"scores {first} to {last}"
    return f"{_PROGRAMMES[row.programme]} ({at}, {people(round(row.customers))})"


def simulator_message(table: Any, currency: str) -> str:
    """Say which programmes would return what they cost if the association held, at their reach; those whose cost is not known are named."""
    if table is None or not len(table):
        return "What programmes would return is not available: there is no value at stake to set their cost against."
    priced = table[table.cost.map(known)]
    if priced.empty:
        return "What programmes would return is not available: the company file gives no cost of any (programme_costs)."
    parts = [_return(row, currency) for _, row in priced.iterrows()]
    bare = table[~table.cost.map(known)].programme
    if len(bare):
        parts.append(f"the cost of {listed([_PROGRAMMES[name] for name in bare])} is not known")
    return " ".join(sentence(part) for part in parts)


def _return(row: Any, currency: str) -> str:
    name, cost = _PROGRAMMES[row.programme], money(row.cost, currency)
    head = f"{name} would cost {cost}, taken to lift {people(round(row.customers))} by a point"
    net = f"net {signed(row.net, writer(currency))} ({money_interval(row.net_low, row.net_high, currency)})"
    if row.net_low > 0:
        verdict = "it would pay if the association held"
    elif row.net_high < 0:
        verdict = "it would not pay even if the association held"
    else:
        verdict = "whether it would pay if the association held cannot be told"
    if not known(row.break_even_reach):
        return f"{head}: {net}; {verdict}, since no gain goes with a point on what is estimated, whatever the reach"
    if row.break_even_reach > 1:
        return f"{head}: {net}; {verdict}, and on what is estimated it would not at any reach"
    return f"{head}: {net}; {verdict}, and on what is estimated value meets cost at a reach of {share(row.break_even_reach)}"


def said_done_message(found: Any, currency: str, word: str = "margin", *, months: int, why: str = "") -> str:
    """Say how many promoters brought less or left, and how many detractors brought more, in customers and in money."""
    if found is None:
        return sentence(
            f"what customers said against what they did is not available: {WHY.get(why, WHY['too few'])}"
        )
    less = _contrary(found, PROMOTER, f"brought less {word} than before, or left", currency)
    more = _contrary(found, DETRACTOR, f"brought more {word}", currency)
    return sentence(
        f"in {span(months)} after their answer, against as many before, {less}; {more}. Some bring less and some more by chance alone, so this"
        " contradicts nobody: it says how far a score may be read as a forecast"
    )


def money_of_deeds(found: Any, said: str) -> bool:
    """Say whether money may stand beside what those did who said so: where none of the four deeds is that of a handful.

    Otherwise what these brought could be had by taking the other deeds off the sum.
    """
    heads = found.table.customers[found.table.said == said]
    return not any(0 < each < FEW for each in heads)


def _contrary(found: Any, said: str, did: str, currency: str) -> str:
    part = {PROMOTER: found.less, DETRACTOR: found.more}[said]
    if not part.of:
        return f"there was no {said}"
    head = f"{count(part.customers) if part.customers else 'none'} of {people(part.of, said)}"
    text = f"{head} ({percent(part.share)}; {interval(part.low, part.high, percent)}) {did}"
    if not part.customers or not money_of_deeds(found, said):
        return text
    return f"{text}: {signed(part.change, writer(currency))}"
