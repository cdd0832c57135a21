"""A month's patterns, opened: queries on the prepared customers, and frames in the models' own columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from custlib.aggregate import patterns as shown
from custlib.aggregate.patterns import CONTRACT, KEPT, USE
from custlib.aggregate.spending import spend_cells
from custlib.aggregate.values import UNKNOWN, YEAR, as_at
from custlib.data.collect import collect, removed, typed
from custlib.data.digest import digest
from custlib.measure.clv import bgnbd, clock
from custlib.measure.clv.fit import Floats
from custlib.measure.clv.groups import DAILY_MODELS, MODELS
from custlib.periods import Month, month_end, month_range
from custlib.prepare import Prepared
from custlib.prepare.files import part_path, save

__all__ = ["CONTRACT", "USE", "PatternViews", "is_daily", "model_of"]

# Patterns, not customers: a large bank's lives of five years, by segment.
MOST_CELLS = 1_000_000
# The least that a day of a calendar month counts on a seasonal clock.
LEAST = 0.01


def model_of(prepared: Prepared, kind: str) -> str:
    """Name the model of a kind: contracts renew or end; everybody else is known by what they do.

    Of a month whose model is left to the back-test, ask `custlib.prepare.choice.resolved` for the month under the model first.
    """
    return "sbg" if kind == CONTRACT else prepared.company.settings.clv_model


def is_daily(prepared: Prepared, kind: str) -> bool:
    """Say whether the model of a kind counts purchase days."""
    return model_of(prepared, kind) in DAILY_MODELS


@dataclass(frozen=True)
class PatternViews:
    """The customers of any month end as the models see them, on one engine."""

    prepared: Prepared
    con: Any
    _bases: dict[Month, ir.Table] = field(default_factory=dict)
    _patterns: dict[Month, ir.Table] = field(default_factory=dict)
    _seasons: dict[Month, tuple[float, ...] | None] = field(default_factory=dict)
    _activity: dict[tuple[Month, Month], pd.DataFrame] = field(default_factory=dict)

    def base(self, month: Month) -> ir.Table:
        """Give the customers of a month end, with the column they are fitted by as ``clv_segment``."""
        if month not in self._bases:
            files = self.prepared.files.at("base", month)
            if not files:
                raise removed()
            base = self.con.read_parquet(files)
            self._bases[month] = self._with_segment(base, month)
        return self._bases[month]

    def _with_segment(self, base: ir.Table, month: Month) -> ir.Table:
        if not self.segment or self.listed is None:
            return base.mutate(clv_segment=ibis.literal("all", "string"))
        known = as_at(self.listed, month)
        told = known.select("customer_id", clv_segment=known[self.segment].cast("string"))
        joined = base.left_join(told, "customer_id").drop("customer_id_right")
        return joined.mutate(clv_segment=joined.clv_segment.fill_null(UNKNOWN))

    @cached_property
    def segment(self) -> str:
        """Name the column of the customer list by which fits are made; "" where there is none."""
        name = self.prepared.company.settings.clv_segment
        return name if self.listed is not None and name in self.listed.columns else ""

    @cached_property
    def listed(self) -> ir.Table | None:
        """The customer list; None for a company without one."""
        files = self.prepared.files.listed
        return self.con.read_parquet(files) if files else None

    def patterns(self, month: Month) -> ir.Table:
        """Give every customer's pattern at a month's end (see `custlib.aggregate.patterns.patterns`), written down once."""
        if month not in self._patterns:
            self._patterns[month] = self.con.read_parquet(str(self.file(month)))
        return self._patterns[month]

    def file(self, month: Month, *, of: Sequence[str] = (), keep: Sequence[str] = ()) -> Path:
        """Give the file that a month end's patterns are written down in.

        Parameters
        ----------
        of : sequence of str
            The columns of patterns wanted; all by default.
        keep : sequence of str
            Columns of the customers wanted beside (see `custlib.aggregate.patterns.patterns`).
        """
        path = self._pattern_file(month, *of, *keep)
        if not path.exists():
            found = self._shown(month, keep)
            wanted = [*of, *(KEPT + name for name in keep)] if of else found.columns
            save(self.con, self.typed(found.select(wanted)), path)
        return path

    def _shown(self, month: Month, keep: Sequence[str] = ()) -> ir.Table:
        return shown.patterns(
            self.base(month),
            month=month,
            rules=self.prepared.rules,
            left_truncation=self.prepared.company.settings.left_truncation_months,
            group="clv_segment",
            keep=keep,
        )

    def _pattern_file(self, month: Month, *columns: str) -> Path:
        """Name the file after the customers it is made from, and what else it rests on."""
        settings = self.prepared.company.settings
        base = self.prepared.files.months["base"][month]
        rests_on = digest(base.name, self.segment, settings.left_truncation_months, *columns)
        return part_path(self.prepared.cache, "patterns", month, rests_on)

    def cells(self, month: Month, *by: str, table: ir.Table | None = None) -> dict[str, pd.DataFrame]:
        """Count the patterns of a month end, or of some customers of it, by kind: in the models' own columns."""
        table = self.patterns(month) if table is None else table
        found = {}
        monthly = self.frame(shown.cells(table, *by))
        for kind in sorted(monthly.kind.unique()):
            part = monthly[monthly.kind == kind]
            if is_daily(self.prepared, kind):
                part = self.in_weeks(self.frame(shown.day_cells(table, "later_days", *by)), month)
            else:
                part = part.assign(events=part.x)
            found[str(kind)] = part.reset_index(drop=True)
        return found

    def spending(self, month: Month) -> pd.DataFrame:
        """Give margin by how often customers were active, in cells (see `custlib.aggregate.spending.spend_cells`)."""
        table = self.patterns(month)
        parts = []
        for kind in (CONTRACT, USE):
            per = "later_days" if is_daily(self.prepared, kind) else "x"
            parts.append(self.frame(spend_cells(table.filter(table.kind == kind), per=per)))
        return pd.concat(parts, ignore_index=True)

    def lives(self, month: Month) -> dict[str, pd.DataFrame]:
        """Count those who are fitted by how long ago they were won, by kind; for a model of days, by its clock."""
        frame = self.frame(shown.lives(self.patterns(month)))
        found = {str(kind): part.reset_index(drop=True) for kind, part in frame.groupby("kind")}
        if is_daily(self.prepared, USE) and USE in found:
            days = self.frame(shown.day_cells(self.patterns(month)))
            found[USE] = self.day_lives(days[days.fitted], month, self.seasons(month))
        return found

    def day_lives(self, cells: pd.DataFrame, month: Month, seasons: Sequence[float] | None) -> pd.DataFrame:
        """Give the weeks from the first day to each month end since the data begin: ``place`` of the month end, ``weeks``."""
        begins = cells.groupby(["segment", "first_day"], as_index=False).customers.sum()
        months = list(month_range(self.prepared.rules.data_start, month))
        ends = pd.DataFrame({"place": range(len(months)), "end": [month_end(each) for each in months]})
        both = begins.merge(ends, how="cross")
        return both.assign(weeks=self.weeks(both.first_day, both.end, seasons))

    def activity(self, then: Month, now: Month, *, beside: Month | None = None) -> pd.DataFrame:
        """Give what each month up to `now` added for the customers fitted at `then`: ``month``, ``actual``.

        Who asks for `beside` next is given it without another look at all month ends.
        """
        if (then, now) not in self._activity:
            ends = (then, then if beside is None else beside)
            start = self.prepared.rules.data_start
            both = shown.activity_of_both(self.bases(start, now), *map(self._members, ends))
            sums = self.frame(both)
            for end, column in zip(ends, ("first", "second"), strict=True):
                self._activity[end, now] = self._added(sums.assign(kind=sums[column]), start, now)
        return self._activity[then, now]

    def _members(self, then: Month) -> ir.Table:
        """Give the customers fitted at a month end; a model of days is fitted to none who is older than the data."""
        known = self.patterns(then)
        known = known.filter(known.fitted)
        return known.filter(~((known.kind == USE) & known.older)) if is_daily(self.prepared, USE) else known

    def _added(self, sums: pd.DataFrame, start: Month, now: Month) -> pd.DataFrame:
        mine = sums[sums.kind.notna()]
        days = (mine.kind == USE) & is_daily(self.prepared, USE)
        counted = mine.days.where(days, mine.active_months)
        months = [pd.Timestamp(each) for each in month_range(start, now)]
        total = counted.groupby(mine.month).sum().reindex(months, fill_value=0)
        return pd.DataFrame({"month": months, "actual": np.diff(total, prepend=0)})

    def seasons(self, month: Month) -> tuple[float, ...] | None:
        """Give the calendar months' indices, actual / expected up to a month; None without a seasonal clock.

        None too before a whole year is known, or where no model without seasons can be trusted.
        """
        if not self.prepared.company.settings.seasonal_clock:
            return None
        if month not in self._seasons:
            self._seasons[month] = self._indices(month)
        return self._seasons[month]

    def _indices(self, month: Month) -> tuple[float, ...] | None:
        cells = self.frame(shown.day_cells(self.patterns(month)))
        cells = cells[cells.fitted]
        lives = self.day_lives(cells, month, None)
        if not len(cells) or lives.place.max() < YEAR - 1:
            return None
        patterns = self._in_weeks(cells, month, None)[[*bgnbd.KEYS, "customers"]]
        fit = bgnbd.fit(patterns, hessian=False)
        if not fit.trusted:
            return None
        each = lives.customers.to_numpy(float) * bgnbd.expected_by(fit, lives.weeks.to_numpy(float))
        expected = np.diff(np.bincount(lives.place, each), prepend=0.0)
        came = self.activity(month, month)
        sums = came.assign(expected=expected).groupby(came.month.dt.month)[["actual", "expected"]].sum()
        # A month in which nobody ever comes would have no length, and a later purchase in it no place.
        return tuple((sums.actual / sums.expected).clip(lower=LEAST).tolist())

    def weeks_ahead(self, month: Month) -> tuple[float, ...]:
        """Give the lengths of the months after a month, in weeks of the clock: four years, a leap day included."""
        flat = [1.0] * YEAR
        return tuple(
            clock.weeks_ahead(np.datetime64(month_end(month)), 4 * YEAR, self.seasons(month) or flat).tolist()
        )

    def weeks(self, first: pd.Series, last: Any, seasons: Sequence[float] | None) -> Floats:
        """Give the weeks between days, days / 7, or by a seasonal clock on which each day counts its month's index."""
        begin = pd.to_datetime(first).to_numpy("datetime64[D]")
        end = np.broadcast_to(np.asarray(pd.to_datetime(last), "datetime64[D]"), begin.shape)
        if seasons is None:
            return (end - begin).astype(int) / 7
        # One beginning for all, so that equal days have equal readings to the last digit.
        anchor = np.array([self.prepared.rules.data_start], "datetime64[D]")
        read = clock.clock(np.concatenate([anchor, begin, end]), seasons)[1:]
        return np.asarray(read[len(begin) :] - read[: len(begin)], dtype=float) / 7

    def bases(self, first: Month, last: Month) -> ir.Table:
        """Put the customers of several month ends below one another."""
        return self.con.read_parquet(self.prepared.files.between("base", first, last))

    def keys(self, kind: str) -> list[str]:
        """Name the columns of `cells` that make two patterns of a kind different."""
        daily = is_daily(self.prepared, kind)
        return ["days_x", "first_day", "last_day", "closed"] if daily else MODELS["bgbb"].KEYS

    def in_weeks(self, cells: pd.DataFrame, month: Month) -> pd.DataFrame:
        """Add x, t_x and T, in weeks of the clock, to cells counted by days."""
        return self._in_weeks(cells, month, self.seasons(month)).assign(events=cells.later_days)

    def _in_weeks(self, cells: pd.DataFrame, month: Month, seasons: Sequence[float] | None) -> pd.DataFrame:
        return cells.assign(
            kind=USE, x=cells.days_x,
            t_x=self.weeks(cells.first_day, cells.last_day, seasons),
            T=self.weeks(cells.first_day, month_end(month), seasons),
        )  # fmt: skip

    def register(self, name: str, frame: pd.DataFrame) -> ir.Table:
        """Give a small frame to the engine; NaN becomes NULL."""
        self.con.con.register(name, pa.Table.from_pandas(frame, preserve_index=False))
        return self.con.table(name)

    def typed(self, table: ir.Table) -> str:
        """Give a query's SQL with the types it declares."""
        return typed(self.con, table)

    def frame(self, table: ir.Table) -> pd.DataFrame:
        """Bring counted cells to pandas: money as floats, since models are made of it; ``group`` is the segment.

        In an order of their own: the engine's differs from run to run, and draws are dealt out in order.
        """
        # Sums are exact; their last step to a float is the engine's, since a Decimal per number takes a second per 400,000.
        money = [name for name, kind in table.schema().items() if kind.is_decimal()]
        floats = table.cast(dict.fromkeys(money, "float64"))
        frame = collect(floats, max_rows=MOST_CELLS).rename(columns={"group": "segment"})
        return frame.sort_values(list(frame.columns), ignore_index=True)
