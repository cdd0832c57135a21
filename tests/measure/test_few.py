"""Money of a few is hidden, and no sum of a line tells of it."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.few import hidden_cells


def cells(*rows):
    return pd.DataFrame(rows, columns=["row", "column", "customers"])


def test_a_cell_of_few_takes_the_next_smallest_with_it():
    table = cells(
        ("a", "x", 3), ("a", "y", 40), ("a", "z", 30), ("b", "x", 50), ("b", "y", 60), ("b", "z", 70)
    )
    # a-x is few; a-z completes row a; b-x completes column x, and b-z is not needed: 30 hide in column z.
    assert hidden_cells(table, ("row", "column"), few=5).tolist() == [True, False, True, True, False, False]


def test_nobody_has_nothing_to_hide():
    table = cells(("a", "x", 0), ("a", "y", 5))
    assert not hidden_cells(table, ("row", "column"), few=5).any()
    assert hidden_cells(table.iloc[:0], ("row", "column")).tolist() == []


def test_what_is_hidden_for_another_reason_counts():
    table = cells(("a", "x", 3), ("a", "y", 40), ("a", "z", 30))
    already = pd.Series([False, True, False])
    assert hidden_cells(table, ("row",), few=5, already=already).tolist() == [True, True, False]


@settings(deadline=None)
@given(
    st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.integers(0, 12)),
    st.integers(2, 6),
)
def test_no_line_tells_of_few(counts, few):
    table = cells(*((row, column, count) for (row, column), count in counts.items()))
    hidden = hidden_cells(table, ("row", "column"), few=few)
    assert hidden[(table.customers > 0) & (table.customers < few)].all()
    lines = [table.index, *(part.index for side in ("row", "column") for _, part in table.groupby(side))]
    for line in lines:
        part, off = table.customers.loc[line], hidden.loc[line]
        assert not 0 < part[off].sum() < few or not part[~off].sum()
    # Nothing is hidden without a cause.
    if not ((table.customers > 0) & (table.customers < few)).any():
        assert not hidden.any()
