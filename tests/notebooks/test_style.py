"""One style for all notebooks: a story in short cells, with no logic, no path and no typed number in it."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from custlib.batch.parameters import parameters_cell

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 12
MOST_CELLS = 60
LARGEST = 1_500_000  # bytes, pictures included: what a reviewer's browser opens without a wait
# The face that custlib shows to notebooks, and the two libraries in which its tables are.
MODULES = {"custlib", "custlib.present", "ibis", "pandas"}
FROM_CUSTLIB = {"collect", "open_month", "results", "save_list"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def code(notebook):
    """Give the code cells as (id, tree)."""
    return [(cell.id, ast.parse(cell.source)) for cell in notebook.cells if cell.cell_type == "code"]


def lines(notebook, kind):
    return [
        (cell.id, line)
        for cell in notebook.cells
        if cell.cell_type == kind
        for line in cell.source.splitlines()
    ]


def test_a_cell_holds_no_logic(code):
    logic = (
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.While, ast.Global, ast.Delete,
    )  # fmt: skip
    assert [
        (name, type(node).__name__)
        for name, tree in code
        for node in ast.walk(tree)
        if isinstance(node, logic)
    ] == []


def test_no_magic_no_shell_no_semicolon(notebook):
    # What is no Python at all would have failed to parse; these would not, inside a string of a magic.
    odd = re.compile(r"^\s*[%!]|^\s*\?|\?\s*$|;\s*$|get_ipython|os\.system|subprocess")
    assert [found for found in lines(notebook, "code") if odd.search(found[1])] == []
    assert not [(name, line) for name, line in lines(notebook, "code") if _semicolon(line)]


def _semicolon(line: str) -> bool:
    """Say whether a line has a semicolon outside of texts and comments."""
    bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#.*", "", line)
    return ";" in bare


def test_cells_are_short(notebook, path):
    assert [(cell.id, n) for cell in notebook.cells if cell.cell_type == "code" and (n := len(cell.source.splitlines())) > LONGEST_CELL] == []  # fmt: skip
    assert len(notebook.cells) <= MOST_CELLS


def test_no_number_is_typed_in_prose(notebook):
    """Whatever varies by month or company is computed; there is no exception so far."""
    assert [(name, line) for name, line in lines(notebook, "markdown") if re.search(r"\d", line)] == []


def test_no_path_is_written(notebook, code):
    """A kernel starts in the caller's folder in one case and in the notebook's in the other."""
    texts = [(name, node.value) for name, tree in code for node in ast.walk(tree)
             if isinstance(node, ast.Constant) and isinstance(node.value, str)]  # fmt: skip
    path = re.compile(r"^\.{0,2}/|^~|\\\\|[\w.-]+/[\w.-]+\.\w+$|\.(csv|parquet|ya?ml|xlsx|ipynb|json)$")
    assert [found for found in texts if path.search(found[1].strip())] == []
    assert not [line for line in lines(notebook, "markdown") if re.search(r"\]\((?!#)", line[1])]


def test_only_the_public_face_is_imported(code):
    found = set()
    for _name, tree in code:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {(alias.name, "") for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                found |= {(node.module, alias.name) for alias in node.names}
    assert {module for module, _ in found} <= MODULES
    assert {name for module, name in found if module == "custlib"} <= FROM_CUSTLIB
    assert "*" not in {name for _, name in found}


def test_nothing_private_is_reached_for(code):
    reached = [(name, node.attr) for name, tree in code for node in ast.walk(tree)
               if isinstance(node, ast.Attribute) and node.attr.startswith("_")]  # fmt: skip
    assert reached == []


def test_it_begins_with_a_question_and_every_cell_stands_under_a_heading(notebook):
    first, *rest = notebook.cells
    assert first.cell_type == "markdown" and re.match(r"# .+\?$", first.source.splitlines()[0])
    headings = [line for _, line in lines(notebook, "markdown") if line.startswith("#")]
    assert [line for line in headings if line.startswith("# ")] == headings[:1]
    assert len(headings) == len(set(headings))
    last = None
    for cell in rest:
        if cell.cell_type == "markdown":
            assert cell.source.startswith("## ") or last == "code", cell.id
        elif "tags" not in cell.metadata:
            assert any(other.source.startswith("## ") for other in rest[: rest.index(cell)]), cell.id
        last = cell.cell_type
    assert rest[0] is parameters_cell(notebook) and rest[1].metadata.tags == ["hide-input"]
    assert {"## How sure we are", "## What this does not show", "## Checks"} <= set(headings)


def test_ids_are_words_and_unique(notebook):
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))
    assert [one for one in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*", one)] == []


def test_no_cell_ends_in_a_blank_line_and_none_is_empty(notebook):
    assert [cell.id for cell in notebook.cells if cell.source != cell.source.strip() or not cell.source] == []


def test_the_file_is_not_large(path):
    assert path.stat().st_size < LARGEST


def test_what_is_shown_is_shown_by_the_house(notebook):
    """Displays say what they are (role); the one plain value a cell may end with is a list that was saved."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "execute_result":
                assert set(output.data) == {"text/plain"} and " in lists/" in output.data["text/plain"], (
                    cell.id
                )
            else:
                assert "role" in output.metadata, cell.id
            assert "alt" in output.metadata or "image/png" not in output.data, cell.id
