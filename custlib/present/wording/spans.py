"""Months of acquisition in words."""

from custlib.measure.generations import Generation
from custlib.periods import Month, add_months, month_name

# A label stays on one line.
_BLANK = "\N{NO-BREAK SPACE}"


def _short(month: Month) -> str:
    return f"{month_name(month)[:3]}{_BLANK}{month.year}"


def _quarter(first: Month, last: Month) -> bool:
    return first.month % 3 == 1 and add_months(first, 2) == last


def label(first: Month, last: Month) -> str:
    """Name months of acquisition in a table or beside a line: ``2025``, ``2025 Q1``, ``Jun-Aug 2011``, ``Mar 1997``."""
    if first == last:
        return _short(first)
    if first.month == 1 and add_months(first, 11) == last:
        return str(first.year)
    if _quarter(first, last):
        return f"{first.year}{_BLANK}Q{(first.month + 2) // 3}"
    start = month_name(first)[:3] if first.year == last.year else _short(first)
    return f"{start}\N{EN DASH}{_short(last)}"


def when(first: Month, last: Month) -> str:
    """Say when customers were won: ``in 2025``, ``from June to August 2011``, ``in March 1997``."""
    if first == last:
        return f"in {month_name(first)}"
    if first.month == 1 and add_months(first, 11) == last:
        return f"in {first.year}"
    start = month_name(first).split()[0] if first.year == last.year else month_name(first)
    return f"from {start} to {month_name(last)}"


def of(generation: Generation) -> str:
    """Say when a generation was won."""
    return when(generation.first, generation.last)


def named(generation: Generation) -> str:
    """Name a generation in a table or beside a line."""
    return label(generation.first, generation.last)


def layer(name: str) -> str:
    """Name a layer for a reader: a month as ``March 1997``, all else as it is."""
    head, _, tail = name.partition("-")
    if head.isdigit() and tail.isdigit():
        return month_name(Month(int(head), int(tail), 1))
    return name
