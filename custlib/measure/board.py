"""The five counts of a customer-asset board: new, lost and why, kept, revenue and profit, referrals; by segment."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.measure.cohorts import NEARLY_ALL
from custlib.measure.figures import FEW, Units, guarded
from custlib.results import Figure

NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class Known:
    """What the data tell: newcomers, their closing margin (value), all margin, acquisition costs, referrals."""

    newcomers: bool
    value: bool
    margin: bool
    costs: bool
    referrals: bool


@dataclass(frozen=True)
class Winning:
    """What winning customers cost in a segment, and how many of them others had sent.

    Attributes
    ----------
    acquired, with_cost : int
        Customers won in the comparison, came and went included, and those whose cost is recorded.
    cost, margin : Decimal or None
        What it cost to win them, and the margin of all known customers of the segment; None where not known.
    referred : int
        New customers whom others had sent, with their closing margin.
    referrers, sent : int
        Customers of the segment who sent others, and whom they sent, with the closing margin of these.
    in_base : bool
        Whether the segment is one of the base; if not, it holds referrers nobody knows.
    """

    acquired: int
    with_cost: int
    cost: Decimal | None
    margin: Decimal | None
    referred: int
    referred_value: Decimal
    referrers: int
    sent: int
    sent_value: Decimal
    in_base: bool = True

    @property
    def profit(self) -> Decimal | None:
        """Margin less what it cost to win the period's new customers; cost to serve is in the margin already."""
        return None if self.cost is None or self.margin is None else self.margin - self.cost

    @property
    def few(self) -> bool:
        """Whether so few were won that their cost, and the profit with it, would tell of single customers."""
        return 0 < self.acquired < FEW


def winning(
    newcomers: pd.DataFrame, referrers: pd.DataFrame, margin: pd.Series, *, months: int, known: Known
) -> dict[str, Winning]:
    """Put newcomers, referrals and margin together by segment.

    Parameters
    ----------
    newcomers, referrers : DataFrame
        Of ``custlib.aggregate.board``.
    margin : Series
        Margin of all known customers over the comparison's months, by segment.
    months : int
        Length of the comparison. Who came and went within a single month counts as new; over a year such
        customers are no new ones, but what it cost to win them was spent.
    """
    found = {}
    sent = {str(_named(row.segment)): row for row in referrers.itertuples()}
    for segment in dict.fromkeys([*map(str, margin.index), *sent]):
        rows = newcomers[newcomers.segment == segment]
        new = rows if months == 1 else rows[rows.status == "new"]
        acquired, recorded = int(sum(rows.customers)), int(sum(rows.known))
        costs_known = known.newcomers and known.costs and recorded >= NEARLY_ALL * acquired
        theirs = sent.get(segment)
        found[segment] = Winning(
            acquired=acquired,
            with_cost=recorded,
            cost=_sum(rows.cost) if costs_known else None,
            margin=margin.get(segment, Decimal(0)) if known.margin else None,
            referred=int(sum(new.referred)),
            referred_value=_sum(new.referred_value),
            referrers=int(theirs.referrers) if theirs else 0,
            sent=int(theirs.referred) if theirs else 0,
            sent_value=theirs.value if theirs else Decimal(0),
            in_base=segment in margin.index,
        )
    return found


def _named(segment: Any) -> str:
    return "unknown" if segment is None else segment


def _sum(cells: Any) -> Decimal:
    return sum((cell for cell in cells if cell is not None), Decimal(0))


def winning_figures(
    found: dict[str, Winning],
    *,
    months: int,
    units: Units,
    known: Known,
    dimension: str = "all",
    hidden: Set[str] = frozenset(),
) -> Iterator[Figure]:
    """Name acquisition cost, profit and referrals of every segment."""
    for segment, row in found.items():
        where = {"dimension": dimension, "segment": segment}
        told = known.newcomers and known.referrals
        money = [
            ("acquisition_cost", row.cost, row.acquired),
            # Where few were won, margin less profit would give their cost away.
            ("profit", row.profit, row.acquired if row.few else None),
            ("referred_margin", row.referred_value if told and known.value else None, row.referred),
        ]
        counts = [("referred_customers", row.referred)]
        if not row.in_base:
            money, counts = [], []
        money += [("referrals_margin", row.sent_value if told and known.value else None, row.sent)]
        counts += [("referring_customers", row.referrers), ("referrals_customers", row.sent)]
        for measure, value, n in money:
            n = n if value is not None else None
            yield guarded(measure, value, units.currency, months, where, n, hidden)
        for measure, heads in counts:
            shown = heads if told else None
            yield guarded(measure, shown, "customers", months, where, shown, hidden)


def reasons_by_segment(lost: pd.DataFrame, *, min_group: int, hidden: Set[str]) -> pd.DataFrame:
    """Lay leavers out by segment and recorded reason, and mark what is too small to show.

    Parameters
    ----------
    lost : DataFrame
        ``segment``, ``reason`` (None: not recorded), ``customers``.
    hidden : set of str
        Segments that are not shown at all.

    Returns
    -------
    DataFrame
        ``segment``, ``reason``, ``customers``, ``hidden``. In a segment all that is hidden together is no small
        group; of a reason at least two segments are hidden or none, so that its total gives none away.
    """
    rows = lost.assign(reason=[NOT_RECORDED if reason is None else reason for reason in lost.reason])
    cells = {(str(r.segment), str(r.reason)): int(r.customers) for r in rows.itertuples()}
    covered = {key for key, n in cells.items() if n < min_group or key[0] in hidden}
    while True:
        more = _cover_rows(cells, covered, min_group) | _cover_columns(cells, covered)
        if more <= covered:
            break
        covered |= more
    ordered = sorted(cells, key=lambda key: (key[0], -cells[key], key[1]))
    return pd.DataFrame(
        [(*key, cells[key], key in covered) for key in ordered],
        columns=["segment", "reason", "customers", "hidden"],
    )


def _cover_rows(
    cells: dict[tuple[str, str], int], covered: Set[tuple[str, str]], min_group: int
) -> set[tuple[str, str]]:
    """Cover, in each segment, the next smallest reasons while what is covered together is a small group."""
    more: set[tuple[str, str]] = set()
    for segment in {key[0] for key in cells}:
        keys = sorted((key for key in cells if key[0] == segment), key=lambda key: (cells[key], key))
        together = sum(cells[key] for key in keys if key in covered)
        rest = [key for key in keys if key not in covered]
        while 0 < together < min_group and rest:
            together += cells[rest[0]]
            more.add(rest.pop(0))
    return more


def _cover_columns(cells: dict[tuple[str, str], int], covered: Set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Cover a second segment of a reason where a single one is covered."""
    more = set()
    for reason in {key[1] for key in cells}:
        keys = sorted((key for key in cells if key[1] == reason), key=lambda key: (cells[key], key))
        if sum(key in covered for key in keys) == 1:
            more |= set([key for key in keys if key not in covered][:1])
    return more


def reason_segment_figures(table: pd.DataFrame, *, dimension: str, months: int) -> Iterator[Figure]:
    """Name leavers by segment and recorded reason; what is marked hidden is suppressed."""
    for row in table.itertuples():
        where: dict[str, Any] = {
            "dimension": f"{dimension} | closure_reason",
            "segment": f"{row.segment} | {row.reason}",
        }
        if row.hidden:
            yield Figure("lost_customers", None, "customers", months, status="suppressed", **where)
        else:
            yield Figure(
                "lost_customers", int(row.customers), "customers", months, n=int(row.customers), **where
            )
