"""Room on the disk: how much a preparation will write, said before it begins, and refused where there is less."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from custlib.data.report import CheckReport
from custlib.errors import UsageError
from custlib.periods import Month
from custlib.prepare.files import Files

# Bytes of one row of each kind as it is written: panel and base from a bank of 42,000 customers, the others guessed. Kinds that
# pages write of a month (patterns, values) are counted with the month end they are made of.
BYTES = {"panel": 25, "products": 12, "statement": 40, "base": 45 + 20, "surveys": 12, "feedback": 12}
# What is less than this need not be announced.
WORTH_SAYING = 100_000_000


def customers_at_most(report: CheckReport, files: Files) -> int:
    """Say how many customers there can be: those of the latest month end that is there, else of the list, else rows of a month."""
    for month in sorted(files.months.get("base", {}), reverse=True):
        if found := files.at("base", month):
            return int(pq.read_metadata(found[0]).num_rows)
    if listed := report.counts.get("customers_rows"):
        return int(listed)
    return int(report.months.rows.max()) if len(report.months) else 0


def bytes_needed(files: Files, customers: int) -> int:
    """Estimate what the files that are missing will take, were every customer in every one of them."""
    missing = {
        kind: sum(not path.exists() for path in months.values()) for kind, months in files.months.items()
    }
    return sum(count * BYTES[kind] * customers for kind, count in missing.items())


def require_room(files: Files, customers: int, cache: Path, say: Callable[[str], None]) -> None:
    """Announce how much will be written to the cache.

    Raises
    ------
    UsageError
        When the disk has less room than that; nothing has been written then.
    """
    needed, free = bytes_needed(files, customers), shutil.disk_usage(cache).free
    if needed > free:
        raise UsageError(
            f"the cache needs about {size(needed)} for {_months(files)}, and {size(free)} are free on its disk\n"
            "  make room there, or set CUSTLIB_CACHE to a folder on another disk; nothing has been written"
        )
    if needed >= WORTH_SAYING:
        say(
            f"about {size(needed)} will be written to the cache, where {size(free)} are free;"
            " what does not fit in memory goes there for a while too"
        )


def _months(files: Files) -> str:
    missing: set[Month] = {
        month for months in files.months.values() for month, path in months.items() if not path.exists()
    }
    return f"{len(missing)} {'month' if len(missing) == 1 else 'months'}"


def size(count: int) -> str:
    """Write a number of bytes as people say it: 12 kB, 340 MB, 3.2 GB."""
    if count < 1_000_000:
        return f"{count // 1_000} kB"
    if count < 1_000_000_000:
        return f"{count // 1_000_000} MB"
    return f"{count / 1e9:.1f} GB"
