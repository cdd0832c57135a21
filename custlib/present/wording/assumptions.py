"""What equity would be under other assumptions, and why the textbook's shortcut gives another figure, in words."""

from typing import Any

import pandas as pd

from custlib.measure.spread import Shortcut
from custlib.present.numbers import money, percent, share, signed
from custlib.present.wording.words import listed, people, sentence

HORIZON = "horizon"
# Less than this is nothing.
PENNY = 0.005


def sensitivity_message(table: pd.DataFrame) -> str:
    """Say which assumption moves equity most, how far each does, and how much of it is to come soon."""
    known = table[table.change.notna()] if len(table) else table
    if known.empty:
        return "What equity would be under other assumptions is not available."
    said = []
    for assumption, rows in known[known.assumption != HORIZON].groupby("assumption", sort=False):
        told = [
            f"{signed(row.change, percent)} at {setting(assumption, row.setting)}"
            for row in rows.sort_values("change").itertuples()
        ]
        said.append((float(rows.change.abs().max()), f"the {assumption} ({', '.join(told)})"))
    ranked = [text for _, text in sorted(said, key=lambda item: -item[0])]
    text = (
        f"of what is assumed, {ranked[0]} moves customer equity most"
        if ranked
        else "no other rate or margin was tried"
    )
    text += f"; then {listed(ranked[1:])}" if ranked[1:] else ""
    near = known[(known.assumption == HORIZON) & (known.setting > 0) & (known.change <= 0)]
    within = [
        f"{share(1 + row.change)} of it within {people(int(row.setting), 'month')}"
        for row in near.itertuples()
    ]
    return sentence(text + (f"; {listed(within)} is to come" if within else ""))


def setting(assumption: str, value: Any) -> str:
    """Write what an assumption was set to: a yearly rate, a factor of the margin, months."""
    if assumption == "discount rate":
        return f"{percent(value)} a year"
    if assumption == "margin":
        return f"{share(abs(value - 1))} {'higher' if value > 1 else 'lower'}"
    return people(int(value), "month") if value else "all months to come"


def shortcut_message(short: Shortcut | None, currency: str) -> str:
    """Set "value of a new customer x active customers" against the sum over customers, and say why they differ."""
    if short is None:
        return "The textbook's shortcut cannot be set against the sum: what a new customer is worth is not available."
    text = (
        f"the textbook's shortcut, the value of a new customer times {people(short.active, 'active customer')}, gives"
        f" {money(short.product, currency)}; added up customer by customer it is {money(short.proper, currency)}"
    )
    if short.proper <= 0:
        return sentence(f"{text}, so that a comparison is not meaningful")
    part = (short.product - short.proper) / short.proper
    if abs(part) < 0.005:
        return sentence(
            f"{text}, by chance the same: the shortcut's two errors cancel out. {_why(short, currency)}"
        )
    way = "more" if part > 0 else "less"
    return sentence(f"{text}: the shortcut says {share(abs(part))} {way}. {_why(short, currency)}")


def _why(short: Shortcut, currency: str) -> str:
    """Name the two errors: everybody is taken for new, and the inactive for worthless."""
    text = (
        f"It takes everybody for new ({money(short.new_value, currency)} each), while who is active today has a history and is worth"
        f" {money(short.residual_value, currency)} on average"
    )
    if abs(short.residual_inactive) < PENNY:
        return f"{text}; that the inactive are worth nothing is true here"
    held = money(short.residual_inactive, currency)
    return f"{text}; and it takes the inactive for worthless, who are worth {held} together"


def shortcut_arithmetic(short: Shortcut | None, currency: str) -> str:
    """Write both sums out."""
    if short is None:
        return ""
    return (
        f"{money(short.new_value, currency)} \N{MULTIPLICATION SIGN} {people(short.active)} = {money(short.product, currency)};"
        f" {money(short.residual_active, currency)} of the active + {money(short.residual_inactive, currency)} of the inactive ="
        f" {money(short.proper, currency)}"
    )
