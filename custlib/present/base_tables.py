"""The customer base page's small tables, laid out from comparisons and series."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from custlib.measure.figures import Units, YearOfMargin
from custlib.measure.series import Series, series
from custlib.periods import Month, add_months, month_text
from custlib.present.numbers import Writer, count, signed
from custlib.present.tiles import tile


def over_time(past: Series, month: Month) -> pd.DataFrame:
    """Lay a series out by month (YYYY-MM), leaving out the months before its first known value."""
    first = next((place for place, value in enumerate(past.values) if value is not None), 0)
    size = len(past.values)
    rows = [
        (month_text(add_months(month, place + 1 - size)), value) for place, value in enumerate(past.values)
    ]
    return pd.DataFrame(rows[first:], columns=["month", "value"])


def opening_to_close(row: pd.Series | None) -> pd.DataFrame:
    """Lay both bridges of one comparison side by side: line, customers ("" where it moves money only), value."""
    lines = [
        ("Active at the opening", "opening", "opening_value", 1),
        ("New", "new", "new_value", 1),
        ("Won back", "won_back", "won_back_value", 1),
        ("Lost", "lost", "lost_value", -1),
        ("Growth of those who stayed", None, "growth", 1),
        ("Decline of those who stayed", None, "decline", -1),
        ("Active at the close", "closing", "closing_value", 1),
    ]
    rows: list[tuple[str, Any, Any]] = []
    for line, heads, value, sign in lines:
        if row is None:
            rows.append((line, None, None))
        else:
            worth = None if row[value] is None else sign * row[value]
            rows.append((line, sign * int(row[heads]) if heads else "", worth))
    return pd.DataFrame(rows, columns=["line", "customers", "value"], dtype=object)


def bridge_columns(word: str, money: Writer) -> dict[str, tuple[str, Callable[[Any], str]]]:
    """Name the columns of a bridge and how each is written."""
    heads: Callable[[Any], str] = lambda value: "" if value == "" else count(value)  # noqa: E731
    return {"line": ("Line", str), "customers": ("Customers", heads), "value": (word.capitalize(), money)}


def value_bridge(row: pd.Series | None) -> pd.DataFrame:
    """Lay the value bridge out for a waterfall: label, value, kind."""
    table = opening_to_close(row)
    kinds = ["total", *["change"] * (len(table) - 2), "total"]
    return pd.DataFrame({"label": table.line, "value": table.value, "kind": kinds})


def flows_over_time(history: pd.DataFrame, month: Month) -> pd.DataFrame:
    """Lay the monthly flows out: month, new, won_back, lost; missing where not available."""
    names = {"new": "new_customers", "won_back": "won_back_customers", "lost": "lost_customers"}
    past = {name: series(history, measure, 1, month=month) for name, measure in names.items()}
    table = over_time(past["new"], month).rename(columns={"value": "new"})
    for name in ("won_back", "lost"):
        table[name] = list(past[name].values)[-len(table) :]
    return table


def per_head(lost: YearOfMargin, new: YearOfMargin) -> pd.DataFrame:
    """Set what a leaver brought beside what a joiner brings: label, value per head."""
    rows = [("A leaver, last active year", lost.per_head), ("A joiner, first year", new.per_head)]
    return pd.DataFrame(rows, columns=["label", "value"], dtype=object)


def stayed(row: pd.Series | None, word: str) -> pd.DataFrame:
    """Count those who stayed and moved, in money, transactions and products: in, more, fewer."""
    lines = [
        (word.capitalize(), "growing", "declining"),
        ("Transactions in 12 months", "more_transactions", "fewer_transactions"),
        ("Products", "more_products", "fewer_products"),
    ]
    rows = [
        (line, None, None) if row is None else (line, _whole(row[more]), _whole(row[fewer]))
        for line, more, fewer in lines
    ]
    return pd.DataFrame(rows, columns=["in", "more", "fewer"], dtype=object)


def segments(
    tables: Mapping[str, pd.DataFrame], *, hidden: Mapping[str, set[str]], known: bool
) -> pd.DataFrame:
    """Put the comparisons of all dimensions under one another, without segments that are empty or too small to show.

    Returns
    -------
    DataFrame
        ``dimension``, ``segment``, ``opening``, ``closing`` (customers), ``lost``, ``value`` (at the close),
        ``change`` of value; largest segments first.
    """
    rows = []
    for dimension, table in tables.items() if known else ():
        for segment, row in table.sort_values("closing", ascending=False, kind="stable").iterrows():
            if segment not in hidden[dimension] and (row.opening or row.closing):
                change = row.closing_value - row.opening_value
                name = dimension.replace("_", " ")
                heads = [int(row[column]) for column in ("opening", "closing", "lost")]
                rows.append((name, segment, *heads, row.closing_value, change))
    return pd.DataFrame(
        rows, columns=["dimension", "segment", "opening", "closing", "lost", "value", "change"], dtype=object
    )


def segment_columns(word: str, money: Writer) -> dict[str, tuple[str, Callable[[Any], str]]]:
    """Name the columns of the segment table and how each is written."""
    return {
        "dimension": ("Split by", str),
        "segment": ("Segment", str),
        "opening": ("Then", count),
        "closing": ("Now", count),
        "lost": ("Lost", count),
        "value": (f"{word.capitalize()} now", money),
        "change": ("Change", lambda value: signed(value, money)),
    }


def tiles(
    get: Callable[[str, int], Series], units: Units, terms: Mapping[str, str], word: str, arithmetic: str
) -> list[dict[str, Any]]:
    """Describe page one's tiles.

    Parameters
    ----------
    get : callable
        Gives a measure's series by name and window.
    arithmetic : str
        The volume bridge written out.
    """
    value = f"{word.capitalize()} of active customers, {units.value_window} months"
    chosen = [
        tile(get("active_customers", units.active_window), label="Active customers", arithmetic=arithmetic,
             definition=terms["Active"], judged=True),
        tile(get("active_margin", units.value_window), label=value, definition=terms["Value"], judged=True),
        tile(get("new_customers", 1), label="New customers in the month", definition=terms["New"], judged=True),
        tile(get("lost_customers", 1), label="Lost customers in the month", definition=terms["Lost"], judged=True),
    ]  # fmt: skip
    if units.has_core:
        core = get("core_customers", units.core_window)
        chosen.append(tile(core, label="Core customers", definition=terms["Core customer"], judged=True))
    month = tile(
        get("margin", 1),
        label=f"{word.capitalize()} of the month",
        definition=f"{word.capitalize()} of all known customers, in the month alone.",
        judged=True,
    )
    chosen.append(month)
    return chosen


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
