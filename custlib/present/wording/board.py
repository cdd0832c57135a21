"""The board's five counts in words: what was earned, what winning cost, who sent whom."""

from collections.abc import Mapping

from custlib.measure.board import Sheet, Winning
from custlib.measure.difference import Difference
from custlib.measure.figures import FEW
from custlib.measure.generations import Plan
from custlib.present.numbers import count, money, money_exact, share
from custlib.present.wording import spans
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.words import CANNOT, people, quoted, sentence, span_words


def profit_message(sheet: Sheet, currency: str, word: str) -> str:
    """Say what the base brought and what is left of it once winning customers is paid for."""
    span, whole = span_words(sheet.months), sheet.whole
    if whole.margin is None:
        return sentence(f"{CANNOT} what the base brought over {span}")
    text = f"over {span} all known customers brought {money(whole.margin, currency)} of {word}"
    if not sheet.known.costs:
        return sentence(f"{text}; what it cost to win customers is not recorded, so profit is not available")
    if not sheet.known.newcomers:
        return sentence(f"{text}; who was won is not known, so profit is not available")
    if whole.profit is None or whole.cost is None:
        return sentence(
            f"{text}; what it cost to win customers is recorded for {count(whole.with_cost)} of"
            f" {count(whole.acquired)} only, so profit is not available"
        )
    if not whole.acquired:
        return sentence(f"{text}; nobody was won, so all of it is profit")
    left = whole.acquired - (whole.acquired if sheet.new is None else sheet.new)
    apart = f" ({count(sheet.new)} still active, {count(left)} who came and went)" if left > 0 else ""
    cost = f"winning {people(whole.acquired)}{apart} cost {money(whole.cost, currency)}"
    if whole.profit < 0:
        return sentence(f"{text}; {cost}, so that {money(-whole.profit, currency)} was lost")
    return sentence(f"{text}; {cost}, which leaves {money(whole.profit, currency)} of profit")


def profit_arithmetic(whole: Winning, currency: str) -> str:
    """Write profit out."""
    if whole.profit is None or whole.cost is None:
        return ""
    return (
        f"{money_exact(whole.margin, currency)} \N{MINUS SIGN} {money_exact(whole.cost, currency)}"
        f" = {money_exact(whole.profit, currency)}"
    )


def referrals_message(sheet: Sheet, currency: str) -> str:
    """Say how many of the customers won others had sent, and what those still active have brought."""
    if not sheet.known.referrals:
        return "Who was referred by whom is not available: no customer list says it."
    new, whole, span = sheet.new, sheet.whole, span_words(sheet.months)
    if new is None:
        return sentence(f"{CANNOT} how many of the customers won were referred")
    if not whole.acquired:
        return sentence(f"over {span} nobody was won, so nobody was referred")
    sent, everyone = whole.referred_won, people(whole.acquired)
    if not sent:
        return sentence(f"over {span} none of the {everyone} won was referred by another")
    of = "the only customer" if whole.acquired == 1 else f"{count(sent)} of the {everyone}"
    text = f"over {span} {of} won ({share(sent / whole.acquired)}) {'was' if sent == 1 else 'were'} referred"
    return sentence(f"{text}; {_still(sheet, currency)}")


def _still(sheet: Sheet, currency: str) -> str:
    """Say how many of the referred are still active, who sent those, and what they have brought."""
    whole = sheet.whole
    if not whole.referred:
        return "none of them is still active"
    one = whole.referred == 1
    who = "it" if whole.referred_won == 1 else f"{count(whole.referred)} of these"
    text = f"{who} {'is' if one else 'are'} still active, sent by {people(whole.referrers)}"
    if not sheet.known.value:
        return text
    return f"{text}, and {'has' if one else 'have'} brought {money(whole.referred_value, currency)} so far"


def note(sheet: Sheet, word: str, *, hides: bool) -> str:
    """Say what stands in the brackets of the board's table, and what "hidden" means where it is written."""
    lost = "what the lost had brought in their last active year"
    if any((~table.hidden.astype(bool)).any() for table in sheet.reasons.values()):
        lost += ", with the reason most often named where enough gave it"
    told = [f"the {word} of the new at the close", lost]
    if sheet.known.referrals:
        told.append("after the referred, how many others the group itself sent")
    text = sentence(f"in brackets: {'; '.join(told)}")
    return f"{text} Hidden is what would let the {word} of few customers be worked out." if hides else text


def candidates(
    plan: Plan | None,
    differences: Mapping[str, Difference | None],
    sheet: Sheet,
    currency: str,
    word: str,
) -> list[Candidate]:
    """Weigh what cohorts and the board found, in money; see `decisions.base_candidates`."""
    return [
        _weaker_joiners(plan, differences.get("margin"), currency, word),
        _loss(sheet, currency),
    ]


def _weaker_joiners(plan: Plan | None, found: Difference | None, currency: str, word: str) -> Candidate:
    """Point at joiners who measurably bring less than those before them at the same age."""
    if plan is None or found is None or not found.measurable or found.change > 0:
        return NOTHING
    less = -found.change * plan.latest.customers
    return less, sentence(
        f"the {people(plan.latest.customers)} won {spans.of(plan.latest)} had brought {money(-found.change, currency)}"
        f" of {word} less each {people(plan.age, 'month')} after the month of acquisition than those won {spans.of(plan.earlier)},"
        f" {money(less, currency)} in all: look at which ways of winning customers have grown, and what their customers bring"
    )


def _loss(sheet: Sheet, currency: str) -> Candidate:
    """Point at the segment that took most money, winning its customers included."""
    best = NOTHING
    for dimension, found in sheet.winning.items() if sheet.months == 12 else ():
        for segment, row in found.items():
            shown = (
                segment not in sheet.hidden.get(dimension, ())
                and ("profit", dimension, segment) not in sheet.suppressed
            )
            told = dimension not in ("all", "core_status") and shown
            if not told or row.profit is None or row.profit >= -best[0] or row.acquired < FEW:
                continue
            best = (
                float(-row.profit),
                sentence(
                    f"over the year {quoted(segment)} by {dimension.replace('_', ' ')} took"
                    f" {money(-row.profit, currency)} more than it brought, {money(row.cost, currency)} of it for winning"
                    f" {people(row.acquired)}: decide what such customers are to bring, and by when, before more are"
                    " won that way"
                ),
            )
    return best
