"""Files of the cache: what they are called, how they are written, who may build, what is forgotten.

A file's name carries the digest of all it was made from. Nothing is ever written over: a new state of
the source gets files of new names, and who still reads the old ones is not disturbed.
"""

import errno
import fcntl
import os
import pickle
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

import duckdb

from custlib.data.cache import LOCK, alive, unwritable, write_aside
from custlib.errors import DataError
from custlib.periods import Month, month_range, month_text

# A prepared file that nobody has used for so long is deleted; longer than from one month's run to the next.
KEPT_DAYS = 45
KINDS = ("panel", "products", "statement", "base", "surveys", "feedback")

_ASIDE = re.compile(r"\..+\.(\d+)")


class Progress(Protocol):
    """What a long preparation tells."""

    def say(self, text: str) -> None:
        """Tell that something begins or has happened."""

    def step(self, stage: str, done: int, total: int, unit: str = "months") -> None:
        """Tell how far a stage has come."""


class Silent:
    """Tells nothing."""

    def say(self, text: str) -> None:
        """Keep quiet."""

    def step(self, stage: str, done: int, total: int, unit: str = "months") -> None:
        """Keep quiet."""


SILENT = Silent()


@dataclass(frozen=True)
class Files:
    """Where one state of a company's tables lies: a file per kind and month, and the customer list."""

    months: Mapping[str, Mapping[Month, Path]]
    customers: Path | None = None
    figures: Mapping[Month, Path] = field(default_factory=dict)

    def between(self, kind: str, first: Month, last: Month) -> list[str]:
        """List a kind's files of the months from `first` to `last` that there are."""
        known = self.months[kind]
        return existing([known[month] for month in month_range(first, last) if month in known])

    def at(self, kind: str, month: Month) -> list[str]:
        """Give a kind's file of one month as a list, empty where there is none."""
        return self.between(kind, month, month)

    @property
    def listed(self) -> list[str]:
        """Give the customer list's file as a list, empty where there is none."""
        return existing([self.customers] if self.customers else [])

    def missing(self) -> list[Path]:
        """List the files that have not been made yet; figures are made by those who read."""
        return [path for path in self._made() if not path.exists()]

    def touch(self) -> None:
        """Note that these files were used today."""
        for path in [*self._made(), *self.figures.values()]:
            if path.exists():
                os.utime(path)

    def _made(self) -> list[Path]:
        made = [path for known in self.months.values() for path in known.values()]
        return [*made, *([self.customers] if self.customers else [])]


def part_path(folder: Path, kind: str, month: Month, digest: str, suffix: str = "parquet") -> Path:
    """Give the file of one month in one state."""
    return folder / kind / f"{month_text(month)}-{digest}.{suffix}"


def existing(paths: list[Path]) -> list[str]:
    """Keep the files that there are; an optional table has none."""
    return [str(path) for path in paths if path.exists()]


def save(con: Any, query: str, path: Path) -> None:
    """Run a query and write its rows as Parquet."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def copy(aside: Path) -> None:
        target = str(aside).replace("'", "''")
        try:
            con.raw_sql(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.IOException as error:
            if "no space left" in str(error).lower():
                raise unwritable(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from None
            raise
        except duckdb.OutOfMemoryException:
            raise DataError(
                f"memory ran out while {path.parent.name} of {path.name[:7]} was prepared\n"
                "  raise connection.memory_limit or CUSTLIB_MEMORY, for example to 8GB, or lower threads or CUSTLIB_THREADS"
            ) from None

    write_aside(path, copy)


def unpickle(path: Path) -> Any:
    """Read what was kept; None where it is not there, or where a full disk or a power cut left half of it."""
    try:
        return pickle.loads(path.read_bytes())
    except (FileNotFoundError, EOFError, pickle.UnpicklingError):
        return None


def _kept(path: Path) -> Any:
    """Read what was kept, and mark it as used; None where there is nothing."""
    if (found := unpickle(path)) is not None:
        path.touch()
    return found


def made_once(
    path: Path, cache: Path, make: Callable[[], Any], *, before: Callable[[], object] = lambda: None
) -> Any:
    """Give what is kept at a path, or make it, alone, and keep it; who finds it there waits for nobody.

    Parameters
    ----------
    before : callable
        Makes what `make` needs of other kinds: nobody waits for them who holds the lock of this one, which is not taken twice.
    """
    if (found := _kept(path)) is None:
        before()
        with making(path, cache):
            return kept_or_made(path, make)
    return found


def kept_or_made(path: Path, make: Callable[[], Any]) -> Any:
    """Give what is kept at a path, or make and keep it: without a lock, for who holds it, or makes what is soon made twice."""
    if (found := _kept(path)) is None and (found := make()) is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = pickle.dumps(found)
        write_aside(path, lambda aside: aside.write_bytes(kept))
    return found


@contextmanager
def making(path: Path, cache: Path, say: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Let one process at a time make files of a kind, beside those who make others; whoever cleans the cache waits for all."""
    with open(cache / LOCK, "a+", encoding="utf-8") as handle:
        _take(handle, fcntl.LOCK_SH, cache, say)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(path.parent, say):
            yield


@contextmanager
def locked(folder: Path, say: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Let one process at a time build; the others say for whom they wait, and then find the work done."""
    with open(folder / LOCK, "a+", encoding="utf-8") as handle:
        _take(handle, fcntl.LOCK_EX, folder, say)
        handle.write(f"process {os.getpid()}, since {datetime.now().astimezone():%Y-%m-%d %H:%M %Z}")
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)


def _take(handle: TextIO, lock: int, folder: Path, say: Callable[[str], None]) -> None:
    """Take a lock, saying for whom one waits; what a killed holder wrote there goes."""
    try:
        fcntl.flock(handle, lock | fcntl.LOCK_NB)
    except OSError:
        handle.seek(0)
        holder = handle.read().strip() or "another process"
        say(f"waiting for {holder}, which is preparing {folder.name}")
        fcntl.flock(handle, lock)
    handle.truncate(0)


def sweep(folder: Path) -> None:
    """Delete what nobody has used for long, and what a process that was killed had begun to write.

    Call it under the lock of the whole, when no maker is at work: an unfinished file of another process
    that lives is a kept figure about to be renamed, and is left alone.
    """
    oldest = time.time() - KEPT_DAYS * 86_400
    for path in folder.rglob("*"):
        if not path.is_file() or path.name == LOCK:
            continue
        begun = _ASIDE.fullmatch(path.name)
        stale = not alive(int(begun[1])) if begun else path.stat().st_mtime < oldest
        if stale:
            path.unlink(missing_ok=True)
