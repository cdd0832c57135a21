"""What the customer base did, in words."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from custlib.measure.figures import YearOfMargin, exchange_rate
from custlib.measure.series import Series
from custlib.present.numbers import count, decimal, money, share, signed
from custlib.present.wording.words import compared, listed, people, sentence

CANNOT = "The data do not reach back far enough to say"


def how_many(active: Series) -> str:
    """Say how many customers are active, against a month and a year ago."""
    if active.now is None:
        return sentence(f"{CANNOT} how many customers are active by the agreed window")
    said = [f"{words} than {when}" for words, when in _against(active) if words != "practically unchanged"]
    same = [f"practically as many as {when}" for words, when in _against(active) if words == "practically unchanged"]
    return sentence(listed([f"{people(active.now, 'active customer')}: " + listed(said + same)]).rstrip(": "))


def _against(active: Series) -> list[tuple[str, str]]:
    pairs = ((active.rate(1), "a month ago"), (active.rate(12), "a year ago"))
    return [(compared(rate), when) for rate, when in pairs if rate is not None]


def in_and_out(row: pd.Series | None, month: str) -> tuple[str, str]:
    """Say who came and who left in the month: two sentences.

    `row` is the whole base's line of a monthly comparison; None where it is not available.
    """
    if row is None:
        return (
            sentence(f"{CANNOT} how many customers came in {month}"),
            sentence(f"{CANNOT} how many left"),
        )
    back = f" and {people(row.won_back, 'former customer')} came back" if row.won_back else ""
    came = f"{people(row.new, 'new customer')} joined{back} in {month}"
    net = int(row.closing - row.opening)
    ending = "as many as at the start" if net == 0 else f"{count(abs(net))} {'more' if net > 0 else 'fewer'} than at the start"
    return sentence(came), sentence(f"{people(row.lost)} left, so the month ends with {people(row.closing)}, {ending}")


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
    span = 12 if value.rate(12) is not None else 1
    against = compared(value.rate(span), less="less")
    text = f"the active customers brought {money(value.now, currency)} of {word} in the last {months} months"
    if against is None:
        return sentence(text)
    when = "a year" if span == 12 else "a month"
    than = f"{against} than" if against != "practically unchanged" else "practically the same as"
    text += f", {than} those active {when} earlier"
    now, then = _per_head(value, active, 0), _per_head(value, active, span)
    if now is not None and then is not None and then > 0:
        head = compared((now - then) / then, less="less")
        text += f" ({money(now, currency)} per customer, {head})"
    return sentence(text)


def _per_head(value: Series, active: Series, months: int) -> Decimal | None:
    total, heads = value.back(months), active.back(months)
    return None if total is None or not heads else total / heads


def usual_message(active: Series, noun: str = "the number of active customers") -> str:
    """Say whether the month's change is usual against the changes of the past two years."""
    verdict = active.verdict
    if verdict.change is None:
        return sentence(f"{CANNOT} whether the change in {noun} is usual")
    change = signed(verdict.change)
    if verdict.verdict == "cannot tell":
        return sentence(
            f"whether the month's change in {noun} ({change}) is usual cannot be told:"
            f" {people(verdict.changes, 'earlier change')} to compare with"
        )
    text = (
        f"the month's change in {noun} ({change}) is {verdict.verdict} against the {verdict.changes} before it"
        f" (typically {signed(verdict.median)}, give or take {count(verdict.spread)})"
    )
    same = active.same_month_change
    return sentence(text + (f"; in the same month a year earlier it was {signed(same)}" if same is not None else ""))


def contributions(row: pd.Series) -> dict[str, Decimal]:
    """Give the signed lines of a value bridge under the words used for them."""
    return {
        "customers who joined": row.new_value,
        "customers who came back": row.won_back_value,
        "customers who stayed and grew": row.growth,
        "customers who left": -row.lost_value,
        "customers who stayed and shrank": -row.decline,
    }


def annual_bridge_message(
    row: pd.Series | None, biggest: Sequence[tuple[str, Decimal]], currency: str, word: str, months: int = 12
) -> str:
    """Say which lines moved the value of the base most over the comparison."""
    span = "year" if months == 12 else "month"
    if row is None:
        return sentence(f"{CANNOT} what moved the value of the base over a {span}")
    change = row.closing_value - row.opening_value
    parts = [f"{name} ({signed(value, lambda v: money(v, currency))})" for name, value in biggest]
    verb = "rose" if change > 0 else "fell" if change < 0 else "did not change"
    by = f" by {money(abs(change), currency)}" if change else ""
    return sentence(
        f"over the {span} the {word} of active customers {verb}{by}; the largest movements were {listed(parts)}"
    )


def exchange_message(lost: YearOfMargin, new: YearOfMargin, currency: str, word: str) -> str:
    """Say what a leaver brought in a last year against what a joiner brings in a first."""
    if lost.margin is None or new.margin is None:
        return sentence(f"{CANNOT} what leavers brought in their last active year against joiners in their first")
    if not lost.customers:
        return "Nobody left, so there is nothing to replace."
    heads = (
        f"a customer who left brought {money(lost.per_head, currency)} of {word} in the last active year,"
        f" a new one brings {money(new.per_head, currency)} in the first"
    )
    rate = exchange_rate(lost, new)
    if rate is None or rate <= 0:
        return sentence(f"{heads}; how many would replace one is then not meaningful")
    return sentence(f"{heads}: {decimal(rate, 1)} new customers replace one lost")


def stayed_message(row: pd.Series | None, material_change: float, word: str, span: str) -> str:
    """Say how many of those who stayed grew and shrank materially."""
    if row is None:
        return sentence(f"{CANNOT} who of those who stayed grew or shrank")
    if not row.retained:
        return "Nobody stayed through the comparison."
    more, fewer = int(row.growing), int(row.declining)
    lead = "more grew than shrank" if more > fewer else "more shrank than grew" if fewer > more else "as many grew as shrank"
    return sentence(
        f"of the {people(row.retained)} who stayed over the {span}, {lead}: {word} rose by more than"
        f" {share(material_change)} for {count(more)} and fell by more than that for {count(fewer)}"
    )


def core_message(core: Series, active: Series, margin_share: Decimal | None) -> str:
    """Say how many customers are core, what share of the base and of its margin they are."""
    if core.now is None or not active.now:
        return "No core customers can be counted: the company file has no core rule, or the data are too short for it."
    part = f"{people(core.now, 'core customer')}, {share(core.now / active.now)} of the active base"
    if margin_share is not None:
        part += f", {'bring' if core.now != 1 else 'brings'} {share(margin_share)} of its margin"
    moved = [f"{compared(rate)} than {when}" for rate, when in ((core.rate(1), "a month ago"), (core.rate(12), "a year ago")) if rate]
    return sentence(part + (f": {listed(moved)}" if moved else "")).replace("practically unchanged than", "practically as many as")
