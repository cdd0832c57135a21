"""The board's counts by hand: profit, referrals, and reasons that give no small group away."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.measure.board import Known, winning, winning_figures
from custlib.measure.figures import Units
from custlib.measure.reasons_by_segment import reason_segment_figures, reasons_by_segment

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
    for _reason, rows in table.groupby("reason"):
        assert rows.hidden.sum() != 1 or len(rows) == 1


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
