"""A bank of 100,000 customers shows the truth it was drawn from, within stated sampling bounds."""

from datetime import date
from itertools import product

import duckdb
import numpy as np
import pytest
from scipy.special import betaln

from custlib.data.sample import TRUTH
from custlib.data.sample.truth import CHANNELS, CLOSURE_REASONS
from tests.data.conftest import CUSTOMERS, FAILURE, Z, all_within, z


def beta_ratio(gamma: float, delta: float, months: float) -> float:
    """Probability of staying so many months, B(gamma, delta + months) / B(gamma, delta)."""
    return float(np.exp(betaln(gamma, delta + months) - betaln(gamma, delta)))


def test_it_is_drawn_in_a_minute(bank):
    assert bank.execute("select s from seconds").fetchone()[0] < 60


def test_arrivals_are_as_planned(bank):
    rows = bank.execute(
        "select came, acquisition_channel, count(*) from cu where came >= 0 group by all"
    ).fetchall()
    found = {(came, channel): n for came, channel, n in rows}
    plan = TRUTH.arrivals()
    total = sum(sum(months) for months in plan.values())
    new = CUSTOMERS - round(CUSTOMERS * TRUTH.old_customers)
    assert sum(found.values()) == new
    for channel, month in product(CHANNELS, range(37)):
        assert abs(found.get((month, channel), 0) - plan[channel][month] / total * new) <= 1


def _first_year(bank: duckdb.DuckDBPyConnection, package: bool) -> list[tuple]:
    """Per channel and month since acquisition (1 to 12), before the failure for those it may reach."""
    return bank.execute(f"""
        select case when {package} then 'package' else acquisition_channel end as channel, j, count(*) as n,
          count(uses.n) as active, count(*) filter (closed = came + j) as closed,
          count(*) filter (closed is null or closed > came + j) as open, avg(acquisition_cost)
        from (select *, unnest(range(1, 13)) as j from cu) cu
          left join uses on uses.customer_id = cu.customer_id and uses.month = came + j
        where came >= 0 and contract = {package}
          and came + j < case when acquisition_channel = '{FAILURE.channel}' then {FAILURE.month} else 36 end
        group by all""").fetchall()


def test_ordinary_customers_are_active_as_bg_bb_says(bank):
    scores = {}
    for channel, j, n, active, *_ in _first_year(bank, package=False):
        c = TRUTH.channels[channel]
        scores[channel, j] = z(active, n, c.alpha / (c.alpha + c.beta) * beta_ratio(c.gamma, c.delta, j))
    assert len(scores) == 4 * 12
    all_within(scores)


def test_customers_differ_from_each_other_as_bg_bb_says(bank):
    """Active in both of the first two months: E[p^2] E[(1 - theta)^2], which pooled rates would miss."""
    rows = bank.execute(f"""
        select acquisition_channel, count(*), count(a.n + b.n)
        from cu left join uses a on a.customer_id = cu.customer_id and a.month = came + 1
        left join uses b on b.customer_id = cu.customer_id and b.month = came + 2
        where came between 0 and {FAILURE.month - 3} and not contract group by all""").fetchall()
    scores = {}
    for channel, n, both in rows:
        c, total = TRUTH.channels[channel], TRUTH.channels[channel].alpha + TRUTH.channels[channel].beta
        squared = c.alpha * (c.alpha + 1) / (total * (total + 1))
        scores[channel] = z(both, n, squared * beta_ratio(c.gamma, c.delta, 2))
    all_within(scores)


def test_departures_are_recorded_with_kappa(bank):
    """Closures j months after acquisition come with kappa times the BG/BB probability of departure."""
    scores = {}
    for channel, j, n, _, closed, *_ in _first_year(bank, package=False):
        c = TRUTH.channels[channel]
        departs = beta_ratio(c.gamma, c.delta, j - 1) - beta_ratio(c.gamma, c.delta, j)
        scores[channel, j] = z(closed, n, TRUTH.kappa * departs)
    known, gone = bank.execute(
        "select count(closed_on), count(*) from cu where departed < 36 and not contract"
    ).fetchone()
    scores["kappa"] = z(known, gone, TRUTH.kappa)
    all_within(scores)


def test_packages_survive_as_shifted_beta_geometric_and_always_record_it(bank):
    scores = {}
    for _, j, n, active, _, still_open, _ in _first_year(bank, package=True):
        stays = beta_ratio(*TRUTH.package_churn, j)
        scores["open", j] = z(still_open, n, stays)
        scores["active", j] = z(active, n, stays * TRUTH.package_activity[0] / sum(TRUTH.package_activity))
    assert len(scores) == 24
    all_within(scores)
    assert bank.execute(
        "select count(*) from cu where contract and departed < 36 and closed is null"
    ).fetchone() == (0,)


def test_older_customers_have_survived_until_the_data(bank):
    """Recorded departures in the first twelve months, of older customers seen in the data, given their tenure."""
    rows = bank.execute("""
        select acquisition_channel, -came - 1 as n0, count(*), count(*) filter (departed < 12)
        from cu where came < 0 and not contract group by all""").fetchall()
    expected, variance, found = (
        dict.fromkeys(CHANNELS, 0.0),
        dict.fromkeys(CHANNELS, 0.0),
        dict.fromkeys(CHANNELS, 0),
    )
    for channel, n0, n, departed in rows:
        share = _departs_and_seen(TRUTH.channels[channel], n0)
        expected[channel] += n * share
        variance[channel] += n * share * (1 - share)
        found[channel] += departed
    all_within({c: (found[c] - expected[c]) / np.sqrt(variance[c]) for c in CHANNELS if variance[c]})


def _departs_and_seen(c, n0: int) -> float:
    """P(leaves in the first 12 months | seen in 36), from the BG/BB with delta + n0."""
    i = np.arange(36)
    leaves = np.exp(betaln(c.gamma + 1, c.delta + n0 + i) - betaln(c.gamma, c.delta + n0))
    unused = np.exp(betaln(c.alpha, c.beta + i) - betaln(c.alpha, c.beta))
    never = np.exp(betaln(c.alpha, c.beta + 36) - betaln(c.alpha, c.beta)) * beta_ratio(
        c.gamma, c.delta + n0, 36
    )
    seen = 1 - never - (leaves * unused).sum()
    return float((leaves * (1 - unused))[:12].sum() / seen)


def _log_likelihood(parameters: np.ndarray, cell: dict[str, np.ndarray]) -> np.ndarray:
    """BG/BB with recorded departures, per pattern (x, t_x, n, n0, month of closure or 0), given seen if older."""
    a, b, g, d, kappa = parameters
    x, last, n, n0, closed = (cell[k] for k in ("x", "last", "n", "n0", "closed"))
    survived = betaln(g, d + n0)
    terms = [betaln(a + x, b + n - x) + betaln(g, d + n0 + n)]
    for i in range(FAILURE.month):
        silent = np.log(1 - kappa) + betaln(a + x, b + last - x + i) + betaln(g + 1, d + n0 + last + i)
        terms.append(np.where(i < n - last, silent, -np.inf))
    c = np.maximum(closed, x + 1)
    told = np.log(kappa) + betaln(a + x, b + c - 1 - x) + betaln(g + 1, d + n0 + c - 1)
    own = np.where(closed > 0, told, np.logaddexp.reduce(terms)) - betaln(a, b) - survived
    i = np.arange(FAILURE.month)[:, None]
    unseen = np.exp(betaln(a, b + i) + betaln(g + 1, d + n0 + i) - betaln(a, b) - survived).sum(0)
    unseen += np.exp(betaln(a, b + n) + betaln(g, d + n0 + n) - betaln(a, b) - survived)
    return own - np.where(cell["older"], np.log1p(-unseen), 0.0)


def test_the_likelihood_of_all_patterns_is_highest_at_the_truth(bank):
    """Score test per channel, to the month before the failure: chi-squared with 5 degrees of freedom."""
    cells = bank.execute(f"""
        with seen as (
          select acquisition_channel as channel, came < 0 as older, greatest(0, -came - 1) as n0,
            greatest(came, -1) as origin, if(closed < {FAILURE.month}, closed - origin, 0) as closed,
            count(uses.n) as x, coalesce(max(month) - origin, 0) as last
          from cu left join uses on uses.customer_id = cu.customer_id and month > came and month < {FAILURE.month}
          where not contract and came < {FAILURE.month - 1} group by cu.customer_id, cu.came, cu.closed, 1)
        select *, {FAILURE.month - 1} - origin as n, count(*) as customers from seen
        where x > 0 or not older group by all""").fetchnumpy()
    cells = {k: v.filled(0) if hasattr(v, "filled") else v for k, v in cells.items()}
    scores = {}
    for channel, older in product(CHANNELS, (True, False)):
        c = TRUTH.channels[channel]
        which = (cells["channel"] == channel) & (cells["older"] == older)
        if not which.any():
            continue
        cell, truth = (
            {k: v[which] for k, v in cells.items()},
            [c.alpha, c.beta, c.gamma, c.delta, TRUTH.kappa],
        )
        steps = np.diag(truth) * 1e-4
        slope = np.array([_log_likelihood(truth + s, cell) - _log_likelihood(truth - s, cell) for s in steps])
        total, spread = (slope * cell["customers"]).sum(1), (slope * cell["customers"]) @ slope.T
        scores[channel, older] = total @ np.linalg.solve(spread, total)
    assert len(scores) == 7
    # p = 1e-5 for each; 35 degrees of freedom together
    assert max(scores.values()) < 31 and sum(scores.values()) < 85, scores


def test_the_failure_drives_out_the_exposed_at_the_written_rate(bank):
    scores = {}
    for month, hazard in enumerate(FAILURE.hazard, FAILURE.month):
        driven, at_risk = bank.execute(f"""
            select count(*) filter (driven_out and departed = {month}),
                   count(*) filter (departed is null or departed > {month} or (driven_out and departed = {month}))
            from cu where exposed""").fetchone()
        scores[month] = z(driven, at_risk, hazard)
    withdrew, stayed = bank.execute(f"""
        select count(*) filter (withdrew), count(*) from cu
        where exposed and (departed is null or departed > {FAILURE.month})""").fetchone()
    scores["withdrew"] = z(withdrew, stayed, FAILURE.withdraw_share)
    all_within(scores)
    assert bank.execute("select count(*) from cu where driven_out and not exposed").fetchone() == (0,)


def test_the_exposed_are_the_valuable(bank):
    """Exposed is who was a customer by then, by the balance of June 2025 and how and when the customer came."""
    wrong = bank.execute(f"""
        select count(*) from cu join cm using (customer_id)
        where month = date '2025-06-01' and (departed is null or departed >= {FAILURE.month}) and came < {FAILURE.month - 1}
          and (exposed or departed is null or departed > {FAILURE.month})
          and exposed <> (average_balance >= {FAILURE.balance}
                          and (came < 0 or acquisition_channel = '{FAILURE.channel}'))""").fetchone()[0]
    assert wrong <= 1  # a balance a fraction of a cent below the line


def test_reasons_for_closure(bank):
    scores = {}
    for driven, shares in ((False, TRUTH.reasons), (True, FAILURE.reasons)):
        counts = dict(bank.execute(f"select closure_reason, count(*) from cu where closed is not null and driven_out = {driven} group by all").fetchall())  # fmt: skip
        total = sum(counts.values())
        for reason, share in zip(CLOSURE_REASONS, shares, strict=True):
            scores[driven, reason] = z(counts.get(reason, 0), total, share)
    all_within(scores)


def test_season_touches_how_often_a_card_is_used(bank):
    """Card rows beyond the first of an active customer-month are Poisson(rate x season)."""
    rows = bank.execute("""
        select (month + 6) % 12, sum(n - 1), sum(rate), count(*) from uses join cu using (customer_id)
        where month > came and month < 36 group by 1""").fetchall()
    assert len(rows) == 12
    for calendar_month, beyond_first, rate, active in rows:
        expected = TRUTH.season[calendar_month] * rate
        expected += TRUTH.duplicates * (expected + active)  # rows delivered twice
        assert abs(beyond_first - expected) < Z * np.sqrt(expected), calendar_month


def test_refunds_zeros_and_other_blemishes_have_their_shares(bank):
    cards, refunds, refundable, zeros, unknown, twice = bank.execute("""
        select count(*), count(*) filter (amount < 0), count(*) filter (amount > 0 and product = 'card'),
          count(*) filter (amount = 0), (select count(*) from tx where customer_id is null and date < date '2024-04-01'),
          count(*) - (select count(*) from (select distinct * from tx where channel <> 'bank'
                      and customer_id is not null and date < date '2024-04-01'))
        from tx where channel <> 'bank' and customer_id is not null and date < date '2024-04-01'""").fetchone()
    all_within(
        {"refunds": z(refunds, refundable, TRUTH.refunds), "zeros": z(zeros, cards - refunds, TRUTH.zeros)}
    )
    assert unknown == pytest.approx(TRUTH.unidentified * cards, rel=0.03)
    expected = TRUTH.duplicates * cards
    # equal purchases on one day look like rows delivered twice
    assert -Z * np.sqrt(expected) < twice - expected < 0.5 * expected


def test_what_changes_from_month_to_month(bank):
    """Regions, products and arrears move by their written monthly probabilities."""
    pairs, moved, arrears_from, arrears_in, late, on = bank.execute("""
        with pair as (select a.*, b.region as region_then, b.days_in_arrears as late_then
          from cm a join cm b on b.customer_id = a.customer_id and b.month = a.month - interval 1 month
          join cu on cu.customer_id = a.customer_id
          where departed is null or departed > datediff('month', date '2023-07-01', a.month))
        select count(*), count(*) filter (region <> region_then),
          count(*) filter (late_then = 0), count(*) filter (late_then = 0 and days_in_arrears = 30),
          count(*) filter (late_then > 0), count(*) filter (late_then > 0 and days_in_arrears = late_then + 30)
        from pair""").fetchone()
    all_within({
        "moves": z(moved, pairs, TRUTH.moves),
        "arrears in": z(arrears_in, arrears_from, TRUTH.arrears_in),
        "arrears on": z(on, late, TRUTH.arrears_on),
    })  # fmt: skip


def test_what_a_customer_costs_and_brings(bank):
    rows = bank.execute("""
        select acquisition_channel, avg(acquisition_cost)::double, count(*), avg(rate), count(*) filter (contract)
        from cu where came >= 0 group by 1""").fetchall()
    scores = {}
    for channel, cost, n, rate, packages in rows:
        c = TRUTH.channels[channel]
        scores[channel, "cost"] = (cost - c.acquisition_cost) / (c.acquisition_cost * 0.4 / np.sqrt(12 * n))
        scores[channel, "rate"] = (rate - c.purchases_mean) / (
            c.purchases_mean / np.sqrt(c.purchases_shape * n)
        )
        scores[channel, "package"] = z(packages, n, c.package_share)
    all_within(scores)


def test_the_story_at_scale(bank):
    """More customers use the bank in June 2026 than a year before; the bank earns less on all of them."""

    def users(last: date) -> int:
        month = (last.year - 2023) * 12 + last.month - 7
        return bank.execute(f"select count(distinct customer_id) from uses where month between {month - 2} and {month}").fetchone()[0]  # fmt: skip

    def earned(first: date, last: date) -> float:
        return float(bank.execute(f"select sum(margin - cost_to_serve) from cm where month between date '{first}' and date '{last}'").fetchone()[0])  # fmt: skip

    assert users(date(2026, 6, 1)) > 1.1 * users(date(2025, 6, 1))
    assert earned(date(2025, 7, 1), date(2026, 6, 1)) < 0.95 * earned(date(2024, 7, 1), date(2025, 6, 1))
    by_channel = dict(bank.execute("select acquisition_channel, sum(margin - cost_to_serve)::double from cm join cu using (customer_id) group by 1").fetchall())  # fmt: skip
    assert by_channel["comparison"] < 0 < by_channel["branch"]
