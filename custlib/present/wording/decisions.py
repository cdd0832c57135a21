"""At most three things worth a decision: computed, with their money, and blaming nobody.

Candidates come as (weight, sentence) pairs; those without a sentence have nothing to say this month.
"""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from custlib.measure.figures import YearOfMargin, exchange_rate
from custlib.measure.reconcile import Reconciliation
from custlib.present.numbers import count, decimal, money, share, signed, writer
from custlib.present.wording.words import people, quoted, sentence

MUCH_UNATTRIBUTED = Decimal("0.05")
MANY_RETURNS = 0.20
MOST = 0.5

Candidate = tuple[float, str]
NOTHING: Candidate = (0.0, "")


def decisions(candidates: Sequence[Candidate], most: int = 3) -> list[str]:
    """Keep the weightiest candidates that have something to say."""
    kept = [(weight, text) for weight, text in candidates if text]
    return [text for _, text in sorted(kept, key=lambda item: -abs(item[0]))[:most]]


def base_candidates(
    row: pd.Series | None,
    lost: YearOfMargin,
    new: YearOfMargin,
    segments: pd.DataFrame,
    currency: str,
    word: str,
    *,
    months: int,
) -> list[Candidate]:
    """Weigh what the customer base page found, in money.

    `lost` are the leavers of the comparison. A month's movements are too much noise, and its leavers' value
    has run out, so that only an annual comparison gives anything to decide.
    """
    if months != 12:
        return []
    return [
        _replacing(lost, new, currency, word),
        _shrinking(row, currency, word),
        _segment(segments, currency, word),
        _growing_without_value(row, currency, word),
        _draining(row, currency, word),
    ]


def quality_candidates(
    log: Reconciliation, windows: pd.DataFrame, window: int, currency: str
) -> list[Candidate]:
    """Weigh what the data quality page found."""
    return [_nameless(log, currency), _leaky_window(windows, window)]


def _replacing(lost: YearOfMargin, new: YearOfMargin, currency: str, word: str) -> Candidate:
    """Weigh keeping against winning where a joiner brings less than a leaver did."""
    rate = exchange_rate(lost, new)
    if rate is None or rate <= 1 or lost.margin is None:
        return NOTHING
    return float(lost.margin), sentence(
        f"it takes {decimal(rate, 1)} new customers to replace one lost, and the year's leavers had brought"
        f" {money(lost.margin, currency)} of {word} in their last active year: weigh what is spent on winning"
        " customers against what is spent on keeping them"
    )


def _shrinking(row: pd.Series | None, currency: str, word: str) -> Candidate:
    """Point at silent loss where those who stayed took more away than leavers did."""
    if row is None or row.decline <= row.lost_value:
        return NOTHING
    return float(row.decline), sentence(
        f"customers who stayed but brought less took {money(row.decline, currency)} of {word} away, more than those who"
        f" left ({money(row.lost_value, currency)}): ask what changed for them, since no count of lost customers shows it"
    )


def _growing_without_value(row: pd.Series | None, currency: str, word: str) -> Candidate:
    """Point at a base that gains people and loses value."""
    if row is None or not (row.closing > row.opening and row.closing_value < row.opening_value):
        return NOTHING
    fall = row.opening_value - row.closing_value
    more = people(row.closing - row.opening, "customer") + " more"
    return float(fall), sentence(
        f"the base has {more} and {money(fall, currency)} less {word}: decide whether the aim for the year is a number of customers or their worth"
    )


def _draining(row: pd.Series | None, currency: str, word: str) -> Candidate:
    """Point at a base that loses more customers and more value than come to it."""
    if row is None or row.closing >= row.opening or row.lost_value <= row.new_value + row.won_back_value:
        return NOTHING
    came = int(row.new + row.won_back)
    joined = (
        f"{people(came)} came with {money(row.new_value + row.won_back_value, currency)}"
        if came
        else "nobody came"
    )
    return float(row.lost_value - row.new_value), sentence(
        f"over the year {people(row.lost)} left with {money(row.lost_value, currency)} of {word} and {joined}: decide"
        " whether the base is to be filled again, and with whom"
    )


def _segment(table: pd.DataFrame, currency: str, word: str) -> Candidate:
    """Point at the one segment in which most of a dimension's fall in value lies."""
    best = NOTHING
    for dimension, rows in table.groupby("dimension", sort=True) if len(table) else ():
        known = rows[rows.change.notna()]
        falls = known[known.change < 0]
        if dimension == "core status" or len(known) < 2 or falls.empty:
            continue
        worst = falls.loc[falls.change.map(float).idxmin()]
        part = float(worst.change / falls.change.sum())
        if part >= MOST and abs(worst.change) > abs(best[0]):
            best = (
                float(worst.change),
                sentence(
                    f"of the {word} that groups by {dimension} lost over the year, {share(part)} was lost in one, {quoted(worst.segment)}"
                    f" ({signed(worst.change, writer(currency))}; {people(worst.opening)} then, {count(worst.closing)} now):"
                    " find out what these customers met with before deciding for the whole base"
                ),
            )
    return best


def _nameless(log: Reconciliation, currency: str) -> Candidate:
    """Point at money without a customer where it is more than a twentieth of the whole."""
    if log.source.amount <= 0 or log.unattributed.amount / log.source.amount <= MUCH_UNATTRIBUTED:
        return NOTHING
    part = log.unattributed.amount / log.source.amount
    return float(part), sentence(
        f"{money(log.unattributed.amount, currency)}, {share(part)} of the amount, cannot be linked to a customer: decide"
        " whether to identify more purchases, or to accept that these customers stay unseen"
    )


def _leaky_window(table: pd.DataFrame, window: int) -> Candidate:
    """Point at a window that calls many lost who are only pausing."""
    row = table[table.window == window]
    if row.empty or pd.isna(row.share.iloc[0]) or row.share.iloc[0] <= MANY_RETURNS:
        return NOTHING
    return float(row.share.iloc[0]), sentence(
        f"{share(row.share.iloc[0])} of those called lost by the window of {people(window, 'month')} came back: consider a"
        " longer window before acting on lists of lost customers"
    )
