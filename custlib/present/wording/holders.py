"""Who holds customer equity, and how it is spread, in words."""

from typing import Any

import pandas as pd

from custlib.present.numbers import count, money, money_interval, share
from custlib.present.wording.words import people, quoted, sentence


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
