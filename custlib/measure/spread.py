"""Who holds customer equity, and how it is spread: by layer, by tenure and silence, by frequency, by start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Floats
from custlib.measure.equity import UNKNOWN, Estimate, Valuer, estimate, mean_error
from custlib.measure.figures import small_segments

# Layers of customers from the most valuable on: the last share of each, and its name.
LAYERS = ((0.01, "top 1%"), (0.05, "next 4%"), (0.20, "next 15%"), (0.50, "next 30%"), (1.0, "bottom 50%"))
# Bands of months, each from its number on: since the acquisition, since the last activity, active months.
TENURES = (0, 12, 24, 36, 60)
SILENCES = (0, 1, 3, 6, 12)
FREQUENCIES = (1, 2, 3, 4, 7, 13, 25)
# What the assumptions are set to beside the report's own.
RATE_FACTORS = (0.5, 1.5)
MARGIN_FACTORS = (0.9, 1.1)
HORIZONS = (12, 36, 60, 0)


def by_segment(
    names: Sequence[str], equity: Floats, alive: Floats, totals: pd.DataFrame, hidden: set[str]
) -> pd.DataFrame:
    """Give equity by segment, with intervals.

    Parameters
    ----------
    names, equity, alive
        See `custlib.measure.equity.Valuer.sums`.
    totals : DataFrame
        From the engine: ``segment``, ``customers``, ``active``, ``worth``, ``squares``.
    hidden : set of str
        Segments too small to show.

    Returns
    -------
    DataFrame
        One row per segment: ``customers``, ``active`` (by the rule), ``equity``, ``low``, ``high``, ``mean``, ``mean_low``,
        ``mean_high`` (the sampling of customers included), ``share`` of all equity, ``hidden``; NaN where hidden.
    """
    whole, rows = equity[:, 0].sum(), []
    told = totals.set_index("segment")
    for i, name in enumerate(names):
        if name not in told.index:
            continue
        line = told.loc[name]
        worth = estimate(equity[i])
        mean = mean_of(worth, int(line.customers), float(line.worth), float(line.squares))
        rows.append(
            {"segment": name, "customers": int(line.customers), "active": int(line.active), "equity": worth.value,
             "low": worth.low, "high": worth.high, "mean": mean.value, "mean_low": mean.low, "mean_high": mean.high,
             "share": equity[i, 0] / whole if whole > 0 else np.nan, "expected_active": alive[i, 0],
             "hidden": name in hidden}
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    if len(frame):
        figures = [name for name in frame if name not in ("segment", "hidden")]
        frame[figures] = frame[figures].astype(float).mask(frame.hidden)
    return frame


def mean_of(total: Estimate, customers: int, worth: float, squares: float) -> Estimate:
    """Give a mean per customer, the sampling of customers included."""
    if not customers:
        return UNKNOWN
    error = mean_error(customers, worth, squares)
    return total.times(1 / customers).widened(error if np.isfinite(error) else 0.0)


def layers(held: pd.DataFrame) -> pd.DataFrame:
    """Name the layers of a ranking: ``layer``, ``customers``, ``equity``, ``share``, ``mean``."""
    frame = held.assign(
        layer=[LAYERS[int(i)][1] for i in held.layer],
        customers=held.customers.astype(int),
        equity=held.worth.astype(float),
    )
    whole = frame.equity.sum()
    frame["share"] = frame.equity / whole if whole > 0 else np.nan
    return frame.assign(mean=frame.equity / frame.customers)[
        ["layer", "customers", "equity", "share", "mean"]
    ]


def band(values: pd.Series, begins: Sequence[int]) -> pd.Series:
    """Name the band of whole months each value lies in, in order."""
    names = [_name(first, after) for first, after in zip(begins, [*begins[1:], None], strict=True)]
    place = np.searchsorted(np.array(begins), values.to_numpy(), side="right") - 1
    return pd.Series(pd.Categorical.from_codes(place, names, ordered=True), index=values.index)


def _name(first: int, after: int | None) -> str:
    if after is None:
        return f"{first} or more"
    return str(first) if after == first + 1 else f"{first} to {after - 1}"


def tenure_map(cells: pd.DataFrame, *, min_group: int) -> pd.DataFrame:
    """Band tenure and silence: ``tenure``, ``recency``, ``customers``, ``mean``, ``p_alive``; NaN in cells of too few."""
    told = cells.assign(tenure=band(cells.tenure, TENURES), recency=band(cells.silent, SILENCES))
    told[["worth", "alive"]] = told[["worth", "alive"]].astype(float)
    frame = (
        told.groupby(["tenure", "recency"], observed=True)[["customers", "worth", "alive"]]
        .sum()
        .reset_index()
    )
    # What is left of the whole less the other cells must not be few either.
    few = frame.index.to_series().isin(small_segments(frame.customers, min_group=min_group))
    frame = frame.assign(mean=frame.worth / frame.customers, p_alive=frame.alive / frame.customers)
    frame[["mean", "p_alive"]] = frame[["mean", "p_alive"]].mask(few)
    return frame.assign(customers=frame.customers.astype(float).mask(few))[
        ["tenure", "recency", "customers", "mean", "p_alive"]
    ]


def frequency_bands(spending: pd.DataFrame, *, min_group: int) -> pd.DataFrame:
    """Give margin per active month by how many there were: ``active_months``, ``customers``, ``mean``."""
    used = spending[spending.x > 0]
    told = used.assign(active_months=band(used.x, FREQUENCIES), months=used.x * used.customers)
    frame = told.groupby("active_months", observed=True)[["customers", "total", "months"]].sum().reset_index()
    frame = frame[frame.customers >= min_group]
    return frame.assign(mean=frame.total / frame.months)[["active_months", "customers", "mean"]].reset_index(
        drop=True
    )


def sensitivity(valuer: Valuer, cells: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Work equity out under other assumptions, one at a time.

    Returns
    -------
    DataFrame
        ``assumption`` ("discount rate", "margin", "horizon"), ``setting`` (a yearly rate; a factor; months, 0 for all to
        come), ``equity``, ``change`` against the report's.
    """

    def worth(**terms: Any) -> float:
        return float(sum(valuer.worth(kind, frame, **terms).sum() for kind, frame in cells.items()))

    own, terms = worth(), valuer.terms
    # Of no rate there is no half, and without one the months to come have no end.
    rated = terms.annual_rate > 0
    rows = [
        ("discount rate", factor * terms.annual_rate, worth(rate=factor * terms.annual_rate))
        for factor in RATE_FACTORS
        if rated
    ]
    rows += [("margin", factor, factor * own) for factor in MARGIN_FACTORS]
    rows += [
        ("horizon", months, worth(horizon=months))
        for months in HORIZONS
        if months != terms.horizon and (months or rated)
    ]
    frame = pd.DataFrame(rows, columns=["assumption", "setting", "equity"])
    return frame.assign(change=frame.equity / own - 1 if own > 0 else np.nan)


@dataclass(frozen=True)
class Shortcut:
    """The value of a new customer times the active customers, beside the proper sum of residual values.

    Attributes
    ----------
    active : int
        Customers active by the rule.
    new_value, residual_value : float
        What one customer is worth: one just won; and the mean of the active as they are.
    product : float
        active x new_value.
    residual_active, residual_inactive, proper : float
        Residual value of the active, of the others, and of all.
    """

    active: int
    new_value: float
    residual_value: float
    product: float
    residual_active: float
    residual_inactive: float

    @property
    def proper(self) -> float:
        """The sum of residual values."""
        return self.residual_active + self.residual_inactive


def cohort_values(worth: pd.DataFrame, table: Any, *, min_group: int) -> pd.DataFrame:
    """Set what customers have brought beside what is still expected of them, by when they were won.

    Parameters
    ----------
    worth : DataFrame
        ``first_active`` (month), ``customers``, ``worth``: values added up by month of acquisition.
    table : Cohorts
        See `custlib.measure.cohorts.Cohorts`.

    Returns
    -------
    DataFrame
        One row per year of acquisition, by quarter where there are fewer than three: ``cohort``, ``customers``, and per
        customer won ``to_date`` (margin so far, counted; NaN where not known), ``clv`` (residual) and ``cost``.
    """
    months = pd.PeriodIndex(pd.to_datetime(list(table.customers.index)), freq="M")
    frame = pd.DataFrame({"customers": table.customers.astype(int).to_numpy(), "month": months})
    ages = [table.age(cohort) for cohort in table.customers.index]
    brought = [
        table.at_age(table.margin, cohort, age)
        for cohort, age in zip(table.customers.index, ages, strict=True)
    ]
    frame["to_date"] = [np.nan if value is None or value != value else float(value) for value in brought]
    costs = [np.nan if value is None or value != value else float(value) for value in table.cost]
    frame["cost"] = costs * frame.customers
    values = worth.assign(month=pd.PeriodIndex(pd.to_datetime(worth.first_active), freq="M")).set_index(
        "month"
    )
    complete = values.worth.astype(float).where(values.unvalued.astype(int) == 0)
    frame["clv"] = frame.month.map(complete).to_numpy()
    frame = frame[frame.customers > 0]
    years = frame.month.dt.year.nunique() if len(frame) else 0
    label = frame.month.dt.year.astype(str) if years >= 3 else frame.month.dt.asfreq("Q").astype(str)
    sums = (
        frame.assign(cohort=label)
        .groupby("cohort")[["customers", "to_date", "clv", "cost"]]
        .agg(lambda part: part.sum(skipna=False))
    )
    sums = sums[sums.customers >= min_group].reset_index()
    for name in ("to_date", "clv", "cost"):
        sums[name] = sums[name] / sums.customers
    return sums
