"""Titles, subtitles and alternative texts of figures: what the data say, made from the data."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.measure.figures import YearOfMargin, exchange_rate
from custlib.measure.series import Series, largest
from custlib.present.numbers import Writer, count, decimal, money, number, writer
from custlib.present.wording.value import contributions
from custlib.present.wording.words import UNCHANGED, compared, people, sentence, span_words, than


def subtitle(measure: str, facts: Mapping[str, Any]) -> str:
    """Write measure, place and period in one line."""
    when = f"to {facts['month']}" if facts.get("dated", True) else "of no known date"
    return f"{measure}, {facts['company']}, {when}"


def source(facts: Mapping[str, Any]) -> str:
    """Name where the numbers of a figure come from."""
    if not facts.get("dated", True):
        return f"{facts['company']}, own records without dates, filed under {facts['month']}"
    return f"{facts['company']}, own records to the end of {facts['month']}"


def line_title(series: Series, noun: str) -> str:
    """Say which way a line went over a year, or over a month where that is all there is."""
    if series.now is None:
        return sentence(f"{noun} cannot be shown yet").rstrip(".")
    for months, when in ((12, "a year ago"), (1, "a month ago")):
        words = compared(series.rate(months), less="less" if series.unit != "customers" else "fewer")
        change = series.change(months)
        if words == UNCHANGED:
            return f"{noun.capitalize()}: practically unchanged since {when}"
        if change is not None and series.unit == "share":
            now, then = series.now, series.back(months)
            if writer("share")(now) == writer("share")(then):
                return f"{noun.capitalize()} stood at {writer('share')(now)}, as {when}"
            return f"{noun.capitalize()} {'rose' if change > 0 else 'fell'} from {writer('share')(then)} to {writer('share')(now)} in {'a year' if months == 12 else 'a month'}"
        if words is not None:
            return f"{noun.capitalize()}: {words} than {when}"
    return sentence(f"{noun}: the past is too short to compare").rstrip(".")


def alt_line(noun: str, values: Sequence[Any], write: Writer) -> str:
    """Describe a line for those who cannot see it: its ends, its lowest and its highest point."""
    known = [exact for value in values if (exact := number(value)) is not None]
    if not known:
        return f"No line: {noun} are not available."
    return (
        f"Line of {noun}: from {write(known[0])} to {write(known[-1])}, lowest {write(min(known))},"
        f" highest {write(max(known))}."
    )


def in_and_out_title(flows: pd.DataFrame) -> str:
    """Say in how many of the months more came than left."""
    known = flows.dropna(subset=["new", "lost"])
    if known.empty:
        return "Who came and who left cannot be shown yet"
    gained = sum(row.new + row.won_back > row.lost for row in known.itertuples())
    if len(known) == 1:
        return f"{'More' if gained else 'No more'} customers came than left in the one month shown"
    if gained == len(known):
        return f"More customers came than left in each of {people(len(known), 'month')}"
    return f"More customers came than left in {gained} of {people(len(known), 'month')}"


def alt_flows(flows: pd.DataFrame) -> str:
    """Describe the monthly bars: the latest month and the totals."""
    known = flows.dropna(subset=["new", "lost"])
    if known.empty:
        return "No bars: the flows are not available."
    last = known.iloc[-1]
    return (
        f"Monthly bars; in {last.month} {count(last.new)} new and {count(last.won_back)} won back above the line,"
        f" {count(last.lost)} lost below it; over all months {count(known.new.sum() + known.won_back.sum())} came"
        f" and {count(known.lost.sum())} left."
    )


def bridge_measure(word: str, months: int) -> str:
    """Name what a value bridge measures."""
    return f"{word.capitalize()} of active customers, " + (
        "12 months against the 12 before" if months == 12 else "against a month earlier"
    )


def bridge_title(row: pd.Series | None, word: str, months: int) -> str:
    """Say which way value went and which line moved it most that way."""
    if row is None or row.closing_value is None:
        return "What moved the value of the base cannot be shown yet"
    change, when = (
        row.closing_value - row.opening_value,
        "Over the year" if months == 12 else "Over the month",
    )
    if not change:
        return f"{when} {word} stood still"
    lines = {name: value for name, value in contributions(row).items() if (value > 0) == (change > 0)}
    name = largest(lines, 1)[0][0].replace("customers", "those")
    return f"{when} {word} rose: {name} added most" if change > 0 else f"{when} {word} fell: {name} took most"


def alt_bridge(row: pd.Series | None, currency: str, word: str) -> str:
    """Describe the waterfall from opening to close."""
    if row is None or row.closing_value is None:
        return "No bars: the bridge is not available."
    write = writer(currency)
    return (
        f"Waterfall of {word} from {write(row.opening_value)} to {write(row.closing_value)}: new {write(row.new_value)},"
        f" won back {write(row.won_back_value)}, growth {write(row.growth)}, lost {write(row.lost_value)},"
        f" decline {write(row.decline)}."
    )


def exchange_title(lost: YearOfMargin, new: YearOfMargin) -> str:
    """Say how many joiners replace a leaver."""
    rate = exchange_rate(lost, new)
    if rate is None:
        return "How many new customers replace a lost one cannot be said"
    return f"It takes {decimal(rate, 1)} new customers to replace one lost this month"


def alt_exchange(lost: YearOfMargin, new: YearOfMargin, currency: str) -> str:
    """Describe the two bars."""
    return (
        "No bars: what leavers and joiners brought is not available."
        if lost.per_head is None or new.per_head is None
        else f"Two bars: a leaver brought {money(lost.per_head, currency)} in the last active year,"
        f" a joiner brings {money(new.per_head, currency)} in the first."
    )


def volume_message(rows: pd.DataFrame) -> str:
    """Say how the reported month's rows compare with the same month a year earlier, else with the month before."""
    known = [int(value) for value in rows.rows]
    if len(known) < 2:
        return f"{count(known[-1]) if known else 'No'} rows in the month: the past is too short to compare"
    back, when = (13, "in the same month a year ago") if len(known) >= 13 else (2, "in the month before")
    before = known[-back]
    if not before:
        return f"{count(known[-1])} rows in the month, none {when}"
    words = compared(Decimal(known[-1] - before) / before)
    return f"{count(known[-1])} rows in the month, {than(words, when, same='as many as')}"


def window_title(table: pd.DataFrame) -> str:
    """Say how returns fall from the shortest window to the longest."""
    known = table.dropna(subset=["share"])
    if len(known) < 2:
        return "The data are too short to compare windows"
    first, last, share = known.iloc[0], known.iloc[-1], writer("share")
    return (
        f"Called lost, yet came back: {share(first.share)} at {people(first.window, 'month')},"
        f" {share(last.share)} at {people(last.window, 'month')}"
    )


def reasons_title(reasons: pd.DataFrame, months: int) -> str:
    """Name the table of leavers by what it can tell of them."""
    courses = len(reasons) and (reasons.trend != "").any()
    return f"Customers lost over {span_words(months)}, by recorded reason" + (
        " or last purchases" if courses else ""
    )
