"""What the results of customer equity are called."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.clv.choice import Choice
from custlib.measure.clv.groups import OTHERS
from custlib.measure.equity import Estimate
from custlib.results import Figure, figure

CENT = Decimal("0.01")
# An end of a parameter's interval beyond this says nothing but that there is none.
BOUNDLESS = 1e9


def equity_figures(equity: Any) -> Iterator[Figure]:
    """Name every figure of the page of customer equity.

    Parameters
    ----------
    equity : Equity
        See `custlib.month.equity.Equity`.
    """
    terms = equity.terms
    money, horizon = terms.currency, terms.horizon
    known = equity.customers if equity.available else None
    yield _figure("customer_equity", equity.total, money, horizon, n=known)
    yield _figure("clv_mean", equity.mean, money, horizon, n=known)
    yield _figure("clv_median", Estimate(equity.median), money, horizon, n=known)
    yield _figure("expected_active_customers", equity.expected_active, "customers", 0, n=known)
    for dimension, table in equity.segments.items():
        yield from _segments(table, dimension, money, horizon)
    yield from _lost(equity.lost, money)
    yield from _backtest(equity.backtest)
    yield from _choice(terms.choice)
    yield from _parameters(equity.groups)


def _figure(measure: str, found: Estimate, unit: str, window: int, **rest: Any) -> Figure:
    if found.value is None or not np.isfinite(found.value):
        return figure(measure, None, unit, window, **rest | {"n": None})
    money = unit.isupper()
    value = Decimal(repr(found.value)).quantize(CENT) if money else float(found.value)
    return figure(measure, value, unit, window, low=found.low, high=found.high, **rest)


def _segments(table: pd.DataFrame, dimension: str, money: str, horizon: int) -> Iterator[Figure]:
    """Name equity and its mean by segment; what is hidden is suppressed."""
    for row in table.itertuples():
        where: dict[str, Any] = {"dimension": dimension, "segment": str(row.segment)}
        lines = {
            "customer_equity": (row.equity, row.low, row.high),
            "clv_mean": (row.mean, row.mean_low, row.mean_high),
        }
        for measure, parts in lines.items():
            if row.hidden:
                yield Figure(measure, None, money, horizon, status="suppressed", **where)
            else:
                yield _figure(measure, Estimate(*parts), money, horizon, n=int(row.customers), **where)


def _lost(table: pd.DataFrame, money: str) -> Iterator[Figure]:
    """Name what a lost and a new customer are worth, and the rate between them, by length of comparison."""
    rows = {int(row.months): row for row in table.itertuples()}
    for months in (1, 12):
        row: Any = rows.get(months)
        lost, new, rate = (Estimate(None),) * 3
        counts: tuple[int | None, int | None] = (None, None)
        if row is not None:
            lost = Estimate(row.value, row.low, row.high)
            new = Estimate(row.new_value, row.new_low, row.new_high)
            rate = Estimate(row.rate, row.rate_low, row.rate_high)
            counts = (int(row.customers), int(row.new_customers))
        yield _figure("clv_lost_customer_mean", lost, money, months, n=counts[0])
        yield _figure("clv_new_customer_mean", new, money, months, n=counts[1])
        # Both are known, and one of them is zero or less.
        if row is not None and np.isfinite([row.value, row.new_value]).all() and not np.isfinite(row.rate):
            yield Figure("exchange_rate_clv", None, "ratio", months, status="not_meaningful")
        else:
            yield _figure("exchange_rate_clv", rate, "ratio", months, n=counts[0])


def _backtest(found: Any) -> Iterator[Figure]:
    """Name the errors of forecasts; without a back-test they are not available."""
    window, n = found.months, found.customers or None
    error = found.error if found.verdict != "none" else None
    yield figure("backtest_error", error, "ratio", window, n=n if error is not None else None)
    errors = dict(zip(found.naive.key, found.naive.error, strict=True)) if len(found.naive) else {}
    for key in ("repeat", "average"):
        value = float(errors[key]) if key in errors else None
        where = {"dimension": "forecast", "segment": key}
        yield figure("naive_error", value, "ratio", window, n=n if value is not None else None, **where)


def _choice(found: Choice | None) -> Iterator[Figure]:
    """Name the model taken, and by how much each candidate was off; nothing where there was none to choose."""
    if found is None or found.reason == "nobody":
        return
    errors = {each.model: each.error if each.known else None for each in found.candidates}
    for dimension, models in (("model", list(errors)), ("model_chosen", [found.model])):
        for model in models:
            where = {"dimension": dimension, "segment": model}
            yield figure("backtest_error", errors.get(model), "ratio", found.months, **where)


def _parameters(groups: Any) -> Iterator[Figure]:
    """Name every parameter by its model, its customers, and its letter."""
    for group in groups:
        if group.fit is None or not group.trusted:
            continue
        # A segment may be called like the rest of all segments.
        name = repr(OTHERS) if group.name == OTHERS and group.members == (OTHERS,) else group.name
        named = f"{group.model} {name}" if group.kind == "use" else f"{group.model} contracts {name}"
        ends = group.fit.intervals()
        for name, value, (low, high) in zip(group.fit.names, group.fit.values, ends, strict=True):
            where: dict[str, Any] = {"dimension": "parameter", "segment": f"{named} {name}"}
            if name in group.fit.alike:
                yield Figure("clv_parameter", None, "parameter", 0, status="not_meaningful", **where)
                continue
            # At the end of its range, that all departures are recorded or none, a parameter has no interval.
            known = np.isfinite(low) and high < BOUNDLESS and name not in group.fit.ended
            found = Estimate(float(value), *((float(low), float(high)) if known else (None, None)))
            yield _figure("clv_parameter", found, "parameter", 0, n=group.fitted_customers, **where)
        yield from _spend(group, named)


def _spend(group: Any, named: str) -> Iterator[Figure]:
    """Name what the expected margin rests on: the mean over customers, its weight in months, the cost of idle ones."""
    for name in ("mu", "k", "idle_cost"):
        value = getattr(group.spend, name)
        if np.isfinite(value):
            where = {"dimension": "parameter", "segment": f"{named} {name}"}
            yield figure("clv_parameter", float(value), "parameter", 0, n=group.spend.customers, **where)
