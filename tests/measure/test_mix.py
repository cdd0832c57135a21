"""A difference of means in two parts: a table worked by hand, and the identity."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from custlib.measure.mix import mix_figures, split

# Ten each by ads in one year of forty: thirty in the other.
NOW = {"ads": (30, Decimal(60)), "shop": (10, Decimal(120))}
THEN = {"ads": (10, Decimal(10)), "shop": (30, Decimal(300))}


def test_by_hand_another_mix_and_the_same_channels():
    found = split(NOW, THEN, min_group=1)
    # 4.50 against 7.75. Ads bring 2 and 1 each, the shop 12 and 10; ads went from a quarter to three.
    assert found.mix == Fraction(1, 2) * Fraction(3, 2) - Fraction(1, 2) * 11 == Fraction(-19, 4)
    assert found.within == Fraction(1, 2) * 1 + Fraction(1, 2) * 2 == Fraction(3, 2)
    assert found.mix + found.within == Fraction(180, 40) - Fraction(310, 40)
    assert [tuple(row) for row in found.channels.itertuples(index=False)] == [
        ("ads", 30, 10, 2, 1),
        ("shop", 10, 30, 12, 10),
    ]


def test_a_channel_that_one_group_has_nobody_in_is_mix():
    found = split({"ads": (2, Decimal(8)), "shop": (2, Decimal(4))}, {"shop": (4, Decimal(8))}, min_group=1)
    assert (found.mix, found.within) == (1, 0)
    assert found.channels.then.isna().tolist() == [False, True]


def test_small_channels_are_not_shown_nor_one_alone_hidden():
    many = {
        "ads": (40, Decimal(60)),
        "shop": (50, Decimal(120)),
        "fair": (3, Decimal(9)),
        "post": (60, Decimal(5)),
    }
    found = split(many, many, min_group=30)
    assert list(found.channels.channel) == ["post", "shop"]
    assert split({"ads": (9, Decimal(1))}, {"ads": (9, Decimal(2))}, min_group=1) is None
    assert split({}, THEN, min_group=1) is None


def test_both_parts_are_named():
    names = [
        (f.measure, f.value, f.window_months)
        for f in mix_figures(split(NOW, THEN, min_group=1), age=6, currency="EUR")
    ]
    assert names == [("joiners_margin_mix", -4.75, 6), ("joiners_margin_within", 1.5, 6)]
    assert {f.status for f in mix_figures(None, age=0, currency="EUR")} == {"not_available"}


groups = st.dictionaries(
    st.sampled_from("abcde"), st.tuples(st.integers(1, 99), st.decimals(-999, 999, places=4)), min_size=1
)


@given(groups, groups)
def test_mix_and_within_are_the_difference_exactly_and_change_sides_with_it(now, then):
    found, back = split(now, then, min_group=5), split(then, now, min_group=5)
    if found is None:
        assert len({*now, *then}) == 1
        return
    means = [
        sum(Fraction(total) for _, total in g.values()) / sum(n for n, _ in g.values()) for g in (now, then)
    ]
    assert found.mix + found.within == means[0] - means[1]
    assert (back.mix, back.within) == (-found.mix, -found.within)
