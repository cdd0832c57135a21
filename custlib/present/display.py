"""Put headlines, charts and tables on a notebook's page: the only module that touches IPython.

Every display is of one kind (one MIME type) and the same from run to run, so that the outputs of
two executions can be compared. Inside a batch run each figure and table is also written as a file.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import display

from custlib.present.charts import Chart
from custlib.present.numbers import number
from custlib.present.tables import Table
from custlib.present.tables import table as lay_out
from custlib.present.theme import use_theme


@dataclass
class Page:
    """What a notebook has said so far; written as ``<stem>.page.json`` for page one."""

    stem: str = "page"
    folder: Path | None = None
    version: str = ""
    headlines: list[dict[str, str]] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


_page = Page()


def begin_page(stem: str, results_folder: str = "", *, version: str = "") -> None:
    """Start a page: forget what an earlier run of the notebook said.

    Parameters
    ----------
    results_folder
        Where figures and tables are written too; nothing is written when it is "".
    version
        Version of the agreed definitions, said with every definition that folds out.
    """
    global _page
    _page = Page(stem, Path(results_folder) if results_folder else None, version)
    use_theme()


def show_headline(sentence: str, *, arithmetic: str = "", definition: str = "", key: str = "") -> None:
    """Show a finding in words; its arithmetic and definition fold out below it."""
    _page.headlines.append(
        {"key": key, "sentence": sentence, "arithmetic": arithmetic, "definition": definition}
    )
    version = f"Definitions version {_page.version}." if definition and _page.version else ""
    folded = "".join(f"<p>{escape(text)}</p>" for text in (arithmetic, definition, version) if text)
    details = f"<details><summary>How this was worked out</summary>{folded}</details>" if folded else ""
    _show_html(f'<div class="headline"><p><strong>{escape(sentence)}</strong></p>{details}</div>')


def show_note(text: str) -> None:
    """Show a caveat in quiet type."""
    _show_html(f'<p class="note">{escape(text)}</p>')


def show_notes(texts: Sequence[str]) -> None:
    """Show several caveats, each in a line of its own."""
    for text in texts:
        show_note(text)


def show_decisions(items: Sequence[str]) -> None:
    """Show what is worth a decision this month: three items at most, or a sentence that says none."""
    kept = [str(item) for item in items][:3]
    _page.decisions = kept
    if not kept:
        _show_html(
            '<p class="note">Nothing on this page stands out enough this month to ask for a decision.</p>'
        )
        return
    _show_html(f'<ol class="decisions">{"".join(f"<li>{escape(item)}</li>" for item in kept)}</ol>')


def show_chart(chart: Chart) -> None:
    """Show a chart: its words, the picture with its alternative text, and its table one click away.

    In a batch run the slide's pictures (PNG and SVG, words inside) and the table are written as files, and
    the page gets a second, narrower picture for phones.
    """
    _claim(chart.name)
    words, image = chart.words, {"width": 600, "alt": chart.alt}
    grid = lay_out(chart.table, name=chart.name, title=words.title, columns=chart.columns or None)
    if _page.folder is not None:
        _write_file("figures", f"{chart.name}.png", chart.slide_png())
        _write_file("figures", f"{chart.name}.svg", chart.slide_svg())
        image["narrow"] = _encoded(chart.narrow_png())
    _write_table(grid)
    _show_html(
        f'<div class="chart-words"><p class="chart-title"><strong>{escape(words.title)}</strong></p>'
        f'<p class="chart-subtitle">{escape(words.subtitle)}</p></div>',
        role="chart-words",
    )
    display(
        {"image/png": _encoded(chart.png())},
        raw=True,
        metadata={"image/png": image, "role": "chart", "alt": chart.alt},
    )
    _show_html(
        f'<details class="behind"><summary>The numbers behind this figure</summary>{grid.html}</details>'
        f'<p class="source">Source: {escape(words.source)}</p>',
        role="chart-table",
    )


def show_table(
    grid: Table | pd.DataFrame, *, name: str = "", title: str = "", columns: Mapping | None = None
) -> None:
    """Show a table laid out by `custlib.present.tables.table`, or lay out a frame first."""
    if isinstance(grid, pd.DataFrame):
        grid = lay_out(grid, name=name, title=title, columns=columns)
    _claim(grid.name)
    _write_table(grid)
    _show_html(grid.html, role="table")


def save_page(
    *,
    title: str,
    lead: str,
    facts: Mapping[str, Any],
    summary: Sequence[str] = (),
    tiles: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write what page one needs to know of this page; outside a batch run nothing is written.

    Parameters
    ----------
    lead
        The page's message in one sentence.
    facts
        company, month, scope, currency and definitions, ready to print.
    summary
        The month in six sentences (the customer base page only).
    tiles
        One mapping per tile: measure, label, value, change_month, change_year, verdict, spark,
        arithmetic, definition.
    """
    if _page.folder is None:
        return
    said = {
        "notebook": _page.stem,
        "title": title,
        "lead": lead,
        "headlines": _page.headlines,
        "summary": list(summary),
        "tiles": [dict(tile) for tile in tiles],
        "decisions": _page.decisions,
        "facts": dict(facts),
    }
    text = json.dumps(_plain(said), indent=1, ensure_ascii=False, allow_nan=False, default=str)
    _page.folder.mkdir(parents=True, exist_ok=True)
    (_page.folder / f"{_page.stem}.page.json").write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Make a value fit for JSON, which knows no NaN: what is missing becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, Decimal, np.number)):
        exact = number(value)
        return None if exact is None else float(exact)
    return value


def _encoded(image: bytes) -> str:
    return base64.b64encode(image).decode("ascii")


def _claim(name: str) -> None:
    if name in _page.names:
        raise ValueError(
            f"{name!r} is already shown on this page; each figure and table needs a name of its own"
        )
    _page.names.add(name)


def _write_table(grid: Table) -> None:
    _write_file("tables", f"{grid.name}.csv", grid.csv())


def _write_file(folder: str, name: str, content: bytes) -> None:
    if _page.folder is None:
        return
    target = _page.folder / folder
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{_page.stem}-{name}").write_bytes(content)


def _show_html(markup: str, *, role: str = "words") -> None:
    display({"text/html": markup}, raw=True, metadata={"role": role})
