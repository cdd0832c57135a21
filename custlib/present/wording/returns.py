"""Return on Customer in words: was customer value created or used up, how sure is that, and what made it."""

from collections.abc import Callable
from typing import Any

from custlib.measure.equity import Estimate
from custlib.periods import add_months, month_name, months_between
from custlib.present.numbers import (
    decimal,
    interval,
    money,
    money_exact,
    money_interval,
    number,
    percent,
    signed,
)
from custlib.present.wording.words import people, sentence

YEAR = 12
# How a period is judged.
CREATED, USED_UP, OPEN, UNSURE, NOTHING, UNKNOWN = (
    "created",
    "used up",
    "open",
    "unsure",
    "nothing",
    "unknown",
)
CANNOT = "whether customer value was created or used up cannot be said"


def known(value: Any) -> bool:
    """Say whether there is a number: neither None nor NaN."""
    return number(value) is not None


def period(found: Any) -> int | None:
    """Give the longest period of which a return is known, in months; None where there is none."""
    there = [months for months, row in found.returns.items() if known(base(row).value) or not positive(row)]
    return max(there, default=None) if found.available or there else None


def positive(row: Any) -> bool:
    """Say whether customers were worth anything at the beginning, so that a return has a meaning."""
    return not known(row.opening) or float(row.opening) > 0


def everybody(row: Any) -> bool:
    """Say whether all customers are judged: where nobody knows what new ones cost, they would be value for nothing."""
    return bool(row.cost_known) and known(row.total.value)


def base(row: Any) -> Estimate:
    """Give the return that is judged: of all customers, or of those known before where the others' is not."""
    return row.judged if known(row.judged.value) else row.closed


def told(made: Estimate, found: Any) -> Estimate:
    """Give an estimate as the page tells it: without an interval where nobody knows how sure it is."""
    return Estimate(made.value) if found.unsure else made


def why_unsure(found: Any) -> str:
    """Say why returns are told and not judged; no full stop."""
    start = min(found.profits.margin, default=None)
    if found.at_limit or (start is not None and months_between(start, found.month) + 1 >= YEAR):
        return (
            "when a basis of these months was taken hardly anybody had been seen to leave, so that what customers are worth, and what they returned with it, hangs on"
            " what nobody has seen yet"
        )
    return f"less than {people(YEAR, 'month')} of data lie behind it, so that a season cannot be told from a change"


def verdict(row: Any, found: Any) -> str:
    """Judge a period: value was created or used up only where chance hardly explains it."""
    made, hurdle, value = base(row), row.hurdle, row.value_created
    if not positive(row) or made.value is None or hurdle.value is None:
        return UNKNOWN
    if found.unsure or made.low is None or made.high is None:
        return UNSURE
    if made.value == hurdle.value:
        return NOTHING if made.low == made.high else OPEN
    more = made.low > hurdle.value and not (value.low is not None and value.low <= 0)
    less = made.high < hurdle.value and not (value.high is not None and value.high >= 0)
    return CREATED if more else USED_UP if less else OPEN


def points(value: Any) -> str:
    """Write a difference of rates, without its sign: ``4.9 points``; what would round to nothing is said to be small."""
    written = decimal(abs(float(value)) * 100, 1)
    return "less than a tenth of a point" if written == "0.0" and value else f"{written} points"


def signed_points(value: Any) -> str:
    """Write a difference of rates with its sign: ``+1.1 points``."""
    return (
        f"{signed(float(value) * 100, lambda item: decimal(item, 1))} points" if known(value) else "unknown"
    )


def with_interval(found: Estimate, write: Callable[[Any], str] = percent) -> str:
    """Write an estimate with its interval in brackets, where it has one that says anything."""
    written = write(found.value)
    if not known(found.low) or not known(found.high) or write(found.low) == write(found.high) == written:
        return written
    return f"{written} ({interval(found.low, found.high, write)})"


def amount(found: Estimate, currency: str) -> str:
    """Write value created, or used up, as a sum without a sign, with its interval in the same direction."""
    if found.value is None or not known(found.value):
        return "an unknown sum"
    low, high = (found.low, found.high) if found.value >= 0 else (_less(found.high), _less(found.low))
    written = money(abs(found.value), currency)
    if not known(low) or not known(high) or low == high:
        return written
    return f"{written} ({money_interval(low, high, currency)})"


def _less(value: float | None) -> float | None:
    return None if value is None else -value


def members(row: Any) -> str:
    """Name those who were there before: over twelve months it is not one base that is followed, but one anew each month."""
    return f"customers known at the beginning of {'the' if row.months == 1 else 'each'} month"


def when(row: Any, found: Any) -> str:
    """Name the period of a return: ``over 12 months``, ``in June 2026``."""
    return f"in {month_name(found.month)}" if row.months == 1 else f"over {people(row.months, 'month')}"


def lead(found: Any) -> str:
    """Say whether customer value was created or used up; or why that cannot be said."""
    months = period(found)
    if months is None:
        return sentence(f"{CANNOT}: {why_not(found)}")
    row = found.returns[months]
    if not positive(row):
        return sentence(f"{CANNOT}: {_worthless(row, found)}")
    text = _judged(row, found)
    if not row.cost_known and verdict(row, found) != UNKNOWN:
        text += " What winning new ones cost is not recorded for enough of them, so that they are left out of the judgement."
    if months == YEAR:
        return text
    late = f"A return over {people(YEAR, 'month')} is not available yet."
    if found.seasonal and not found.unsure:
        late += " A month is not judged here, as its season would be judged with it."
    return f"{text} {late}"


def _judged(row: Any, found: Any) -> str:
    """Say what customers returned against what they had to earn."""
    judged, made, span = verdict(row, found), base(row), when(row, found)
    who = "our customers" if everybody(row) else f"the {members(row)}"
    if judged == UNKNOWN:
        return sentence(f"{CANNOT}: what customers returned {span} is not available")
    returned = f"{who} returned {with_interval(told(made, found))} on what they were worth"
    if found.unsure:
        return sentence(
            f"{span} {returned}, where {percent(row.hurdle.value)} had to be earned; whether customer value was created or used up is not judged:"
            f" {why_unsure(found)}"
        )
    if row.months == 1 and found.seasonal:
        return sentence(f"{span} {returned}, where {percent(row.hurdle.value)} had to be earned")
    if judged == OPEN:
        return sentence(
            f"whether we created customer value or used it up {span} cannot be told: {returned}, and the"
            f" {percent(row.hurdle.value)} that they had to earn lies within what chance allows"
        )
    gap = made.value - row.hurdle.value
    if judged == NOTHING:
        return sentence(
            f"{span} {returned}, just what they had to earn: value was neither created nor used up"
        )
    apart = f"{points(gap)} {'more' if gap > 0 else 'less'} than" if gap else "just what"
    text = f"{span} {returned}, {apart} they had to earn"
    if judged == UNSURE:
        return sentence(f"{text}; how sure that is cannot be said")
    done = CREATED if gap > 0 else USED_UP
    if known(row.value_created.value):
        return sentence(f"{text}: value of {amount(row.value_created, found.currency)} was {done}")
    return sentence(f"{text}: value was {done}")


def _worthless(row: Any, found: Any) -> str:
    return (
        f"at the beginning customers were worth {money(row.opening, found.currency)}, not more than nothing, so that a return on it is"
        " not meaningful"
    )


def why_not(found: Any) -> str:
    """Say why there is no return: before the basis, a basis that cannot be trusted, or nothing at the beginning; no full stop."""
    basis = people(found.basis_months, "month")
    if found.reason == "short":
        return (
            f"what customers were worth rests on what {basis} of data tell, and these are not the months that it judges; the return is there from"
            f" {_beginning(found)} on"
        )
    if found.reason == "not fitted":
        then = f" at the end of {month_name(found.basis_month)}" if found.basis_month else ""
        return (
            f"the model of who comes again and who leaves could not be fitted so that it can be relied on{then}; it stays so until a new"
            " basis is taken at the end of the year"
        )
    if found.reason == "opening not positive":
        return (
            "at the beginning customers were worth nothing, or less, so that a return on it is not meaningful"
        )
    return "nobody's value is known at both ends of the period"


def _beginning(found: Any) -> str:
    """Name the first month that has a return; in words where the beginning of the data is not known."""
    start = min(found.profits.margin, default=None)
    first = None if start is None else add_months(start, found.basis_months)
    if first is None or first <= found.month:
        return f"the first month after {people(found.basis_months, 'month')} of data"
    return month_name(first)


def literal_message(found: Any) -> str:
    """Give the return by the article's own formula, with the sums it is made of; a restatement is in it."""
    months = period(found)
    row = None if months is None else found.returns[months]
    if row is None or not known(row.literal.value):
        return "By the article's formula the return is not available, or not meaningful."
    currency, change = found.currency, float(row.change_with_restatement)
    written = money(abs(change), currency)
    opened = money(_opened(row), currency)
    moved = f"customer equity {'rose' if change > 0 else 'fell'} by {written} from {opened}"
    if not change:
        moved = f"customer equity stood at {opened} at both ends"
    text = (
        f"by the article's formula, word for word, the return {when(row, found)} is {with_interval(told(row.literal, found))}: {profit_words(row.profit, currency)}"
        f"{before_cost(row)}, and {moved}"
    )
    restated = float(getattr(found.ledgers.get(months), "restatement", 0) or 0)
    if restated:
        text += f", of which {signed(restated, lambda value: money(value, currency))} is a restatement by a new basis: the returns that follow leave it out"
    return sentence(text)


def _opened(row: Any) -> float:
    """Give the customer equity that the month before closed with."""
    return float(row.closing) - float(row.change_with_restatement)


def before_cost(row: Any) -> str:
    """Say that acquisition cost is not taken off, where it is not known."""
    return (
        "" if row.acquisition_cost is not None else " before what winning new ones cost, which is not known"
    )


def profit_words(value: Any, currency: str) -> str:
    """Write a profit or a loss: ``customers brought a profit of €1,200``."""
    if not known(value):
        return "what profit customers brought is not known"
    if value < 0:
        return f"customers brought a loss of {money(-value, currency)}"
    return (
        f"customers brought a profit of {money(value, currency)}" if value else "customers brought no profit"
    )


def literal_arithmetic(found: Any) -> str:
    """Write the article's formula out."""
    months = period(found)
    row = None if months is None else found.returns[months]
    if row is None or not known(row.literal.value):
        return ""
    parts = [money_exact(value, found.currency) for value in (row.profit, row.closing, _opened(row))]
    return (
        f"({parts[0]} + {parts[1]} \N{MINUS SIGN} {parts[2]}) / {parts[2]} = {percent(row.literal.value, 3)}"
    )


def parts_message(found: Any) -> str:
    """Say what the customers who were there returned, what winning new ones added or took, and what had to be earned."""
    months = period(found)
    row = None if months is None else found.returns[months]
    if row is None or not positive(row) or not known(row.closed.value):
        return "What the customers known at the beginning of each month returned is not available."
    text = f"the {members(row)} returned {with_interval(told(row.closed, found))}"
    if known(row.acquisition.value) and known(row.total.value):
        text += f"; {_added(row)}, which makes {with_interval(told(row.total, found))} for all"
    return sentence(f"{text}. {percent(row.hurdle.value)} had to be earned")


def _added(row: Any) -> str:
    """Say what winning new customers did to the return, after its cost where that is known."""
    value = row.acquisition.value
    cost = (
        "before what that cost, which is not known,"
        if row.acquisition_cost is None
        else "after what that cost,"
    )
    who = f"winning new ones (their first month and their value at its end), {cost}"
    if not value:
        return f"{who} added nothing"
    return f"{who} added {points(value)}" if value > 0 else f"{who} took {points(value)} away"


def parts_arithmetic(found: Any) -> str:
    """Write value created out: return less hurdle, times what customers were worth at the beginning."""
    months = period(found)
    row = None if months is None else found.returns[months]
    if row is None or verdict(row, found) == UNKNOWN or not known(row.value_created.value):
        return ""
    return (
        f"({percent(base(row).value, 3)} \N{MINUS SIGN} {percent(row.hurdle.value, 3)}) \N{MULTIPLICATION SIGN}"
        f" {money(row.opening, found.currency)} = {money(row.value_created.value, found.currency)}"
    )


def month_message(found: Any) -> str:
    """Say what the month alone returned, beside the twelve months; not judged where it has its season."""
    row = found.returns.get(1)
    if row is None or period(found) in (None, 1):
        return ""
    if not positive(row):
        return sentence(f"in {month_name(found.month)} alone, {_worthless(row, found)}")
    if not known(base(row).value):
        return sentence(f"what {month_name(found.month)} alone returned is not available")
    made = with_interval(told(base(row), found))
    text = (
        f"{month_name(found.month)} alone returned {made}, where {percent(row.hurdle.value)} had to be earned"
    )
    if found.unsure:
        return sentence(f"{text}; it is not judged either")
    if found.seasonal:
        return sentence(f"{text}; it is not judged, as months here have their season")
    judged = {
        CREATED: "value was created",
        USED_UP: "value was used up",
        NOTHING: "neither more nor less",
        UNSURE: "how sure that is cannot be said",
    }.get(verdict(row, found), "what lies between may be chance")
    return sentence(f"{text}: {judged}")
