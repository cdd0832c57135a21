"""Calendar months: the workbook's only unit of time.

A month is the ``datetime.date`` of its first day inside the library and the text
``"2026-06"`` at its edges (parameters, results, file names).
"""

import calendar
import re
from collections.abc import Iterator
from datetime import date

from custlib.errors import UsageError

Month = date

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def parse_month(text: str) -> Month:
    """Read a month written as ``YYYY-MM``.

    Raises
    ------
    UsageError
        When the text is anything else: a day, a month name or a month 13.
    """
    match = _MONTH.fullmatch(str(text).strip())
    if not match or match[1] == "0000":
        raise UsageError(
            f"month {text!r} is not a calendar month\n  write it as YYYY-MM, for example 2026-06"
        )
    return date(int(match[1]), int(match[2]), 1)


def month_text(month: Month) -> str:
    """Write a month as ``YYYY-MM``."""
    return f"{month.year:04d}-{month.month:02d}"


def month_name(month: Month) -> str:
    """Write a month for a reader, as ``June 2026``."""
    return f"{calendar.month_name[month.month]} {month.year}"


def month_of(day: date) -> Month:
    """Give the month in which a day lies."""
    return date(day.year, day.month, 1)


def add_months(month: Month, count: int) -> Month:
    """Move a month forward (or back, when `count` is negative)."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: Month, last: Month) -> int:
    """Count the months from `first` to `last`; negative when `last` is earlier."""
    return (last.year - first.year) * 12 + last.month - first.month


def month_end(month: Month) -> date:
    """Give the last day of a month."""
    return date(month.year, month.month, calendar.monthrange(month.year, month.month)[1])


def month_range(first: Month, last: Month) -> Iterator[Month]:
    """Run through the months from `first` to `last`, both included."""
    for offset in range(months_between(first, last) + 1):
        yield add_months(first, offset)
