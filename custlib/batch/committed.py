"""Refuse a committed notebook whose saved run is not that of the sample company.

``python -m custlib.batch.committed notebooks/*.ipynb`` is what the commit hook calls. It reads, and runs nothing:
that the outputs are those of the cells as they stand is for ``make test`` to find out.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from custlib.batch.parameters import DEFAULTS, parameters_of
from custlib.batch.refresh import METADATA
from custlib.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
TAGS = {"parameters", "hide-input", "remove-cell"}

_SUBTITLE = re.compile(r'<p class="chart-subtitle">(.*?)</p>', re.DOTALL)
_STYLE = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.])\d+(?!\w|\.\d)")
_TEXTS = ("text/html", "text/plain")
KINDS = {*_TEXTS, "image/png"}


@dataclass(frozen=True)
class Sample:
    """What gives the sample company's outputs away, and what gives others' away."""

    root: Path = ROOT

    @cached_property
    def title(self) -> str:
        """The sample company's title, as every figure's subtitle has it."""
        return str(self._titles["sample"])

    @cached_property
    def others(self) -> set[str]:
        """Names and titles of the other companies that the workbook knows."""
        return {name for pair in self._titles.items() for name in pair} - {"sample", self.title}

    @cached_property
    def _titles(self) -> dict[str, str]:
        files = sorted((self.root / "companies").glob("*.yaml"))
        return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["title"] for path in files}

    @cached_property
    def ids(self) -> set[str]:
        """Every customer of the sample."""
        import pyarrow.parquet as pq

        table = pq.read_table(self.root / "data" / "sample" / "customers.parquet", columns=["customer_id"])
        return set(table.column(0).to_pylist())


def problems(notebook: NotebookNode, sample: Sample) -> Iterator[str]:
    """Say what stands in the way of committing a notebook; nothing when it is fit."""
    yield from _of_parameters(notebook)
    yield from _of_cells(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.get("execution_count") for cell in code]
    if counts != list(range(1, len(code) + 1)):
        yield "it was not run once from top to foot: run `make notebooks`"
    outputs = [output for cell in code for output in cell.outputs]
    if not outputs:
        yield "it has no outputs: run `make notebooks`"
    yield from _of_outputs(outputs, sample)
    told = [_plain(cell.source) for cell in notebook.cells] + [
        text for output in outputs for text in _texts(output)
    ]
    if named := sorted({number for text in told for number in _NUMBER.findall(text)} & sample.ids):
        count = len(named)
        yield f"it names {count} customer{'s' * (count != 1)}: show counts, and keep lists by save_list"


def _of_parameters(notebook: NotebookNode) -> Iterator[str]:
    try:
        given = parameters_of(notebook)
    except UsageError as error:
        yield str(error)
        return
    for name, value in given.items():
        if name not in DEFAULTS:
            yield f"its parameter {name!r} is unknown; the parameters are {', '.join(DEFAULTS)}"
        elif value != DEFAULTS[name]:
            yield f"its parameter {name} is {value!r}, not {DEFAULTS[name]!r}: work in a copy, by `custlib explore`"


def _of_cells(notebook: NotebookNode) -> Iterator[str]:
    if notebook.metadata != METADATA:
        extra = sorted(set(notebook.metadata) - set(METADATA)) or ["the kernel"]
        yield f"its metadata tell of {extra[0]}: run `make notebooks`"
    for place, cell in enumerate(notebook.cells, start=1):
        tags = set(cell.metadata.get("tags", []))
        if more := sorted(set(cell.metadata) - {"tags"}):
            yield f"cell {place} has metadata {more[0]!r}: run `make notebooks`"
        if unknown := sorted(tags - TAGS):
            yield f"cell {place} has the tag {unknown[0]!r}; the tags are {', '.join(sorted(TAGS))}"


def _of_outputs(outputs: Sequence[NotebookNode], sample: Sample) -> Iterator[str]:
    texts = [text for output in outputs for text in _texts(output)]
    for output in outputs:
        if output.output_type == "error":
            yield f"a cell failed with {output.ename}"
        elif output.output_type == "stream":
            yield f"a cell writes to {output.name}: show a note instead"
        elif len(output.data) != 1 or set(output.data) - KINDS:
            yield f"an output is of the kind {' and '.join(sorted(output.data))}: show it by custlib.present.display"
    if outputs and not any(sample.title in text for text in texts):
        yield f"its outputs do not name {sample.title}: are they of another company?"
    for subtitle in (found for output in outputs for found in _SUBTITLE.findall(_html(output))):
        if sample.title not in unescape(subtitle):
            yield f"a figure is not of {sample.title}, by its subtitle {unescape(subtitle)!r}"
    for other in sorted(sample.others):
        if any(re.search(rf"(?<!\w){re.escape(other)}(?!\w)", text) for text in texts):
            yield f"an output mentions {other}: work in a copy, by `custlib explore`"


def _html(output: NotebookNode) -> str:
    return str(output.get("data", {}).get("text/html", ""))


def _texts(output: NotebookNode) -> Iterator[str]:
    """Give an output's texts as a reader sees them; pictures have none."""
    yield _plain(str(output.get("text", "")))
    data: dict[str, Any] = output.get("data", {})
    yield from (_plain(str(data[kind])) for kind in _TEXTS if kind in data)
    yield str(output.get("metadata", {}).get("alt", ""))


def _plain(text: str) -> str:
    return unescape(_STYLE.sub(" ", text))


def check(paths: Sequence[Path], sample: Sample | None = None) -> list[str]:
    """List what is wrong with some notebooks, each line with the file's name."""
    sample = sample or Sample()
    found = []
    for path in paths:
        try:
            notebook = nbformat.read(path, as_version=4)
            found += [f"{path.name}: {problem}" for problem in dict.fromkeys(problems(notebook, sample))]
        except (OSError, ValueError, AttributeError, KeyError) as error:
            found.append(f"{path.name}: it cannot be read as a notebook ({type(error).__name__})")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(check([Path(name) for name in sys.argv[1:]])) or 0)
