"""What customers bring today against what is expected of them, and what to try first, in words."""

from typing import Any

import pandas as pd

from custlib.present.numbers import count, money
from custlib.present.wording.concentration import known
from custlib.present.wording.words import people, sentence

PROTECT, DEVELOP, CHEAPER, LET_GO = "protect", "develop", "serve cheaper", "let go"
HIGH = "high"
NOT_AVAILABLE = (
    "Today's value cannot be set against what is still to come: customer lifetime values are not available, as the page on customer"
    " equity says."
)


def cells(found: Any) -> pd.DataFrame:
    """Give the cells with anybody in them."""
    return found.cells[found.cells.customers.astype(int) > 0]


def message(found: Any, currency: str, word: str) -> str:
    """Say how many are to be protected and developed, what they bring and are still to bring, and how many bring less than a year ago."""
    if found is None or not len(cells(found)):
        return NOT_AVAILABLE
    told = list[str]()
    there = "are"
    for plan, verb in ((PROTECT, "protect"), (DEVELOP, "develop")):
        rows = found.plans[found.plans.plan == plan]
        if len(rows) and int(rows.customers.iloc[0]):
            there = "is" if not told and int(rows.customers.iloc[0]) == 1 else there
            told.append(f"{people(rows.customers.iloc[0])} to {verb}{_worth(rows.iloc[0], currency, word)}")
    if not told:
        return "No customer stands where protecting or developing comes first: the table says what does."
    return sentence(f"there {there} {'; '.join(told)}{_shrinking(found)}")


def _worth(row: Any, currency: str, word: str) -> str:
    verb = "brings" if int(row.customers) == 1 else "bring"
    brings = f" {verb} {money(row.margin, currency)} of {word} now" if known(row.margin) else ""
    comes = f"{money(row.equity, currency)} are still to come" if known(row.equity) else ""
    joined = (
        f"{brings}, and {comes}" if brings and comes else brings or (f", of whom {comes}" if comes else "")
    )
    return f", who{joined}" if brings else joined


def _shrinking(found: Any) -> str:
    """Say how many of those to protect bring less than a year ago, where all of them may be told of."""
    rows = cells(found)
    rows = rows[rows.plan == PROTECT]
    if rows.empty or rows.shrinking.isna().any():
        return ""
    many = int(rows.shrinking.sum())
    if not many:
        return "; of those to protect nobody brings less than a year ago"
    verbs = "brings less than a year ago, and comes" if many == 1 else "bring less than a year ago, and come"
    return f"; of those to protect {count(many)} {verbs} first"


def title(found: Any) -> str:
    """Say how many customers bring little now and are expected to bring much, or how many to protect."""
    if found is None or not len(cells(found)):
        return "Today's value against tomorrow's cannot be shown"
    rows = cells(found)
    hidden_gems = rows[(rows.now != HIGH) & (rows.to_come == HIGH)]
    many = int(hidden_gems.customers.sum())
    if many:
        verb = "is" if many == 1 else "are"
        return f"{people(many)} below the top today {verb} expected at the top tomorrow"
    return "Those at the top today are those expected at the top tomorrow"


def alt(found: Any) -> str:
    """Describe the map cell by cell."""
    if found is None or not len(cells(found)):
        return "No map: customer lifetime values are not available."
    said = [
        f"{row.now} now and {row.to_come} to come, {people(row.customers)}, {row.plan}"
        for row in cells(found).itertuples()
    ]
    return f"A map of customers, value now down and value to come across, with a plan in each cell: {'; '.join(said)}."


def note() -> str:
    """Say what a plan is, and what it is not."""
    return (
        "A plan is a place to begin, not a verdict on anybody: it follows from what customers bring and are expected to bring, and nobody"
        " knows from these data what an effort would change. Try it with a few, beside as many who go on as before."
    )
