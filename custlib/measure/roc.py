"""Return on Customer: what was made on customers and what became of their value, against what they were worth.

ROC = (profit from customers in the period + CE(t1) - CE(t0)) / CE(t0). Of the opening base alone it is what these customers
returned; with the new, after what winning them cost, what the company's customers did. Interest that the value was
expected to earn is the hurdle.

An interval holds two things: the parameters, by the draws of the basis, and the luck of the months' own customers. Under
the model what a customer brings beyond (1 + d) V0 is zero in the mean and uncorrelated, across customers and months, so
that the sum of its squares is the variance of the sum. Who is won is a fact; luck is what the new then brought, about their mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Floats
from custlib.measure.cohorts import NEARLY_ALL
from custlib.measure.equity import LEVEL, UNKNOWN, Estimate, monthly_rate
from custlib.measure.ledger import NEW
from custlib.measure.ledger_months import ALL, CLOSING, OPENING, Monthly, total
from custlib.measure.ledger_prices import DRAWS
from custlib.measure.spread import MARGIN_FACTORS, RATE_FACTORS

CREATING, INVESTING, HARVESTING, DESTROYING = QUADRANTS = (
    "creating", "investing", "harvesting", "destroying",
)  # fmt: skip


@dataclass(frozen=True)
class Return:
    """Return on Customer of one month or twelve.

    Attributes
    ----------
    months : int
    literal : Estimate
        The article's formula on the ledger's opening and closing, restatements included.
    closed, total : Estimate
        With intervals of parameters and luck, as all but the hurdle's. Of the customers of the opening base; and with the new ones, after acquisition cost where that is known. Without
        restatements.
    acquisition : Estimate
        What winning customers added: total less closed.
    hurdle : Estimate
        Interest on the value: d for a month; for twelve the sum of the monthly unwinding over the opening.
    value_created : Estimate
        (judged - hurdle) x opening, in the currency.
    profit : Decimal
        Margin, less acquisition cost where that is known.
    margin : Decimal
        Of all customers in the period, from their first month on.
    acquisition_cost : Decimal or None
        None unless recorded for nearly all of the new.
    opening, closing : float
        Customer equity on the basis of the first month, and of the last.
    change_with_restatement : float
        Closing less the equity that the month before the first closed with.
    new_customers : int
    cost_known : bool
        Whether acquisition cost is recorded for nearly all of the new, or nobody is new and it is recorded of others. Else
        new customers would be value for nothing, and the closed base is judged.
    """

    months: int
    literal: Estimate
    closed: Estimate
    total: Estimate
    acquisition: Estimate
    hurdle: Estimate
    value_created: Estimate
    profit: Decimal
    margin: Decimal
    acquisition_cost: Decimal | None
    opening: float
    closing: float
    change_with_restatement: float
    new_customers: int
    cost_known: bool = True

    @property
    def judged(self) -> Estimate:
        """What is held against the hurdle: the total where the cost of winning customers is known, else the closed base."""
        return self.total if self.cost_known else self.closed

    @property
    def meaningful(self) -> bool:
        """Whether there was a value at the opening for anything to be a return on."""
        return self.closed.value is not None


def cost_of(costs: int, cost: Decimal, customers: int, *, recorded: bool) -> Decimal | None:
    """Give what winning customers cost, as far as it is recorded; None unless it is for nearly all.

    Parameters
    ----------
    recorded : bool
        Whether it is of anybody at all: else what winning nobody cost is not known to be nothing.
    """
    if not recorded:
        return None
    if not customers:
        return Decimal(0)
    return cost if costs and costs >= NEARLY_ALL * customers else None


@dataclass(frozen=True)
class _Sums:
    """What the returns of a segment are made of: counted money, equity at the estimates (first) and at draws, and luck."""

    margin_members: Decimal
    margin_new: Decimal
    cost: Decimal | None
    new_customers: int
    variance_members: float
    variance_new: float
    opening: Floats
    change_members: Floats
    worth_new: Floats
    unwinding: Floats


def _sums(
    months: Sequence[Monthly], dimension: str, segment: str, columns: Callable[[Any], Any], rates: Any
) -> _Sums:
    margins = {True: Decimal(0), False: Decimal(0)}
    variance = {True: 0.0, False: 0.0}
    costs, cost, customers = 0, Decimal(0), 0
    opening: Any = 0.0
    change: Any = 0.0
    worth: Any = 0.0
    unwinding: Any = 0.0
    for place, month in enumerate(months):
        rows = month.of(dimension)
        for fresh in (True, False):
            mine = rows[(rows.status == NEW) == fresh]
            mine = mine[(mine.now if fresh else mine.then) == segment]
            margins[fresh] += total(mine.margin)
            variance[fresh] += _variance(mine, fresh=fresh)
            if fresh:
                costs, cost = costs + int(mine.costs.sum()), cost + total(mine.cost)
                customers += int(mine.customers.sum())
        begin = columns(month.drawn(dimension, OPENING, segment))
        opening = begin if place == 0 else opening
        change = change + columns(month.drawn(dimension, CLOSING, segment)) - begin
        worth = worth + columns(month.drawn(dimension, NEW, segment))
        unwinding = unwinding + rates(month) * begin
    return _Sums(
        margins[False], margins[True],
        cost_of(costs, cost, customers, recorded=any(month.recorded for month in months)), customers,
        variance[False], variance[True],
        *(np.atleast_1d(np.asarray(each, dtype=float)) for each in (opening, change, worth, unwinding)),
    )  # fmt: skip


def _variance(rows: pd.DataFrame, *, fresh: bool) -> float:
    """Give the variance of what a month's customers brought beyond what was expected; of the new, about their own mean."""
    squares, customers = total(rows.surprise_squared), int(rows.customers.sum())
    if not fresh or customers < 2:
        return float(squares)
    brought = total(rows.margin) + total(rows.new)
    return float(max(squares - brought * brought / customers, Decimal(0)) * customers / (customers - 1))


def _drawn(worth: Any) -> Any:
    return worth[: 1 + DRAWS] if isinstance(worth, np.ndarray) else worth


def returns(
    months: Sequence[Monthly], *, dimension: str = ALL, segment: str = ALL, sure: bool = True
) -> Return:
    """Work Return on Customer out over consecutive months, of everybody or of a segment.

    A segment's closed base is, month by month, whoever opened the month in it, wherever they went.

    Parameters
    ----------
    sure : bool
        Whether there are intervals; never where a basis saw nobody leave, which no draw of it knows to be uncertain.
    """
    sure = sure and not any(month.at_limit for month in months)
    sums = _sums(months, dimension, segment, _drawn, lambda month: month.rate)
    members, fresh = float(sums.margin_members), float(sums.margin_new - (sums.cost or 0))
    opening = sums.opening
    closed = members + sums.change_members
    whole = closed + fresh + sums.worth_new
    first, last = months[0].of(dimension), months[-1].of(dimension)
    opened = float(total(first.opened[first.earlier == segment]))
    closing = float(total(last.closing[last.now == segment]))
    known = bool(opening[0] > 0)
    margin = sums.margin_members + sums.margin_new
    profit = margin - (sums.cost or 0)
    literal = (float(profit) + closing - opened) / opened if opened > 0 else None

    old, new = sums.variance_members, sums.variance_new
    judged, luck = (closed, old) if sums.cost is None else (whole, old + new)

    def ratio(top: Floats, variance: float = 0.0) -> Estimate:
        if not known:
            return UNKNOWN
        return within(interval(_over(top, opening)), float(np.sqrt(variance) / opening[0]))

    def within(one: Estimate, error: float) -> Estimate:
        return one.widened(error) if sure else Estimate(one.value)

    return Return(
        months=len(months),
        literal=_moved(ratio(whole, old + new), literal),
        closed=ratio(closed, old), total=ratio(whole, old + new), acquisition=ratio(whole - closed, new),
        hurdle=ratio(sums.unwinding),
        value_created=within(interval(judged - sums.unwinding), float(np.sqrt(luck))) if known else UNKNOWN,
        profit=profit, margin=margin, acquisition_cost=sums.cost,
        opening=float(opening[0]), closing=closing, change_with_restatement=closing - opened,
        new_customers=sums.new_customers, cost_known=sums.cost is not None,
    )  # fmt: skip


def _over(top: Floats, opening: Floats) -> Floats:
    """Divide, draw by draw; without a value above zero at a draw its return is not known."""
    top, opening = np.broadcast_arrays(top, opening)
    return np.where(opening > 0, top / np.where(opening > 0, opening, 1), np.nan)


def interval(row: Floats) -> Estimate:
    """Give a figure and between which values 95% of its draws lie; no ends where the draws are not known."""
    if not np.isfinite(row[0]):
        return UNKNOWN
    if len(row) < 2 or not np.isfinite(row).all():
        return Estimate(float(row[0]))
    low, high = np.percentile(row[1:], LEVEL)
    return Estimate(float(row[0]), float(min(low, row[0])), float(max(high, row[0])))


def _moved(found: Estimate, value: float | None) -> Estimate:
    """Give the literal return the interval of the one without restatements, moved to it: bases are drawn apart."""
    if value is None or found.value is None:
        return UNKNOWN
    if found.low is None or found.high is None:
        return Estimate(value)
    return Estimate(value, value + found.low - found.value, value + found.high - found.value)


def sensitivity(months: Sequence[Monthly], annual_rate: float) -> pd.DataFrame:
    """Work the return that is judged out under other assumptions, one at a time (see `Return.judged`).

    Returns
    -------
    DataFrame
        ``assumption`` ("discount rate": all equity at another yearly rate; "margin": all margins, made and expected, times
        a factor), ``setting``, ``roc``, ``hurdle``, ``value_created``. NaN where there is nothing to be a return on.
    """
    rows = []
    for place, factor in enumerate(RATE_FACTORS):
        yearly = factor * annual_rate
        monthly = monthly_rate(yearly)
        sums = _sums(months, ALL, ALL, _column(1 + DRAWS + place), lambda month, rate=monthly: rate)
        rows.append(("discount rate", yearly, *_outcome(sums, 1.0)))
    sums = _sums(months, ALL, ALL, _column(0), lambda month: month.rate)
    rows += [("margin", factor, *_outcome(sums, factor)) for factor in MARGIN_FACTORS]
    return pd.DataFrame(rows, columns=["assumption", "setting", "roc", "hurdle", "value_created"])


def _column(place: int) -> Callable[[Any], Any]:
    return lambda worth: worth[place : place + 1] if isinstance(worth, np.ndarray) else worth


def _outcome(sums: _Sums, factor: float) -> tuple[float, float, float]:
    value = float(sums.margin_members) + sums.change_members[0]
    if sums.cost is not None:
        value += float(sums.margin_new) + sums.worth_new[0]
    top, opening = factor * value - float(sums.cost or 0), factor * sums.opening[0]
    if not opening > 0:
        return (np.nan,) * 3
    hurdle = sums.unwinding[0] / sums.opening[0]
    return top / opening, hurdle, top - hurdle * opening


def quadrant(now: Any, before: Any, roc: float | None, hurdle: float | None) -> str | None:
    """Say what profit against a year earlier and ROC against the hurdle come to; None where one is not known.

    Profit higher and ROC at the hurdle or above: creating value; profit not higher: investing. ROC below the hurdle: profit is
    harvested from value that is used up, or, without more profit, value is destroyed.
    """
    if any(each is None or each != each for each in (now, before, roc, hurdle)):
        return None
    assert roc is not None and hurdle is not None
    if roc >= hurdle:
        return CREATING if now > before else INVESTING
    return HARVESTING if now > before else DESTROYING
