"""A month's tables and comparisons, read lazily from what `prepare` keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import flows
from custlib.aggregate.segments import CORE, PANEL_METRICS
from custlib.aggregate.values import YEAR
from custlib.company import Company
from custlib.data.collect import MonthlyQueries, collect
from custlib.data.engine import memory_engine
from custlib.measure import figures as named
from custlib.measure.comparison import check_identities, comparison
from custlib.measure.figures import Units, YearOfMargin
from custlib.measure.reasons import reasons
from custlib.measure.reconcile import Reconciliation, reconcile
from custlib.measure.window import returned_by_window
from custlib.periods import Month, add_months, months_between
from custlib.prepare import Prepared, existing, part_path, parts

CORE_STATUS = "core_status"
# What groups of customers brought in a year, by segment; empty where the data do not reach far enough.
Years = dict[str, YearOfMargin]
UNKNOWN_YEAR = YearOfMargin(None, None)
# The margin a bridge runs on, by its length: the annual one always on 12 months.
VALUE_OF = {1: "value", YEAR: "margin_12"}


@dataclass(frozen=True)
class MonthTables:
    """The tables of a month and what comes of comparing them; small frames, everything else lazy."""

    prepared: Prepared

    @property
    def company(self) -> Company:
        """The company file with the settings in force."""
        return self.prepared.company

    @property
    def month(self) -> Month:
        """The month reported."""
        return self.prepared.month

    @cached_property
    def con(self) -> Any:
        """The engine on which this month's tables are read."""
        return memory_engine()

    @cached_property
    def _queries(self) -> MonthlyQueries:
        return MonthlyQueries(self.con)

    @property
    def panel(self) -> ir.Table:
        """Customer x month up to this month (see `custlib.aggregate.panel`)."""
        return self.con.read_parquet(
            parts(self.prepared.folder / "panel", self.prepared.rules.data_start, self.month)
        )

    @property
    def base(self) -> ir.Table:
        """Every customer known at this month's end (see `custlib.aggregate.values`)."""
        return self.con.read_parquet(str(part_path(self.prepared.base_folder, self.month)))

    def _panel_view(self, first: Month, last: Month) -> ir.Table:
        return self._queries.view("panel", parts(self.prepared.folder / "panel", first, last))

    def _base_view(self, name: str, month: Month) -> ir.Table | None:
        return self._queries.view(name, existing([part_path(self.prepared.base_folder, month)]))

    @cached_property
    def units(self) -> Units:
        """Currency, look-backs and thresholds that label the figures."""
        settings, core = self.company.settings, self.company.settings.core
        return Units(
            currency=self.company.currency,
            active_window=settings.active_window_months,
            value_window=settings.value_window_months,
            core_window=max(c.window_months for c in (*core.all, *core.any)) if core else 1,
            min_group=settings.min_group,
            has_core=core is not None,
            has_revenue=self.prepared.has_revenue,
            amount_is_volume=self.prepared.amount_is_volume,
        )

    @property
    def dimensions(self) -> list[str]:
        """The columns by which figures are split."""
        return [*self.company.settings.segments, *([CORE_STATUS] if self.units.has_core else [])]

    def reaches(self, months: int, *, at: Month) -> bool:
        """Say whether the log holds the `months` up to `at`, or begins with the company's first customer."""
        rules = self.prepared.rules
        return rules.history_complete or add_months(at, 1 - months) >= rules.data_start

    def knows_money(self, months: int, *, at: Month) -> bool:
        """Say whether margin is known for the `months` up to `at`, from every table it is made of."""
        start = self.prepared.money_start
        late = start > self.prepared.rules.data_start and add_months(at, 1 - months) < start
        return self.reaches(months, at=at) and not late

    def complete(self, *, at: Month) -> dict[str, bool]:
        """Say which windows the data fill at a month end: active, value, core and year."""
        rules = self.prepared.rules
        # A contract is open or not: its status needs no window.
        active = 1 if rules.relationship == "contractual" else rules.active_window
        return {
            "active": self.reaches(active, at=at),
            "value": self.knows_money(rules.value_window, at=at),
            "core": self._knows_core(at=at),
            "year": self.knows_money(YEAR, at=at),
        }

    def _knows_core(self, *, at: Month) -> bool:
        core, start = self.company.settings.core, self.prepared.statement_start
        if core is None or not self.reaches(self.units.core_window, at=at):
            return False
        stated = [c for c in (*core.all, *core.any) if c.metric not in PANEL_METRICS]
        return not stated or (
            start is not None and all(add_months(at, 1 - c.window_months) >= start for c in stated)
        )

    def _compared(self, months: int, *, at: Month, by: str | None = None) -> Callable[[Month], ir.Table]:
        """Point the views at the two month ends; give what builds the comparison, and whether it has an opening."""
        now, then = self._base_view("now", at), self._base_view("then", add_months(at, -months))
        value = VALUE_OF[months]
        return lambda month: flows.compare(now, then, month=month, months=months, value=value, by=by)

    def _has_opening(self, months: int, at: Month) -> bool:
        return add_months(at, -months) >= self.prepared.rules.data_start

    def comparison(self, months: int = 1, *, at: Month | None = None, by: str | None = None) -> pd.DataFrame:
        """Give both bridges over `months` (1 or 12), one row per segment of `by`, checked to close.

        The annual one runs on 12 months of margin, whatever the value window.
        """
        at = at or self.month
        if (months, at, by) not in self._comparisons:
            self._comparisons[months, at, by] = self._compare(months, at=at, by=by)
        return self._comparisons[months, at, by]

    @cached_property
    def _comparisons(self) -> dict[tuple[int, Month, str | None], pd.DataFrame]:
        return {}

    def _compare(self, months: int, *, at: Month, by: str | None) -> pd.DataFrame:
        compared, change = self._compared(months, at=at, by=by), self.prepared.rules.material_change
        key = ("flows", months, by, self._has_opening(months, at))
        moved = self._queries.collect(
            key, at, lambda month: flows.flows(compared(month), material_change=change)
        )
        opening, closing = self.stock(at=add_months(at, -months), by=by), self.stock(at=at, by=by)
        table = comparison(moved, opening, closing, months=months, value=VALUE_OF[months])
        check_identities(table)
        return table

    def stock(self, *, at: Month | None = None, by: str | None = None) -> pd.DataFrame:
        """Count and value the customers at a month end, by segment; no rows before the data begin."""
        at = at or self.month
        if (at, by) not in self._stocks:
            there = at >= self.prepared.rules.data_start
            base = self._base_view("stock", at if there else self.month)
            frame = self._queries.collect(("stock", by), at, lambda month: flows.stock(base, by=by))
            self._stocks[at, by] = frame if there else frame.iloc[:0]
        return self._stocks[at, by]

    @cached_property
    def _stocks(self) -> dict[tuple[Month, str | None], pd.DataFrame]:
        return {}

    def lost_years(self, months: int = 1, *, at: Month | None = None, by: str | None = None) -> Years:
        """Sum what this comparison's leavers brought in the 12 months to their last active one, by segment."""
        at = at or self.month
        first = self._first_leaving_month(months, at=at)
        opening = self.complete(at=add_months(at, -months))
        if not (opening["active"] and self.knows_money(YEAR, at=first)):
            return {}
        panel = self._panel_view(add_months(first, 1 - YEAR), at)
        compared = self._compared(months, at=at, by=by)
        key = ("lost", months, by, self._has_opening(months, at))
        found = self._queries.collect(
            key, at, lambda month: flows.lost_annual_margin(compared(month), panel, months=months)
        )
        return _years(found, self.stock(at=at, by=by))

    def lost_year(self, months: int = 1, *, at: Month | None = None) -> YearOfMargin:
        """Give `lost_years` of the whole base."""
        return self.lost_years(months, at=at).get(flows.ALL, UNKNOWN_YEAR)

    def _first_leaving_month(self, months: int, *, at: Month) -> Month:
        """Give the earliest month that can have been a leaver's last active one."""
        window = 1 if self.prepared.rules.relationship == "contractual" else self.prepared.rules.active_window
        return add_months(at, 1 - months - window)

    def reasons(self, months: int) -> pd.DataFrame:
        """Group this comparison's leavers by recorded reason, else by how their purchases went before."""
        first = self._first_leaving_month(months, at=self.month)
        panel = self._panel_view(add_months(first, 1 - YEAR), self.month)
        compared = self._compared(months, at=self.month)
        key = ("leavers", months, self._has_opening(months, self.month))
        found = self._queries.collect(
            key, self.month, lambda month: flows.leavers(compared(month), panel, months=months)
        )
        past, known = self.knows_money(YEAR, at=first), self.bridge(months) is not None
        return reasons(found, known=known, past=past, min_group=self.units.min_group)

    def new_years(self, *, at: Month | None = None, by: str | None = None) -> tuple[Years, Month | None]:
        """Sum what the latest cohort with 12 months behind it brought in them, by segment; and its month."""
        at = at or self.month
        base = self._base_view("now", at)
        sizes = self._queries.collect("cohorts", at, lambda month: flows.cohort_sizes(base, month=month))
        if sizes.empty or not self.knows_money(1, at=max(sizes.first_active)):
            return {}, None
        cohort = max(sizes.first_active)
        panel = self._panel_view(cohort, add_months(cohort, YEAR - 1))
        found = self._queries.collect(
            ("first year", by),
            cohort,
            lambda month: flows.new_first_year_margin(base, panel, cohort=month, by=by),
        )
        return _years(found, self.stock(at=at, by=by)), cohort

    def new_year(self, *, at: Month | None = None) -> tuple[YearOfMargin, Month | None]:
        """Give `new_years` of the whole base."""
        years, cohort = self.new_years(at=at)
        return years.get(flows.ALL, UNKNOWN_YEAR), cohort

    def gaps(self) -> pd.DataFrame:
        """Count pauses between active months, for choosing the window."""
        return collect(flows.gaps(self.panel, month=self.month))

    @property
    def months_of_data(self) -> int:
        """Months from the first of the data to the month reported."""
        return months_between(self.prepared.rules.data_start, self.month) + 1

    def windows(self) -> pd.DataFrame:
        """Tell for windows of 1 to 12 months how often a customer called lost came back."""
        contractual = self.company.relationship == "contractual"
        # Under a contract no window calls anybody lost: there is nothing to test.
        return returned_by_window(self.gaps(), months_of_data=0 if contractual else self.months_of_data)

    def _complete_flow(self, months: int, opening: Month) -> dict[str, bool]:
        known = self.complete(at=opening)
        # The annual bridge runs on 12 months of margin.
        return known if months == 1 else known | {"value": known["year"]}

    def segment_comparisons(self, months: int) -> dict[str, pd.DataFrame]:
        """Give the comparison over `months` by every dimension."""
        return {dimension: self.comparison(months, by=dimension) for dimension in self.dimensions}

    @cached_property
    def hidden_segments(self) -> dict[str, set[str]]:
        """Segments too small to show, by dimension: any group of them that a figure tells of counts."""
        hidden = {}
        for dimension in self.dimensions:
            stock = self.stock(by=dimension).set_index("segment")
            sizes = {"active": stock.active}
            for months in (1, YEAR):
                sizes[f"opening {months}"] = self.comparison(months, by=dimension).opening
            table = pd.DataFrame(sizes).fillna(0).astype("int64")
            hidden[dimension] = named.small_segments(table, min_group=self.units.min_group)
        return hidden

    def core_moves(self) -> pd.Series | None:
        """Give the core's line of the monthly comparison by core status; None without a core rule."""
        if not self.units.has_core or self.bridge(1) is None:
            return None
        table = self.comparison(1, by=CORE_STATUS)
        return table.loc[CORE] if CORE in table.index else None

    @property
    def knows_costs(self) -> bool:
        """Whether cost to serve is part of the margin."""
        return self.prepared.knows_costs

    def check_identities(self) -> int:
        """Compare this month with a month and a year ago, whole and by every dimension; count the bridges.

        Raises
        ------
        CustlibError
            When one does not close to the last digit.
        """
        tables = [self.comparison(months, by=by) for months in (1, YEAR) for by in (None, *self.dimensions)]
        return 2 * sum(len(table) for table in tables)

    def bridge(self, months: int) -> pd.Series | None:
        """Give the whole base's comparison over `months`; None where the data do not reach back far enough.

        Lines that need more past than the status does, money first of all, are None where it is missing.
        """
        known = self._complete_flow(months, add_months(self.month, -months))
        if not known["active"]:
            return None
        row = self.comparison(months).loc["all"].copy()
        for column in row.index:
            if not known[named.NEEDS.get(column, "active")]:
                row[column] = None
        return row

    @property
    def span(self) -> int:
        """The longer of the two comparisons, 12 months or 1, that the data allow."""
        row = self.bridge(YEAR)
        return YEAR if row is not None and row.closing_value is not None else 1

    @property
    def reconciliation(self) -> Reconciliation:
        """The log's rows and amount to the month's end, split into what is reported and what is not."""
        return reconcile(self.prepared.report.months, month=self.month)


def _years(found: pd.DataFrame, segments: pd.DataFrame) -> Years:
    """Key the sums by segment; a segment without anybody has nobody, who brought nothing."""
    years = {str(segment): YearOfMargin(0, Decimal(0)) for segment in segments.segment}
    return years | {
        str(row.segment): YearOfMargin(int(row.customers), row.margin) for row in found.itertuples()
    }
