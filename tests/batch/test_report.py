"""A month is published whole or not at all."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from custlib import open_month
from custlib.batch.publish import publication
from custlib.batch.runner import Limits
from custlib.errors import DataError, NotComplete, RunFailed, UsageError

from .conftest import GOOD, PARAMETERS, QUICK, SAVING, Silence, company_at, report_of, write_notebook

STOPPED = "custlib: stopped; what is published is whole, as it was or new\n"
BAD = "raise ValueError('the bridge of 2026-06 does not add up')"


def publish_something(out: Path, company: str = "demo") -> Path:
    """Publish a page for June 2026 without running anything."""
    with publication(out, "2026-06", company) as run:
        (run.folder / "index.html").write_text("what was published")
        run.manifest["company"] = {"company": company}
        return run.publish()


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def test_published_folder_holds_everything_and_nothing_secret(published):
    names = {path.name for path in published.iterdir()}
    assert names == {
        "index.html", "00_first.html", "results.csv", "history.csv", "manifest.json", "figures", "tables", "notebooks",
    }  # fmt: skip
    assert os.readlink(published).startswith(".runs/2026-06-")
    assert (published / "figures" / "00_first-base.png").read_bytes()[:4] == b"\x89PNG"
    assert (
        (published / "tables" / "00_first-months.csv")
        .read_text()
        .startswith("month,customers\n2026-04,90.0\n")
    )
    assert (
        (published / "results.csv")
        .read_text()
        .splitlines()[1]
        .startswith("2026-06,00_first,active_customers,12")
    )
    said = manifest(published)
    assert said["status"] == "published" and said["row_counts"] == {"source_rows": 3}
    assert said["notebooks"]["00_first"]["status"] == "ok"
    assert set(said["seconds"]) == {"prepare", "notebooks", "pages", "results"}
    assert said["versions"]["pandas"] and "connection" in said["company"]


def test_a_second_run_gives_the_same_bytes_and_old_runs_are_pruned(tmp_path, company):
    write_notebook(tmp_path / "notebooks", "00_first", GOOD, saving=SAVING)
    first = report_of(company, tmp_path / "notebooks", tmp_path / "reports")
    pages = {path.name: path.read_bytes() for path in first.parent.glob("*.html")}
    again = report_of(company, tmp_path / "notebooks", tmp_path / "reports")
    assert {path.name: path.read_bytes() for path in again.parent.glob("*.html")} == pages
    for count in range(3):
        with pytest.raises(RunFailed), publication(tmp_path / "reports", "2026-06", "demo"):
            raise RunFailed(f"failure {count}")
    runs = [path for path in (tmp_path / "reports" / ".runs").iterdir() if path.is_dir()]
    # three failures are the newest three; the published run is older and stays all the same
    assert len(runs) == 4
    assert again.is_file()


def test_a_failing_cell_is_named_its_evidence_kept_and_the_published_month_untouched(tmp_path, company):
    index = publish_something(tmp_path / "reports")
    before = os.readlink(index.parent)
    write_notebook(tmp_path / "notebooks", "00_first")
    write_notebook(tmp_path / "notebooks", "01_second", BAD)
    show = Silence()
    with pytest.raises(RunFailed) as failure:
        report_of(company, tmp_path / "notebooks", tmp_path / "reports", show=show)
    assert failure.value.exit_code == 3
    first, second, evidence = str(failure.value).splitlines()
    assert first == '01_second.ipynb failed in code cell 2, under "Who came"'
    assert second == "  ValueError: the bridge of 2026-06 does not add up"
    folder = Path(evidence.rsplit(" ", 1)[1]).parent
    assert os.readlink(index.parent) == before and index.is_file()
    assert not (folder / "index.html").exists()
    assert "does not add up" in (folder / "notebooks" / "01_second.ipynb").read_text()
    said = manifest(folder)
    assert said["status"] == "failed" and said["stage"] == "notebooks"
    assert said["notebooks"]["00_first"]["status"] == "ok"
    assert said["notebooks"]["01_second"]["attempts"] == 1


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        ("from custlib.errors import DataError\nraise DataError('the file has gone')", DataError),
        ("from custlib.errors import NotComplete\nraise NotComplete('not yet')", NotComplete),
        ("from custlib import open_month\nopen_month(company, month, 5)", UsageError),
        ("raise KeyError('oh')", RunFailed),
    ],
)
def test_a_run_fails_as_its_notebook_does(tmp_path, company, raised, kind):
    write_notebook(tmp_path / "notebooks", "00_first", raised)
    with pytest.raises(kind, match=r"00_first.ipynb failed in code cell 2") as failure:
        report_of(company, tmp_path / "notebooks", tmp_path / "reports")
    assert type(failure.value) is kind


def test_a_run_whose_notebooks_fail_in_two_ways_is_a_failed_run(tmp_path, company):
    write_notebook(
        tmp_path / "notebooks", "00_first", "from custlib.errors import DataError\nraise DataError('x')"
    )
    write_notebook(tmp_path / "notebooks", "01_second", "1 / 0")
    with pytest.raises(RunFailed, match=r"(?s)00_first.*01_second"):
        report_of(company, tmp_path / "notebooks", tmp_path / "reports")


@pytest.mark.parametrize(
    "given",
    [
        (5, "2026-06", ""),
        (None, "2026-06", ""),
        ("x", 202606, ""),
        ("x", None, ""),
        ("x", "2026-06", {"a": 1}),
    ],
)
def test_what_is_no_text_is_refused_when_a_month_is_opened(given):
    with pytest.raises(UsageError, match="must be a text, not"):
        open_month(*given)


def test_a_notebook_gets_the_published_months_where_it_asks_for_them(tmp_path, company):
    asks = PARAMETERS + '\npublished: str = ""'
    write_notebook(tmp_path / "notebooks", "00_first")
    write_notebook(tmp_path / "notebooks", "01_second", "print('told', published)", parameters=asks)
    index = report_of(company, tmp_path / "notebooks", tmp_path / "reports")
    assert (
        f"told {(tmp_path / 'reports').resolve()}"
        in (index.parent / "notebooks" / "01_second.ipynb").read_text()
    )


def test_a_file_that_is_no_notebook_is_refused_before_anything_runs(tmp_path, company):
    write_notebook(tmp_path / "notebooks", "00_first")
    (tmp_path / "notebooks" / "01_second.ipynb").write_text("{")
    with pytest.raises(UsageError, match=r"01_second.ipynb cannot be read as a notebook"):
        report_of(company, tmp_path / "notebooks", tmp_path / "reports")


def test_what_an_earlier_page_printed_and_is_no_longer_so_is_one_table(tmp_path, company):
    said = "open(os.path.join(results_folder, '{stem}.restatements.csv'), 'w').write('month,measure\\n2026-05,{stem}\\n')"
    for stem in ("00_first", "01_second"):
        write_notebook(tmp_path / "notebooks", stem, saving=QUICK + "    " + said)
    index = report_of(company, tmp_path / "notebooks", tmp_path / "reports")
    assert (
        index.parent / "restatements.csv"
    ).read_text() == "month,measure\n2026-05,00_first\n2026-05,01_second\n"
    assert 'href="restatements.csv"' in index.read_text()


def test_a_notebook_that_never_ends_is_ended(tmp_path, company):
    write_notebook(tmp_path / "notebooks", "00_first", "import time\ntime.sleep(600)")
    with pytest.raises(RunFailed, match=r"00_first.ipynb failed in code cell 2.*longer than 2 s"):
        report_of(
            company,
            tmp_path / "notebooks",
            tmp_path / "reports",
            limits=Limits(start=60, cell=2, notebook=60),
        )


def test_a_kernel_that_dies_in_a_cell_is_not_tried_again(tmp_path, company):
    marks = tmp_path / "marks"
    write_notebook(
        tmp_path / "notebooks",
        "00_first",
        f"import os\nopen({str(marks)!r}, 'a').write('x')\nos.kill(os.getpid(), 9)",
    )
    with pytest.raises(RunFailed, match="kernel died"):
        report_of(company, tmp_path / "notebooks", tmp_path / "reports")
    assert marks.read_text() == "x"


def test_asking_for_input_fails_instead_of_waiting(tmp_path, company):
    write_notebook(tmp_path / "notebooks", "00_first", "input('your name? ')")
    with pytest.raises(RunFailed, match="StdinNotImplementedError"):
        report_of(company, tmp_path / "notebooks", tmp_path / "reports")


def test_a_parameter_the_notebook_does_not_take_is_refused(tmp_path, company):
    write_notebook(tmp_path / "notebooks", "00_first", parameters='company: str = "x"\nmonth: str = "x"')
    with pytest.raises(
        RunFailed, match="has no parameter 'results_folder'; its parameters cell names company, month"
    ):
        report_of(company, tmp_path / "notebooks", tmp_path / "reports")


def test_a_month_belongs_to_one_company(tmp_path, company):
    write_notebook(tmp_path / "notebooks", "00_first")
    index = publish_something(tmp_path / "reports")
    other = company_at(tmp_path, "other")
    with pytest.raises(UsageError, match="belongs to company 'demo', not to 'other'") as refusal:
        report_of(other, tmp_path / "notebooks", tmp_path / "reports")
    assert refusal.value.exit_code == 64
    assert manifest(index.parent)["company"]["company"] == "demo"


def test_a_folder_of_someone_else_is_not_touched(tmp_path, company):
    (tmp_path / "reports" / "2026-06").mkdir(parents=True)
    write_notebook(tmp_path / "notebooks", "00_first")
    with pytest.raises(UsageError, match="was not made by this command"):
        report_of(company, tmp_path / "notebooks", tmp_path / "reports")


def test_two_runs_of_a_month_do_not_meet(tmp_path):
    with (
        publication(tmp_path, "2026-06", "demo") as run,
        pytest.raises(
            RunFailed, match=rf"another run of 2026-06 is under way \(process {os.getpid()}, since"
        ),
        publication(tmp_path, "2026-06", "demo"),
    ):
        pass
    assert run.folder.is_dir()


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
import custlib.batch.report
from custlib.cli import main
from tests.batch.conftest import report_of
if __name__ == "__main__":
    folder = Path({folder!r})
    custlib.batch.report.make_report = lambda company, out, **_: report_of(company, folder / "notebooks", out)
    main(["report", "--company", str(folder / "demo.yaml"), "--out", str(folder / "reports")])
"""


@pytest.mark.parametrize(
    ("sign", "code", "status"),
    [(signal.SIGKILL, -9, "running"), (signal.SIGTERM, 3, "failed"), (signal.SIGINT, 3, "failed")],
)
def test_a_killed_run_leaves_the_published_month_and_no_process(tmp_path, company, root, sign, code, status):
    index = publish_something(tmp_path / "reports")
    before = os.readlink(index.parent)
    mark = tmp_path / "kernel"
    sleep = f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    write_notebook(tmp_path / "notebooks", "00_first", sleep)
    script = tmp_path / "run.py"
    script.write_text(SCRIPT.format(root=str(root), folder=str(tmp_path)))
    process = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True)
    _until(lambda: mark.exists() and mark.read_text(), 60)
    process.send_signal(sign)
    assert process.wait(30) == code
    assert sign == signal.SIGKILL or process.stderr.read() == STOPPED
    process.stderr.close()
    _until(lambda: not _alive(int(mark.read_text())), 30)
    assert os.readlink(index.parent) == before and index.read_text() == "what was published"
    newest = max(path for path in (tmp_path / "reports" / ".runs").iterdir() if path.is_dir())
    assert newest.name != Path(before).name
    assert manifest(newest)["status"] == status and not (newest / "index.html").exists()
    # and the lock went with the process
    assert publish_something(tmp_path / "reports") == index


def _until(true, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "waited too long"
        time.sleep(0.1)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
