"""At most three things worth a decision: computed, with their money, and blaming nobody."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from custlib.measure.figures import YearOfMargin, exchange_rate
from custlib.present.numbers import count, decimal, money, share
from custlib.present.wording.words import people, sentence


def decisions(candidates: Sequence[tuple[Decimal | float, str]], most: int = 3) -> list[str]:
    """Keep the weightiest candidates, each a (weight, sentence) pair; sentences without text are dropped."""
    kept = [(abs(weight), text) for weight, text in candidates if text]
    return [text for _, text in sorted(kept, key=lambda item: -item[0])[:most]]


def replacing(lost: YearOfMargin, new: YearOfMargin, currency: str, word: str) -> tuple[Decimal, str]:
    """Weigh keeping against winning where a joiner brings less than a leaver did."""
    rate = exchange_rate(lost, new)
    if rate is None or rate <= 1 or lost.margin is None:
        return Decimal(0), ""
    return lost.margin, sentence(
        f"one lost customer takes {decimal(rate, 1)} new ones to replace, and those who left had brought"
        f" {money(lost.margin, currency)} of {word} in their last active year: weigh what is spent on winning"
        " customers against what is spent on keeping them"
    )


def shrinking(row: pd.Series | None, currency: str, word: str) -> tuple[Decimal, str]:
    """Point at silent loss where those who stayed took more away than those who left."""
    if row is None or row.decline <= row.lost_value or row.decline <= row.growth:
        return Decimal(0), ""
    return row.decline - row.growth, sentence(
        f"customers who stayed but bought less took {money(row.decline, currency)} of {word} away over the year, more"
        f" than those who left ({money(row.lost_value, currency)}) and more than others added: ask what changed for them"
    )


def segment_in_decline(table: pd.DataFrame | None, name: str, currency: str, word: str) -> tuple[Decimal, str]:
    """Point at the segment whose value fell most over the year, where it accounts for most of the fall."""
    if table is None or len(table) < 2:
        return Decimal(0), ""
    change = table.closing_value - table.opening_value
    worst = min(change.index, key=lambda segment: change[segment])
    fall = sum((value for value in change if value < 0), Decimal(0))
    if not fall or change[worst] / fall < Decimal("0.5"):
        return Decimal(0), ""
    row = table.loc[worst]
    return -change[worst], sentence(
        f"{share(change[worst] / fall)} of the value lost by shrinking groups over the year lies in one: {name}"
        f" {worst} ({money(change[worst], currency)} of {word}, {people(row.opening)} then, {count(row.closing)} now)."
        " Find out what these customers met with before deciding on the whole base"
    )


def nameless(unattributed: Decimal, source: Decimal, currency: str) -> tuple[Decimal, str]:
    """Point at money without a customer where it is more than a twentieth of the whole."""
    if source <= 0 or unattributed / source <= Decimal("0.05"):
        return Decimal(0), ""
    return unattributed, sentence(
        f"{money(unattributed, currency)}, {share(unattributed / source)} of the amount, cannot be linked to a customer:"
        " decide whether to identify more purchases, or to accept that these customers stay unseen"
    )


def leaky_window(window: int, came_back: float | None) -> tuple[float, str]:
    """Point at a window that calls many lost who are only pausing."""
    if came_back is None or came_back <= 0.20:
        return 0.0, ""
    return came_back, sentence(
        f"{share(came_back)} of those called lost by the window of {people(window, 'month')} came back: consider"
        " a longer window before acting on lists of lost customers"
    )
