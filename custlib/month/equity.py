"""What the month's customers are worth: everything the page of customer equity shows, made once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from custlib.aggregate.valued import totals
from custlib.aggregate.values import YEAR
from custlib.data.collect import collect
from custlib.measure import spread
from custlib.measure.clv.backtest import Backtest
from custlib.measure.clv.groups import Group, Test
from custlib.measure.clv.spend import Correlation, independence
from custlib.measure.cohorts import NEARLY_ALL
from custlib.measure.equity import FAR, REACH, UNKNOWN, Estimate, Terms, estimate
from custlib.measure.equity_checks import check
from custlib.measure.equity_figures import equity_figures
from custlib.measure.figures import FEW, small_segments
from custlib.month.backtest import backtest_month, calendar
from custlib.month.valued import Valued
from custlib.periods import add_months
from custlib.prepare.files import made_once
from custlib.results import Figure

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

# Actual activity this far from what a model without seasons expects is called seasonal.
SEASONAL = 0.15


@dataclass(frozen=True)
class Equity:
    """Customer equity of a month, and how sure it is.

    Attributes
    ----------
    terms : Terms
        Currency, discounting, horizon.
    groups : tuple of Group
        Fits, by kind of relationship and segment.
    test : Test or None
        Of separate fits against one for all.
    available : bool
        Whether every group can be valued; otherwise no figure below is one.
    total, mean : Estimate
        Customer equity, and per customer (the sampling of customers included).
    median : float or None
        Of the customers' values.
    customers, unvalued : int
        In the population with a value, and without one.
    expected_active : Estimate
        Sum of P(alive).
    beyond, older_share : float or None
        Share of equity beyond `FAR` months (None under a horizon); and held by customers whose beginning nobody knows.
    segments : dict
        Dimension -> `spread.by_segment`.
    holders, below_mean
        `spread.layers`; the share of customers worth less than the mean.
    joiners, cohorts, lost, map, frequency, calendar, sensitivity : DataFrame
        See `_joiners`, `spread.cohort_values`, `_lost`, `spread.tenure_map`, `spread.frequency_bands`,
        `custlib.month.backtest.calendar`, `spread.sensitivity`.
    independence : Correlation or None
    seasonal : bool
        Whether any calendar month departs from what is expected by more than `SEASONAL`.
    shortcut : Shortcut or None
    backtest : Backtest
    """

    terms: Terms
    groups: tuple[Group, ...]
    test: Test | None
    available: bool
    total: Estimate
    mean: Estimate
    median: float | None
    customers: int
    unvalued: int
    expected_active: Estimate
    beyond: float | None
    older_share: float | None
    segments: dict[str, pd.DataFrame]
    holders: pd.DataFrame
    below_mean: float | None
    joiners: pd.DataFrame
    cohorts: pd.DataFrame
    lost: pd.DataFrame
    map: pd.DataFrame
    frequency: pd.DataFrame
    independence: Correlation | None
    calendar: pd.DataFrame
    seasonal: bool
    sensitivity: pd.DataFrame
    shortcut: spread.Shortcut | None
    backtest: Backtest

    def by(self, dimension: str) -> pd.DataFrame:
        """Give equity by a segment of the customers; no rows where it is not available."""
        return self.segments.get(dimension, pd.DataFrame())

    def check(self) -> int:
        """Compare sums that are made in two ways, and count them (see `custlib.measure.equity_checks.check`)."""
        return check(self)

    def figures(self) -> Iterator[Figure]:
        """Name every figure of the page."""
        yield from equity_figures(self)


def equity_of(month: CustomerMonth) -> Equity:
    """Work a month's customer equity out, or read what was worked out before."""
    path = month.prepared.kept("equity", "pickle")
    valued = Valued(month)
    return made_once(path, month.prepared.cache, lambda: _make(valued), before=lambda: valued.valuation)


def _make(valued: Valued) -> Equity:
    month, valuer = valued.month, valued.valuer
    group = month.units.min_group
    seasons = calendar(valued)
    spending = valued.views.spending(month.month)
    frame: dict[str, Any] = {
        "terms": valuer.terms,
        "groups": valuer.groups,
        "test": valued.valuation.test,
        "available": valuer.available,
        "cohorts": spread.cohort_values(valued.by_acquisition(), month.cohorts.table, min_group=group),
        "lost": _lost(valued),
        "joiners": _joiners(valued),
        "map": spread.tenure_map(valued.map(), min_group=group),
        "frequency": spread.frequency_bands(spending[spending.kind == "use"], min_group=group),
        "independence": independence(spending[spending.kind == "use"]),
        "calendar": seasons,
        "seasonal": bool((seasons.ratio.sub(1).abs() > SEASONAL).any()) if len(seasons) else False,
        "backtest": backtest_month(valued),
    }
    return Equity(**frame, **(_worth(valued) if valuer.available else _NOTHING))


_NOTHING: dict[str, Any] = {
    "total": UNKNOWN, "mean": UNKNOWN, "median": None, "customers": 0, "unvalued": 0, "expected_active": UNKNOWN,
    "beyond": None, "older_share": None, "segments": {}, "holders": pd.DataFrame(), "below_mean": None,
    "sensitivity": pd.DataFrame(), "shortcut": None,
}  # fmt: skip


def _worth(valued: Valued) -> dict[str, Any]:
    """Work out what only a base that can be valued as a whole has."""
    valuer, month = valued.valuer, valued.month
    whole = valued.totals().iloc[0]
    _, equity, alive = valuer.sums(valued.cells)
    total = estimate(equity[0])
    layers, median, below = valued.holders([share for share, _ in spread.LAYERS[:-1]])
    segments = {}
    for dimension in month.dimensions:
        sums = valuer.sums(valued.by(dimension), by="segment_of")
        told = valued.totals(dimension)
        hidden = month.hidden_segments[dimension] | _few(told, month.units.min_group)
        segments[dimension] = spread.by_segment(*sums, told, hidden)
    unknown = valued.unknown_start()
    own = total.value if total.value is not None and total.value > 0 else None
    return {
        "total": total,
        "mean": spread.mean_of(total, int(whole.customers), float(whole.worth), float(whole.squares)),
        "median": median,
        "customers": int(whole.customers),
        "unvalued": int(whole.unvalued),
        "expected_active": estimate(alive[0]),
        "beyond": _beyond(valued, own) if own and not valuer.terms.horizon else None,
        "older_share": float(unknown.worth.iloc[0]) / own if own else None,
        "segments": segments,
        "holders": spread.layers(layers),
        "below_mean": below,
        "sensitivity": spread.sensitivity(valuer, valued.cells),
        "shortcut": _shortcut(valued),
    }


def _few(told: pd.DataFrame, min_group: int) -> set[str]:
    """Name segments of few customers, whether still active or not, and what subtraction would tell of them."""
    sizes = told.set_index("segment").customers.astype("int64")
    return small_segments(sizes, min_group=max(min_group, FEW))


def _beyond(valued: Valued, total: float) -> float:
    """Give the share of equity expected after `FAR` months."""
    near = sum(valued.valuer.worth(kind, part, horizon=FAR).sum() for kind, part in valued.cells.items())
    return float(1 - near / total)


def _joiners(valued: Valued) -> pd.DataFrame:
    """Value the customers won in the latest twelve months as they were at the end of their first, by segment.

    Returns
    -------
    DataFrame
        One row per segment and "all": ``customers``; ``value``, ``low``, ``high`` per customer; ``first_month``, the mean
        margin of the month of acquisition; ``cost`` (NaN unless recorded for nearly all), ``ratio`` value / cost, ``net``.
    """
    counts, columns = valued.joiners, ["segment", "customers", "value", "low", "high", "first_month", "cost"]
    group = max(valued.month.units.min_group, FEW)
    if not len(counts) or not valued.valuer.available:
        return pd.DataFrame(columns=[*columns, "ratio", "net"])
    rows = []
    parts = [("all", counts)]
    if valued.valuer.terms.segment:
        # Of the whole less all others nothing may be left that is of few.
        hidden = small_segments(counts.groupby("group").customers.sum(), min_group=group)
        parts += [(str(name), part) for name, part in counts.groupby("group") if name not in hidden]
    for name, part in parts:
        customers = int(part.customers.sum())
        if customers < group:
            continue
        _, equity, _ = valued.valuer.sums(valued.as_new(part[["kind", "group", "customers"]]))
        value = estimate(equity[0]).times(1 / customers)
        known = int(part.known.sum())
        cost = float(part.cost.astype(float).sum()) / known if known >= NEARLY_ALL * customers else np.nan
        first = float(part.margin.astype(float).sum()) / customers
        rows.append((name, customers, value.value, value.low, value.high, first, cost))
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(ratio=frame.value / frame.cost.where(frame.cost > 0), net=frame.value - frame.cost)


def _lost(valued: Valued) -> pd.DataFrame:
    """Value the lost at the end of their last active month, and set new customers beside them.

    Returns
    -------
    DataFrame
        One row per length of comparison that the data allow: ``months``, ``customers``, ``value``, ``low``, ``high``;
        ``new_customers``, ``new_value``, ``new_low``, ``new_high``; ``rate``, ``rate_low``, ``rate_high`` (NaN where
        either mean is zero or less).
    """
    month, rows = valued.month, []
    names = ["months", "customers", "value", "low", "high", "new_customers", "new_value", "new_low", "new_high",
             "rate", "rate_low", "rate_high"]  # fmt: skip
    for months in (1, YEAR):
        opening = add_months(month.month, -months)
        if not (month.complete_flow(months, opening)["active"] and valued.valuer.available):
            continue
        gone, sums = valued.lost(months)
        rows.append((months, *_exchange(valued, gone, sums, valued.newcomers(months))))
    return pd.DataFrame(rows, columns=names)


def _exchange(valued: Valued, gone: Any, sums: pd.DataFrame, came: Any) -> tuple[float, ...]:
    """Give count, value and interval of the lost and of the new, and the rate between them."""
    lost, new = int(sums.customers.iloc[0]), sum(int(part.customers.sum()) for part in came.values())
    unknown = (np.nan, np.nan, np.nan)
    left = valued.valuer.sums(gone)[1][0] / lost if lost else None
    joined = valued.valuer.sums(came)[1][0] / new if new else None
    value = spread.mean_of(estimate(left * lost), lost, float(sums.worth.iloc[0]), float(sums.squares.iloc[0])) if left is not None else UNKNOWN  # fmt: skip
    fresh = estimate(joined) if joined is not None else UNKNOWN
    rate = UNKNOWN
    if left is not None and joined is not None and left[0] > 0 and joined[0] > 0:
        drawn = np.where(joined > 0, left / np.where(joined > 0, joined, 1), np.nan)
        if np.isfinite(drawn).all() and value.value:
            spare = np.sqrt(max(_reach(value) ** 2 - _reach(estimate(left)) ** 2, 0.0))
            rate = estimate(drawn).widened(spare / REACH / joined[0])
    return (lost, *_parts(value, unknown), new, *_parts(fresh, unknown), *_parts(rate, unknown))


def _reach(found: Estimate) -> float:
    assert found.value is not None and found.high is not None
    return found.high - found.value


def _parts(found: Estimate, unknown: tuple[float, ...]) -> tuple[float, ...]:
    if found.value is None or found.low is None or found.high is None:
        return unknown
    return found.value, found.low, found.high


def _shortcut(valued: Valued) -> spread.Shortcut | None:
    """Multiply the value of a new customer by the active customers, and set the proper sum beside it."""
    month = valued.month
    base = month.base
    active = base.filter(base.active).select("customer_id")
    held = collect(totals(valued.table.inner_join(active, "customer_id"))).iloc[0]
    # Where nobody was won of late, a new customer is one like those won before.
    counts = valued.joiners if len(valued.joiners) else valued.population
    if not int(held.customers):
        return None
    _, equity, _ = valued.valuer.sums(valued.as_new(counts[["kind", "group", "customers"]]))
    new = float(equity[0, 0]) / int(counts.customers.sum())
    total = float(valued.totals().worth.iloc[0])
    mine, count = float(held.worth), int(held.customers)
    return spread.Shortcut(count, new, mine / count, new * count, mine, total - mine)
