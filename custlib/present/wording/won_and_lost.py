"""What a new customer is worth against what winning one cost, and what a lost one was worth, in words."""

from typing import Any

import pandas as pd

from custlib.present.numbers import count, decimal, interval, money, money_exact, money_interval
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.equity import apart
from custlib.present.wording.words import people, quoted, sentence

ALL = "all"


def _row(table: pd.DataFrame, column: str, value: Any) -> Any:
    """Give the row of a table with a value; None where there is none."""
    rows = table[table[column] == value] if len(table) else table
    return rows.iloc[0] if len(rows) else None


def _known(value: Any) -> bool:
    return value is not None and value == value


def channels(joiners: pd.DataFrame) -> pd.DataFrame:
    """Give the rows by channel that may be shown; none where there is one only."""
    shown = joiners[(joiners.segment != ALL) & joiners.value.notna()] if len(joiners) else joiners
    return shown if len(shown) > 1 else shown.iloc[:0]


def _each(row: Any, currency: str) -> str:
    """Write what one is worth, with its interval where there is one."""
    written = money(row.value, currency)
    return f"{written} ({money_interval(row.low, row.high, currency)})" if _known(row.low) else written


def joiners_message(joiners: pd.DataFrame, currency: str, word: str) -> str:
    """Say what a new customer is worth, what winning one cost, and by which channel most and least."""
    whole = _row(joiners, "segment", ALL)
    if whole is None or not whole.customers:
        return "Nobody was won in the latest 12 months, so there is no new customer to value."
    if not _known(whole.value):
        return "What a new customer is worth is not available."
    text = (
        f"a customer won in the latest 12 months was worth {_each(whole, currency)} of {word} still to come at the end of the month of"
        " acquisition"
    )
    if _known(whole.first_month):
        text += f", after {money(whole.first_month, currency)} in that month"
    text += f"; {_against_cost(whole, currency)}"
    return sentence(text + _by_channel(channels(joiners), currency))


def _against_cost(row: Any, currency: str) -> str:
    """Set the worth of a new customer against what winning one cost."""
    if not _known(row.cost):
        return "what winning one cost is not recorded for enough of them"
    cost = money(row.cost, currency)
    if row.value <= 0:
        return f"winning one cost {cost}, which it is not expected to bring back"
    if row.cost <= 0:
        return "winning one cost nothing"
    if row.value < row.cost:
        return f"winning one cost more, {cost}"
    return (
        f"winning one cost {cost}, so that what was spent comes back {decimal(row.value / row.cost, 1)} times"
    )


def _by_channel(table: pd.DataFrame, currency: str) -> str:
    if table.empty:
        return ""
    best, worst = table.loc[table.value.astype(float).idxmax()], table.loc[table.value.astype(float).idxmin()]
    if not apart(best.low, best.high, worst.low, worst.high):
        return "; between the ways of winning them there is no measurable difference"
    return f"; most if won by {quoted(best.segment)}, {_each(best, currency)}, least by {quoted(worst.segment)}, {_each(worst, currency)}"


def joiners_title(joiners: pd.DataFrame, currency: str) -> str:
    """Say by which way of winning a new customer is worth most and least, or what one is worth against its cost."""
    whole, table = _row(joiners, "segment", ALL), channels(joiners)
    if whole is None or not whole.customers or not _known(whole.value):
        return "What a new customer is worth cannot be shown"
    if table.empty:
        against = f", winning one cost {money(whole.cost, currency)}" if _known(whole.cost) else ""
        return f"A new customer is worth {money(whole.value, currency)}{against}"
    # Where the interval reaches the cost, the difference may be chance.
    dear = table[table.cost.notna() & (table.cost > table.high)]
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
    known = joiners[joiners.value.notna()] if len(joiners) else joiners
    if known.empty:
        return "No dots: what a new customer is worth is not available."
    said = [
        f"{row.segment} {_each(row, currency)}"
        + (f", cost {money(row.cost, currency)}" if _known(row.cost) else "")
        for row in known.itertuples()
    ]
    return f"A dot per channel on the line of its 95% interval, and a stroke where the cost lies: {'; '.join(said)}."


def cohort(name: str) -> str:
    """Write a year or a quarter of acquisition: ``2025``, ``2025 Q1``, on one line."""
    return str(name).replace("Q", "\N{NO-BREAK SPACE}Q")


def cohorts_message(table: pd.DataFrame, currency: str, word: str) -> str:
    """Say what the earliest and the latest cohort have brought and are still to bring; the two are not added."""
    known = table[table.clv.notna()] if len(table) else table
    if known.empty:
        return "What customers won earlier are still to bring is not available."
    picked = known.iloc[[0, -1]] if len(known) > 1 else known
    said = []
    for row in picked.to_dict("records"):
        past = (
            f"have brought {money(row['to_date'], currency)} each so far"
            if _known(row["to_date"])
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
    month, year = _row(lost, "months", 1), _row(lost, "months", 12)
    row = month if month is not None and month.customers else year
    if month is None and year is None:
        return "What the lost were worth by customer lifetime value is not available."
    if row is None or not row.customers:
        return "Nobody was lost, so there is nobody to replace."
    when = "this month" if row is month else "over the year"
    if not _known(row.value):
        return sentence(
            f"what the {people(row.customers)} lost {when} were worth by customer lifetime value is not available"
        )
    text = (
        f"a customer lost {when} was worth {_each(row, currency)} of {word} still to come at the end of the last active month, before"
        " silence or a closure took it away"
    )
    if not row.new_customers:
        return sentence(f"{text}; nobody was won, so none can be said to replace one")
    if not _known(row.new_value):
        return sentence(f"{text}; what a new one is worth is not available")
    text += f"; a new one is worth {money(row.new_value, currency)} at the end of the first month"
    if not _known(row.rate):
        return sentence(f"{text}; how many replace one is then not meaningful")
    text += f": it takes {_rate(row)} new customers to replace one lost"
    if row is month and year is not None and _known(year.rate):
        text += f", and {decimal(year.rate, 1)} by the leavers of the latest twelve months"
    return sentence(text)


def _rate(row: Any) -> str:
    """Write how many replace one, with the interval of it."""
    told = decimal(row.rate, 1)
    if _known(row.rate_low) and row.rate_low <= 0:
        return f"{told} (at most {decimal(row.rate_high, 1)})"
    return (
        f"{told} ({interval(row.rate_low, row.rate_high, lambda value: decimal(value, 1))})"
        if _known(row.rate_low)
        else told
    )


def lost_arithmetic(lost: pd.DataFrame, currency: str) -> str:
    """Write the two means and their ratio out, for each length of comparison."""
    said = [
        f"{money_exact(row.value, currency)} / {money_exact(row.new_value, currency)} = {decimal(row.rate, 3)}"
        f" ({people(row.customers)} lost in {people(row.months, 'month')}, {count(row.new_customers)} won)"
        for row in (lost.itertuples() if len(lost) else ())
        if _known(row.rate)
    ]
    return "; ".join(said)


def candidates(equity: Any) -> list[Candidate]:
    """Weigh what the page found, in money; nothing where the model cannot be relied on."""
    if not equity.available or equity.backtest.verdict == "loses":
        return []
    currency = equity.terms.currency
    return [_dear(equity.joiners, currency), *_ceilings(equity, currency)]


def _dear(joiners: pd.DataFrame, currency: str) -> Candidate:
    """Point at the way of winning on which most more was spent than its customers are worth."""
    table = joiners[joiners.value.notna() & joiners.cost.notna()] if len(joiners) else joiners
    table = table[table.segment != ALL] if len(channels(joiners)) else table
    best = NOTHING
    for row in table.itertuples():
        short = float(row.cost - row.value) * int(row.customers)
        # Where the interval reaches the cost, the difference may be chance.
        if short <= -float(best[0]) or not _known(row.high) or row.high >= row.cost:
            continue
        won = "" if row.segment == ALL else f" by {quoted(row.segment)}"
        best = (
            -short,
            sentence(
                f"winning a customer{won} cost {money(row.cost, currency)}, and one is worth {money(row.value, currency)}: for the"
                f" {people(row.customers)} won in 12 months {money(short, currency)} more was spent than is expected back; decide what may be"
                " spent there"
            ),
        )
    return best


def _ceilings(equity: Any, currency: str) -> list[Candidate]:
    """Give what keeping and winning back may cost at most, by what is lost and what lies with the inactive."""
    found: list[Candidate] = []
    row, short = _row(equity.lost, "months", 12), equity.shortcut
    if row is not None and row.customers and _known(row.value) and row.value > 0:
        total = float(row.value) * int(row.customers)
        found.append(
            (
                total,
                sentence(
                    f"the {people(row.customers)} lost over the year were worth {money(total, currency)} when last active,"
                    f" {money(row.value, currency)} each: that is the most that keeping one may cost, where it does keep the customer; set it against"
                    " what is spent on keeping customers today"
                ),
            )
        )
    heads = 0 if short is None else equity.customers - int(short.active)
    if heads > 0 and short.residual_inactive and short.residual_inactive > 0:
        found.append(
            (
                float(short.residual_inactive),
                sentence(
                    f"the {people(heads)} who are inactive by the rule are still worth {money(short.residual_inactive, currency)},"
                    f" {money(short.residual_inactive / heads, currency)} each on average: decide what may be spent on winning them back, and on whom"
                ),
            )
        )
    return found
