"""What a new customer is worth against what winning one cost, and what a lost one was worth, in words."""

from typing import Any

import pandas as pd

from custlib.present.numbers import count, decimal, interval, money, money_exact, money_interval
from custlib.present.wording import backtest, models
from custlib.present.wording.holders import apart
from custlib.present.wording.words import people, quoted, sentence

ALL = "all"


def line(table: pd.DataFrame, column: str, value: Any) -> Any:
    """Give the row of a table with a value; None where there is none."""
    rows = table[table[column] == value] if len(table) else table
    return rows.iloc[0] if len(rows) else None


def known(value: Any) -> bool:
    """Say whether there is a number: neither None nor NaN."""
    return value is not None and value == value


def channels(joiners: pd.DataFrame) -> pd.DataFrame:
    """Give the rows by channel that may be shown; none where there is one only."""
    shown = joiners[(joiners.segment != ALL) & joiners.value.notna()] if len(joiners) else joiners
    return shown if len(shown) > 1 else shown.iloc[:0]


def _each(row: Any, currency: str) -> str:
    """Write what one is worth, with its interval where there is one."""
    written = money(row.value, currency)
    return f"{written} ({money_interval(row.low, row.high, currency)})" if known(row.low) else written


def joiners_message(joiners: pd.DataFrame, currency: str, word: str, *, available: bool = True) -> str:
    """Say what a new customer is worth, what winning one cost, and by which channel most and least."""
    whole = line(joiners, "segment", ALL)
    if not available or (whole is not None and whole.customers and not known(whole.value)):
        return "What a new customer is worth is not available."
    if whole is None or not whole.customers:
        return "Nobody, or too few, were won in the latest 12 months, so there is no new customer to value."
    text = (
        f"a customer won in the latest 12 months was worth {_each(whole, currency)} of {word} still to come at the end of the month of"
        " acquisition"
    )
    if known(whole.first_month):
        text += f", after {money(whole.first_month, currency)} in that month"
    text += f"; {_against_cost(whole, currency)}"
    return sentence(text + _by_channel(channels(joiners), currency))


def first_month(row: Any) -> float:
    """Give what winning a customer has brought in already: the margin of the month of acquisition, which no value holds."""
    return float(row.first_month) if known(row.first_month) else 0.0


def _against_cost(row: Any, currency: str) -> str:
    """Set what a new customer has brought and is worth against what winning one cost."""
    if not known(row.cost):
        return "what winning one cost is not recorded for enough of them"
    cost = money(row.cost, currency)
    brings = row.value + first_month(row)
    if brings <= 0 or (row.value <= 0 and brings < row.cost):
        return f"winning one cost {cost}, which it is not expected to bring back"
    if row.cost <= 0:
        return "winning one cost nothing"
    if brings < row.cost:
        return f"winning one cost more, {cost}"
    and_first = ", that month included" if known(row.first_month) else ""
    return f"winning one cost {cost}, so that what was spent comes back {decimal(brings / row.cost, 1)} times{and_first}"


def _by_channel(table: pd.DataFrame, currency: str) -> str:
    if table.empty:
        return ""
    best, worst = table.loc[table.value.astype(float).idxmax()], table.loc[table.value.astype(float).idxmin()]
    if not apart(best.low, best.high, worst.low, worst.high):
        return "; between the ways of winning them there is no measurable difference"
    return f"; most if won by {quoted(best.segment)}, {_each(best, currency)}, least by {quoted(worst.segment)}, {_each(worst, currency)}"


def joiners_title(joiners: pd.DataFrame, currency: str) -> str:
    """Say by which way of winning a new customer is worth most and least, or what one is worth against its cost."""
    whole, table = line(joiners, "segment", ALL), channels(joiners)
    if whole is None or not whole.customers or not known(whole.value):
        return "What a new customer is worth cannot be shown"
    if table.empty:
        against = f", winning one cost {money(whole.cost, currency)}" if known(whole.cost) else ""
        return f"A new customer is worth {money(whole.value, currency)}{against}"
    # Where the interval reaches the cost, the difference may be chance.
    dear = table[table.cost.notna() & (table.cost > table.high + table.first_month.fillna(0))]
    if len(dear) == 1:
        return f"Won by {quoted(dear.segment.iloc[0])}, customers cost more than they are worth"
    if len(dear):
        return (
            f"In {count(len(dear))} of {count(len(table))} channels, customers cost more than they are worth"
        )
    best, worst = table.loc[table.value.astype(float).idxmax()], table.loc[table.value.astype(float).idxmin()]
    if not apart(best.low, best.high, worst.low, worst.high):
        return "However they were won, no measurable difference in what new customers are worth"
    return f"Won by {quoted(best.segment)} a customer is worth {money(best.value, currency)}, by {quoted(worst.segment)} {money(worst.value, currency)}"


def alt_joiners(joiners: pd.DataFrame, currency: str) -> str:
    """Describe the dots with their lines, and the strokes of cost."""
    told = joiners[joiners.value.notna()] if len(joiners) else joiners
    if told.empty:
        return "No dots: what a new customer is worth is not available."
    said = [
        f"{row.segment} {_each(row, currency)}"
        + (f", cost {money(row.cost, currency)}" if known(row.cost) else "")
        for row in told.itertuples()
    ]
    return f"A dot per channel on the line of its 95% interval, and a stroke where the cost lies: {'; '.join(said)}."


def cohort(name: str) -> str:
    """Write a year or a quarter of acquisition: ``2025``, ``2025 Q1``, on one line."""
    return str(name).replace("Q", "\N{NO-BREAK SPACE}Q")


def cohorts_message(table: pd.DataFrame, currency: str, word: str) -> str:
    """Say what the earliest and the latest cohort have brought and are still to bring; the two are not added."""
    told = table[table.clv.notna()] if len(table) else table
    if told.empty:
        return "What customers won earlier are still to bring is not available."
    picked = told.iloc[[0, -1]] if len(told) > 1 else told
    said = []
    for row in picked.to_dict("records"):
        past = (
            f"have brought {money(row['to_date'], currency)} each so far"
            if known(row["to_date"])
            else "have brought an unknown amount so far"
        )
        said.append(
            f"those won in {cohort(row['cohort'])} {past}, with {money(row['clv'], currency)} each still to come"
        )
    return sentence(
        f"{'; '.join(said)}. The two are not added up: the one is {word} counted, the other a forecast, discounted to today"
    )


def lost_message(lost: pd.DataFrame, currency: str, word: str) -> str:
    """Say what a lost customer was worth at the end of its last active month, and how many new ones replace it."""
    month, year = line(lost, "months", 1), line(lost, "months", 12)
    row = month if month is not None and month.customers else year
    if month is None and year is None:
        return "What the lost were worth by customer lifetime value is not available."
    if row is None or not row.customers:
        return "Nobody was lost, so there is nobody to replace."
    when = "this month" if row is month else "over the year"
    if not known(row.value):
        return sentence(
            f"what the {people(row.customers)} lost {when} were worth by customer lifetime value is not available"
        )
    text = (
        f"a customer lost {when} was worth {_each(row, currency)} of {word} still to come at the end of the last active month, before"
        " silence or a closure took it away"
    )
    if not row.new_customers:
        return sentence(f"{text}; nobody was won, so none can be said to replace one")
    if not known(row.new_value):
        return sentence(f"{text}; what a new one is worth is not available")
    text += f"; a new one is worth {money(row.new_value, currency)} at the end of the first month"
    if not known(row.rate):
        return sentence(f"{text}; how many replace one is then not meaningful")
    text += f": it takes {_rate(row)} new customers to replace one lost"
    if row is month and year is not None and known(year.rate):
        text += f", and {decimal(year.rate, 1)} by the leavers of the latest twelve months"
    return sentence(text)


def lost_headline(equity: Any) -> str:
    """Say on another page what leavers were worth; first, where it is so, that it cannot be said or is not to be relied on."""
    if not equity.available:
        return sentence(
            f"what leavers were worth by customer lifetime value cannot be said: {models.why_not(equity.groups)}"
        )
    told = lost_message(equity.lost, equity.terms.currency, equity.terms.word)
    if equity.backtest.verdict == "loses":
        return f"{backtest.losing(equity.backtest)} By them, {told[0].lower()}{told[1:]}"
    return told


def _rate(row: Any) -> str:
    """Write how many replace one, with the interval of it."""
    told = decimal(row.rate, 1)
    if known(row.rate_low) and row.rate_low <= 0:
        return f"{told} (at most {decimal(row.rate_high, 1)})"
    return (
        f"{told} ({interval(row.rate_low, row.rate_high, lambda value: decimal(value, 1))})"
        if known(row.rate_low)
        else told
    )


def lost_arithmetic(lost: pd.DataFrame, currency: str) -> str:
    """Write the two means and their ratio out, for each length of comparison."""
    said = [
        f"{money_exact(row.value, currency)} / {money_exact(row.new_value, currency)} = {decimal(row.rate, 3)}"
        f" ({people(row.customers)} lost in {people(row.months, 'month')}, {count(row.new_customers)} won)"
        for row in (lost.itertuples() if len(lost) else ())
        if known(row.rate)
    ]
    return "; ".join(said)
