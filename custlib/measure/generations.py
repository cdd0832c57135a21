"""The latest joiners against those before them, at an age that all of both have reached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.measure.cohorts import Cohorts
from custlib.measure.difference import Difference, Sums, across_months, mean_difference, share_difference
from custlib.periods import Month, add_months, month_text, months_between
from custlib.results import Figure, figure

# Consecutive cohorts put together -> the age in months at which they are first compared.
LENGTHS = {12: 6, 3: 3, 1: 1}
COMPARED_AT = (12, 6, 3, 1)
MOST = 4
# A curve stops here: what came three years later says little of this year's joiners.
OLDEST = 36


@dataclass(frozen=True)
class Generation:
    """The customers won from month `first` to month `last`, both included."""

    first: Month
    last: Month
    customers: int

    @property
    def name(self) -> str:
        """Name the generation for machines: ``2025-01 to 2025-12``, or its one month."""
        first, last = month_text(self.first), month_text(self.last)
        return first if first == last else f"{first} to {last}"

    def holds(self, month: Month) -> bool:
        """Say whether a cohort belongs to it."""
        return self.first <= month <= self.last


@dataclass(frozen=True)
class Plan:
    """Which generations are compared: `length` cohorts each, the latest first, at `age` months."""

    length: int
    age: int
    generations: tuple[Generation, ...]

    @property
    def latest(self) -> Generation:
        """The generation in question."""
        return self.generations[0]

    @property
    def earlier(self) -> Generation:
        """The one it is compared with."""
        return self.generations[1]


def plan(cohorts: Cohorts, *, first: Month, window: int, min_group: int) -> Plan | None:
    """Choose the generations: years where two of them fit the data, else quarters, else months.

    The latest generation is the last whose youngest customers have reached the age of comparison, and that is
    not below the active window where the data allow it: before it is over everybody counts as active.

    Parameters
    ----------
    first : date
        First month from which every joiner is in a cohort.

    Returns
    -------
    Plan or None
        None where no two generations of at least `min_group` customers can be compared.
    """
    for length, youngest in LENGTHS.items():
        for age in dict.fromkeys((max(youngest, window), youngest)):
            found = _generations(cohorts.customers, length, add_months(cohorts.month, -age), first, min_group)
            if len(found) > 1:
                had = months_between(found[0].last, cohorts.month)
                return Plan(length, next(at for at in COMPARED_AT if at <= had), tuple(found))
    return None


def _generations(
    customers: pd.Series, length: int, latest: Month, first: Month, min_group: int
) -> list[Generation]:
    """Cut the cohorts up to `latest` into whole generations, from the last with customers backwards."""
    there = [cohort for cohort in customers.index if cohort <= latest and customers[cohort]]
    found: list[Generation] = []
    end = max(there, default=None)
    while end is not None and len(found) < MOST and add_months(end, 1 - length) >= first:
        start = add_months(end, 1 - length)
        heads = sum(int(n) for cohort, n in customers.items() if start <= cohort <= end)
        if heads < min_group:
            break
        found.append(Generation(start, end, heads))
        end = add_months(start, -1)
    return found


def curve(cohorts: Cohorts, generation: Generation, *, longest: int | None = OLDEST) -> pd.DataFrame:
    """Give a generation's margin per acquired customer by age, as far as all of it have come.

    Parameters
    ----------
    longest : int or None
        The curve ends at this age; None for no end.

    Returns
    -------
    DataFrame
        ``age``, ``value``: cumulative margin per acquired customer; no rows where margin is not known.
    """
    age = months_between(generation.last, cohorts.month)
    oldest = age if longest is None else min(age, longest)
    rows: list[tuple[int, Decimal]] = []
    members = [cohort for cohort in cohorts.customers.index if generation.holds(cohort)]
    for age in range(oldest + 1):
        cells = [cohorts.margin.at[cohort, age] for cohort in members]
        if any(cell is None for cell in cells):
            break
        rows.append((age, sum(cells, Decimal(0)) / generation.customers))
    return pd.DataFrame(rows, columns=["age", "value"])


def cost_per_head(cohorts: Cohorts, generation: Generation) -> Decimal | None:
    """Give a generation's acquisition cost per acquired customer; None unless known for each cohort."""
    members = [cohort for cohort in cohorts.customers.index if generation.holds(cohort)]
    costs = [(cohorts.cost[cohort], int(cohorts.customers[cohort])) for cohort in members]
    if any(cost is None for cost, _ in costs):
        return None
    return sum((cost * heads for cost, heads in costs), Decimal(0)) / generation.customers


def active_difference(cohorts: Cohorts, plan: Plan) -> Difference | None:
    """Compare the shares still active by the rule at the age of comparison."""
    both = []
    for generation in (plan.latest, plan.earlier):
        members = [cohort for cohort in cohorts.customers.index if generation.holds(cohort)]
        both.append([(int(cohorts.customers[c]), int(cohorts.active.at[c, plan.age])) for c in members])
    return _shares(*both)


def _shares(now: list[tuple[int, int]], then: list[tuple[int, int]]) -> Difference | None:
    """Compare two groups' shares, each given by month: customers, and how many have the property."""
    counts = [
        sum(cells) for months in (now, then) for cells in (zip(*months, strict=True) if months else ((), ()))
    ]
    found = share_difference(counts[1], counts[0], counts[3], counts[2])
    return None if found is None else across_months(found, now, then)


def margin_difference(brought: pd.DataFrame, plan: Plan) -> Difference | None:
    """Compare margin per acquired customer; `brought` has sums and squares by ``cohort`` at the age."""
    both, months = zip(*(sums_of(brought, each) for each in (plan.latest, plan.earlier)), strict=True)
    found = mean_difference(*both)
    return None if found is None else across_months(found, *months)


def sums_of(brought: pd.DataFrame, generation: Generation) -> tuple[Sums, list[tuple[int, Decimal]]]:
    """Add up what a generation had brought; and give customers and money of each of its cohorts."""
    rows = brought[[generation.holds(cohort) for cohort in brought.cohort]]
    months = [(int(n), total) for n, total in zip(rows.customers, rows.margin, strict=True)]
    return Sums(int(sum(rows.customers)), sum(rows.margin, Decimal(0)), sum(rows.squares, Decimal(0))), months


def again_difference(second: pd.DataFrame, plan: Plan) -> Difference | None:
    """Compare the shares who bought on a second day within the age of comparison.

    Parameters
    ----------
    second : DataFrame
        ``first``, ``months``, ``customers`` (``custlib.aggregate.cohorts``): by month of the first purchase.
    """
    both = []
    for generation in (plan.latest, plan.earlier):
        rows = second[[generation.holds(month) for month in second["first"]]]
        soon = [months is not None and months <= plan.age for months in rows.months]
        by_month = rows.assign(soon=rows.customers.where(soon, 0)).groupby("first")
        both.append([(int(sum(own.customers)), int(sum(own.soon))) for _, own in by_month])
    return _shares(*both)


MEASURES = {
    "active": ("joiners_active", "share"),
    "again": ("joiners_second_purchase", "share"),
    "margin": ("joiners_margin", None),
}


def generation_figures(
    plan: Plan | None, differences: dict[str, Difference | None], *, currency: str
) -> Iterator[Figure]:
    """Name both generations' figures at the age of comparison, and the differences with their intervals."""
    for key, (stem, unit) in MEASURES.items():
        kind, found = unit or currency, differences.get(key)
        of_difference = "difference" if unit else currency
        suffix = "_share" if unit else "_per_customer"
        if plan is None or found is None:
            yield figure(f"{stem}_difference", None, of_difference, plan.age if plan else 0)
            continue
        pairs: Sequence[tuple[Generation, Any, int]] = (
            (plan.latest, found.now, found.n_now),
            (plan.earlier, found.then, found.n_then),
        )
        for generation, value, n in pairs:
            yield Figure(
                f"{stem}{suffix}",
                float(value),
                kind,
                plan.age,
                dimension="joined",
                segment=generation.name,
                n=n,
            )
        yield Figure(
            f"{stem}_difference", found.change, of_difference, plan.age,
            low=found.low, high=found.high, n=found.n_now,
        )  # fmt: skip
