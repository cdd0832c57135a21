"""What the checks found: violations, policies with their counts, and the amounts of each month."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pandas as pd

from custlib.data.rules import Level
from custlib.errors import DataError
from custlib.periods import Month, month_of, month_text

EXCLUSION_COLUMNS = {"filter": "filter", "scope": "scope", "duplicate key": "duplicate"}


@dataclass(frozen=True)
class Violation:
    """A broken rule. `examples` holds at most five keys; they name customers, so they are never published."""

    table: str
    column: str
    rule: str
    level: Level
    count: int
    hint: str
    examples: tuple[str, ...] = ()
    unit: str = "row"

    @property
    def line(self) -> str:
        """The violation in one line, without keys."""
        place = f"{self.table}.{self.column}" if self.column else self.table
        if not self.count:
            return f"{place}: {self.rule}"
        return f"{place}: {self.rule} ({self.count:,} {self.unit}{'' if self.count == 1 else 's'})"


@dataclass(frozen=True)
class Policy:
    """Something counted that is no fault: what was done with it is stated."""

    table: str
    name: str
    rows: int
    amount: Decimal | None
    text: str


@dataclass(frozen=True)
class CheckReport:
    """The result of checking a source.

    `months` has one row per month with a row in the log: rows and amount of the source, and of its
    attributed, unattributed and excluded parts, each summed by itself; `first_date` and `last_date`
    are NULL in a month of which the filter leaves nothing. `counts` holds the totals of the whole log
    (amounts as Decimal) and the rows of the other tables.
    """

    violations: tuple[Violation, ...]
    policies: tuple[Policy, ...]
    counts: dict[str, int | Decimal]
    months: pd.DataFrame
    customer_months_last: Month | None = None

    @property
    def fit(self) -> bool:
        """Whether the data are fit to report from; warnings do not hinder."""
        return all(violation.level != "error" for violation in self.violations)

    @property
    def exit_code(self) -> int:
        """0 fit, 1 fit with warnings, 2 not fit."""
        return 2 if not self.fit else 1 if self.violations else 0

    def raise_if_unfit(self) -> None:
        """Raise DataError with every error, the first one in the first line; never with keys."""
        errors = [violation for violation in self.violations if violation.level == "error"]
        if errors:
            first, *others = errors
            lines = [first.line, f"  {first.hint}", *(f"  also {other.line}" for other in others[:20])]
            raise DataError("\n".join(lines))

    def without_examples(self) -> "CheckReport":
        """Give the same report without the keys of any row, as it may be kept and published."""
        return replace(self, violations=tuple(replace(v, examples=()) for v in self.violations))

    @property
    def first_month(self) -> Month | None:
        """First month of the log, of rows the filter keeps; None without a log."""
        days = [day for day in self.months["first_date"] if day is not None] if len(self.months) else []
        return month_of(min(days)) if days else None

    def last_date(self, today: date) -> date | None:
        """Last day of the log that is not in the future; None without one."""
        days = [day for day in self.months["last_past_date"] if day is not None] if len(self.months) else []
        past = [day for day in days if day <= today]
        return max(past) if past else None

    def later_rows(self, month: Month) -> int:
        """Count the rows dated after a month: they are left out of its figures."""
        if not len(self.months):
            return 0
        return int(self.months.loc[self.months["month"] > month_text(month), "rows"].sum())

    def parts(self) -> list[tuple[str, int, Decimal]]:
        """Give the whole log and the parts that make it up: name, rows, amount; each summed by itself."""
        names = {
            "source": "all transactions",
            "attributed": "of a customer",
            "unattributed": "of nobody known",
        }
        names |= {f"excluded_{part}": f"left out: {reason}" for reason, part in EXCLUSION_COLUMNS.items()}
        found = []
        for part, name in names.items():
            rows, amount = self.counts.get(f"{part}_rows"), self.counts.get(f"{part}_amount")
            if rows is not None and amount is not None:
                found.append((name, int(rows), Decimal(amount)))
        return found
