"""What moved the value of the base, and what leavers and joiners are worth, in words."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from custlib.measure.figures import YearOfMargin, exchange_rate
from custlib.measure.series import largest
from custlib.present.numbers import Writer, count, decimal, money, money_exact, signed, writer
from custlib.present.wording.words import CANNOT, listed, people, quoted, sentence, span_words


def contributions(row: pd.Series) -> dict[str, Decimal]:
    """Give the signed lines of a value bridge under the words used for them."""
    return {
        "customers who joined": row.new_value,
        "customers who came back": row.won_back_value,
        "customers who stayed and grew": row.growth,
        "customers who left": -row.lost_value,
        "customers who stayed and shrank": -row.decline,
    }


def bridge_message(row: pd.Series | None, currency: str, word: str, months: int) -> str:
    """Say which lines moved the value of the base most over the comparison."""
    if row is None or row.closing_value is None:
        return sentence(f"{CANNOT} what moved the value of the base over a year or a month")
    change, write = row.closing_value - row.opening_value, writer(currency)
    parts = [f"{name} ({signed(value, write)})" for name, value in largest(contributions(row))]
    verb = "rose" if change > 0 else "fell" if change < 0 else "did not change"
    by = f" by {money(abs(change), currency)}" if change else ""
    span = "the year" if months == 12 else "the month"
    moved = f"; the largest movements were {listed(parts)}" if parts else ""
    return sentence(f"over {span} the {word} of active customers {verb}{by}{moved}")


def value_arithmetic(row: pd.Series | None, currency: str) -> str:
    """Write the value bridge out, to the hundredth."""
    if row is None or row.closing_value is None:
        return ""

    def exact(value: Decimal) -> str:
        return money_exact(value, currency)

    minus = "\N{MINUS SIGN}"
    return (
        f"{exact(row.opening_value)} at the opening + {exact(row.new_value)} new + {exact(row.won_back_value)} won back"
        f" {minus} {exact(row.lost_value)} lost + {exact(row.growth)} growth {minus} {exact(row.decline)} decline"
        f" = {exact(row.closing_value)}"
    )


def exchange_message(
    lost: YearOfMargin,
    new: YearOfMargin,
    currency: str,
    word: str,
    *,
    year: YearOfMargin | None = None,
) -> str:
    """Say what a leaver brought in a last year against what a joiner brings in a first.

    `year` are the leavers of twelve months, which few single months' leavers resemble.
    """
    if lost.margin is None or new.margin is None:
        return sentence(
            f"{CANNOT} what leavers brought in their last active year against joiners in their first"
        )
    if lost.per_head is None or new.per_head is None:
        return "Nobody left or nobody joined, so there is no rate at which one replaces the other."
    heads = (
        f"a customer who left this month had brought {money(lost.per_head, currency)} of {word} in the last active year,"
        f" a new one brings {money(new.per_head, currency)} in the first"
    )
    rate, yearly = exchange_rate(lost, new), exchange_rate(year, new) if year else None
    if rate is None:
        return sentence(f"{heads}; how many would replace one is then not meaningful")
    text = f"{heads}: it takes {decimal(rate, 1)} new customers to replace one lost"
    return sentence(
        text + (f", and {decimal(yearly, 1)} by the leavers of the last twelve months" if yearly else "")
    )


def exchange_arithmetic(lost: YearOfMargin, new: YearOfMargin, currency: str) -> str:
    """Write out the two averages behind the exchange rate."""
    if lost.per_head is None or new.per_head is None:
        return ""
    return (
        f"{money_exact(lost.margin, currency)} / {people(lost.customers, 'leaver')} ="
        f" {money_exact(lost.per_head, currency)}; {money_exact(new.margin, currency)} /"
        f" {people(new.customers, 'joiner')} = {money_exact(new.per_head, currency)}"
    )


def segments_message(
    table: pd.DataFrame, currency: str, word: str, months: int, *, dimensions: Sequence[str]
) -> str:
    """Name the segment that gained most value and the one that lost most."""
    if not dimensions:
        return "No segments are set in the company file."
    if table.empty:
        return sentence(f"{CANNOT} how segments moved, or each is too small to show")
    known = table[table.change.notna() & (table.dimension != "core status")]
    known = known if len(known) else table[table.change.notna()]
    write: Writer = writer(currency)
    best, worst = (
        known.loc[pick] for pick in (known.change.map(float).idxmax(), known.change.map(float).idxmin())
    )

    def named(row: pd.Series) -> str:
        heads = int(row.closing - row.opening)
        noun = "customer" if abs(heads) == 1 else "customers"
        return f"{quoted(row.segment)} by {row.dimension} ({signed(row.change, write)} of {word}, {signed(heads)} {noun})"

    span = span_words(months)
    if best.change == worst.change == 0:
        return sentence(f"over {span} no segment shown gained or lost {word}")
    if best.change <= 0:
        return sentence(f"over {span} no segment shown gained {word}; most was lost in {named(worst)}")
    if worst.change >= 0:
        return sentence(f"over {span} every segment shown held or gained {word}, most of all {named(best)}")
    return sentence(f"over {span} most {word} was lost in {named(worst)} and most gained in {named(best)}")


def checked_note(bridges: int) -> str:
    """Say how many bridges were checked to close."""
    return sentence(
        f"{count(bridges)} bridges of customers and of money were checked, and close to the last digit"
    )
