"""A copy to explore has its parameters filled in, runs where it lies, and never takes the place of somebody's work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from custlib.batch import explore
from custlib.batch.explore import copies, find, open_lab
from custlib.batch.parameters import DEFAULTS, fill, parameters_of
from custlib.company import load_company
from custlib.errors import NotComplete, UsageError

from .test_cli import run

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Give a workbook's folder of its own for the copies."""
    monkeypatch.setattr(explore, "workbook", lambda: tmp_path)
    return tmp_path


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_a_copy_has_the_parameters_and_nothing_of_a_run(home):
    sample = load_company("sample", settings={"active_window_months": 6, "segments": ["region"]})
    (made,) = copies("01", sample, month="2025-06")
    assert made.path == home / "work" / "01_customer_base-sample-2025-06.ipynb" and made.said == ()
    notebook = read(made.path)
    given = parameters_of(notebook)
    assert (given["company"], given["month"], given["results_folder"]) == ("sample", "2025-06", "")
    assert json.loads(given["settings"]) == {"active_window_months": 6, "segments": ["region"]}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    original = read(NOTEBOOKS / "01_customer_base.ipynb")
    changed = [(a.source, b.source) for a, b in zip(notebook.cells, original.cells, strict=True) if a != b]
    assert all({"tags"} >= set(cell.metadata) for cell in notebook.cells)
    differing = [mine for mine, theirs in changed if mine != theirs]
    assert len(differing) == 1 and differing[0].startswith('company: str = "sample"  # ')
    assert not any(
        "papermill" in cell.metadata or "injected" in str(cell.metadata) for cell in notebook.cells
    )


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("01", "01_customer_base"),
        ("1", "01_customer_base"),
        ("01_customer_base", "01_customer_base"),
        ("notebooks/00_data_quality.ipynb", "00_data_quality"),
        ("90", "90_explore"),
    ],
)
def test_a_notebook_is_found_by_number_name_or_file(name, stem):
    assert find(name).stem == stem


def test_what_does_not_exist_is_refused_before_anything_is_written(home, capsys):
    assert run("explore", "90_explor", "--no-open") == 64
    assert "no notebook is called '90_explor'; did you mean '90_explore'?" in capsys.readouterr().err
    assert run("explore", "01", "--no-open", "--company", "smaple") == 64
    assert "did you mean 'sample'?" in capsys.readouterr().err
    assert run("explore", "01", "--no-open", "--month", "2025-13") == 64
    assert run("explore", "01", "--no-open", "--month", "2999-01") == 4
    assert "2999-01 is not complete: it ends on 2999-01-31" in capsys.readouterr().err
    assert not (home / "work").exists()


def test_without_a_name_every_notebook_is_copied_and_the_paths_are_printed(home, capsys):
    assert run("explore", "--no-open", "--month", "2026-05") == 0
    printed = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.name for path in printed] == [
        f"{path.stem}-sample-2026-05.ipynb" for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    ]
    assert all(path.is_file() for path in printed)


def test_an_edited_copy_stays_and_the_new_one_gets_a_number(home, capsys):
    sample = load_company("sample")
    (first,) = copies("01", sample)
    notebook = read(first.path)
    notebook.cells[0].source += "\n\nMy own words."
    nbformat.write(notebook, first.path)
    before = first.path.read_bytes()
    (second,) = copies("01", sample)
    assert second.path.name == "01_customer_base-sample-latest-2.ipynb"
    assert second.said == ("work/01_customer_base-sample-latest.ipynb was edited, and stays as it is",)
    assert copies("01", sample) == [second]  # the second was not edited: it serves again
    assert first.path.read_bytes() == before
    assert run("explore", "01", "--no-open") == 0
    assert "was edited, and stays as it is" in capsys.readouterr().err


def test_a_copy_that_was_only_run_keeps_its_outputs(home):
    sample = load_company("sample")
    (made,) = copies("01", sample)
    notebook = read(made.path)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="run")]
    nbformat.write(notebook, made.path)
    before = made.path.read_bytes()
    assert copies("01", sample) == [made] and made.path.read_bytes() == before


def test_a_copy_of_an_older_original_is_written_anew_unless_it_was_edited(home, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    original = read(NOTEBOOKS / "01_customer_base.ipynb")
    original.cells[0].source = "# An older question"
    nbformat.write(original, folder / "01_customer_base.ipynb")
    sample = load_company("sample")
    (old,) = copies("01", sample, notebooks=folder)
    (new,) = copies("01", sample)
    assert new.path == old.path and new.said == ()
    assert read(new.path).cells[0].source == read(NOTEBOOKS / "01_customer_base.ipynb").cells[0].source


def test_a_file_that_is_no_copy_of_ours_is_never_written_over(home):
    (home / "work").mkdir()
    mine = home / "work" / "01_customer_base-sample-latest.ipynb"
    mine.write_text("my notes, not a notebook")
    (made,) = copies("01", load_company("sample"))
    assert made.path.name.endswith("-2.ipynb") and mine.read_text() == "my notes, not a notebook"


def test_a_company_of_ones_own_is_named_by_its_whole_path(home, tmp_path):
    own = tmp_path / "my own.yaml"
    own.write_text((NOTEBOOKS.parent / "companies" / "sample.yaml").read_text())
    (made,) = copies("00", load_company(own))
    assert parameters_of(read(made.path))["company"] == str(own)


def test_a_copy_runs_in_its_folder(home):
    (made,) = copies("00", load_company("sample"), month="2025-06")
    notebook = read(made.path)
    resources = {"metadata": {"path": str(made.path.parent)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    shown = " ".join(str(out.get("data", "")) for cell in notebook.cells for out in cell.get("outputs", []))
    assert "June 2025" in shown and "June 2026" not in shown
    assert sorted(path.name for path in made.path.parent.iterdir()) == [made.path.name]


def test_the_originals_are_as_they_were(home):
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    copies(None, load_company("sample"), month="2025-06")
    assert {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")} == before


class TestLab:
    @pytest.fixture
    def started(self, home, monkeypatch):
        """Give a list that holds the command and the environment of what would have been started."""
        calls = []
        monkeypatch.setattr(
            os, "execve", lambda path, command, environment: calls.append((command, environment))
        )
        monkeypatch.chdir(home)
        return calls

    def test_one_copy_is_opened_itself_and_several_in_their_folder(self, home, started):
        one = copies("01", load_company("sample"))
        open_lab(one)
        open_lab(copies(None, load_company("sample")))
        (first, environment), (second, _) = started
        assert first[:4] == [sys.executable, "-m", "jupyterlab", f"--notebook-dir={home / 'work'}"]
        assert str(one[0].path) in first and not any(word.endswith(".ipynb") for word in second)
        assert "MPLBACKEND" not in environment and environment["OMP_NUM_THREADS"] == "1"

    def test_root_and_a_machine_without_a_screen_are_no_obstacle(self, started, monkeypatch):
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "platform", "linux")
        for user, root in ((0, True), (1000, False)):
            monkeypatch.setattr(os, "geteuid", lambda user=user: user)
            open_lab(copies("01", load_company("sample")))
            assert ("--allow-root" in started[-1][0]) == root and "--no-browser" in started[-1][0]
        monkeypatch.setenv("DISPLAY", ":0")
        open_lab(copies("01", load_company("sample")))
        assert "--no-browser" not in started[-1][0]

    def test_the_command_can_be_understood_by_jupyterlab(self, started):
        open_lab(copies("01", load_company("sample")))
        command = [word for word in started[0][0] if not word.endswith(".ipynb")]
        asked = subprocess.run([*command, "--show-config-json"], capture_output=True, text=True, timeout=120)
        assert asked.returncode == 0, asked.stderr
        config = json.loads(asked.stdout[asked.stdout.index("{") :])
        assert config["ServerApp"]["root_dir"].endswith("/work")


def test_make_lab_opens_copies_with_what_is_asked_for():
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = [
        "make",
        "--no-print-directory",
        "--dry-run",
        "--assume-old=.venv/.installed",
        "VENV=.venv",
        "lab",
    ]
    asked = {
        "NOTEBOOK=01": '"01"',
        "COMPANY=my own": '--company "my own"',
        "MONTH=2025-06": '--month "2025-06"',
    }
    said = subprocess.run(
        [*command, *asked], cwd=NOTEBOOKS.parent, env=quiet, capture_output=True, text=True
    ).stdout
    assert ".venv/bin/custlib explore" in said and all(words in said for words in asked.values())
    plain = subprocess.run(command, cwd=NOTEBOOKS.parent, env=quiet, capture_output=True, text=True).stdout
    assert plain.replace("\\", "").split() == [".venv/bin/custlib", "explore"]


class TestParameters:
    def notebook(self, source):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
        return nbformat.v4.new_notebook(cells=[cell])

    def test_values_are_written_so_that_python_reads_them_back(self):
        notebook = self.notebook(
            'company: str = "sample"  # a name\nsettings: str = ""  # YAML, "a: 1"\nmonth: str = ""'
        )
        values = {"company": "/a b/c'd#e.yaml", "settings": '{"a": "x\\\\y\\"z", "b": ["ä", "\\n"]}'}
        fill(notebook, values)
        scope: dict = {}
        exec(notebook.cells[0].source, scope)
        assert (scope["company"], scope["settings"]) == tuple(values.values()) and scope["month"] == ""
        assert parameters_of(notebook) == {**values, "month": ""}
        assert notebook.cells[0].source.splitlines()[0].endswith("  # a name")

    def test_an_unknown_name_or_another_form_is_refused(self):
        with pytest.raises(UsageError, match="no parameter 'mont'; did you mean 'month'"):
            fill(self.notebook('month: str = "latest"'), {"mont": "2025-06"})
        for line in ("month = 'x'", 'month: str | None = "x"', 'month: str = "x" # one blank', "n: int = 1"):
            with pytest.raises(UsageError, match="the parameters cell holds"):
                parameters_of(self.notebook(line))
        with pytest.raises(UsageError, match="no cell is tagged"):
            parameters_of(nbformat.v4.new_notebook())

    @pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
    def test_papermill_reads_the_same_names_and_defaults(self, path):
        import papermill

        told = papermill.inspect_notebook(str(path))
        assert {name: json.loads(one["default"]) for name, one in told.items()} == parameters_of(read(path))
        assert all(one["inferred_type_name"] == "str" and one["help"] for one in told.values())
        assert set(told) <= set(DEFAULTS)


def test_a_month_that_has_not_ended_is_refused(home):
    with pytest.raises(NotComplete):
        copies("01", load_company("sample"), month="2999-12")
