"""What earlier runs left: runs that were killed are marked and tidied, old runs removed.

A run that is killed outright can tidy nothing itself, so the next one does, month by month and only
where it can take the month's lock: a run that lives holds it.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from custlib.batch.lock import alone
from custlib.errors import RunFailed

KEEP = 3
MANIFEST = "manifest.json"
KERNELS = ".kernels"
KILLED = "ended without a word: killed, or the machine stopped"

_MONTH = len("2026-06")


def lock_path(out: Path, month: str) -> Path:
    """Give the file whose lock a run of the month holds."""
    return out / ".runs" / f".{month}.lock"


def published_run(out: Path, month: str) -> str:
    """Name the run a month's link points at; "" without one."""
    link = out / month
    return os.path.basename(os.readlink(link)) if link.is_symlink() else ""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a run's manifest; empty where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a run's manifest in one step."""
    aside = folder / f".{MANIFEST}"
    text = json.dumps(manifest, indent=1, ensure_ascii=False, default=str)
    aside.write_text(text + "\n", encoding="utf-8")
    os.replace(aside, folder / MANIFEST)


def sweep(out: Path, held: str) -> None:
    """Mark and tidy what killed runs left of the month that is held, and of every month nobody holds."""
    for month in sorted({folder.name[:_MONTH] for folder in _unfinished(out)} | _half_linked(out)):
        if month == held:
            _tidy(out, month)
            continue
        with suppress(RunFailed), alone(lock_path(out, month), month, patience=0):
            _tidy(out, month)


def prune(out: Path, month: str, keep: int = KEEP) -> None:
    """Remove a month's old runs but the newest few and the published one."""
    published = published_run(out, month)
    for folder in _runs(out, month):
        # A killed run's workers may have written once more after it was tidied.
        if read_manifest(folder).get("status") == "failed":
            shutil.rmtree(folder / "notebooks" / KERNELS, ignore_errors=True)
    for folder in _runs(out, month)[:-keep]:
        if folder.name != published:
            remove_run(folder)


def remove_run(folder: Path) -> None:
    """Remove a run's folder, its manifest first: what is left when this is interrupted is seen to be a rest."""
    with suppress(OSError):
        (folder / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _runs(out: Path, month: str) -> list[Path]:
    return sorted(path for path in (out / ".runs").glob(f"{month}-*") if path.is_dir())


def _unfinished(out: Path) -> Iterator[Path]:
    """Find the runs that say they are running, that say nothing, or that were never linked."""
    for folder in _runs(out, "*"):
        status = read_manifest(folder).get("status")
        unlinked = status == "published" and folder.name > published_run(out, folder.name[:_MONTH])
        if status in (None, "running") or unlinked:
            yield folder


def _half_linked(out: Path) -> set[str]:
    return {path.name[1 : 1 + _MONTH] for path in (out / ".runs").glob(".*.link")}


def _tidy(out: Path, month: str) -> None:
    for link in (out / ".runs").glob(f".{month}-*.link"):
        link.unlink(missing_ok=True)
    for folder in [path for path in _unfinished(out) if path.name[:_MONTH] == month]:
        manifest = read_manifest(folder)
        if not manifest:
            remove_run(folder)
            continue
        (folder / "index.html").unlink(missing_ok=True)
        shutil.rmtree(folder / "notebooks" / KERNELS, ignore_errors=True)
        write_manifest(folder, manifest | {"status": "failed", "error": KILLED})
