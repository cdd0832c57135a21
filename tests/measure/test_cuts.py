"""No two sums of a ranking tell by subtraction what fewer than five customers bring."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.concentration import of_values
from custlib.measure.cuts import Cuts, ends_of, guarded, thinned

VALUES = st.lists(st.integers(-60, 900).map(lambda value: max(value, -20)), min_size=1, max_size=400)


def places(told, ends=()):
    """Give where a window's published figures cut its ranking, those at zero left out: their margin is known."""
    ranks = [*told.curve["rank"], *ends]
    ranks += [part * told.customers for part, each in told.top.items() if each.value is not None]
    ranks += [each.value * told.customers for each in told.holding.values() if each.value is not None]
    ranks += [told.positive] if told.whale_peak is not None else []
    ends = (told.positive, told.positive + told.zero)
    found = [rank if rank <= ends[0] else max(ends[0], rank - told.zero) for rank in (0, *ranks)]
    return sorted({round(place, 9) for place in [*found, told.customers - told.zero]})


def apart(found, few=5):
    return all(
        abs(one - other) > few - 1e-6 or abs(one - other) < 1e-6 for one, other in combinations(found, 2)
    )


@settings(deadline=None, derandomize=True)
@given(values=VALUES, tenths=st.booleans())
def test_sums_that_are_told_are_five_customers_apart(values, tenths):
    one = of_values(values)
    told, cuts = guarded(one)
    ends, said = [], []
    if tenths:
        ends, said, cuts = cuts.settled([one.positive * tenth // 10 for tenth in range(1, 10)])
    told = thinned(told, cuts)
    where = places(told, [end for end, shown in zip(ends, said, strict=True) if shown])
    few = told.customers - told.zero < 5
    assert apart(where) or (few and all(place in (0, told.customers - told.zero) for place in where))
    assert ends == sorted(ends)


def test_a_share_that_falls_between_two_customers_takes_the_points_around_it():
    """The fifth of 2,183 customers ends at 436.6: the point at 437 would tell what the 437th brings."""
    one = of_values(range(1, 2_184))
    told, cuts = guarded(one)
    assert 437 in set(one.curve["rank"]) and told.top[0.2] == one.top[0.2]
    shown = set(thinned(told, cuts).curve["rank"])
    assert 437 not in shown and len(shown) > 90


def test_the_end_of_a_tenth_moves_where_a_share_ends_beside_it():
    cuts = Cuts(8_332, 8_332, 0).telling(0.2 * 8_332)
    ends, said, cuts = cuts.settled(ends_of((tenth, 833) for tenth in range(1, 11)))
    # 1,666 is .4 of a customer from 1,666.4; five customers away is 1,661 or 1,672.
    assert ends == [833, 1661, 2499, 3332, 4165, 4998, 5831, 6664, 7497] and all(said)


def test_who_holds_four_fifths_is_not_told_where_it_is_a_handful():
    told, _ = guarded(of_values([100_000, 90_000, *[1] * 500]))
    assert told.holding[0.8].value is None and told.holding[0.5].value is None
    assert {"customers_holding_80_share", "customers_holding_50_share"} <= told.withheld
    assert told.top[0.2].value is not None


@pytest.mark.parametrize("below", [1, 4, 5])
def test_the_peak_is_told_from_five_below_zero_on(below):
    one = of_values([*range(10, 210), *[0] * 40, *[-30] * below])
    told, cuts = guarded(one)
    shown = thinned(told, cuts)
    assert (told.whale_peak is None) == (told.positive_total is None) == (below < 5)
    assert ("whale_peak" in told.withheld) == (below < 5)
    # The tail of the curve would tell of it, too: all at zero stand at the peak.
    tail = shown.curve[(shown.curve["rank"] >= 200) & (shown.curve["rank"] < told.customers)]
    assert bool(len(tail)) == (below >= 5)


def test_few_above_zero_have_neither_a_peak_nor_a_gini():
    told, _ = guarded(of_values([900, 800, 700, *[-1] * 50]))
    assert told.whale_peak is None and told.gini.value is None and {"gini", "whale_peak"} <= told.withheld


def test_a_window_of_few_has_no_curve():
    told, cuts = guarded(of_values([5, 4, 3]))
    assert not len(thinned(told, cuts).curve)
    assert all(each.value is None for each in (*told.top.values(), *told.holding.values()))


def test_the_curve_ends_with_everybody_where_other_tables_cut_beside_it():
    one = of_values([*range(10, 210), -5])
    told, cuts = guarded(one)
    assert thinned(told, cuts.telling(200)).curve["rank"].iloc[[0, -1]].tolist() == [0, 201]
