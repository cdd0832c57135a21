"""Cohorts as a page lists them, and whether each has earned back what it cost to win it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from custlib.measure.cohorts import Cohorts, telling_ages
from custlib.measure.figures import small_segments
from custlib.measure.generations import Generation, cost_per_head, curve
from custlib.periods import Month, months_between

# More rows than this are put together by quarter: a page is read, results.csv is looked up.
MOST = 12
QUARTER = 3


@dataclass(frozen=True)
class Row:
    """One line of the cohort table: the customers won in a month or a quarter.

    Attributes
    ----------
    age : int
        Months that all of them have had.
    active : dict
        Age -> share active by the rule; None where not all have reached it.
    margin : Decimal or None
        Margin per acquired customer by the age that all of them have reached.
    cost : Decimal or None
        Acquisition cost per acquired customer.
    payback : int or None
        First age at which the margin per customer reached the cost, of the ages that all have reached.
    known : bool
        Whether both are known, so that a missing `payback` means "not yet".
    """

    generation: Generation
    age: int
    active: dict[int, float | None]
    margin: Decimal | None
    cost: Decimal | None
    payback: int | None
    known: bool


def rows(cohorts: Cohorts, *, window: int, min_group: int) -> list[Row]:
    """Lay the latest cohorts out by month, or by calendar quarter where they are more than a year's.

    Rows too small to show are left out, and the next smallest with them.
    """
    months = sorted(cohorts.customers.index)
    found = _group(cohorts, months, 1 if len(months) <= MOST else QUARTER)[-MOST:]
    sizes = pd.Series({place: generation.customers for place, generation in enumerate(found)}, dtype="int64")
    hidden = small_segments(sizes, min_group=min_group) if len(sizes) else set()
    return [_row(cohorts, each, window) for place, each in enumerate(found) if place not in hidden]


def _group(cohorts: Cohorts, months: Sequence[Month], length: int) -> list[Generation]:
    """Put cohorts together by month or calendar quarter."""
    groups: dict[tuple[int, int], list[Month]] = {}
    for month in months:
        groups.setdefault((month.year, (month.month - 1) // length), []).append(month)
    return [
        Generation(min(found), max(found), sum(int(cohorts.customers[month]) for month in found))
        for found in groups.values()
    ]


def _row(cohorts: Cohorts, generation: Generation, window: int) -> Row:
    members = [cohort for cohort in cohorts.customers.index if generation.holds(cohort)]
    age = months_between(generation.last, cohorts.month)
    active = {
        at: sum(int(cohorts.active.at[c, at]) for c in members) / generation.customers if at <= age else None
        for at in telling_ages(window)
    }
    line = curve(cohorts, generation, longest=None)
    # Of the youngest's age, like the payback: the elder ones' further months would set the two against each other.
    margin = line.value.iloc[-1] if len(line) else None
    cost = cost_per_head(cohorts, generation)
    reached = [
        at for at, value in zip(line.age, line.value, strict=True) if cost is not None and value >= cost
    ]
    known = cost is not None and margin is not None
    return Row(generation, age, active, margin, cost, int(min(reached)) if reached else None, known)
