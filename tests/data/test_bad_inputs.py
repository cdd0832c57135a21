import importlib.util
import sys
from datetime import date
from pathlib import Path

import pytest

from custlib import cli
from custlib.company import load_company
from custlib.data.checks import check
from custlib.data.source import open_source
from custlib.errors import CustlibError

_spec = importlib.util.spec_from_file_location("bad_inputs", Path(__file__).with_name("bad_inputs.py"))
bad_inputs = sys.modules["bad_inputs"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bad_inputs)

TODAY = date(2026, 6, 15)

pytestmark = pytest.mark.usefixtures("cache")


def run(bad, folder):
    company = load_company(bad_inputs.build(bad, folder), settings=bad.settings)
    with open_source(company) as source:
        return check(source, company, today=TODAY)


@pytest.mark.parametrize("bad", bad_inputs.ALL, ids=lambda bad: bad.name)
def test_bad_input_is_refused_with_its_first_line_and_exit_code(bad, tmp_path):
    folder = tmp_path / "bad"
    with pytest.raises(CustlibError) as caught:
        run(bad, folder).raise_if_unfit()
    first, *others = str(caught.value).splitlines()
    assert first == bad.line.replace("{folder}", str(folder))
    assert caught.value.exit_code == bad.code
    assert all(line.startswith("  ") for line in others)


@pytest.mark.parametrize("bad", bad_inputs.WARNINGS, ids=lambda bad: bad.name)
def test_warning_leaves_the_data_fit(bad, tmp_path):
    report = run(bad, tmp_path / "bad")
    assert bad.line in [violation.line for violation in report.violations if violation.level == "warning"]
    assert report.fit
    assert report.exit_code == bad.code


def test_the_sound_company_is_fit(tmp_path):
    report = run(bad_inputs.Bad("sound", "", 0), tmp_path / "bad")
    assert report.violations == ()
    assert report.exit_code == 0


def test_there_are_sixty_cases_and_no_two_are_alike():
    assert len(bad_inputs.ALL) >= 60
    assert len({bad.name for bad in bad_inputs.ALL}) == len(bad_inputs.ALL)


def test_no_message_shows_a_value_of_the_data(tmp_path):
    """Values may name customers: they are shown as examples, on a terminal, and nowhere else."""
    files = bad_inputs.log("C2,2026-01-06,sekrit,O2")
    report = run(bad_inputs.Bad("", "", 2, files=files), tmp_path / "bad")
    (violation,) = report.violations
    assert violation.examples == ("order O2, customer C2, 2026-01-06: sekrit",)
    with pytest.raises(CustlibError) as caught:
        report.raise_if_unfit()
    assert "sekrit" not in str(caught.value)
    assert report.without_examples().violations[0].examples == ()


@pytest.mark.parametrize("bad", [bad for bad in bad_inputs.ALL if not bad.settings], ids=lambda bad: bad.name)
def test_command_line_says_the_same(bad, tmp_path, monkeypatch, capsys):
    """`check` exits with the case's code, its line comes first, and nothing like a traceback is shown."""
    monkeypatch.setattr(cli.signal, "signal", lambda *args: None)
    folder = tmp_path / "bad"
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", "--company", str(bad_inputs.build(bad, folder))])
    assert ended.value.code == bad.code
    shown = capsys.readouterr()
    line = bad.line.replace("{folder}", str(folder))
    if shown.err:
        assert shown.err.splitlines()[0] == f"custlib: {line}"
    else:
        assert next(text.strip() for text in shown.out.splitlines() if text.startswith("  ")) == line
    assert "Traceback" not in shown.err + shown.out
