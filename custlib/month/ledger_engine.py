"""A month's ledger in the engine: prices of patterns given to it, customers at both ends joined, sums and counts brought back."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import bands as banding
from custlib.aggregate import ledger as rows
from custlib.aggregate.patterns import KEPT
from custlib.data.collect import MonthlyQueries, collect
from custlib.errors import CustlibError
from custlib.measure.bands import set_at
from custlib.measure.clv.fit import Floats
from custlib.measure.equity import monthly_rate
from custlib.measure.ledger_months import ALL, Monthly
from custlib.measure.ledger_prices import PriceList
from custlib.month.held import BAND, Held
from custlib.periods import Month, add_months, month_of
from custlib.prepare.basis import ledger_views
from custlib.prepare.patterns import MOST_CELLS, PatternViews
from custlib.segmentation import Thresholds

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

COHORT = "cohort"
EARLIER_COHORT, INACTIVE, UNKNOWN = "before the data", "not active", "unknown"
ENDS, GROUPS = "ledger of customers", "ledger of groups"
OPENING, CLOSING = "ledger opening prices", "ledger closing prices"
# What the ledger asks of customers beside their patterns and the segments they are told by.
ASKED = ("active", "margin_1", "value", "first_active", "acquired_before", "first_seen")


@dataclass(frozen=True)
class LedgerEngine:
    """The customers of an opened month's months, with the prices of their patterns."""

    month: CustomerMonth
    _thresholds: dict[Month, Thresholds | None] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Discount rate of a month."""
        return monthly_rate(self.month.company.settings.discount_rate)

    def ledger(
        self,
        month: Month,
        earlier: PriceList,
        opening: PriceList,
        closing: PriceList,
        *,
        basis_month: Month,
        at_limit: bool,
    ) -> Monthly:
        """Make the ledger of a month whose patterns are priced: at the opening on both bases, and at the close."""
        con = self.month.con
        self._register(earlier, opening, closing)
        before, now = self._thresholds_of(add_months(month, -1)), self._thresholds_of(month)
        ends = {"then": add_months(month, -1), "now": month}
        patterns = {name: self.patterns(at, name) for name, at in ends.items()}
        key = ("ledger ends", _amounts(before), _amounts(now))
        try:
            self._keep(ENDS, key, lambda _: self._ends(patterns, before, now))
            self._keep(GROUPS, "ledger groups", lambda _: self._grouped())
            sums, labels, worth = self._collected(month, opening, closing)
        finally:
            for name in (ENDS, GROUPS):
                con.raw_sql(f'DROP TABLE IF EXISTS "{name}"')
        pooled = tuple(sorted({*opening.pooled, *closing.pooled}))
        return Monthly(
            month, basis_month, self.rate, sums, labels, worth, pooled, at_limit=at_limit, recorded=self.recorded(month)
        )  # fmt: skip

    @property
    def dimensions(self) -> list[str]:
        """What ledgers are split by."""
        return [*self.month.dimensions, BAND, COHORT]

    @property
    def _names(self) -> dict[str, str]:
        """Give each dimension a name that no column of the ledger has."""
        return {name: f"segment_{place}" for place, name in enumerate(self.dimensions)}

    @cached_property
    def views(self) -> PatternViews:
        """Patterns of any month end."""
        return ledger_views(self.month.prepared, self.month.con)

    @cached_property
    def _held(self) -> Held:
        return Held(self.month)

    @property
    def _queries(self) -> MonthlyQueries:
        return self.month._queries

    def rows(self, key: Hashable, month: Month, build: Callable[[Month], ir.Table]) -> pd.DataFrame:
        """Run a query that is compiled once; patterns, not customers, with money as floats."""
        return self._queries.frame(key, month, build, max_rows=MOST_CELLS)

    def _keep(self, name: str, key: Hashable, build: Callable[[Month], ir.Table]) -> None:
        """Keep a query's rows in the engine; its text has no month in it."""
        text = self._queries.text(key, self.month.month, build)
        self.month.con.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {text}')

    def patterns(self, month: Month, end: str) -> ir.Table:
        """Give a month end's patterns, with what the ledger asks beside, under a name that all months share."""
        file = self.views.file(
            month, of=("customer_id", "total", *rows.PRICED), keep=(*ASKED, *self.month.dimensions)
        )
        found = self._queries.view(f"ledger patterns {end}", [str(file)])
        assert found is not None
        return found

    def cells(self, month: Month) -> pd.DataFrame:
        """Count the patterns of a month end (see `custlib.aggregate.ledger.priced_patterns`), in an order of their own."""
        table = self.patterns(month, "counted")
        frame = self.rows("ledger patterns", month, lambda _: rows.priced_patterns(table))
        return frame.sort_values(list(rows.PRICED), ignore_index=True)

    def _register(self, earlier: PriceList, opening: PriceList, closing: PriceList) -> None:
        """Give the prices of both ends to the engine."""
        keys, spent = [*rows.PRICED, "pattern"], list(rows.SPENT)
        old = earlier.table[["months", *spent]].add_prefix(rows.EARLIER)
        told = opening.table[[*keys, *spent, *rows.OPENING_PRICES]].join(old)
        self.views.register(OPENING, told)
        self.views.register(CLOSING, closing.table[[*keys, *spent, *rows.CLOSING_PRICES]])

    def _ends(
        self, patterns: Mapping[str, ir.Table], before: Thresholds | None, now: Thresholds | None
    ) -> ir.Table:
        """Build the customers at both ends (see `custlib.aggregate.ledger.ledger_ends`)."""
        opened, table = self._segments(patterns["then"], now), self.month.con.table
        again = {rows.EARLIER + self._names[BAND]: self._band(opened, before)}
        return rows.ledger_ends(
            opened.mutate(**again), self._segments(patterns["now"], now), table(OPENING), table(CLOSING),
            costs=self.costs, dimensions=list(self._names.values()),
        )  # fmt: skip

    def _grouped(self) -> ir.Table:
        """Build the ledger of customers (see `custlib.aggregate.ledger.customer_ledger`), added up."""
        table = self.month.con.table
        found = rows.customer_ledger(table(ENDS), table(OPENING), table(CLOSING), rate=self.rate)
        return rows.ledger_groups(found, list(self._names.values()))

    @cached_property
    def costs(self) -> ir.Table | None:
        """What winning each customer cost; None where nobody records it."""
        files = self.month.prepared.files.listed
        listed = self.month.con.read_parquet(files) if files else None
        if listed is None or "acquisition_cost" not in listed.columns:
            return None
        return listed.select("customer_id", "acquisition_cost")

    def recorded(self, month: Month) -> bool:
        """Say whether what winning a customer cost is recorded of anybody whom a month's end knew."""
        return self._recorded_since is not None and self._recorded_since <= month

    @cached_property
    def _recorded_since(self) -> Month | None:
        """The month in which the first customer came whose cost is recorded; None where nobody's is."""
        if self.costs is None:
            return None
        base = self.month.base.select("customer_id", "first_active", "acquired_before")
        known = base.inner_join(self.costs.filter(ibis._.acquisition_cost.notnull()), "customer_id")
        start = ibis.ifelse(
            known.acquired_before, ibis.date(self.month.prepared.rules.data_start), known.first_active
        )
        first = collect(known.aggregate(first=start.min())).iloc[0, 0]
        return None if pd.isna(first) else month_of(first)

    def _segments(self, patterns: ir.Table, thresholds: Thresholds | None) -> ir.Table:
        """Add every customer's segments at a month end: ``segment_0``, ``segment_1``, ... in the order of the dimensions."""
        asked = {name: patterns[KEPT + name] for name in (*ASKED, *self.month.dimensions)}
        early = asked["acquired_before"] | asked["first_seen"] | asked["first_active"].isnull()
        found = {name: asked[name].cast("string").fill_null(UNKNOWN) for name in self.month.dimensions}
        found[COHORT] = ibis.ifelse(early, EARLIER_COHORT, asked["first_active"].year().cast("string"))
        found[BAND] = self._band(patterns, thresholds)
        return patterns.mutate(
            active=asked["active"], margin_1=asked["margin_1"],
            **{name: found[dimension] for dimension, name in self._names.items()},
        )  # fmt: skip

    def _band(self, patterns: ir.Table, thresholds: Thresholds | None) -> ir.StringValue:
        """Name every customer's value band by some thresholds; "unknown" before there are any."""
        if thresholds is None:
            return ibis.literal(UNKNOWN)
        active, value = (patterns[KEPT + name] for name in ("active", "value"))
        return banding.banded(active, value, thresholds).fill_null(INACTIVE)

    def _thresholds_of(self, month: Month) -> Thresholds | None:
        """Give the amounts of the value bands that hold in a month; None before a value window is full."""
        since = set_at(month, first=self._held.first)
        if since is None:
            return None
        if since not in self._thresholds:
            steps = self.month.company.settings.value_bands
            self._thresholds[since] = self._held.thresholds(steps, at=since)
        return self._thresholds[since]

    def _collected(
        self, month: Month, opening: PriceList, closing: PriceList
    ) -> tuple[pd.DataFrame, dict[str, list[str]], dict[tuple[str, str], Floats]]:
        """Bring the sums by segment to pandas, and work equity out at every draw."""
        ends, groups = (self.month.con.table(name) for name in (ENDS, GROUPS))
        parts, labels, worth = [], {}, {}
        names: dict[str, str | None] = {ALL: None, **self._names}
        for dimension, name in names.items():
            summed, counted = partial(_summed, groups, name), partial(_counted, ends, name)
            sums = self._queries.collect(("ledger sums", name), month, summed)
            if sums.unpriced.astype(int).sum():
                raise CustlibError(f"{int(sums.unpriced.sum())} customers of the ledger have no price")
            parts.append(sums.assign(dimension=dimension))
            cells = self.rows(("ledger cells", name), month, counted)
            known = sorted(cells.segment.unique())
            labels[dimension] = known
            for end, prices in (("opening", opening), ("closing", closing), ("new", closing)):
                worth[dimension, end] = prices.worth(cells[cells.end == end], known)
        return pd.concat(parts, ignore_index=True), labels, worth


def _summed(groups: ir.Table, name: str | None, _: Month) -> ir.Table:
    return rows.ledger_sums(groups, name)


def _counted(ends: ir.Table, name: str | None, _: Month) -> ir.Table:
    return rows.ledger_cells(ends, name)


def _amounts(thresholds: Thresholds | None) -> Sequence[object] | None:
    return (thresholds.names, thresholds.amounts) if thresholds is not None else None
