"""Profit against Return on Customer in words: creating, investing, harvesting, destroying, and the alarm when the two part."""

from typing import Any

import pandas as pd

from custlib.periods import month_name
from custlib.present.numbers import count, money, percent, signed, writer
from custlib.present.wording.returns import (
    OPEN,
    UNSURE,
    USED_UP,
    YEAR,
    amount,
    base,
    everybody,
    known,
    members,
    period,
    points,
    signed_points,
    verdict,
    why_unsure,
)
from custlib.present.wording.words import listed, people, quoted, sentence, span_words

# Dimensions that say what customers did before, so that nobody can be won for them.
BY_THE_PAST = ("value_band", "core_status", "cohort")
# The point of all customers.
ALL = "All"
FIELDS = ("creating", "investing", "harvesting", "destroying")
MEANING = {
    "creating": "profit grew, and customers are worth more than before by more than they had to earn",
    "investing": "profit did not grow while customers earned more than they had to: it went into what is still to come",
    "harvesting": "profit grew while customers earned less than they had to: part of it was taken from what was still to come",
    "destroying": "profit did not grow, and customers earned less than they had to",
}


def message(found: Any) -> str:
    """Say in which of the four fields the company is, by profit against a year earlier and return against the hurdle."""
    months = period(found)
    if found.unsure:
        return sentence(
            f"profit is not set against the return, as the return is not judged: {why_unsure(found)}"
        )
    if (
        found.quadrant is None
        or months is None
        or not known(found.profit_now)
        or not known(found.profit_before)
    ):
        return sentence(
            f"profit cannot be set against the return yet: profit of {people(YEAR, 'month')} and of the {people(YEAR, 'month')} before has to be known, and a return"
        )
    row = found.returns[months]
    if not known(base(row).value) or not known(row.hurdle.value):
        return sentence("profit cannot be set against the return: what customers returned is not available")
    gap = base(row).value - row.hurdle.value
    side = "above" if gap >= 0 else "below"
    text = f"{_profit(found)} and the return lies {points(gap)} {side} the hurdle: {found.quadrant}, that is, {MEANING[found.quadrant]}"
    if not everybody(row):
        text += f". The return is that of the {members(row)}, as what winning new ones cost is not known"
    if verdict(row, found) in (OPEN, UNSURE):
        text += "; as the return may lie on the other side of the hurdle by chance, so may this"
    return sentence(text)


def _profit(found: Any) -> str:
    """Say how profit moved against a year earlier."""
    now, before, currency = found.profit_now, found.profit_before, found.currency
    change = now - before
    if not change:
        return f"profit stood at {money(now, currency)}, as a year before,"
    return (
        f"profit {'rose' if change > 0 else 'fell'} from {money(before, currency)} to {money(now, currency)}"
    )


def alarm(found: Any) -> str:
    """Warn, with both sums in money, where profit rises while the return stays below the hurdle; "" otherwise."""
    months = period(found)
    if (
        not found.alarm
        or found.unsure
        or months is None
        or not known(found.profit_now)
        or not known(found.profit_before)
    ):
        return ""
    row = found.returns[months]
    sums = f"{_profit(found)}, {money(found.profit_now - found.profit_before, found.currency)} more than {span_words(YEAR)} earlier"
    value = row.value_created
    used = (
        f"value of {amount(value, found.currency)} was used up"
        if value.value is not None and value.value < 0
        else "value was used up"
    )
    text = (
        f"{sums}, while {'customers' if everybody(row) else members(row)} returned {percent(base(row).value)} where {percent(row.hurdle.value)} had to be earned: {used}. A look at profit"
        " alone would not show it"
    )
    if verdict(row, found) != USED_UP:
        return sentence(f"{text}. The return lies so near the hurdle that this may be chance")
    return sentence(f"{text}. That both happened in the same months does not say that one made the other")


def history_message(history: pd.DataFrame) -> str:
    """Say in how many of the months known the twelve-month return lay beyond the hurdle, and since when it lies where it does."""
    rows = history[history.roc_12.notna() & history.hurdle_12.notna()] if len(history) else history
    if rows.empty:
        return sentence(f"the return over {people(YEAR, 'month')} is not known of any month yet")
    over = [float(row.roc_12) > float(row.hurdle_12) for row in rows.itertuples()]
    last, months = over[-1], list(rows.month)
    text = f"the return over {people(YEAR, 'month')} lay above the hurdle in {count(sum(over))} of {people(len(over), 'month')} known"
    if len(over) == 1:
        return sentence(
            f"the return over {people(YEAR, 'month')} is known of one month only, {month_name(months[0])}: it lay {'above' if last else 'below'} the hurdle"
        )
    begun = len(over) - 1
    while begun and over[begun - 1] == last:
        begun -= 1
    if begun:
        text += f"; since {month_name(months[begun])} it has been {'above' if last else 'below'}"
    return sentence(text)


def history_title(history: pd.DataFrame) -> str:
    """Say where the return over twelve months stands and stood a year ago, or at first."""
    rows = history[history.roc_12.notna() & history.hurdle_12.notna()] if len(history) else history
    if rows.empty:
        return f"The return over {people(YEAR, 'month')} cannot be shown yet"
    last = rows.iloc[-1]
    side = "above" if last.roc_12 > last.hurdle_12 else "below" if last.roc_12 < last.hurdle_12 else "at"
    text = f"The return stands at {percent(last.roc_12)}, {side} the hurdle of {percent(last.hurdle_12)}"
    if len(rows) > 1:
        first = rows.iloc[max(0, len(rows) - 1 - YEAR)]
        text += f"; {month_name(first.month)}: {percent(first.roc_12)}"
    return text


def alt_history(history: pd.DataFrame) -> str:
    """Describe the line, its interval and the hurdle."""
    rows = history[history.roc_12.notna()] if len(history) else history
    if rows.empty:
        return f"No line: the return over {people(YEAR, 'month')} is not available."
    first, last = rows.iloc[0], rows.iloc[-1]
    return (
        f"Line of the return over {people(YEAR, 'month')} with its 95% interval, from {percent(first.roc_12)} in {month_name(first.month)} to"
        f" {percent(last.roc_12)} in {month_name(last.month)}, lowest {percent(rows.roc_12.min())}, highest {percent(rows.roc_12.max())}; a dashed line"
        f" for the hurdle, last at {percent(last.hurdle_12)}."
    )


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Give the segments that may be shown."""
    return table[~table.hidden.astype(bool)] if len(table) else table


def segments_message(found: Any, dimension: str) -> str:
    """Say which segment created most value and which used up most, of those where chance hardly explains it."""
    by, currency = dimension.replace("_", " ") or "segment", found.currency
    rows = shown(found.segments.get(dimension, pd.DataFrame()))
    rows = rows[rows.value_created.notna()] if len(rows) else rows
    if rows.empty:
        return sentence(
            f"returns by {by} are not available, not meaningful, or of segments too small to show"
        )
    if found.unsure:
        return sentence(f"returns by {by} are told and not judged: {why_unsure(found)}")
    if dimension in BY_THE_PAST:
        return sentence(
            f"by {by} no segment is said to create or use up most: customers are in it for what they did before, and new ones all begin in the same"
        )
    if period(found) == 1 and found.seasonal:
        return sentence(
            f"returns by {by} are of one month, which is not judged as months here have their season"
        )
    made, used = beyond_noise(rows, above=True), beyond_noise(rows, above=False)
    told = []
    if len(made):
        row = made.loc[made.value_created.astype(float).idxmax()]
        told.append(f"{quoted(str(row.segment))} created most value, {_worth(row, currency)}")
    if len(used):
        row = used.loc[used.value_created.astype(float).idxmin()]
        told.append(
            f"{quoted(str(row.segment))} used up most{'' if made.size else ' value'}, {_worth(row, currency)}"
        )
    if not told:
        return sentence(f"by {by} no segment lies so far from the hurdle that chance would hardly explain it")
    text = f"by {by} {', and '.join(told)}"
    left = len(rows) - len(made) - len(used)
    if left:
        verb = "does" if left == 1 else "do"
        text += (
            f"; {count(left)} of {people(len(rows), 'segment')} {verb} not differ measurably from the hurdle"
        )
    return sentence(text)


def beyond_noise(rows: pd.DataFrame, *, above: bool) -> pd.DataFrame:
    """Give the segments that created value (`above`), or used it up, where chance hardly explains it."""
    ends = rows.value_low.astype(float) > 0 if above else rows.value_high.astype(float) < 0
    return rows[ends & ((rows.value_created.astype(float) > 0) == above)]


def _worth(row: Any, currency: str) -> str:
    """Write what a segment created or used up, and its return."""
    worth, rate = money(abs(float(row.value_created)), currency), rate_of(row)
    return f"{worth} at a return of {percent(rate)}" if known(rate) else worth


def rate_of(row: Any) -> Any:
    """Give the return by which a segment is judged: of all its customers, or without the new where their cost is not known."""
    return row.total if row.cost_known else row.roc


def moves_note() -> str:
    """Say how segments add up, and what a segment's figures do not say."""
    return sentence(
        "whoever changes segment takes their value along, which is the column of moves, not shown where few moved; a month's return counts for the segment in which it was opened, new customers and"
        " what winning them cost for the one in which they came. It says what was returned there, and not what made it so"
    )


def small_note(found: Any, dimension: str) -> str:
    """Say which segments were worth so little at the opening that a rate of it is not meaningful; "" without any."""
    rows = shown(found.segments.get(dimension, pd.DataFrame()))
    if not len(rows):
        return ""
    wild = rows[rows.roc.isna() & rows.value_created.notna()]
    if wild.empty:
        return ""
    names = listed([quoted(str(name)) for name in wild.segment])
    one = len(wild) == 1
    return sentence(
        f"{names} {'was' if one else 'were'} worth so little at the opening, beside what happened since, that a rate of it is not meaningful: read value created, in"
        " money"
    )


def map_points(found: Any, dimension: str) -> pd.DataFrame:
    """Give the points of the map: all, and the segments whose profit a year earlier is known; label, x, y."""
    rows: list[tuple[str, float, float]] = []
    months = period(found)
    if found.unsure:
        return pd.DataFrame(rows, columns=["label", "profit", "return"])
    if (
        months is not None
        and found.quadrant is not None
        and known(found.profit_now)
        and known(found.profit_before)
    ):
        row = found.returns[months]
        if known(base(row).value) and known(row.hurdle.value):
            gap = base(row).value - row.hurdle.value
            rows.append((ALL, float(found.profit_now - found.profit_before), float(gap)))
    table = shown(found.segments.get(dimension, pd.DataFrame()))
    if len(table):
        table = table.assign(rate=[rate_of(row) for row in table.itertuples()])
        told = table[table.rate.notna() & table.profit.notna() & table.profit_before.notna()]
        rows += [
            (
                str(row.segment),
                float(row.profit) - float(row.profit_before),
                float(row.rate) - float(row.hurdle),
            )
            for row in told.itertuples()
        ]
    return pd.DataFrame(rows, columns=["label", "profit", "return"])


def map_title(found: Any) -> str:
    """Name the field in which the company is."""
    if found.quadrant is None or found.unsure:
        return "Profit and return cannot be set against each other yet"
    return {
        "creating": "Creating: profit rose, and the return lies above the hurdle",
        "investing": "Investing: profit did not rise, and the return lies above the hurdle",
        "harvesting": "Harvesting: profit rose, while the return lies below the hurdle",
        "destroying": "Destroying: profit did not rise, and the return lies below the hurdle",
    }[found.quadrant]


def alt_map(points_drawn: pd.DataFrame, currency: str) -> str:
    """Describe the points of the map."""
    if points_drawn.empty:
        return "No points: profit a year earlier, or the return, is not available."
    write = writer(currency)
    said = [
        f"{row['label']} profit {signed(row['profit'], write)}, return {signed_points(row['return'])}"
        for row in points_drawn.to_dict("records")
    ]
    return f"Points by change of profit against a year earlier (across) and return less hurdle (upwards), in four fields: {'; '.join(said)}."
