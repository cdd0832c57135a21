"""A figure's past: this month beside a month and a year earlier, and whether the change is usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from custlib.measure.usual import Verdict, judge
from custlib.periods import Month, add_months, month_range, month_text


@dataclass(frozen=True)
class Series:
    """One measure of the whole base over consecutive months, the reported month last.

    `values` holds None where a month's figure is not available.
    """

    measure: str
    unit: str
    values: tuple[Decimal | None, ...]

    def back(self, months: int) -> Decimal | None:
        """Give the value `months` before the reported month; None before the first."""
        place = len(self.values) - 1 - months
        return self.values[place] if place >= 0 else None

    @property
    def now(self) -> Decimal | None:
        """The reported month's value."""
        return self.back(0)

    def change(self, months: int) -> Decimal | None:
        """Give the value less the one `months` earlier; None where either is missing."""
        before = self.back(months)
        return None if self.now is None or before is None else self.now - before

    def rate(self, months: int) -> Decimal | None:
        """Give the change as a share of the earlier value; None where that is not above zero."""
        change, before = self.change(months), self.back(months)
        return None if change is None or before is None or before <= 0 else change / before

    @property
    def verdict(self) -> Verdict:
        """Judge the latest monthly change against up to 24 before it."""
        return judge(self.values)

    @property
    def same_month_change(self) -> Decimal | None:
        """Give the monthly change of the same calendar month a year earlier; None where unknown."""
        before, after = self.back(13), self.back(12)
        return None if before is None or after is None else after - before


def series(
    history: pd.DataFrame, measure: str, window_months: int, *, month: Month, length: int = 36
) -> Series:
    """Read one measure's past out of results rows.

    Parameters
    ----------
    history : DataFrame
        Rows of ``history.csv``, the whole base (dimension ``all``).
    """
    rows = history[
        (history.measure == measure) & (history.window_months == window_months) & (history.dimension == "all")
    ]
    known = {row.month: Decimal(row.value) for row in rows.itertuples() if row.status == "ok"}
    months = [month_text(each) for each in month_range(add_months(month, 1 - length), month)]
    unit = rows.unit.iloc[-1] if len(rows) else ""
    return Series(measure, unit, tuple(known.get(each) for each in months))


def largest(contributions: dict[str, Decimal], count: int = 3) -> Sequence[tuple[str, Decimal]]:
    """Sort signed contributions by size, largest first, leaving out those that are zero."""
    moved = [(name, value) for name, value in contributions.items() if value]
    return sorted(moved, key=lambda item: (-abs(item[1]), item[0]))[:count]
