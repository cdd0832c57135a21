"""A notebook finds the truth by looking at the data, not by looking it up: nothing it may use knows the truth."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pyarrow.parquet as pq
import pytest

from custlib.data.sample import hidden

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SAMPLE = "custlib.data.sample"
# what a notebook would have to write to come to the truth by another way than an import
WAYS_ROUND = (
    "data/sample",
    "data.sample",
    "custlib.data",
    "importlib",
    "__import__",
    "TRUTH",
    "WORLDS",
    "theta",
)


def code_of(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def modules_of(code: str) -> list[str]:
    """Give every module that code imports, and every name it takes out of one."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def test_there_are_notebooks_to_look_at():
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_names_the_truth(path):
    code = code_of(path)
    assert not [module for module in modules_of(code) if module.startswith("custlib.data")]
    assert not [way for way in WAYS_ROUND if way in code]


def test_the_test_would_notice():
    for code in (
        "import custlib.data.sample",
        "from custlib.data import sample",
        "from custlib.data.sample.truth import TRUTH as t",
    ):
        assert [module for module in modules_of(code) if module.startswith("custlib.data")]


def loaded_by(code: str) -> set[str]:
    """Run code in a fresh interpreter and give the modules of the sample's generator that it loaded."""
    script = (
        f"{code}\nimport sys, json\nprint(json.dumps([m for m in sys.modules if m.startswith({SAMPLE!r})]))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(said.stdout.splitlines()[-1]))


def test_nothing_that_notebooks_import_loads_the_generator():
    """Their public face, with everything it draws in; no private corner of it leads to the truth either."""
    imports = {
        ast.unparse(node)
        for path in NOTEBOOKS
        for node in ast.walk(ast.parse(code_of(path)))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert any("open_month" in line for line in imports)
    everything = "\n".join([*sorted(imports), "import custlib.month, custlib.prepare, custlib.aggregate, custlib.measure",
                            "import custlib.present, custlib.batch.report, custlib.batch.runner, custlib.data.checks"])  # fmt: skip
    assert loaded_by(everything) == set()
    assert loaded_by(f"import {SAMPLE}") >= {SAMPLE, f"{SAMPLE}.truth"}


def test_no_room_but_the_command_imports_the_generator():
    """Whoever imports it could hand the truth on: only the command that writes the sample may."""
    inside = ROOT / "custlib" / "data" / "sample"
    found = {
        path.relative_to(ROOT / "custlib").parts[0]
        for path in (ROOT / "custlib").rglob("*.py")
        if inside not in path.parents and any(m.startswith(SAMPLE) for m in modules_of(path.read_text()))
    }
    assert found == {"cli"}


def test_no_file_of_the_sample_holds_what_the_bank_cannot_see():
    folder = ROOT / "data" / "sample"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".parquet", ".md"}
    unseen = set(hidden(100).column_names) - {"customer_id"}
    assert {"p", "theta", "left_in", "driven_out", "exposed"} <= unseen
    unseen |= {"satisfaction", "mood", "group", "rate"}
    for path in files:
        if path.suffix == ".parquet" and path.stem != "products":  # a product's group is no secret
            assert not unseen & set(pq.read_schema(path).names), path.name
