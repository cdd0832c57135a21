"""Publish a month by replacing one link; whatever goes wrong, what was published stays.

``reports/2026-06`` is a relative link to ``.runs/2026-06-<id>``. A run writes only into a folder of
its own, and the link is replaced in one step when everything is there.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from custlib.errors import CustlibError, RunFailed, UsageError

KEEP = 3


@dataclass
class Run:
    """One attempt at a month: its folder, and its manifest, which tells how it is going."""

    out: Path
    month: str
    folder: Path
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def link(self) -> Path:
        """Give the path under which the month is published."""
        return self.out / self.month

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage for the manifest, also when it fails."""
        started = time.monotonic()
        self.manifest["stage"] = name
        try:
            yield
        finally:
            self.manifest.setdefault("seconds", {})[name] = round(time.monotonic() - started, 2)

    def save(self, status: str) -> None:
        """Write the manifest."""
        self.manifest["status"] = status
        text = json.dumps(self.manifest, indent=1, ensure_ascii=False, default=str)
        (self.folder / "manifest.json").write_text(text + "\n", encoding="utf-8")

    def publish(self) -> Path:
        """Point the month's link at this run, in one step; give the published page one."""
        self.manifest.pop("stage", None)
        self.save("published")
        new = self.out / ".runs" / f".{self.folder.name}.link"
        new.unlink(missing_ok=True)
        new.symlink_to(Path(".runs") / self.folder.name)
        os.replace(new, self.link)
        return self.link / "index.html"


@contextmanager
def publication(out: Path, month: str, company: str) -> Iterator[Run]:
    """Begin a run of a month, alone; mark it failed unless it was published.

    Raises
    ------
    UsageError
        When the month's folder belongs to another company or was not made by this command.
    RunFailed
        When another run of the month is under way.
    """
    refuse_other_company(out, month, company)
    runs = out / ".runs"
    runs.mkdir(parents=True, exist_ok=True)
    with _alone(runs / f".{month}.lock", month):
        refuse_other_company(out, month, company)
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
        run = Run(out, month, runs / f"{month}-{stamp}-{os.getpid():x}-{os.urandom(2).hex()}")
        run.folder.mkdir()
        run.save("running")
        try:
            yield run
        except BaseException as error:
            run.manifest["error"] = str(error) if isinstance(error, CustlibError) else type(error).__name__
            (run.folder / "index.html").unlink(missing_ok=True)
            run.save("failed")
            raise
        finally:
            prune(out, month)


def published_company(out: Path, month: str) -> str | None:
    """Name the company whose report is published for a month; None when there is none."""
    try:
        manifest = json.loads((out / month / "manifest.json").read_text(encoding="utf-8"))
        return str(manifest["company"]["company"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refuse_other_company(out: Path, month: str, company: str) -> None:
    """Refuse a month's folder that belongs to another company, or that is not a link of ours.

    Raises
    ------
    UsageError
        Names the folder, whose it is, and how to go on.
    """
    link = out / month
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file\n  --out names the folder that holds the reports")
    if link.exists() and not link.is_symlink():
        raise UsageError(
            f"{link} was not made by this command\n  move it away, or choose another folder by --out"
        )
    owner = published_company(out, month)
    if owner not in (None, company):
        raise UsageError(
            f"{link} belongs to company {owner!r}, not to {company!r}\n"
            f"  choose another folder by --out, for example --out {out}-{company}"
        )


def prune(out: Path, month: str, keep: int = KEEP) -> None:
    """Remove a month's old runs but the newest few and the published one."""
    link = out / month
    published = os.path.basename(os.readlink(link)) if link.is_symlink() else ""
    runs = sorted(path for path in (out / ".runs").glob(f"{month}-*") if path.is_dir())
    for path in runs[:-keep]:
        if path.name != published:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _alone(lock: Path, month: str) -> Iterator[None]:
    """Hold a month's lock; the system lets go of it however this process ends."""
    with open(lock, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunFailed(f"another run of {month} is under way ({holder})\n  wait until it ends") from None
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now().astimezone():%Y-%m-%d %H:%M %Z}")
        file.flush()
        yield
