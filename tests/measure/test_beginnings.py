"""Second purchases, activation and returns by hand: who is counted, and what the counts keep."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure import beginnings
from custlib.measure.beginnings import SECOND, STEPS, Beginners, choose, median_months
from custlib.measure.returns import came_back, return_figures
from custlib.periods import add_months

START = date(2024, 1, 1)


def counts(*sizes, start=START):
    """Count beginners month after month."""
    return pd.DataFrame(
        [(add_months(start, n), size) for n, size in enumerate(sizes)],
        columns=["first", "customers"],
        dtype=object,
    )


def test_the_longest_span_that_enough_have_had_and_a_year_of_beginners():
    month = add_months(START, 29)
    who = choose(counts(*[10] * 30), month=month, start=START, within=SECOND, min_group=30)
    assert who == Beginners(add_months(START, 6), add_months(START, 17), (1, 3, 6, 12))
    who = choose(counts(*[10] * 14), month=add_months(START, 13), start=START, within=SECOND, min_group=30)
    # Two months have had a year: twenty customers are too few, so half a year is told of eight months.
    assert who == Beginners(START, add_months(START, 7), (1, 3, 6))
    assert (
        choose(counts(10, 10), month=add_months(START, 1), start=START, within=SECOND, min_group=30) is None
    )
    assert choose(counts(), month=START, start=START, within=STEPS, min_group=1) is None


def test_beginners_from_before_all_are_known_are_left_out():
    who = choose(
        counts(*[40] * 9), month=add_months(START, 8), start=add_months(START, 3), within=(1, 3), min_group=30
    )
    assert (who.first, who.last) == (add_months(START, 3), add_months(START, 5))


def test_a_company_that_stopped_tells_of_its_last_year_of_beginners():
    who = choose(counts(*[20] * 15), month=add_months(START, 40), start=START, within=STEPS, min_group=30)
    assert who == Beginners(add_months(START, 3), add_months(START, 14), (1, 3, 6))


ROWS = pd.DataFrame(
    [("web", 1, 40), ("web", 3, 20), ("web", None, 40), ("shop", 1, 30), ("shop", 13, 5), ("fair", 2, 4), ("post", None, 31)],
    columns=["channel", "months", "customers"], dtype=object,
)  # fmt: skip
WHO = Beginners(START, START, (1, 3, 6, 12))


def test_counts_within_each_span_by_channel():
    table = beginnings.within(ROWS, WHO, ("months",), min_group=30).set_index("channel")
    assert list(table.index) == ["all", "web", "shop", "post", "fair"]
    assert list(table.loc["all", ["customers", "months_1", "months_3", "months_6", "months_12"]]) == [
        170,
        70,
        94,
        94,
        94,
    ]
    assert list(table.loc["shop", ["customers", "months_1", "months_12"]]) == [35, 30, 30]
    # Four who came by a fair are few, and the next smallest hides them from subtraction.
    assert {name for name in table.index if table.hidden[name]} == {"fair", "post"}


def test_the_median_is_of_those_who_did_come_again():
    assert median_months(ROWS, 12) == 1  # seventy of ninety-four within a month
    assert median_months(ROWS[ROWS.channel == "fair"], 12) == 2
    assert median_months(ROWS[ROWS.channel == "post"], 12) is None
    assert median_months(ROWS[ROWS.channel == "shop"], 1) == 1


months = st.one_of(st.none(), st.integers(1, 20))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), months, st.integers(1, 50)), min_size=1, max_size=30))
def test_counts_never_fall_with_the_span_and_channels_add_up(rows):
    frame = pd.DataFrame(rows, columns=["channel", "months", "customers"], dtype=object)
    table = beginnings.within(frame, WHO, ("months",), min_group=1)
    spans = [f"months_{span}" for span in WHO.within]
    for row in table.to_dict("records"):
        told = [row[span] for span in spans]
        assert told == sorted(told) and told[-1] <= row["customers"]
    assert all(table[span][1:].sum() == table[span][0] for span in ["customers", *spans])


steps = st.tuples(
    st.one_of(st.none(), st.integers(0, 6)), st.integers(0, 6), st.booleans(), st.integers(1, 50)
)


@settings(deadline=None)
@given(st.lists(steps, min_size=1, max_size=30))
def test_no_more_are_core_than_active_than_opened(rows):
    """A customer is core only while active, so the first core month is no earlier than the first active one."""
    frame = pd.DataFrame(
        [("web", active, active + more if core and active is not None and active + more <= 6 else None, n) for active, more, core, n in rows],
        columns=["channel", "active_age", "core_age", "customers"], dtype=object,
    )  # fmt: skip
    row = beginnings.within(
        frame, Beginners(START, START, STEPS), ("active_age", "core_age"), min_group=1
    ).iloc[0]
    for step in ("active_age", "core_age"):
        told = [row[f"{step}_{span}"] for span in STEPS]
        assert told == sorted(told)
    assert all(row[f"core_age_{span}"] <= row[f"active_age_{span}"] <= row.customers for span in STEPS)


def test_figures_of_second_purchases():
    table = beginnings.within(ROWS, WHO, ("months",), min_group=30)
    medians = {
        name: median_months(ROWS if name == "all" else ROWS[ROWS.channel == name], 12)
        for name in table.channel
    }
    rows = {(f.measure, f.segment, f.window_months): f for f in beginnings.second_figures(table, medians, 12)}
    assert rows["second_purchase_share", "all", 3].value == pytest.approx(94 / 170)
    assert rows["second_purchase_share", "all", 3].n == 170
    assert rows["second_purchase_share", "fair", 1].status == "suppressed"
    assert rows["second_purchase_months", "fair", 12].status == "suppressed"
    assert rows["second_purchase_months", "all", 12].value == 1
    short = beginnings.within(ROWS, Beginners(START, START, (1, 3)), ("months",), min_group=30)
    rows = {
        (f.segment, f.window_months): f
        for f in beginnings.second_figures(short, {"all": 1}, 3)
        if f.measure.endswith("share")
    }
    assert rows["all", 12].status == "not_available" and rows["all", 3].status == "ok"
    none = list(beginnings.second_figures(None, {"all": None}, 0))
    assert {f.status for f in none} == {"not_available"} and len(none) == 5


def test_figures_of_activation_without_a_core_rule_and_without_openings():
    rows = pd.DataFrame(
        [("web", 0, None, 40), ("web", 4, None, 10)],
        columns=["channel", "active_age", "core_age", "customers"],
        dtype=object,
    )
    table = beginnings.within(rows, Beginners(START, START, STEPS), ("active_age", "core_age"), min_group=30)
    found = {
        (f.measure, f.segment, f.window_months): f for f in beginnings.activation_figures(table, core=False)
    }
    assert found["activation_share", "all", 3].value == 0.8 and found["activation_share", "web", 6].value == 1
    assert found["opened_customers", "all", 12].value == 50
    assert {f.status for key, f in found.items() if key[0] == "core_activation_share"} == {"not_available"}
    assert {f.status for f in beginnings.activation_figures(None, core=True)} == {"not_available"}


def presence(**patterns):
    return pd.DataFrame(
        [(int(bits[1:], 2), n) for bits, n in patterns.items()],
        columns=["pattern", "customers"],
        dtype=object,
    )


def test_the_lost_are_followed_to_the_month_reported():
    """Month ends from the oldest to the one reported, left to right."""
    table = came_back(presence(b1100=5, b1101=3, b1010=2, b1111=9, b0111=4, b1001=1), known=12).set_index(
        "months_ago"
    )
    # A month ago 1100 and 1101 were lost (8); of these 1101 is back. 1010 was lost this month, which is too early.
    assert list(table.loc[1]) == [8, 3, 3, None]
    # Two months ago 1010 and 1001 were lost, and both have been active since; one still is.
    assert list(table.loc[2]) == [3, 3, 1, None]
    assert list(table.loc[3]) == [0, 0, 0, None] and len(table) == 12
    assert list(table.soon.dropna().index) == [6, 7, 8, 9, 10, 11, 12]


def test_losses_before_they_can_be_known_are_not_available():
    table = came_back(presence(b1101=3), known=1)
    assert list(table.months_ago) == [1]
    rows = {f.window_months: f for f in return_figures(table)}
    assert (rows[1].value, rows[1].n) == (3, 3) and {rows[n].status for n in range(2, 13)} == {
        "not_available"
    }
    assert came_back(presence(b11=4), known=0).empty


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2**14 - 1), st.integers(1, 9)), max_size=30))
def test_active_now_are_among_those_who_came_back_among_the_lost(rows):
    table = came_back(pd.DataFrame(rows, columns=["pattern", "customers"], dtype=object), known=12)
    assert all(row.active_now <= row.came_back <= row.lost for row in table.itertuples())
    whole = {0: 0, 1: 0}
    for pattern, n in rows:
        for ago in range(1, 13):
            whole[0] += n * (pattern >> ago + 1 & 1 and not pattern >> ago & 1)
    assert table.lost.sum() == whole[0]
