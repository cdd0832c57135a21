"""The month's models put to the test: what they would have said some months ago, and what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custlib.measure.clv.backtest import Backtest, backtest, holdout_months, track
from custlib.measure.clv.groups import Group
from custlib.periods import Month, add_months
from custlib.prepare.fitting import fit_month
from custlib.prepare.holdout import held
from custlib.prepare.patterns import PatternViews

if TYPE_CHECKING:
    from custlib.month.valued import Valued


def backtest_month(valued: Valued) -> Backtest:
    """Fit the models to what was known some months before the month, and set their forecast beside what came."""
    month, start = valued.month.month, valued.month.prepared.rules.data_start
    asked = valued.month.company.settings.backtest_months
    months, then = _holdout(valued)
    if not months or then <= start:
        return Backtest(months, asked, None, "none", "short")
    views = valued.views
    groups, *_ = fit_month(views, then)
    if not all(group.trusted for group in groups):
        return Backtest(months, asked, then, "none", "not fitted")
    after = held(views, then, month, months)
    tracking = _tracking(views, groups, after, then, month, months)
    return backtest(groups, after, months=months, asked=asked, then=then, tracking=tracking)


def _holdout(valued: Valued) -> tuple[int, Month]:
    """Give the months to be foretold, and the month at whose end that is done."""
    months = holdout_months(valued.month.company.settings.backtest_months, valued.month.months_of_data)
    return months, add_months(valued.month.month, -months)


def calendar(valued: Valued) -> pd.DataFrame:
    """Compare what came with what a model without seasons expects, by calendar month, up to the month.

    Returns
    -------
    DataFrame
        ``calendar_month`` (1 to 12), ``actual``, ``expected``, ``ratio``; no rows where a group cannot be valued, or
        where less than a year is known.
    """
    groups, month = valued.valuer.groups, valued.month.month
    columns = ["calendar_month", "actual", "expected", "ratio"]
    if not valued.valuer.available:
        return pd.DataFrame(columns=columns)
    months, then = _holdout(valued)
    tested = months and then > valued.month.prepared.rules.data_start
    table = _tracking(valued.views, groups, {}, month, month, 0, beside=then if tested else None)
    if len(table) < 12:
        return pd.DataFrame(columns=columns)
    numbers = pd.DatetimeIndex(table.month).month
    sums = table.assign(calendar_month=numbers).groupby("calendar_month")[["actual", "expected"]].sum()
    return sums.assign(ratio=sums.actual / sums.expected).reset_index()[columns]


def _tracking(
    views: PatternViews,
    groups: tuple[Group, ...],
    after: Mapping[str, pd.DataFrame],
    then: Month,
    now: Month,
    months: int,
    *,
    beside: Month | None = None,
) -> pd.DataFrame:
    """Set each month's activity beside what was expected of it: ``month``, ``expected``, ``actual``, ``holdout``."""
    actual = views.activity(then, now, beside=beside)
    expected = track(groups, views.lives(then), after, months=months)
    # The expectation begins where the oldest life does, with the data or after.
    missing = len(actual) - len(expected)
    expected = np.concatenate([np.zeros(max(missing, 0)), expected])[-len(actual) :]
    frame = actual.assign(expected=expected, holdout=actual.month > pd.Timestamp(then))
    return frame[frame.expected > 0].reset_index(drop=True)
