"""One month of one company: its tables, its comparisons, and its figures."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from custlib import results as rows
from custlib.aggregate.values import YEAR
from custlib.data.database import one_look
from custlib.data.lists import SavedList
from custlib.measure import figures as named
from custlib.measure.protect import protect
from custlib.measure.reasons import reason_figures
from custlib.measure.series import Series, series
from custlib.measure.window import window_figures
from custlib.month.answers import Answers
from custlib.month.beginnings import Beginnings
from custlib.month.behind import customers_behind
from custlib.month.board import Board
from custlib.month.cohorts import Cohorts
from custlib.month.equity import Equity, equity_of
from custlib.month.held import Held
from custlib.month.lists import CustomerList, customer_lists, save_lists
from custlib.month.nps import NpsMiddleGround, nps_of
from custlib.month.return_on_customer import ReturnOnCustomer, return_on_customer_of
from custlib.month.since import Since, since
from custlib.month.tables import UNKNOWN_YEAR, MonthTables
from custlib.month.top import top_customers
from custlib.month.value_segments import ValueSegments, value_segments_of
from custlib.month.valued import Valued
from custlib.periods import Month, add_months, month_name, month_range, month_text
from custlib.prepare import METHODS_VERSION, prepare, write_aside
from custlib.results import Figure

HISTORY = 36
# Wide enough for any sum of money, and for a share to ten places.
RESULT = "decimal(28, 10)"
_counter = count()

PAGES: Mapping[str, Callable[["CustomerMonth"], Iterable[Figure]]] = {
    "00_data_quality": lambda month: month.quality_figures(),
    "01_customer_base": lambda month: month.base_figures(),
    "02_customer_equity": lambda month: month.equity.figures(),
    "03_value_segments": lambda month: month.value_segments.figures(),
    "04_nps_middle_ground": lambda month: month.nps.figures(),
    "05_return_on_customer": lambda month: month.return_on_customer.figures(),
}


@dataclass(frozen=True)
class CustomerMonth(MonthTables):
    """A month's tables and figures; everything is read from what `prepare` keeps."""

    def quality_figures(self) -> list[Figure]:
        """Name the figures of the data quality page."""
        return [*self.reconciliation.figures(self.units.currency), *window_figures(self.windows())]

    def since(self, published: str, *, notebook: str) -> Since | None:
        """Set an earlier page's figures beside today's (see `custlib.month.since.since`)."""
        return since(self, published, notebook=notebook)

    def base_figures(self) -> list[Figure]:
        """Name the figures of the customer base page: whole base, segments, reasons for leaving, cohorts, board."""
        return self._base_figures

    @cached_property
    def _base_figures(self) -> list[Figure]:
        left = reason_figures(
            self.reasons(self.span),
            months=self.span,
            currency=self.units.currency,
            min_group=self.units.min_group,
        )
        followed = [*self.cohorts.figures(), *self.beginnings.figures(), *self.board.figures()]
        found = [*self.figures(), *self.segment_figures(), *left, *followed]
        return protect(found, value_window=self.units.value_window)

    @cached_property
    def cohorts(self) -> Cohorts:
        """The month's customers followed from their acquisition."""
        return Cohorts(self)

    @cached_property
    def beginnings(self) -> Beginnings:
        """How the month's customers began."""
        return Beginnings(self)

    @cached_property
    def board(self) -> Board:
        """The five counts of a customer-asset board, by segment."""
        return Board(self)

    @cached_property
    def equity(self) -> Equity:
        """What the month's customers are worth (see `custlib.month.equity.Equity`)."""
        return equity_of(self)

    @cached_property
    def value_segments(self) -> ValueSegments:
        """Where the month's value sits (see `custlib.month.value_segments.ValueSegments`)."""
        return value_segments_of(self)

    @cached_property
    def nps(self) -> NpsMiddleGround:
        """What the month's customers say, and what comes after (see `custlib.month.nps.NpsMiddleGround`)."""
        return nps_of(self)

    @cached_property
    def answers(self) -> Answers | None:
        """The month's surveys in the engine (see `custlib.month.answers.Answers`); None where nothing was asked, or nobody knows when."""
        asked = self.surveys is not None and self.prepared.has_log
        return Answers(self, Held(self)) if asked else None

    @cached_property
    def return_on_customer(self) -> ReturnOnCustomer:
        """Whether the month's customers earned what they were worth (see `custlib.month.return_on_customer.ReturnOnCustomer`)."""
        return return_on_customer_of(self)

    @cached_property
    def _held(self) -> Held:
        return Held(self)

    @cached_property
    def segmented(self) -> ir.Table | None:
        """Every active customer with value band, levels, segment and plan; None where no value window lies within the data.

        One row per active customer: the columns of `known`; ``value_band``; ``value_segment`` by the company's rules (NULL without
        any), and its level on each dimension (``level_value_now``, ``level_value_to_come``, ``level_trend``, ``level_tenure``,
        ``level_products``, ``level_core``); ``now`` and ``to_come`` ("high" to "negative"), by which plans are made; ``value_then``
        (margin a year ago; NULL: not active then), ``clv``, ``tenure`` in months, ``cost`` to serve, and ``late`` and ``early``: margin of the latest
        three months and of the same three a year ago (see `custlib.aggregate.held.standing`).
        """
        return self._held.segmented if self._held.bands is not None else None

    @cached_property
    def lists(self) -> Mapping[str, CustomerList]:
        """Customers to act upon, by name of the list (see `custlib.month.lists.customer_lists`); write them with `save_lists`."""
        return customer_lists(self)

    def save_lists(self) -> list[SavedList]:
        """Write the lists to ``lists/``, where only you can read them; they print as how many customers are in each."""
        return save_lists(self)

    @cached_property
    def values(self) -> ir.Table:
        """Every customer known at this month's end, with status, what the customer list says, and value.

        One row per customer: the columns of `base`, those of the customer list that it does not have (NULL: not
        recorded, or not yet listed at the time), and ``clv``: residual customer lifetime value as at the month's end,
        in the company's currency, each month's expected margin divided by (1 + d)^j at the settings' yearly
        ``discount_rate``, up to ``horizon_months`` (0: all to come); ``p_alive``; ``expected_margin`` per active month;
        ``clv_model`` and ``clv_group``, whose parameters it rests on. NULL for those who are not in the population
        of customer equity, or cannot be valued.
        """
        table = Valued(self).table.drop("clv_last")
        return self.known.left_join(table, "customer_id").drop("customer_id_right")

    @cached_property
    def results(self) -> ir.Table:
        """The month's figures as a table: the columns of ``results.csv``, with numbers where that has text.

        One row per measure, window, dimension and segment; ``value`` is NULL where ``status`` is not "ok".
        """
        name = f"results {next(_counter)}"
        self.con.con.register(name, pa.Table.from_pandas(self.results_frame, preserve_index=False))
        table = self.con.table(name)
        numbers = {"value": RESULT, "low": "float64", "high": "float64", "n": "int64"}
        return table.mutate(**{name: table[name].nullif("").cast(kind) for name, kind in numbers.items()})

    @property
    def results_frame(self) -> pd.DataFrame:
        """The month's results rows, as ``results.csv`` holds them: every number as text."""
        return rows.unite(
            [rows.to_frame(self.page_figures(name), month=self.month, notebook=name) for name in PAGES]
        )

    def page_figures(self, notebook: str) -> Iterable[Figure]:
        """Name the figures of a page of the report, one of `PAGES`."""
        return PAGES[notebook](self)

    def customers_behind(self, measure: str, window_months: int | None = None, **segments: Any) -> ir.Table:
        """List the customers behind a figure of the customer base, one row each.

        Parameters
        ----------
        measure : str
            A count or an amount of the results, such as "lost_customers".
        window_months : int, optional
            Length of the comparison, 1 (the default) or 12; a stock has a look-back of its own.
        segments
            Columns of `known` and the value wanted in each, such as ``channel="web"``; the end of a column's
            name will do where no other column ends so. A customer is in the segment in which the figure counts
            it: that of the opening for leavers and for those who stayed, that of the close for the others.

        Returns
        -------
        Table
            Lazy, in no order: ``customer_id``; ``status``; ``worth``, what the customer adds to the money that goes
            with the figure: for leavers the margin of the 12 months to their last active one (NULL where the
            data do not hold them), for those who grew or shrank the change, else the margin in the value window,
            or in 12 months for the annual comparison; ``value_then``, ``value_now``: the margin at both
            ends of a comparison; the segments; dates (NULL: not known).

        Raises
        ------
        UsageError
            For an unknown measure, column or value, with the nearest name; for a measure that is no sum over
            customers; for one that the data do not reach far enough for.
        """
        return customers_behind(self, measure, window_months, **segments)

    def top_customers(self, n: int = 10) -> pd.DataFrame:
        """Name the customers with the highest margin, where the company file says that customers are firms.

        Parameters
        ----------
        n : int
            How many, 1 or more; equal margins in the order of the ids.

        Returns
        -------
        DataFrame
            ``customer_id``, ``margin`` (Decimal, value window), ``share`` of the margin of all known customers
            (None where that is zero or less), best first; empty where the data do not fill the value window.

        Raises
        ------
        UsageError
            Unless the setting ``b2b`` is true: a ranking of persons is nobody's business.
        """
        return top_customers(self, n)

    def months_ago(self, months: int) -> "CustomerMonth":
        """Open an earlier month of the same company under the same settings."""
        with one_look(began=0.0):  # a database is not looked at again for it
            return CustomerMonth(prepare(self.company, month_text(add_months(self.month, -months))))

    def figures(self, *, at: Month | None = None) -> Iterator[Figure]:
        """Name every figure of the customer base at a month, for the base as a whole."""
        at = at or self.month
        yield from named.stock_figures(self.stock(at=at), units=self.units, complete=self.complete(at=at))
        for months in (1, YEAR):
            opening = add_months(at, -months)
            table = self.comparison(months, at=at)
            yield from named.flow_figures(
                table, months=months, units=self.units, complete=self.complete_flow(months, opening)
            )
        lost = {months: self.lost_year(months, at=at) for months in (1, YEAR)}
        yield from named.year_figures(lost, self.new_year(at=at)[0], units=self.units)

    def segment_figures(self) -> Iterator[Figure]:
        """Name the figures of every segment; segments too small to show are suppressed."""
        for dimension in self.dimensions:
            stock = self.stock(by=dimension)
            tables = {months: self.comparison(months, by=dimension) for months in (1, YEAR)}
            rest: dict[str, Any] = {
                "units": self.units, "dimension": dimension, "hidden": self.hidden_segments[dimension],
            }  # fmt: skip
            yield from named.stock_figures(stock, complete=self.complete(at=self.month), **rest)
            lost = {months: self.lost_years(months, by=dimension) for months in (1, YEAR)}
            new = self.new_years(by=dimension)[0]
            for segment in map(str, stock.segment):
                groups = {months: years.get(segment, UNKNOWN_YEAR) for months, years in lost.items()}
                yield from named.year_figures(groups, new.get(segment, UNKNOWN_YEAR), segment=segment, **rest)
            for months, table in tables.items():
                known = self.complete_flow(months, add_months(self.month, -months))
                yield from named.flow_figures(table, months=months, complete=known, **rest)

    @cached_property
    def history(self) -> pd.DataFrame:
        """The whole base's figures for the last 36 months, this one included, as results rows.

        Each month is computed once and kept with the prepared tables.
        """
        first = max(add_months(self.month, 1 - HISTORY), self.prepared.rules.data_start)
        return rows.unite([self._figures_kept(month) for month in month_range(first, self.month)])

    def _figures_kept(self, month: Month) -> pd.DataFrame:
        path = self.prepared.files.figures[month]
        if not path.exists():
            frame = rows.to_frame(self.figures(at=month), month=month, notebook="01_customer_base")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_aside(path, lambda aside: rows.save(frame, aside))
        return rows.load(path)

    def series(self, measure: str, window_months: int) -> Series:
        """Give one figure of the whole base over the last 36 months, None where not available."""
        return series(self.history, measure, window_months, month=self.month)

    @property
    def facts(self) -> dict[str, Any]:
        """What every page says of itself: company (with the scope in every title), month, currency, definitions."""
        definitions, scope = self.company.definitions, self.company.scope_name or ""
        return {
            "company": self.company.title + (f" ({scope})" if scope else ""),
            "month": month_name(self.month),
            "dated": self.prepared.has_log,
            "scope": scope,
            "currency": self.company.currency,
            "methods_version": METHODS_VERSION,
            "definitions": json.loads(definitions.model_dump_json()),
            "events": [{"date": f"{day:%Y-%m-%d}", "text": text} for day, text in self.prepared.events],
        }
