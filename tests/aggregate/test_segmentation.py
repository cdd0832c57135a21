"""Levels and rules in the engine: by hand, and against a twin on random rule tables."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.aggregate.potential import grid, with_cell
from custlib.aggregate.segmentation import trend, with_levels, with_rules
from custlib.segmentation import (
    BANDS,
    BELOW_ZERO,
    DIMENSIONS,
    GRID,
    NO_RULE,
    Levels,
    Rule,
    Segmentation,
    Step,
    Thresholds,
    allowed_levels,
    unreachable,
)
from tests.aggregate.conftest import fill

QUARTER = Decimal("0.25")
NOW = date(2026, 6, 1)
TO_COME = Thresholds(("high", "middle", "low"), (Decimal(100), Decimal(10)), NOW)
COLUMNS = (
    "customer_id VARCHAR, active BOOLEAN, value DECIMAL(18,4), value_then DECIMAL(18,4), value_band VARCHAR,"
    " clv DECIMAL(18,4), tenure BIGINT, products BIGINT, core BOOLEAN"
)


def table_of(engine, rows):
    engine.raw_sql(f"CREATE OR REPLACE TABLE facts ({COLUMNS})")
    fill(engine.con, "facts", rows)
    return engine.table("facts")


def levelled(engine, rows, levels=None, **terms):
    return with_levels(
        table_of(engine, rows), levels or Levels(), BANDS, to_come=TO_COME, material_change=QUARTER, **terms
    )


def levels_of(table) -> dict[str, list]:
    frame = table.execute().sort_values("customer_id").astype(object)
    return {
        name: frame[f"level_{name}"].where(frame[f"level_{name}"].notna(), None).tolist()
        for name in DIMENSIONS
    }


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (None, "5", "new"),
        ("100", "125", "steady"),
        ("100", "125.0001", "growing"),
        ("100", "75", "steady"),
        ("100", "74.9999", "declining"),
        ("0", "0", "steady"),
        ("0", "0.0001", "growing"),
        ("0", "-0.0001", "declining"),
        ("-100", "-75", "steady"),
        ("-100", "-74", "growing"),
        ("-100", "3", "growing"),
        ("-100", "-126", "declining"),
        ("99999999999999", "-99999999999999", "declining"),
    ],
)
def test_trend_by_hand(engine, then, now, said):
    table = table_of(
        engine,
        [("a", True, Decimal(now), then and Decimal(then), "top 1%", None, None, None, None)],
    )
    assert (
        table.select(t=trend(table.value, table.value_then, material_change=QUARTER)).execute().t[0] == said
    )


def test_levels_by_hand(engine):
    rows = [
        ("a", True, 50, 10, "top 1%", 100, 60, 3, True),
        ("b", True, 5, 5, "bottom 50%", Decimal("99.9999"), 59, 2, False),
        ("c", True, -5, None, BELOW_ZERO, -1, 0, 0, None),
        ("d", True, 0, 1, "next 30%", None, None, None, None),
        ("e", False, 0, 1, None, 10, 12, 1, False),
    ]
    assert levels_of(levelled(engine, rows)) == {
        "value_now": ["top 1%", "bottom 50%", BELOW_ZERO, "next 30%", None],
        "value_to_come": ["high", "middle", BELOW_ZERO, "unknown", "middle"],
        "trend": ["growing", "steady", "new", "declining", "declining"],
        "tenure": [
            "five years or more",
            "one to five years",
            "less than a year",
            "unknown",
            "one to five years",
        ],
        "products": ["three or more", "two", "one", "unknown", "one"],
        "core": ["core", "not core", "unknown", "unknown", "not core"],
    }
    grouped = Levels(
        value_now={"much": ["top 1%", "next 4%"], "less": ["next 15%", "next 30%", "bottom 50%", BELOW_ZERO]},
        products=[Step(name="any")],
    )
    told = levels_of(levelled(engine, rows, grouped, year_known=False))
    assert told["value_now"] == ["much", "less", "less", "less", None]
    assert told["products"] == ["any", "any", "any", "unknown", "any"]
    assert set(told["trend"]) == {"unknown"}


def test_the_first_rule_that_holds_names_the_segment(engine):
    rows = [
        ("a", True, 50, 10, "top 1%", 100, 60, 3, True),
        ("b", True, 50, 100, "top 1%", 100, 60, 3, True),
        ("c", True, 5, 5, "bottom 50%", 3, 70, 1, None),
        ("d", True, 5, 5, "bottom 50%", 3, None, 1, False),
        ("e", False, 5, 5, None, 3, 60, 1, True),
    ]
    rules = [
        Rule(segment="Slipping", value_now=["top 1%", "next 4%"], trend=["declining"]),
        Rule(segment="Best", value_now=["top 1%"]),
        Rule(segment="Old friends", tenure=["five years or more"], core=["core", "unknown"]),
        Rule(segment="Best", products=["three or more"]),
    ]
    frame = with_rules(levelled(engine, rows), rules).execute().sort_values("customer_id")
    assert frame.value_segment.iloc[:4].tolist() == ["Best", "Slipping", "Old friends", NO_RULE]
    assert frame.value_segment.isna().tolist() == [False] * 4 + [True]
    # Rules in another order are another segmentation.
    frame = with_rules(levelled(engine, rows), rules[::-1], name="other").execute().sort_values("customer_id")
    assert frame.other.iloc[:4].tolist() == ["Best", "Best", "Old friends", NO_RULE]


ALLOWED = allowed_levels(Levels(), BANDS)
fact = st.tuples(
    st.booleans(),
    st.integers(-5, 20).map(Decimal),
    st.none() | st.integers(-5, 20).map(Decimal),
    st.sampled_from(ALLOWED["value_now"]),
    st.none() | st.integers(-2, 200).map(Decimal),
    st.none() | st.integers(0, 90),
    st.none() | st.integers(0, 4),
    st.none() | st.booleans(),
)
rule = st.fixed_dictionaries(
    {"segment": st.sampled_from(["A", "B", "C", "D"])},
    optional={
        name: st.lists(st.sampled_from(levels), min_size=1, max_size=3, unique=True)
        for name, levels in ALLOWED.items()
    },
).map(lambda told: Rule(**told))


@settings(max_examples=30, deadline=None)
@given(facts=st.lists(fact, min_size=1, max_size=25), rules=st.lists(rule, min_size=1, max_size=5))
def test_everybody_active_has_exactly_one_segment(engine, facts, rules):
    rows = [(f"c{i:03}", *each[:3], each[3] if each[0] else None, *each[4:]) for i, each in enumerate(facts)]
    table = levelled(engine, rows)
    frame = with_rules(table, rules).execute().sort_values("customer_id")
    assert len(frame) == len(rows)
    reached = set()
    for row in frame.to_dict("records"):
        holding = [
            number
            for number, each in enumerate(rules, 1)
            if all(row[f"level_{name}"] in asked for name, asked in each.conditions.items())
        ]
        if not row["active"]:
            assert not isinstance(row["value_segment"], str)
            continue
        assert row["value_segment"] == (rules[holding[0] - 1].segment if holding else NO_RULE)
        reached |= set(holding[:1])
    # Whom a rule caught proves that it can be reached.
    assert not reached & set(unreachable(Segmentation(rules=rules), BANDS))


def test_cells_of_today_and_tomorrow_by_hand(engine):
    today = Thresholds(("high", "middle", "low"), (Decimal(40), Decimal(4)), NOW)
    rows = [
        ("a", True, 50, 100, None, 100, None, None, None),
        ("b", True, 40, 40, None, 200, None, None, None),
        ("c", True, 5, None, None, 10, None, None, None),
        ("d", True, 0, 3, None, 0, None, None, None),
        ("e", True, -5, -1, None, -1, None, None, None),
        ("f", True, 3, 3, None, None, None, None, None),
        ("g", False, 90, 90, None, 90, None, None, None),
    ]
    cells = with_cell(table_of(engine, rows), now=today, to_come=TO_COME)
    assert cells.filter(~cells.active).execute()[["now", "to_come"]].isna().all(axis=None)
    found = grid(cells, material_change=QUARTER).execute()
    told = {
        (row.now, row.to_come): (row.customers, row.margin, row.equity, row.shrinking, row.new)
        for row in found.itertuples()
    }
    assert told == {
        ("high", "high"): (2, 90, 300, 1, 0),
        ("middle", "middle"): (1, 5, 10, 0, 1),
        ("low", "low"): (1, 0, 0, 1, 0),
        ("negative", "negative"): (1, -5, -1, 1, 0),
        ("low", "unknown"): (1, 3, 0, 0, 0),
    }
    assert [band.name for band in GRID] == list(today.names)
