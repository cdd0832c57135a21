"""A month's ledger in the engine: prices of patterns given to it, customers at both ends joined, sums and counts brought back."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import bands as banding
from custlib.aggregate import ledger as rows
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
LEDGER = "ledger of customers"


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
        key = ("ledger", _amounts(before), _amounts(now))
        for name, at in (("then", add_months(month, -1)), ("now", month)):
            self.patterns(at, name)
            self.month._base_view(f"ledger {name}", at)
        text = self._queries.text(key, month, lambda _: self._customers(month, before, now))
        con.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{LEDGER}" AS {text}')
        try:
            sums, labels, worth = self._collected(month, opening, closing)
        finally:
            con.raw_sql(f'DROP TABLE IF EXISTS "{LEDGER}"')
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

    def patterns(self, month: Month, end: str) -> ir.Table:
        """Give a month end's patterns under a name that all months share."""
        found = self._queries.view(f"ledger patterns {end}", [str(self.views.file(month))])
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
        self.views.register("ledger opening prices", told)
        self.views.register("ledger closing prices", closing.table[[*keys, *spent, *rows.CLOSING_PRICES]])

    def _customers(self, month: Month, before: Thresholds | None, now: Thresholds | None) -> ir.Table:
        """Build the ledger of customers (see `custlib.aggregate.ledger.customer_ledger`)."""
        con, then = self.month.con, add_months(month, -1)
        ends = {"then": then, "now": month}
        patterns = {name: self.patterns(at, name) for name, at in ends.items()}
        bases = {name: self.month._base_view(f"ledger {name}", at) for name, at in ends.items()}
        assert bases["then"] is not None and bases["now"] is not None
        opened = self._segments(bases["then"], now)
        again = self._segments(bases["then"], before).select(
            "customer_id", **{rows.EARLIER + name: ibis._[name] for name in self._names.values()}
        )
        return rows.customer_ledger(
            patterns["then"], patterns["now"], con.table("ledger opening prices"), con.table("ledger closing prices"),
            base_then=opened.inner_join(again, "customer_id"), base_now=self._segments(bases["now"], now),
            costs=self.costs, rate=self.rate, dimensions=list(self._names.values()),
        )  # fmt: skip

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

    def _segments(self, base: ir.Table, thresholds: Thresholds | None) -> ir.Table:
        """Name every customer's segments at a month end: ``segment_0``, ``segment_1``, ... in the order of the dimensions."""
        banded = banding.with_band(base, thresholds) if thresholds is not None else None
        early = base.acquired_before | base.first_seen | base.first_active.isnull()
        found = {name: base[name].cast("string").fill_null(UNKNOWN) for name in self.month.dimensions}
        found[COHORT] = ibis.ifelse(early, EARLIER_COHORT, base.first_active.year().cast("string"))
        if banded is not None:
            base = banded
            found[BAND] = banded[BAND].fill_null(INACTIVE)
        else:
            found[BAND] = ibis.literal(UNKNOWN)
        names = self._names
        return base.select(
            "customer_id", "active", "margin_1", **{names[dimension]: found[dimension] for dimension in names}
        )

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
        ledger = self.month.con.table(LEDGER)
        parts, labels, worth = [], {}, {}
        names: dict[str, str | None] = {ALL: None, **self._names}
        for dimension, name in names.items():
            summed, counted = partial(_summed, ledger, name), partial(_counted, ledger, name)
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


def _summed(ledger: ir.Table, name: str | None, _: Month) -> ir.Table:
    return rows.ledger_sums(ledger, name)


def _counted(ledger: ir.Table, name: str | None, _: Month) -> ir.Table:
    return rows.ledger_cells(ledger, name)


def _amounts(thresholds: Thresholds | None) -> Sequence[object] | None:
    return (thresholds.names, thresholds.amounts) if thresholds is not None else None
