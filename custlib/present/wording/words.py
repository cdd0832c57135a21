"""Small parts of sentences: plurals, verbs that follow a sign, lists."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from custlib.present.numbers import count, number, percent

CANNOT = "the data do not reach back far enough to say"
UNCHANGED = "practically unchanged"


def people(value: Any, noun: str = "customer") -> str:
    """Write a count with its noun: ``1 customer``, ``12,310 customers``, ``no customers``."""
    exact = number(value)
    if exact is None:
        return f"an unknown number of {noun}s"
    if exact == 0:
        return f"no {noun}s"
    return f"{count(exact)} {noun}" + ("" if exact == 1 else "s")


def compared(rate: Decimal | float | None, *, more: str = "more", less: str = "fewer") -> str | None:
    """Say how much more or less: ``1.3% more``, ``2.1% fewer``; None where unknown."""
    exact = number(rate)
    if exact is None:
        return None
    written = percent(abs(exact))
    if written == "0.0%":
        return UNCHANGED
    return f"{written} {more if exact > 0 else less}"


def than(words: str | None, when: str, *, same: str) -> str:
    """Join a comparison to what it is compared with: ``2.1% fewer than a year ago``."""
    if words == UNCHANGED:
        return f"practically {same} {when}".strip()
    return f"{words} than {when}" if when else f"{words}"


def span_words(months: int) -> str:
    """Name a comparison's length: ``a year``, ``a month``."""
    return {1: "a month", 12: "a year"}.get(months, f"{months} months")


def listed(parts: Sequence[str]) -> str:
    """Join parts as in speech: ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def quoted(text: str) -> str:
    """Set a company's own word in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def sentence(text: str) -> str:
    """Make a sentence of a text: a capital at its head, one full stop at its end."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
