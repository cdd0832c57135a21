"""A month's customers by what they bring: the queries behind the page of value segments; every frame is small."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import bands as banding
from custlib.aggregate import concentration, flows, held, potential, segmentation
from custlib.aggregate.panel import MONEY
from custlib.data.collect import collect, typed
from custlib.measure import bands
from custlib.month.valued import Valued
from custlib.periods import Month, add_months
from custlib.segmentation import GRID, Band, Levels, Thresholds, band_names

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

WINDOWS = (1, 3, 6, 12, 24)
# Windows whose counts of purchases are set side by side, so that one sees what the window makes of the same customers.
COUNTED = (3, 12)
YEAR = 12
# Three months, and the same three a year earlier.
TWO_QUARTERS = 15
BAND, SEGMENT = "value_band", "value_segment"
# What bands, levels and plans are made of, beside what `custlib.aggregate.held.standing` adds.
OF_BASE = (
    "customer_id", "active", "value", "acquired_before", "acquired_on", "first_seen", "first_active", "products", "core",
)  # fmt: skip
_counter = count()


@dataclass(frozen=True)
class Held:
    """The customers of an opened month by what they bring; what is kept in the engine for it goes with `drop`."""

    month: CustomerMonth
    tables: list[str] = field(default_factory=list)

    def keep(self, table: ir.Table, name: str = "") -> ir.Table:
        """Keep a table's rows in the engine, so that many small queries read them and none makes them again."""
        con = self.month.con
        name = f"held {name or next(_counter)}"
        con.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {typed(con, table)}')
        self.tables.append(name)
        return con.table(name)

    def drop(self) -> None:
        """Let go of what was kept."""
        while self.tables:
            self._let_go(self.tables[-1])

    def _let_go(self, name: str) -> None:
        self.tables.remove(name)
        self.month.con.raw_sql(f'DROP TABLE IF EXISTS "{name}"')

    @property
    def window(self) -> int:
        """Months over which a customer's value is counted."""
        return self.month.units.value_window

    @property
    def windows(self) -> list[int]:
        """The windows that the data reach, the main one among them."""
        wanted = sorted({*WINDOWS, self.window})
        return [months for months in wanted if self.month.knows_money(months, at=self.month.month)]

    @cached_property
    def spent(self) -> ir.Table:
        """What every customer brought in each window (see `custlib.aggregate.held.spent`), kept in the engine."""
        view, windows = self.month, sorted({*(self.windows or [self.window]), *COUNTED})
        found = held.spent(view.base, view.panel, month=view.month, windows=windows, whole=[self.window])
        return self.keep(found)

    def held(self, months: int) -> ir.Table:
        """Give the buyers of a window (see `custlib.aggregate.held.held`)."""
        view = self.month
        found = held.held(self.spent, months=months, relationship=view.company.relationship)
        # Without a column of its own revenue is not known, and not zero.
        unknown = "revenue" in found.columns and not view.units.has_revenue
        return found.mutate(revenue=ibis.null(MONEY)) if unknown else found

    def ranked(self, months: int) -> ir.Table:
        """Rank the buyers of a window (see `custlib.aggregate.concentration.ranked`), kept under a name that all windows share.

        Tenths are of the main window, and so are all columns but the margin.
        """
        found = self.held(months)
        return self.keep(
            concentration.ranked(found if months == self.window else found.select("margin")), name="ranked"
        )

    def of_window(self, key: str, ranked: ir.Table, query: Callable[[ir.Table], ir.Table]) -> pd.DataFrame:
        """Run a query of a window's ranking, compiled once for all windows."""
        return self.month._queries.collect(("held", key), self.month.month, lambda month: query(ranked))

    @property
    def material_change(self) -> Decimal:
        """The share beyond which a change counts."""
        return self.month.prepared.rules.material_change

    @property
    def year_known(self) -> bool:
        """Whether status and value of a year ago are known."""
        view, then = self.month, add_months(self.month.month, -YEAR)
        known = view.complete(at=then)
        return then >= view.prepared.rules.data_start and known["active"] and known["value"]

    @property
    def recent(self) -> bool:
        """Whether the data hold the latest three months of a year earlier."""
        return self.month.knows_money(TWO_QUARTERS, at=self.month.month)

    @property
    def first(self) -> Month:
        """The first month whose value window is full of months of data."""
        prepared = self.month.prepared
        return bands.first_complete(max(prepared.rules.data_start, prepared.money_start), self.window)

    def thresholds(self, steps: list[Band], *, at: Month | None) -> Thresholds | None:
        """Set thresholds of value at a month end; None where the data do not reach it."""
        if at is None or at < self.month.prepared.rules.data_start:
            return None
        return bands.thresholds(collect(banding.cuts(self.month._base_at(at), steps)), steps, since=at)

    @cached_property
    def since(self) -> Month | None:
        """The month end at which this year's thresholds were set.

        The month's own while no window is full, where what lies before the data is known to be nothing.
        """
        month = self.month
        early = month.month if month.knows_money(self.window, at=month.month) else None
        return bands.set_at(month.month, first=self.first) or early

    @property
    def yearly(self) -> bool:
        """Whether the bands' amounts hold for a year: not where the company file fixes all, or where each month sets its own."""
        by_share = any(band.top_share is not None for band in self._steps)
        return by_share and bands.set_at(self.month.month, first=self.first) is not None

    @cached_property
    def bands(self) -> Thresholds | None:
        """The amounts of the value bands; None where no value window lies within the data."""
        return self.thresholds(self._steps, at=self.since)

    @property
    def _steps(self) -> list[Band]:
        return self.month.company.settings.value_bands

    @property
    def names(self) -> tuple[str, ...]:
        """All bands, from the top; below zero last."""
        return band_names(self._steps)

    @cached_property
    def customers(self) -> ir.Table:
        """Every active customer with bands, levels, segment and plan; kept in the engine.

        `OF_BASE` and the company's segments; what `custlib.aggregate.held.standing` adds; ``cost`` (to serve, over the value
        window), ``value_band``, the levels, ``value_segment`` (NULL without rules), ``now`` and ``to_come``.
        """
        assert self.bands is not None
        view, then = self.month, add_months(self.month.month, -YEAR)
        found = held.standing(
            view.base.select(*dict.fromkeys((*OF_BASE, *view.dimensions))),
            view._base_at(then) if self.year_known else None,
            view.panel,
            Valued(view).table if view.equity.available else None,
            month=view.month,
            recent=self.recent,
        )
        cost = self.spent.select("customer_id", cost=f"cost_{self.window}")
        found = found.left_join(cost, "customer_id").drop("customer_id_right")
        standing = self.keep(found)
        told = self.keep(self._told(standing))
        self._let_go(standing.get_name())
        return told

    @property
    def segmented(self) -> ir.Table:
        """`customers` with everything else that is known of them (see `custlib.month.views.MonthViews.known`)."""
        known, mine = self.month.known, self.customers
        more = [name for name in mine.columns if name not in known.columns]
        return known.inner_join(mine.select("customer_id", *more), "customer_id")

    def _told(self, found: ir.Table) -> ir.Table:
        """Add bands, levels, segment and plan."""
        assert self.bands is not None
        settings = self.month.company.settings
        table = banding.with_band(found, self.bands)
        rules = settings.segmentation
        levels = rules.levels if rules else Levels()
        table = segmentation.with_levels(
            table, levels, settings.value_bands,
            to_come=self._to_come(found, levels.value_to_come), material_change=self.material_change,
            year_known=self.year_known,
        )  # fmt: skip
        if rules:
            table = segmentation.with_rules(table, rules.rules)
        else:
            table = table.mutate(**{SEGMENT: ibis.null("string")})
        now = self.thresholds(GRID, at=self.since)
        assert now is not None
        return potential.with_cell(table, now=now, to_come=self._to_come(found, GRID))

    def _to_come(self, customers: ir.Table, steps: list[Band]) -> Thresholds:
        """Set thresholds of value to come at this month's end: an earlier one's values are not kept."""
        found = collect(banding.cuts(customers, steps, column="clv"))
        return bands.thresholds(found, steps, since=self.month.month)

    def compared(self, months: int, value: str) -> ir.Table:
        """Compare with a month end some months before, both by today's bands; kept in the engine."""
        assert self.bands is not None
        view, then = self.month, self.month._base_at(add_months(self.month.month, -months))
        now, before = (banding.with_band(table, self.bands) for table in (view.base, then))
        return self.keep(flows.compare(now, before, month=view.month, months=months, value=value, by=BAND))

    def moves(self, compared: ir.Table) -> pd.DataFrame:
        """Add up who moved from which band to which (see `custlib.aggregate.flows.flows`)."""
        return collect(flows.flows(compared, material_change=self.material_change))

    def stock(self, months: int, value: str) -> pd.DataFrame:
        """Count and value the bands of a month end on their own (see `custlib.aggregate.bands.totals`)."""
        assert self.bands is not None
        base = self.month._base_at(add_months(self.month.month, -months))
        return collect(banding.totals(banding.with_band(base, self.bands), column=value))

    def reset(self) -> pd.DataFrame | None:
        """Count those whom the latest setting of thresholds moved; None where it was the first."""
        if self.since is None or self.bands is None:
            return None
        before = self.thresholds(self._steps, at=bands.set_before(self.since, first=self.first))
        if before is None:
            return None
        crossed = collect(banding.reset(self.month._base_at(self.since), before, self.bands))
        return bands.reset_effect(crossed, self.names)


def segment_names(settings) -> tuple[str, ...]:
    """Name the segments by rule in order, the customers of no rule last; none without rules."""
    return settings.segmentation.segments if settings.segmentation else ()


@contextmanager
def holding(month: CustomerMonth) -> Iterator[Held]:
    """Open what a month's customers hold; whatever is kept in the engine for it goes at the end."""
    found = Held(month)
    try:
        yield found
    finally:
        found.drop()
