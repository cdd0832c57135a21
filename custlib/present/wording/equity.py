"""What the base is worth, how sure that is, who holds it and how it is spread, in words."""

from typing import Any

import pandas as pd

from custlib.measure.equity import FAR, Estimate
from custlib.present.numbers import count, money, money_exact, money_interval, share
from custlib.present.wording import backtest, models
from custlib.present.wording.words import people, quoted, sentence

NOT = "what customers are worth is not available"
# From this part of equity on, who holds it is said to hold most.
MOST = 0.5


def lead(equity: Any, month: str) -> str:
    """Say what the base is worth and how sure that is; or, first, that this cannot be said or should not be relied on."""
    if not equity.available or equity.total.value is None:
        return sentence(f"what our customers are worth cannot be said: {models.why_not(equity.groups)}")
    if equity.backtest.verdict == "loses":
        return backtest.losing(equity.backtest)
    terms, total = equity.terms, equity.total
    who = f"the {people(equity.customers)} known at the end of {month}"
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
    if found.low is None or found.high is None or found.low != found.low:
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
    if found.low is None or found.high is None:
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


def segments_message(table: pd.DataFrame, dimension: str, currency: str) -> str:
    """Say which segment holds most of the equity, and in which a customer is worth most and least."""
    if not dimension:
        return "No segments are set in the company file, so equity is not split."
    shown = table[~table.hidden.astype(bool) & table.equity.notna()] if len(table) else table
    if shown.empty:
        return sentence(
            f"what each segment by {_by(dimension)} holds is not available, or each is too small to show"
        )
    first = shown.loc[shown.equity.astype(float).idxmax()]
    if len(shown) == 1:
        return sentence(
            f"by {_by(dimension)} only {quoted(first.segment)} can be shown, with {_held(first, currency)}"
        )
    text = f"by {_by(dimension)} {quoted(first.segment)} holds most, {_held(first, currency, shown)}"
    best, worst = (
        shown.loc[shown["mean"].astype(float).idxmax()],
        shown.loc[shown["mean"].astype(float).idxmin()],
    )
    if not apart(best.mean_low, best.mean_high, worst.mean_low, worst.mean_high):
        return sentence(f"{text}; between the means per customer there is no measurable difference")
    each = [
        f"{money(row['mean'], currency)} ({money_interval(row.mean_low, row.mean_high, currency)})"
        for row in (best, worst)
    ]
    return sentence(
        f"{text}; a customer of {quoted(best.segment)} is worth most, {each[0]}, one of {quoted(worst.segment)} least, {each[1]}"
    )


def _held(row: Any, currency: str, shown: pd.DataFrame | None = None) -> str:
    """Write what a segment holds, with its share where all parts are above zero."""
    text = f"{money(row.equity, currency)} ({money_interval(row.low, row.high, currency)})"
    if row.share is None or row.share != row.share or (shown is not None and (shown.equity < 0).any()):
        return text
    return f"{text}, {share(row.share)} of customer equity"


def _by(dimension: str) -> str:
    return dimension.replace("_", " ")


def apart(low: Any, high: Any, other_low: Any, other_high: Any) -> bool:
    """Say whether two intervals leave a gap: then the difference is more than chance; NaN and None never do."""
    ends = [low, high, other_low, other_high]
    if any(end is None or end != end for end in ends):
        return False
    return bool(low > other_high or other_low > high)


def segments_title(table: pd.DataFrame, dimension: str) -> str:
    """Name the segment that holds most of the equity."""
    shown = table[~table.hidden.astype(bool) & table.equity.notna()] if len(table) else table
    if shown.empty:
        return "Who holds customer equity cannot be shown"
    first = shown.loc[shown.equity.astype(float).idxmax()]
    if (shown.equity < 0).any() or first.share != first.share:
        return f"Of all groups by {_by(dimension)}, {quoted(first.segment)} holds most customer equity"
    return f"{quoted(first.segment)} holds {share(first.share)} of customer equity"


def alt_segments(table: pd.DataFrame, currency: str) -> str:
    """Describe the dots and their lines."""
    shown = table[~table.hidden.astype(bool) & table.equity.notna()] if len(table) else table
    if shown.empty:
        return "No dots: equity by segment is not available."
    said = [
        f"{row.segment} {money(row.equity, currency)} ({money_interval(row.low, row.high, currency)})"
        for row in shown.itertuples()
    ]
    return f"A dot per segment on the line of its 95% interval: {'; '.join(said)}."


def top_fifth(holders: pd.DataFrame) -> float | None:
    """Give the share of equity that the most valuable fifth holds; None where shares mean nothing."""
    if len(holders) < 3 or holders.share.isna().any():
        return None
    return float(holders.share.iloc[:3].sum())


def spread_message(holders: pd.DataFrame, below_mean: float | None, currency: str) -> str:
    """Say how much the most valuable customers hold, and how many are worth less than the mean."""
    top = top_fifth(holders)
    if top is None:
        return "How equity is spread is not available, or not meaningful because all of it together is not above zero."
    first, last = holders.iloc[0], holders.iloc[-1]
    text = (
        f"the most valuable fifth of customers hold {share(top)} of customer equity, the most valuable hundredth"
        f" ({people(first.customers)}) {share(first.share)}, and the less valuable half {_half(last.share)}"
    )
    if below_mean is not None and below_mean == below_mean:
        text += f"; {share(below_mean)} of customers are worth less than the mean"
    return sentence(text)


def _half(held: float) -> str:
    return "less than nothing" if held < 0 else share(held)


def spread_title(holders: pd.DataFrame) -> str:
    """Say what the most valuable fifth holds."""
    top = top_fifth(holders)
    return (
        "How equity is spread cannot be said"
        if top is None
        else f"The most valuable fifth of customers hold {share(top)} of customer equity"
    )


def alt_spread(holders: pd.DataFrame, currency: str) -> str:
    """Describe the bars of the layers."""
    if top_fifth(holders) is None:
        return "No bars: how equity is spread is not available."
    said = [
        f"{row.layer} ({count(row.customers)} customers) {share(row.share)}, {money(row.mean, currency)} each"
        for row in holders.itertuples()
    ]
    return f"A bar per layer of customers, the most valuable first: {'; '.join(said)}."


def checked(sums: int) -> str:
    """Say how many sums over customers were compared with the sum over patterns."""
    if not sums:
        return "There is no sum to compare, as customers are not valued."
    return sentence(
        f"customer equity was added up over patterns and, in {people(sums, 'other way')}, over customers: all agree"
    )
