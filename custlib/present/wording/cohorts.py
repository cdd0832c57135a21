"""Who was won when: what each layer brings, whether it pays back, and how the newest compare at the same age."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.measure.difference import FEW_CUSTOMERS, Difference
from custlib.measure.generations import Plan
from custlib.measure.layers import Layers
from custlib.measure.mix import Mix
from custlib.measure.payback import Row
from custlib.periods import Month, month_name
from custlib.present.numbers import count, decimal, interval, money, money_exact, share, signed, writer
from custlib.present.wording import spans
from custlib.present.wording.words import CANNOT, listed, people, quoted, sentence

YEAR = 12
Differences = dict[str, Difference | None]


def terms(word: str, *, costs: bool, openings: bool) -> dict[str, str]:
    """Give the definitions that following customers needs, by term, in reading order.

    Parameters
    ----------
    costs, openings : bool
        Whether acquisition costs, and days of acquisition, are recorded.
    """
    told = {
        "Won": "became active for the first time within the data; the month of it is the month of acquisition.",
        "At an age": f"so many months after the month of acquisition; {word} counts from that month on.",
        "Second purchase": "a qualifying transaction on a later day than the first; months are counted from that day.",
    }
    if openings:
        told["Opened"] = "listed with a day of acquisition within the data; months run to the month's end."
    if costs:
        told |= {
            "Cost of winning": "the acquisition cost of customers won, where it is recorded for nearly all of them.",
            "Paid back": f"at the first age at which the {word} per customer won has reached the cost of winning one.",
            "Profit": f"{word} of all known customers less the cost of winning everyone won in the period, those who have left"
            " again included.",
        }
    return {term: sentence(meaning) for term, meaning in told.items()}


def checked(cohorts: int, months: int) -> str:
    """Say how many cohorts and months were checked against the published counts and sums."""
    layers = f"the layers of {people(months, 'month')} add up to the last digit"
    if not cohorts:
        return sentence(layers)
    hold = "holds" if cohorts == 1 else "hold"
    return sentence(
        f"{people(cohorts, 'cohort')} {hold} as many customers as were new in the month, and {layers}"
    )


def won(layer: str) -> str:
    """Say which customers a layer holds: ``won in 2024``, ``won before July 2023``."""
    if layer in ("All customers", "Not active yet"):
        return {"All customers": "whose acquisition is not known", "Not active yet": "never active"}[layer]
    if layer.startswith("Before "):
        return f"won {layer[0].lower()}{layer[1:]}"
    return f"won in {spans.layer(layer)}"


def layers_message(layers: Layers, month: Month, currency: str, word: str) -> str:
    """Say which layer brings most of the month's margin, and what the newest brings."""
    values, when = layers.of(month), month_name(month)
    total = sum(values, Decimal(0))
    if values.empty:
        return sentence(f"{CANNOT} what customers won at different times brought in {when}")
    if total <= 0:
        worst = values.map(float).idxmin()
        return sentence(
            f"all layers together brought {money(total, currency)} of {word} in {when}, least of all customers"
            f" {won(worst)} ({money(values[worst], currency)})"
        )
    parts = list(dict.fromkeys([values.map(float).idxmax(), values.index[-1]]))
    whole = all(value >= 0 for value in values)
    said = [
        f"customers {won(name)} brought {money(values[name], currency)}"
        + (f" ({share(values[name] / total)})" if whole else "")
        for name in parts
    ]
    return sentence(f"of the {money(total, currency)} of {word} in {when}, {listed(said)}")


def layers_notes(layers: Layers, min_group: int) -> list[str]:
    """Say that small layers lie in others, where one does."""
    if not layers.folded:
        return []
    return [
        f"A layer of fewer than {people(min_group)}, or with hardly any who had something booked in the month, lies in the"
        " one below it."
    ]


def layers_title(layers: Layers, month: Month, word: str) -> str:
    """Name the layer that brings most of the month's margin."""
    values = layers.of(month)
    total = sum(values, Decimal(0))
    if values.empty:
        return "What customers won at different times bring cannot be shown yet"
    name = values.map(float).idxmax()
    if total <= 0:
        return (
            f"The month's {word} is {'nil' if not total else 'negative'}: where it comes from, by acquisition"
        )
    if any(value < 0 for value in values):
        return f"Customers {won(name)} bring more of the month's {word} than any other layer"
    return f"Customers {won(name)} bring {share(values[name] / total)} of the month's {word}"


def alt_layers(layers: Layers, month: Month, currency: str) -> str:
    """Describe the layers of the last month, oldest first."""
    values = layers.of(month)
    if values.empty:
        return "No layers: the margin by acquisition is not available."
    said = [f"{spans.layer(name)} {money(value, currency)}" for name, value in values.items()]
    return (
        f"Stacked areas by {layers.spans} of acquisition, oldest at the bottom; in {month_name(month)}:"
        f" {', '.join(said)}; together {money(sum(values, Decimal(0)), currency)}."
    )


def layers_arithmetic(layers: Layers, month: Month, currency: str) -> str:
    """Write the month's layers and their sum out."""
    values = layers.of(month)
    if values.empty:
        return ""
    said = [f"{money_exact(value, currency)} ({spans.layer(name)})" for name, value in values.items()]
    return f"{' + '.join(said)} = {money_exact(sum(values, Decimal(0)), currency)}"


def payback_message(rows: Sequence[Row], word: str, *, costs: bool) -> str:
    """Say how many of the cohorts that have had the time have earned back what it cost to win them."""
    known = [row for row in rows if row.known]
    if not known:
        text = "whether customers earn back what it cost to win them is not available"
        if not costs:
            why = "no acquisition cost is recorded"
        elif not rows:
            why = "no group of joiners is large enough to tell of"
        elif all(row.margin is None for row in rows):
            why = f"their {word} is not known from the start"
        else:
            why = "the acquisition cost is recorded for too few of them"
        return sentence(f"{text}: {why}")
    back = [row.payback for row in known if row.payback is not None]
    what, eldest = "earned back what it cost to win them", people(max(row.age for row in known), "month")
    if not back:
        if len(known) == 1:
            return sentence(f"the one group of joiners has not {what} after {eldest}")
        return sentence(
            f"none of the {count(len(known))} groups of joiners has {what}; the eldest has had {eldest}"
        )
    # Who has not had the time that others needed is not counted among those who have not paid back.
    longest = max(back)
    old = [row for row in known if row.age >= longest]
    young = [row for row in known if row.age < longest]
    if len(old) == 1:
        text = f"the one group of joiners that has had {people(longest, 'month')} has {what}"
    else:
        done = sum(row.payback is not None for row in old)
        said = {1: "1 has", len(old): "all have"}.get(done, f"{count(done)} have")
        text = f"of the {count(len(old))} groups of joiners that have had {people(longest, 'month')}, {said} {what}"
    text += f" (after {_months(min(back), longest)})"
    return sentence("; ".join([text, *_younger(young)]))


def _younger(young: Sequence[Row]) -> list[str]:
    """Say of the groups that have not had as long that they have not, and how many have paid back even so."""
    if not young:
        return []
    done = sum(row.payback is not None for row in young)
    who = "the one younger group has" if len(young) == 1 else f"the {count(len(young))} younger groups have"
    even = (
        ""
        if not done
        else " and has paid back already"
        if len(young) == 1
        else f", and {count(done)} of them paid back already"
    )
    return [f"{who} not had as long{even}"]


def _months(low: int, high: int) -> str:
    return people(high, "month") if low == high else f"{low} to {people(high, 'month')}"


def generations_message(
    plan: Plan | None, differences: Differences, currency: str, word: str, mix: Mix | None = None
) -> str:
    """Say whether the latest joiners brought more or less by an age than those before them, and by which channels."""
    if plan is None:
        return "There are no two groups of joiners yet that could be compared at the same age."
    found, who = differences.get("margin"), spans.of(plan.latest)
    heads = people(plan.latest.customers)
    if found is None:
        return sentence(f"{CANNOT} what the {heads} won {who} had brought {_age(plan)}")
    text = f"the {heads} won {who} had brought {money(found.now, currency)} of {word} each {_age(plan)}"
    parts = ""
    if mix is not None and found.measurable:
        other, same = (signed(float(part), writer(currency)) for part in (mix.mix, mix.within))
        parts = (
            f" Of it, {other} comes from another mix of channels, {same} from customers of the same channel."
        )
    return sentence(f"{text}, {_against(found, plan, currency)}") + parts


def channels_note(plan: Plan | None, mix: Mix | None, currency: str, word: str) -> str:
    """Say what customers of each channel had brought at the age of comparison, group by group."""
    if plan is None or mix is None or mix.channels.empty:
        return ""
    said = [
        f"{quoted(row.channel)} {_each(row.now, row.customers_now, currency)} against"
        f" {_each(row.then, row.customers_then, currency)}"
        for row in mix.channels.itertuples()
    ]
    return sentence(
        f"{word} each {_age(plan)}, by channel, {spans.named(plan.latest)} against {spans.named(plan.earlier)}:"
        f" {'; '.join(said)}"
    )


def _each(value: Any, heads: int, currency: str) -> str:
    """Write money per head with how many heads it is the mean of."""
    return "nobody" if value is None else f"{money(float(value), currency)} ({count(heads)})"


def _age(plan: Plan) -> str:
    return f"{people(plan.age, 'month')} after the month of acquisition"


def _against(found: Difference, plan: Plan, unit: str) -> str:
    """Set a figure against the earlier generation's, at the same age."""
    write = writer(unit)
    earlier = f"those won {spans.of(plan.earlier)}"
    if found.cannot:
        return f"against {write(found.then)} for {earlier}: {_cannot(found, plan)}"
    if not found.measurable:
        return (
            f"against {write(found.then)} for {earlier}: no measurable difference"
            f" (95% interval {interval(found.low, found.high, lambda value: signed(value, write))})"
        )
    low, high = sorted((abs(found.low), abs(found.high)))
    way = "more" if found.change > 0 else "less"
    return f"{write(abs(found.change))} {way} than {earlier} at that age (95% interval {interval(low, high, write)} {way})"


def _cannot(found: Difference, plan: Plan) -> str:
    """Say why nothing can be said of a difference, whatever its size."""
    if found.cannot == FEW_CUSTOMERS:
        return "too few customers to tell whether they differ"
    return f"{'one month against another' if plan.length == 1 else 'so few months'} cannot tell a trend"


def activity_message(plan: Plan | None, differences: Differences, noun: str) -> str:
    """Say whether the latest joiners are as often still active, and bought again as often, at the same age."""
    if plan is None:
        return ""
    parts: list[str] = []
    whom = f" of those won {spans.of(plan.earlier)}"
    for key, said in (
        ("active", "were still active by the rule"),
        ("again", f"had made a second {noun} on another day"),
    ):
        found = differences.get(key)
        if found is not None:
            parts.append(f"{share(found.now)} {said}, {_points(found, plan, '' if parts else whom)}")
    if not parts:
        return ""
    return sentence(f"{_age(plan)} {'; '.join(parts)}")


def _points(found: Difference, plan: Plan, whom: str) -> str:
    """Set a share against an earlier one, in percentage points with their interval."""
    against = f"against {share(found.then)}{whom}"
    if found.cannot:
        return f"{against}: {_cannot(found, plan)}"
    if not found.measurable:
        ends = interval(
            found.low, found.high, lambda value: signed(value, lambda share: decimal(share * 100, 1))
        )
        return f"{against}: no measurable difference (95% interval {ends} points)"
    way = "more" if found.change > 0 else "less"
    low, high = sorted((abs(found.low), abs(found.high)))
    return f"{against}, {_point(abs(found.change))} points {way} (95% interval {_point(low)} to {_point(high)} {way})"


def _point(value: float) -> str:
    """Write percentage points; an end of an interval that leaves zero out is not written as zero."""
    return f"{value * 100:.1f}" if value >= 0.0005 else "under 0.1"


def generations_title(plan: Plan | None, differences: Differences) -> str:
    """Say in a title how the latest joiners compare with those before them."""
    found = differences.get("margin")
    if plan is None or found is None:
        return "What joiners bring by age, each group as far as all of it have come"
    who, age = spans.named(plan.latest), people(plan.age, "month")
    earlier = spans.named(plan.earlier)
    if found.cannot:
        return f"Joiners of {who} and of {earlier}, side by side to {age} and beyond"
    if not found.measurable:
        return f"By {age}, no measurable difference between joiners of {who} and {earlier}"
    way = "more" if found.change > 0 else "less"
    return f"By {age}, joiners of {who} brought {way} than those of {earlier}"


def alt_generations(curves: pd.DataFrame, currency: str) -> str:
    """Describe where each curve ends."""
    if curves.empty:
        return "No curves: what joiners bring by age is not available."
    ends = curves.groupby("cohort", sort=False).tail(1)
    said = [
        f"{row.cohort} {money(row.value, currency)} after {people(row.age, 'month')}"
        for row in ends.itertuples()
    ]
    return f"A curve per group of joiners, rising with age; at their ends: {'; '.join(said)}."


def generations_notes(plan: Plan | None, differences: Differences, noun: str, window: int) -> list[str]:
    """Give activity at the same age, and what such a comparison can and cannot tell."""
    if plan is None:
        return []
    text = (
        "each group is followed only as far as its youngest customers have come, and none is compared at an age that"
        " another has not reached; the intervals take both groups as samples of how such customers behave, and are wider where"
        " one month's customers differ from another's by more than chance among customers would make them"
    )
    if plan.length < YEAR:
        text += "; groups shorter than a year differ by their season too"
    if plan.age < window:
        text += f"; nobody can have become inactive by silence before {people(window, 'month')} are over, so activity is not compared"
    return [told for told in (activity_message(plan, differences, noun), sentence(text)) if told]
