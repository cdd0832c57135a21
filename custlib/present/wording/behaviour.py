"""Where value lies over tenure and recency, and whether spend goes with frequency, in words."""

from typing import Any

import pandas as pd

from custlib.present.numbers import decimal, interval, money
from custlib.present.wording.words import people, sentence


def _shown(cells: pd.DataFrame) -> pd.DataFrame:
    """Give the cells that may be shown, in the order of their bands."""
    return cells[cells["mean"].notna()] if len(cells) else cells


def _farthest(cells: pd.DataFrame) -> tuple[Any, Any] | None:
    """Give the cells of the shortest and of the longest silence, in the band of tenure that tells of the longest; None of one."""
    place = {band: order for order, band in enumerate(_bands(cells.recency))} if len(cells) else {}
    best, most = None, (-1, -1)
    for _, rows in _shown(cells).groupby("tenure", observed=True, sort=False):
        near, far = rows.iloc[0], rows.iloc[-1]
        reach = (place[far.recency], int(near.customers + far.customers))
        if len(rows) > 1 and reach > most:
            best, most = (near, far), reach
    return best


def _worth(cell: Any, currency: str) -> str:
    """Write what a customer of a cell is worth; less than half a cent is nothing."""
    return money(cell["mean"] if abs(cell["mean"]) >= 0.005 else 0, currency)


def _bands(column: pd.Series) -> list[Any]:
    """List the bands in order: that of the categories, else of their first appearance."""
    return (
        list(column.cat.categories)
        if isinstance(column.dtype, pd.CategoricalDtype)
        else list(column.unique())
    )


def map_message(cells: pd.DataFrame, currency: str) -> str:
    """Say what silence does to value among customers of the same tenure."""
    shown = _shown(cells)
    if shown.empty:
        return "What customers are worth by tenure and recency is not available, or each cell holds too few."
    top, pair = shown.loc[shown["mean"].astype(float).idxmax()], _farthest(cells)
    text = f"worth most are customers of {tenure(top.tenure)} {recency(top.recency)}: {_worth(top, currency)} each"
    if pair is None:
        return sentence(text)
    near, far = pair
    silent = f"{recency(far.recency)} {_worth(far, currency)}"
    if near.equals(top):
        return sentence(f"{text}, {silent}")
    return sentence(
        f"{text}; of those of {tenure(near.tenure)} one {recency(near.recency)} is worth {_worth(near, currency)}, one {silent}"
    )


def tenure(band: Any) -> str:
    """Write a band of months since the acquisition: ``24 to 35 months``."""
    return f"{band} month{'' if str(band) == '1' else 's'}"


def recency(band: Any) -> str:
    """Write a band of months since the last activity: ``active in the month``, ``silent for 3 to 5 months``."""
    return "active in the month" if str(band) == "0" else f"silent for {tenure(band)}"


def map_note(cells: pd.DataFrame, min_group: int) -> str:
    """Say what an empty cell means, where there is one."""
    if not len(cells) or not cells["mean"].isna().any():
        return ""
    return sentence(f"cells of fewer than {people(min_group)} are left empty")


def map_title(cells: pd.DataFrame, currency: str) -> str:
    """Say how far silence takes value down, where it does."""
    pair = _farthest(cells)
    if pair is None:
        return (
            "Value by tenure and recency"
            if len(_shown(cells))
            else "Value by tenure and recency cannot be shown"
        )
    near, far = (_worth(cell, currency) for cell in pair)
    if float(pair[1]["mean"]) < float(pair[0]["mean"]):
        return f"With silence a customer's value goes from {near} to {far}"
    return f"Silence takes no value away: {near} at first, {far} after long"


def alt_map(cells: pd.DataFrame, currency: str) -> str:
    """Describe the map by its highest and its lowest cell."""
    shown = _shown(cells)
    if shown.empty:
        return "No map: value by tenure and recency is not available."
    places = (shown["mean"].astype(float).idxmax(), shown["mean"].astype(float).idxmin())
    said = [
        f"{_worth(row, currency)} for {tenure(row.tenure)}, {recency(row.recency)}"
        for row in (shown.loc[place] for place in places)
    ]
    return f"A map of {people(len(shown), 'cell')}, tenure down and silence across, the darker the higher the value; highest {said[0]}; lowest {said[1]}."


def independence_message(found: Any, counted: str) -> str:
    """Say whether customers who are active more often bring more or less each time, and what that means for the model.

    Parameters
    ----------
    counted : str
        What an event is, such as "active month"; "" where there are contracts only.
    """
    if not counted:
        return (
            "Under a contract every month counts alike, so whether spend goes with frequency is no question."
        )
    if found is None or found.value is None:
        return "Whether spend goes with frequency cannot be said: too few customers have been active more than once."
    numbers = f"correlation {decimal(found.value, 2)}, 95% interval {interval(found.low, found.high, _two)}, {people(found.customers)}"
    if found.low <= 0 <= found.high:
        return sentence(
            f"no measurable difference: who is active more often does not bring more or less per {counted} ({numbers}), as the model supposes"
        )
    if found.value > 0:
        return sentence(
            f"who is active more often brings more per {counted} ({numbers}); the model supposes that the two have nothing to do with one"
            " another, so it values those seen rarely too high, and the busiest a little too low"
        )
    return sentence(
        f"who is active more often brings less per {counted} ({numbers}); the model supposes that the two have nothing to do with one another,"
        " so it values those seen rarely too low, and the busiest a little too high"
    )


def _two(value: Any) -> str:
    return decimal(value, 2)
