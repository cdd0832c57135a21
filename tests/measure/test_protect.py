"""No sum of few customers can be worked out from the published ones."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib import open_month
from custlib.measure.figures import FEW, small_segments
from custlib.measure.protect import protect
from custlib.results import Figure

from .audit import determined, key, solved


def money(measure, segment, value, n, *, window=1, dimension="channel"):
    """Name a sum of a segment as the figures do: of few customers it is suppressed."""
    where = {"dimension": dimension, "segment": segment}
    if segment != "all" and 0 < n < FEW:
        return Figure(measure, None, "EUR", window, status="suppressed", **where)
    where = {"dimension": "all", "segment": "all"} if segment == "all" else where
    return Figure(measure, Decimal(value), "EUR", window, n=n, **where)


def statuses(figures, measure):
    return {one.segment: one.status for one in figures if one.measure == measure and one.dimension != "all"}


def guard(figures):
    return protect(figures, value_window=12)


def test_the_next_smallest_goes_with_the_only_hidden_one():
    line = [money("lost_annual_margin", *one) for one in
            [("all", 100, 40), ("a", 10, 2), ("b", 20, 8), ("c", 70, 30), ("d", 0, 0)]]  # fmt: skip
    assert statuses(guard(line), "lost_annual_margin") == {
        "a": "suppressed",
        "b": "suppressed",
        "c": "ok",
        "d": "ok",
    }


def test_hidden_ones_who_are_few_together_take_another_with_them():
    line = [money("lost_annual_margin", *one) for one in
            [("all", 100, 33), ("a", 10, 1), ("b", 20, 2), ("c", 70, 30)]]  # fmt: skip
    assert set(statuses(guard(line), "lost_annual_margin").values()) == {"suppressed"}


def test_what_hides_nothing_or_enough_stays_as_it_was():
    nothing = [money("lost_annual_margin", *one) for one in [("all", 9, 10), ("a", 4, 5), ("b", 5, 5)]]
    enough = [money("new_margin", *one) for one in
              [("all", 9, 20), ("a", 4, 4), ("b", 5, 4), ("c", 5, 12)]]  # fmt: skip
    assert guard(nothing + enough) == nothing + enough


def test_a_line_of_a_bridge_is_not_left_alone():
    """opening 100 + won back 7 - lost 9 = 98: with one line hidden the reader subtracts."""
    bridge = [
        Figure("active_margin", Decimal(98), "EUR", 12, "channel", "a", n=50),
        money("opening_active_margin", "a", 100, 51, window=12),
        Figure("won_back_margin", None, "EUR", 12, "channel", "a", status="suppressed"),
        money("lost_margin", "a", 9, 6, window=12),
        *[money(f"{line}_margin", "a", 0, 0, window=12) for line in ("new", "moved_in", "moved_out")],
        *[money(f"retained_margin_{way}", "a", 0, 45, window=12) for way in ("growth", "decline")],
    ]
    assert [one.measure for one in guard(bridge) if one.status == "suppressed"] == [
        "won_back_margin",
        "lost_margin",
    ]


def test_a_rate_does_not_give_its_parts_away():
    rate = Figure("exchange_rate_first_year", 3.0, "ratio", 1, "channel", "a", n=2)
    parts = [money("lost_annual_margin", "a", 60, 2), money("new_first_year_margin", "a", 100, 10)]
    assert statuses(guard([rate, *parts]), "exchange_rate_first_year") == {"a": "suppressed"}


@pytest.mark.parametrize("window", [1, 12])
def test_profit_and_cost_are_all_margin_and_none_of_the_three_is_left_alone(window):
    """Profit 5 and cost 10 are the margin of 15: over a year 12 of the active and 3 of the inactive."""
    where = {"window": window}
    cost, few = money("acquisition_cost", "a", 10, 3, **where), money("inactive_margin", "a", 3, 2, window=12)
    active, profit = money("active_margin", "a", 12, 60, window=12), money("profit", "a", 5, 40, **where)
    shown = money("acquisition_cost", "a", 10, 40, **where)
    whole = money("margin", "a", 15, 62)
    for_cost = [
        cost,
        profit,
        *([whole] if window == 1 else [active, money("inactive_margin", "a", 3, 9, window=12)]),
    ]
    assert key(cost) not in determined(guard(for_cost), value_window=12)
    assert key(cost) in determined(for_cost, value_window=12)
    if window == 12:
        after = guard([few, active, profit, shown])
        assert sum(one.status == "suppressed" for one in after) == 2 and not determined(
            after, value_window=12
        )
        # Where nobody was won there is no cost to hide, but the profit is not known to be zero.
        nobody = [
            few,
            active,
            money("profit", "a", 15, 0, window=12),
            money("acquisition_cost", "a", 0, 0, window=12),
        ]
        assert {one.measure for one in guard(nobody) if one.status == "suppressed"} == {
            "inactive_margin",
            "profit",
        }


def hide(one):
    return replace(one, value=None, n=None, status="suppressed")


def referrals(*rows):
    """Name new customers and those who were referred, in money and in heads, of each segment and the whole."""
    figures = []
    for segment, new, n, sent, m in rows:
        for line, value, heads in (("new", new, n), ("referred", sent, m)):
            figures.append(money(f"{line}_margin", segment, value, heads, window=12))
            dimension = "all" if segment == "all" else "channel"
            figures.append(Figure(f"{line}_customers", heads, "customers", 12, dimension, segment, n=heads))
    return figures


def test_new_customers_who_were_all_referred_brought_one_sum_under_two_names():
    """Nobody else was referred, so that b's 22 is the whole's; a's 3 new ones would have 100 - 22 - 75 left."""
    figures = referrals(
        ("all", 100, 130, 22, 78), ("a", 3, 3, 0, 0), ("b", 22, 78, 22, 78), ("c", 75, 49, 0, 0)
    )
    after = guard(figures)
    assert key(figures[4]) in determined(
        [*figures[:8], hide(figures[8]), hide(figures[10]), *figures[9::2]], value_window=12
    )
    assert statuses(after, "new_margin")["a"] == statuses(after, "new_margin")["c"] == "suppressed"
    assert key(figures[4]) not in determined(after, value_window=12)


def test_the_few_new_customers_whom_nobody_referred_are_not_left_over():
    """Of 80 new ones 78 were referred: 50 less 48 is the margin of the other two."""
    figures = referrals(("all", 90, 120, 68, 108), ("b", 50, 80, 48, 78), ("c", 40, 40, 20, 30))
    assert ("unreferred", 12, "channel", "b") in determined(figures, value_window=12)
    assert ("unreferred", 12, "channel", "b") not in determined(guard(figures), value_window=12)


def test_figures_of_the_whole_base_and_counts_are_never_hidden():
    whole = [
        Figure("lost_annual_margin", Decimal(5), "EUR", 1, n=1),
        Figure("lost_customers", 1, "customers", 1, n=1),
        Figure("lost_customers", 1, "customers", 1, "channel", "a", n=1),
    ]
    assert guard(whole) == whole


SEGMENTS = st.integers(2, 6)


@st.composite
def companies(draw):
    """Draw bridges of some segments: every line with its customers and its money, whole and closing worked out."""
    segments = [f"s{number}" for number in range(draw(SEGMENTS))]
    lines = ("new", "won_back", "lost")
    sizes = {
        (line, one): draw(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 9, 40]))
        for line in lines
        for one in segments
    }
    figures = []
    for line in lines:
        heads = sum(sizes[line, one] for one in segments)
        figures.append(money(f"{line}_margin", "all", 10 * heads, heads, window=12))
        for one in segments:
            n = sizes[line, one]
            figures.append(money(f"{line}_margin", one, 10 * n, n, window=12))
            figures.append(Figure(f"{line}_customers", n, "customers", 12, "channel", one, n=n))
    for one in segments:
        opening = 100 + sizes["lost", one]
        moved = sizes["new", one] + sizes["won_back", one] - sizes["lost", one]
        figures.append(money("opening_active_margin", one, 10 * opening, opening, window=12))
        for kept in ("retained_margin_growth", "retained_margin_decline"):
            figures.append(money(kept, one, 0, 100, window=12))
        for nobody in ("moved_in_margin", "moved_out_margin"):
            figures.append(money(nobody, one, 0, 0, window=12))
        figures.append(money("active_margin", one, 10 * (opening + moved), opening + moved, window=12))
    return figures


def hidden(figures):
    return {key(one) for one in figures if one.status == "suppressed"}


def secrets(figures):
    """Name what figures of few keep to themselves, and what is left of others when few are."""
    counts = {"unreferred", "kept then", "kept now"}
    return hidden(figures) | {name for name in determined(figures, value_window=12) if name[0] in counts}


def unavoidable(figures):
    """Name the sums that no hiding of segments can save: they are determined even when every segment's are hidden."""
    all_hidden = [
        replace(one, value=None, n=None, status="suppressed") if one.dimension != "all" and one.n else one
        for one in figures
        if one.unit != "customers"
    ]
    counts = [one for one in figures if one.unit == "customers"]
    return determined([*all_hidden, *counts], value_window=12)


@settings(max_examples=150, deadline=None)
@given(companies())
def test_no_sum_of_few_is_determined_by_the_published_ones(figures):
    given_away = determined(guard(figures), value_window=12) & secrets(figures)
    assert given_away <= unavoidable(figures)


@settings(max_examples=50, deadline=None)
@given(companies())
def test_what_is_shown_is_unchanged_and_in_its_place(figures):
    after = guard(figures)
    assert [key(one) for one in after] == [key(one) for one in figures]
    for before, now in zip(figures, after, strict=True):
        assert now == before or (now.status == "suppressed" and now.value is now.n is None)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.just(0), st.integers(0, 60), st.integers(0, 2000))] * 3),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 60),
)
def test_no_small_count_is_left_over_when_what_is_shown_is_taken_from_the_whole(sizes, min_group):
    table = pd.DataFrame(sizes, columns=["active", "opening 1", "opening 12"])
    hidden = small_segments(table, min_group=min_group)
    for column in table:
        small = (table[column] > 0) & (table[column] < min_group)
        assert set(table.index[small]) <= hidden
        rest = table[column].sum() - table.loc[sorted(set(table.index) - hidden), column].sum()
        alone = [n for n in table.loc[sorted(hidden), column] if n]
        assert rest == 0 or rest >= min_group or len(hidden) == len(table)
        # One alone is hidden only where nothing else is left to hide it behind.
        assert len(hidden) != 1 or rest >= min_group or len(table) == 1 or not np.any(alone)


MONTHS = [("sample", "2026-06", 30), ("sample", "2026-06", 400), ("sample", "2025-09", 200)]


def reasons_told(figures):
    """Name the suppressed counts of leavers by segment and reason that totals of both determine."""
    counts = {one for one in figures if one.measure == "lost_customers" and one.window_months == 12}
    told = set()
    for dimension in {one.dimension for one in counts if " | " in one.dimension}:
        cells = {tuple(one.segment.split(" | ")): one for one in counts if one.dimension == dimension}
        shown = {
            one.segment for one in counts if one.dimension == dimension.split(" | ")[0] and one.status == "ok"
        }
        lines = [[c for c in cells if c[0] == s] for s in shown]
        # Every reason of the table has a total, published or not.
        lines += [[c for c in cells if c[1] == r] for r in {c[1] for c in cells}]
        unknown = {c for c, one in cells.items() if one.status == "suppressed"}
        sums = [dict.fromkeys(unknown & set(line), 1) for line in lines]
        told |= {
            (dimension, *c)
            for c in solved(sums, unknown)
            if all(len(line) > 1 for line in lines if c in line)
        }
    return told


@pytest.mark.parametrize(("company", "month", "min_group"), MONTHS)
def test_nothing_suppressed_in_a_month_of_the_sample_can_be_worked_out(
    company, month, min_group, monkeypatch
):
    view = open_month(company, month, f"min_group: {min_group}")
    figures = view.base_figures()
    monkeypatch.setattr("custlib.month.figures.protect", lambda figures, **_: list(figures))
    del view.__dict__["_base_figures"]
    before = view.base_figures()
    assert len(hidden(figures)) > len(hidden(before)) > 0
    window = view.units.value_window
    given_away = determined(figures, value_window=window) & secrets(before)
    assert given_away <= unavoidable(before)
    # What nothing can save is never of few alone who stand beside others of the line.
    assert determined(before, value_window=window) & secrets(before) > given_away
    assert not reasons_told(figures)
    for measure in ("active_customers", "opening_active_customers"):
        for dimension in view.dimensions:
            for window in {one.window_months for one in figures if one.measure == measure}:
                line = [one for one in figures if key(one)[:3] == (measure, window, dimension)]
                (whole,) = (one for one in figures if key(one) == (measure, window, "all", "all"))
                away = [one for one in line if one.status == "suppressed"]
                rest = whole.value - sum(one.value for one in line if one.value is not None)
                assert not away or rest == 0 or rest >= min_group or len(away) == len(line)
                assert all(one.value == 0 or one.value >= min_group for one in line if one.status == "ok")
