"""Choosing the window: how many of those a rule calls lost came back later."""

import pandas as pd

from custlib.results import Figure, figure

WINDOWS = range(1, 13)
# A loss this recent has had no fair chance to prove the rule wrong.
RECENT = 3


def returned_by_window(gaps: pd.DataFrame, *, months_of_data: int) -> pd.DataFrame:
    """Tell for windows of 1 to 12 months how many losses were followed by a return.

    Parameters
    ----------
    gaps : DataFrame
        Counts of pauses (``custlib.aggregate.flows.gaps``): ``gap`` months to the next active month (missing:
        none so far), ``rest`` months to the end of the data, ``times``.
    months_of_data : int
        Windows that are not shorter than the data cannot be judged and are left out.

    Returns
    -------
    DataFrame
        One row per ``window``: ``lost`` (times a customer was called lost), ``came_back``, ``share``
        (missing where nobody was lost, or all too recently) and ``recent``, the losses of the last three months, on which it is
        too early to tell. A return later than the data is not seen, so a share is a lower bound.
    """
    rows = []
    for window in WINDOWS:
        if window >= months_of_data:
            break
        back = gaps.gap > window
        called = (back | gaps.gap.isna()) & (gaps.rest >= window)
        lost, came_back = int(gaps.times[called].sum()), int(gaps.times[called & back].sum())
        recent = int(gaps.times[called & (gaps.rest < window + RECENT)].sum())
        # Where every loss is recent a share of nothing would be no news: nobody had the time to return.
        share = came_back / lost if lost > recent else None
        rows.append((window, lost, came_back, share, recent))
    return pd.DataFrame(rows, columns=["window", "lost", "came_back", "share", "recent"])


def window_figures(table: pd.DataFrame) -> list[Figure]:
    """Name the share of losses followed by a return, one figure per window (its look-back)."""
    return [
        figure(
            "came_back_share",
            None if pd.isna(row.share) else float(row.share),
            "share",
            int(row.window),
            n=int(row.lost),
        )
        for row in table.itertuples()
    ]
