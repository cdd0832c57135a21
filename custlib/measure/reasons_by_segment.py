"""Why customers left, segment by segment, without giving small groups away by subtraction."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import null_space

from custlib.results import Figure

NOT_RECORDED = "not recorded"
# segment, reason
Cell = tuple[str, str]


def reasons_by_segment(lost: pd.DataFrame, *, min_group: int, hidden: Set[str]) -> pd.DataFrame:
    """Lay leavers out by segment and recorded reason, and mark what is too small to show.

    Parameters
    ----------
    lost : DataFrame
        ``segment``, ``reason`` (None: not recorded), ``customers``.
    hidden : set of str
        Segments that are not shown at all.

    Returns
    -------
    DataFrame
        ``segment``, ``reason``, ``customers``, ``hidden``. In a segment all that is hidden together is no small
        group, and of a reason neither; and no hidden number has one solution only for a reader who takes the shown ones
        off the totals of segments and of reasons. A line all of which is hidden, or of one cell, stays as it is.
    """
    rows = lost.assign(reason=[NOT_RECORDED if reason is None else reason for reason in lost.reason])
    cells = {(str(r.segment), str(r.reason)): int(r.customers) for r in rows.itertuples()}
    covered = {key for key, n in cells.items() if n < min_group or key[0] in hidden}
    # Hidden cells that nothing can save: a reason that one segment alone gave is told by the reason's total.
    told: set[Cell] = set()
    lines = list(_lines(cells, hidden))
    while more := _few_together(cells, lines, covered - told, covered, min_group) or _given_away(
        cells, lines, covered, told
    ):
        covered |= more
    ordered = sorted(cells, key=lambda key: (key[0], -cells[key], key[1]))
    return pd.DataFrame(
        [(*key, cells[key], key in covered) for key in ordered],
        columns=["segment", "reason", "customers", "hidden"],
    )


def _lines(cells: Iterable[Cell], hidden: Set[str]) -> Iterator[list[Cell]]:
    """Give the cells of which a total is published: of each segment that is shown, and of each reason."""
    for place in (0, 1):
        for name in sorted({key[place] for key in cells}):
            if place == 1 or name not in hidden:
                yield sorted(key for key in cells if key[place] == name)


def _few_together(
    cells: Mapping[Cell, int],
    lines: Iterable[list[Cell]],
    unknown: Set[Cell],
    covered: Set[Cell],
    min_group: int,
) -> set[Cell]:
    """Name, in each line, the next smallest cells while what is unknown of it is together a small group."""
    more: set[Cell] = set()
    for line in lines:
        together = sum(cells[key] for key in line if key in unknown)
        rest = sorted((key for key in line if key not in covered), key=lambda key: (cells[key], key))
        while 0 < together < min_group and rest:
            together += cells[rest[0]]
            more.add(rest.pop(0))
    return more


def _given_away(
    cells: Mapping[Cell, int], lines: list[list[Cell]], covered: Set[Cell], told: set[Cell]
) -> set[Cell]:
    """Name a cell to hide beside one that the totals determine; note those for which there is none."""
    while cell := _determined(lines, covered - told):
        around = _connected(cell, lines, covered - told)
        crossing = [key for key in around if cell[0] == key[0] or cell[1] == key[1]]
        for near in (crossing, around):
            if shown := [key for key in near if key not in covered]:
                return {min(shown, key=lambda key: (cells[key], key))}
        told.add(cell)
    return set()


def _determined(lines: list[list[Cell]], unknown: Set[Cell]) -> Cell | None:
    """Find a hidden cell that has one solution only when what is shown is taken off the totals."""
    names = sorted(unknown)
    rows = np.array([[key in line for key in names] for line in lines], dtype=float)
    if not names:
        return None
    free = np.abs(null_space(rows))
    fixed = [name for name, row in zip(names, free, strict=True) if not row.size or row.max() < 1e-9]
    return fixed[0] if fixed else None


def _connected(cell: Cell, lines: list[list[Cell]], unknown: Set[Cell]) -> list[Cell]:
    """Give the cells of all lines that hang together with a hidden cell by other hidden ones."""
    reached, near = {cell}, {cell}
    while near:
        around = {other for line in lines if near & set(line) for other in line}
        near = (around & unknown) - reached
        reached |= around
    return sorted(reached)


def reason_segment_figures(table: pd.DataFrame, *, dimension: str, months: int) -> Iterator[Figure]:
    """Name leavers by segment and recorded reason; what is marked hidden is suppressed."""
    for row in table.itertuples():
        where: dict[str, Any] = {
            "dimension": f"{dimension} | closure_reason",
            "segment": f"{row.segment} | {row.reason}",
        }
        if row.hidden:
            yield Figure("lost_customers", None, "customers", months, status="suppressed", **where)
        else:
            yield Figure(
                "lost_customers", int(row.customers), "customers", months, n=int(row.customers), **where
            )
