"""The customer equity ledger in words: what its lines are called, what moved equity most, and what is profit instead."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.periods import month_name
from custlib.present.numbers import money, money_exact, number, signed, writer
from custlib.present.wording.words import listed, people, sentence

ALL = "all"
OPENING, RESTATEMENT, CLOSING = "opening", "restatement", "closing"
# What rounding printed lines to the cent leaves over, and the residual of the ledger with it.
ROUNDING = "Left over: rounding"
ON_NEW_BASIS = "Opening on the new basis"
UNWINDING, EXPECTED, NEW = "unwinding", "expected", "new"
SURPRISES = ("survival", "frequency", "spend")
LINES = (UNWINDING, EXPECTED, *SURPRISES, NEW)
# Where few are of a status, their amounts stand with those of another, as others.
STATUSES = ("continuing", "lapsed", "won back", "dormant", "closed", "others")
NAMES: Mapping[str, str] = {
    UNWINDING: "Unwinding: a month nearer",
    EXPECTED: "Expected margin falls due",
    "survival": "Survival against expected",
    "frequency": "Frequency against expected",
    "spend": "Spend of an active month",
    NEW: "New customers",
    RESTATEMENT: "Restatement: new basis",
}
# The same in a picture, and in a line of arithmetic.
_SHORT: Mapping[str, str] = {
    UNWINDING: "Unwinding",
    EXPECTED: "Expected margin",
    "survival": "Survival",
    "frequency": "Frequency",
    "spend": "Spend",
    NEW: "New customers",
    RESTATEMENT: "Restatement",
}
# What a line that moved equity says in a sentence: where it rose, where it fell.
_DID: Mapping[str, tuple[str, str]] = {
    UNWINDING: ("what was to come has come nearer", "losses to come have come nearer"),
    EXPECTED: ("losses expected fell due", "margin expected fell due"),
    "survival": ("more customers than expected look still to be there", "fewer customers than expected look still to be there"),
    "frequency": ("who is there comes more often than expected", "who is there comes less often than expected"),
    "spend": ("an active month brings more than before", "an active month brings less than before"),
    NEW: ("new customers came", "new customers came who are expected to cost more than they bring"),
    RESTATEMENT: ("a new basis values customers higher", "a new basis values customers lower"),
}  # fmt: skip
_DECEMBER = 12
# Lines that say how things went otherwise than foreseen.
_TOLD = (*SURPRISES, NEW)


def exact(value: Any) -> Decimal:
    """Read an amount as a decimal; nothing where there is none."""
    return number(value) or Decimal(0)


def parts(ledger: Any, line: str) -> list[tuple[str, Decimal]]:
    """Give the amounts of a line by status, in the order of statuses; one of status "all" where it is not split."""
    rows = ledger.lines[ledger.lines.line == line]
    split = rows[rows.status != ALL]
    shown = rows if split.empty else split
    order = {status: place for place, status in enumerate(STATUSES)}
    found = [(str(row.status), exact(row.amount)) for row in shown.itertuples()]
    return sorted(found, key=lambda item: order.get(item[0], len(order)))


def total(ledger: Any, line: str) -> Decimal:
    """Give the amount of a line, over all statuses."""
    rows = ledger.lines[ledger.lines.line == line]
    whole = rows[rows.status == ALL]
    shown = rows if whole.empty else whole
    return sum((exact(value) for value in shown.amount), Decimal(0))


def end(month: Any) -> str:
    """Name the end of a month: ``end of June 2026``."""
    return f"end of {month_name(month)}"


def span(ledger: Any) -> str:
    """Name the period of a ledger: ``June 2026``, ``the 12 months to June 2026``."""
    closing = month_name(ledger.closing_month)
    return closing if ledger.months == 1 else f"the {people(ledger.months, 'month')} to {closing}"


def longest(found: Any) -> Any:
    """Give the ledger of the longest period there is; None where there is none."""
    return found.ledgers[max(found.ledgers)] if found.ledgers else None


def new_at_opening(ledger: Any) -> bool:
    """Say whether the restatement is that of the opening itself: the first month is a January."""
    return bool(ledger.restatement) and ledger.opening_month.month == _DECEMBER


def message(ledger: Any, currency: str) -> str:
    """Say from what to what customer equity went, and which line that nobody could foresee raised or lowered it most."""
    if ledger is None:
        return "The ledger of customer equity is not available."
    opening, closing = exact(ledger.opening), exact(ledger.closing)
    change = closing - opening
    text = f"over {span(ledger)}" if ledger.months > 1 else f"in {span(ledger)}"
    ends = f"from {money(opening, currency)} to {money(closing, currency)}"
    if money(opening, currency) == money(closing, currency):
        text += f" customer equity stayed at {money(closing, currency)}"
    else:
        text += f" customer equity {'rose' if change > 0 else 'fell'} {ends}"
    moved = _moved(ledger)
    up = [line for line in sorted(moved, key=lambda line: -moved[line]) if moved[line] > 0]
    down = [line for line in sorted(moved, key=lambda line: moved[line]) if moved[line] < 0]
    for lines, did, place in ((up, "most was added because", 0), (down, "most was taken because", 1)):
        if lines:
            said = [f"{_DID[line][place]} ({signed(moved[line], writer(currency))})" for line in lines[:2]]
            text += f"; {did} {listed(said)}"
    return sentence(text)


def _moved(ledger: Any) -> dict[str, Decimal]:
    """Give the amounts that were not foreseen: what came otherwise than expected, new customers, a new basis."""
    return {line: total(ledger, line) for line in _TOLD} | {RESTATEMENT: exact(ledger.restatement)}


def arithmetic(ledger: Any, currency: str) -> str:
    """Write the ledger out in one line."""
    if ledger is None:
        return ""
    terms = [(RESTATEMENT, exact(ledger.restatement)), *((line, total(ledger, line)) for line in LINES)]
    signs = {True: "+", False: "\N{MINUS SIGN}"}
    said = [
        f"{signs[amount > 0]} {money_exact(abs(amount), currency)} ({_SHORT[line].lower()})"
        for line, amount in terms
        if amount
    ]
    return (
        f"{money_exact(ledger.opening, currency)} {' '.join(said)} = {money_exact(ledger.closing, currency)}"
    )


def customers_message(ledger: Any) -> str:
    """Say how many customers the two ends of the ledger hold."""
    if ledger is None:
        return ""
    return sentence(
        f"the ledger opens with {people(ledger.customers_opening)}, {people(ledger.customers_new)} {'is' if ledger.customers_new == 1 else 'are'} new in it, and it closes"
        f" with {people(ledger.customers_closing)}: whoever was once a customer stays in it, at what little or nothing is still to come"
    )


def footing_note(ledger: Any, currency: str) -> str:
    """Say what is left when all lines are taken off, before amounts are rounded to print them."""
    if ledger is None:
        return ""
    left = exact(ledger.residual)
    rest = "nothing is left over" if not left else f"{_tiny(left, currency)} is left over"
    return sentence(
        f"every line is worked out by itself, customer by customer, and none as what the others leave; opening and lines taken off the closing, {rest}."
        " Amounts are printed to the cent, and what rounding them adds up to stands in a line of its own"
    )


def _tiny(value: Decimal, currency: str) -> str:
    """Write an amount that may be far below a cent."""
    if abs(value) >= Decimal("0.005"):
        return money_exact(value, currency)
    return f"less than {money_exact(Decimal('0.01'), currency)}"


def mean_note() -> str:
    """Say which lines have nothing for their mean under the model, and which have not."""
    return sentence(
        "had the model of the basis been right, survival, frequency and spend together would come to nothing in the mean; none of the three and no status"
        " has to: whoever falls silent lowers equity and whoever comes raises it, also where all goes as foreseen"
    )


def profit_note() -> str:
    """Say which sums are no lines of the ledger."""
    return sentence(
        "margin received is profit and no line of the ledger: the ledger has only the expected margin, which is no longer to come whether it was received or not"
    )


def bridge_title(ledger: Any, currency: str) -> str:
    """Say which way customer equity went, and what that was not foreseen took or added most."""
    if ledger is None:
        return "What moved customer equity cannot be shown yet"
    opening, closing = money(ledger.opening, currency), money(ledger.closing, currency)
    if opening == closing:
        return f"Customer equity stood at {closing} at both ends"
    rose = exact(ledger.closing) > exact(ledger.opening)
    text = f"Customer equity {'rose' if rose else 'fell'} from {opening} to {closing}"
    moved = _moved(ledger)
    line = (max if rose else min)(moved, key=lambda name: moved[name])
    if (moved[line] > 0) != rose or not moved[line]:
        return text
    return f"{text}; beyond the foreseen, {_SHORT[line].lower()} {'added' if rose else 'took'} most"


def bridge_rows(ledger: Any) -> pd.DataFrame:
    """Give the steps of the waterfall: label, value, kind; a restatement of nothing stays away."""
    names = ["label", "value", "kind"]
    if ledger is None:
        return pd.DataFrame(columns=names)
    rows = [(f"Opening, {month_name(ledger.opening_month)}", float(ledger.opening), "total")]
    if ledger.restatement:
        rows.append(("Restatement", float(ledger.restatement), "change"))
    rows += [(_SHORT[line], float(total(ledger, line)), "change") for line in LINES]
    rows.append((f"Closing, {month_name(ledger.closing_month)}", float(ledger.closing), "total"))
    return pd.DataFrame(rows, columns=names)


def alt_bridge(ledger: Any, currency: str) -> str:
    """Describe the waterfall from opening to closing."""
    if ledger is None:
        return "No bars: the ledger is not available."
    rows, write = bridge_rows(ledger), writer(currency)
    said = [f"{row.label.lower()} {signed(row.value, write)}" for row in rows.iloc[1:-1].itertuples()]
    return (
        f"Waterfall of customer equity from {write(ledger.opening)} at the {end(ledger.opening_month)} to {write(ledger.closing)} at the"
        f" {end(ledger.closing_month)}: {', '.join(said)}."
    )
