"""Page one: the month in six sentences, the figures as tiles, and the way to each page.

It is made from what the notebooks wrote (``<stem>.page.json``), and has no notebook of its own.
"""

from collections.abc import Mapping, Sequence
from itertools import dropwhile
from pathlib import Path
from typing import Any

from markupsafe import Markup

from custlib.batch.commentary import Comment
from custlib.batch.export import facts_of, read_page, refuse_unfit, render
from custlib.present.charts import sparkline

SENTENCES = ("In", "Out", "Worth", "Unusual?", "Why", "What we do not know")
FILES = ("results.csv", "history.csv", "manifest.json")
RESTATED = "restatements.csv"
_TILE = {
    "measure": "",
    "label": "",
    "value": "not available",
    "change_month": "not available",
    "change_year": "not available",
    "verdict": "",
    "spark": (),
    "spark_said": "",
    "arithmetic": "",
    "definition": "",
}


def write_index(
    folder: Path, results: Path, stems: Sequence[str], comment: Comment | None = None, missing: str = ""
) -> None:
    """Write ``index.html`` into a run's folder.

    Parameters
    ----------
    folder
        Where the pages ``<stem>.html`` are.
    results
        Where the notebooks wrote ``<stem>.page.json``.
    stems
        The notebooks' names in reading order.
    comment
        What a person says of the month; it stands in a box of its own.
    missing
        Which pages are not there, and why, in a sentence.
    """
    pages = [read_page(results / f"{stem}.page.json") for stem in stems]
    # The page with the six sentences speaks first when decisions are chosen.
    leading = sorted(pages, key=lambda page: not page.get("summary"))
    first = leading[0]
    facts = facts_of(first)
    page = render(
        "page_one.html.j2",
        # Without a log the month is only the one under which answers are filed.
        title="What our customers say" if missing else f"Our customers in {facts['month']}",
        facts=facts,
        summary=label_sentences(first.get("summary", [])),
        tiles=[_tile(tile, facts) for page in leading for tile in page.get("tiles", [])],
        decisions=choose_decisions(leading),
        pages=[{"file": f"{stem}.html", **page} for stem, page in zip(stems, pages, strict=True)],
        missing=missing,
        headings=[],
        comment=comment,
        files=(*FILES, *([RESTATED] if any(results.glob(f"*.{RESTATED}")) else [])),
    )
    refuse_unfit(page, "index.html")
    (folder / "index.html").write_text(page, encoding="utf-8")


def label_sentences(sentences: Sequence[str]) -> list[tuple[str, str]]:
    """Put the question each sentence answers before it; other than six sentences stay unlabelled."""
    labels = SENTENCES if len(sentences) == len(SENTENCES) else [""] * len(sentences)
    return list(zip(labels, sentences, strict=True))


def choose_decisions(pages: Sequence[Mapping[str, Any]], most: int = 3) -> list[str]:
    """Take the decisions of the pages in turn (each page's first before any page's second), without repeats."""
    ranked = [
        (place, order, text)
        for order, page in enumerate(pages)
        for place, text in enumerate(page.get("decisions", []))
    ]
    return list(dict.fromkeys(text for _, _, text in sorted(ranked, key=lambda item: item[:2])))[:most]


def _tile(written: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    tile = {**_TILE, **{key: value for key, value in written.items() if value is not None}}
    # The line begins with the first month known; what is missing after that is a gap.
    past = list(dropwhile(lambda value: value is None, tile["spark"]))
    said = f"{tile['label']}, month by month: {len(past)} months to {facts['month']}"
    said += f", {tile['spark_said']}" if tile["spark_said"] else ""
    tile["picture"] = Markup(sparkline(past, label=said))
    return tile
