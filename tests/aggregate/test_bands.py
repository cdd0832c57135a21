"""Value bands in the engine: by hand, against a twin, and what must hold whatever the values are."""

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.aggregate import bands as banding
from custlib.aggregate.bands import reset, totals, with_band
from custlib.aggregate.flows import compare, flows
from custlib.measure.bands import check_migration, migration, thresholds
from custlib.segmentation import BANDS, BELOW_ZERO, Band, Thresholds, band_names, top_bands
from tests.aggregate.conftest import fill, month_tables, mutant
from tests.aggregate.twin import first_of, stranger_log

SINCE = date(2025, 12, 1)
NAMES = band_names(BANDS)


def table_of(engine, rows, name="held"):
    """Write customers (active, value) down, with ids in their order."""
    engine.raw_sql(
        f"CREATE OR REPLACE TABLE {name} (customer_id VARCHAR, active BOOLEAN, value DECIMAL(18,4))"
    )
    fill(engine.con, name, [(f"c{i:04}", active, value) for i, (active, value) in enumerate(rows)])
    return engine.table(name)


def set_on(table, bands=BANDS, module=banding, column="value") -> Thresholds:
    return thresholds(module.cuts(table, bands, column=column).execute(), bands, since=SINCE)


def twin_amounts(rows, bands) -> tuple[Decimal | None, ...]:
    """Sort and look the amount at each rank up."""
    there = sorted(
        (value for active, value in rows if active and value is not None and value >= 0), reverse=True
    )
    found = []
    for band in bands[:-1]:
        if band.at_least is not None:
            found.append(Decimal(str(band.at_least)))
        else:
            found.append(there[ceil(band.share * len(there)) - 1] if there else None)
    return tuple(found)


def twin_band(value, bands, amounts) -> str:
    if value < 0:
        return BELOW_ZERO
    for band, amount in zip(bands, amounts, strict=False):
        if amount is not None and value >= amount and value > 0:
            return band.name
    return bands[-1].name


def by_id(table) -> dict[str, str | None]:
    frame = table.execute()
    return {
        row.customer_id: row.value_band if isinstance(row.value_band, str) else None
        for row in frame.itertuples()
    }


HAND = [(True, Decimal(v)) for v in (100, 50, 50, 20, 10, 0, 0, -5)] + [(False, Decimal(900)), (True, None)]


def test_bands_by_hand(engine):
    table = table_of(engine, HAND)
    found = set_on(table)
    # Seven with zero or more: ranks 1, 1, 2 and 4. The inactive 900 sets nothing.
    assert found.amounts == (100, 100, 50, 20)
    told = by_id(with_band(table, found))
    assert list(told.values()) == [
        "top 1%", "next 15%", "next 15%", "next 30%", "bottom 50%", "bottom 50%", "bottom 50%", BELOW_ZERO, None, None,
    ]  # fmt: skip
    sums = {
        row.segment: (row.customers, row.value)
        for row in totals(with_band(table, found)).execute().itertuples()
    }
    assert sums["next 15%"] == (2, 100)
    assert sums[BELOW_ZERO] == (1, -5)
    assert "next 4%" not in sums


def test_a_rank_is_worked_out_exactly(engine):
    # As doubles .07 x 100 is 7.000000000000001, whose ceiling is 8.
    bands = [Band(name="top", top_share=0.07), Band(name="rest")]
    table = table_of(engine, [(True, Decimal(v)) for v in range(1, 101)])
    assert set_on(table, bands).amounts == (94,)
    assert ceil(0.07 * 100) == 8


def test_shares_and_amounts_may_be_mixed_and_a_band_may_be_empty(engine):
    bands = [
        Band(name="named", at_least=75.5),
        Band(name="top", top_share=0.25),
        Band(name="some", at_least=1),
        Band(name="rest"),
    ]
    table = table_of(
        engine, [(True, Decimal(v)) for v in ("80", "75.5", "75.4999", "1", "0.9999", "0", "0", "0")]
    )
    found = set_on(table, bands)
    assert found.amounts == (Decimal("75.5"), Decimal("75.5"), 1)
    assert list(by_id(with_band(table, found)).values()) == ["named", "named", "some", "some", *["rest"] * 4]


def test_nobody_with_a_margin_sets_no_threshold(engine):
    table = table_of(engine, [(True, Decimal(-1)), (False, Decimal(5))])
    found = set_on(table)
    assert found.amounts == (None, None, None, None)
    assert list(by_id(with_band(table, found)).values()) == [BELOW_ZERO, None]
    # The thresholds of a year ago may meet customers nobody had then.
    later = table_of(engine, [(True, Decimal(7))])
    assert list(by_id(with_band(later, found)).values()) == ["bottom 50%"]


def test_an_amount_between_two_of_the_moneys_is_reached_by_the_upper(engine):
    table = table_of(engine, [(True, Decimal("0.3333")), (True, Decimal("0.3334"))])
    bands = [Band(name="top", at_least=0.33335), Band(name="rest")]
    assert list(by_id(with_band(table, set_on(table, bands))).values()) == ["rest", "top"]


def test_a_column_of_another_name_can_be_banded(engine):
    table = table_of(engine, HAND).rename(clv="value")
    found = set_on(table, column="clv")
    assert found.amounts == (100, 100, 50, 20)
    assert with_band(table, found, column="clv", name="to_come").columns[-1] == "to_come"


amounts = st.one_of(
    st.integers(-3, 6).map(Decimal),
    st.decimals(-1000, 100000, places=4, allow_nan=False, allow_infinity=False),
)
customers = st.lists(st.tuples(st.sampled_from([True, True, True, False]), amounts), max_size=60)
MIXED = [
    Band(name="named", at_least=5000),
    Band(name="a tenth", top_share=0.1),
    Band(name="a third", top_share=0.333333),
    Band(name="rest"),
]


@settings(max_examples=40, deadline=None)
@given(rows=customers, bands=st.sampled_from([BANDS, MIXED]))
def test_bands_part_customers_and_margin_exactly(engine, rows, bands):
    table = table_of(engine, rows)
    found = set_on(table, bands)
    assert found.amounts == twin_amounts(rows, bands)
    told = with_band(table, found)
    of = list(by_id(told).values())
    assert of == [twin_band(value, bands, found.amounts) if active else None for active, value in rows]
    sums = totals(told).execute()
    assert sums.customers.sum() == sum(active for active, _ in rows)
    assert sum(sums.value, Decimal(0)) == sum((value for active, value in rows if active), Decimal(0))
    assert set(sums.segment) <= set(band_names(bands))
    # Ties together, negatives apart, zero at the bottom, and more is never lower.
    order = {name: place for place, name in enumerate(band_names(bands))}
    ranked = sorted(
        ((value, order[band]) for (_, value), band in zip(rows, of, strict=True) if band), reverse=True
    )
    for (above, first), (below, second) in pairwise(ranked):
        assert first <= second
        assert (first == second) or above != below
    for (_, value), band in zip(rows, of, strict=True):
        assert band is None or (band == BELOW_ZERO) == (value < 0)
        assert band is None or value != 0 or band == bands[-1].name


@settings(max_examples=15, deadline=None)
@given(count=st.integers(1, 150))
def test_of_different_values_each_band_holds_its_share(engine, count):
    table = table_of(engine, [(True, Decimal(v)) for v in range(1, count + 1)])
    sums = totals(with_band(table, set_on(table))).execute().set_index("segment").customers
    ends = [
        ceil(share * count) for share in (Fraction(1, 100), Fraction(1, 20), Fraction(1, 5), Fraction(1, 2))
    ]
    sizes = [last - before for before, last in pairwise([0, *ends, count])]
    assert [int(sums.get(name, 0)) for name in NAMES[:-1]] == sizes


def test_a_reset_counts_everybody_under_both(engine):
    table = table_of(engine, HAND)
    old = Thresholds(("top", "rest"), (Decimal(100),), date(2024, 12, 1))
    new = Thresholds(("top", "rest"), (Decimal(50),), SINCE)
    rows = reset(table, old, new).execute()
    seen = {
        (row.band_before, row.band_after): (row.customers, row.value) for row in rows.dropna().itertuples()
    }
    assert seen == {
        ("top", "top"): (1, 100),
        ("rest", "top"): (2, 100),
        ("rest", "rest"): (4, 30),
        (BELOW_ZERO, BELOW_ZERO): (1, -5),
    }


MUTANTS = {
    "the next rank": ("ibis.row_number().over(order) + 1", "ibis.row_number().over(order)"),
    "the inactive count": ("base.active & (base[column] >= 0)", "base[column] >= 0"),
    "those below zero count": ("base.active & (base[column] >= 0)", "base.active"),
    "more than the threshold": ("(amount >= least)", "(amount > least)"),
    "zero is in a top band": (" & (amount > 0)", ""),
    "zero is below": ("(amount < 0, below)", "(amount <= 0, below)"),
}
CASES = [HAND, [(True, Decimal(v)) for v in (9, 8, 8, 0, 0, 0, 0, 0, -1, -2)]]


@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_wrong_is_seen(engine, name):
    wrong = mutant(Path(banding.__file__), *MUTANTS[name])
    right, mutated = [], []
    for rows in CASES:
        table = table_of(engine, rows)
        right.append(by_id(with_band(table, set_on(table))))
        mutated.append(by_id(wrong.with_band(table, set_on(table, module=wrong))))
    assert right != mutated


@pytest.mark.parametrize("seed", range(8))
def test_migration_ties_to_both_month_ends(engine, seed):
    log = stranger_log(seed)
    _, tables = month_tables(engine, log)
    last = log.start + log.months - 1
    months = min(12, log.months - 1)
    found = set_on(tables[last])
    now, then = (with_band(tables[at], found) for at in (last, last - months))
    compared = compare(now, then, month=first_of(last), months=months, value="value", by="value_band")
    rows = flows(compared, material_change=Decimal("0.25")).execute()
    moved = migration(rows, NAMES, top=top_bands(BANDS))
    check_migration(moved, totals(then).execute(), totals(now).execute())
    # A twin: who is in which band at which end, customer by customer.
    first, second = by_id(then), by_id(now)
    pairs = Counter(
        (first.get(name), second.get(name)) for name in second if first.get(name) or second.get(name)
    )
    told = Counter()
    for row in moved.table.itertuples():
        came, left = row.from_band in ("new", "won back"), row.to_band == "lost"
        told[None if came else row.from_band, None if left else row.to_band] += row.customers
    assert told == pairs
    assert pairs, "a company of nobody proves nothing"


def test_thresholds_are_compiled_into_the_query(engine):
    table = table_of(engine, HAND)
    told = with_band(table, set_on(table))
    assert "DOUBLE" not in ibis.to_sql(told, dialect="duckdb").upper()
