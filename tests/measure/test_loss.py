"""The one-percent test: rates by hand, opposite verdicts on customers and on value, and what may not be said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from custlib.measure.loss import loss_test, private_rows, value_interval, verdict
from tests.measure.coverage import too_few, value_losses

COLUMNS = [
    "customers", "value", "squares", "lost", "lost_value", "lost_squares", "closed", "closed_value", "closed_squares",
    "stayed", "stayed_value", "halved", "halved_value", "halved_fall", "doubled", "doubled_value", "doubled_rise",
]  # fmt: skip


def row(segment, then, now, closed):
    """Add up customers one by one: value a year ago, value now (NaN: lost), and whether a closing is recorded."""
    lost, stayed = np.isnan(now), ~np.isnan(now) & (then > 0)
    gone = lost & closed
    halved, doubled = stayed & (2 * now <= then), stayed & (now >= 2 * then)
    sums = [len(then), then.sum(), (then**2).sum()]
    for part in (lost, gone):
        sums += [part.sum(), then[part].sum(), (then[part] ** 2).sum()]
    sums += [stayed.sum(), then[stayed].sum()]
    sums += [halved.sum(), then[halved].sum(), (then - now)[halved].sum()]
    sums += [doubled.sum(), then[doubled].sum(), (now - then)[doubled].sum()]
    return [segment, *sums]


def table(*rows):
    return pd.DataFrame(rows, columns=["segment", *COLUMNS])


def base(lost, *, seed=1, customers=20_000):
    """Make a base in which 1% of the customers leave; `lost` picks them by their place from the least valuable (0 to 1) on."""
    rng = np.random.default_rng(seed)
    then = np.sort(rng.lognormal(3, 1, customers))
    place = np.arange(customers) / customers
    gone = rng.choice(np.flatnonzero(lost(place)), customers // 100, replace=False)
    now = then.copy()
    now[gone] = np.nan
    return then, now


def test_equal_losses_of_customers_and_unlike_losses_of_value_get_opposite_verdicts():
    """1% of the customers each; among the small, some .2% of the value, among the large, 6% of it."""
    found = {}
    for name, lost in {"small": lambda place: place < 0.3, "large": lambda place: place > 0.97}.items():
        then, now = base(lost)
        found[name] = loss_test(table(row("all", then, now, np.zeros(len(then), bool))), claim=0.01)
    small, large = found["small"].whole, found["large"].whole
    assert small.rate == large.rate == 0.01 and (small.low, small.high) == (large.low, large.high)
    assert small.value_rate == pytest.approx(0.002, abs=0.0005) and large.value_rate == pytest.approx(
        0.06, abs=0.006
    )
    assert found["small"].verdict_customers == found["large"].verdict_customers == "open"
    assert (found["small"].verdict_value, found["large"].verdict_value) == ("supported", "refuted")


def test_five_customers_by_hand():
    """100, 50, 40, 10 and 0 a year ago; the first closed, the fourth fell silent, the second halved, the third doubled."""
    then, now = np.array([100.0, 50, 40, 10, 0]), np.array([np.nan, 25, 80, np.nan, 7])
    found = loss_test(table(row("all", then, now, np.array([True, False, False, False, False]))), claim=0.01)
    whole = found.whole
    assert (whole.rate, whole.value_rate, whole.closed_rate, whole.closed_value_rate) == (0.4, 0.55, 0.2, 0.5)
    assert (whole.stayed, whole.halved_share, whole.halved_fall) == (2, 0.5, 25)
    assert (whole.doubled_share, whole.doubled_rise) == (0.5, 40)
    # a - R b is 45, -27.5, -22, 4.5, 0 of a value of 200.
    error = np.sqrt(45**2 + 27.5**2 + 22**2 + 4.5**2) / 200
    equal = min(0.55 * 0.45 / error**2, 200**2 / 14_200)
    assert (whole.value_low, whole.value_high) == pytest.approx(
        proportion_confint(0.55 * equal, equal, 0.05, "wilson")
    )
    assert (whole.low, whole.high) == pytest.approx(proportion_confint(2, 5, 0.05, "wilson"))
    # Two of five: even so few refute one in a hundred, and say nothing of their value's certainty.
    assert found.verdict_customers == "refuted" and found.verdict_closed == "refuted"


def test_segments_stand_beside_all_and_each_has_its_own_base():
    then, now = base(lambda place: place > 0.5, customers=4_000)
    never = np.zeros(2_000, bool)
    low, high = row("low", then[:2000], now[:2000], never), row("high", then[2000:], now[2000:], never)
    found = loss_test(table(high, low, row("all", then, now, np.zeros(4_000, bool))), claim=0.01)
    by = found.table.set_index("segment")
    assert found.table.segment.tolist() == ["high", "low", "all"]
    assert (by.loc["low", "rate"], by.loc["low", "value_rate"], by.loc["high", "rate"]) == (0, 0, 0.02)
    # That nobody of two thousand left does not make it certain that nobody does.
    assert 0.001 < by.loc["low", "high"] < 0.005 and 0.001 < by.loc["low", "value_high"] < 0.01
    assert by.customers.loc[["low", "high"]].sum() == found.whole.customers


def test_losses_by_rule_and_by_closing_are_judged_apart():
    then, now = np.full(10_000, 20.0), np.full(10_000, 20.0)
    now[:400] = np.nan
    found = loss_test(table(row("all", then, now, np.arange(10_000) < 30)), claim=0.01)
    assert (found.verdict_customers, found.verdict_closed) == ("refuted", "supported")
    assert found.whole.closed_rate == 0.003


def test_what_is_not_recorded_is_not_judged():
    frame = table(row("all", np.array([5.0, 5]), np.array([5.0, np.nan]), np.array([False, False])))
    frame = frame.astype({"closed": object, "closed_value": object, "closed_squares": object})
    frame[["closed", "closed_value", "closed_squares"]] = None
    found = loss_test(frame, claim=0.01)
    assert found.verdict_closed == "none" and np.isnan(found.whole.closed_rate)
    assert found.verdict_customers == "refuted"


@pytest.mark.parametrize("then", [[0.0, 0, 0], [-5.0, 2, 1]])
def test_value_that_is_not_above_zero_has_no_loss_rate(then):
    frame = table(row("all", np.array(then), np.array([1.0, np.nan, 1]), np.zeros(3, bool)))
    found = loss_test(frame, claim=0.01)
    assert found.verdict_value == "none" and np.isnan(found.whole.value_rate)
    assert found.whole.rate == pytest.approx(1 / 3)


def test_a_base_of_nobody_is_not_judged():
    found = loss_test(table(["all", *[0] * len(COLUMNS)]), claim=0.01)
    assert {found.verdict_customers, found.verdict_value, found.verdict_closed} == {"none"}
    assert np.isnan(found.whole.rate) and found.whole.customers == 0


def test_losing_customers_who_cost_money_may_be_a_gain():
    then = np.array([-30.0, 100, 80, 50] * 50)
    now = np.where(np.arange(200) < 4, np.nan, then)
    now[1:4] = then[1:4]
    found = loss_test(table(row("all", then, now, np.zeros(200, bool))), claim=0.01)
    whole = found.whole
    assert (
        whole.value_rate == pytest.approx(-30 / 10_000)
        and whole.value_low < whole.value_rate < whole.value_high
    )
    assert found.verdict_value == "supported"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.0101, 0.02, "refuted"), (0.001, 0.01, "supported"), (0.01, 0.02, "open"), (np.nan, np.nan, "none")],
)
def test_verdicts(low, high, said):
    assert verdict(low, high, 0.01) == said


@pytest.mark.parametrize(("spread", "slope"), [(0.5, 0), (1.0, 0), (1.5, 0), (1.0, -1), (1.5, 1)])
def test_intervals_of_lost_value_hold_the_truth(spread, slope):
    assert value_losses(spread, slope, customers=1_000, runs=400) >= too_few(400, 0.95)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    values=st.lists(st.floats(0.01, 10_000), min_size=2, max_size=60),
    gone=st.lists(st.booleans(), min_size=60, max_size=60),
    factor=st.sampled_from([0.01, 7, 1_000]),
)
def test_intervals_hold_the_rate_stay_within_zero_and_one_and_know_no_currency(values, gone, factor):
    v = np.array(values)
    lost = v[np.array(gone[: len(v)])]
    found = value_interval(lost.sum(), (lost**2).sum(), v.sum(), (v**2).sum(), len(v))
    rate, low, high = found
    assert -1e-12 <= low <= rate + 1e-12 and rate <= high + 1e-12 and high <= 1 + 1e-12
    assert low < high
    other = value_interval(
        factor * lost.sum(), factor**2 * (lost**2).sum(), factor * v.sum(), factor**2 * (v**2).sum(), len(v)
    )
    assert found == pytest.approx(other, rel=1e-6, abs=1e-9)


def silent(halved, doubled, steady=500):
    then = np.full(halved + doubled + steady, 100.0)
    now = np.concatenate([np.full(halved, 40.0), np.full(doubled, 250.0), np.full(steady, 100.0)])
    return loss_test(table(row("all", then, now, np.zeros(len(then), bool))), claim=0.01)


@pytest.mark.parametrize(
    ("halved", "doubled", "chance", "said"),
    [
        # 2 (1 + 10 + 45) / 2^10; 2 (1 + 10) / 2^10; nobody has a chance.
        (8, 2, 112 / 1024, "cannot tell"), (9, 1, 22 / 1024, "more halved"),
        (1, 9, 22 / 1024, "more doubled"), (0, 0, None, "none"), (30, 30, 1.0, "cannot tell"),
    ],
)  # fmt: skip
def test_halved_against_doubled_is_tested_exactly(halved, doubled, chance, said):
    found = silent(halved, doubled)
    assert found.silent_p == pytest.approx(chance) and found.silent_verdict == said


def by_segment(*segments):
    """Make segments of so many customers, of whom so many are lost; and all of them."""
    rows, thens, nows = [], [], []
    for name, customers, lost in segments:
        then, now = np.full(customers, 10.0), np.full(customers, 10.0)
        now[:lost] = np.nan
        rows.append(row(name, then, now, np.zeros(customers, bool)))
        thens, nows = [*thens, then], [*nows, now]
    then, now = np.concatenate(thens), np.concatenate(nows)
    return table(*rows, row("all", then, now, np.zeros(len(then), bool)))


def test_money_of_few_lost_is_not_told_nor_what_gives_it_away():
    found = loss_test(by_segment(("a", 50, 3), ("b", 60, 9), ("c", 70, 20), ("d", 40, 0)), claim=0.01, few=5)
    private = found.table.set_index("segment")[["private"]].assign(
        away=found.table.value_rate.isna().to_numpy()
    )
    assert private_rows(found.table).tolist() == private.away.tolist() == [True, True, False, False, False]
    assert found.table.lost_value.isna().tolist() == private.away.tolist()
    # How many were lost is told, and the whole has its verdict.
    assert found.table.rate.notna().all() and found.verdict_value == "refuted"
    other = loss_test(by_segment(("a", 50, 9), ("b", 60, 9)), claim=0.01, few=5, hidden=["b"])
    assert private_rows(other.table).tolist() == [False, True, False]


@pytest.mark.parametrize("lost", [3, 57])
def test_of_few_lost_or_few_left_the_whole_tells_no_money_either(lost):
    found = loss_test(by_segment(("a", 40, min(lost, 40)), ("b", 20, max(0, lost - 40))), claim=0.01, few=5)
    assert private_rows(found.table).iloc[-1] and np.isnan(found.whole.value_rate)
    assert found.verdict_value == "none" and found.verdict_customers == "refuted"
    assert not private_rows(loss_test(by_segment(("a", 60, lost)), claim=0.01).table).any()


def test_a_fall_of_few_is_not_told():
    then = np.full(100, 10.0)
    now = np.concatenate([np.full(3, 2.0), np.full(6, 30.0), np.full(91, 10.0)])
    found = loss_test(table(row("all", then, now, np.zeros(100, bool))), claim=0.01, few=5).whole
    assert np.isnan(found.halved_fall) and found.doubled_rise == 120 and found.halved_share == 0.03
