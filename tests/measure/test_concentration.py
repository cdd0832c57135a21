"""Lorenz, Gini, top shares and the whale curve: by hand, against definitions customer by customer, and by simulation."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure.concentration import BENCHMARKS, HOLDING, TOP, Concentration, of_values
from custlib.measure.ranked import tail_size
from custlib.measure.shares import MANY
from tests.measure.coverage import HEAVY, LIGHT, held, too_few

TOY = [0] * 70 + [1] * 45 + [2] * 25 + [3] * 15 + [4] * 10 + [5] * 5
AMOUNTS = st.lists(st.integers(-300, 3_000), min_size=1, max_size=120)


def test_gini_of_the_hundred_buyers_of_a_toy_base():
    """170 customers hold 0 to 5 units in numbers 70, 45, 25, 15, 10, 5; over the buyers the Gini is .30854."""
    found = of_values(TOY)
    assert round(found.gini.value, 5) == 0.30854
    assert (found.customers, found.positive, found.zero, found.negative) == (170, 100, 70, 0)


def test_five_customers_by_hand():
    """50, 30, 15, 10 and -5: 100 in all, 105 before one takes 5 back."""
    found = of_values([10, -5, 50, 30, 15])
    assert found.curve.customers.tolist() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert found.curve.margin.tolist() == [0, 0.5, 0.8, 0.95, 1.05, 1]
    assert found.lorenz().customers.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.lorenz().margin.tolist() == pytest.approx([0, 10 / 105, 25 / 105, 55 / 105, 1])
    # Twice the area between the diagonal and 0, 10, 25, 55, 105 over four customers.
    assert found.gini.value == pytest.approx(1 - (10 + 35 + 80 + 160) / (4 * 105))
    assert (found.whale_peak, found.whale_at, found.loss_maker_share) == (1.05, 0.8, 0.2)
    # A tenth of five customers is half the first one.
    assert {part: each.value for part, each in found.top.items()} == pytest.approx(
        {0.01: 0.025, 0.05: 0.125, 0.1: 0.25, 0.2: 0.5, 0.5: 0.875}
    )
    assert (found.holding[0.5].value, found.holding[0.8].value) == (0.2, 0.4)
    assert (found.mean, found.median, found.below_mean) == (20, 15, 0.6)
    assert (found.total, found.positive_total, found.negative_total) == (100, 105, -5)


def test_a_base_of_equals():
    found = of_values([7.1] * 200)
    assert {part: each.value for part, each in found.top.items()} == pytest.approx(
        {part: part for part in TOP}
    )
    assert {part: each.value for part, each in found.holding.items()} == pytest.approx(
        {h: h for h in HOLDING}
    )
    assert found.gini.value == pytest.approx(0, abs=1e-12)
    assert all(
        each.high - each.low < 1e-7 for each in (*found.top.values(), *found.holding.values(), found.gini)
    )
    assert (found.whale_peak, found.hill, found.below_mean) == (1, np.inf, 0)


def test_a_base_of_eighty_to_twenty_exactly():
    found = of_values([1] * 800 + [16] * 200)
    assert (found.top[0.2].value, found.holding[0.8].value) == (0.8, 0.2)
    assert found.gini.value == pytest.approx(0.6)
    assert found.top[0.2].low < 0.8 < found.top[0.2].high
    assert found.top[0.2].reliable and not found.top[0.01].reliable


def test_a_base_of_one_whale():
    found = of_values([99_000] + [10] * 999)
    assert found.top[0.01].value > 0.9 and found.holding[0.8].value < 0.001
    assert found.gini.value == pytest.approx(99_000 / 108_990 - 1 / 1000, abs=1e-3)
    # Its interval hangs on one customer, which the index of the tail does not notice: the others in it are equal.
    assert found.hill > 2 and found.top[0.2].high == 1.0
    assert not any(each.reliable for each in (*found.top.values(), *found.holding.values(), found.gini))


@pytest.mark.parametrize(
    ("values", "gini"),
    [([], None), ([0, 0], None), ([-5], None), ([3, 0, -5], 0), ([5, -5], 0), ([5, -8, 1], 1 / 3)],
)
def test_a_total_that_is_not_above_zero_has_no_shares(values, gini):
    found = of_values(values)
    figures = [*found.top.values(), *found.holding.values()]
    assert found.available and all(each.value is None and not each.reliable for each in figures)
    assert (found.whale_peak, found.whale_at, len(found.curve), len(found.lorenz())) == (None, None, 0, 0)
    assert found.gini.value == (None if gini is None else pytest.approx(gini))
    assert (found.loss_maker_share is None) == (not values)


def test_one_customer():
    found = of_values([12.5])
    assert (found.top[0.2].value, found.holding[0.5].value, found.gini.value, found.median) == (
        0.2,
        0.5,
        0,
        12.5,
    )
    assert not found.gini.reliable and found.hill is None


def test_a_window_that_the_data_do_not_reach_is_not_available():
    found = Concentration(24)
    assert (
        not found.available and found.total is None and found.top[0.2].value is None and not len(found.curve)
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_missing_is_refused(value):
    with pytest.raises(CustlibError, match="finite number"):
        of_values([1, value])


def error_by_customers(values, part):
    """Give a top share and its standard error by the definition, a number for each customer."""
    v = np.sort(np.asarray(values, float))[::-1]
    whole = np.ceil(part * len(v) - 1e-9)
    cut = v[int(whole) - 1]
    share = (v[: int(whole)].sum() - (whole - part * len(v)) * cut) / v.sum()
    u = (v - cut) * (v >= cut) + part * cut - share * v
    return share, np.sqrt(((u - u.mean()) ** 2).sum()) / v.sum(), cut


@pytest.mark.parametrize("kind", ["gamma", "ties", "losses"])
@pytest.mark.parametrize("part", TOP)
def test_intervals_of_top_shares_are_those_of_the_definition(kind, part):
    rng = np.random.default_rng(2)
    values = {
        "gamma": rng.gamma(1, 50, 731).round(2),
        "ties": rng.integers(0, 6, 730),
        "losses": (rng.gamma(1, 50, 700) - 20).round(2),
    }[kind]
    found, (share, error, _) = of_values(values).top[part], error_by_customers(values, part)
    assert found.value == pytest.approx(share, rel=1e-12)
    assert found.high - found.value == pytest.approx(1.959964 * error, rel=1e-9)


def test_the_interval_of_who_holds_a_half_is_that_of_the_share_there_by_the_slope():
    values = np.random.default_rng(3).gamma(1, 50, 900).round(2)
    found = of_values(values).holding[0.5]
    share, error, cut = error_by_customers(values, found.value)
    assert share == pytest.approx(0.5)
    assert found.high - found.value == pytest.approx(1.959964 * error / (cut / values.mean()), rel=1e-9)


def test_the_interval_of_the_gini_is_davidsons():
    """His formula in his order, from the smallest: Z = -(G + 1) y + (2 i - 1) y / n - (2 / n) sum of y up to i."""
    y = np.sort(np.random.default_rng(4).gamma(0.8, 40, 400).round(2))
    y = y[y > 0]
    n, i = len(y), np.arange(1, len(y) + 1)
    gini = 2 * (y * (i - 0.5)).sum() / (n * y.sum()) - 1
    z = -(gini + 1) * y + (2 * i - 1) / n * y - 2 / n * np.cumsum(y)
    error = np.sqrt(((z - z.mean()) ** 2).sum()) / y.sum()
    found = of_values(y).gini
    assert found.value == pytest.approx(gini, rel=1e-12)
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * error, rel=1e-9)


def test_the_interval_of_the_gini_is_near_the_jackknifes():
    y = np.random.default_rng(5).gamma(1, 40, 150).round(2)
    left_out = [of_values(np.delete(y, i)).gini.value for i in range(len(y))]
    jackknife = np.sqrt((len(y) - 1) / len(y) * ((left_out - np.mean(left_out)) ** 2).sum())
    found = of_values(y).gini
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(jackknife, rel=0.02)


@pytest.mark.parametrize("name", LIGHT)
def test_intervals_hold_the_truth(name):
    draw, truth = LIGHT[name]
    table = held(draw, truth, customers=1_500, runs=60)
    # Of fewer than 50,000 customers nobody believes the top 1%.
    assert table.loc["top 1%", "reliable"] == 0
    believed = table.drop(index="top 1%")
    assert (believed.reliable >= 55).all()
    assert (believed.held >= too_few(60, 0.94)).all()


def test_intervals_of_a_heavy_tail_do_not_and_are_called_unreliable():
    draw, truth = HEAVY["Pareto 1.5"]
    table = held(draw, truth, customers=1_500, runs=60)
    assert (table.reliable == 0).all()
    assert table.loc["top 1%", "held"] < too_few(60, 0.94)


def test_the_top_hundredth_is_believed_from_fifty_thousand_customers_on():
    many = np.random.default_rng(6).gamma(1, 50, MANY).round(2)
    found, fewer = of_values(many), of_values(many[1:])
    assert found.top[0.01].reliable and not fewer.top[0.01].reliable and fewer.top[0.05].reliable
    assert found.top[0.01].low < 0.01 - 0.01 * np.log(0.01) < found.top[0.01].high


@pytest.mark.parametrize(("index", "seed"), [(1.5, 1), (2.5, 2)])
def test_hill_finds_the_index_of_a_tail(index, seed):
    values = np.random.default_rng(seed).pareto(index, 20_000) + 1
    found = of_values(values).hill
    assert abs(found - index) < 3 * index / np.sqrt(tail_size(20_000))
    # By its definition: one over the mean logarithm above the first that is not in the tail.
    tail = np.sort(values)[::-1][: tail_size(20_000) + 1]
    assert found == pytest.approx(1 / np.mean(np.log(tail[:-1] / tail[-1])))


def test_the_tail_is_the_power_of_two_thirds_in_whole_numbers():
    assert [tail_size(n) for n in (0, 1, 7, 8, 9, 26, 27, 999, 1000, 10**6)] == [
        0,
        1,
        3,
        4,
        4,
        8,
        9,
        99,
        100,
        10**4,
    ]


def test_points_of_the_curve_that_tell_of_few_are_not_shown():
    found = of_values(range(1, 42))
    shown = found.shown_curve(5)
    assert len(found.curve) == 42 and shown["rank"].diff().dropna().min() >= 5
    assert (shown["rank"].iloc[0], shown["rank"].iloc[-1], shown.margin.iloc[-1]) == (0, 41, 1)
    assert len(Concentration(1).shown_curve()) == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(values=AMOUNTS, factor=st.sampled_from([0.01, 3, 1_000]), seed=st.integers(0, 9))
def test_scale_and_order_change_nothing(values, factor, seed):
    found = of_values([Decimal(value) for value in values])
    mixed = np.random.default_rng(seed).permutation(values)
    other = of_values([Decimal(int(value)) * Decimal(str(factor)) for value in mixed])
    for one, two in [
        (found.top, other.top),
        (found.holding, other.holding),
        ({0: found.gini}, {0: other.gini}),
    ]:
        for key in one:
            assert (one[key].value is None) == (two[key].value is None)
            ends = [(m.value, m.low, m.high) for m in (one[key], two[key]) if m.value is not None]
            assert not ends or ends[0] == pytest.approx(ends[1], rel=1e-7, abs=1e-7)
    assert (found.whale_at, found.loss_maker_share, found.below_mean) == (
        other.whale_at, other.loss_maker_share, other.below_mean,
    )  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(values=AMOUNTS)
def test_what_always_holds(values):
    found = of_values(values)
    assert found.positive + found.zero + found.negative == found.customers == len(values)
    assert found.positive_total + found.negative_total == found.total == sum(values)
    if found.total <= 0:
        assert found.whale_peak is None
        return
    shares = [found.top[part].value for part in TOP]
    assert found.whale_peak >= 1 - 1e-12
    assert all(share >= part - 1e-12 for part, share in zip(TOP, shares, strict=True))
    assert all(share <= found.whale_peak + 1e-12 for share in shares)
    if not found.negative:
        assert shares == sorted(shares) and shares[-1] <= 1 + 1e-12
    assert found.holding[0.5].value <= found.holding[0.8].value <= 1
    curve = found.curve.margin
    assert curve.iloc[-1] == pytest.approx(1) and curve.max() == pytest.approx(found.whale_peak)
    for each in (*found.top.values(), *found.holding.values(), found.gini):
        assert each.low <= each.value + 1e-12 and each.value <= each.high + 1e-12


def test_benchmarks_are_shares_with_a_source():
    frame = pd.DataFrame(BENCHMARKS, columns=["what", "share", "source"])
    assert frame.share.between(0.5, 0.8).all() and frame.source.str.contains("20").all()
