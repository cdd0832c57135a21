"""Earlier losses restated: of those called lost in a month, how many have come back since."""

from collections.abc import Iterator

import pandas as pd

from custlib.results import Figure, figure

BACK = 12
# Losses are followed for the same time where they are told together: recent ones have had less.
FOLLOWED = 6


def came_back(presence: pd.DataFrame, *, known: int) -> pd.DataFrame:
    """Follow those called lost in each of the last twelve months to the month reported.

    Parameters
    ----------
    presence : DataFrame
        ``pattern`` (bit j: active j months before the month reported, for 13 months back), ``customers``.
    known : int
        Losses this many months ago and later are known; earlier ones lie before the data.

    Returns
    -------
    DataFrame
        One row per ``months_ago`` (1 to 12, nearest first): ``lost`` (active at the month end before, not at
        that one), ``came_back`` (of these, active at some later month end), ``active_now``, and ``soon`` (active
        at one of the first six month ends after, or of as many as the eldest have had; None where the loss
        is more recent). Whoever was lost twice counts twice.
    """
    rows, followed = [], min(FOLLOWED, known)
    for ago in range(1, min(BACK, known) + 1):
        lost = back = now = soon = 0
        within = ((1 << ago) - 1) & ~((1 << max(ago - followed, 0)) - 1)
        for pattern, n in zip(map(int, presence.pattern), map(int, presence.customers), strict=True):
            if pattern >> (ago + 1) & 1 and not pattern >> ago & 1:
                lost += n
                # The bits below are the later month ends.
                back += n if pattern & ((1 << ago) - 1) else 0
                now += n if pattern & 1 else 0
                soon += n if pattern & within else 0
        rows.append((ago, lost, back, now, soon if ago >= followed else None))
    return pd.DataFrame(rows, columns=["months_ago", "lost", "came_back", "active_now", "soon"], dtype=object)


def return_figures(table: pd.DataFrame) -> Iterator[Figure]:
    """Name how many of the lost came back since, by months since the loss (the window)."""
    for ago in range(1, BACK + 1):
        rows = table[table.months_ago == ago]
        if rows.empty:
            yield figure("lost_came_back_customers", None, "customers", ago)
        else:
            row = rows.iloc[0]
            yield figure("lost_came_back_customers", int(row.came_back), "customers", ago, n=int(row.lost))
