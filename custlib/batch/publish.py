"""Publish a month by replacing one link; whatever goes wrong, what was published stays.

``reports/2026-06`` is a relative link to ``.runs/2026-06-<id>``. A run writes only into a folder of
its own, and the link is replaced in one step when everything is there.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from custlib.batch.leftovers import (
    KERNELS,
    lock_path,
    prune,
    published_run,
    read_manifest,
    sweep,
    write_manifest,
)
from custlib.batch.lock import alone
from custlib.errors import CustlibError, UsageError


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

    @property
    def aside(self) -> Path:
        """Give the path of the new link until it takes the old one's place."""
        return self.out / ".runs" / f".{self.folder.name}.link"

    @property
    def published(self) -> bool:
        """Say whether the month's link points at this run."""
        return published_run(self.out, self.month) == self.folder.name

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage for the manifest, also when it fails; the manifest names it while it lasts."""
        started = time.monotonic()
        self.manifest["stage"] = name
        self.save("running")
        try:
            yield
        finally:
            self.manifest.setdefault("seconds", {})[name] = round(time.monotonic() - started, 2)

    def save(self, status: str) -> None:
        """Write the manifest."""
        self.manifest["status"] = status
        write_manifest(self.folder, self.manifest)

    def publish(self) -> Path:
        """Point the month's link at this run, in one step; give the published page one."""
        self.manifest.pop("stage", None)
        self.manifest["finished"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self.save("published")
        _settle(self.folder)
        self.aside.symlink_to(Path(".runs") / self.folder.name)
        os.replace(self.aside, self.link)
        return self.link / "index.html"


@contextmanager
def publication(out: Path, month: str, company: str) -> Iterator[Run]:
    """Begin a run of a month, alone; mark it failed unless it was published.

    Raises
    ------
    UsageError
        When the month's folder belongs to another company or was not made by this command, or
        nothing can be written there.
    RunFailed
        When another run of the month is under way.
    """
    refuse_other_company(out, month, company)
    runs = out / ".runs"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        lock_path(out, month).touch()
    except OSError as error:
        raise _unwritable(out, error.strerror) from None
    with alone(lock_path(out, month), month):
        refuse_other_company(out, month, company)
        sweep(out, month)
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        run = Run(out, month, runs / f"{month}-{stamp}-{os.getpid():x}-{os.urandom(2).hex()}")
        try:
            run.folder.mkdir()
            run.save("running")
            yield run
        except BaseException as error:
            # A signal may come when the link already points here: then it is the month, and stays whole.
            if run.folder.is_dir() and not run.published:
                run.manifest["error"] = (
                    str(error) if isinstance(error, CustlibError) else type(error).__name__
                )
                (run.folder / "index.html").unlink(missing_ok=True)
                shutil.rmtree(run.folder / "notebooks" / KERNELS, ignore_errors=True)
                run.save("failed")
            raise
        finally:
            run.aside.unlink(missing_ok=True)
            prune(out, month)


def page_before(out: Path, month: str, company: str) -> str:
    """Name the latest earlier month published of a company; "" when there is none."""
    months = sorted(link.name for link in out.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]") if link.name < month)
    return next((each for each in reversed(months) if published_company(out, each) == company), "")


def published_company(out: Path, month: str) -> str | None:
    """Name the company whose report is published for a month; None when there is none."""
    company = read_manifest(out / month).get("company")
    return str(company["company"]) if isinstance(company, dict) and "company" in company else None


def refuse_other_company(out: Path, month: str, company: str) -> None:
    """Refuse a month's folder that belongs to another company, or that is not a link of ours.

    Raises
    ------
    UsageError
        Names the folder, whose it is, and how to go on.
    """
    link = out / month
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


def refuse_unwritable(out: Path) -> None:
    """Refuse a folder for the months that is a file, or in which nothing can be written.

    Raises
    ------
    UsageError
        Before anything is made.
    """
    try:
        known = next(path for path in (out / ".runs", out, *out.parents) if path.exists())
        if not known.is_dir():
            raise UsageError(f"{known} is a file\n  --out names the folder that holds the reports")
        if not os.access(known, os.W_OK | os.X_OK):
            raise _unwritable(out, f"{known} may not be written to")
    except OSError as error:
        raise _unwritable(out, error.strerror) from None


def refuse_busy(out: Path, month: str) -> None:
    """Refuse a month that another run is making, before anything is prepared for it.

    Raises
    ------
    RunFailed
        Naming the process that holds the month.
    """
    if lock_path(out, month).exists():
        with alone(lock_path(out, month), month):
            pass


def _unwritable(out: Path, why: str | None) -> UsageError:
    return UsageError(f"nothing can be written to {out} ({why})\n  choose another folder by --out")


def _settle(folder: Path) -> None:
    """Have the system write a run to the disk before it is pointed at: power may fail right after."""
    for path in [folder, *folder.rglob("*")]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
