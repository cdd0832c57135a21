"""What of a month is open: the engine, the tables that `prepare` keeps, and how far the data reach."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from custlib.aggregate.segments import PANEL_METRICS
from custlib.aggregate.values import YEAR, as_at
from custlib.company import Company
from custlib.data.collect import MonthlyQueries
from custlib.data.digest import digest
from custlib.data.engine import reading_engine
from custlib.errors import CustlibError, UsageError
from custlib.measure.figures import Units
from custlib.periods import Month, add_months, month_end, month_range, month_text
from custlib.prepare import Prepared
from custlib.prepare.files import kept_or_made

CORE_STATUS = "core_status"


@dataclass(frozen=True)
class MonthViews:
    """One month, opened: everything is lazy, and read from what `prepare` keeps."""

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
        """The engine on which months are read; tables of two opened months can be joined."""
        return reading_engine(self.company.connection.memory_limit, self.company.connection.threads)

    @cached_property
    def _queries(self) -> MonthlyQueries:
        return MonthlyQueries(self.con)

    @property
    def panel(self) -> ir.Table:
        """Customer x month up to this month (see `custlib.aggregate.panel`)."""
        return self.con.read_parquet(self._parts("panel", self.prepared.rules.data_start, self.month))

    @property
    def base(self) -> ir.Table:
        """Every customer known at this month's end (see `custlib.aggregate.values`)."""
        return self._base_at(self.month)

    @property
    def known(self) -> ir.Table:
        """Every customer known at this month's end, with status, value and what the customer list says of them.

        One row per customer: the columns of `base`, and those of the customer list that it does not have
        (NULL: not recorded, or not yet listed at the time).
        """
        return self.known_at(self.month)

    def known_at(self, month: Month) -> ir.Table:
        """Give `known` as at an earlier month's end."""
        base = self._base_at(month)
        if not (files := self.prepared.files.listed):
            return base
        listed = as_at(self.con.read_parquet(files), month)
        more = [name for name in listed.columns if name not in base.columns]
        if not more:
            return base
        return base.left_join(listed.select("customer_id", *more), "customer_id").drop("customer_id_right")

    def _base_at(self, month: Month) -> ir.Table:
        """Give the base of a month end; nobody, for a company that has its whole history, before the data begin."""
        if files := self._parts("base", month, month):
            return self.con.read_parquet(files)
        rules = self.prepared.rules
        if rules.history_complete and month < rules.data_start:
            return self.base.filter(ibis.literal(False))
        start, end = month_text(rules.data_start), month_text(self.month)
        raise UsageError(
            f"{self.company.name}: nothing is known of {month_text(month)}\n"
            f"  this month was opened with the data of {start} to {end}"
        )

    def _parts(self, kind: str, first: Month, last: Month) -> list[str]:
        """List the files of some months; refuse when one went since the month was opened, rather than count less."""
        known = self.prepared.files.months.get(kind, {})
        if not self.prepared.has_log and not known:
            raise UsageError(
                f"{self.company.name}: no table says what customers did, so that nothing is known of it\n"
                "  name transactions in the company file; `surveys`, `customers` and `customer_value` can be read"
            )
        wanted = [month for month in month_range(first, last) if month in known]
        files = self.prepared.files.between(kind, first, last)
        if len(files) < len(wanted):
            raise CustlibError(
                f"{self.company.name}: prepared tables of {month_text(self.month)} are no longer in the cache\n"
                "  somebody has cleaned it; open the month again, and they are made anew"
            )
        return files

    @property
    def customers(self) -> ir.Table | None:
        """The customer list as it could be known at this month's end; None for a company without one."""
        files = self.prepared.files.listed
        return as_at(self.con.read_parquet(files), self.month) if files else None

    @property
    def surveys(self) -> ir.Table | None:
        """Invitations and answers dated up to this month; None for a company without surveys.

        One row is one customer asked one thing: ``customer_id``, ``date`` (of the answer, else of the invitation; NULL in a
        company whose surveys have no dates), ``metric``, ``score`` (double; NULL: invited, did not answer), ``wave``, ``stage``,
        ``reason`` (NULL: not known, none given).
        """
        return self._said("surveys")

    @property
    def feedback(self) -> ir.Table | None:
        """What customers said unasked up to this month; None for a company without feedback.

        One row is one thing said: ``customer_id`` (NULL: nobody known), ``date``, ``kind``, ``stage``, ``owner``, ``status``,
        ``resolved_on``. What was settled after the month's end was not at the month's end: its status is NULL, not known.
        Owner and status are as known today.
        """
        table = self._said("feedback")
        if table is None:
            return None
        later = (_.resolved_on > ibis.date(month_end(self.month))).fill_null(False)
        return table.mutate(
            status=ibis.ifelse(later, ibis.null("string"), _.status),
            resolved_on=ibis.ifelse(later, ibis.null("date"), _.resolved_on),
        )

    @property
    def customer_value(self) -> ir.Table | None:
        """What each customer brought, as the customer list has it: ``customer_id``, ``value`` (money; nobody without one).

        None where a log tells it, and where the list does not say.
        """
        listed = None if self.prepared.has_log else self.customers
        if listed is None or "value" not in listed.columns:
            return None
        return listed.filter(_.value.notnull()).select("customer_id", "value")

    def _said(self, kind: str) -> ir.Table | None:
        known = self.prepared.files.months.get(kind)
        return self.con.read_parquet(self._parts(kind, min(known), self.month)) if known else None

    def _panel_view(self, first: Month, last: Month) -> ir.Table:
        return self._queries.view("panel", self._parts("panel", first, last))

    def _bases_view(self, first: Month, last: Month) -> ir.Table:
        """Put the customers of several month ends below one another, under a name that all share."""
        return self._queries.view("bases between", self._parts("base", first, last))

    def _base_view(self, name: str, month: Month) -> ir.Table | None:
        return self._queries.view(name, self._parts("base", month, month))

    def _kept_frame(self, key: object, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Give a small frame of the month that several pages ask for: whoever comes first makes and keeps it.

        Without a lock: two who come at once both make it, and the same.
        """
        frame: pd.DataFrame = kept_or_made(self.prepared.kept(f"frames/{digest(key)}", "pickle"), make)
        return frame

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

    def complete_flow(self, months: int, opening: Month) -> dict[str, bool]:
        """Say the same of a comparison over `months` that opens at a month end."""
        known = self.complete(at=opening)
        # The annual bridge runs on 12 months of margin.
        return known if months == 1 else known | {"value": known["year"]}

    def first_leaving_month(self, months: int, *, at: Month) -> Month:
        """Give the earliest month that can have been a leaver's last active one."""
        window = 1 if self.prepared.rules.relationship == "contractual" else self.prepared.rules.active_window
        return add_months(at, 1 - months - window)

    def knows_leavers(self, months: int, *, at: Month) -> bool:
        """Say whether the data hold the last active year of everybody who can have left in a comparison."""
        first = self.first_leaving_month(months, at=at)
        return self.complete(at=add_months(at, -months))["active"] and self.knows_money(YEAR, at=first)

    @property
    def months_of_data(self) -> int:
        """Months from the first of the data to the month reported."""
        return self.prepared.months_of_data

    @property
    def knows_costs(self) -> bool:
        """Whether cost to serve is part of the margin."""
        return self.prepared.knows_costs
