"""What a stranger relies on before any figure: the lock, the two commands, clean files, an install."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = [s for s in (ROOT / "requirements.lock").read_text().splitlines() if s and not s.startswith("#")]
SPARK = [
    s for s in (ROOT / "requirements-spark.lock").read_text().splitlines() if s and not s.startswith("#")
]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MIB = 1 << 20

# Written in halves, so that this file does not name what it looks for.
HALVES = [("py", "pi.org"), ("python", "hosted"), ("npm", "js.org"), ("anaconda", ".org"), ("debian", ".org")]
HOSTS = "|".join(re.escape("".join(halves)) for halves in HALVES)
FOLDERS = "|".join(
    f"/{''.join(halves)}/" for halves in [("ho", "me"), ("Us", "ers"), ("ro", "ot"), ("wo", "rk")]
)


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", Requirement(requirement).name).lower()


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def _pins(lock: list[str] = LOCK) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for line in lock:
        requirement = Requirement(line)
        (pin,) = requirement.specifier
        assert pin.operator == "==", line
        pins.setdefault(_name(line), set()).add(pin.version)
    return pins


def test_the_lock_has_pins_and_nothing_else():
    # A hash would make pip refuse `-e .` beside the lock; an address would tie it to one machine.
    line = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.+!]+( ; [^#]+)?")
    assert [text for text in [*LOCK, *SPARK] if not line.fullmatch(text)] == []
    assert {name: versions for name, versions in _pins([*LOCK, *SPARK]).items() if len(versions) > 1} == {}


def test_the_lock_of_spark_has_only_what_spark_adds():
    assert "pyspark" in _pins(SPARK) and not _pins(SPARK).keys() & _pins().keys()


def test_every_range_holds_its_pin():
    optional = PROJECT["optional-dependencies"]
    pins = _pins([*LOCK, *SPARK])
    for line in [*PROJECT["dependencies"], *(line for extra in optional.values() for line in extra)]:
        requirement = Requirement(line)
        (version,) = pins[_name(line)]
        assert requirement.specifier.contains(version), f"{line}, but the lock has {version}"


@pytest.mark.parametrize(
    ("name", "too_new"),
    [("duckdb", "2.0.0"), ("sqlglot", "30.18.0"), ("pyspark", "4.1.0"), ("pandas", "4.0")],
)
def test_versions_known_to_break_are_out_of_range(name, too_new):
    lines = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["spark"]]
    (requirement,) = [Requirement(line) for line in lines if _name(line) == name]
    assert not requirement.specifier.contains(too_new)


def test_environment_yml_is_python_and_pip_only():
    # conda's own names for these packages differ from pip's, so conda brings Python and pip the rest.
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["dependencies"] == ["python=3.11", "pip", {"pip": ["-r requirements.lock", "-e ."]}]


def _targets() -> dict[str, str]:
    return dict(re.findall(r"^([a-z]+):.*## (.+)$", (ROOT / "Makefile").read_text(), flags=re.M))


def test_readme_and_contributing_name_only_targets_that_exist():
    for name in ("README.md", "CONTRIBUTING.md"):
        used = set(re.findall(r"(?:`|^ *)make ([a-z]+)", (ROOT / name).read_text(), flags=re.M))
        assert used <= set(_targets()), name
    assert {"report", "test", "lab", "notebooks", "lint", "help"} <= set(_targets())


def test_readme_states_the_cost_before_the_first_command():
    readme = (ROOT / "README.md").read_text()
    assert readme.index("1.1 GB") < readme.index("make report")


def test_make_help_lists_every_target():
    # The tests themselves run under make, which tells a make inside it so.
    quiet = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    command = ["make", "--no-print-directory", "help"]
    helped = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in helped.splitlines()] == list(_targets())


def test_make_says_how_to_get_venv_where_it_is_missing(tmp_path):
    # A Python whose ensurepip cannot be imported, as Debian ships it without python3-venv.
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    command = ["make", "report", f"VENV={tmp_path / 'venv'}", f"PYTHON={python}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "sudo apt install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_no_tracked_file_names_a_registry_or_a_machine():
    hosts, folders = re.compile(HOSTS), re.compile(rf"(?<![\w./}}-])(?:{FOLDERS})")
    found = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = str(path.relative_to(ROOT))
        found += [f"{name}: {match[0]}" for match in hosts.finditer(text)]
        if not name.startswith("tests/"):  # a test may need a path that is nobody's
            found += [f"{name}: {match[0]}" for match in folders.finditer(text)]
    assert found == []


def test_no_tracked_file_is_large():
    assert [path for path in _tracked() if path.stat().st_size > 6 * MIB] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_committed_notebook_was_run_from_top_to_foot(path):
    # nbval passes a notebook without outputs and counts unchecked.
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [
        cell for cell in notebook["cells"] if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
    ]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert any(cell["outputs"] for cell in code)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert all(set(cell["metadata"]) <= {"tags"} for cell in notebook["cells"])
    assert not any(out["output_type"] == "error" for cell in code for out in cell["outputs"])


def test_the_commit_hook_keeps_outputs_counts_ids_and_kernel(tmp_path):
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    (options,) = [hook["entry"].split()[1:] for hook in hooks if hook["id"] == "nbstripout"]
    notebook = tmp_path / "one.ipynb"
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    cell = {
        "cell_type": "code",
        "id": "answer",
        "metadata": {},
        "source": ["print(1)"],
        "execution_count": 1,
        "outputs": [output],
    }
    content = {"cells": [cell], "metadata": {"kernelspec": kernelspec}, "nbformat": 4, "nbformat_minor": 5}
    notebook.write_text(json.dumps(content))
    subprocess.run([sys.executable, "-m", "nbstripout", *options, str(notebook)], check=True)
    kept = json.loads(notebook.read_text())
    assert kept["metadata"]["kernelspec"] == kernelspec
    assert kept["cells"][0]["id"] == "answer"
    assert (kept["cells"][0]["execution_count"], kept["cells"][0]["outputs"]) == (1, [output])


@pytest.mark.install
def test_installs_from_the_pip_section_of_environment_yml(tmp_path):
    # conda writes the pip section to a file beside environment.yml and runs pip from there; so does this.
    clone, new = tmp_path / "clone", tmp_path / "venv"
    for path in _tracked():
        target = clone / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    environment = yaml.safe_load((clone / "environment.yml").read_text())
    (clone / "from-environment.txt").write_text("\n".join(environment["dependencies"][2]["pip"]))
    venv.create(new, with_pip=True, symlinks=True)
    python = str(new / "bin" / "python")
    # What this environment already has of the lock is not fetched and unpacked a second time: `make` has just done so.
    (site,) = (new / "lib").glob("python*/site-packages")
    (site / "beside.pth").write_text(sysconfig.get_path("purelib"))

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=clone, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    quiet = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    run(python, "-m", "pip", "install", *quiet, "-r", "from-environment.txt")
    assert "No broken requirements found" in run(python, "-m", "pip", "check")
    assert "report" in run(str(new / "bin" / "custlib"), "--help")
    told = run(python, "-c", "import custlib; print(custlib.__file__)")
    assert Path(told.strip()).is_relative_to(clone)
