"""The board's counts by hand: profit, referrals, and reasons that give no small group away."""

from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.measure.board import Known, winning, winning_figures
from custlib.measure.figures import Units
from custlib.measure.reasons_by_segment import reason_segment_figures, reasons_by_segment
from custlib.month.board import Board
from custlib.results import Figure

from .audit import solved

UNITS = Units("EUR", 3, 12, 1, 30, False, True, False)
ALL = Known(newcomers=True, value=True, margin=True, costs=True, referrals=True)


def newcomers(*rows):
    columns = ["status", "segment", "customers", "known", "cost", "referred", "referred_value"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def referrers(*rows):
    return pd.DataFrame(rows, columns=["segment", "referrers", "referred", "value"], dtype=object)


NEW = newcomers(
    ("new", "web", 10, 10, Decimal(100), 3, Decimal(30)),
    ("came_and_went", "web", 2, 2, Decimal(20), 1, Decimal(1)),
    ("new", "shop", 4, 3, Decimal(60), 0, None),
)
SENT = referrers(("shop", 2, 3, Decimal(31)), (None, 1, 1, Decimal(5)))
MARGIN = pd.Series({"web": Decimal(500), "shop": Decimal(90), "post": Decimal(-4)}, dtype=object)


def test_profit_takes_the_cost_of_all_who_were_won_off_the_margin():
    year = winning(NEW, SENT, MARGIN, months=12, known=ALL)
    # Over a year two came and went: what they cost was spent, but they are no new customers.
    assert (year["web"].acquired, year["web"].cost, year["web"].profit) == (12, 120, 380)
    assert (year["web"].referred, year["web"].referred_value) == (3, 30)
    # One cost of four is missing: the segment's is not known, and with it the profit.
    assert year["shop"].cost is None and year["shop"].profit is None and year["shop"].with_cost == 3
    # Nobody was won by post: nothing was spent, and all the margin is profit.
    assert (year["post"].cost, year["post"].profit) == (0, -4)
    month = winning(NEW, SENT, MARGIN, months=1, known=ALL)
    assert (month["web"].referred, month["web"].referred_value) == (4, 31)
    assert (year["shop"].referrers, year["shop"].sent, year["shop"].sent_value) == (2, 3, 31)
    assert year["unknown"].referrers == 1 and not year["unknown"].in_base


def figures(found, known=ALL, hidden=frozenset(), dimension="channel"):
    rows = winning_figures(found, months=12, units=UNITS, known=known, dimension=dimension, hidden=hidden)
    return {(f.measure, f.segment): f for f in rows}


def test_what_is_not_known_is_not_available_and_never_zero():
    none = Known(newcomers=True, value=True, margin=False, costs=False, referrals=False)
    found = winning(NEW, SENT, MARGIN, months=12, known=none)
    assert {f.status for f in figures(found, none).values()} == {"not_available"}
    short = Known(newcomers=False, value=False, margin=True, costs=True, referrals=True)
    found = winning(NEW, SENT, MARGIN, months=12, known=short)
    assert {f.status for f in figures(found, short).values()} == {"not_available"}


def test_a_few_customers_cost_is_told_neither_by_itself_nor_by_the_profit():
    few = newcomers(
        ("new", "web", 4, 4, Decimal(44), 2, Decimal(9)), ("new", "shop", 9, 9, Decimal(90), 9, Decimal(50))
    )
    rows = figures(winning(few, SENT, MARGIN, months=12, known=ALL), hidden={"post"})
    assert rows["acquisition_cost", "web"].status == rows["profit", "web"].status == "suppressed"
    assert (
        rows["referred_margin", "web"].status == "suppressed" and rows["referred_customers", "web"].value == 2
    )
    assert rows["profit", "shop"].value == 0 and rows["acquisition_cost", "shop"].value == 90
    assert {f.status for (_m, segment), f in rows.items() if segment == "post"} == {"suppressed"}
    # Of referrers whom nobody knows there is only what they sent.
    assert {m for m, segment in rows if segment == "unknown"} == {
        "referring_customers",
        "referrals_customers",
        "referrals_margin",
    }
    whole = figures(
        winning(
            few.assign(segment="all"), SENT.iloc[:0], pd.Series({"all": Decimal(9)}), months=12, known=ALL
        ),
        dimension="all",
    )
    assert whole["acquisition_cost", "all"].value == 134


def test_a_years_profit_does_not_tell_what_few_inactive_customers_brought():
    """All margin less that of the active is the inactive's, and profit and cost together are all margin."""
    found = winning(NEW.assign(known=NEW.customers), SENT, MARGIN, months=12, known=ALL, private={"web"})
    assert found["web"].private and not found["shop"].private
    rows = figures(found)
    assert rows["profit", "web"].status == "suppressed" and rows["profit", "shop"].status == "suppressed"
    more = newcomers(("new", "web", 9, 9, Decimal(9), 0, None), ("new", "shop", 9, 9, Decimal(9), 0, None))
    rows = figures(winning(more, SENT, MARGIN, months=12, known=ALL, private={"web"}))
    assert rows["profit", "web"].status == "suppressed" and rows["profit", "shop"].status == "ok"


def lost(cells):
    return pd.DataFrame(
        [(s, r, n) for (s, r), n in cells.items()], columns=["segment", "reason", "customers"], dtype=object
    )


def test_reasons_by_segment_hide_the_small_ones_and_what_gives_them_away():
    cells = {
        ("web", "price"): 50, ("web", "moved"): 20, ("web", None): 15,
        ("shop", "price"): 40, ("shop", "moved"): 31, ("shop", None): 90,
    }  # fmt: skip
    table = reasons_by_segment(lost(cells), min_group=30, hidden=set())
    hidden = {(row.segment, row.reason) for row in table.itertuples() if row.hidden}
    # Web: 20 and 15 are small, and 35 together are not. Of each reason a second segment goes with them.
    assert hidden == {("web", "moved"), ("web", "not recorded"), ("shop", "moved"), ("shop", "not recorded")}
    assert set(
        reasons_by_segment(lost(cells), min_group=30, hidden={"shop"}).query("segment == 'shop'").hidden
    ) == {True}
    rows = {f.segment: f for f in reason_segment_figures(table, dimension="channel", months=12)}
    assert rows["web | price"].value == 50 and rows["web | price"].dimension == "channel | closure_reason"
    assert rows["web | moved"].status == "suppressed"


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["x", "y", "z", None])),
        st.integers(1, 90),
        max_size=16,
    ),
    st.sampled_from([2, 10, 30]),
    st.sets(st.sampled_from("abcd"), max_size=2),
)
def test_nothing_small_can_be_had_by_subtraction(cells, min_group, gone):
    table = reasons_by_segment(lost(cells), min_group=min_group, hidden=gone)
    assert len(table) == len(cells)
    assert all(row.hidden for row in table.itertuples() if row.customers < min_group or row.segment in gone)
    for _segment, rows in table.groupby("segment"):
        together = rows[rows.hidden].customers.sum()
        assert together == 0 or together >= min_group or rows.hidden.all()
    # What totals determine is what they would determine if every cell was hidden: a line of one cell, and the like.
    assert solvable(table, gone) <= solvable(table.assign(hidden=True), gone)
    if not solvable(table.assign(hidden=True), gone):
        for _reason, rows in table.groupby("reason"):
            together = rows[rows.hidden].customers.sum()
            assert together == 0 or together >= min_group or rows.hidden.all()
            assert rows.hidden.sum() != 1


def solvable(table, gone):
    """Name the hidden cells that totals of the shown segments and of all reasons determine."""
    cells = {(row.segment, row.reason) for row in table.itertuples()}
    unknown = {(row.segment, row.reason) for row in table.itertuples() if row.hidden}
    lines = [{c for c in cells if c[0] == s} for s in {c[0] for c in cells} - gone]
    lines += [{c for c in cells if c[1] == r} for r in {c[1] for c in cells}]
    return solved([dict.fromkeys(line & unknown, 1) for line in lines], unknown)


def test_a_cell_hidden_for_another_segments_sake_is_not_left_alone_in_its_own():
    """Lost by a: 115. If only fees and service are hidden, b's fees are b's total less the rest, and so a's 10."""
    sizes = {"a": (10, 25, 80), "b": (31, 60, 90), "c": (50, 35, 70)}
    cells = {
        (one, reason): n
        for one, row in sizes.items()
        for reason, n in zip(("fees", "service", "x"), row, strict=True)
    }
    table = reasons_by_segment(lost(cells), min_group=30, hidden=set())
    assert not solvable(table, set())
    for name in ("segment", "reason"):
        for _, rows in table[table.hidden].groupby(name):
            assert len(rows) >= 2 and rows.customers.sum() >= 30


@pytest.mark.parametrize("months", [1, 12])
def test_segments_add_up_to_the_whole(months):
    by = winning(NEW.assign(known=NEW.customers), SENT, MARGIN, months=months, known=ALL)
    summed = NEW.assign(known=NEW.customers, segment="all")
    everyone = referrers(("all", 3, 4, Decimal(36)))
    whole = winning(summed, everyone, pd.Series({"all": sum(MARGIN)}), months=months, known=ALL)["all"]
    for name in (
        "acquired",
        "cost",
        "margin",
        "profit",
        "referred",
        "referred_value",
        "referrers",
        "sent",
        "sent_value",
    ):
        parts = [
            getattr(row, name)
            for row in by.values()
            if row.in_base or name in ("referrers", "sent", "sent_value")
        ]
        assert sum(parts) == getattr(whole, name), name


def test_all_margin_is_marked_wherever_one_of_its_parts_is_suppressed_for_whatever_reason(monkeypatch):
    """The inactive's margin of a large group, hidden beside another's, would be all margin less the active's."""
    away = [("inactive_margin", 12, "web"), ("active_margin", 12, "shop"), ("margin", 1, "post")]
    figures = [
        Figure(name, None, "EUR", months, "channel", segment, status="suppressed")
        for name, months, segment in away
    ]
    shown = Figure("inactive_margin", Decimal(1), "EUR", 12, "channel", "post", n=50)
    found = winning(NEW, SENT, MARGIN, months=12, known=ALL)
    monkeypatch.setattr(Board, "winning", lambda *_args, **_named: found)
    board = Board(SimpleNamespace(base_figures=lambda: [*figures, shown]))
    marked = {
        months: {name for name, row in board._published(months, "channel").items() if row.private}
        for months in (1, 12)
    }
    assert marked == {1: {"post"}, 12: {"web", "shop"}}
    assert not any(row.private for row in board._published(12, "region").values())
