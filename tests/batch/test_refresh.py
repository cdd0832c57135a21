"""Committed outputs are a function of the cells and the data, and a failing cell changes nothing."""

import nbformat
import pytest
from nbformat import v4

from custlib.batch.refresh import refresh
from custlib.errors import RunFailed, UsageError


def _write(path, *sources):
    cells = [v4.new_markdown_cell("# Why?"), *[v4.new_code_cell(source) for source in sources]]
    cells[1].metadata = {"tags": ["parameters"], "papermill": {"duration": 1.5}, "collapsed": False}
    nbformat.write(v4.new_notebook(cells=cells, metadata={"papermill": {"duration": 3}}), path)


def test_writes_outputs_back_and_a_second_run_changes_nothing(tmp_path):
    path = tmp_path / "00_first.ipynb"
    _write(path, "month: str = 'latest'", "print(1)\nprint(2)", "month")
    assert refresh(tmp_path) == [path]
    first = path.read_bytes()
    assert refresh(tmp_path) == []
    assert path.read_bytes() == first

    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    parameters, printed, shown = notebook.cells[1:]
    assert parameters.metadata == {"tags": ["parameters"]}
    assert [cell.execution_count for cell in (parameters, printed, shown)] == [1, 2, 3]
    assert printed.outputs[0].text == "1\n2\n"
    assert shown.outputs[0].data["text/plain"] == "'latest'"


def test_a_failing_cell_is_named_and_the_file_stays(tmp_path):
    path = tmp_path / "01_bad.ipynb"
    _write(path, "x = 1", "x / 0")
    before = path.read_bytes()
    with pytest.raises(RunFailed, match=r"01_bad.ipynb: code cell \[2\] failed: ZeroDivisionError"):
        refresh(tmp_path)
    assert path.read_bytes() == before


def test_a_folder_without_notebooks_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no notebooks"):
        refresh(tmp_path)
