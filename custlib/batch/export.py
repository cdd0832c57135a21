"""Turn an executed notebook into one self-contained page: no script, no request, code folded away."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from custlib.batch.prose import ProseRenderer
from custlib.errors import RunFailed

TEMPLATES = Path(__file__).parent / "templates"
SIZE_LIMIT = 3_000_000

_HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL)
# Words with a quotation mark in them stand in single ones once nbconvert has written the page anew.
_SAID = re.compile(r"""\s(?:alt|title|aria-label)=(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
_STYLED = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)
_FOREIGN = re.compile(
    r"<(?:script|iframe|object|embed|base)\b"
    r"|\s(?:src|srcset|data|poster)\s*=\s*[\"']?(?!data:)[^\s\"'>]"
    r"|<link\b(?![^>]*href=\"data:)"
    r"|@import|url\(\s*[\"']?(?!data:|#)",
    re.IGNORECASE,
)

# nbconvert gives a picture without words some words of its own.
_WORDLESS = re.compile(
    r"""<img\b(?!(?:"[^"]*"|'[^']*'|[^>"'])*?\salt=(["'])(?!No description has been provided|\1))""",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heading:
    """A heading of a page: its level (1 to 6), its anchor and its text."""

    level: int
    id: str
    text: str


_SIGN = re.compile(
    "\N{MINUS SIGN}(?=[^\\d\\s<])|\\+(?=[\N{EURO SIGN}\N{POUND SIGN}$\N{YEN SIGN}\N{INDIAN RUPEE SIGN}])"
)


def export(executed: Path, target: Path, *, facts: Mapping[str, Any]) -> None:
    """Write the page of an executed notebook.

    Parameters
    ----------
    facts
        Company, month, scope, currency and definitions, ready to print, for the foot of the page.

    Raises
    ------
    RunFailed
        When the page would load something from outside, hold a script, lack a picture's
        alternative text, or be larger than a phone should be asked to fetch.
    """
    notebook = nbformat.read(executed, as_version=4)
    headings = prepare_prose(notebook)
    body, _ = _exporter().from_notebook_node(notebook)
    title = next((heading.text for heading in headings if heading.level == 1), executed.stem)
    second = [heading for heading in headings if heading.level == 2]
    page = render("page.html.j2", title=title, facts=facts, headings=second, body=Markup(body))
    refuse_unfit(page, target.name)
    target.write_text(page, encoding="utf-8")


def render(template: str, **values: Any) -> str:
    """Fill in one of the report's templates; every text is escaped."""
    page = _environment().get_template(f"report/{template}").render(**values)
    # Browsers may break a line between a sign and the currency after it. A plus before a letter is left
    # alone: pictures are written with it.
    return _SIGN.sub("\\g<0>\N{WORD JOINER}", page)


def prepare_prose(notebook: NotebookNode) -> list[Heading]:
    """Render each Markdown cell (into its metadata) and give the page's headings in order.

    Raw HTML in Markdown is shown as text, and every heading gets an anchor of its own.
    """
    headings: list[Heading] = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or "remove-cell" in cell.metadata.get("tags", []):
            continue
        markup = MarkdownWithMath(renderer=ProseRenderer()).render(cell.source)

        def anchor(found: re.Match[str]) -> str:
            text = unescape(_TAG.sub("", found[3])).strip()
            used = {heading.id for heading in headings}
            heading = Heading(int(found[1]), _slug(text, used), text)
            headings.append(heading)
            return f'<h{heading.level} id="{heading.id}">{found[3]}</h{heading.level}>'

        cell.metadata["custlib_html"] = _HEADING.sub(anchor, markup)
    return headings


def refuse_unfit(page: str, name: str) -> None:
    """Refuse a page that is not one complete file for every reader."""
    # Words between tags, and those a tag only says, load nothing; what else is inside tags and styles can.
    styles = "".join(_STYLED.findall(page))
    tags = (_SAID.sub(" ", tag) for tag in _TAG.findall(page))
    if found := _FOREIGN.search("\n".join([styles, *tags])):
        raise RunFailed(f"{name}: the page would hold a script or load something: {found[0].strip()!r}")
    if _WORDLESS.search(page):
        raise RunFailed(f"{name}: a picture has no alternative text\n  show charts by show_chart")
    size = len(page.encode("utf-8"))
    if size > SIZE_LIMIT:
        raise RunFailed(
            f"{name}: the page has {size:,} bytes, more than {SIZE_LIMIT:,}\n  show fewer figures or rows"
        )


def read_page(path: Path) -> dict[str, Any]:
    """Read what a notebook wrote for page one.

    Raises
    ------
    RunFailed
        When the notebook has not written it.
    """
    if not path.is_file():
        stem = path.name.removesuffix(".page.json")
        raise RunFailed(f"{stem}.ipynb wrote no {path.name}\n  its last cell has to call save_page")
    return json.loads(path.read_text(encoding="utf-8"))


def facts_of(page: Mapping[str, Any]) -> dict[str, Any]:
    """Give a page's facts with nothing missing: what it does not say prints as nothing."""
    empty = {"company": "", "month": "", "scope": "", "currency": "", "methods_version": ""}
    said = page.get("facts", {})
    agreed = {"agreed_by": "", "on": "", "version": "", **(said.get("definitions") or {})}
    return {**empty, **said, "definitions": agreed}


def _slug(text: str, used: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"
    name, count = base, 1
    while name in used or name == "content":
        count += 1
        name = f"{base}-{count}"
    return name


def _exporter() -> HTMLExporter:
    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = {"remove-cell", "parameters", "injected-parameters"}
    config.TagRemovePreprocessor.remove_input_tags = {"hide-input"}
    return HTMLExporter(config=config, extra_template_basedirs=[str(TEMPLATES)], template_name="report")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
