"""A month's customers followed from their acquisition: cohorts, layers, equal ages, returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from custlib.aggregate import cohorts as followed
from custlib.measure import generations
from custlib.measure import mix as mixed
from custlib.measure.cohorts import Cohorts as Table
from custlib.measure.cohorts import check_cohorts, cohort_figures, follow
from custlib.measure.difference import Difference
from custlib.measure.layers import LONGEST, Layers, check_published, layer_figures, layers
from custlib.measure.payback import Row, rows
from custlib.measure.returns import BACK, came_back, return_figures
from custlib.month.followed import Followed
from custlib.periods import Month, add_months, months_between
from custlib.results import Figure


@dataclass(frozen=True)
class Cohorts(Followed):
    """The customers of a month by when they were won; every frame is made once."""

    @property
    def window(self) -> int:
        """Months for which nobody who joined can have become inactive by the rule."""
        return 1 if self.contractual else self.month.units.active_window

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """Customers by where they come from and by cohort, with what it cost to win them."""
        return self._sizes()

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

    @cached_property
    def rows(self) -> list[Row]:
        """The latest cohorts as a page lists them, by month or quarter, with their payback."""
        return rows(self.table, window=self.window, min_group=self.month.units.min_group)

    def check(self, history: pd.DataFrame) -> tuple[int, int]:
        """Compare cohorts and layers with the published new customers and margin; count months of each.

        Raises
        ------
        CustlibError
            When a cohort is not its month's new customers, or layers are not its margin.
        """
        return check_cohorts(self.table, history), check_published(self.layers, history)

    @cached_property
    def plan(self) -> generations.Plan | None:
        """Which generations of joiners can be compared, and at what age; None where no two can."""
        group = self.month.units.min_group
        return generations.plan(
            self.table, first=self._first_cohort(self.sizes), window=self.window, min_group=group
        )

    @cached_property
    def differences(self) -> dict[str, Difference | None]:
        """The latest generation against the one before: active, bought again, margin per customer."""
        plan = self.plan
        if plan is None:
            return {}
        found: dict[str, Difference | None] = {}
        if plan.age >= self.window:
            found["active"] = generations.active_difference(self.table, plan)
        second = self.month.beginnings.second_by_month
        if second is not None:
            found["again"] = generations.again_difference(second, plan)
        if self.brought is not None:
            found["margin"] = generations.margin_difference(self.brought, plan)
        return found

    @cached_property
    def brought(self) -> pd.DataFrame | None:
        """What the cohorts of the latest two generations had brought at the age of comparison; None where it is not known."""
        plan, month = self.plan, self.month.month
        if plan is None or self.month.prepared.money_start > plan.earlier.first:
            return None
        oldest, youngest = (months_between(each, month) for each in (plan.earlier.first, plan.latest.last))
        base, panel = self._base(), self._panel()
        return self._collect(
            f"brought {plan.age} {oldest} {youngest}",
            lambda at: followed.brought(
                base, panel, month=at, age=plan.age, oldest=oldest, youngest=youngest
            ),
        )

    @cached_property
    def mix(self) -> mixed.Mix | None:
        """The difference of margin per customer in two parts, other channels and other customers; None without channels."""
        plan = self.plan
        if plan is None or self.differences.get("margin") is None or not self.month.beginnings.has_channels:
            return None
        groups = [self._by_channel(plan.age, each) for each in (plan.latest, plan.earlier)]
        return mixed.split(*groups, min_group=self.month.units.min_group)

    def _by_channel(self, age: int, won: generations.Generation) -> mixed.Group:
        """Give what a generation had brought by an age, by acquisition channel."""
        oldest, youngest = (months_between(each, self.month.month) for each in (won.first, won.last))
        base, panel, listed = self._base(), self._panel(), self.month.customers
        rows = self._collect(
            f"brought by channel {age} {oldest} {youngest}",
            lambda at: followed.brought_by_channel(
                base, panel, listed, month=at, age=age, oldest=oldest, youngest=youngest
            ),
        )
        return mixed.group(rows)

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
        age = self.plan.age if self.plan else 0
        yield from mixed.mix_figures(self.mix, age=age, currency=currency)
        yield from return_figures(self.returns)
