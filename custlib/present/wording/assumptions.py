"""What equity would be under other assumptions, and why the textbook's shortcut gives another figure, in words."""

from typing import Any

import pandas as pd

from custlib.present.numbers import money, percent, share, signed
from custlib.present.wording.words import listed, people, sentence


def sensitivity_message(table: pd.DataFrame) -> str:
    """Say which assumption moves equity most, and how far each does."""
    known = table[table.change.notna()] if len(table) else table
    if known.empty:
        return "What equity would be under other assumptions is not available."
    moved = known[known.change != 0]
    if moved.empty:
        return "None of the assumptions tried moves customer equity."
    said = []
    for assumption, rows in moved.groupby("assumption", sort=False):
        low, high = rows.change.min(), rows.change.max()
        ends = dict.fromkeys(signed(change, percent) for change in (low, high))
        said.append((float(rows.change.abs().max()), f"the {assumption} ({' to '.join(ends)})"))
    ranked = [text for _, text in sorted(said, key=lambda item: -item[0])]
    return sentence(
        f"of what is assumed and not known, {ranked[0]} moves customer equity most"
        + (f"; then {listed(ranked[1:])}" if ranked[1:] else "")
    )


def shortcut_message(short: Any, currency: str) -> str:
    """Set "value of a new customer x active customers" against the sum over customers, and say why they differ."""
    if short is None or short.product is None or short.proper is None or short.product != short.product:
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


def _why(short: Any, currency: str) -> str:
    """Name the two errors: everybody is taken for new, and the inactive for worthless."""
    parts = []
    if short.active and short.residual_active is not None:
        each = short.residual_active / short.active
        parts.append(
            f"It takes everybody for new ({money(short.new_value, currency)} each), while who is active today has a history and is worth"
            f" {money(each, currency)} on average"
        )
    if short.residual_inactive is not None:
        parts.append(
            f"it takes the inactive for worthless, who are worth {money(short.residual_inactive, currency)} together"
        )
    return "; ".join(parts)


def shortcut_arithmetic(short: Any, currency: str) -> str:
    """Write both sums out."""
    if short is None or short.product is None or short.proper is None:
        return ""
    return (
        f"{money(short.new_value, currency)} \N{MULTIPLICATION SIGN} {people(short.active)} = {money(short.product, currency)};"
        f" {money(short.residual_active, currency)} of the active + {money(short.residual_inactive, currency)} of the inactive ="
        f" {money(short.proper, currency)}"
    )
