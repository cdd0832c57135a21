"""The source's amount against the report's: nothing is lost, and what is left out has a reason."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from custlib.errors import CustlibError
from custlib.periods import Month, month_text
from custlib.results import Figure, figure

REASONS = {
    "excluded_filter": "outside the filter",
    "excluded_scope": "outside the scope",
    "excluded_duplicate": "repeated key",
}


@dataclass(frozen=True)
class Part:
    """A part of the log: rows, and their amount in the company's currency."""

    rows: int
    amount: Decimal


@dataclass(frozen=True)
class Reconciliation:
    """The log up to a month's end: the whole, and its parts, each summed by itself.

    `excluded` is keyed by reason in words. `later` is what is dated after the month; it is left out of the
    month's figures and appears on pages and in the manifest only.
    """

    source: Part
    attributed: Part
    unattributed: Part
    excluded: dict[str, Part]
    later: Part
    returns: Part
    zero: Part

    @property
    def excluded_total(self) -> Part:
        """All rows left out by the company file's own rules."""
        parts = self.excluded.values()
        return Part(sum(p.rows for p in parts), sum((p.amount for p in parts), Decimal(0)))

    def check(self) -> None:
        """Refuse a log whose parts do not add up to the whole.

        Raises
        ------
        CustlibError
            Naming both sums.
        """
        parts = [self.attributed, self.unattributed, *self.excluded.values()]
        for name in ("rows", "amount"):
            total, whole = sum(getattr(p, name) for p in parts), getattr(self.source, name)
            if total != whole:
                raise CustlibError(
                    f"transactions: the parts add up to {total} {name}, the source holds {whole}"
                )

    def figures(self, currency: str) -> list[Figure]:
        """Name the reconciliation's lines; cumulative to the month, so their window is 0."""
        rows = [
            figure("source_rows", self.source.rows, "rows", 0),
            figure("attributed_rows", self.attributed.rows, "rows", 0),
            figure("unattributed_rows", self.unattributed.rows, "rows", 0),
            figure("excluded_rows", self.excluded_total.rows, "rows", 0),
        ]
        money = [
            figure("source_amount", self.source.amount, currency, 0, n=self.source.rows),
            figure("attributed_amount", self.attributed.amount, currency, 0, n=self.attributed.rows),
            figure("unattributed_amount", self.unattributed.amount, currency, 0, n=self.unattributed.rows),
            figure("excluded_amount", self.excluded_total.amount, currency, 0, n=self.excluded_total.rows),
        ]
        return rows + money

    def table(self) -> pd.DataFrame:
        """Lay the reconciliation out: label, rows, amount; parts first, the whole last."""
        lines = [("belongs to a known customer", self.attributed), ("has no customer", self.unattributed)]
        lines += [(f"left out: {reason}", part) for reason, part in self.excluded.items()]
        lines += [("the source, to the month's end", self.source)]
        return pd.DataFrame(
            [(label, part.rows, part.amount) for label, part in lines], columns=["part", "rows", "amount"]
        )


def reconcile(months: pd.DataFrame, *, month: Month) -> Reconciliation:
    """Add the log's months up to the one reported.

    Parameters
    ----------
    months : DataFrame
        One row per month of the log, as the check of the source counts it (``month`` as YYYY-MM).
    """
    to_month = months[months.month <= month_text(month)]
    later = months[months.month > month_text(month)]

    def part(prefix: str, rows: pd.DataFrame = to_month) -> Part:
        return Part(int(rows[f"{prefix}rows"].sum()), sum(rows[f"{prefix}amount"], Decimal(0)))

    excluded = {
        words: part(f"{name}_") for name, words in REASONS.items() if f"{name}_rows" in months.columns
    }
    return Reconciliation(
        source=part(""),
        attributed=part("attributed_"),
        unattributed=part("unattributed_"),
        excluded=excluded,
        later=part("", later),
        returns=part("return_"),
        zero=part("zero_"),
    )
