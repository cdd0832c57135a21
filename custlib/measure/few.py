"""Money of a handful of customers in a table whose lines are added up: what to hide, so that subtraction tells nothing."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from custlib.measure.figures import FEW, small_segments

# Lines are of zeros and ones: their minors are far smaller than this prime, so that ranks are the same as in fractions.
_PRIME = 2**61 - 1
Vector = list[int]


def hidden_cells(
    cells: pd.DataFrame,
    lines: Sequence[str],
    *,
    few: int = FEW,
    already: pd.Series | None = None,
    sorts: Sequence[tuple[pd.Series, Sequence[str]]] = (),
) -> pd.Series:
    """Say which cells' money is not to be shown.

    Those of fewer than `few` customers; and others, the smallest first, until no combination of lines whose sums are
    known, less what is shown, is left with cells of fewer than `few` customers together.

    Parameters
    ----------
    cells : DataFrame
        One row per cell: ``customers`` and the columns of `lines`. Known are the sums of the cells that agree in one of these,
        and of all; but for lines of fewer than `few` customers and those that cover them up (see `small_segments`), whose sums are told
        nowhere.
    already : Series of bool, optional
        Cells hidden for another reason.
    sorts : sequence of tuple, optional
        For each sort of money in the table the cells that have none, as everybody knows, and the lines whose sums are known
        of it, instead of `lines`.

    Returns
    -------
    Series of bool
        By the index of `cells`.
    """
    count = cells.customers.to_numpy(dtype=int)
    small = (count > 0) & (count < few)
    hidden = small | (np.zeros(len(cells), bool) if already is None else already.to_numpy(dtype=bool))
    needed, kinds = hidden.copy(), list[tuple[np.ndarray, list[np.ndarray]]]()
    for none, sides in sorts or [(pd.Series(False, index=cells.index), lines)]:
        there = ~none.to_numpy(dtype=bool) & (count > 0)
        kinds.append((there, list(_lines(cells, sides, there, few))))

    def leak() -> tuple[list[int], list[np.ndarray]]:
        for there, known in kinds:
            if found := _told(hidden & there, known, count, few):
                return found, known
        return [], []

    while (leaking := leak())[0]:
        found, known = leaking
        shown = np.flatnonzero(~hidden & (count > 0))
        if not len(shown):
            break
        # The first line is the whole.
        beside = np.any([line for line in known[1:] if line[found].any()], axis=0)
        near = shown[beside[shown]] if np.ndim(beside) else shown[:0]
        pick = near if len(near) else shown
        hidden[pick[np.argmin(count[pick])]] = True
    else:
        # What is no longer needed, since others were hidden after it, is shown again.
        for cell in sorted(np.flatnonzero(hidden & ~needed), key=lambda cell: -count[cell]):
            hidden[cell] = False
            hidden[cell] = bool(leak()[0])
    return pd.Series(hidden, index=cells.index)


def _lines(cells: pd.DataFrame, lines: Sequence[str], there: np.ndarray, few: int) -> Iterator[np.ndarray]:
    """Give the lines whose sums are known, as what they take of each cell."""
    if cells.customers[there].sum() >= few:
        yield there
    for side in lines:
        sizes = cells[there].groupby(side).customers.sum()
        untold = small_segments(sizes, min_group=few) if len(sizes) else set()
        yield from (there & (cells[side] == name).to_numpy() for name in sizes.index if name not in untold)


def _told(hidden: np.ndarray, known: Sequence[np.ndarray], count: np.ndarray, few: int) -> list[int]:
    """Name cells of fewer than `few` customers together of which the known lines tell a sum; none where there are none.

    A weighting of hidden cells is told if all unknowns that leave the lines as they are leave it, too: of cells in which these
    unknowns are dependent, one is.
    """
    places = np.flatnonzero(hidden)
    free = dict(zip(places.tolist(), _unknowns([line[places] for line in known], len(places)), strict=True))
    handful = [place for place in places.tolist() if count[place] < few]

    def search(start: int, chosen: list[int], left: int, basis: list[Vector]) -> list[int]:
        for number in range(start, len(handful)):
            place = handful[number]
            if count[place] >= left:
                continue
            rest = _reduced(free[place], basis)
            if not any(rest):
                return [*chosen, place]
            found = search(number + 1, [*chosen, place], left - int(count[place]), [*basis, rest])
            if found:
                return found
        return []

    return search(0, [], few, [])


def _unknowns(lines: Sequence[np.ndarray], width: int) -> list[Vector]:
    """Give, by cell, its part in each independent way to change cells that no line notices."""
    rows: list[Vector] = []
    for line in lines:
        row = _reduced([int(each) for each in line], rows)
        if any(row):
            lead = _lead(row)
            row = _scaled(row, pow(row[lead], -1, _PRIME))
            rows = [*(_less(other, row, other[lead]) for other in rows), row]
    leads = {_lead(row): row for row in rows}
    loose = [place for place in range(width) if place not in leads]
    return [
        [-leads[place][other] % _PRIME for other in loose]
        if place in leads
        else [int(place == other) for other in loose]
        for place in range(width)
    ]


def _lead(row: Vector) -> int:
    return next(place for place, each in enumerate(row) if each)


def _scaled(row: Vector, factor: int) -> Vector:
    return [each * factor % _PRIME for each in row]


def _less(row: Vector, other: Vector, times: int) -> Vector:
    return [(one - times * two) % _PRIME for one, two in zip(row, other, strict=True)] if times else row


def _reduced(row: Vector, basis: Sequence[Vector]) -> Vector:
    """Take from a row what a basis explains of it, each vector with a leading place that later ones lack."""
    for one in basis:
        lead = _lead(one)
        row = _less(row, one, row[lead] * pow(one[lead], -1, _PRIME))
    return row
