"""Files of the cache: where they are, how they are written, who may build."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from custlib.data.cache import LOCK
from custlib.periods import Month, month_range, month_text

# Prepared sources kept per company, the newest first.
KEPT = 3

Progress = Callable[[str], None]


def part_path(folder: Path, month: Month) -> Path:
    """Give the file of one month."""
    return folder / f"{month_text(month)}.parquet"


def parts(folder: Path, first: Month, last: Month) -> list[str]:
    """List the files of the months from `first` to `last` that there are."""
    return existing([part_path(folder, month) for month in month_range(first, last)])


def existing(paths: list[Path]) -> list[str]:
    """Keep the files that there are; an optional table has none."""
    return [str(path) for path in paths if path.exists()]


def save(con: Any, query: str, path: Path) -> None:
    """Run a query and write its rows as Parquet."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def copy(aside: Path) -> None:
        target = str(aside).replace("'", "''")
        con.raw_sql(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")

    write_aside(path, copy)


def write_aside(path: Path, write: Callable[[Path], object]) -> None:
    """Write next to the target and rename, so that a reader never meets half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    write(aside)
    os.replace(aside, path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time build; the others wait and then find the work done."""
    with open(folder / LOCK, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def forget(cache: Path, folder: Path) -> None:
    """Delete what was prepared from older versions of the source, but for the last few used."""
    os.utime(folder)
    others = [path for path in cache.iterdir() if path.is_dir()]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
