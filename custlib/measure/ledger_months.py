"""Monthly ledgers and their sums: over one month or twelve, of everybody or by segment; whatever is shown foots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.clv.fit import Floats
from custlib.measure.figures import FEW
from custlib.measure.ledger import LINES, NEW, residual
from custlib.periods import Month, add_months

ALL = "all"
STATUSES = ("continuing", "lapsed", "won back", "dormant", "closed")
# Where few customers are of a status in a month, their amounts stand with those of others.
OTHERS = "others"
OPENING, CLOSING = "opening", "closing"
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Monthly:
    """The ledger of one month, as it is kept.

    Attributes
    ----------
    month, basis_month : date
        The month, and that at whose end its valuation basis was fitted.
    rate : float
        Discount rate of a month.
    sums : DataFrame
        One row per ``dimension`` ("all": of everybody) and row of `custlib.aggregate.ledger.ledger_sums`; amounts are
        Decimals.
    labels : dict
        Dimension -> its segments in order.
    worth : dict
        (dimension, end) -> ndarray (segment, 1 + draws + rates): value on the basis, its draws, and at other rates, of the
        ends of `custlib.aggregate.ledger.ledger_cells`: "opening", "closing" (of the opening base) and "new".
    pooled : tuple of (str, str)
        Kind and segment of those that the basis does not know, valued by the fit of everybody of their kind.
    at_limit : bool
        Whether the basis saw nobody leave.
    recorded : bool
        Whether what winning customers cost is recorded of anybody.
    """

    month: Month
    basis_month: Month
    rate: float
    sums: pd.DataFrame = field(repr=False)
    labels: Mapping[str, list[str]] = field(repr=False)
    worth: Mapping[tuple[str, str], Floats] = field(repr=False)
    pooled: tuple[tuple[str, str], ...] = ()
    at_limit: bool = False
    recorded: bool = True

    def of(self, dimension: str = ALL) -> pd.DataFrame:
        """Give the sums of one dimension."""
        return self.sums[self.sums.dimension == dimension]

    def drawn(self, dimension: str, end: str, segment: str) -> Floats | float:
        """Give the value of a segment at an end on every draw; 0 where it has nobody."""
        known = self.labels[dimension]
        return self.worth[dimension, end][known.index(segment)] if segment in known else 0.0


@dataclass(frozen=True)
class Ledger:
    """Customer equity from one month end to a later one.

    Attributes
    ----------
    months : int
        1 or 12.
    opening_month, closing_month : date
        The month ends.
    opening, closing : float
        Customer equity: as the month before closed, and now.
    restatement : float
        What new bases changed, at the opening of each January; no part of any return.
    lines : DataFrame
        ``line`` (the five of the opening base, and "new"), ``status`` ("all", one of `STATUSES`, or "others": those who were one to
        four of a status in a month, and whoever hides them; a status that is there in no other month has no row), ``amount``. The rows of
        "all" and the restatement are what lies between opening and closing.
    residual : float
        What they leave over: rounding.
    customers_opening, customers_new, customers_closing : int
        Customers who were valued, active or not.
    """

    months: int
    opening_month: Month
    closing_month: Month
    opening: float
    restatement: float
    lines: pd.DataFrame
    closing: float
    residual: float
    customers_opening: int
    customers_new: int
    customers_closing: int

    def line(self, name: str, status: str = ALL) -> float:
        """Give one line."""
        found = self.lines[(self.lines.line == name) & (self.lines.status == status)]
        return float(found.amount.sum())


def total(values: pd.Series) -> Decimal:
    """Add Decimals up."""
    return sum(values, NOTHING)


def ledger(months: Sequence[Monthly]) -> Ledger:
    """Add monthly ledgers up, one following on the other.

    Raises
    ------
    CustlibError
        When a month does not open where the one before closed, or the sum does not foot.
    """
    parts = [month.of() for month in months]
    for before, after in pairwise(parts):
        _follows(total(before.closing), total(after.opened))
    opening, closing = total(parts[0].opened), total(parts[-1].closing)
    restated = total(pd.Series([total(part.restatement) for part in parts], dtype=object))
    every = pd.concat(parts, ignore_index=True)
    amounts = {line: total(every[line]) for line in (*LINES, NEW)}
    rest = residual(opening, amounts | {"restatement": restated}, closing)
    rows = [(line, ALL, float(amount)) for line, amount in amounts.items()]
    split = pd.concat([part.assign(status=_told(part)) for part in parts], ignore_index=True)
    # A status in which nobody was is nothing; one that stands with others throughout is not told of.
    found = [
        status for status in STATUSES if (split.status == status).any() or not (every.status == status).any()
    ]
    found += [OTHERS] if (split.status == OTHERS).any() else []
    rows += [
        (line, status, float(total(split[line][split.status == status])))
        for line in LINES
        for status in found
    ]  # fmt: skip
    members = [part[part.status != NEW].customers.sum() for part in parts]
    return Ledger(
        len(months), add_months(months[0].month, -1), months[-1].month, float(opening), float(restated),
        pd.DataFrame(rows, columns=["line", "status", "amount"]), float(closing), float(rest),
        int(members[0]), int(every[every.status == NEW].customers.sum()), int(parts[-1].customers.sum()),
    )  # fmt: skip


def _told(part: pd.DataFrame) -> pd.Series:
    """Name the statuses of a month's rows as they are told: none of fewer than `FEW`, alone or together."""
    sizes = part[part.status != NEW].groupby("status").customers.sum()
    ordered = sizes[sizes > 0].sort_values(kind="stable")
    hidden = set(ordered.index[ordered < FEW])
    for status in ordered.index:
        if not 0 < sizes[sorted(hidden)].sum() < FEW:
            break
        hidden.add(status)
    return part.status.where(~part.status.isin(hidden), OTHERS)


def _follows(closed: Decimal, opened: Decimal) -> None:
    if abs(closed - opened) > Decimal("1e-6") * max(abs(closed), Decimal(1)):
        raise CustlibError(
            f"a month's ledger opens at {opened:.4f}, and the one before closed at {closed:.4f}\n"
            "  this is a mistake of the workbook; clean the cache and report it if it happens again"
        )


def segment_ledger(months: Sequence[Monthly], dimension: str) -> pd.DataFrame:
    """Add monthly ledgers up by segment; who moved takes the value along.

    Members of the opening base bring their lines to the segment they opened the month in, and are taken to another
    at its close with their value then; the new begin in the segment of their first close. Where thresholds are set anew,
    members move at the opening, with the value the month before closed with.

    Returns
    -------
    DataFrame
        One row per segment: ``opening``, ``restatement``, the lines, ``new``, ``reclassified_in``, ``reclassified_out``, ``closing``
        (Decimals; opening, lines, in less out and restatement are the closing); ``customers_opening``, ``customers_new``,
        ``customers_closing``, ``customers_in``, ``customers_out`` (who moved, each time counted).

    Raises
    ------
    CustlibError
        When a segment does not foot.
    """
    every = pd.concat([month.of(dimension) for month in months], ignore_index=True)
    first, last = months[0].of(dimension), months[-1].of(dimension)
    names = sorted(set(every.earlier.dropna()) | set(every.then.dropna()) | set(every.now.dropna()))
    old = every.status != NEW
    moved, reset = old & (every.then != every.now), old & (every.earlier != every.then)
    rows = []
    for name in names:
        in_, out = moved & (every.now == name), moved & (every.then == name)
        set_in, set_out = reset & (every.then == name), reset & (every.earlier == name)
        mine = old & (every.then == name)
        row = {
            "opening": total(first.opened[first.earlier == name]),
            "restatement": total(every.restatement[mine]),
            **{line: total(every[line][mine]) for line in LINES},
            NEW: total(every.new[~old & (every.now == name)]),
            "reclassified_in": total(every.closing[in_]) + total(every.opened[set_in]),
            "reclassified_out": total(every.closing[out]) + total(every.opened[set_out]),
            "closing": total(last.closing[last.now == name]),
        }
        parts = {key: row[key] for key in ("restatement", *LINES, NEW, "reclassified_in")}
        residual(row["opening"], parts | {"reclassified_out": -row["reclassified_out"]}, row["closing"])
        rows.append({"segment": name, **row, **_counts(every, first, last, name),
                     "customers_in": int(every.customers[in_].sum() + every.customers[set_in].sum()),
                     "customers_out": int(every.customers[out].sum() + every.customers[set_out].sum())})  # fmt: skip
    return pd.DataFrame(rows)


def _counts(every: pd.DataFrame, first: pd.DataFrame, last: pd.DataFrame, name: str) -> dict[str, int]:
    fresh = (every.status == NEW) & (every.now == name)
    return {
        "customers_opening": int(first.customers[first.then == name].sum()),
        "customers_new": int(every.customers[fresh].sum()),
        "customers_closing": int(last.customers[last.now == name].sum()),
    }
