"""One month of one company: its tables, its comparisons, and its figures."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from custlib import results as rows
from custlib.aggregate.values import YEAR
from custlib.measure import figures as named
from custlib.measure.reasons import reason_figures
from custlib.measure.series import Series, series
from custlib.measure.window import window_figures
from custlib.month.tables import UNKNOWN_YEAR, MonthTables
from custlib.periods import Month, add_months, month_name, month_range
from custlib.prepare import METHODS_VERSION, write_aside
from custlib.results import Figure

HISTORY = 36


@dataclass(frozen=True)
class CustomerMonth(MonthTables):
    """A month's tables and figures; everything is read from what `prepare` keeps."""

    def quality_figures(self) -> list[Figure]:
        """Name the figures of the data quality page."""
        return [*self.reconciliation.figures(self.units.currency), *window_figures(self.windows())]

    def base_figures(self) -> list[Figure]:
        """Name the figures of the customer base page: whole base, segments, reasons for leaving."""
        left = reason_figures(
            self.reasons(self.span),
            months=self.span,
            currency=self.units.currency,
            min_group=self.units.min_group,
        )
        return [*self.figures(), *self.segment_figures(), *left]

    @property
    def results(self) -> pd.DataFrame:
        """The month's results rows, as ``results.csv`` holds them."""
        pages = {"00_data_quality": self.quality_figures(), "01_customer_base": self.base_figures()}
        return rows.unite(
            [rows.to_frame(found, month=self.month, notebook=name) for name, found in pages.items()]
        )

    def figures(self, *, at: Month | None = None) -> Iterator[Figure]:
        """Name every figure of the customer base at a month, for the base as a whole."""
        at = at or self.month
        yield from named.stock_figures(self.stock(at=at), units=self.units, complete=self.complete(at=at))
        for months in (1, YEAR):
            opening = add_months(at, -months)
            table = self.comparison(months, at=at)
            yield from named.flow_figures(
                table, months=months, units=self.units, complete=self._complete_flow(months, opening)
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
                known = self._complete_flow(months, add_months(self.month, -months))
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
            "scope": scope,
            "currency": self.company.currency,
            "methods_version": METHODS_VERSION,
            "definitions": json.loads(definitions.model_dump_json()),
        }
