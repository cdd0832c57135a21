"""Money of a handful of customers in a table whose lines are added up: what to hide, so that subtraction tells nothing."""

from collections.abc import Iterator, Sequence

import pandas as pd

from custlib.measure.figures import FEW


def hidden_cells(
    cells: pd.DataFrame, lines: Sequence[str], *, few: int = FEW, already: pd.Series | None = None
) -> pd.Series:
    """Say which cells' money is not to be shown.

    Those of fewer than `few` customers; and, in every line whose sum is shown (the cells that agree in a column of
    `lines`, and all of them), the next smallest until what is hidden there belongs to `few` customers or more.

    Parameters
    ----------
    cells : DataFrame
        One row per cell: ``customers`` and the columns of `lines`.
    already : Series of bool, optional
        Cells hidden for another reason.

    Returns
    -------
    Series of bool
        By the index of `cells`.
    """
    count = cells.customers.astype(int)
    hidden = (count > 0) & (count < few)
    if already is not None:
        hidden |= already
    changed = True
    while changed:
        changed = False
        for line in _lines(cells, lines):
            part, off = count.loc[line], hidden.loc[line]
            left = part[~off & (part > 0)]
            if 0 < part[off].sum() < few and len(left):
                hidden.loc[left.idxmin()] = True
                changed = True
    return hidden


def _lines(cells: pd.DataFrame, lines: Sequence[str]) -> Iterator[pd.Index]:
    yield cells.index
    for side in lines:
        for _, part in cells.groupby(side):
            yield part.index
