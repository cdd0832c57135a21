"""Thresholds through the years, and migration: by hand, and tied to both bases whatever happens."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure.bands import (
    check_migration,
    first_complete,
    migration,
    reset_effect,
    set_at,
    set_before,
    thresholds,
)
from custlib.segmentation import BANDS, Band, Thresholds, band_names, top_bands

JUNE, DECEMBER = date(2026, 6, 1), date(2025, 12, 1)


@pytest.mark.parametrize(
    ("month", "first", "since", "before"),
    [
        (JUNE, date(2024, 6, 1), DECEMBER, date(2024, 12, 1)),
        (DECEMBER, date(2024, 6, 1), date(2024, 12, 1), date(2024, 6, 1)),
        (date(2026, 1, 1), date(2024, 6, 1), DECEMBER, date(2024, 12, 1)),
        (JUNE, DECEMBER, DECEMBER, None),
        (JUNE, date(2025, 7, 1), DECEMBER, date(2025, 7, 1)),
        (JUNE, date(2026, 2, 1), date(2026, 2, 1), None),
        (JUNE, JUNE, JUNE, None),
    ],
)
def test_thresholds_are_those_of_december(month, first, since, before):
    assert set_at(month, first=first) == since
    assert set_before(since, first=first) == before


def test_before_the_first_complete_window_there_are_none():
    assert set_at(JUNE, first=date(2026, 7, 1)) is None
    assert first_complete(date(2025, 1, 1), 12) == DECEMBER
    assert first_complete(date(2025, 1, 1), 1) == date(2025, 1, 1)


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.dates(date(2000, 1, 1), date(2030, 12, 31)))
def test_a_year_has_one_set_of_thresholds(month, first):
    month, first = month.replace(day=1), first.replace(day=1)
    since = set_at(month, first=first)
    if since is None:
        assert month < first
        return
    assert first <= since <= month
    # Within the year nothing changes, unless the data begin in it.
    assert since == first or (since.year, since.month) == (month.year - 1, 12)
    earlier = set_before(since, first=first)
    assert earlier is None if since == first else first <= earlier < since


def test_thresholds_are_read_from_the_engines_row():
    bands = [Band(name="named", at_least=75.5), Band(name="top", top_share=0.1), Band(name="rest")]
    cuts = pd.DataFrame([{"customers": 9, "cut_1": Decimal("12.3400")}])
    assert thresholds(cuts, bands, since=JUNE) == Thresholds(
        ("named", "top", "rest"), (Decimal("75.5"), Decimal("12.34")), JUNE
    )
    nobody = pd.DataFrame([{"customers": 0, "cut_1": None}])
    assert thresholds(nobody, bands, since=JUNE).amounts == (Decimal("75.5"), None)
    with pytest.raises(ValueError, match="every band but the last"):
        Thresholds(("top", "rest"), (), JUNE)


def test_the_effect_of_a_reset_by_hand():
    crossed = pd.DataFrame(
        [("top", "top", 3), ("rest", "top", 2), ("rest", "rest", 9), ("below zero", "below zero", 1)],
        columns=["band_before", "band_after", "customers"],
    )
    told = reset_effect(crossed, ["top", "middle", "rest", "below zero"])
    assert told.values.tolist() == [
        ["top", 3, 5, 2, 0],
        ["middle", 0, 0, 0, 0],
        ["rest", 11, 9, 0, 2],
        ["below zero", 1, 1, 0, 0],
    ]


def flow(status, then, now, customers, v_then, v_now):
    return (status, then, now, customers, Decimal(v_then), Decimal(v_now))


FLOWS = pd.DataFrame(
    [
        flow("retained", "top", "top", 6, 600, 700),
        flow("retained", "top", "rest", 1, 90, 5),
        flow("retained", "rest", "top", 2, 20, 180),
        flow("lost", "top", None, 3, 310, 7),
        flow("lost", "rest", None, 5, 25, 0),
        flow("new", None, "top", 1, 0, 85),
        flow("won_back", None, "rest", 2, 4, 9),
        flow("came_and_went", None, None, 8, 0, 70),
        flow("inactive", None, None, 80, 3, 1),
    ],
    columns=["status", "segment_then", "segment_now", "customers", "v_then", "v_now"],
)


def test_migration_by_hand():
    found = migration(FLOWS, ["top", "rest", "below zero"], top=["top"])
    assert found.table.values.tolist() == [
        ["top", "top", 6, 600, 700, True],
        ["top", "rest", 1, 90, 5, True],
        ["top", "lost", 3, 310, 0, True],
        ["rest", "top", 2, 20, 180, True],
        ["rest", "lost", 5, 25, 0, True],
        ["new", "top", 1, 0, 85, True],
        ["won back", "rest", 2, 0, 9, True],
    ]
    assert (found.top_customers, found.top_kept, found.top_fell, found.top_lost) == (10, 0.6, 0.1, 0.3)
    assert (found.top_value, found.top_lost_value) == (1000, 310)
    assert found.opening().values.tolist() == [[10, 1000], [7, 45], [0, 0]]
    assert found.closing().values.tolist() == [[9, 965], [3, 14], [0, 0]]


def test_migration_of_many_hides_little():
    many = FLOWS.assign(customers=FLOWS.customers * 100)
    found = migration(pd.concat([many, FLOWS.tail(1)]), ["top", "rest"], top=["top", "rest"])
    assert not found.table.hidden.any()
    assert (found.top_kept, found.top_fell) == (900 / 1700, 0.0)


def test_migration_from_nobody():
    found = migration(FLOWS[FLOWS.status == "new"], ["top", "rest"], top=["top"])
    assert (found.top_customers, found.top_kept, found.top_lost, found.top_value) == (0, None, None, 0)
    assert len(migration(FLOWS.iloc[:0], ["top", "rest"], top=["top"]).table) == 0


def stock(**bands):
    rows = [(name, count, Decimal(value)) for name, (count, value) in bands.items()]
    return pd.DataFrame(rows, columns=["segment", "customers", "value"])


def test_a_migration_that_does_not_tie_is_refused():
    found = migration(FLOWS, ["top", "rest"], top=["top"])
    opening, closing = stock(top=(10, 1000), rest=(7, 45)), stock(top=(9, 965), rest=(3, 14))
    check_migration(found, opening, closing)
    with pytest.raises(
        CustlibError, match="the band 'rest' does not tie at the closing: 3 customers with 14"
    ):
        check_migration(found, opening, stock(top=(9, 965), rest=(4, 14)))
    with pytest.raises(CustlibError, match="the band 'top' does not tie at the opening"):
        check_migration(found, stock(top=(10, "1000.0001"), rest=(7, 45)), closing)
    with pytest.raises(CustlibError, match="the opening base holds the band 'none'"):
        check_migration(found, stock(top=(10, 1000), rest=(7, 45), none=(1, 0)), closing)
    with pytest.raises(CustlibError, match="the band 'top' does not tie"):
        check_migration(found, stock(rest=(7, 45)), closing)


NAMES = ("top", "middle", "rest", "below zero")
person = st.tuples(
    st.none() | st.sampled_from(NAMES),
    st.none() | st.sampled_from(NAMES),
    st.booleans(),
    st.decimals(-100, 100, places=4),
    st.decimals(-100, 100, places=4),
)


@settings(deadline=None)
@given(st.lists(person, max_size=80))
def test_migration_ties_to_both_bases(people):
    moved = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    bases = [defaultdict(lambda: [0, Decimal(0)]) for _ in range(2)]
    for then, now, known_before, v_then, v_now in people:
        status = (
            "retained" if then and now
            else "lost" if then
            else "inactive" if not now
            else "won_back" if known_before else "new"
        )  # fmt: skip
        for slot, amount in enumerate((1, v_then, v_now)):
            moved[status, then, now][slot] += amount
        for base, band, value in zip(bases, (then, now), (v_then, v_now), strict=True):
            if band:
                base[band][0] += 1
                base[band][1] += value
    rows = [(*key, *sums) for key, sums in moved.items()]
    columns = ["status", "segment_then", "segment_now", "customers", "v_then", "v_now"]
    found = migration(pd.DataFrame(rows, columns=columns), NAMES, top=NAMES[:1])
    opening, closing = (stock(**{name: tuple(sums) for name, sums in base.items()}) for base in bases)
    check_migration(found, opening, closing)
    if found.top_customers:
        assert found.top_kept + found.top_fell + found.top_lost == pytest.approx(1)
    # One customer more or less does not tie.
    for base, ends in ((opening, lambda wrong: (wrong, closing)), (closing, lambda wrong: (opening, wrong))):
        if len(base):
            wrong = base.assign(customers=base.customers + 1)
            with pytest.raises(CustlibError):
                check_migration(found, *ends(wrong))


def test_the_top_is_the_top_fifth():
    assert top_bands(BANDS) == ("top 1%", "next 4%", "next 15%")
    assert top_bands(BANDS, Fraction(1, 20)) == ("top 1%", "next 4%")
    amounts = [Band(name="large", at_least=100), Band(name="small")]
    assert top_bands(amounts) == ("large",)
    assert band_names(amounts) == ("large", "small", "below zero")
