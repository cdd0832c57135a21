"""Money of a few is hidden, and no sum of a line tells of it."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.few import hidden_cells
from custlib.measure.figures import small_segments
from custlib.measure.potential import NOW, PLANS


def cells(*rows):
    return pd.DataFrame(rows, columns=["row", "column", "customers"])


def test_a_cell_of_few_takes_a_rectangle_with_it():
    table = cells(
        ("a", "x", 3), ("a", "y", 40), ("a", "z", 30), ("b", "x", 50), ("b", "y", 90), ("b", "z", 70)
    )
    # a-x and a-z complete row a, b-x column x; were b-z shown, column z would tell a-z, and row a then a-x.
    assert hidden_cells(table, ("row", "column"), few=5).tolist() == [True, False, True, True, False, True]


def test_the_whole_is_no_reason_to_hide_more_than_lines_ask_for():
    table = cells(("a", "x", 3), ("a", "x", 4), ("b", "x", 6), ("b", "x", 50))
    assert hidden_cells(table, ("row",), few=5).tolist() == [True, True, False, False]


def test_money_that_some_cells_cannot_have_does_not_cover_others():
    """The lost bring nothing now: of a row with three who stayed and fifty lost, what it brings now is the three's."""
    table = cells(
        ("a", "x", 3), ("a", "y", 80), ("a", "lost", 50), ("b", "x", 60), ("b", "y", 70), ("b", "lost", 55)
    )
    gone, lines = table.column == "lost", ("row", "column")
    plain = hidden_cells(table, ("row", "column"))
    careful = hidden_cells(table, ("row", "column"), sorts=[(gone, lines), (gone & False, lines)])
    assert told(table[~gone], plain[~gone].to_numpy(), ("row", "column"))
    assert not told(table[~gone], careful[~gone].to_numpy(), ("row", "column"))


def told(table, hidden, lines, few=5):
    """Find sums of hidden cells of few together that follow from lines, by the rank of plain matrices."""
    count, places = table.customers.to_numpy(), np.flatnonzero(hidden & (table.customers > 0).to_numpy())
    known = [np.ones(len(table))]
    for side in lines:
        sizes = table[table.customers > 0].groupby(side).customers.sum()
        untold = small_segments(sizes, min_group=few) if len(sizes) else ()
        known += [(table[side] == name).to_numpy(dtype=float) for name in sizes.index if name not in untold]
    known = [line for line in known if count[line > 0].sum() >= few]
    if not len(places) or not known:
        return []
    matrix = np.array(known)[:, places]
    rank, found = np.linalg.matrix_rank(matrix), []
    for size in range(1, few):
        for some in combinations(range(len(places)), size):
            less = np.linalg.matrix_rank(np.delete(matrix, some, axis=1))
            if count[places[list(some)]].sum() < few and less < rank:
                found.append(places[list(some)].tolist())
    return found


@pytest.mark.parametrize("seed", range(12))
def test_a_grid_of_plans_tells_of_nobody_by_rows_columns_plans_and_whole_together(seed):
    rng = np.random.default_rng(seed)
    rows = [(now, to_come, PLANS[now, to_come]) for now in NOW for to_come in NOW]
    table = pd.DataFrame(rows, columns=["now", "to_come", "plan"])
    few = rng.integers(0, 5, 16)
    table["customers"] = np.where(rng.random(16) < 0.35, few, rng.integers(5, 300, 16))
    table = table[table.customers > 0].reset_index(drop=True)
    lines = ("now", "to_come", "plan")
    hidden = hidden_cells(table, lines).to_numpy()
    assert hidden.all() or told(table, hidden, lines) == []
    # Each cell hidden besides those of few is needed.
    for place in np.flatnonzero(hidden & (table.customers >= 5)) if not hidden.all() else ():
        less = hidden.copy()
        less[place] = False
        assert told(table, less, lines)


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
    assert hidden.to_numpy()[(table.customers > 0).to_numpy()].all() or not told(
        table, hidden.to_numpy(), ("row", "column"), few
    )
    # Nothing is hidden without a cause.
    if not ((table.customers > 0) & (table.customers < few)).any():
        assert not hidden.any()
