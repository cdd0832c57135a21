"""More customers or better ones: what the latest intake brought against the one before, in words."""

from typing import Any

from custlib.measure.figures import FEW
from custlib.present.numbers import count, money, number, signed, writer
from custlib.present.wording.concentration import known
from custlib.present.wording.words import people, sentence

FEW_CUSTOMERS, FEW_MONTHS = "few customers", "few months"
_WHY = {
    FEW_CUSTOMERS: "too few customers were won to tell from chance",
    FEW_MONTHS: "too few months tell by how much months differ among themselves",
}


def side(found: Any) -> int:
    """Say whether customers are better (1), worse (-1), or whether this cannot be told (0)."""
    if not known(found.low) or not known(found.high) or cannot(found):
        return 0
    return 1 if found.low > 0 else -1 if found.high < 0 else 0


def cannot(found: Any) -> str:
    """Say why the difference per head can tell nothing whatever its interval: "few customers", "few months", or ""."""
    difference = getattr(found, "difference", None)
    return "" if difference is None else str(difference.cannot)


def message(found: Any, currency: str, word: str) -> str:
    """Say whether the intake grew in number or in worth per head, and whether the latter may be chance."""
    if found is None:
        return "More customers or better ones cannot be said: there are no two intakes whose first months can be compared."
    if min(found.customers_now, found.customers_then) < FEW:
        return "More customers or better ones cannot be said: too few were won in one of the two intakes."
    heads = int(found.customers_now) - int(found.customers_then)
    more = "as many as" if not heads else f"{count(abs(heads))} {'more' if heads > 0 else 'fewer'} than"
    text = (
        f"of the two latest intakes whose first {people(found.months, 'month')} are known, the later has {people(found.customers_now)},"
        f" {more} the earlier; each brought {money(found.margin_now, currency)} of {word} in them, in the earlier"
        f" {money(found.margin_then, currency)}"
    )
    return sentence(f"{text}: {_verdict(found, heads, currency)}")


def _verdict(found: Any, heads: int, currency: str) -> str:
    """Name the four ways of more or fewer, better or worse."""
    better, size = side(found), "more" if heads > 0 else "fewer" if heads < 0 else "as many"
    if not better:
        why = _WHY.get(cannot(found), "the difference per head may be chance")
        return f"{size} customers, and no measurable difference in what each brings; {why}{_ends(found, currency)}"
    joined = "and" if (heads > 0) == (better > 0) or not heads else "but"
    return f"{size} customers, {joined} {'better' if better > 0 else 'less valuable'} ones{_ends(found, currency)}"


def _ends(found: Any, currency: str) -> str:
    """Write the interval of the difference per head."""
    if not known(found.low) or not known(found.high):
        return ""
    write = writer(currency)
    return f" (per head {signed(found.low, write)} to {signed(found.high, write)})"


def arithmetic(found: Any, currency: str) -> str:
    """Write out what the number and what the worth per head make of the change."""
    if found is None or min(found.customers_now, found.customers_then) < FEW:
        return ""
    write = writer(currency)
    parts = [float(found.quantity), float(found.quality)]
    return (
        f"Of the change of {signed(sum(parts), write)}, {signed(parts[0], write)} is made by the number of customers (at the mean of both"
        f" intakes' worth per head) and {signed(parts[1], write)} by what each brings (at the mean of both numbers)."
    )


def rows(found: Any, currency: str) -> list[tuple[str, str, str, str]]:
    """Give the table's lines: what, the earlier intake, the later, change."""
    write = writer(currency)
    heads = int(found.customers_now) - int(found.customers_then)
    each = number(found.margin_now), number(found.margin_then)
    change = "" if None in each else signed(each[0] - each[1], write)  # type: ignore[operator]
    totals = [float(found.customers_then * found.margin_then), float(found.customers_now * found.margin_now)]
    return [
        ("Customers won", count(found.customers_then), count(found.customers_now), signed(heads, count)),
        ("Each brought", write(found.margin_then), write(found.margin_now), change),
        ("Together", write(totals[0]), write(totals[1]), signed(totals[1] - totals[0], write)),
        ("of it by their number", "", "", signed(float(found.quantity), write)),
        ("of it by what each brings", "", "", signed(float(found.quality), write)),
    ]
