"""Results tables: what they refuse, how they print, and that the codebook names every measure."""

import re
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib import results
from custlib.errors import CustlibError, UsageError
from custlib.periods import (
    add_months,
    month_end,
    month_name,
    month_range,
    month_text,
    months_between,
    parse_month,
)
from custlib.results import Figure, figure

JUNE = parse_month("2026-06")


def test_a_figure_is_a_value_or_says_why_not():
    assert figure("x", None, "customers", 1).status == "not_available"
    with pytest.raises(CustlibError, match="a value goes with status 'ok'"):
        Figure("x", None, "customers", 1)
    with pytest.raises(CustlibError, match="a value goes with status 'ok'"):
        Figure("x", 3, "customers", 1, status="suppressed")
    with pytest.raises(CustlibError, match="status 'fine' is not one of"):
        Figure("x", 3, "customers", 1, status="fine")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (1682, "1682"),
        (Decimal("0"), "0.00"),
        (Decimal("2524437.8300"), "2524437.83"),
        (Decimal("12.3450"), "12.345"),
        (Decimal("1E+3"), "1000.00"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), ""),
    ],
)
def test_numbers_are_written_the_same_everywhere(value, text):
    assert results.number_text(value) == text


def test_a_repeated_key_is_refused():
    twice = [figure("x", 1, "customers", 1), figure("x", 2, "customers", 1)]
    with pytest.raises(CustlibError, match="name a figure twice"):
        results.to_frame(twice, month=JUNE, notebook="n")


def test_saved_and_loaded_rows_are_the_same_and_sorted(tmp_path):
    found = [
        figure("b", 2, "customers", 12),
        figure("b", Decimal("1.50"), "EUR", 1),
        figure("a", None, "share", 1),
    ]
    frame = results.to_frame(found, month=JUNE, notebook="n")
    results.save(frame, tmp_path / "r.csv")
    pd.testing.assert_frame_equal(results.load(tmp_path / "r.csv"), frame)
    assert list(frame.measure) == ["a", "b", "b"] and list(frame.window_months) == [1, 1, 12]
    assert results.value_of(frame, "b", 1) == Decimal("1.5")
    assert results.value_of(frame, "a") is None
    with pytest.raises(CustlibError, match="2 figures fit"):
        results.value_of(frame, "b")


def test_the_codebook_names_exactly_the_measures_there_are(root, reported):
    """Every measure of a company with everything, and of one without a statement, stands in docs/methods.md."""
    table = (root / "docs" / "methods.md").read_text().partition("## Codebook of measures")[2]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([a-z_0-9]+)`", line.split("|")[1])
    }
    published = [
        results.load(reported("sample", "2025-06") / f"{name}.csv") for name in ("results", "history")
    ]
    assert set().union(*(each.measure for each in published)) == named


def test_sample_results_are_whole(reported):
    """Shares lie in 0..1, segments of a dimension add up to the base, and a hidden one never shows a value."""
    found = results.load(reported("sample", "2025-06") / "results.csv")
    ok = found[found.status == "ok"]
    shares = ok[ok.unit == "share"].value.map(Decimal)
    assert shares.between(0, 1).all()
    assert (found[found.status != "ok"].value == "").all()
    for measure, window in (
        ("active_customers", 3),
        ("lost_customers", 12),
        ("active_margin", 12),
        ("new_margin", 1),
    ):
        rows = found[(found.measure == measure) & (found.window_months == window)]
        whole = results.value_of(found, measure, window)
        for dimension in ("acquisition_channel", "region", "core_status"):
            part = rows[rows.dimension == dimension]
            assert sum(map(Decimal, part.value)) == whole, (measure, dimension)


@given(st.integers(-600, 600), st.integers(1950 * 12, 2090 * 12))
def test_months_add_up(count, start):
    month = parse_month(f"{start // 12:04d}-{start % 12 + 1:02d}")
    moved = add_months(month, count)
    assert months_between(month, moved) == count
    assert add_months(moved, -count) == month
    assert month_end(month).replace(day=1) == month and month_text(
        parse_month(month_text(month))
    ) == month_text(month)


def test_month_ranges_and_names():
    assert [month_text(m) for m in month_range(parse_month("2023-11"), parse_month("2024-01"))] == [
        "2023-11",
        "2023-12",
        "2024-01",
    ]
    assert month_end(parse_month("2024-02")).day == 29
    assert month_name(JUNE) == "June 2026"


@pytest.mark.parametrize("text", ["2026-6", "2026-13", "06/2026", "latest", "2026-06-01", "0000-01"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(UsageError, match="is not a calendar month"):
        parse_month(text)
