"""Bands, segments and costs laid out: shares of one, money of few hidden with what would tell of it."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from custlib.measure.banded import band_table, cost_table, cross_table, segment_table
from custlib.measure.figures import FEW
from custlib.segmentation import BELOW_ZERO, Thresholds

NAMES = ("high", "middle", "rest", BELOW_ZERO)
AMOUNTS = Thresholds(NAMES[:3], (Decimal(100), None), date(2025, 12, 1))


def sums(rows):
    frame = pd.DataFrame(rows, columns=["segment", "customers", "value", "cost"])
    frame["value"], frame["cost"] = frame.value.map(Decimal), frame.cost.map(Decimal)
    return frame.assign(gross=frame.value + frame.cost)


ROWS = [("rest", 60, 240, 60), ("high", 30, 900, 90), (BELOW_ZERO, 10, -140, 300)]


def test_bands_are_all_there_in_order_and_their_parts_make_the_whole():
    table = band_table(sums(ROWS), AMOUNTS, NAMES, knows_costs=True).set_index("band")
    assert list(table.index) == list(NAMES) and table.customers.tolist() == [30, 0, 60, 10]
    assert table.share.sum() == pytest.approx(1) and table.margin_share.sum() == pytest.approx(1)
    assert sum(table.margin) == 1000 and table["mean"]["high"] == 30 and np.isnan(table["mean"]["middle"])
    assert table.threshold.tolist() == [Decimal(100), None, None, None]
    assert table.cost["high"] == 90 and table.gross[BELOW_ZERO] == 160 and not table.hidden.any()


def test_without_costs_none_are_made_up_and_a_whole_of_nothing_has_no_parts():
    table = band_table(sums([("high", 30, 0, 0), ("rest", 20, 0, 0)]), AMOUNTS, NAMES, knows_costs=False)
    assert table.cost.isna().all() and table.gross.isna().all() and table.margin_share.isna().all()
    assert table.share.sum() == pytest.approx(1)


def test_money_of_few_is_hidden_with_the_next_smallest_and_counts_are_told():
    few = [("high", FEW - 1, 900, 90), ("rest", 60, 240, 60), (BELOW_ZERO, 10, -140, 300)]
    table = band_table(sums(few), AMOUNTS, NAMES, knows_costs=True).set_index("band")
    assert table.hidden.to_dict() == {"high": True, "middle": False, "rest": False, BELOW_ZERO: True}
    away = table[table.hidden][["margin", "margin_share", "mean", "cost", "gross"]]
    assert away.isna().all().all() and table.customers["high"] == FEW - 1


def test_small_segments_are_hidden_and_unknown_equity_is_no_zero():
    frame = pd.DataFrame(
        [
            ("a", 50, Decimal(500), Decimal(900)),
            ("b", 12, Decimal(90), None),
            ("no rule", 40, Decimal(10), None),
        ],
        columns=["segment", "customers", "value", "equity"],
    )
    table = segment_table(frame, ("a", "b", "c", "no rule"), min_group=30, equity_known=True).set_index(
        "segment"
    )
    assert table.hidden.to_dict() == {"a": False, "b": True, "c": False, "no rule": True}
    assert table.margin["a"] == 500 and table.margin["b"] is None and table.customers["c"] == 0
    assert segment_table(frame, ("a", "b"), min_group=5, equity_known=False).equity.isna().all()


def test_cost_is_a_part_of_what_it_is_taken_from_where_that_is_above_zero():
    table = cost_table(sums([*ROWS, ("none", 8, -20, 20), ("small", 3, 9, 1)]), "value band", {"small"})
    told = table.set_index("segment")
    assert told.ratio["high"] == pytest.approx(90 / 990) and told.ratio[BELOW_ZERO] == pytest.approx(
        300 / 160
    )
    assert np.isnan(told.ratio["none"]) and told.cost["none"] == 20
    assert told.hidden["small"] and told.cost["small"] is None and set(table.by) == {"value band"}


def test_groups_are_spread_over_the_bands_and_few_are_not_told_of():
    cells = pd.DataFrame(
        [
            ("web", "high", 40),
            ("web", "rest", 60),
            ("shop", "high", 2),
            ("shop", "rest", 58),
            ("tiny", "rest", 4),
        ],
        columns=["segment", "band", "customers"],
    )
    table = cross_table(cells, "channel", NAMES, ["high"], {"tiny"}).set_index("segment")
    assert list(table.index) == ["web", "shop"] and table.customers.tolist() == [100, 60]
    assert table.top_share["web"] == pytest.approx(0.4) and table.top_low["web"] < 0.4 < table.top_high["web"]
    # The two of the shop at the top, and what the rest of the shop would tell of them.
    assert np.isnan(table.high["shop"]) and np.isnan(table.rest["shop"])
    assert (
        table.middle["web"] == 0 and len(cross_table(cells.iloc[:0], "channel", NAMES, ["high"], set())) == 0
    )
