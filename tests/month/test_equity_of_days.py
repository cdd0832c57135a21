"""Customer equity where days are counted: what came is days, who has closed is worth nothing, and a busy season is a longer one."""

import numpy as np
import pandas as pd
import pytest

from custlib import open_month
from tests.month.test_equity import company

DAYS = pd.date_range("2022-01-01", "2024-12-31")
BUSY = np.where(DAYS.month == 12, 4.0, 1.0)


def purchases(seed, index, customers=500):
    """Draw days of purchase: won in the first two years, then at a rate of one's own until a purchase was the last."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 730, customers)
    rate, leaves = rng.gamma(1.5, 0.03, customers), rng.beta(0.8, 6, customers)
    level, alive, rows = rng.lognormal(3, 0.5, customers), np.ones(customers, bool), []
    for place, day in enumerate(DAYS):
        first = start == place
        bought = first | ((start < place) & alive & (rng.random(customers) < rate * index[place]))
        alive &= ~bought | first | (rng.random(customers) > leaves)
        rows += [
            (f"c{i:04d}", day, round(level[i] * rng.lognormal(0, 0.3), 2)) for i in np.flatnonzero(bought)
        ]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    """A business whose December is four times as busy, by a plain clock and by a seasonal one."""
    log = purchases(1, BUSY)
    path = company(tmp_path_factory.mktemp("season"), log, settings={"clv_model": "bgnbd"})
    return log, open_month(path, "2024-12"), open_month(path, "2024-12", "seasonal_clock: true")


def test_what_came_is_days_after_the_first(season):
    log, plain, _ = season
    days = log.drop_duplicates(["customer_id", "date"])
    repeated = days[days.date > days.groupby("customer_id").date.transform("min")]
    won = repeated.groupby("customer_id").date.min()
    known = days.groupby("customer_id").date.min() <= pd.Timestamp("2023-12-31")
    of_known = repeated[repeated.customer_id.map(known)]
    came = of_known.groupby(of_known.date.dt.to_period("M")).size()
    tracking = plain.equity.backtest.tracking
    told = tracking.set_index(pd.PeriodIndex(tracking.month, freq="M")).actual
    assert len(won) and told.tolist() == came.reindex(told.index, fill_value=0).tolist()


def test_the_average_for_everybody_counts_what_came(season):
    """Repeat days by weeks seen, for all customers known a year before: the first months' own days with them."""
    log, plain, _ = season
    then = pd.Timestamp("2023-12-31")
    days = log[log.date <= then].drop_duplicates(["customer_id", "date"]).groupby("customer_id").date
    seen = (then - days.min()).dt.days.sum() / (365.25 / 12)
    rate = (days.size() - 1).sum() / seen
    naive = plain.equity.backtest.naive.set_index("key").predicted
    assert naive["average"] == pytest.approx(rate * 12 * days.ngroups, rel=1e-9)


def test_a_seasonal_clock_takes_the_season_out(season):
    _, plain, clocked = season
    ratio = plain.equity.calendar.set_index("calendar_month").ratio
    assert ratio[12] > 2 and plain.equity.seasonal
    settled = clocked.equity.calendar.set_index("calendar_month").ratio
    assert settled[12] == pytest.approx(1, abs=0.15) and not clocked.equity.seasonal
    # Ahead, too: the months foretold have a December, which a plain clock spreads over the year.
    for view, wanted in ((plain, (0.7, 1.4)), (clocked, (2.2, 6.0))):
        ahead = view.equity.backtest.tracking.query("holdout").expected
        assert wanted[0] < ahead.iloc[11] / ahead.iloc[6:11].mean() < wanted[1]
    assert clocked.equity.total.value != pytest.approx(plain.equity.total.value, rel=1e-6)


def test_equity_by_days_adds_up(season):
    for view in season[1:]:
        equity = view.equity
        assert equity.available and equity.check() > 0
        assert float(view.values.clv.sum().execute()) == pytest.approx(equity.total.value, rel=1e-6)


def test_who_is_known_to_have_left_is_worth_nothing(tmp_path):
    log = purchases(2, np.ones(len(DAYS)), customers=200)
    last = log.groupby("customer_id").date.agg(["min", "max"]).reset_index()
    closed = last.customer_id.str[-1].isin(["3", "7"])
    listed = pd.DataFrame({
        "customer_id": last.customer_id, "acquired_on": last["min"], "contract": False,
        "closed_on": last["max"].where(closed),
    })  # fmt: skip
    path = company(
        tmp_path,
        log,
        customers=listed,
        relationship="mixed",
        settings={"clv_model": "bgnbd", "backtest_months": 6},
    )
    view = open_month(path, "2024-12")
    values = view.values.execute().set_index("customer_id")
    gone = values.loc[listed.customer_id[closed]]
    assert (gone.clv == 0).all() and (gone.p_alive == 0).all()
    assert values.loc[listed.customer_id[~closed]].clv.astype(float).median() > 0
    assert view.equity.total.value == pytest.approx(float(values.clv.sum()), rel=1e-6)
