"""A month's customers with their values: the queries behind the page of customer equity; every frame is small."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from custlib.aggregate import flows, valued
from custlib.aggregate.values import YEAR, months_on
from custlib.data.collect import collect
from custlib.measure.clv.groups import DAILY_MODELS, MODELS
from custlib.measure.equity import Book, Valuer, write_book
from custlib.periods import add_months
from custlib.prepare.choice import resolved
from custlib.prepare.patterns import PatternViews, model_of
from custlib.prepare.valuation import Valuation, value_customers

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

Cells = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Valued:
    """The customers of an opened month, valued."""

    month: CustomerMonth

    @cached_property
    def valuation(self) -> Valuation:
        """The fits of the month; made where nobody has made them."""
        return value_customers(self.month.prepared)

    @cached_property
    def views(self) -> PatternViews:
        """Patterns of any month end, on the month's own engine."""
        return PatternViews(resolved(self.month.prepared), self.month.con)

    @cached_property
    def table(self) -> ir.Table:
        """One row per customer of the population (see `custlib.aggregate.valued.valued`)."""
        return self.month.con.read_parquet(str(self.valuation.table))

    @cached_property
    def patterns(self) -> ir.Table:
        """One row per customer of the population (see `custlib.aggregate.patterns.patterns`)."""
        return self.views.patterns(self.month.month)

    @cached_property
    def cells(self) -> Cells:
        """The population's patterns, counted."""
        return self.views.cells(self.month.month)

    @cached_property
    def valuer(self) -> Valuer:
        """What every pattern is good for, at the estimates and at every draw."""
        found = self.valuation
        books: list[Book | None] = []
        for group, drawn in zip(found.groups, found.drawn, strict=True):
            part = self.cells[group.kind]
            part = part[part.segment.isin(group.members)]
            keys = group.module.KEYS
            # Beside the patterns of today: those at the last active month, and that of a newcomer.
            parts = [part[keys], group.module.at_last_activity(part)[keys], newborn(group.model)[keys]]
            every = pd.concat(parts, ignore_index=True)
            books.append(write_book(group, drawn, every, found.terms) if drawn is not None else None)
        return Valuer(found.groups, tuple(books), found.terms)

    @cached_property
    def population(self) -> pd.DataFrame:
        """Customers by ``kind`` and ``group``."""
        return collect(self.patterns.group_by("kind", "group").agg(customers=self.patterns.count()))

    def by(self, dimension: str) -> Cells:
        """Count the patterns by a segment of the customers, too."""
        base = self.month.base
        told = base.select("customer_id", segment_of=base[dimension].cast("string"))
        table = self.patterns.inner_join(told, "customer_id")
        return self.views.cells(self.month.month, "segment_of", table=table)

    def totals(self, dimension: str | None = None) -> pd.DataFrame:
        """Add values up in the engine, by segment: see `custlib.aggregate.valued.totals`, and ``active`` by the rule."""
        base = self.month.base
        segment = base[dimension].cast("string") if dimension else ibis.literal("all")
        told = base.select("customer_id", "active", segment=segment)
        both = self.table.inner_join(told, "customer_id")
        count = both.group_by("segment").agg(active=both.active.sum().cast("int64"))
        frame = collect(valued.totals(both, "segment"))
        return frame.merge(collect(count), on="segment").sort_values("segment", ignore_index=True)

    def compared(self, months: int, status: str) -> ir.Table:
        """Give the customers with a status (new, lost, ...) in the comparison over `months`."""
        table = self.month._compared(months, at=self.month.month)(self.month.month)
        return table.filter(table.status == status).select("customer_id")

    def lost(self, months: int) -> tuple[Cells, pd.DataFrame]:
        """Count the lost by their pattern at the end of the last active month; and add that value up."""
        gone = self.compared(months, flows.LOST)
        cells = self.views.cells(self.month.month, table=self.patterns.inner_join(gone, "customer_id"))
        back = {
            kind: MODELS[model_of(self.views.prepared, kind)].at_last_activity(frame)
            for kind, frame in cells.items()
        }
        sums = valued.totals(self.table.inner_join(gone, "customer_id"), value="clv_last")
        return back, collect(sums)

    def newcomers(self, months: int) -> Cells:
        """Count those won in the comparison as they were at the end of the month of acquisition: nothing is known yet."""
        came = self.patterns.inner_join(self.compared(months, flows.NEW), "customer_id")
        return self.as_new(collect(came.group_by("kind", "group").agg(customers=came.count())))

    def as_new(self, counts: pd.DataFrame) -> Cells:
        """Lay counts by ``kind`` and ``group`` out as patterns of newcomers."""
        found = {}
        for kind, frame in counts.groupby("kind"):
            start = newborn(model_of(self.views.prepared, str(kind)))
            part = frame.rename(columns={"group": "segment"}).reset_index(drop=True)
            part = part[[name for name in part.columns if name != "kind"]]
            found[str(kind)] = part.merge(start, how="cross").assign(events=0.0, total=0.0)
        return found

    @cached_property
    def joiners(self) -> pd.DataFrame:
        """Customers won in the latest twelve months, by ``kind`` and ``group``: count, first month's margin, cost."""
        month = self.month.month
        base = flows.joiners(self.month.base)
        recent = base.filter(base.first_active >= months_on(month, 1 - YEAR))
        panel = self.month._panel_view(add_months(month, 1 - YEAR), month)
        found = collect(valued.first_months(recent, panel, self.patterns))
        costs = self._costs(recent)
        return found.merge(costs, on=["kind", "group"], how="left")

    def _costs(self, recent: ir.Table) -> pd.DataFrame:
        listed = self.month.customers
        kinds = self.patterns.select("customer_id", "kind", "group")
        told = recent.select("customer_id").inner_join(kinds, "customer_id")
        if listed is None or "acquisition_cost" not in listed.columns:
            return collect(
                told.group_by("kind", "group").agg(known=ibis.literal(0), cost=ibis.null("float64"))
            )
        facts = listed.select("customer_id", "acquisition_cost")
        both = told.left_join(facts, "customer_id")
        return collect(
            both.group_by("kind", "group").agg(
                known=both.acquisition_cost.count(), cost=both.acquisition_cost.sum()
            )
        )

    def by_acquisition(self) -> pd.DataFrame:
        """Add values up by month of acquisition: ``first_active``, ``customers``, ``worth``; of those won in the data."""
        won = flows.joiners(self.month.base).select("customer_id", "first_active")
        both = self.table.inner_join(won, "customer_id")
        return collect(valued.totals(both, "first_active"))

    def holders(self, shares: Sequence[float]) -> tuple[pd.DataFrame, float | None, float | None]:
        """Add the value of layers of customers up, the most valuable first; the median; the share below the mean."""
        ranked = valued.ranked(self.table)
        whole = collect(ranked.aggregate(customers=ranked.count(), worth=ranked.clv.sum()))
        count = int(whole.customers.iloc[0])
        if not count:
            return pd.DataFrame(columns=["layer", "customers", "worth"]), None, None
        mean = float(whole.worth.iloc[0]) / count
        layers = collect(valued.held_by(ranked, [math.ceil(share * count) for share in shares]))
        middle = {(count + 1) // 2, count // 2 + 1}
        median = (
            collect(ranked.filter(ranked["rank"].isin(sorted(middle))).select("clv")).clv.astype(float).mean()
        )
        below = collect(ranked.aggregate(below=(ranked.clv.cast("float64") < mean).sum()))
        return layers.sort_values("layer", ignore_index=True), float(median), int(below.below.iloc[0]) / count

    def map(self) -> pd.DataFrame:
        """Add values up by tenure and silence in months (see `custlib.aggregate.valued.map_cells`)."""
        return collect(valued.map_cells(self.patterns, self.table))

    def unknown_start(self) -> pd.DataFrame:
        """Add the value of those up of whom nobody knows when they were won."""
        early = self.patterns.filter(self.patterns.seen_start).select("customer_id")
        return collect(valued.totals(self.table.inner_join(early, "customer_id")))


def newborn(model: str) -> pd.DataFrame:
    """Give the pattern of a customer at the end of the month of acquisition, of whom nothing else is known."""
    if model in DAILY_MODELS:
        return pd.DataFrame([{"x": 0.0, "t_x": 0.0, "T": 0.0, "closed": np.False_}])
    return pd.DataFrame([{"x": 0, "t_x": 0, "n": 0, "before": 0, "closed": np.False_}])
