"""Customers by value band and by segment of the rules: how many, what they bring, what serving them costs."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.few import hidden_cells
from custlib.measure.figures import FEW, small_segments
from custlib.measure.loss import share_interval
from custlib.segmentation import Thresholds

BAND_COLUMNS = [
    "band", "customers", "share", "margin", "margin_share", "threshold", "mean", "cost", "gross", "hidden",
]  # fmt: skip
SEGMENT_COLUMNS = ["segment", "customers", "share", "margin", "margin_share", "mean", "equity", "hidden"]
COST_COLUMNS = ["by", "segment", "customers", "gross", "cost", "ratio", "hidden"]


def band_table(
    sums: pd.DataFrame, thresholds: Thresholds, names: Sequence[str], *, knows_costs: bool, few: int = FEW
) -> pd.DataFrame:
    """Lay the value bands out, the most valuable first, all of them.

    Bands are set by rank and by amounts, so how many are in one tells of nobody; money of fewer than `few`, and what
    subtraction would tell of so few, is hidden.

    Parameters
    ----------
    sums : DataFrame
        ``segment``, ``customers``, ``value``, ``cost``, ``gross`` (see `custlib.aggregate.held.serving`).

    Returns
    -------
    DataFrame
        ``band``, ``customers``, ``share`` of the active, ``margin`` (Decimal; None where hidden), ``margin_share`` of the net total (NaN
        where that is not above zero), ``threshold`` (amount from which on one is in it; None where there is none), ``mean``;
        ``cost`` to serve and ``gross``, margin before it (None unless known); ``hidden``.
    """
    rows = _laid_out(sums, names)
    hidden = _small(rows, few)
    rows = _shares(rows, hidden).rename(columns={"segment": "band"})
    amounts = dict(zip(thresholds.names, thresholds.amounts, strict=False))
    rows["threshold"] = [amounts.get(name) for name in rows.band]
    if not knows_costs:
        rows["cost"] = rows["gross"] = None
    return rows[BAND_COLUMNS]


def segment_table(
    sums: pd.DataFrame, names: Sequence[str], *, min_group: int, equity_known: bool
) -> pd.DataFrame:
    """Lay segments by rule out in the order of the rules, the customers of no rule last.

    Parameters
    ----------
    sums : DataFrame
        ``segment``, ``customers``, ``value``, ``equity`` (sum of clv).

    Returns
    -------
    DataFrame
        ``segment``, ``customers``, ``share``, ``margin``, ``margin_share``, ``mean``, ``equity`` (None where unknown), ``hidden``:
        smaller than `min_group`, or what would tell of so few.
    """
    rows = _laid_out(sums, names)
    hidden = _small(rows, max(min_group, FEW))
    rows = _shares(rows, hidden)
    if not equity_known:
        rows["equity"] = None
    return rows[SEGMENT_COLUMNS]


def cost_table(sums: pd.DataFrame, by: str, hidden: Collection[str]) -> pd.DataFrame:
    """Set cost to serve beside the margin before it, group by group.

    Parameters
    ----------
    sums : DataFrame
        See `custlib.aggregate.held.serving`, by ``segment``.
    by : str
        What the groups are groups of.

    Returns
    -------
    DataFrame
        ``by``, ``segment``, ``customers``, ``gross``, ``cost``, ``ratio`` cost / gross (NaN where gross is not above zero), ``hidden``.
    """
    rows = sums.assign(by=by, segment=sums.segment.astype(str))
    rows["hidden"] = rows.segment.isin(list(hidden))
    ratio = [
        float(cost / gross) if gross > 0 else np.nan
        for cost, gross in zip(rows.cost, rows.gross, strict=True)
    ]
    rows["ratio"] = pd.Series(ratio, index=rows.index, dtype=float).mask(rows.hidden)
    for name in ("gross", "cost"):
        rows[name] = rows[name].astype(object).mask(rows.hidden, None)
    return rows[COST_COLUMNS].reset_index(drop=True)


def _small(rows: pd.DataFrame, least: int) -> set[str]:
    """Name the groups that are too small, and those that hide them; a group of nobody has nothing to hide and hides nothing."""
    sizes = rows.set_index("segment").customers
    return small_segments(sizes[sizes > 0], min_group=least)


def _laid_out(sums: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Give every name a row, in order, those of nobody too."""
    told = sums.set_index("segment")
    money = [name for name in told.columns if name != "customers"]
    rows: list[dict[str, Any]] = []
    for name in names:
        there = name in told.index
        row = {"segment": name, "customers": int(told.customers[name]) if there else 0}
        rows.append(
            row | {column: Decimal(told[column][name] or 0) if there else Decimal(0) for column in money}
        )
    return pd.DataFrame(rows)


def _shares(rows: pd.DataFrame, hidden: Collection[str]) -> pd.DataFrame:
    """Add shares and means; take away what may not be shown."""
    people, total = int(rows.customers.sum()), sum(rows.value, Decimal(0))
    away = rows.segment.isin(list(hidden))
    shares = [float(value / total) if total > 0 else np.nan for value in rows.value]
    means = [
        float(value / count) if count else np.nan
        for value, count in zip(rows.value, rows.customers, strict=True)
    ]
    rows = rows.assign(
        share=rows.customers / people if people else np.nan,
        margin=rows.value,
        margin_share=pd.Series(shares, index=rows.index, dtype=float).mask(away),
        mean=pd.Series(means, index=rows.index, dtype=float).mask(away),
        hidden=away,
    )
    for name in ("margin", "cost", "gross", "equity"):
        if name in rows:
            rows[name] = rows[name].astype(object).mask(away, None)
    return rows


def cross_table(
    sums: pd.DataFrame, by: str, names: Sequence[str], top: Collection[str], hidden: Collection[str]
) -> pd.DataFrame:
    """Say how the customers of each group are spread over the value bands.

    Parameters
    ----------
    sums : DataFrame
        ``segment``, ``band``, ``customers``: the active.
    by : str
        What the groups are groups of.
    names, top : collections of str
        All bands in order; those that make up the top.
    hidden : collection of str
        Groups that are not shown.

    Returns
    -------
    DataFrame
        One row per group shown, that with the largest part at the top first: ``by``, ``segment``, ``customers``, ``top_share``
        (their part in the bands of the top) with its interval ``top_low`` to ``top_high``, and a column per band: the part of the group's customers in it. NaN for cells of so few
        that a part would tell of them, or what would give them away.
    """
    cells = sums.assign(segment=sums.segment.astype(str), customers=sums.customers.astype(int))
    cells = cells[~cells.segment.isin(list(hidden))].reset_index(drop=True)
    away = hidden_cells(cells, ("segment", "band"))
    rows = []
    for segment, part in cells.groupby("segment"):
        people = int(part.customers.sum())
        shares = dict.fromkeys(names, 0.0) | dict(zip(part.band, part.customers / people, strict=True))
        at_top = sum(shares[name] for name in top)
        shares |= dict.fromkeys(part.band[away[part.index]], np.nan)
        _, low, high = share_interval(round(at_top * people), people)
        told = {"by": by, "segment": segment, "customers": people}
        rows.append({**told, "top_share": at_top, "top_low": low, "top_high": high, **shares})
    columns = ["by", "segment", "customers", "top_share", "top_low", "top_high", *names]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("top_share", ascending=False, kind="stable", ignore_index=True)
