"""What the base is worth, how sure that is, who holds it and how it is spread, in words."""

from typing import Any

from custlib.measure.equity import FAR, Estimate
from custlib.present.numbers import count, money, money_exact, money_interval, share
from custlib.present.wording import backtest, models
from custlib.present.wording.words import people, sentence

NOT = "what customers are worth is not available"


def lead(equity: Any, month: str) -> str:
    """Say what the base is worth and how sure that is; or, first, that this cannot be said or should not be relied on."""
    if not equity.available or equity.total.value is None:
        return sentence(f"what our customers are worth cannot be said: {models.why_not(equity.groups)}")
    if equity.backtest.verdict == "loses":
        return backtest.losing(equity.backtest)
    terms, total = equity.terms, equity.total
    who = f"the {people(equity.customers)} known at the end of {month}"
    if total.value == total.low == total.high == 0:
        return sentence(f"{who} are expected to bring no {terms.word} any more: {money(0, terms.currency)}")
    sure = _sure(total, terms.currency)
    if total.low is not None and total.high is not None and total.low <= 0 <= total.high:
        return sentence(
            f"whether {who} will bring more than they cost cannot be told: {money(total.value, terms.currency)}{sure}"
        )
    if total.value < 0:
        lost = money(-total.value, terms.currency)
        return sentence(
            f"{who} are expected to cost {lost} more than they bring: {money(total.value, terms.currency)}{sure}"
        )
    return sentence(
        f"{who} are worth {money(total.value, terms.currency)} of {terms.word} still to come{sure}"
    )


def _sure(found: Estimate, currency: str) -> str:
    """Write a figure's interval in brackets; where there is none, that it is not known how sure it is."""
    if found.low is None or found.high is None:
        return "; how sure that is cannot be said"
    return f" (95% interval {money_interval(found.low, found.high, currency)})"


def brackets(found: Estimate | Any, currency: str) -> str:
    """Write an amount with its interval in brackets: ``€520 (€480 to €560)``."""
    written = money(found.value, currency)
    if found.low is None or found.high is None or found.low != found.low or found.low == found.high:
        return written
    return f"{written} ({money_interval(found.low, found.high, currency)})"


def worth_message(equity: Any) -> str:
    """Say what one customer is worth: mean against median, and what lies so far ahead that nobody has seen it."""
    terms, mean, median = equity.terms, equity.mean, equity.median
    if not equity.available or mean.value is None:
        return sentence(NOT)
    text = f"a customer is worth {brackets(mean, terms.currency)} on average"
    if median is not None and median == median:
        text += f" and half of them no more than {money(median, terms.currency)}"
    if equity.beyond is not None and equity.total.value > 0:
        text += f"; {share(equity.beyond)} of all value lies more than {people(FAR, 'month')} ahead"
    return sentence(text)


def worth_arithmetic(equity: Any) -> str:
    """Write the mean out."""
    if not equity.available or equity.mean.value is None or not equity.customers:
        return ""
    exact = [money_exact(found.value, equity.terms.currency) for found in (equity.total, equity.mean)]
    return f"{exact[0]} / {people(equity.customers)} = {exact[1]}"


def active_message(expected: Estimate, active: Any, customers: int) -> str:
    """Set the customers expected to be still there against those active by the rule."""
    if expected.value is None:
        return sentence("how many customers are still there by the model is not available")
    text = f"by the model {_heads(expected)} of {people(customers)} are still customers"
    if active is None:
        return sentence(f"{text}; how many are active by the rule is not available")
    if expected.low == expected.high == float(active):
        return sentence(
            f"{text}, exactly those whom the rule calls active: a contract leaves nothing to guess"
        )
    rule = f"the rule calls {count(active)} active"
    inside = (
        expected.low is not None and expected.high is not None and expected.low <= active <= expected.high
    )
    if inside:
        return sentence(f"{text}; {rule}, which is no measurable difference")
    silent = active < expected.value
    why = (
        "some who are silent for longer than the window are expected back"
        if silent
        else "some who bought within the window have probably left already"
    )
    return sentence(f"{text}; {rule}, {'fewer' if silent else 'more'}: {why}")


def _heads(found: Estimate) -> str:
    if found.low is None or found.high is None or found.low == found.high:
        return count(found.value)
    return f"{count(found.value)} ({count(found.low)} to {count(found.high)})"


def coverage_notes(equity: Any) -> list[str]:
    """Say what part of equity rests on customers whose beginning is not known, and who has no value at all."""
    told = []
    if equity.older_share:
        told.append(
            sentence(
                f"{share(equity.older_share)} of customer equity lies with customers who are older than the data by an unknown time; they"
                " are valued as if they had begun when they were first seen, which makes them look younger than they are"
            )
        )
    if equity.unvalued:
        told.append(
            sentence(
                f"{people(equity.unvalued)} without any qualifying activity or contract have no value here, and are in no total"
            )
        )
    return told


def checked(sums: int) -> str:
    """Say how many sums over customers were compared with the sum over patterns."""
    if not sums:
        return "There is no sum to compare, as customers are not valued."
    return sentence(
        f"customer equity was added up over patterns and, in {people(sums, 'other way')}, over customers: all agree"
    )
