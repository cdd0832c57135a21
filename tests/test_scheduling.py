"""What docs/scheduling.md tells a scheduler to call, to watch for and to set is there."""

import ast
import re
import shlex
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
import typer
import yaml

from custlib import errors
from custlib.batch.commentary import read_comment
from custlib.cli.app import app
from custlib.company import CompanyFile

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^|\n)((?:    .*\n|\n)+)", TEXT)
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def block(sign: str) -> str:
    """Give the indented block that holds a sign, without its indent."""
    (found,) = [text for text in BLOCKS if sign in text]
    return re.sub(r"^    ", "", found, flags=re.MULTILINE).strip()


def commands() -> list[list[str]]:
    """List the arguments of every call of the command, wherever it is written."""
    found = [
        shlex.split(call)
        for call in re.findall(r"(?:^|[ /\"])custlib (report [^\n&\"]*?)(?:>>|\"|\n|&)", TEXT)
    ]
    for text in PYTHON:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.List) and any(
                isinstance(e, ast.Name) and e.id == "CUSTLIB" for e in node.elts
            ):
                found.append([e.value for e in node.elts if isinstance(e, ast.Constant)])
    return found


def test_there_are_commands_for_each_scheduler():
    assert len(commands()) >= 6 and all(call[0] == "report" for call in commands())


@pytest.mark.parametrize("call", commands(), ids=" ".join)
def test_a_command_is_understood(call):
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    parsed = group.commands[call[0]].make_context(call[0], call[1:], resilient_parsing=False)
    assert parsed.params["out"] == Path("/srv/reports")


def test_options_of_make_are_those_of_the_makefile():
    (call,) = re.findall(r"make report (.*)", TEXT)
    makefile = (ROOT / "Makefile").read_text()
    for name in re.findall(r"([A-Z]+)=", call):
        assert f"$(if $({name})," in makefile


def test_the_exit_codes_are_those_of_the_errors():
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)}
    kinds = (errors.DataError, errors.RunFailed, errors.NotComplete, errors.UsageError)
    assert told == {0, *(kind.exit_code for kind in kinds)}
    never = {errors.DataError.exit_code, errors.UsageError.exit_code}
    service = ConfigParser(strict=False, interpolation=None)
    service.read_string(block("[Service]"))
    assert {int(code) for code in service["Service"]["RestartPreventExitStatus"].split()} == never
    assert int(service["Service"]["SuccessExitStatus"]) == errors.NotComplete.exit_code
    (codes,) = re.findall(r"if code in \(([\d, ]+)\)", TEXT)
    assert {int(code) for code in codes.split(",")} == never
    assert f"skip_on_exit_code={errors.NotComplete.exit_code}" in TEXT


def test_the_variables_are_those_the_program_reads():
    source = "".join(path.read_text() for path in (ROOT / "custlib").rglob("*.py"))
    read = set(re.findall(r"CUSTLIB_[A-Z_]+", source))
    assert set(re.findall(r"CUSTLIB_[A-Z_]+", TEXT)) == read
    assert set(re.findall(r"^\| `(CUSTLIB_[A-Z_]+)`", TEXT, re.MULTILINE)) == read


def test_a_line_of_cron_has_its_five_fields_and_no_percent_sign():
    (line,) = re.findall(r"^10 6 .*$", block("10 6 * * * cd"), re.MULTILINE)
    assert len(line.split(maxsplit=5)) == 6 and "%" not in line  # cron ends a command at a percent sign


def test_the_comment_can_be_read(tmp_path):
    (tmp_path / "2026-06.md").write_text(block("author: A. Meyer") + "\n")
    comment = read_comment(tmp_path / "2026-06.md", "commentary/2026-06.md")
    assert comment.author == "A. Meyer" and "Ulm" in comment.body


def test_the_success_file_is_a_valid_key():
    written = yaml.safe_load(block("success_file:"))
    rest = {
        "company": "bank", "title": "Bank", "currency": "EUR", "relationship": "mixed",
        "tables": {"transactions": {"from": "log.csv"}},
    }  # fmt: skip
    assert CompanyFile.model_validate({**written, **rest}).success_file == "{month}/_SUCCESS"


@pytest.mark.parametrize("text", PYTHON, ids=["task", "operator"])
def test_the_python_is_python(text):
    names = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names & {"dag", "DAG"}


def test_readme_points_here():
    assert "docs/scheduling.md" in (ROOT / "README.md").read_text()
