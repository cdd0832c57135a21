"""Winning customers and keeping them, in words: cost by channel against what it brings, payback, and what a point of retention is worth."""

from typing import Any

import pandas as pd

from custlib.measure.roc_history import HISTORY
from custlib.present.numbers import count, decimal, money, number, percent
from custlib.present.wording import returns
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.quadrants import BY_THE_PAST, beyond_noise, rate_of, shown
from custlib.present.wording.returns import amount, known
from custlib.present.wording.won_and_lost import ALL, channels, first_month, line
from custlib.present.wording.words import listed, people, quoted, sentence


def message(joiners: pd.DataFrame, currency: str, *, valued: bool | None = None) -> str:
    """Say what was spent on winning customers against what they brought and are worth, and by which channel most was lost.

    Parameters
    ----------
    valued
        Whether the page of customer equity has values at all: without them nothing is known of those won, however many they are.
        None where that is not known here.
    """
    whole = line(joiners, "segment", ALL)
    if whole is None and valued is not True:
        few = ", or too few were won" if valued is None else ", as the page of customer equity has none"
        return sentence(
            "what winning customers cost cannot be set against what they are worth: values of those won in the latest 12 months are not"
            f" available{few}"
        )
    if whole is None or not known(whole.customers) or not int(whole.customers):
        return "Nobody, or too few, were won in the latest 12 months, so there is nothing to set against what winning them cost."
    if not known(whole.cost) or not known(whole.value):
        return "What winning a customer cost cannot be set against what one is worth: one of the two is not known for enough of them."
    brings = float(whole.value) + first_month(whole)
    text = (
        f"winning {people(whole.customers)} cost {money(whole.cost, currency)} each; each brought {money(first_month(whole), currency)} in the first month and was then"
        f" worth {money(whole.value, currency)}, together {money(abs(brings - float(whole.cost)), currency)}"
        f" {'more' if brings >= whole.cost else 'less'} than the cost"
    )
    dear = _dear(joiners)
    if len(dear):
        row = dear.loc[_short(dear).idxmax()]
        found = float(row.value) + first_month(row)
        bring = (
            f"for {money(found, currency)}"
            if found > 0
            else f"for customers who cost {money(-found, currency)} more than they bring"
        )
        text += f"; {quoted(str(row.segment))} cost {money(row.cost, currency)} {bring}"
        more = len(dear) - 1
        text += (
            f", and {count(more)} more {'channel' if more == 1 else 'channels'} cost more than their customers are worth"
            if more
            else ""
        )
    return sentence(text)


def _short(table: pd.DataFrame) -> pd.Series:
    """Give what is missing for all customers of a channel: cost less first month and value."""
    each = table.cost.astype(float) - table.value.astype(float) - table.first_month.astype(float).fillna(0)
    return each * table.customers.astype(float)


def _dear(joiners: pd.DataFrame) -> pd.DataFrame:
    """Give the channels whose customers cost more than they are worth, by more than chance."""
    table = channels(joiners)
    table = table[table.cost.notna() & table.high.notna()] if len(table) else table
    if table.empty:
        return table
    return table[
        table.cost.astype(float) > table.high.astype(float) + table.first_month.astype(float).fillna(0)
    ]


def payback_message(joiners: pd.DataFrame) -> str:
    """Say after how many months each channel has earned back what winning its customers cost."""
    if not len(joiners) or "payback" not in joiners or joiners.cost.isna().all():
        return "When what winning customers cost is earned back is not available."
    table = joiners[joiners.cost.notna()]
    if len(channels(joiners)):
        table = table[table.segment != ALL]
    back = table[table.payback.notna()].sort_values("payback", kind="stable")
    rest = table[table.payback.isna()]
    told = [f"{_who(row.segment)} {after(row.payback)}" for row in back.itertuples()]
    text = (
        f"what winning customers cost was earned back by {listed(told)}"
        if told
        else "what winning customers cost has not been earned back in the months seen, as far as is known"
    )
    if told and len(rest):
        names = [_who(row.segment) for row in rest.itertuples()]
        text += f"; by {listed(names)} not in the months seen, as far as is known"
    return sentence(text)


def after(months: Any) -> str:
    """Write when a cost was earned back: ``after 4 months``, ``in the month of acquisition``."""
    return f"after {people(int(months), 'month')}" if months else "in the month of acquisition"


def payback_note() -> str:
    """Say of whom payback is read off."""
    return sentence(
        f"payback is read off customers won in the latest {people(HISTORY, 'month')}: the month after acquisition by whose end they had brought, on the mean of those"
        " who have had the time, what winning one of the latest costs"
    )


def _who(segment: Any) -> str:
    return "all of them together" if segment == ALL else f"those won by {quoted(str(segment))}"


def retention_message(point: Any, currency: str) -> str:
    """Say what a point of retention is worth."""
    if point is None or not known(point.value.value):
        return "What keeping more customers would be worth is not available."
    much = decimal(point.points, 0 if float(point.points).is_integer() else 1)
    many = f"{much} percentage point{'' if much == '1' else 's'}"
    text = f"were {many} more of those who are customers today still there in {people(returns.YEAR, 'month')}, {_heads(point.customers)}, customer equity would"
    if point.value.value <= 0:
        return sentence(f"{text} not be higher")
    return sentence(
        f"{text} be {amount(point.value, currency)} higher; those kept are taken for such as leave, and not for the best"
    )


def _heads(value: Any) -> str:
    """Write an expected number of customers: below ten with one digit after the point."""
    exact = number(value)
    if exact is None:
        return "an unknown number of them"
    written = decimal(exact, 0 if exact >= 10 else 1)
    return f"{written} customer{'' if written in ('1', '1.0') else 's'}"


def retention_note() -> str:
    """Say what the worth of a point of retention leaves out."""
    return sentence(
        "what it costs to keep them nobody knows from these data, nor whether anything done would keep them; it is the most that could be spent on it, and a test"
        " with and without would tell more"
    )


def candidates(found: Any) -> list[Candidate]:
    """Weigh what the page found, in money."""
    if returns.period(found) is None or found.unsure:
        return []
    return [_used_up(found), _segment(found), _channel(found), _retention(found)]


def _used_up(found: Any) -> Candidate:
    """Point at value used up beyond chance, first of all where profit rose."""
    row = found.returns[returns.period(found)]
    value = row.value_created
    if (
        returns.verdict(row, found) != returns.USED_UP
        or value.value is None
        or (row.months == 1 and found.seasonal)
    ):
        return NOTHING
    sum_ = f"customers earned {money(-value.value, found.currency)} less than they had to {returns.when(row, found)}"
    if found.alarm:
        return float(value.value), sentence(
            f"though profit rose, {sum_}: before profit is taken for success, find out in which months and lines of the ledger that arose"
        )
    return float(value.value), sentence(
        f"{sum_}: find out in which months, segments and lines of the ledger that arose, and begin there"
    )


def _segment(found: Any) -> Candidate:
    """Point at the segment that used up most value, beyond chance."""
    best, months = NOTHING, returns.period(found)
    if months == 1 and found.seasonal:
        return NOTHING
    for dimension, table in found.segments.items():
        rows = shown(table)
        if dimension in BY_THE_PAST or not len(rows):
            continue
        for row in beyond_noise(rows, above=False).itertuples():
            if row.value_created < best[0]:
                rate = rate_of(row)
                at = f" at a return of {percent(rate)}" if known(rate) else ""
                text = (
                    f"of the groups by {dimension.replace('_', ' ')} {quoted(str(row.segment))} used up most value, {money(-row.value_created, found.currency)}{at}:"
                    " ask what these customers met with before more of them are won"
                )
                best = (float(row.value_created), sentence(text))
    return best


def _channel(found: Any) -> Candidate:
    """Point at the channel on which most more was spent than its customers are worth."""
    dear = _dear(found.joiners)
    if dear.empty:
        return NOTHING
    short = _short(dear)
    row, lost = dear.loc[short.idxmax()], float(short.max())
    return lost, sentence(
        f"winning the {people(row.customers)} by {quoted(str(row.segment))} cost {money(lost, found.currency)} more than they have brought and are worth: decide"
        " what may be spent there, and what its customers would have to bring"
    )


def _retention(found: Any) -> Candidate:
    """Set what a point of retention is worth against what is spent on it."""
    point = found.retention_point
    if point is None or not known(point.value.value) or not known(point.value.low) or point.value.low <= 0:
        return NOTHING
    return float(point.value.value), sentence(
        f"a point of retention is worth {money(point.value.value, found.currency)}: set against it what is spent on keeping customers, and test on some of them"
        " whether it keeps anybody"
    )
