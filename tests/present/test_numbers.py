"""Numbers are rounded once, and nothing missing looks like a zero."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from custlib.present import numbers

MISSING = [None, float("nan"), np.nan, pd.NA, pd.NaT, Decimal("NaN"), float("inf"), "x"]


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_what_is_missing_is_not_available(value):
    for write in (numbers.count, numbers.decimal, numbers.share, numbers.percent, numbers.signed):
        assert write(value) == "not available"
    assert numbers.money(value, "GBP") == numbers.money_exact(value, "GBP") == "not available"
    assert numbers.interval(value, 3) == numbers.interval(3, value) == "not available"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3039532.47, "£3.04m"),
        (Decimal("3039532.47"), "£3.04m"),
        (-219385.77, "−£219k"),
        (999_499, "£999k"),
        (999_950, "£1.00m"),
        (999.5, "£1,000"),
        (1066.54, "£1,067"),
        (-9_999.4, "−£9,999"),
        (9_999.5, "£10.0k"),
        (12_345, "£12.3k"),
        (1e9, "£1.00bn"),
        (2.5e12, "£2,500bn"),
        (612, "£612"),
        (99.999, "£100"),
        (48.6, "£48.60"),
        (4.005, "£4.01"),
        (0, "£0"),
        (-0.0, "£0"),
        (-0.001, "£0.00"),
        (np.float64(612.4), "£612"),
        (np.int64(612), "£612"),
    ],
)
def test_money_has_three_digits(value, text):
    assert numbers.money(value, "GBP") == text


def test_other_currencies_and_exact_amounts():
    assert numbers.money(1500, "CHF") == "CHF 1,500"
    assert numbers.money_exact(3039532.465, "GBP") == "£3,039,532.47"
    assert numbers.money_exact(Decimal("-97222.59"), "EUR") == "−€97,222.59"
    assert numbers.money_exact(-0.001, "GBP") == "£0.00"


def test_counts_shares_and_rates():
    assert [numbers.count(value) for value in (12310, 12310.5, -612, 0)] == ["12,310", "12,311", "−612", "0"]
    assert [numbers.share(value) for value in (0.123, 0.001, 0.999, 1, 0, 0.125)] == [
        "12%", "<1%", ">99%", "100%", "0%", "13%",
    ]  # fmt: skip
    assert numbers.percent(-0.0134) == "−1.3%"
    assert numbers.interval(0.31, 0.38, numbers.share) == "31% to 38%"


def test_changes_carry_their_sign_unless_they_print_as_nothing():
    assert numbers.signed(410) == "+410"
    assert numbers.signed(-612) == "−612"
    assert numbers.signed(0) == numbers.signed(0.3) == "0"
    assert numbers.signed(0.0134, numbers.percent) == "+1.3%"
    assert numbers.signed(52_000, numbers.writer("GBP")) == "+£52.0k"
    assert numbers.signed(0.68, numbers.writer("average")) == "+0.68"
    assert numbers.signed(0.14, numbers.writer("points")) == "+14"  # one sign, though points have their own


def test_a_change_of_a_share_is_told_in_points():
    told = [numbers.share_change(value) for value in (0.004, -0.145, 0, None)]
    assert told == ["+0.4 points", "−14.5 points", "0.0 points", "not available"]


def test_a_net_promoter_score_is_written_in_points_with_its_sign():
    told = [numbers.points(value) for value in (0.53416, -0.084, 0, 0.004, -0.004, 1, None, float("nan"))]
    assert told == ["+53", "−8", "0", "0", "0", "+100", "not available", "not available"]
    assert numbers.points(Decimal("0.53416"), 2) == "+53.42" and numbers.points(-0.0049, 1) == "−0.5"
    assert numbers.interval(-0.012, 0.3, numbers.writer("points")) == "−1 to +30"


@pytest.mark.parametrize(
    ("unit", "text"),
    [("share", "50%"), ("rate", "50.0%"), ("GBP", "£0.50"), ("customers", "1"), ("rows", "1")],
)
def test_units_choose_the_writer(unit, text):
    assert numbers.writer(unit)(0.5) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (1_953_000, 2_312_000, "£1.9m to £2.4m"),
        (2_041_000, 2_049_000, "£2.0m to £2.1m"),
        (311.2, 338.9, "£310 to £340"),
        (96.2, 101.0, "£96 to £110"),
        (940, 1_040, "£940 to £1,100"),
        (-53.4, 12.31, "−£54 to £13"),
        (-0.4, 0.0, "−£0.40 to £0"),
        (99_500, 999_500, "£99k to £1.0m"),
        (Decimal("1e9"), 2.55e9, "£1.0bn to £2.6bn"),
    ],
)
def test_an_interval_of_money_holds_what_was_found_in_two_digits(low, high, text):
    assert numbers.money_interval(low, high, "GBP") == text
    assert (
        numbers.money_interval(None, high, "GBP")
        == numbers.money_interval(low, MISSING[1], "GBP")
        == "not available"
    )


def test_compact_numbers_have_two_digits():
    told = [
        numbers.compact(value)
        for value in (0, 0.04, -0.3, 9.44, 12.5, 944, 1_249, 12_499, 1_249_000, -1_249, None)
    ]
    assert told == ["0", "0", "−0.3", "9.4", "13", "940", "1.2k", "12k", "1.2m", "−1.2k", "not available"]
