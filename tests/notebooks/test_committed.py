"""The commit hook refuses every saved run that is not the sample's, and says what to do."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from custlib.batch.committed import Sample, check, problems
from custlib.batch.explore import copies
from custlib.company import load_company

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SAMPLE = Sample()


@pytest.fixture(scope="module")
def explored():
    """Give a committed notebook that is fit."""
    return nbformat.read(ROOT / "notebooks" / "90_explore.ipynb", as_version=4)


@pytest.fixture
def notebook(explored):
    """Give a copy to spoil."""
    return copy.deepcopy(explored)


def said(notebook) -> str:
    return "\n".join(problems(notebook, SAMPLE))


def output(notebook, cell_id):
    (found,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return found.outputs[0]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_committed_notebooks_hold_the_run_of_the_sample(path):
    assert check([path]) == []


def test_the_sample_and_the_others_are_known_by_their_company_files():
    assert SAMPLE.title == "Lindenhafen Bank"
    assert {"cdnow", "CDNOW", "online_retail", "Online Retail"} <= SAMPLE.others
    assert "0001608" in SAMPLE.ids and len(SAMPLE.ids) == 2500


@pytest.mark.parametrize(
    ("name", "value"), [("company", "cdnow"), ("month", "2025-06"), ("settings", "active_window_months: 6")]
)
def test_a_changed_parameter_is_refused(notebook, name, value):
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    lines = [
        f'{name}: str = "{value}"' if line.startswith(name) else line for line in cell.source.splitlines()
    ]
    cell.source = "\n".join(lines)
    assert f"its parameter {name} is {value!r}" in said(notebook)


def test_another_companys_run_is_refused_though_the_parameters_were_put_back(notebook):
    for cell in notebook.cells:
        for shown in cell.get("outputs", []):
            if "text/html" in shown.get("data", {}):
                shown.data["text/html"] = shown.data["text/html"].replace(SAMPLE.title, "Nordsee &amp; Söhne")
    told = said(notebook)
    assert "its outputs do not name Lindenhafen Bank" in told
    assert "a figure is not of Lindenhafen Bank, by its subtitle" in told and "Nordsee & Söhne" in told


def test_one_output_of_another_company_is_enough(notebook):
    shown = output(notebook, "tables")
    shown.data["text/html"] = shown.data["text/html"].replace(SAMPLE.title, "Online Retail")
    assert said(notebook) == "an output mentions Online Retail: work in a copy, by `custlib explore`"


@pytest.mark.parametrize(
    "text", ["0001608", "<td>0001608</td>", "['0001608', '0001127']", "a,0001608,b", "customer 0001608."]
)
def test_a_customer_is_refused_wherever_it_is_named(notebook, text):
    shown = output(notebook, "tables")
    shown.data["text/html"] += f"<p>{text}</p>"
    told = said(notebook)
    assert told.startswith("it names ") and "show counts, and keep lists by save_list" in told
    assert "0001608" not in told  # the message goes into logs


def test_a_customer_typed_into_a_cell_or_drawn_into_a_description_is_refused(notebook):
    notebook.cells[0].source += " 0001608"
    assert "it names 1 customer:" in said(notebook)


def test_numbers_that_are_no_customers_pass(notebook):
    shown = output(notebook, "tables")
    shown.data["text/html"] += "<p>1,608 0.0001608 10001608 0001608x €0,001,608 2026-06</p>"
    assert said(notebook) == ""


def test_a_run_that_is_not_whole_is_refused(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[3].execution_count = 17
    assert said(notebook) == "it was not run once from top to foot: run `make notebooks`"
    for cell in code:
        cell.outputs, cell.execution_count = [], None
    assert "it has no outputs" in said(notebook)


def test_failures_noise_and_other_kinds_of_output_are_refused(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].outputs = [nbformat.v4.new_output("error", ename="KeyError", evalue="'x'", traceback=[])]
    code[1].outputs = [nbformat.v4.new_output("stream", name="stderr", text="a warning")]
    both = {"text/html": "a", "text/plain": "b"}
    code[2].outputs = [nbformat.v4.new_output("display_data", data=both)]
    code[3].outputs = [nbformat.v4.new_output("display_data", data={"application/javascript": "a"})]
    told = said(notebook)
    assert "a cell failed with KeyError" in told and "a cell writes to stderr" in told
    assert "of the kind text/html and text/plain" in told and "application/javascript" in told


def test_what_papermill_and_others_leave_behind_is_refused(notebook):
    notebook.metadata["papermill"] = {"duration": 3}
    notebook.cells[1].metadata["tags"] = ["parameters", "injected-parameters"]
    notebook.cells[2].metadata["collapsed"] = True
    told = said(notebook)
    assert "its metadata tell of papermill" in told and "the tag 'injected-parameters'" in told
    assert "cell 3 has metadata 'collapsed'" in told


def test_a_copy_to_explore_does_not_pass_for_a_committed_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr("custlib.batch.explore.workbook", lambda: tmp_path)
    (made,) = copies("90", load_company("sample"))
    (first, *rest) = check([made.path])
    assert (
        first == "90_explore-sample-latest.ipynb: its metadata tell of custlib: run `make notebooks`" and rest
    )


def test_the_hook_runs_the_check_on_every_notebook_and_nothing_private_is_committed(tmp_path):
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    by_id = {hook["id"]: hook for hook in hooks}
    hook = by_id["committed-run"]
    assert hook["entry"] == ".venv/bin/python -m custlib.batch.committed"
    command = [sys.executable, *hook["entry"].split()[1:]]
    bad = tmp_path / "01_bad.ipynb"
    bad.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    done = subprocess.run([*command, str(NOTEBOOKS[-1]), str(bad)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "01_bad.ipynb: no cell is tagged 'parameters'" in done.stderr
    assert NOTEBOOKS[-1].name not in done.stderr
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{")
    assert check([broken]) == ["broken.ipynb: it cannot be read as a notebook (NotJSONError)"]
    assert by_id["private-folders"]["files"] == "^(lists|work|reports)/"
