"""What following customers through the months has in common: the tables it reads, and one query at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate.cohorts import FIRST_SEEN, sizes
from custlib.periods import Month, add_months

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth


@dataclass(frozen=True)
class Followed:
    """The customers of an opened month, followed through the months before; every frame is small."""

    month: CustomerMonth

    @property
    def contractual(self) -> bool:
        """Whether contracts, and nothing else, say who is a customer."""
        return self.month.company.relationship == "contractual"

    def _collect(self, key: str, build: Callable[[Month], ir.Table]) -> pd.DataFrame:
        """Run a query whose literal dates are the month's; the views it reads were just pointed at.

        More than one page follows customers: what is found is kept.
        """
        view, name = self.month, ("followed", key)
        return view._kept_frame(name, lambda: view._queries.collect(name, view.month, build))

    def _base(self) -> ir.Table:
        base = self.month._base_view("now", self.month.month)
        assert base is not None  # a month that is open has its customers
        return base

    def _bases(self, name: str, first: Month, last: Month | None = None) -> ir.Table:
        """Put the customers of the month ends from `first` to `last` (else to this one) below one another."""
        files = self.month._parts("base", first, last or self.month.month)
        found = self.month._queries.view(name, files)
        assert found is not None
        return found

    def _panel(self) -> ir.Table:
        return self.month._panel_view(self._start, self.month.month)

    @property
    def _start(self) -> Month:
        return self.month.prepared.rules.data_start

    def _sizes(self) -> pd.DataFrame:
        base, listed = self._base(), self.month.customers
        return self._collect("sizes", lambda month: sizes(base, listed))

    def _first_cohort(self, found: pd.DataFrame) -> Month:
        """Give the first month from which everybody who was won is in a cohort."""
        unsure = (found.origin == FIRST_SEEN).any()
        return add_months(self._start, self.month.units.active_window if unsure else 0)
