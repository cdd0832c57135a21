"""A month's comparisons and stocks: small frames made from the lazy tables of `MonthViews`."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import flows
from custlib.aggregate.segments import CORE
from custlib.aggregate.values import YEAR
from custlib.measure import figures as named
from custlib.measure.comparison import check_identities, comparison
from custlib.measure.figures import YearOfMargin
from custlib.measure.reasons import reasons
from custlib.measure.reconcile import Reconciliation, reconcile
from custlib.measure.window import returned_by_window
from custlib.month.views import CORE_STATUS, MonthViews
from custlib.periods import Month, add_months

# What groups of customers brought in a year, by segment; empty where the data do not reach far enough.
Years = dict[str, YearOfMargin]
UNKNOWN_YEAR = YearOfMargin(None, None)
# The margin a bridge runs on, by its length: the annual one always on 12 months.
VALUE_OF = {1: "value", YEAR: "margin_12"}


@dataclass(frozen=True)
class MonthTables(MonthViews):
    """What comes of comparing month ends; every frame is small."""

    def _compared(
        self, months: int, *, at: Month, by: str | None = None, dimensions: Sequence[str] = ()
    ) -> Callable[[Month], ir.Table]:
        """Point the views at the two month ends; give what builds the comparison."""
        now, then = self._base_view("now", at), self._base_view("then", add_months(at, -months))
        value = VALUE_OF[months]
        return lambda month: flows.compare(
            now, then, month=month, months=months, value=value, by=by, dimensions=dimensions
        )

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

    def _asked(self, key: Hashable, at: Month, build: Callable[[Month], ir.Table]) -> pd.DataFrame:
        """Run a query of a month end; what was found of the month reported is kept for all pages."""

        def ask() -> pd.DataFrame:
            return self._queries.collect(key, at, build)

        return self._kept_frame(key, ask) if at == self.month else ask()

    def _compare(self, months: int, *, at: Month, by: str | None) -> pd.DataFrame:
        moved = self._moved(months, at, by)
        opening, closing = self.stock(at=add_months(at, -months), by=by), self.stock(at=at, by=by)
        table = comparison(moved, opening, closing, months=months, value=VALUE_OF[months])
        check_identities(table)
        return table

    def _moved(self, months: int, at: Month, by: str | None) -> pd.DataFrame:
        opening, change = self._has_opening(months, at), self.prepared.rules.material_change
        dimensions = tuple(self.dimensions)
        if at != self.month or by not in (None, *dimensions):
            compared = self._compared(months, at=at, by=by)
            key = ("flows", months, by, opening)
            return self._asked(key, at, lambda month: flows.flows(compared(month), material_change=change))
        compared = self._compared(months, at=at, dimensions=dimensions)
        found = self._asked(
            ("flows by dimension", months, dimensions, opening),
            at,
            lambda month: flows.flows_by_dimension(compared(month), dimensions, material_change=change),
        )
        return found[found.dimension == (by or flows.ALL)].drop(columns="dimension").reset_index(drop=True)

    def stock(self, *, at: Month | None = None, by: str | None = None) -> pd.DataFrame:
        """Count and value the customers at a month end, by segment; no rows before the data begin."""
        at = at or self.month
        if (at, by) not in self._stocks:
            there = at >= self.prepared.rules.data_start
            base = self._base_view("stock", at if there else self.month)
            frame = self._asked(("stock", by), at, lambda month: flows.stock(base, by=by))
            self._stocks[at, by] = frame if there else frame.iloc[:0]
        return self._stocks[at, by]

    @cached_property
    def _stocks(self) -> dict[tuple[Month, str | None], pd.DataFrame]:
        return {}

    def lost_years(self, months: int = 1, *, at: Month | None = None, by: str | None = None) -> Years:
        """Sum what this comparison's leavers brought in the 12 months to their last active one, by segment."""
        at = at or self.month
        if not self.knows_leavers(months, at=at):
            return {}
        first = self.first_leaving_month(months, at=at)
        bases = self._bases_view(first, at)
        compared = self._compared(months, at=at, by=by)
        key = ("lost", months, by, self._has_opening(months, at))
        found = self._asked(
            key, at, lambda month: flows.lost_annual_margin(compared(month), bases, months=months)
        )
        return _years(found, self.stock(at=at, by=by))

    def lost_year(self, months: int = 1, *, at: Month | None = None) -> YearOfMargin:
        """Give `lost_years` of the whole base."""
        return self.lost_years(months, at=at).get(flows.ALL, UNKNOWN_YEAR)

    def reasons(self, months: int) -> pd.DataFrame:
        """Group this comparison's leavers by recorded reason, else by how their purchases went before."""
        first = self.first_leaving_month(months, at=self.month)
        panel = self._panel_view(add_months(first, 1 - YEAR), self.month)
        compared = self._compared(months, at=self.month)
        key = ("leavers", months, self._has_opening(months, self.month))
        found = self._asked(
            key, self.month, lambda month: flows.leavers(compared(month), panel, months=months)
        )
        past, known = self.knows_money(YEAR, at=first), self.bridge(months) is not None
        return reasons(found, known=known, past=past, min_group=self.units.min_group)

    def new_years(self, *, at: Month | None = None, by: str | None = None) -> tuple[Years, Month | None]:
        """Sum what the latest cohort with 12 months behind it brought in them, by segment; and its month."""
        at = at or self.month
        base = self._base_view("now", at)
        sizes = self._asked("cohorts", at, lambda month: flows.cohort_sizes(base, month=month))
        if sizes.empty or not self.knows_money(1, at=max(sizes.first_active)):
            return {}, None
        cohort = max(sizes.first_active)
        end = add_months(cohort, YEAR - 1)
        bases = self._bases_view(end, end)
        found = self._queries.collect(
            ("first year", by),
            cohort,
            lambda month: flows.new_first_year_margin(base, bases, cohort=month, by=by),
        )
        return _years(found, self.stock(at=at, by=by)), cohort

    def new_year(self, *, at: Month | None = None) -> tuple[YearOfMargin, Month | None]:
        """Give `new_years` of the whole base."""
        years, cohort = self.new_years(at=at)
        return years.get(flows.ALL, UNKNOWN_YEAR), cohort

    def gaps(self) -> pd.DataFrame:
        """Count pauses between active months, for choosing the window."""
        bases = self._bases_view(self.prepared.rules.data_start, self.month)
        return self._asked("gaps", self.month, lambda month: flows.gaps(bases, month=month))

    def windows(self) -> pd.DataFrame:
        """Tell for windows of 1 to 12 months how often a customer called lost came back."""
        contractual = self.company.relationship == "contractual"
        # Under a contract no window calls anybody lost: there is nothing to test.
        return returned_by_window(self.gaps(), months_of_data=0 if contractual else self.months_of_data)

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
        known = self.complete_flow(months, add_months(self.month, -months))
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
