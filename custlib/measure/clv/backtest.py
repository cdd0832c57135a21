"""Does the model foresee? Fitted to what was known h months ago, it is set against what came, and against naive forecasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from custlib.measure.clv.fit import REACH, Floats
from custlib.measure.clv.groups import Group, group_of

# Forecasts nobody needs a model for.
REPEAT, AVERAGE = "repeat", "average"
DECILES = 10


@dataclass(frozen=True)
class Backtest:
    """A forecast of the months that have passed since, and what came.

    Counts are active months (open months of contracts; purchase days under a model of days) of the customers the model
    was fitted to.

    Attributes
    ----------
    months, asked : int
        Length of the holdout; and the one the settings ask for (shorter data allow less).
    then : date
        The month at whose end the forecast is made.
    customers : int
        In the forecast.
    predicted, actual : float
        Totals over the holdout.
    low, high : float
        95% sampling interval of the actual total: customers like these could have made it this much.
    error : float
        predicted / actual - 1.
    naive : DataFrame
        One row per naive forecast: ``key``, ``predicted``, ``error``.
    verdict : str
        "beats" (nearer to what came than every naive forecast, by more than chance), "loses" (further than one of
        them, by more than chance), "cannot tell", or "none": there is no back-test, for `reason`.
    reason : str
        "" or "short" (the data do not reach far enough) or "not fitted".
    margin_predicted, margin_actual, margin_error : float
        The same in money, not discounted.
    margin_repeat : float
        What the same customers brought in as many months before; NaN where the data do not reach so far back.
    tracking : DataFrame
        ``month``, ``expected``, ``actual``, ``holdout``: what each month added.
    deciles : DataFrame
        ``decile`` (1: the lowest tenth of forecasts), ``customers``, ``predicted`` and ``actual`` per customer.
    alive : DataFrame
        ``predicted`` and ``actual`` chance of any activity in the holdout, ``customers``, by tenths of the chance;
        customers known by what they do.
    """

    months: int
    asked: int
    then: date | None
    verdict: str
    reason: str = ""
    customers: int = 0
    predicted: float = float("nan")
    actual: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    error: float = float("nan")
    naive: pd.DataFrame = field(default_factory=pd.DataFrame)
    margin_predicted: float = float("nan")
    margin_actual: float = float("nan")
    margin_error: float = float("nan")
    margin_repeat: float = float("nan")
    tracking: pd.DataFrame = field(default_factory=pd.DataFrame)
    deciles: pd.DataFrame = field(default_factory=pd.DataFrame)
    alive: pd.DataFrame = field(default_factory=pd.DataFrame)


def holdout_months(asked: int, months_of_data: int) -> int:
    """Give the length of the holdout that the data allow: at most a third of them, 0 where that is nothing."""
    return min(asked, months_of_data // 3)


def backtest(
    groups: Sequence[Group],
    held: Mapping[str, pd.DataFrame],
    *,
    months: int,
    asked: int,
    then: date,
    tracking: pd.DataFrame,
) -> Backtest:
    """Compare forecasts with what came.

    Parameters
    ----------
    groups : sequence of Group
        Fitted to what was known at the end of `then`.
    held : mapping of str to DataFrame
        By kind, one row per pattern at `then`, of customers in the likelihood: ``segment``, the model's keys, ``events``,
        ``customers``, ``total``, and of the holdout ``actual``, ``actual_squares`` (over customers), ``came``,
        ``margin``; ``past``, what the same customers did in as many months before (NaN: not in the data); ``seen``, the
        months of life they had been seen for.
    tracking : DataFrame
        See `Backtest`.
    """
    if not all(group.trusted for group in groups) or not groups:
        return Backtest(months, asked, then, "none", "not fitted")
    frame = pd.concat(
        [_forecast(groups, kind, part, months) for kind, part in held.items()], ignore_index=True
    )
    predicted, actual = float(frame.predicted @ frame.customers), float(frame.actual.sum())
    if not actual > 0:
        return Backtest(months, asked, then, "none", "nothing came", customers=int(frame.customers.sum()))
    error = _sampling_error(frame)
    low, high = actual - REACH * error, actual + REACH * error
    naive = _naive(frame, months, actual)
    earned, expected = float(frame.margin.sum()), float(frame.earns @ frame.customers)
    return Backtest(
        months, asked, then, verdict(predicted, naive.predicted, actual, low, high),
        customers=int(frame.customers.sum()), predicted=predicted, actual=actual, low=low, high=high,
        error=predicted / actual - 1, naive=naive,
        margin_predicted=expected, margin_actual=earned,
        margin_error=expected / earned - 1 if earned > 0 else float("nan"),
        margin_repeat=float(frame.past_margin.sum(skipna=False)) if "past_margin" in frame else float("nan"),
        tracking=tracking, deciles=_deciles(frame), alive=_alive(frame),
    )  # fmt: skip


def verdict(predicted: float, naive: Any, actual: float, low: float, high: float) -> str:
    """Say whether a forecast came nearer than others, by more than chance.

    Of two forecasts the one on the side of their midpoint on which the actual total lies was nearer; where the midpoint
    is within the sampling interval of the actual total, other customers of the same kind could have decided otherwise.
    """
    outcomes = []
    for other in naive:
        middle = (predicted + other) / 2
        nearer = abs(predicted - actual) < abs(other - actual)
        outcomes.append("cannot tell" if low <= middle <= high else "beats" if nearer else "loses")
    if "loses" in outcomes:
        return "loses"
    return "beats" if outcomes and all(outcome == "beats" for outcome in outcomes) else "cannot tell"


def _forecast(groups: Sequence[Group], kind: str, part: pd.DataFrame, months: int) -> pd.DataFrame:
    """Add each pattern's forecast: what one customer will do, earn, and whether anything comes at all."""
    which = group_of(groups, kind, part.segment)
    ahead, margin, chance = (np.full(len(part), np.nan) for _ in range(3))
    for i in np.unique(which):
        group, rows = groups[i], which == i
        assert group.fit is not None and group.spend is not None
        cells = part[rows]
        ahead[rows] = group.module.expected(group.fit, cells, months, **group.ahead).sum(axis=1)
        chance[rows] = group.module.p_any(group.fit, cells, months, **group.ahead)
        mean = cells.total.to_numpy(float) / cells.customers.to_numpy(float)
        margin[rows] = group.spend.margin(cells.events.to_numpy(float), mean)
    return part.assign(kind=kind, predicted=ahead, earns=ahead * margin, chance=chance)


def _sampling_error(frame: pd.DataFrame) -> float:
    """Give the standard error of the actual total, from each customer's distance to its own forecast."""
    squares = frame.actual_squares - 2 * frame.predicted * frame.actual + frame.customers * frame.predicted**2
    return float(np.sqrt(max(squares.sum(), 0.0)))


def _naive(frame: pd.DataFrame, months: int, actual: float) -> pd.DataFrame:
    """Make the forecasts that need no model: the same again, and everybody's average for everybody."""
    rows = []
    if frame.past.notna().all():
        rows.append((REPEAT, float(frame.past.sum())))
    seen = float(frame.seen @ frame.customers)
    if seen > 0:
        rate = float(frame.x @ frame.customers) / seen
        # Who is known to have left is in nobody's forecast.
        rows.append((AVERAGE, rate * months * float(frame.customers[~frame.closed.astype(bool)].sum())))
    naive = pd.DataFrame(rows, columns=["key", "predicted"])
    return naive.assign(error=naive.predicted / actual - 1)


def _deciles(frame: pd.DataFrame) -> pd.DataFrame:
    """Set forecast against outcome by tenths of the customers, from the lowest forecast to the highest."""
    return _tenths(frame, frame.predicted, frame.actual).rename(columns={"part": "decile"})


def _alive(frame: pd.DataFrame) -> pd.DataFrame:
    """Set the chance that anything comes against how often it did."""
    used = frame[frame.kind == "use"]
    return _tenths(used, used.chance, used.came).drop(columns="part")


def _tenths(frame: pd.DataFrame, predicted: pd.Series, actual: pd.Series) -> pd.DataFrame:
    """Part customers into tenths by their forecast; equal forecasts stay together."""
    table = pd.DataFrame(
        {"each": predicted.round(12), "customers": frame.customers, "predicted": predicted * frame.customers, "actual": actual}
    )  # fmt: skip
    levels = table.groupby("each", sort=True).sum()
    middle = (levels.customers.cumsum() - levels.customers / 2) / max(levels.customers.sum(), 1)
    part = np.minimum((middle * DECILES).astype(int) + 1, DECILES).rename("part")
    found = levels.groupby(part).sum().reset_index()
    return found.assign(predicted=found.predicted / found.customers, actual=found.actual / found.customers)


def track(
    groups: Sequence[Group],
    lives: Mapping[str, pd.DataFrame],
    held: Mapping[str, pd.DataFrame],
    *,
    months: int,
) -> Floats:
    """Add up what the model expects of each month: from the customers' beginnings to the fit, and `months` ahead.

    Parameters
    ----------
    lives : mapping of str to DataFrame
        By kind: ``segment``, ``age`` (months from the first that the data show of them to the month of the fit),
        ``before``, ``customers``. Of a model of days: ``segment``, ``place`` (of each month end up to the fit, from 0),
        ``weeks`` from the first day to it, ``customers``.
    held : mapping of str to DataFrame
        Their patterns, as in `backtest`.

    Returns
    -------
    ndarray
        One number per month: the oldest age's months up to the fit, then those ahead. Up to the fit nothing but
        the beginning of a customer is used; after it, what was known at the fit.
    """
    longest = max((_length(frame) for frame in lives.values() if len(frame)), default=0)
    total = np.zeros(longest + months)
    for kind, frame in lives.items():
        which = group_of(groups, kind, frame.segment)
        if "weeks" in frame:
            total[longest - _length(frame) : longest] += _by_days(groups, frame, which)
            continue
        cohorts = frame.assign(which=which).groupby(["which", "age", "before"]).customers.sum()
        for (i, age, before), customers in cohorts.items():
            group = groups[i]
            if age:
                total[longest - age : longest] += customers * group.module.expected_since_start(
                    group.fit, int(age), int(before)
                )
    if months:
        for kind, frame in held.items():
            for i, rows in ((i, group_of(groups, kind, frame.segment) == i) for i in range(len(groups))):
                if rows.any():
                    cells, group = frame[rows], groups[i]
                    ahead = group.module.expected(group.fit, cells, months, **group.ahead)
                    total[longest:] += cells.customers.to_numpy(float) @ ahead
    return total


def _length(lives: pd.DataFrame) -> int:
    return int(lives.place.max()) + 1 if "weeks" in lives else int(lives.age.max())


def _by_days(groups: Sequence[Group], lives: pd.DataFrame, which: NDArray[np.int64]) -> Floats:
    """Add up what is expected of each month of customers whose clock runs by days, the rest of the first month included."""
    reached = np.zeros(_length(lives))
    for i in np.unique(which):
        part = lives[which == i]
        each = groups[i].module.expected_by(groups[i].fit, part.weeks.to_numpy(float))
        reached += np.bincount(part.place, part.customers.to_numpy(float) * each, minlength=len(reached))
    return np.diff(reached, prepend=0.0)
