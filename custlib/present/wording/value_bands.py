"""Value bands in words: what each brings, since when their thresholds stand, and where last year's customers went."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.periods import month_name
from custlib.present.numbers import count, money, share
from custlib.present.wording.concentration import known
from custlib.present.wording.holders import apart
from custlib.present.wording.words import listed, people, quoted, sentence, span_words

NEW, WON_BACK, LOST, BELOW = "new", "won back", "lost", "below zero"


def shown(bands: pd.DataFrame) -> pd.DataFrame:
    """Give the bands with anybody in them."""
    return bands[bands.customers > 0] if len(bands) else bands


def message(bands: pd.DataFrame, currency: str, word: str) -> str:
    """Say what the first band and the last bring, and what those below zero take."""
    rows = shown(bands)
    earning = rows[rows.band != BELOW] if len(rows) else rows
    if earning.empty:
        return "Value bands are not available: nobody active brings anything."
    first, last = earning.iloc[0], earning.iloc[-1]
    told = _holds(first, word)
    if len(earning) > 1:
        told += f"; {_holds(last, word)}"
    below = rows[rows.band == BELOW]
    if len(below):
        row = below.iloc[0]
        taken = f", {money(row.margin, currency)} together" if known(row.margin) else ""
        verb = "brings" if int(row.customers) == 1 else "bring"
        told += f"; {people(row.customers)} {verb} less than nothing{taken}"
    return sentence(told)


def _holds(row: Any, word: str) -> str:
    """Say which share of customers a band is, and which of the money it brings."""
    held = (
        f" and {share(row.margin_share)} of {word}"
        if known(row.margin_share)
        else f"; its share of {word} is not shown"
    )
    return f"{quoted(row.band)} is {share(row.share)} of active customers{held}"


def title(bands: pd.DataFrame, word: str) -> str:
    """Say what the first band is of customers and of money."""
    rows = shown(bands)
    if rows.empty:
        return "Value bands cannot be shown"
    row = rows.iloc[0]
    if not known(row.margin_share):
        return f"{quoted(row.band)}: {share(row.share)} of customers"
    return f"{quoted(row.band)}: {share(row.share)} of customers, {share(row.margin_share)} of {word}"


def alt(bands: pd.DataFrame, word: str) -> str:
    """Describe the pairs of bars."""
    rows = shown(bands)
    if rows.empty:
        return "No bars: value bands are not available."
    said = [
        f"{row.band} {share(row.share)} of customers, {share(row.margin_share)} of {word}"
        for row in rows.itertuples()
    ]
    return f"Two bars per value band, its share of customers and of {word}: {'; '.join(said)}."


def thresholds_note(bands: pd.DataFrame, since: date | None, currency: str, *, yearly: bool = True) -> str:
    """Say from which amounts on the bands begin, and since when.

    Parameters
    ----------
    yearly : bool
        Whether the amounts are set by rank once a year; fixed ones are not, nor those of months before the first full window.
    """
    rows = bands[bands.threshold.notna() & (bands.threshold.astype(float) > 0)] if len(bands) else bands
    if rows.empty:
        return ""
    amounts = [f"{quoted(row.band)} from {money(row.threshold, currency)}" for row in rows.itertuples()]
    alike = "customers with the same value stay together"
    if not yearly:
        return sentence(f"the bands begin at these amounts: {listed(amounts)}; {alike}")
    stand = f" stand since {month_name(since)} and" if since is not None else ""
    return sentence(f"the thresholds{stand} are set anew once a year: {listed(amounts)}; {alike}")


def reset_message(reset: pd.DataFrame | None, *, yearly: bool = True) -> str:
    """Say what setting the thresholds anew did, which is nothing that customers did; "" where they are not set once a year."""
    if reset is None or not len(reset):
        return "These thresholds are the first, so nobody was moved by setting them anew." if yearly else ""
    moved = int(reset.moved_in.sum())
    if not moved:
        return "That the thresholds were set anew moved nobody from one band to another."
    row = reset.loc[(reset.customers_after - reset.customers_before).abs().idxmax()]
    verb = "stands" if moved == 1 else "stand"
    text = f"{people(moved)} {verb} in another band only because the thresholds were set anew, though nothing has changed for them"
    if int(row.customers_before) == int(row.customers_after):
        return sentence(f"{text}; each band has as many as before")
    return sentence(
        f"{text}: {quoted(row.band)} had {people(row.customers_before)} by the old ones, and has {count(row.customers_after)} by the new"
    )


def crossed_message(parts: Mapping[str, pd.DataFrame], top: Sequence[str]) -> str:
    """Say in which group of the first segment column most are in the bands of the top, and in which fewest; "" without any."""
    frame = next((each for each in parts.values() if len(each) > 1), None)
    if frame is None:
        return ""
    first, last, by = frame.iloc[0], frame.iloc[-1], str(frame["by"].iloc[0])
    bands = listed([quoted(name) for name in top])
    if not apart(first.top_low, first.top_high, last.top_low, last.top_high):
        return sentence(f"by {by} there is no measurable difference in how many customers are in {bands}")
    fewest = share(last.top_share) if last.top_share else "nobody"
    return sentence(
        f"of the customers of {quoted(first.segment)} {share(first.top_share)} are in {bands}, the most by {by}; of those of"
        f" {quoted(last.segment)} {fewest}"
    )


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """Give each move as a share of the band it comes from: ``from_band``, ``to_band``, ``customers``, ``share``, in order."""
    if not len(table):
        return table.assign(share=[])
    whole = table.groupby("from_band", sort=False).customers.transform("sum")
    rows = table[whole > 0]
    return rows.assign(share=rows.customers.astype(float) / whole[whole > 0].astype(float))


def lasts(months: int) -> str:
    """Name whose customers are followed: ``last year's``, ``last month's``."""
    return {12: "last year's", 1: "last month's"}.get(months, f"the {people(months, 'month')} before's")


def migration_message(migration: Any, currency: str, word: str, months: int = 12) -> str:
    """Say of last year's top how many are still there, how many stand lower, how many left, and what these had brought."""
    if migration is None:
        return "Where customers of earlier went cannot be said: the data do not reach back far enough."
    if not migration.top_customers or not known(migration.top_kept):
        return sentence(f"where {lasts(months)} top customers went cannot be said: there were none")
    bands = ", ".join(quoted(name) for name in migration.top)
    told = (
        f"of {lasts(months)} {people(migration.top_customers, 'top customer')} ({bands}) {_went(migration)}"
    )
    gone = round(migration.top_lost * migration.top_customers)
    if gone >= FEW and migration.top_customers - gone >= FEW and migration.top_value > 0:
        part = float(migration.top_lost_value / migration.top_value)
        told += f"; the lost had brought {money(migration.top_lost_value, currency)} {brought_in(months)}, {share(part)} of the {word} of them all"
    return sentence(told)


def brought_in(months: int) -> str:
    """Name the months over which moves are valued: those of a year in a year's comparison, else the value window's."""
    return "in 12 months" if months == 12 else "in the value window"


# Shares of fewer customers say less than their number.
_COUNTED = 20
_WENT = (("is still", "are still", "at the top"), ("stands", "stand", "lower"), ("was", "were", "lost"))


def _went(migration: Any) -> str:
    """Say how many of the earlier top stayed at the top, stand lower and were lost: of few by their number."""
    many = int(migration.top_customers)
    parts = (migration.top_kept, migration.top_fell, migration.top_lost)
    heads = [round(part * many) for part in parts]
    told = []
    for part, number, (one, more, where) in zip(parts, heads, _WENT, strict=True):
        if number == many:
            return f"{one} {where}" if many == 1 else f"all {more} {where}"
        few = "none" if not number else count(number)
        verb = one if number < 2 else more
        told.append(
            f"{few} {verb} {where}" if many <= _COUNTED or not number else f"{share(part)} {more} {where}"
        )
    return f"{told[0]}, {told[1]} and {told[2]}"


def arrivals_message(table: pd.DataFrame, currency: str, word: str, months: int = 12) -> str:
    """Say where new and won-back customers stand today, and what they bring."""
    told = []
    for name in (NEW, WON_BACK):
        rows = table[(table.from_band == name) & (table.customers > 0)] if len(table) else table
        if rows.empty:
            continue
        most = rows.loc[rows.customers.astype(int).idxmax()]
        heads = int(rows.customers.sum())
        amount = money(sum(rows.value_now), currency)
        brings = f", with {amount} of {word} {brought_in(months)}" if heads >= FEW else ""
        told.append(
            f"{people(heads)} {'is' if heads == 1 else 'are'} {name}{brings}, {_most(int(most.customers), heads)} in {quoted(most.to_band)}"
        )
    span = {12: "year", 1: "month"}.get(months, people(months, "month"))
    return sentence("; ".join(told) if told else f"nobody is new or was won back over the {span}")


def _most(part: int, whole: int) -> str:
    if part == whole:
        return "now" if whole == 1 else "all of them"
    return f"{share(part / whole)} of them"


def migration_title(migration: Any, months: int = 12) -> str:
    """Say how many of the earlier top customers are still there."""
    if migration is None or not migration.top_customers or not known(migration.top_kept):
        return "Where customers went cannot be shown"
    many = int(migration.top_customers)
    kept, lost = (round(part * many) for part in (migration.top_kept, migration.top_lost))
    if many == 1:
        went = "is still at the top" if kept else "was lost" if lost else "stands lower"
        return sentence(f"{lasts(months)} top customer {went}").rstrip(".")
    if many in (kept, lost):
        return f"All of {lasts(months)} top customers {'are still at the top' if kept else 'were lost'}"
    of = lasts(months) if many > _COUNTED else f"{lasts(months)} {count(many)}"
    told = []
    for part, rate, (one, more, where) in zip(
        (kept, lost), (migration.top_kept, migration.top_lost), (_WENT[0], _WENT[2]), strict=True
    ):
        number = "none" if not part else count(part) if many <= _COUNTED else share(rate)
        told.append((number, one if part < 2 else more, where))
    (first, verb, where), (second, other, gone) = told
    return f"{first[:1].upper()}{first[1:]} of {of} top customers {verb} {where}, {second} {other} {gone}"


def alt_migration(table: pd.DataFrame, months: int = 12) -> str:
    """Describe the map by what stayed in each band and what was lost of it."""
    rows = shares(table)
    if rows.empty:
        return "No map: where customers went is not available."
    told = []
    for band, part in rows.groupby("from_band", sort=False):
        same = part[part.to_band == band].share.sum()
        lost = part[part.to_band == LOST].share.sum()
        if band in (NEW, WON_BACK):
            most = part.loc[part.share.idxmax()]
            told.append(f"{band} {share(most.share)} in {most.to_band}")
        else:
            told.append(f"{band} {share(same)} stayed in it, {share(lost)} lost")
    return f"A map of shares, the band {span_words(months)} ago down and that of today across: {'; '.join(told)}."


def threshold(value: Any, currency: str) -> str:
    """Write from which amount a band begins; the lowest and those below zero have none."""
    return money(value, currency) if known(value) and float(value) > 0 else "no lower end"
