"""Tables for a page: formatted numbers, right-aligned, with a caption and a stable identity."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any

import pandas as pd
from great_tables import GT

from custlib.present.numbers import NOT_AVAILABLE, Writer, decimal

_STYLE = re.compile(r"<style>.*?</style>\s*", re.DOTALL)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BOX = re.compile(r'<div id="[^"]*"[^>]*>')


@dataclass(frozen=True)
class Table:
    """A table as a page prints it (`html`) and as a program reads it (`frame`, full precision)."""

    name: str
    title: str
    html: str
    frame: pd.DataFrame

    def csv(self) -> bytes:
        """Write the frame for spreadsheets, where a text such as ``=1+1`` must not be taken for a formula."""
        safe = self.frame.rename(columns=_no_formula)
        for place in range(safe.shape[1]):
            if not pd.api.types.is_numeric_dtype(column := safe.iloc[:, place]):
                safe.isetitem(
                    place, pd.Series([_no_formula(each) for each in column], safe.index, dtype=object)
                )
        return safe.to_csv(index=False, lineterminator="\n").encode("utf-8")


def table(
    frame: pd.DataFrame,
    *,
    name: str,
    title: str,
    columns: Mapping[str, tuple[str, Writer]] | None = None,
    blank: Sequence[str] = (),
) -> Table:
    """Lay out a frame.

    Parameters
    ----------
    frame
        One row per line of the table.
    columns
        The columns to print, in order, each with its heading and the function that writes a value
        (see `custlib.present.numbers`). Without it all columns are printed.
    blank
        Columns in which a missing value has no place on its line, and is left out rather than "not available".
    """
    chosen = (
        dict(columns) if columns else {str(column): (_heading(column), _plain) for column in frame.columns}
    )
    missing = [column for column in chosen if column not in frame.columns]
    if missing:
        raise ValueError(
            f"table {name}: no column {missing[0]!r}; there are {', '.join(map(str, frame.columns))}"
        )
    # Columns are numbered: a column's own name may hold blanks, which an HTML id must not.
    printed = pd.DataFrame(
        {
            f"c{place}": pd.Series(
                [_write(write, value, "" if column in blank else NOT_AVAILABLE) for value in frame[column]],
                dtype=object,
            )
            for place, (column, (_, write)) in enumerate(chosen.items())
        }
    )
    if printed.empty:
        printed.loc[0] = ["none", *[""] * (len(chosen) - 1)]
    numeric = [f"c{place}" for place, column in enumerate(chosen) if _is_numeric(frame[column])]
    identity = f"table-{name}"
    grid = (
        GT(printed, id=identity)
        .cols_align("left")
        .cols_label(cases={f"c{place}": label for place, (label, _) in enumerate(chosen.values())})
    )
    if numeric:
        grid = grid.cols_align("right", columns=numeric)
    return Table(name, title, _light(grid.as_raw_html(), identity, title), frame[list(chosen)].copy())


def _light(markup: str, identity: str, title: str) -> str:
    """Leave the look to the page: nine kilobytes of style per table shrink to two lines.

    The two that stay align text in JupyterLab, which would push it to the right.
    """
    body = _STYLE.sub("", markup)
    keep = f"<style>#{identity} .gt_left{{text-align:left}}#{identity} .gt_right{{text-align:right}}</style>"
    box = f'<div id="{identity}" class="table-box" role="region" aria-label="{escape(title)}" tabindex="0">{keep}'
    body = _BOX.sub(lambda _: box, body, count=1)
    body = re.sub(r' data-quarto-[a-z-]+="false"', "", body)
    body = re.sub(
        r'(<table class="gt_table"[^>]*>)',
        lambda found: f"{found[1]}<caption>{escape(title)}</caption>",
        body,
    )
    return re.sub(r"\n\s*\n+", "\n", body).strip()


def _no_formula(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would work out."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write(write: Writer, value: Any, missing: str) -> str:
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return missing
    return str(write(value))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (date, pd.Timestamp)):
        return f"{value:%Y-%m-%d}"
    return decimal(value, 0 if value == int(value) else 2)


def _heading(column: Any) -> str:
    return str(column).replace("_", " ").capitalize()


def _is_numeric(column: pd.Series) -> bool:
    known = column.dropna()
    return pd.api.types.is_numeric_dtype(column) or (
        len(known) > 0 and isinstance(known.iloc[0], (int, float, Decimal))
    )
