"""The five counts of a customer-asset board: new, lost and why, kept, revenue and profit, referrals; by segment."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.measure.cohorts import NEARLY_ALL
from custlib.measure.figures import Units, YearOfMargin, guarded
from custlib.results import Figure


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
    private : bool
        Whether the margin, less that of the active, would tell that of a small group of inactive customers.
    in_base : bool
        Whether the segment is one of the base; if not, it holds referrers nobody knows.
    referred_won : int
        Customers won in the comparison whom others had sent, those who came and went included.
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
    private: bool = False
    in_base: bool = True
    referred_won: int = 0

    @property
    def profit(self) -> Decimal | None:
        """Margin less what it cost to win the period's new customers; cost to serve is in the margin already."""
        return None if self.cost is None or self.margin is None else self.margin - self.cost


# A segment that has emptied since the opening.
NOBODY = Winning(0, 0, Decimal(0), Decimal(0), 0, Decimal(0), 0, 0, Decimal(0))


@dataclass(frozen=True)
class Sheet:
    """All that the board's table tells, by dimension ("all" for the whole base) and segment.

    Attributes
    ----------
    months : int
        Length of the comparison.
    comparisons, winning, lost, reasons : mapping
        Comparison by segment, `Winning`, the leavers' last active year, leavers by segment and recorded reason.
    hidden : mapping
        Segments too small to show.
    suppressed : set
        (measure, dimension, segment) of the sums that `results.csv` does not show.
    known : Known
        What the data tell.
    """

    months: int
    comparisons: Mapping[str, pd.DataFrame]
    winning: Mapping[str, Mapping[str, Winning]]
    lost: Mapping[str, Mapping[str, YearOfMargin]]
    reasons: Mapping[str, pd.DataFrame]
    hidden: Mapping[str, Set[str]]
    known: Known
    suppressed: Set[tuple[str, str, str]] = frozenset()

    @property
    def whole(self) -> Winning:
        """The whole base's costs, profit and referrals."""
        return self.winning["all"]["all"]

    @property
    def new(self) -> int | None:
        """New customers of the whole base; None where not known."""
        return int(self.comparisons["all"].loc["all", "new"]) if self.known.newcomers else None


def winning(
    newcomers: pd.DataFrame,
    referrers: pd.DataFrame,
    margin: pd.Series,
    *,
    months: int,
    known: Known,
    private: Set[str] = frozenset(),
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
    private : set of str
        Segments of whose margin the part of few inactive customers could be worked out.
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
            private=segment in private,
            in_base=segment in margin.index,
            referred_won=int(sum(rows.referred)),
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
        where: dict[str, Any] = {"dimension": dimension, "segment": segment}
        told = known.newcomers and known.referrals
        money = [
            ("acquisition_cost", row.cost, row.acquired),
            # Margin less profit gives the cost away, so that profit is told of as many as the cost is.
            ("profit", row.profit, row.acquired),
            ("referred_margin", row.referred_value if told and known.value else None, row.referred),
        ]
        counts = [("referred_customers", row.referred)]
        if not row.in_base:
            money, counts = [], []
        money += [("referrals_margin", row.sent_value if told and known.value else None, row.sent)]
        counts += [("referring_customers", row.referrers), ("referrals_customers", row.sent)]
        for measure, value, n in money:
            if row.private and measure == "profit" and value is not None:
                yield Figure(measure, None, units.currency, months, status="suppressed", **where)
            else:
                behind = n if value is not None else None
                yield guarded(measure, value, units.currency, months, where, behind, hidden)
        for measure, heads in counts:
            shown = heads if told else None
            yield guarded(measure, shown, "customers", months, where, shown, hidden)
