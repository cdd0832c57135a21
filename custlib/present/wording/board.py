"""The board's five counts in words: what was earned, what winning cost, who sent whom."""

from collections.abc import Mapping
from decimal import Decimal

from custlib.measure.board import Winning
from custlib.measure.difference import Difference
from custlib.measure.figures import FEW
from custlib.measure.generations import Plan
from custlib.present.numbers import count, money, money_exact, share
from custlib.present.wording import spans
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.words import CANNOT, people, quoted, sentence, span_words

Segments = Mapping[str, Mapping[str, Winning]]


def profit_message(whole: Winning | None, months: int, currency: str, word: str, *, costs: bool) -> str:
    """Say what the base brought and what is left of it once winning customers is paid for."""
    span = span_words(months)
    if whole is None or whole.margin is None:
        return sentence(f"{CANNOT} what the base brought over {span}")
    text = f"over {span} all known customers brought {money(whole.margin, currency)} of {word}"
    if not costs:
        return sentence(f"{text}; what it cost to win customers is not recorded, so profit is not available")
    if whole.profit is None or whole.cost is None:
        return sentence(
            f"{text}; what it cost to win customers is recorded for {count(whole.with_cost)} of"
            f" {count(whole.acquired)} only, so profit is not available"
        )
    won = people(whole.acquired, "customer")
    if whole.profit < 0:
        return sentence(
            f"{text}; winning {won} cost {money(whole.cost, currency)}, {money(-whole.profit, currency)} more"
        )
    return sentence(
        f"{text}; winning {won} cost {money(whole.cost, currency)}, which leaves {money(whole.profit, currency)} of profit"
    )


def profit_arithmetic(whole: Winning | None, currency: str) -> str:
    """Write profit out."""
    if whole is None or whole.profit is None or whole.cost is None:
        return ""
    return (
        f"{money_exact(whole.margin, currency)} \N{MINUS SIGN} {money_exact(whole.cost, currency)}"
        f" = {money_exact(whole.profit, currency)}"
    )


def referrals_message(
    whole: Winning | None, new: int | None, months: int, currency: str, *, known: bool
) -> str:
    """Say how many of the new customers others had sent, and what those bring."""
    if not known:
        return "Who was referred by whom is not available: no customer list says it."
    if whole is None or new is None:
        return sentence(f"{CANNOT} how many new customers were referred")
    span = span_words(months)
    if not new:
        return sentence(f"over {span} nobody was new, so nobody was referred")
    if not whole.referred:
        return sentence(f"over {span} none of the {people(new, 'new customer')} was referred by another")
    text = f"over {span} {count(whole.referred)} of the {people(new, 'new customer')} ({share(whole.referred / new)}) were referred"
    return sentence(
        f"{text}, by {people(whole.referrers)}; they have brought {money(whole.referred_value, currency)} so far"
    )


def candidates(
    plan: Plan | None,
    differences: Mapping[str, Difference | None],
    segments: Segments,
    currency: str,
    word: str,
    *,
    months: int,
) -> list[Candidate]:
    """Weigh what cohorts and the board found, in money; see `decisions.base_candidates`."""
    return [
        _weaker_joiners(plan, differences.get("margin"), currency, word),
        _loss(segments, currency, word, months),
    ]


def _weaker_joiners(plan: Plan | None, found: Difference | None, currency: str, word: str) -> Candidate:
    """Point at joiners who measurably bring less than those before them at the same age."""
    if plan is None or found is None or not found.measurable or found.change > 0:
        return NOTHING
    less = -found.change * plan.latest.customers
    return less, sentence(
        f"the {people(plan.latest.customers)} won {spans.of(plan.latest)} had brought {money(-found.change, currency)}"
        f" of {word} less each by the age of {people(plan.age, 'month')} than those won {spans.of(plan.earlier)},"
        f" {money(less, currency)} in all: look at which ways of winning customers have grown, and what their customers bring"
    )


def _loss(segments: Segments, currency: str, word: str, months: int) -> Candidate:
    """Point at the segment that took most money, winning its customers included."""
    best = NOTHING
    for dimension, found in segments.items() if months == 12 else ():
        for segment, row in found.items():
            profit = row.profit
            if dimension == "core_status" or profit is None or profit >= 0 or row.acquired < FEW:
                continue
            if -profit > Decimal(best[0]):
                best = (
                    float(-profit),
                    sentence(
                        f"over the year {quoted(segment)} by {dimension.replace('_', ' ')} took {money(-profit, currency)} more than"
                        f" it brought, {money(row.cost, currency)} of it for winning {people(row.acquired)}: decide what such"
                        " customers are to bring, and by when, before more are won that way"
                    ),
                )
    return best
