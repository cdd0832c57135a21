"""How many customers there are, who came and who left, in words."""

from decimal import Decimal

import pandas as pd

from custlib.measure.reasons import OTHER, TRENDS
from custlib.measure.series import Series
from custlib.measure.usual import FEWEST
from custlib.present.numbers import count, exact_writer, money, share, signed, writer
from custlib.present.wording.words import (
    CANNOT,
    UNCHANGED,
    compared,
    listed,
    people,
    quoted,
    sentence,
    span_words,
    than,
)

# What the largest group of leavers without a recorded reason did before, as part of a sentence.
MOST_DID = {
    TRENDS["falling"]: "most often they had bought less and less",
    TRENDS["steady"]: "most often they had bought as ever",
    TRENDS["rising"]: "most often they had bought more towards the end",
    TRENDS["single"]: "most often they had bought in a single month only",
    TRENDS["recent"]: "most often they had been customers for less than half a year",
}


def lead(active: Series, value: Series) -> str:
    """Say in one sentence whether the base has more customers and whether they are worth more."""
    if active.now is None:
        return sentence(f"{CANNOT} how many customers are active by the agreed window")
    span = next((months for months in (12, 1) if active.rate(months) is not None), 0)
    if not span:
        return sentence(
            f"we have {people(active.now, 'active customer')}; the data are too short to say how many there were before"
        )
    heads, worth = compared(active.rate(span)), compared(value.rate(span), less="less")
    when = "a year ago" if span == 12 else "a month ago"
    text = f"we have {people(active.now, 'active customer')}, {than(heads, when, same='as many as')}"
    if worth is None:
        return sentence(text)
    up, worth_up = active.change(span), value.change(span)
    turn = (
        "but" if up and worth_up and (up > 0) != (worth_up > 0) and UNCHANGED not in (heads, worth) else "and"
    )
    if value.now is not None and value.now < 0:
        return sentence(f"{text}, {turn} together they cost more than they bring")
    return sentence(f"{text}, {turn} together they are worth {than(worth, '', same='as much as then')}")


def in_and_out(row: pd.Series | None, month: str) -> tuple[str, str]:
    """Say who came and who left in the month: two sentences.

    `row` is the whole base's line of a monthly comparison; None where it is not available.
    """
    if row is None:
        return sentence(f"{CANNOT} how many customers came in {month}"), sentence(
            f"{CANNOT} how many left in {month}"
        )
    joint = "and" if row.new else "but"
    back = f" {joint} {people(row.won_back, 'former customer')} came back" if row.won_back else ""
    came = f"{people(row.new, 'new customer')} joined{back} in {month}"
    net = int(row.closing - row.opening)
    ending = (
        "as many as at the start"
        if net == 0
        else f"{count(abs(net))} {'more' if net > 0 else 'fewer'} than at the start"
    )
    return sentence(came), sentence(
        f"{people(row.lost)} left, so the month ends with {people(row.closing)}, {ending}"
    )


def lead_arithmetic(active: Series, value: Series) -> str:
    """Write the two comparisons of the lead out, over a year or else a month."""
    span = next((months for months in (12, 1) if active.back(months) is not None), 0)
    if active.now is None or not span:
        return ""
    when = "a year ago" if span == 12 else "a month ago"
    text = f"{count(active.now)} against {count(active.back(span))} {when}"
    if value.now is None or value.back(span) is None:
        return text
    exact = exact_writer(value.unit)
    return f"{text}; {exact(value.now)} against {exact(value.back(span))}"


def worth_arithmetic(active: Series, value: Series) -> str:
    """Write the margin per head out."""
    if value.now is None or not active.now:
        return ""
    exact = exact_writer(value.unit)
    return f"{exact(value.now)} / {people(active.now)} = {exact(value.now / active.now)}"


def core_arithmetic(row: pd.Series | None) -> str:
    """Write the core's month out; `row` is the core's line by status."""
    if row is None:
        return ""
    return (
        f"{count(row.opening)} at the start + {count(row.moved_in)} entered + {count(row.new + row.won_back)} came to"
        f" the company \N{MINUS SIGN} {count(row.moved_out)} fell out \N{MINUS SIGN} {count(row.lost)} left it"
        f" = {count(row.closing)}"
    )


def arithmetic(row: pd.Series | None) -> str:
    """Write the volume bridge out: ``12,310 + 410 + 95 - 612 = 12,203``."""
    if row is None:
        return ""
    return (
        f"{count(row.opening)} at the start + {count(row.new)} new + {count(row.won_back)} won back"
        f" \N{MINUS SIGN} {count(row.lost)} lost = {count(row.closing)} at the end"
    )


def worth(value: Series, months: int, currency: str, word: str, active: Series) -> str:
    """Say what the active customers brought, in all and per head, against a year ago (else a month ago)."""
    if value.now is None:
        return sentence(f"{CANNOT} what the active customers brought in {months} months")
    text = f"the active customers brought {money(value.now, currency)} of {word} in the last {people(months, 'month')}"
    span = 12 if value.rate(12) is not None else 1
    against = compared(value.rate(span), less="less")
    if against is None or value.now < 0:
        return sentence(text)
    text += f", {than(against, f'those active {span_words(span)} earlier', same='as much as')}"
    now, then = _per_head(value, active, 0), _per_head(value, active, span)
    if now is not None and then is not None and then > 0:
        text += f"; per customer {money(now, currency)} against {money(then, currency)}"
    return sentence(text)


def _per_head(value: Series, active: Series, months: int) -> Decimal | None:
    total, heads = value.back(months), active.back(months)
    return None if total is None or not heads else total / heads


def usual_message(active: Series, value: Series, word: str) -> str:
    """Say whether the month's change, in customers and in money, is usual against the past two years."""
    noun = "the number of active customers"
    verdict = active.verdict
    if verdict.change is None:
        return sentence(f"{CANNOT} whether the change in {noun} is usual")
    change = signed(verdict.change)
    if verdict.verdict == "cannot tell":
        why = (
            f"there are only {people(verdict.changes, 'earlier change')}, and {FEWEST} are needed"
            if verdict.spread is None
            else f"in most of the {count(verdict.changes)} months before it the change was the same"
        )
        return sentence(f"whether the month's change in {noun} ({change}) is usual cannot be told: {why}")
    text = (
        f"the month's change in {noun} ({change}) is {verdict.verdict} against the {verdict.changes} before it"
        f" (typically {signed(verdict.median)}, give or take {count(verdict.spread)})"
    )
    same = active.same_month_change
    text += f"; in the same month a year earlier it was {signed(same)}" if same is not None else ""
    worth = value.verdict
    if worth.verdict != "cannot tell":
        as_well = " too" if worth.verdict == verdict.verdict else ""
        text += f"; the change in their {word} ({signed(worth.change, writer(value.unit))}) is {worth.verdict}{as_well}"
    return sentence(text)


def stayed_rest(row: pd.Series | None, material_change: float, months: int) -> str:
    """Account for those who stayed and are in neither count, and for those who came and went."""
    if row is None or row.growing is None:
        return ""
    text = (
        f"of the others who stayed, {count(row.steady)} moved by {share(material_change)} or less, {count(row.unchanged)}"
        f" did not move at all, and {count(row.not_positive)} had brought nothing, or less, at the opening"
    )
    if months > 1 and row.came_and_went:
        text += f"; {people(row.came_and_went)} became active and inactive again within {span_words(months)} and are in no line"
    return sentence(text)


def stayed_message(row: pd.Series | None, material_change: float, word: str, months: int) -> str:
    """Say how many of those who stayed grew and shrank materially."""
    if row is None or row.growing is None:
        return sentence(f"{CANNOT} who of those who stayed grew or shrank")
    if not row.retained:
        return "Nobody stayed through the comparison."
    more, fewer = int(row.growing), int(row.declining)
    balance = (
        "more grew than shrank"
        if more > fewer
        else "more shrank than grew"
        if fewer > more
        else "as many grew as shrank"
    )
    return sentence(
        f"of the {people(row.retained)} who stayed over {span_words(months)}, {balance}: {word} rose by more than"
        f" {share(material_change)} for {count(more)} and fell by more than that for {count(fewer)}"
    )


def core_message(core: Series, active: Series, margin_share: Decimal | None, *, has_rule: bool) -> str:
    """Say how many customers are core, what share of the base and of its value they are."""
    if not has_rule:
        return "No core rule is set in the company file, so nobody is called a core customer."
    if core.now is None or not active.now:
        return sentence(f"{CANNOT} who meets the core rule")
    text = f"{people(core.now, 'core customer')}, {share(core.now / active.now)} of the active base"
    if margin_share is not None:
        text += f", with {share(margin_share)} of its value"
    moved = [
        than(compared(rate), when, same="as many as")
        for rate, when in ((core.rate(1), "a month ago"), (core.rate(12), "a year ago"))
        if rate is not None
    ]
    return sentence(text + (f": {listed(moved)}" if moved else ""))


def core_moves(row: pd.Series | None) -> str:
    """Say who entered and left the core over the month; `row` is the core's line by status."""
    if row is None:
        return "Who entered and left the core is not available."
    joined, gone = int(row.new + row.won_back), int(row.lost)
    return sentence(
        f"over the month {people(row.moved_in)} of the base entered the core and {count(row.moved_out)} fell out of it;"
        f" {count(joined)} came to the company straight into it, {count(gone)} left the company from it"
    )


def reasons_message(reasons: pd.DataFrame, months: int) -> str:
    """Say how many leavers have a recorded reason, and which is the most frequent."""
    if reasons.empty:
        return sentence(f"{CANNOT} who left over {span_words(months)}, or nobody did")
    total, known = int(reasons.customers.sum()), reasons[reasons.recorded.astype(bool)]
    if known.empty:
        text = f"none of the {people(total)} who left over {span_words(months)} has a recorded reason"
        trend = MOST_DID.get(reasons.iloc[0].trend, "")
        return sentence(text + (f"; {trend}" if trend else ""))
    named = known[known.reason != OTHER]
    if named.empty:
        return sentence(
            f"a reason is recorded for {share(known.customers.sum() / total)} of the {people(total)} who left over"
            f" {span_words(months)}; no single one is frequent enough to name"
        )
    often = named.iloc[0]
    text = (
        f"a reason is recorded for {share(known.customers.sum() / total)} of the {people(total)} who left over"
        f" {span_words(months)}; most often {quoted(often.reason)} ({count(often.customers)})"
    )
    if named.value.notna().all() and max(named.value) > 0:
        dearest = named.loc[named.value.map(float).idxmax()]
        text += f", and most value went with {'it too' if dearest.reason == often.reason else quoted(dearest.reason)}"
    return sentence(text)
