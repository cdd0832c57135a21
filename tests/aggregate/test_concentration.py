"""The engine's ranking against its twin of plain numbers: ties, zeros, losses, one customer, nobody."""

from decimal import Decimal
from math import ceil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custlib.aggregate import concentration
from custlib.measure import deciles as measured_deciles
from custlib.measure.concentration import measured, of_values
from custlib.measure.ranked import sums
from tests.aggregate.conftest import fill, mutant

MONEY = st.decimals(min_value=-500, max_value=2_000, places=2, allow_nan=False, allow_infinity=False)
# Few different amounts, so that many are tied; and amounts of any size.
BASES = st.one_of(
    st.lists(
        st.sampled_from([Decimal(text) for text in ("0", "0.0001", "7.25", "7.25", "40", "-3")]), max_size=60
    ),
    st.lists(MONEY, max_size=250),
)
CASES = {
    "nobody": [],
    "one": ["12.5"],
    "one at a loss": ["-12.5"],
    "nothing": ["0", "0"],
    "all equal": ["3"] * 130,
    "all lost": ["-1", "-2", "-2"],
    "total of zero": ["5", "0", "-5"],
    "total below zero": ["5", "0", "-15", "1"],
    "one whale": ["1000000"] + ["0.01"] * 400,
    "large": ["98765432109876.9999"] * 3 + ["-99999999999999.9999", "0.0001"],
    "losses after the peak": ["10", "10", "5", "-1", "-1", "-20"],
}
EXACT = [
    "customers", "total", "squares", "positive", "positive_total", "zero", "negative", "negative_total", "rank_sum",
    "below_mean", "hill_customers",
]  # fmt: skip
NEAR = ["gini_sum", "gini_squares", "hill_logs"]


def held(engine, margins):
    """Write a window's buyers, in an order that is not their rank's."""
    engine.raw_sql(
        "CREATE OR REPLACE TABLE held (customer_id VARCHAR, margin DECIMAL(18,4), revenue DECIMAL(18,4),"
        " transactions BIGINT, cost DECIMAL(18,4))"
    )
    rows = [(f"c{i:04}", margin, margin + 10, 1 + i % 4, Decimal(1)) for i, margin in enumerate(margins)]
    fill(engine.con, "held", rows[::2] + rows[1::2])
    return engine.table("held")


def ranking(engine, margins, module=concentration):
    engine.create_table("ranked", module.ranked(held(engine, margins)), overwrite=True)
    return engine.table("ranked")


def asked(engine, margins, module=concentration):
    ranked = ranking(engine, margins, module)
    return module.totals(ranked).execute().iloc[0], module.marks(ranked).execute()


def differs(found, margins) -> list[str]:
    """Name what the engine and the twin do not agree in."""
    totals, marks = found
    expected, expected_marks = sums(margins)
    wrong = [name for name in EXACT if totals[name] != expected[name]]
    for name in NEAR:
        if float(totals[name]) != pytest.approx(
            float(expected[name]), rel=1e-9, abs=1e-9 * max(1, len(margins))
        ):
            wrong.append(name)
    after = None if pd.isna(totals.hill_at) else totals.hill_at
    wrong += [] if after == expected["hill_at"] else ["hill_at"]
    same = marks.values.tolist() == expected_marks.values.tolist()
    return wrong + ([] if same else ["marks"])


@pytest.mark.parametrize("name", CASES)
def test_cases_that_break_sums(engine, name):
    margins = [Decimal(text) for text in CASES[name]]
    found = asked(engine, margins)
    assert differs(found, margins) == []
    mine, twins = measured(found[0], found[1], months=12), of_values(margins, months=12)
    assert (mine.top, mine.holding, mine.whale_peak, mine.median) == (
        twins.top, twins.holding, twins.whale_peak, twins.median,
    )  # fmt: skip
    assert mine.gini.value == twins.gini.value
    pd.testing.assert_frame_equal(mine.curve, twins.curve)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(margins=BASES)
def test_any_base(engine, margins):
    assert differs(asked(engine, margins), margins) == []


def test_the_ranking_is_by_margin_then_by_id_and_adds_up_exactly(engine):
    margins = [Decimal(text) for text in ("0.1", "7", "-2.0001", "7", "0.1", "0")]
    frame = ranking(engine, margins).order_by("rank").execute()
    assert frame.customer_id.tolist() == ["c0001", "c0003", "c0000", "c0004", "c0005", "c0002"]
    assert frame["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert [str(each) for each in frame.sum_to] == [
        "7.0000",
        "14.0000",
        "14.1000",
        "14.2000",
        "14.2000",
        "12.1999",
    ]
    assert str(frame.squares_to.iloc[-1]) == "102.02040001"
    assert {"revenue", "transactions", "cost"} <= set(frame.columns)


def test_sums_are_the_same_on_any_number_of_threads(engine):
    engine.raw_sql(
        "CREATE OR REPLACE TABLE held AS SELECT 'c' || i AS customer_id,"
        " CAST(exp((hash(i) % 10000) / 1100.0) - 9 AS DECIMAL(18,4)) AS margin FROM range(60000) t(i)"
    )
    engine.create_table("ranked", concentration.ranked(engine.table("held")), overwrite=True)
    query, found = concentration.totals(engine.table("ranked")), []
    for threads in (1, 2, 4):
        engine.raw_sql(f"SET threads = {threads}")
        found.append(query.execute().iloc[0].tolist())
    engine.raw_sql("SET threads = 1")
    assert found[0] == found[1] == found[2]


def twin_deciles(margins):
    """Give each customer's two tenths by the definitions, in whole numbers and fractions."""
    order = sorted(margins, reverse=True)
    gains = [margin for margin in order if margin > 0]
    whole, before, rows = sum(gains), Decimal(0), []
    for rank, margin in enumerate(order, 1):
        if margin <= 0:
            rows.append((11, 11, margin))
            continue
        rows.append((ceil(10 * rank / len(gains)), ceil(10 * (before + margin / 2) / whole), margin))
        before += margin
    frame = pd.DataFrame(rows, columns=["equal_customers", "equal_profit", "margin"])
    return frame.groupby(["equal_customers", "equal_profit"]).margin.agg(["count", "sum"])


@pytest.mark.parametrize("name", [*CASES, "a row"])
def test_deciles(engine, name):
    texts = CASES.get(name) or ([str(number) for number in range(-5, 42)] if name == "a row" else [])
    margins = [Decimal(text) for text in texts]
    frame = concentration.deciles(ranking(engine, margins)).execute()
    found = frame.set_index(["equal_customers", "equal_profit"]).sort_index()
    expected = twin_deciles(margins) if margins else None
    if expected is None:
        assert not len(found)
        return
    assert found.index.tolist() == expected.index.tolist()
    assert found.customers.tolist() == expected["count"].tolist()
    assert found.margin.tolist() == expected["sum"].tolist()


def test_deciles_are_taken_apart_into_factors_that_multiply_to_their_margin(engine):
    margins = [Decimal(number) ** 2 - 20 for number in range(40)]
    frame = concentration.deciles(ranking(engine, margins)).execute()
    for by in ("equal_customers", "equal_profit"):
        table = measured_deciles.deciles(frame, by)
        product = table[measured_deciles.FACTORS].prod(axis=1)
        assert product.tolist() == pytest.approx(table.margin.tolist())
        assert (table.customers.sum(), table.margin.sum()) == (40, pytest.approx(float(sum(margins))))


def test_revenue_that_is_not_known_of_everybody_is_not_known(engine):
    held(engine, [Decimal(5), Decimal(3), Decimal(-1)])
    engine.raw_sql("UPDATE held SET revenue = NULL WHERE margin = 3")
    frame = concentration.deciles(concentration.ranked(engine.table("held"))).execute()
    table = measured_deciles.deciles(frame)
    assert table.margin_rate.isna().all()
    assert (table.customers * table.per_customer * table.per_purchase).tolist() == pytest.approx(
        table.margin.tolist()
    )


SOURCE = Path(concentration.__file__)
MUTANTS = [
    ('ibis.desc("margin")', 'ibis.asc("margin")'),
    ("gain, loss = margin > 0", "gain, loss = margin >= 0"),
    ("* 2 + 1)", "* 2 - 1)"),
    ("place * place * place <= limit", "place * place * place < limit"),
    ("both.all_customers.cast(COUNT) < both", "both.all_customers.cast(COUNT) <= both"),
    ("* 100 >= wanted", "* 100 > wanted"),
    ("customers // 2 + 1", "customers // 2"),
]


@pytest.mark.parametrize(("old", "new"), MUTANTS)
def test_a_changed_query_is_noticed(engine, old, new):
    changed = mutant(SOURCE, old, new)
    # Eight above zero have a tail of four exactly; 123 of 500 customers hold one half exactly.
    half = ["377"] * 123 + ["123"] * 377
    bases = (
        ["4"] * 7 + ["2", "0", "0", "-1"],
        ["50", "30", "15", "10", "-5"],
        ["3"] * 130,
        ["9", "6", "3"],
        half,
    )
    assert any(
        differs(asked(engine, [Decimal(text) for text in texts], changed), [Decimal(text) for text in texts])
        for texts in bases
    )
