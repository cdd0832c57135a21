"""Cohorts followed over their age: how many are still active, what they have brought, when they paid back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.figures import small_segments
from custlib.periods import Month, add_months, month_text, months_between
from custlib.results import Figure, figure

# Ages told apart in tables and results.
AGES = (1, 3, 6, 12, 24, 36)
# A cost that is recorded for fewer of a group than this is not the group's cost.
NEARLY_ALL = Decimal("0.95")
HISTORY = 36


@dataclass(frozen=True)
class Cohorts:
    """The customers won in each month of the data, followed to the month reported.

    Attributes
    ----------
    customers : Series
        By cohort (its month): how many were won.
    cost : Series
        By cohort: acquisition cost per acquired customer; None where it is not recorded for nearly all.
    known : Series
        By cohort: customers whose acquisition cost is recorded.
    active, margin : DataFrame
        By cohort and age in months: customers active by the rule, and margin cumulated from the month of
        acquisition (age 0) on. None where the cohort has not reached the age, or margin is not known.
    """

    month: Month
    customers: pd.Series
    cost: pd.Series
    known: pd.Series
    active: pd.DataFrame
    margin: pd.DataFrame

    def age(self, cohort: Month) -> int:
        """Give a cohort's age at the month reported."""
        return months_between(cohort, self.month)

    def at_age(self, table: pd.DataFrame, cohort: Month, age: int) -> Any:
        """Look a cohort's value at an age up; None where it is not known (yet)."""
        return table.at[cohort, age] if age in table.columns else None

    def payback(self, cohort: Month) -> int | None:
        """Give the first age at which the margin per acquired customer reached the acquisition cost.

        None where it has not yet, and where cost or margin is not known: see `payback_known`.
        """
        cost, heads = self.cost[cohort], int(self.customers[cohort])
        if not self.payback_known(cohort):
            return None
        reached = [age for age, total in self.margin.loc[cohort].items() if _reached(total, cost, heads)]
        return int(min(reached)) if reached else None

    def payback_known(self, cohort: Month) -> bool:
        """Say whether both cost and margin are known, so that a cohort that has not paid back has not yet."""
        return self.cost[cohort] is not None and self.margin.at[cohort, 0] is not None

    def margin_to_date(self, cohort: Month) -> Decimal | None:
        """Give the margin since the acquisition."""
        return self.at_age(self.margin, cohort, self.age(cohort))


def _reached(total: Decimal | None, cost: Decimal, heads: int) -> bool:
    return total is not None and total >= cost * heads


def per_head(cost: Any, known: Any, customers: Any) -> Decimal | None:
    """Give the mean acquisition cost of those for whom one is recorded; None where that is not nearly all."""
    if cost is None or cost != cost or not known or known < NEARLY_ALL * int(customers):
        return None
    return Decimal(cost) / int(known)


def follow(
    sizes: pd.DataFrame, activity: pd.DataFrame, money: pd.DataFrame, *, month: Month, money_start: Month
) -> Cohorts:
    """Lay cohorts out by age.

    Parameters
    ----------
    sizes, activity, money : DataFrame
        Of ``custlib.aggregate.cohorts``; of `money`, the rows of those who joined within the data.
    money_start : date
        The margin of cohorts older than this is not known.
    """
    joined = sizes[sizes.origin == "joined"].sort_values("cohort").set_index("cohort")
    cohorts = list(joined.index)
    active = _by_age(cohorts, month, {cohort: 0 for cohort in cohorts})
    for row in activity.itertuples():
        active.at[row.cohort, months_between(row.cohort, row.month)] = int(row.active)
    margin = _by_age(cohorts, month, {cohort: Decimal(0) for cohort in cohorts if cohort >= money_start})
    for row in money[money.origin == "joined"].itertuples():
        age = months_between(row.cohort, row.month)
        # What was booked before the first active month is in the month's total, but in no cohort's life.
        if age >= 0 and row.cohort >= money_start:
            margin.at[row.cohort, age] = row.margin
    cost = [per_head(*cells) for cells in zip(joined.cost, joined.known, joined.customers, strict=True)]
    return Cohorts(
        month,
        customers=pd.Series(list(map(int, joined.customers)), index=cohorts, dtype="int64"),
        cost=pd.Series(cost, index=cohorts, dtype=object),
        known=pd.Series(list(map(int, joined.known)), index=cohorts, dtype="int64"),
        active=active,
        margin=_cumulated(margin),
    )


def _by_age(cohorts: Sequence[Month], month: Month, nothing: Mapping[Month, Any]) -> pd.DataFrame:
    """Lay cohorts out by age: nothing yet at the ages they have had, None at those they have not."""
    ages = range(max((months_between(cohort, month) for cohort in cohorts), default=-1) + 1)
    cells = [
        [nothing.get(cohort) if age <= months_between(cohort, month) else None for age in ages]
        for cohort in cohorts
    ]
    return pd.DataFrame(cells, index=list(cohorts), columns=list(ages), dtype=object)


def _cumulated(table: pd.DataFrame) -> pd.DataFrame:
    """Add cells up along each row; sums of decimals stay exact, and what is None stays so."""
    rows = []
    for cells in table.itertuples(index=False):
        sums = accumulate(Decimal(0) if cell is None else cell for cell in cells)
        rows.append([None if cell is None else total for cell, total in zip(cells, sums, strict=True)])
    return pd.DataFrame(rows, index=table.index, columns=table.columns, dtype=object)


def check_cohorts(cohorts: Cohorts, history: pd.DataFrame) -> int:
    """Compare each cohort with the new customers published for its month; count the cohorts compared.

    Parameters
    ----------
    history : DataFrame
        Results rows of the whole base; months whose new customers are not available are passed over.

    Raises
    ------
    CustlibError
        Naming the month and both counts.
    """
    rows = history[
        (history.measure == "new_customers") & (history.window_months == 1) & (history.dimension == "all")
    ]
    known = {row.month: int(row.value) for row in rows.itertuples() if row.status == "ok"}
    sizes = {month_text(cohort): int(n) for cohort, n in cohorts.customers.items()}
    for month, new in known.items():
        if sizes.get(month, 0) != new:
            raise CustlibError(
                f"cohort of {month}: {sizes.get(month, 0)} customers were won in it, but {new} were new"
            )
    return len(known)


def telling_ages(window: int) -> tuple[int, ...]:
    """Give the ages at which being active says something: before the window is over it is true of everyone."""
    return tuple(age for age in AGES if age >= window)


def cohort_figures(cohorts: Cohorts, *, window: int, currency: str, min_group: int) -> Iterator[Figure]:
    """Name the figures of each cohort of the last 36 months; small cohorts are suppressed.

    Parameters
    ----------
    window : int
        Months for which a purchase keeps a customer active; 1 where a contract does.
    """
    hidden = small_segments(cohorts.customers, min_group=min_group) if len(cohorts.customers) else set()
    for cohort in cohorts.customers.index:
        if cohort <= add_months(cohorts.month, -HISTORY):
            continue
        for name, value, unit, months, n in _lines(cohorts, cohort, window, currency):
            where: dict[str, Any] = {"dimension": "cohort", "segment": month_text(cohort)}
            if cohort in hidden:
                yield Figure(name, None, unit, months, status="suppressed", **where)
            else:
                yield figure(name, value, unit, months, n=n if value is not None else None, **where)


def _lines(cohorts: Cohorts, cohort: Month, window: int, currency: str) -> Iterator[tuple]:
    """Give measure, value, unit, window and count of a cohort's figures; ages not reached are left out."""
    heads, age = int(cohorts.customers[cohort]), cohorts.age(cohort)
    yield "cohort_customers", heads, "customers", 0, heads
    for at in telling_ages(window):
        if at <= age:
            share = int(cohorts.active.at[cohort, at]) / heads
            yield "cohort_active_share", share, "share", at, heads
    for at in AGES:
        if at <= age:
            yield "cohort_margin", cohorts.margin.at[cohort, at], currency, at, heads
    yield "cohort_margin", cohorts.margin_to_date(cohort), currency, 0, heads
    cost, known = cohorts.cost[cohort], int(cohorts.known[cohort])
    yield "cohort_acquisition_cost", None if cost is None else round(cost, 4), currency, 0, known
    yield "cohort_margin_to_cost", _ratio(cohorts, cohort), "ratio", 0, heads
    yield "payback_months", cohorts.payback(cohort), "months", 0, heads


def _ratio(cohorts: Cohorts, cohort: Month) -> float | None:
    """Give margin to date as a multiple of the acquisition cost; None where either is unknown or cost is zero."""
    cost, heads = cohorts.cost[cohort], int(cohorts.customers[cohort])
    if not cohorts.payback_known(cohort) or not cost:
        return None
    return float(cohorts.margin_to_date(cohort) / (cost * heads))
