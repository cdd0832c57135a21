"""A month's surveys in the engine: who was asked and answered, what they were before and did after; every frame is small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import answers, surveys
from custlib.aggregate import bands as banding
from custlib.aggregate import held as holding
from custlib.aggregate.bands import banded
from custlib.aggregate.panel import MONEY
from custlib.aggregate.segmentation import level_of
from custlib.data.collect import collect
from custlib.measure.bands import thresholds
from custlib.month.held import Held
from custlib.month.valued import Valued
from custlib.periods import Month, add_months, month_range
from custlib.segmentation import UNKNOWN, Levels, Step, Thresholds, band_names
from custlib.surveying import NPS

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

YEAR = 12
# Waves are drawn for so many months; a year before them sets the first limits.
SHOWN = 36
MOST_CELLS = 1_000_000
_counter = count()


@dataclass(frozen=True)
class Answers:
    """The answers of an opened month; what is kept in the engine goes with `held.drop`."""

    month: CustomerMonth
    held: Held

    @property
    def outcome(self) -> int:
        """Months for which customers are followed after an answer."""
        return self.month.company.settings.outcome_months

    @property
    def window(self) -> int:
        """Months whose answers make the score."""
        return self.month.company.settings.answers_window_months

    @cached_property
    def first(self) -> Month:
        """The first month whose surveys are read: earlier ones change nothing that is told."""
        followed = self.month.company.settings.answers_followed_months + self.outcome
        return add_months(self.month.month, 1 - max(followed, SHOWN) - YEAR)

    @cached_property
    def asked(self) -> ir.Table:
        """One row per customer, metric and wave (see `custlib.aggregate.surveys.asked`), kept in the engine."""
        view = self.month
        if not view.prepared.has_log:
            assert view.surveys is not None
            return self.held.keep(surveys.asked(view.surveys))
        files = view._parts("surveys", self.first, view.month)
        return self.held.keep(surveys.asked(view.con.read_parquet(files)))

    @property
    def nps(self) -> ir.Table:
        """What was asked on the scale of the NPS."""
        return self.asked.filter(self.asked.metric == NPS)

    @cached_property
    def since(self) -> Month | None:
        """The first month read in which anybody was asked on the scale of the NPS; None where nobody was."""
        first = collect(self.nps.aggregate(first=self.nps.month.min())).iloc[0, 0]
        return None if pd.isna(first) else _day(first)

    def of_window(self, table: ir.Table) -> ir.Table:
        """Keep what was asked in the window; all where nothing has a date."""
        if not self.month.prepared.has_log:
            return table
        return answers.within(table, month=self.month.month, months=self.window)

    @property
    def bands(self) -> Thresholds | None:
        """The amounts of the value bands."""
        return self.held.bands

    @property
    def band_names(self) -> tuple[str, ...]:
        """All bands from the top, and who is in none last."""
        return (*band_names(self.month.company.settings.value_bands), surveys.NOT_ACTIVE, UNKNOWN)

    @cached_property
    def tenures(self) -> list[Step]:
        """Levels of the time since the acquisition, the longest first."""
        rules = self.month.company.settings.segmentation
        return (rules.levels if rules else Levels()).tenure

    @property
    def tenure_names(self) -> tuple[str, ...]:
        """All levels of tenure, and those of whom nobody knows it last."""
        return (*(step.name for step in self.tenures), UNKNOWN)

    @cached_property
    def told(self) -> ir.Table:
        """The NPS invitations of the months followed and of the window (see `custlib.aggregate.surveys.standing`), in the engine.

        Made month by month, each from the base before it and the months around it, so that the cost does not
        grow with history.
        """
        months = collect(self.nps.select("month").distinct()).month.tolist()
        reach = self.month.company.settings.answers_followed_months + self.outcome
        first = add_months(self.month.month, 1 - max(reach, self.window, YEAR))
        asked = {_day(month) for month in months}
        # Where nobody was asked in all these months, one of them gives the table its columns.
        wanted = [month for month in month_range(first, self.month.month) if month in asked] or [
            self.month.month
        ]
        con, name = self.month.con, f"held told {next(_counter)}"
        for place, month in enumerate(wanted):
            start = f'INSERT INTO "{name}"' if place else f'CREATE OR REPLACE TEMP TABLE "{name}" AS'
            # One month after the other: the views that its query reads stand for that month's files.
            con.raw_sql(f"{start} {self._standing(month)}")
        self.held.tables.append(name)
        return con.table(name)

    def _standing(self, month: Month) -> str:
        """Give the query of one month's rows, compiled once for all months that know as much."""
        view, k = self.month, self.outcome
        before, end = add_months(month, -1), add_months(month, k)
        reached = self.month.complete(at=before)
        valued = self._knows(before) and reached["value"]
        asked = self.asked
        nps = asked.filter(asked.metric == NPS)
        then = view._base_view("asked then", before) if self._knows(before) else None
        over = end <= view.month
        finished = view._base_view("asked end", end) if over else None
        panel = view._panel_view(add_months(month, -max(k, 2 * surveys.TREND)), min(end, view.month))

        def build(at: Month) -> ir.Table:
            return surveys.standing(
                nps, then, finished, panel, month=at, outcome=k, bands=self.bands, tenures=self.tenures,
                relationship=view.company.relationship, material_change=view.prepared.rules.material_change, valued=valued,
            )  # fmt: skip

        key = ("asked", asked.get_name(), self._knows(before), valued, over)
        return view._queries.text(key, month, build)

    def _knows(self, month: Month) -> bool:
        """Say whether status is known at a month end."""
        return month >= self.month.prepared.rules.data_start and self.month.complete(at=month)["active"]

    @cached_property
    def followed(self) -> ir.Table:
        """Each customer's first answer that was followed to the end (see `custlib.aggregate.surveys.first_answers`)."""
        months = self.month.company.settings.answers_followed_months
        since = add_months(self.month.month, 1 - months - self.outcome)
        return self.held.keep(surveys.first_answers(self.told.filter(self.told.month >= since)))

    def cells(self) -> pd.DataFrame:
        """Count first answers by all that was known before (see `custlib.aggregate.surveys.cells`)."""
        return collect(surveys.cells(self.followed), max_rows=MOST_CELLS)

    def deeds(self) -> pd.DataFrame:
        """Set words beside deeds (see `custlib.aggregate.answers.deeds`), where the months before are known."""
        first = add_months(self.month.prepared.money_start, self.outcome)
        known = self.followed if self._whole else self.followed.filter(self.followed.month >= first)
        change = self.month.prepared.rules.material_change
        return collect(answers.deeds(known, outcome=self.outcome, material_change=change))

    @property
    def _whole(self) -> bool:
        return self.month.prepared.rules.history_complete

    @cached_property
    def worth(self) -> ir.Table:
        """The active customers with band, tenure, ``value``, ``clv`` and ``worth``: what is to come of them, else what they brought."""
        view = self.month
        valued = Valued(view).table if view.equity.available else None
        found = holding.standing(view.base, None, view.panel, valued, month=view.month, recent=False)
        band = banded(found.active, found.value, self.bands) if self.bands else ibis.null("string")
        worth = found.clv.fill_null(found.value) if valued is not None else found.value
        return self.held.keep(
            found.select(
                "customer_id", "value", "clv", worth=worth.cast(MONEY),
                value_band=band.fill_null(UNKNOWN), tenure=level_of(found.tenure, self.tenures),
            )
        )  # fmt: skip

    @cached_property
    def listed_worth(self) -> ir.Table | None:
        """Customers with the ``value`` that the customer list states and its ``value_band``; None where it states none.

        For companies without a log: the bands are set by rank among all listed.
        """
        listed, steps = self.month.customer_value, self.month.company.settings.value_bands
        if listed is None:
            return None
        told = listed.mutate(active=ibis.literal(True))
        cuts = thresholds(collect(banding.cuts(told, steps)), steps, since=self.month.month)
        return self.held.keep(banding.with_band(told, cuts).filter("active"))

    def strata(self) -> pd.DataFrame:
        """Count the active by band and tenure (see `custlib.aggregate.answers.strata`)."""
        return collect(answers.strata(self.worth, "value_band", "tenure"))

    def scores_by_stratum(self, *, months: int) -> pd.DataFrame:
        """Count the last answer of each customer who is active now, of some months, by score, and by band and tenure of today."""
        last = answers.last_answers(answers.within(self.nps, month=self.month.month, months=months))
        there = last.inner_join(self.worth.select("customer_id", "value_band", "tenure"), "customer_id")
        return collect(answers.scores(there, "value_band", "tenure"))


def _day(value) -> Month:
    return pd.Timestamp(value).date()


@contextmanager
def answering(month: CustomerMonth) -> Iterator[Answers]:
    """Open a month's answers; whatever is kept in the engine for them goes at the end."""
    held = Held(month)
    try:
        yield Answers(month, held)
    finally:
        held.drop()
