"""Why customers left, segment by segment, without giving small groups away by subtraction."""

from collections.abc import Iterator, Set
from typing import Any

import pandas as pd

from custlib.results import Figure

NOT_RECORDED = "not recorded"


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
        group; of a reason at least two segments are hidden or none, so that its total gives none away.
    """
    rows = lost.assign(reason=[NOT_RECORDED if reason is None else reason for reason in lost.reason])
    cells = {(str(r.segment), str(r.reason)): int(r.customers) for r in rows.itertuples()}
    covered = {key for key, n in cells.items() if n < min_group or key[0] in hidden}
    while True:
        more = _cover_rows(cells, covered, min_group) | _cover_columns(cells, covered)
        if more <= covered:
            break
        covered |= more
    ordered = sorted(cells, key=lambda key: (key[0], -cells[key], key[1]))
    return pd.DataFrame(
        [(*key, cells[key], key in covered) for key in ordered],
        columns=["segment", "reason", "customers", "hidden"],
    )


def _cover_rows(
    cells: dict[tuple[str, str], int], covered: Set[tuple[str, str]], min_group: int
) -> set[tuple[str, str]]:
    """Cover, in each segment, the next smallest reasons while what is covered together is a small group."""
    more: set[tuple[str, str]] = set()
    for segment in {key[0] for key in cells}:
        keys = sorted((key for key in cells if key[0] == segment), key=lambda key: (cells[key], key))
        together = sum(cells[key] for key in keys if key in covered)
        rest = [key for key in keys if key not in covered]
        while 0 < together < min_group and rest:
            together += cells[rest[0]]
            more.add(rest.pop(0))
    return more


def _cover_columns(cells: dict[tuple[str, str], int], covered: Set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Cover a second segment of a reason where a single one is covered."""
    more = set()
    for reason in {key[1] for key in cells}:
        keys = sorted((key for key in cells if key[1] == reason), key=lambda key: (cells[key], key))
        if sum(key in covered for key in keys) == 1:
            more |= set([key for key in keys if key not in covered][:1])
    return more


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
