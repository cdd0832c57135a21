"""How a month's customers began: a second purchase, and the way from opened over active to core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import cohorts as followed
from custlib.measure import beginnings
from custlib.measure.beginnings import ALL, SECOND, STEPS, Beginners
from custlib.month.followed import Followed
from custlib.periods import Month, add_months, months_between
from custlib.results import Figure


@dataclass(frozen=True)
class Beginnings(Followed):
    """What new customers did first, and how soon; every frame is made once."""

    @cached_property
    def second_by_month(self) -> pd.DataFrame | None:
        """Joiners by month of the first purchase and months to the second; None where contracts decide."""
        if self.contractual:
            return None
        base = self._base()
        return self._collect(
            "second", lambda month: followed.by_month(followed.second_purchases(base), "months")
        )

    @cached_property
    def buyers(self) -> Beginners | None:
        """Whose second purchases are told; None where contracts decide, or nobody has had a month."""
        if self.second_by_month is None:
            return None
        return self._beginners(self.second_by_month, self._first_cohort(self._sizes()), SECOND)

    def _beginners(self, counts: pd.DataFrame, start: Month, within: tuple[int, ...]) -> Beginners | None:
        group = self.month.units.min_group
        return beginnings.choose(counts, month=self.month.month, start=start, within=within, min_group=group)

    @cached_property
    def _second_by_channel(self) -> pd.DataFrame:
        assert self.buyers is not None
        return self._by_channel("second", followed.second_purchases(self._base()), self.buyers, "months")

    def _by_channel(self, key: str, each: ir.Table, who: Beginners, *columns: str) -> pd.DataFrame:
        """Count beginners by channel; one named "all" for a company that records none."""
        listed, month = self.month.customers, self.month.month
        oldest, youngest = months_between(who.first, month), months_between(who.last, month)
        return self._collect(
            f"{key} by channel {oldest} {youngest}",
            lambda at: followed.by_channel(
                each, listed, *columns, month=at, oldest=oldest, youngest=youngest
            ),
        )

    @property
    def has_channels(self) -> bool:
        """Whether the customer list says how customers were won."""
        return self.month.customers is not None and "acquisition_channel" in self.month.customers.columns

    @cached_property
    def second(self) -> pd.DataFrame | None:
        """Who bought on a second day within 1, 3, 6, 12 months, by channel where one is recorded."""
        if self.buyers is None:
            return None
        return self._within(self._second_by_channel, self.buyers, "months")

    def _within(self, rows: pd.DataFrame, who: Beginners, *columns: str) -> pd.DataFrame:
        table = beginnings.within(rows, who, columns, min_group=self.month.units.min_group)
        return table if self.has_channels else table.iloc[:1]

    @cached_property
    def medians(self) -> dict[str, int | None]:
        """Months to the second purchase of half of those who made one, for all and by channel."""
        if self.buyers is None or self.second is None:
            return {ALL: None}
        longest, rows = self.buyers.within[-1], self._second_by_channel
        return {
            channel: beginnings.median_months(
                rows if channel == ALL else rows[rows.channel == channel], longest
            )
            for channel in self.second.channel
        }

    @property
    def knows_openings(self) -> bool:
        """Whether the customer list says when customers were won."""
        listed = self.month.prepared.files.listed
        return bool(listed) and "acquired_on" in self.month.con.read_parquet(listed).columns

    @cached_property
    def openers(self) -> Beginners | None:
        """Whose way from opened to core is told; None without openings, or where nobody has had a month."""
        if not self.knows_openings:
            return None
        listed = self.month.customers
        assert listed is not None
        counts = self._collect("opened", lambda month: followed.by_month(followed.opened(listed)))
        return self._beginners(counts, self._start, STEPS)

    @cached_property
    def activation(self) -> pd.DataFrame | None:
        """Who was active, and core, within 1, 3, 6 months of the opening, by channel where one is recorded."""
        who, listed = self.openers, self.month.customers
        if who is None or listed is None:
            return None
        last = min(add_months(who.last, STEPS[-1]), self.month.month)
        steps = followed.steps(listed, self._bases("bases of beginners", who.first, last), horizon=STEPS[-1])
        return self._within(
            self._by_channel("steps", steps, who, "active_age", "core_age"), who, "active_age", "core_age"
        )

    @property
    def knows_core(self) -> bool:
        """Whether the core rule can be told of everyone whose beginnings are."""
        return self.openers is not None and self.month.complete(at=self.openers.first)["core"]

    def figures(self) -> Iterator[Figure]:
        """Name every figure of how customers began."""
        longest = self.buyers.within[-1] if self.buyers else 0
        yield from beginnings.second_figures(self.second, self.medians, longest)
        yield from beginnings.activation_figures(self.activation, core=self.knows_core)
