"""What happens in the process of one notebook; imported there first, so it loads nothing heavy itself."""

import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from custlib.batch.leftovers import KERNELS

# Kernels do small sums: one thread each. A user's own kernel of the same name must not be taken
# for this environment's, and the debugger's advice has no place among the outputs.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "MPLBACKEND": "Agg",
}
_NO_KERNEL = ("Kernel didn't respond", "Kernel died before replying")


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds, and what the company lets the engine have (None: what it likes)."""

    start: float = 60
    cell: float = 1800
    notebook: float = 3600
    memory_limit: str | None = None
    threads: int | None = None

    @property
    def engine(self) -> dict[str, str]:
        """The engine's bounds as the environment names them; what it says itself comes first."""
        bounds = {"CUSTLIB_MEMORY": self.memory_limit, "CUSTLIB_THREADS": self.threads}
        return {name: os.environ.get(name) or str(value) for name, value in bounds.items() if value}


def work(
    notebook: str,
    executed: str,
    parameters: dict[str, str],
    offered: dict[str, str],
    limits: Limits,
    pipe: Connection,
    parent: int,
    among: int,
) -> None:
    """Run one notebook, `among` so many at once, and say through `pipe` how it goes.

    Messages are ("cell", done, total), then one of ("done",), ("no kernel", error) and
    ("failed", error, kind of the error that a cell raised, or "").
    """
    _settle(Path(executed), parent)
    os.environ.update(fair_share({**os.environ, **limits.engine}, among))
    try:
        _execute(notebook, executed, parameters, offered, limits, pipe)
        message: tuple[str, ...] = ("done",)
    except Exception as error:
        text = str(error)
        kind = "no kernel" if any(sign in text for sign in _NO_KERNEL) else "failed"
        explained = f"{Path(notebook).name} {_explain(error, Path(executed), limits)}"
        message = (kind, explained, str(getattr(error, "ename", "") or ""))
    pipe.send(message)
    pipe.close()


def _settle(executed: Path, parent: int) -> None:
    """Make the process quiet and mortal: no keyboard, output to a log, gone when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # At once: a busy kernel would not answer a polite goodbye. It ends itself when its parent is gone.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
    os.environ.update(_ENVIRONMENT)
    if os.getppid() != parent:
        # The command was killed while this process began; the next run may have tidied up already.
        os._exit(1)
    # How to reach a kernel is written to a temporary file, which a killed run leaves: it stays with the run.
    kernels = executed.parent / KERNELS
    kernels.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = str(kernels)
    # Kernels import the same custlib as this process, whether it is installed or not.
    package = str(Path(__file__).resolve().parents[2])
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([package, *others]))
    with open(os.devnull) as nothing, open(executed.with_suffix(".log"), "w") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def fair_share(environment: Mapping[str, str], among: int) -> dict[str, str]:
    """Divide the engine's memory and threads among the notebooks that run at once.

    ``CUSTLIB_MEMORY`` (such as ``2GB``) is what all of them together may take; without it the
    engine's own limit, most of the machine, is left as it is.
    """
    share = {
        "CUSTLIB_THREADS": environment.get("CUSTLIB_THREADS") or str(max(1, (os.cpu_count() or 1) // among))
    }
    size = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", environment.get("CUSTLIB_MEMORY", ""))
    if size:
        share["CUSTLIB_MEMORY"] = f"{float(size[1]) / among:.3f}{size[2]}"
    return share


def _watch(parent: int) -> None:
    """End this process, and so its kernel, when the command that started it was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _execute(
    notebook: str,
    executed: str,
    parameters: dict[str, str],
    offered: dict[str, str],
    limits: Limits,
    pipe: Connection,
) -> None:
    import papermill  # takes most of a second, and only here

    known = set(papermill.inspect_notebook(notebook))
    if unknown := sorted(set(parameters) - known):
        raise ValueError(
            f"has no parameter {unknown[0]!r}; its parameters cell names {', '.join(sorted(known))}"
        )
    parameters = parameters | {name: value for name, value in offered.items() if name in known}
    done = 0

    def count(cell: Any, cell_index: int) -> None:
        nonlocal done
        done = max(done, cell_index)
        pipe.send(("cell", done, total))

    total = len(papermill.iorw.load_notebook_node(notebook).cells) + 1
    papermill.execute_notebook(
        notebook,
        executed,
        parameters=parameters,
        progress_bar=False,
        start_timeout=int(limits.start),
        execution_timeout=int(limits.cell),
        cwd=str(Path(executed).parent),
        on_cell_start=count,
    )


def _explain(error: Exception, executed: Path, limits: Limits) -> str:
    """Say which cell failed and why, in a few lines."""
    name, value = getattr(error, "ename", ""), getattr(error, "evalue", "")
    where = _where(executed)
    if name:
        return f"failed {where}\n  {name}: {value}".rstrip()
    if type(error).__name__ == "CellTimeoutError":
        return f"failed {where}: the cell took longer than {limits.cell:.0f} s"
    if type(error).__name__ == "DeadKernelError":
        return f"failed {where}: its kernel died; out of memory?"
    if isinstance(error, ValueError) and str(error).startswith("has no parameter"):
        return str(error)
    return f"failed\n  {type(error).__name__}: {error}"


def _where(executed: Path) -> str:
    """Name the last cell that was begun, by its place among the code cells and the heading above it."""
    import nbformat

    try:
        cells = nbformat.read(executed, as_version=4).cells
    except (OSError, ValueError):
        return "before its first cell"
    heading, position = "", 0
    begun = "before its first cell"
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.splitlines()[0].lstrip("# ").strip()
        if {"papermill-error-cell-tag", "injected-parameters"} & set(cell.metadata.get("tags", [])):
            continue
        position += cell.cell_type == "code"
        if cell.cell_type == "code" and cell.metadata.get("papermill", {}).get("start_time"):
            begun = f"in code cell {position}" + (f', under "{heading}"' if heading else "")
    return begun
