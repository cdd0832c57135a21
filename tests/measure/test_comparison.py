"""Bridges worked by hand, and what must be refused."""

from decimal import Decimal

import pandas as pd
import pytest

from custlib.errors import CustlibError
from custlib.measure.comparison import check_identities, comparison

COUNTERS = (
    "growing", "declining", "steady", "unchanged", "not_positive",
    "more_transactions", "fewer_transactions", "more_products", "fewer_products",
)  # fmt: skip


def flow(status, then, now, customers, v_then, v_now, growth=0, decline=0, **counts):
    row = {"status": status, "segment_then": then, "segment_now": now, "customers": customers}
    row |= {
        "v_then": Decimal(v_then),
        "v_now": Decimal(v_now),
        "growth": Decimal(growth),
        "decline": Decimal(decline),
    }
    return row | dict.fromkeys(COUNTERS, 0) | counts


def stock(**segments):
    rows = [
        {"segment": name, "active": heads, "value": Decimal(value), "inactive_value": Decimal(0)}
        for name, (heads, value) in segments.items()
    ]
    return pd.DataFrame(rows, columns=["segment", "active", "value", "inactive_value"])


def worked():
    """Five customers a month ago: one left, one moved from web to shop, one joined the web, one came back."""
    return pd.DataFrame(
        [
            flow("retained", "web", "web", 2, 30, 36, growth=8, decline=2, growing=1, declining=1),
            flow("retained", "web", "shop", 1, 10, 4, decline=6, declining=1),
            flow("retained", "shop", "shop", 1, 5, 5, unchanged=1),
            flow("lost", "shop", "shop", 1, 7, 0),
            flow("new", "web", "web", 1, 0, 3),
            flow("won_back", None, "shop", 1, 0, 2),
            flow("inactive", "web", "web", 9, 0, 0),
        ]
    )


def test_both_bridges_by_hand_with_a_mover():
    table = comparison(worked(), stock(web=(3, 40), shop=(2, 12)), stock(web=(3, 39), shop=(3, 11)), months=1)
    check_identities(table)
    web, shop = table.loc["web"], table.loc["shop"]
    assert (web.opening, web.new, web.moved_out, web.lost, web.closing) == (3, 1, 1, 0, 3)
    assert (shop.opening, shop.won_back, shop.moved_in, shop.lost, shop.closing) == (2, 1, 1, 1, 3)
    # The mover's decline is web's, where it was at the opening; it leaves web with what it brings now.
    assert (web.growth, web.decline, web.moved_out_value) == (8, 8, 4)
    assert (shop.moved_in_value, shop.lost_value, shop.won_back_value) == (4, 7, 2)


@pytest.mark.parametrize(
    "wrong", [{"web": (4, 39), "shop": (3, 11)}, {"web": (3, "39.0001"), "shop": (3, 11)}]
)
def test_a_bridge_that_does_not_close_is_refused_with_its_segment(wrong):
    table = comparison(worked(), stock(web=(3, 40), shop=(2, 12)), stock(**wrong), months=1)
    with pytest.raises(CustlibError, match=r"^web: the bridge of"):
        check_identities(table)


def test_opened_and_closed_within_the_month_is_new_and_lost():
    brief = pd.DataFrame([flow("came_and_went", None, "all", 2, 0, 12)])
    table = comparison(brief, stock(all=(5, 50)), stock(all=(5, 50)), months=1)
    check_identities(table)
    row = table.loc["all"]
    assert (row.new, row.lost, row.new_value, row.lost_value) == (2, 2, 12, 12)


def test_over_a_year_they_are_counted_apart():
    brief = pd.DataFrame([flow("came_and_went", None, "all", 2, 0, 12)])
    row = comparison(brief, stock(all=(5, 50)), stock(all=(5, 50)), months=12).loc["all"]
    assert (row.new, row.lost, row.came_and_went) == (0, 0, 2)


def test_products_not_recorded_are_not_zero():
    kept = pd.DataFrame(
        [flow("retained", "all", "all", 1, 1, 1, unchanged=1, more_products=None, fewer_products=None)]
    )
    row = comparison(kept, stock(all=(1, 1)), stock(all=(1, 1)), months=1).loc["all"]
    assert row.more_products is None and row.fewer_products is None
