"""Small tables of cohorts, beginnings, returns and the board, laid out for a page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from custlib.measure.beginnings import ALL, Beginners
from custlib.measure.board import NOBODY, Sheet
from custlib.measure.cohorts import Cohorts
from custlib.measure.generations import Plan, curve
from custlib.measure.layers import Layers
from custlib.measure.payback import Row
from custlib.measure.reasons_by_segment import NOT_RECORDED
from custlib.periods import Month, add_months, month_text
from custlib.present.numbers import Writer, count, share
from custlib.present.wording import spans

# As many as a page has room for; results.csv has all.
MOST_AGES = 3

Columns = dict[str, tuple[str, Callable[[Any], str]]]


def layers(found: Layers) -> pd.DataFrame:
    """Lay the layers out for a chart: month (YYYY-MM), layer in words, value."""
    table = found.table
    return pd.DataFrame(
        {
            "month": [month_text(month) for month in table.month],
            "layer": [spans.layer(name) for name in table.layer],
            "value": table.value,
        }
    )


def curves(cohorts: Cohorts, plan: Plan | None) -> pd.DataFrame:
    """Lay what joiners bring by age out for a chart: cohort in words (earliest first), age, value."""
    parts = [
        curve(cohorts, generation).assign(cohort=spans.named(generation))
        for generation in reversed(plan.generations if plan else ())
    ]
    columns = ["cohort", "age", "value"]
    return pd.concat(parts)[columns].reset_index(drop=True) if parts else pd.DataFrame(columns=columns)


def cohorts(rows: Sequence[Row]) -> pd.DataFrame:
    """Lay cohorts out, the earliest first: won, customers, active at ages, age, margin and cost each, payback.

    Margin and payback stand at ``age``, the months that the youngest of the line have had.
    """
    ages = sorted({age for row in rows for age, value in row.active.items() if value is not None})[
        -MOST_AGES:
    ]
    lines = [
        {
            "won": spans.named(row.generation),
            "customers": row.generation.customers,
            **{f"active_{age}": _not_yet(row, row.active.get(age), age) for age in ages},
            "age": row.age,
            "margin": row.margin,
            "cost": row.cost,
            "payback": _payback(row),
        }
        for row in rows
    ]
    names = ["won", "customers", *[f"active_{age}" for age in ages], "age", "margin", "cost", "payback"]
    return pd.DataFrame(lines, columns=names, dtype=object)


def _payback(row: Row) -> int | str | None:
    """Give the months after which a group paid back; by when it has not, where cost and margin are known."""
    return f"not at {_span(row.age)}" if row.known and row.payback is None else row.payback


def _not_yet(row: Row, value: float | None, age: int) -> Any:
    return "not yet" if age > row.age else value


def cohort_columns(table: pd.DataFrame, word: str, money: Writer, *, costs: bool) -> Columns:
    """Name the columns of the cohort table; without costs those of cost and payback stay away."""
    ages = [name for name in table.columns if name.startswith("active_")]
    named: Columns = {"won": ("Won in", str), "customers": ("Customers", count)}
    for name in ages:
        named[name] = (f"Active at {name.removeprefix('active_')} months", _text_or(share))
    named["age"] = ("Months its youngest have had", count)
    named["margin"] = (f"{word.capitalize()} each at that age", money)
    if costs:
        named |= {"cost": ("Cost each", money), "payback": ("Paid back after months", _text_or(count))}
    return named


def _text_or(write: Writer) -> Callable[[Any], str]:
    """Write a number, and leave a text as it is."""
    return lambda value: value if isinstance(value, str) else write(value)


def second(
    table: pd.DataFrame | None, who: Beginners | None, medians: Mapping[str, int | None]
) -> pd.DataFrame:
    """Lay the second purchases out by channel: share within each span, median months of those who did."""
    spans_told = who.within if who else ()
    lines = [
        {
            "channel": "All" if row["channel"] == ALL else row["channel"],
            "customers": row["customers"],
            **{f"within_{span}": row[f"months_{span}"] / row["customers"] for span in spans_told},
            "median": medians.get(row["channel"]),
        }
        for row in _shown(table)
    ]
    names = ["channel", "customers", *[f"within_{span}" for span in spans_told], "median"]
    return pd.DataFrame(lines, columns=names, dtype=object)


def second_columns(who: Beginners | None) -> Columns:
    """Name the columns of the table of second purchases."""
    named: Columns = {"channel": ("Won by", str), "customers": ("Customers", count)}
    for span in who.within if who else ():
        named[f"within_{span}"] = (f"Within {_span(span)}", share)
    return named | {"median": ("Half of these within months", count)}


def _span(span: int) -> str:
    return "1 month" if span == 1 else f"{span} months"


def _shown(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Give the rows of a table by channel that may be shown; a lone "all" says nothing more."""
    if table is None:
        return []
    return [
        {str(name): value for name, value in row.items()}
        for row in table[~table.hidden.astype(bool)].to_dict("records")
    ]


def steps(table: pd.DataFrame | None, who: Beginners | None, *, core: bool) -> pd.DataFrame:
    """Lay activation out for a chart: label (channel), within (span), step, value (share of the opened)."""
    kinds = {"active": "active_age", **({"core": "core_age"} if core else {})}
    lines = [
        (
            f"{'All' if row['channel'] == ALL else row['channel']} ({count(row['customers'])})",
            f"Within {_span(span)}",
            step,
            row[f"{column}_{span}"] / row["customers"],
        )
        for row in _shown(table)
        for span in (who.within if who else ())
        for step, column in kinds.items()
    ]
    return pd.DataFrame(lines, columns=["label", "within", "step", "value"])


def returns(table: pd.DataFrame, month: Month) -> pd.DataFrame:
    """Lay the lost of earlier months out, the latest first: month, lost, came_back, share, active_now."""
    lines = [
        (
            spans.label(lost := add_months(month, -int(row.months_ago)), lost),
            int(row.lost),
            int(row.came_back),
            row.came_back / row.lost if row.lost else "nobody lost",
            int(row.active_now),
        )
        for row in table.itertuples()
    ]
    return pd.DataFrame(lines, columns=["month", "lost", "came_back", "share", "active_now"], dtype=object)


RETURNS: Columns = {
    "month": ("Lost in", str),
    "lost": ("Called lost", count),
    "came_back": ("Came back since", count),
    "share": ("Share", _text_or(share)),
    "active_now": ("Active now", count),
}


def board(sheet: Sheet, money: Writer) -> pd.DataFrame:
    """Lay the five counts out, the whole base first and then each segment that may be shown.

    Returns
    -------
    DataFrame
        ``segment``; ``new`` and ``lost``, each with its money (and the reason most often named); ``kept``;
        ``margin``; ``profit`` (None where not available); ``referred``, and how many sent others. Money of few is hidden.
    """
    lines = []
    for dimension, table in sheet.comparisons.items() if sheet.known.newcomers else ():
        for segment, row in table.sort_values("closing", ascending=False, kind="stable").iterrows():
            whole, name = dimension == ALL, str(segment)
            won, left = sheet.winning[dimension].get(name, NOBODY), sheet.lost[dimension].get(name)
            # Nobody active at either end may still have brought money in between, or cost some.
            there = row.opening or row.closing or won.margin or won.cost
            if segment in sheet.hidden.get(dimension, ()) or not there:
                continue
            reason = "" if whole else most_named(sheet.reasons.get(dimension), name)

            def told(measure: str, value: Any, place: tuple[str, str] = (dimension, name)) -> Any:
                return "hidden" if value is not None and (measure, *place) in sheet.suppressed else value

            new_value = told("new_margin", row.new_value if sheet.known.value else None)
            lost_value = told("lost_annual_margin", left.margin if left else None)
            lines.append(
                {
                    "segment": "All customers" if whole else f"{dimension.replace('_', ' ')}: {name}",
                    "new": _with_money(row.new, new_value, money),
                    "lost": _with_money(row.lost, lost_value, money) + (f", {reason}" if reason else ""),
                    "kept": int(row.retained),
                    "margin": "hidden" if won.private and won.margin is not None else won.margin,
                    "profit": told("profit", won.profit),
                    "referred": f"{count(won.referred)} ({count(won.sent)})",
                }
            )
    names = ["segment", "new", "lost", "kept", "margin", "profit", "referred"]
    return pd.DataFrame(lines, columns=names, dtype=object)


def hides(table: pd.DataFrame) -> bool:
    """Say whether the board hides something."""
    return any("hidden" in str(cell) for name in ("new", "lost", "margin", "profit") for cell in table[name])


def _with_money(heads: Any, value: Any, money: Writer) -> str:
    """Write a count with the money that goes with it, where that is known and may be shown."""
    return count(heads) + ("" if value is None else f" ({value if isinstance(value, str) else money(value)})")


def most_named(reasons: pd.DataFrame | None, segment: str) -> str:
    """Give the recorded reason most often named in a segment, of those that may be shown."""
    if reasons is None or reasons.empty:
        return ""
    rows = reasons[
        (reasons.segment == segment) & ~reasons.hidden.astype(bool) & (reasons.reason != NOT_RECORDED)
    ]
    return "" if rows.empty else f"{rows.reason.iloc[0]} ({count(rows.customers.iloc[0])})"


def board_columns(sheet: Sheet, word: str, money: Writer) -> Columns:
    """Name the board's columns; those of which nothing is known anywhere stay away."""
    write = _text_or(money)
    named: Columns = {
        "segment": ("Customers", str),
        "new": ("New", str),
        "lost": ("Lost", str),
        "kept": ("Stayed", count),
        "margin": (f"{word.capitalize()} of all", write),
    }
    if sheet.whole.profit is not None:
        named["profit"] = ("Profit", write)
    if sheet.known.referrals:
        named["referred"] = ("Referred, still active", str)
    return named
