"""A month's customers followed from their acquisition: cohorts, layers, beginnings, returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import cohorts as followed
from custlib.measure import beginnings, generations
from custlib.measure.beginnings import ALL, SECOND, STEPS, Beginners
from custlib.measure.cohorts import Cohorts as Table
from custlib.measure.cohorts import cohort_figures, follow
from custlib.measure.difference import Difference
from custlib.measure.layers import LONGEST, Layers, layer_figures, layers
from custlib.measure.returns import BACK, came_back, return_figures
from custlib.periods import Month, add_months, months_between
from custlib.results import Figure

if TYPE_CHECKING:
    from custlib.month.tables import MonthTables


@dataclass(frozen=True)
class Cohorts:
    """The customers of a month by when they were won; every frame is small, and made once."""

    month: MonthTables

    def _collect(self, key: str, table) -> pd.DataFrame:
        """Run a query whose every literal date is the month's."""
        return self.month._queries.collect(("cohorts", key), self.month.month, table)

    def _base(self) -> ir.Table:
        base = self.month._base_view("now", self.month.month)
        assert base is not None  # a month that is open has its customers
        return base

    def _bases(self, name: str, first: Month) -> ir.Table:
        found = self.month._queries.view(name, self.month._parts("base", first, self.month.month))
        assert found is not None
        return found

    def _panel(self) -> ir.Table:
        return self.month._panel_view(self._start, self.month.month)

    @property
    def _start(self) -> Month:
        return self.month.prepared.rules.data_start

    @property
    def window(self) -> int:
        """Months for which nobody who joined can have become inactive by the rule."""
        contractual = self.month.company.relationship == "contractual"
        return 1 if contractual else self.month.units.active_window

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """Customers by where they come from and by cohort, with what it cost to win them."""
        base, listed = self._base(), self.month.customers
        return self._collect("sizes", lambda month: followed.sizes(base, listed))

    @cached_property
    def _money(self) -> pd.DataFrame:
        base, panel = self._base(), self._panel()
        return self._collect("money", lambda month: followed.money(base, panel))

    @cached_property
    def table(self) -> Table:
        """Every cohort by age: who is active, what it has brought."""
        base, bases = self._base(), self._bases("bases", self._start)
        active = self._collect("activity", lambda month: followed.activity(base, bases))
        start = self.month.prepared.money_start
        return follow(self.sizes, active, self._money, month=self.month.month, money_start=start)

    @cached_property
    def layers(self) -> Layers:
        """The margin of up to sixty months by year (quarter, month) of acquisition, checked to add up."""
        panel, month = self._panel(), self.month.month
        totals = self._collect("totals", lambda month: followed.totals(panel))
        first = max(self.month.prepared.money_start, add_months(month, 1 - LONGEST))
        group = self.month.units.min_group
        return layers(self.sizes, self._money, totals, first=first, month=month, min_group=group)

    @property
    def first_cohort(self) -> Month:
        """First month from which everybody who was won is in a cohort."""
        unsure = (self.sizes.origin == followed.FIRST_SEEN).any()
        return add_months(self._start, self.month.units.active_window if unsure else 0)

    @cached_property
    def plan(self) -> generations.Plan | None:
        """Which generations of joiners can be compared, and at what age; None where no two can."""
        group = self.month.units.min_group
        return generations.plan(self.table, first=self.first_cohort, window=self.window, min_group=group)

    @cached_property
    def differences(self) -> dict[str, Difference | None]:
        """The latest generation against the one before: active, bought again, margin per customer."""
        plan, month = self.plan, self.month.month
        if plan is None:
            return {}
        found: dict[str, Difference | None] = {}
        if plan.age >= self.window:
            found["active"] = generations.active_difference(self.table, plan)
        if self._second is not None:
            found["again"] = generations.again_difference(self._second, plan)
        if self.month.prepared.money_start <= plan.earlier.first:
            oldest, youngest = (
                months_between(each, month) for each in (plan.earlier.first, plan.latest.last)
            )
            base, panel = self._base(), self._panel()
            brought = self._collect(
                f"brought {plan.age} {oldest} {youngest}",
                lambda at: followed.brought(
                    base, panel, month=at, age=plan.age, oldest=oldest, youngest=youngest
                ),
            )
            found["margin"] = generations.margin_difference(brought, plan)
        return found

    @cached_property
    def _second(self) -> pd.DataFrame | None:
        """Joiners by month of the first purchase and months to the second; None where contracts decide."""
        if self.month.company.relationship == "contractual":
            return None
        base, panel = self._base(), self._panel()
        return self._collect(
            "second", lambda month: followed.by_month(followed.second_purchases(base, panel), "months")
        )

    @cached_property
    def buyers(self) -> Beginners | None:
        """Whose second purchases are told; None where contracts decide, or nobody has had a month."""
        if self._second is None:
            return None
        return self._beginners(self._second, self.first_cohort, SECOND)

    def _beginners(self, counts: pd.DataFrame, start: Month, within: tuple[int, ...]) -> Beginners | None:
        group = self.month.units.min_group
        return beginnings.choose(counts, month=self.month.month, start=start, within=within, min_group=group)

    @cached_property
    def _second_by_channel(self) -> pd.DataFrame:
        assert self.buyers is not None
        base, panel = self._base(), self._panel()
        return self._by_channel("second", followed.second_purchases(base, panel), self.buyers, "months")

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
        steps = self._steps()
        counts = self._collect("opened", lambda month: followed.by_month(steps))
        return self._beginners(counts, self._start, STEPS)

    def _steps(self) -> ir.Table:
        listed = self.month.customers
        assert listed is not None
        first = max(self._start, add_months(self.month.month, 1 - beginnings.SPAN - STEPS[-1]))
        return followed.steps(listed, self._bases("bases of beginners", first), horizon=STEPS[-1])

    @cached_property
    def activation(self) -> pd.DataFrame | None:
        """Who was active, and core, within 1, 3, 6 months of the opening, by channel where one is recorded."""
        if self.openers is None:
            return None
        rows = self._by_channel("steps", self._steps(), self.openers, "active_age", "core_age")
        return self._within(rows, self.openers, "active_age", "core_age")

    @property
    def knows_core(self) -> bool:
        """Whether the core rule can be told of everyone whose beginnings are."""
        return self.openers is not None and self.month.complete(at=self.openers.first)["core"]

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Of those called lost in each of the last twelve months, how many have come back."""
        month = self.month.month
        bases = self._bases("bases of a year", max(self._start, add_months(month, -BACK - 1)))
        found = self._collect("presence", lambda at: followed.presence(bases, month=at))
        known = (ago for ago in range(BACK + 1) if not self._knows_loss(add_months(month, -ago)))
        return came_back(found, known=next(known, BACK + 1) - 1)

    def _knows_loss(self, month: Month) -> bool:
        return self.month.complete_flow(1, add_months(month, -1))["active"]

    def figures(self) -> Iterator[Figure]:
        """Name every figure made from cohorts."""
        units, month = self.month.units, self.month.month
        currency, group = units.currency, units.min_group
        yield from cohort_figures(self.table, window=self.window, currency=currency, min_group=group)
        yield from layer_figures(self.layers, month=month, currency=currency)
        yield from generations.generation_figures(self.plan, self.differences, currency=currency)
        longest = self.buyers.within[-1] if self.buyers else 0
        yield from beginnings.second_figures(self.second, self.medians, longest)
        yield from beginnings.activation_figures(self.activation, core=self.knows_core)
        yield from return_figures(self.returns)
