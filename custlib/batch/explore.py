"""Open a notebook to work in: a copy with its parameters filled in, in a folder that git does not see."""

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
from nbformat import NotebookNode

from custlib.batch.needs import possible
from custlib.batch.parameters import fill, parameters_of
from custlib.batch.refresh import normalise
from custlib.batch.report import NOTEBOOKS, overrides
from custlib.company import Company
from custlib.data.places import WORK, workbook
from custlib.errors import CustlibError, NotComplete, UsageError
from custlib.periods import month_end, month_text, parse_month
from custlib.settings import nearest

# Linear algebra of these sizes is slower on two threads; another kernel of the same name must not be taken.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",
}


@dataclass(frozen=True)
class Copy:
    """A copy of a notebook in ``work/``, and what there was to say about it."""

    path: Path
    said: tuple[str, ...] = ()


def copies(
    name: str | None, company: Company, *, month: str = "latest", notebooks: Path = NOTEBOOKS
) -> list[Copy]:
    """Write a copy of a notebook, or of all, with its parameters filled in and without outputs.

    A copy that somebody edited is never written over: the new one gets a number.

    Parameters
    ----------
    name : str or None
        Number or name of a notebook, such as "01" or "01_customer_base"; None for all.
    month : str
        ``YYYY-MM``, or "latest", which the notebook works out when it runs.

    Raises
    ------
    UsageError
        For an unknown notebook or a month that is none, before anything is written.
    NotComplete
        For a month that has not ended.
    """
    if month != "latest":
        month = month_text(parse_month(month))
        _refuse_future(company, month)
    sources = possible(company, [find(name, notebooks)] if name else _all(notebooks))
    work = workbook() / WORK
    work.mkdir(mode=0o700, exist_ok=True)
    values = {
        "company": _reachable(company),
        "month": month,
        "settings": json.dumps(chosen, sort_keys=True) if (chosen := overrides(company)) else "",
    }
    return [
        _place(work, _copy(source, values), f"{source.stem}-{company.name}-{month}") for source in sources
    ]


def find(name: str, notebooks: Path = NOTEBOOKS) -> Path:
    """Find a notebook by its number, its name or its file's name.

    Raises
    ------
    UsageError
        With the nearest name.
    """
    asked = Path(name).name.removesuffix(".ipynb")
    known = _all(notebooks)
    found = [path for path in known if path.stem == asked or path.stem.startswith(f"{asked.zfill(2)}_")]
    if len(found) != 1:
        raise UsageError(f"no notebook is called {name!r}{nearest(asked, (path.stem for path in known))}")
    return found[0]


def _all(notebooks: Path) -> list[Path]:
    found = sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise UsageError(f"no notebooks in {notebooks}\n  run the command from a clone of the workbook")
    return found


def _refuse_future(company: Company, month: str) -> None:
    end = month_end(parse_month(month))
    if end >= datetime.now(ZoneInfo(company.timezone)).date():
        raise NotComplete(
            f"{month} is not complete: it ends on {end}\n  ask for an earlier month, or for latest"
        )


def _reachable(company: Company) -> str:
    """Name a company so that it is found from ``work/`` too: those beside the package by name, others by path."""
    ours = Path(__file__).resolve().parents[2] / "companies"
    return company.path.stem if company.path.parent == ours else str(company.path)


def _copy(source: Path, values: dict[str, str]) -> NotebookNode:
    notebook = normalise(nbformat.read(source, as_version=4))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    known = parameters_of(notebook)
    lacking = [name for name in values if name not in known and values[name]]
    if lacking:
        raise UsageError(f"{source.name} has no parameter {lacking[0]!r}")
    fill(notebook, {name: value for name, value in values.items() if name in known})
    notebook.metadata["custlib"] = {"copy_of": source.stem, "as_written": _digest(notebook)}
    return notebook


def _digest(notebook: NotebookNode) -> str:
    """Tell one state of the cells from another; outputs do not count."""
    told = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _place(work: Path, notebook: NotebookNode, stem: str) -> Copy:
    """Write a copy under its name, or beside copies that were edited; one that is there already keeps its outputs."""
    said: list[str] = []
    number = 1
    while True:
        path = work / f"{stem}{'' if number == 1 else f'-{number}'}.ipynb"
        before = _written(path)
        if before is not None and before.cells and _digest(before) == _digest(notebook):
            return Copy(path, tuple(said))
        if not path.exists() or (before is not None and not _edited(before)):
            path.write_text(nbformat.writes(notebook, version=4) + "\n", encoding="utf-8")
            return Copy(path, tuple(said))
        said.append(f"{WORK}/{path.name} was edited, and stays as it is")
        number += 1


def _written(path: Path) -> NotebookNode | None:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError):
        return None


def _edited(notebook: NotebookNode) -> bool:
    return notebook.metadata.get("custlib", {}).get("as_written") != _digest(notebook)


def open_lab(made: Sequence[Copy]) -> None:
    """Become JupyterLab in ``work/``, at the one copy made or, of several, at the list of them.

    Raises
    ------
    CustlibError
        When JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CustlibError(
            "JupyterLab is not installed\n  `make lab` installs it; --no-open only writes the copy"
        )
    work = made[0].path.parent
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={work}"]
    command += [str(made[0].path)] if len(made) == 1 else []
    command += ["--allow-root"] if os.geteuid() == 0 else []
    if not _has_screen():
        command += ["--no-browser"]
    # With a drawing backend of its own the kernel shows charts in the notebook.
    rest = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    sys.stdout.flush()
    os.chdir(work)
    os.execve(sys.executable, command, rest | _ENVIRONMENT)


def _has_screen() -> bool:
    """Say whether a browser can be shown: without a screen one would open inside the terminal, and block it."""
    return sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
