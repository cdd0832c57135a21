"""Customer equity of small companies, from files to figures: identities, forecasts that win and lose, and bad data."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml

from custlib import open_month
from custlib.data.collect import collect
from custlib.month.valued import Valued
from custlib.present import wording

MONTHS = [date(2022 + m // 12, m % 12 + 1, 1) for m in range(36)]


def company(folder, log, *, customers=None, relationship="non_contractual", settings=None):
    """Write a company with its whole history, to December 2024."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"transactions": {"from": "transactions.parquet"}}
    log.to_parquet(folder / "transactions.parquet")
    if customers is not None:
        customers.to_parquet(folder / "customers.parquet")
        tables["customers"] = {"from": "customers.parquet"}
    written = {
        "company": "valued", "title": "Valued", "currency": "EUR", "timezone": "UTC", "relationship": relationship,
        "history": "complete", "connection": {"folder": "."}, "complete_through": "2024-12", "tables": tables,
        "settings": {"active_window_months": 6, "value_window_months": 12} | (settings or {}),
    }  # fmt: skip
    path = folder / "valued.yaml"
    path.write_text(yaml.safe_dump(written))
    return str(path)


def lives(seed, customers=1_500, *, p=(1.5, 2.0), theta=(0.8, 14.0), boost=1.0, spend=30.0, first=24):
    """Draw a log of monthly purchases: won in the first months; `boost` multiplies activity in the last twelve."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, first, customers)
    rate, leaves = rng.beta(*p, customers), rng.beta(*theta, customers)
    lived = rng.geometric(np.maximum(leaves, 1e-12))
    level = spend * rng.lognormal(0, 0.5, customers)
    rows = []
    for month, day in enumerate(MONTHS):
        chance = np.minimum(rate * (boost if month >= 24 else 1.0), 1)
        active = (month > start) & (month < start + lived) & (rng.random(customers) < chance)
        who = np.flatnonzero(active | (month == start))
        rows.append(pd.DataFrame({"customer_id": [f"c{i:05d}" for i in who], "date": pd.Timestamp(day) + pd.Timedelta(days=4),
                                  "amount": np.round(level[who] * rng.lognormal(0, 0.3, len(who)), 2)}))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    folder = tmp_path_factory.mktemp("steady")
    log = lives(1)
    names = sorted(log.customer_id.unique())
    listed = pd.DataFrame(
        {"customer_id": names, "acquisition_channel": ["web" if i % 3 else "shop" for i in range(len(names))]}
    )
    settings = {"clv_segment_minimum": 200, "segments": ["acquisition_channel"]}
    return open_month(company(folder, log, customers=listed, settings=settings), "2024-12")


def test_equity_is_the_sum_over_customers_and_over_segments(steady):
    """Added up from patterns, from customers in the engine, by segment and by layer, it is one number."""
    equity = steady.equity
    valued = steady.values
    whole = collect(
        valued.aggregate(worth=valued.clv.sum(), alive=valued.p_alive.sum(), n=valued.clv.count())
    )
    assert equity.available
    assert float(whole.worth.iloc[0]) == pytest.approx(equity.total.value, abs=1e-4 * equity.customers)
    assert float(whole.alive.iloc[0]) == pytest.approx(equity.expected_active.value, rel=1e-9)
    assert int(whole.n.iloc[0]) == equity.customers
    segments = equity.by("acquisition_channel")
    assert segments.equity.sum() == pytest.approx(equity.total.value, rel=1e-9)
    assert segments.share.sum() == pytest.approx(1, rel=1e-12)
    assert segments.customers.sum() == equity.customers == equity.holders.customers.sum()
    assert equity.holders.equity.sum() == pytest.approx(equity.total.value, rel=1e-6)
    assert equity.shortcut.proper == pytest.approx(equity.total.value, rel=1e-6)
    assert equity.total.low < equity.total.value < equity.total.high
    far = equity.sensitivity[
        (equity.sensitivity.assumption == "horizon") & (equity.sensitivity.setting == 60)
    ]
    assert 1 - float(far.equity.iloc[0]) / equity.total.value == pytest.approx(equity.beyond, rel=1e-9)


def test_customers_are_valued_by_their_own_pattern(steady):
    """A handful of customers, worked out by hand from the raw log and the published parameters."""
    from custlib.measure.clv import bgbb

    log = pd.read_parquet(steady.company.path.parent / "transactions.parquet")
    log["month"] = pd.PeriodIndex(log.date, freq="M")
    valued = steady.values
    for name in ("c00003", "c00500", "c01200"):
        row = collect(valued.filter(valued.customer_id == name)).iloc[0]
        own = log[log.customer_id == name]
        first, end = own.month.min(), pd.Period("2024-12", freq="M")
        later = own[own.month > first]
        x, t_x = later.month.nunique(), (later.month.max() - first).n if len(later) else 0
        group = next(g for g in steady.equity.groups if g.name == row.clv_group)
        pattern = pd.DataFrame([{"x": x, "t_x": t_x, "n": (end - first).n, "before": 0, "closed": False}])
        months = bgbb.discounted(group.fit, pattern, 1.1 ** (1 / 12) - 1)[0]
        margin = (group.spend.k * group.spend.mu + later.amount.sum()) / (
            group.spend.k + x
        ) - group.spend.idle_cost
        assert float(row.clv) == pytest.approx(months * margin, abs=1e-4)
        assert float(row.p_alive) == pytest.approx(bgbb.p_alive(group.fit, pattern)[0], abs=1e-9)


def test_a_steady_base_is_foreseen(tmp_path):
    """Won long before the forecast, customers leave month by month: the same again is too much, and the model knows."""
    found = open_month(company(tmp_path, lives(1, first=10)), "2024-12").equity.backtest
    assert found.verdict == "beats" and abs(found.error) < 0.08
    assert found.low < found.actual < found.high
    table = found.tracking[found.tracking.holdout]
    assert table.actual.sum() == pytest.approx(found.actual)
    assert table.expected.sum() == pytest.approx(found.predicted)
    assert (found.deciles.actual * found.deciles.customers).sum() == pytest.approx(found.actual)


def test_a_base_whose_rate_doubles_makes_the_page_say_that_the_model_loses(tmp_path):
    view = open_month(company(tmp_path, lives(2, p=(1.5, 4.5), boost=2.0)), "2024-12")
    found = view.equity.backtest
    assert found.verdict == "loses" and found.error < -0.2
    assert "a naive forecast comes nearer" in wording.backtest.message(found, "active months")
    # And first of all, in place of any figure.
    assert wording.equity.lead(view.equity, "December 2024") == wording.backtest.losing(found)


def test_the_lost_are_valued_where_they_stood(steady):
    """Those lost in the month, at the end of their last active month: the pattern of somebody who has just been active."""
    row = steady.equity.lost.set_index("months").loc[1]
    valued = Valued(steady)
    gone = valued.compared(1, "lost")
    both = collect(valued.table.inner_join(gone, "customer_id"))
    assert len(both) == row.customers > 0
    assert both.clv_last.astype(float).mean() == pytest.approx(row.value, rel=1e-6)
    assert (both.clv_last.astype(float) > both.clv.astype(float)).all()
    assert row.low < row.value < row.high


BAD = {
    "one customer": lives(3, 1),
    "one purchase each": lives(4, 400, theta=(1e6, 1.0)),
    "all alike": pd.DataFrame(
        [
            {"customer_id": f"c{i}", "date": pd.Timestamp(day), "amount": 10.0}
            for i in range(150)
            for day in MONTHS
        ]
    ),
    "nothing spent": lives(5, 600, spend=0.0),
    "fewer than three months": lives(6, 500)[lambda log: log.date >= "2024-11-01"],
    "nobody leaves": lives(7, 400, p=(30.0, 3.0), theta=(1.0, 1e9)),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_give_a_statement_and_no_number(name, tmp_path):
    log = BAD[name]
    if name == "nothing spent":
        log = log.assign(amount=0.0)
    view = open_month(company(tmp_path, log), "2024-12")
    equity = view.equity
    figures = {each.measure: each for each in equity.figures() if each.dimension == "all"}
    if name == "nothing spent":
        # Nothing times anything is nothing, and that is known.
        assert not equity.available or equity.total.value == 0
        return
    assert not equity.available
    assert {group.problem for group in equity.groups} <= {
        "few customers",
        "short",
        "not converged",
        "at bound",
        "no margin",
    }
    for measure in (
        "customer_equity",
        "clv_mean",
        "clv_median",
        "expected_active_customers",
        "clv_new_customer_mean",
    ):
        assert figures[measure].status == "not_available"
    valued = view.values
    assert int(collect(valued.aggregate(known=valued.clv.count())).known.iloc[0]) == 0


def test_negative_margins_go_through_credibility(tmp_path):
    """Returns larger than purchases in a month: no law of positive spending, and the sum may be negative."""
    log = lives(8, 800)
    back = log.sample(frac=0.2, random_state=1).assign(amount=lambda part: -1.6 * part.amount)
    view = open_month(company(tmp_path, pd.concat([log, back])), "2024-12")
    (group,) = view.equity.groups
    assert group.spend.method == "credibility"
    assert view.equity.available and np.isfinite(view.equity.total.value)


def test_contracts_are_valued_by_tenure(tmp_path):
    rng = np.random.default_rng(9)
    count = 1_200
    start = rng.integers(0, 30, count)
    lived = rng.geometric(rng.beta(0.9, 25, count))
    end = start + lived
    listed = pd.DataFrame({
        "customer_id": [f"c{i:04d}" for i in range(count)],
        "acquired_on": [pd.Timestamp(MONTHS[s]) + pd.Timedelta(days=9) for s in start],
        "closed_on": [pd.Timestamp(MONTHS[e]) + pd.Timedelta(days=12) if e < 36 else pd.NaT for e in end],
    })  # fmt: skip
    rows = [
        {"customer_id": f"c{i:04d}", "date": pd.Timestamp(MONTHS[m]) + pd.Timedelta(days=14), "amount": 20.0}
        for i in range(count) for m in range(start[i], min(end[i], 36))
    ]  # fmt: skip
    view = open_month(
        company(tmp_path, pd.DataFrame(rows), customers=listed, relationship="contractual"), "2024-12"
    )
    equity = view.equity
    (group,) = equity.groups
    assert group.model == "sbg" and equity.available
    valued = view.values
    table = collect(valued.filter(valued.clv > 0).select("first_active", "clv")).sort_values("first_active")
    by_tenure = table.groupby("first_active").clv.apply(lambda part: part.astype(float).mean())
    # Equal payments: the longer a contract has lasted, the longer it is expected to.
    assert by_tenure.is_monotonic_decreasing
    assert collect(valued.filter(valued.closed_on.notnull()).select("clv")).clv.astype(float).eq(0).all()
    assert equity.backtest.verdict in ("beats", "cannot tell")
