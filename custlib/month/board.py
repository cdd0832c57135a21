"""A month's five counts for a board, for the whole base and for each segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from custlib.aggregate import board as counted
from custlib.aggregate import flows
from custlib.aggregate.values import YEAR
from custlib.measure.board import (
    Known,
    Sheet,
    Winning,
    winning,
    winning_figures,
)
from custlib.measure.reasons_by_segment import NOT_RECORDED, reason_segment_figures, reasons_by_segment
from custlib.periods import add_months
from custlib.results import Figure

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth


@dataclass(frozen=True)
class Board:
    """What winning customers cost, what referrals brought, and why customers left, by segment."""

    month: CustomerMonth

    def known(self, months: int) -> Known:
        """Say what the data tell about a comparison over `months` (1 or 12)."""
        month, listed = self.month.month, self.month.customers
        have = set(listed.columns) if listed is not None else set()
        flow = self.month.complete_flow(months, add_months(month, -months))
        return Known(
            newcomers=flow["active"],
            value=flow["active"] and flow["value"],
            margin=self.month.knows_money(months, at=month),
            costs="acquisition_cost" in have,
            referrals="referred_by" in have,
        )

    @cached_property
    def _found(self) -> dict[tuple[int, str | None], dict[str, Winning]]:
        return {}

    def winning(self, months: int, *, by: str | None = None) -> dict[str, Winning]:
        """Give costs, profit and referrals of a comparison over `months`, by segment of `by`."""
        if (months, by) not in self._found:
            self._found[months, by] = self._winning(months, by)
        return self._found[months, by]

    def _winning(self, months: int, by: str | None) -> dict[str, Winning]:
        view, at = self.month, self.month.month
        listed = view.customers
        compared = view._compared(months, at=at, by=by)
        new = view._asked(
            ("newcomers", months, by), at, lambda month: counted.newcomers(compared(month), listed)
        )
        base = view._base_view("now", at)
        assert base is not None  # a month that is open has its customers
        sent = view._asked(
            ("referrers", months, by),
            at,
            lambda month: counted.referrers(compared(month), listed, base, months=months, by=by),
        )
        stock = view.stock(by=by).set_index("segment")
        parts = [stock.margin] if months == 1 else [stock.margin_12, stock.inactive_margin_12]
        margin = sum((part.where(part.notna(), 0) for part in parts[1:]), parts[0].where(parts[0].notna(), 0))
        # The margin of a month is published as such; that of a year less that of the active is the inactive's.
        idle = (stock.known - stock.active).astype(int)
        small = (idle > 0) & (idle < view.units.min_group) & bool(by) & (months > 1)
        private = set(map(str, stock.index[small]))
        return winning(new, sent, margin, months=months, known=self.known(months), private=private)

    def reasons(self, by: str) -> pd.DataFrame:
        """Give leavers of the longer comparison by segment and recorded reason; small groups are marked."""
        view, months = self.month, self.month.span
        compared = view._compared(months, at=view.month, by=by)
        found = view._asked(
            ("lost reasons", months, by),
            view.month,
            lambda month: counted.lost_reasons(compared(month), months=months),
        )
        if not self.known(months).newcomers:
            found = found.iloc[:0]
        hidden = view.hidden_segments[by]
        return reasons_by_segment(found, min_group=view.units.min_group, hidden=hidden)

    def sheet(self, months: int) -> Sheet:
        """Put together what the board's table over `months` (1 or 12) tells of the whole base and each segment."""
        view = self.month
        by = {dimension or flows.ALL: dimension for dimension in (None, *view.dimensions)}
        return Sheet(
            months,
            comparisons={name: view.comparison(months, by=dimension) for name, dimension in by.items()},
            winning={name: self._published(months, dimension) for name, dimension in by.items()},
            lost={name: view.lost_years(months, by=dimension) for name, dimension in by.items()},
            reasons={dimension: self.reasons(dimension) for dimension in view.dimensions},
            hidden=view.hidden_segments,
            known=self.known(months),
            suppressed=self._suppressed(months),
        )

    def _suppressed(self, months: int) -> set[tuple[str, str, str]]:
        """Name measure, dimension and segment of what `results.csv` does not show over these months."""
        return {
            (one.measure, one.dimension, one.segment)
            for one in self.month.base_figures()
            if one.window_months == months and one.status == "suppressed"
        }

    def _published(self, months: int, by: str | None) -> dict[str, Winning]:
        """Give costs, profit and referrals, marking the margins that would tell what is suppressed.

        A month's margin is a figure of its own; a year's is that of the active and of the inactive together, so that
        either of these, hidden for whatever reason, hides it.
        """
        parts = ("margin",) if months == 1 else ("active_margin", "inactive_margin")
        away = self._suppressed(months)
        return {
            segment: replace(row, private=row.private or any((part, by, segment) in away for part in parts))
            for segment, row in self.winning(months, by=by).items()
        }

    def figures(self) -> Iterator[Figure]:
        """Name every figure of the board that the comparisons do not have."""
        view = self.month
        for by in (None, *view.dimensions):
            for months in (1, YEAR):
                yield from winning_figures(
                    self.winning(months, by=by),
                    months=months,
                    units=view.units,
                    known=self.known(months),
                    dimension=by or flows.ALL,
                    hidden=view.hidden_segments[by] if by else frozenset(),
                )
            reasons = self.reasons(by) if by else None
            if by and reasons is not None and (reasons.reason != NOT_RECORDED).any():
                yield from reason_segment_figures(reasons, dimension=by, months=view.span)
