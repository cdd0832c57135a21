"""How customers begin and whether the lost come back, in words."""

from collections.abc import Mapping

import pandas as pd

from custlib.measure.beginnings import Beginners
from custlib.present.numbers import count, share
from custlib.present.wording import spans
from custlib.present.wording.words import CANNOT, listed, people, quoted, sentence, span_words


def noun(*, volume: bool) -> str:
    """Name what customers do: a purchase, or a transaction where the log's amounts are no sales."""
    return "transaction" if volume else "purchase"


def _within(span: int) -> str:
    return f"within {span_words(span)}"


def second_message(
    table: pd.DataFrame | None,
    who: Beginners | None,
    medians: Mapping[str, int | None],
    noun: str,
    *,
    contractual: bool,
) -> str:
    """Say how many new customers came a second time, how soon, and how soon half of those did."""
    if contractual:
        return "Under a contract it is the contract that says who stays, so second purchases are not counted."
    if table is None or who is None:
        return sentence(f"{CANNOT} how many new customers make a second {noun}")
    row = table.iloc[0]
    spans_said = [who.within[0], who.within[-1]] if len(who.within) > 1 else [who.within[0]]
    first, *rest = [f"{share(row[f'months_{span}'] / row.customers)}" for span in spans_said]
    parts = [f"{first} made a second one on another day {_within(spans_said[0])}"]
    parts += [f"{each} {_within(span)}" for each, span in zip(rest, spans_said[1:], strict=True)]
    text = (
        f"of the {people(row.customers)} who made their first {noun} {spans.when(who.first, who.last)},"
        f" {listed(parts)}"
    )
    median = medians.get("all")
    if median is not None and len(who.within) > 1:
        text += f"; half of those who did had done so {_within(median)}"
    return sentence(text)


def second_note(noun: str) -> str:
    """Say what a second purchase is, and what it is not."""
    return sentence(
        f"two on one day are one occasion. This is repeat buying, not retention: where there is no contract nobody can see"
        f" who has left, only who has made another {noun}"
    )


def activation_message(
    table: pd.DataFrame | None, who: Beginners | None, *, core: bool, openings: bool
) -> str:
    """Say how many opened customers became active and core, and where the channels lie."""
    if not openings:
        return "The way from opened to active to core is not available: no customer list says when customers were won."
    if table is None or who is None:
        return sentence(f"{CANNOT} how many opened customers became active and core")
    row, last = table.iloc[0], who.within[-1]
    text = (
        f"of the {people(row.customers, 'relationship')} opened {spans.when(who.first, who.last)},"
        f" {share(row[f'active_age_{last}'] / row.customers)} were active {_within(last)}"
    )
    if not core:
        return sentence(f"{text}; who became a core customer is not available")
    text += f" and {share(row[f'core_age_{last}'] / row.customers)} were core customers"
    shown = table[1:][~table.hidden[1:].astype(bool)]
    if len(shown) > 1:
        shares = {str(r["channel"]): r[f"core_age_{last}"] / r["customers"] for r in shown.to_dict("records")}
        best, worst = max(shares, key=lambda name: shares[name]), min(shares, key=lambda name: shares[name])
        if shares[best] > shares[worst]:
            text += f": {share(shares[best])} of those won by {quoted(best)}, {share(shares[worst])} of those won by {quoted(worst)}"
    return sentence(text)


def activation_title(table: pd.DataFrame | None, who: Beginners | None, *, core: bool) -> str:
    """Say in a title what share of opened customers got to the last step."""
    if table is None or who is None:
        return "How far opened customers come cannot be shown"
    row, last = table.iloc[0], who.within[-1]
    step, words = ("core_age", "core") if core else ("active_age", "active")
    reached = share(row[f"{step}_{last}"] / row.customers)
    return f"{reached} of relationships are {words} {_within(last)} of their opening"


def alt_activation(table: pd.DataFrame | None, who: Beginners | None, *, core: bool) -> str:
    """Describe the panels by their last span."""
    if table is None or who is None:
        return "No bars: the way from opened to core is not available."
    last = who.within[-1]
    shown = table[~table.hidden.astype(bool)].to_dict("records")
    said = []
    for row in shown:
        text = f"{row['channel']} {share(row[f'active_age_{last}'] / row['customers'])} active"
        said.append(text + (f", {share(row[f'core_age_{last}'] / row['customers'])} core" if core else ""))
    return f"A panel per span with bars by channel; {_within(last)}: {'; '.join(said)}."


def returns_message(table: pd.DataFrame, *, contractual: bool) -> str:
    """Say how many losses were followed by a return, all of them looked at for the same time."""
    if table.empty:
        return sentence(f"{CANNOT} how many of those called lost earlier have come back")
    told = table[table.soon.notna()]
    lost, back, followed = int(told.lost.sum()), int(told.soon.sum()), int(told.months_ago.min())
    months = people(followed, "month")
    ago = months if len(told) == 1 else f"{followed} to {people(int(told.months_ago.max()), 'month')}"
    if not lost:
        return sentence(f"nobody was called lost {ago} ago, so nobody could come back")
    came = f"{count(back) if back else 'none'} {f'({share(back / lost)}) ' if back else ''}had come back"
    rule = "" if contractual else f": {quoted('lost')} is what a rule says, not what a customer said"
    losses = f"the {count(lost)} losses" if lost > 1 else "the one loss"
    return sentence(f"of {losses} {ago} ago, {came} within {months}{rule}")
