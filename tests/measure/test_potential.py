"""Plans for today against tomorrow: the table, its sums, and what is not told."""

from decimal import Decimal
from itertools import product

import pandas as pd
import pytest

from custlib.measure.potential import (
    CHEAPER,
    DEVELOP,
    FIRST,
    LET_GO,
    MAINTAIN,
    NOW,
    OPEN,
    PLANS,
    PROTECT,
    TO_COME,
    potential,
)


def cells(*rows):
    columns = ["now", "to_come", "customers", "margin", "equity", "shrinking", "new"]
    told = [(now, come, n, Decimal(m), Decimal(e), s, new) for now, come, n, m, e, s, new in rows]
    return pd.DataFrame(told, columns=columns)


GRID = cells(
    ("low", "low", 50, 100, 90, 5, 9),
    ("high", "high", 20, 900, 4000, 2, 0),
    ("negative", "negative", 30, -60, -10, 0, 25),
    ("high", "middle", 10, "300.5", 700, 1, 0),
    ("middle", "unknown", 8, 80, 0, 1, 0),
    ("low", "middle", 12, 24, 80, 3, 4),
)


def test_every_cell_has_a_plan_and_every_plan_a_first_step():
    assert set(PLANS) == set(product(NOW, TO_COME))
    assert set(PLANS.values()) == set(FIRST)


def test_plans_follow_the_principles():
    for now, come in product(NOW, NOW):
        plan = PLANS[now, come]
        # Nobody is let go who brings anything today or is expected to.
        assert (plan == LET_GO) == (now == come == "negative")
        assert plan != PROTECT or now == "high"
        assert plan != DEVELOP or NOW.index(come) < NOW.index(now)
        assert come != "high" or plan in (PROTECT, DEVELOP)
        assert plan in (CHEAPER, LET_GO) or come != "negative"
    assert PLANS["middle", "middle"] == PLANS["high", "low"] == MAINTAIN
    assert all(PLANS[now, "unknown"] == OPEN for now in NOW)


def test_letting_go_comes_with_what_to_try_first():
    words = FIRST[LET_GO]
    assert words.startswith("first") and all(word in words for word in ("costs less", "price", "product"))


def test_cells_and_plans_by_hand():
    found = potential(GRID)
    assert list(zip(found.cells.now, found.cells.to_come, found.cells.plan, strict=True)) == [
        ("high", "high", PROTECT),
        ("high", "middle", PROTECT),
        ("middle", "unknown", OPEN),
        ("low", "middle", MAINTAIN),
        ("low", "low", CHEAPER),
        ("negative", "negative", LET_GO),
    ]
    assert not found.cells.hidden.any()
    assert found.cells.equity.isna().tolist() == [False, False, True, False, False, False]
    plans = found.plans.set_index("plan")
    assert list(plans.index) == [PROTECT, MAINTAIN, CHEAPER, LET_GO, OPEN]
    assert plans.loc[PROTECT, ["customers", "margin", "equity"]].tolist() == [30, 1200.5, 4700]
    assert plans.customers.sum() == GRID.customers.sum()
    assert plans.margin.sum() == float(sum(GRID.margin))
    assert pd.isna(plans.equity[OPEN])


def test_without_a_year_nobody_knows_who_shrinks():
    found = potential(GRID, year_known=False).cells
    assert found.shrinking.isna().all() and found.new.isna().all()


def test_money_of_few_is_not_told_by_cell_nor_by_plan():
    few = pd.concat([GRID, cells(("negative", "high", 3, -9, 70, 0, 1))], ignore_index=True)
    found = potential(few)
    hidden = found.cells[found.cells.hidden]
    # The plan "develop" is those three; the next smallest plan hides it in the sum of all.
    assert set(found.plans[found.plans.hidden].plan) == {DEVELOP, OPEN}
    assert {("negative", "high"), ("middle", "unknown"), ("negative", "negative"), ("high", "high")} <= set(
        zip(hidden.now, hidden.to_come, strict=True)
    )
    assert hidden[["margin", "equity", "shrinking", "new"]].isna().all(axis=None)
    assert found.cells.customers.sum() == 133
    assert found.plans[found.plans.hidden].margin.isna().all()


def test_of_nobody_there_is_nothing():
    found = potential(GRID.iloc[:0])
    assert len(found.cells) == len(found.plans) == 0


def test_a_cell_that_is_not_there_is_refused():
    with pytest.raises(KeyError):
        potential(cells(("huge", "high", 9, 1, 1, 0, 0)))
