"""An engine of our own: DuckDB in memory, quiet in a notebook."""

import gc
import os
import weakref
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import duckdb
import ibis

from custlib.data.cache import aside, cache_folder
from custlib.errors import UsageError

# New objects after which Python looks for garbage; its own habit is some hundreds.
SELDOM = 50_000
# Bytes without which DuckDB cannot even look at a file; its own advice is 125 MB for each thread.
LEAST = 10_000_000
_NAMED = {
    "memory_limit": "memory_limit (CUSTLIB_MEMORY, else the company file's)",
    "threads": "threads (CUSTLIB_THREADS, else the company file's)",
}


def bounded(memory_limit: str | None = None, threads: int | None = None) -> Any:
    """Give an Ibis backend on an empty in-memory DuckDB that draws no progress bar and keeps within bounds.

    What does not fit in memory is written to a folder of this engine in the cache, and figures are the same. Notebooks that run
    at once share the memory: each gets its part from the process that starts them.

    Parameters
    ----------
    memory_limit, threads
        As the company file's connection has them; they hold unless the environment says otherwise by
        ``CUSTLIB_MEMORY`` and ``CUSTLIB_THREADS``.

    Raises
    ------
    UsageError
        When the bounds are not what DuckDB understands, or it could not work in so little memory.
    """
    wanted = {
        "threads": os.environ.get("CUSTLIB_THREADS") or threads,
        "memory_limit": os.environ.get("CUSTLIB_MEMORY") or memory_limit,
    }
    chosen = {name: value for name, value in wanted.items() if value}
    try:
        con = ibis.duckdb.connect(":memory:", **chosen)
        enough = _memory_limit(con.con) >= 0.99 * LEAST
    except duckdb.Error:
        raise UsageError(_wanted(chosen)) from None
    if not enough:
        con.disconnect()
        raise UsageError(_wanted(chosen))
    _settle(con.con)
    return con


def _memory_limit(con: duckdb.DuckDBPyConnection) -> int:
    """Give the bytes that DuckDB takes at most, to about a hundredth."""
    row = con.execute("SELECT current_setting('memory_limit')").fetchone()
    size, unit = str(row[0] if row else "").split()
    return int(float(size) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB").index(unit))


def _wanted(given: Mapping[str, Any]) -> str:
    fine = {"threads"} if str(given.get("threads")).isdecimal() and int(given["threads"]) else set()
    told = ", ".join(f"{_NAMED[name]} is {value!r}" for name, value in given.items() if name not in fine)
    return (
        f"DuckDB cannot work within the bounds it was given: {told}\n"
        f"  threads are a whole number from 1, memory is a size such as 2GB and at least {LEAST // 1_000_000}MB"
    )


@cache
def reading_engine(memory_limit: str | None, threads: int | None) -> Any:
    """Give the engine on which opened months are read: one for all, so that tables of two months can be joined.

    From then on Python looks for garbage more seldom: one expression is thousands of small objects, and a look after
    every few hundred new ones takes a tenth of a page's time.
    """
    gc.set_threshold(max(gc.get_threshold()[0], SELDOM), *gc.get_threshold()[1:])
    return bounded(memory_limit, threads)


def connect() -> duckdb.DuckDBPyConnection:
    """Open a DuckDB connection for converting files: silent, and without fetching extensions."""
    con = duckdb.connect(":memory:")
    _settle(con)
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET preserve_insertion_order = true")
    return con


def _settle(con: duckdb.DuckDBPyConnection) -> None:
    """Switch the progress bar off, and give the engine a folder of its own for what does not fit in memory.

    Engines name these files alike: two that share a folder, in one process or in two, read each other's rows, or crash
    (DuckDB issue 15173). The folder goes with the connection; cursors are not to outlive it.
    """
    _hush(con)
    room = ExitStack()
    con.execute("SET temp_directory = ?", [str(room.enter_context(aside(cache_folder("spill"))))])
    weakref.finalize(con, room.close)


def _hush(con: duckdb.DuckDBPyConnection) -> None:
    """Switch the progress bar off, which in a notebook would be written into the outputs.

    Without ipywidgets there is no bar, and DuckDB refuses to be told so.
    """
    row = con.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    if row and row[0]:
        con.execute("SET enable_progress_bar = false")


@contextmanager
def plain_sql() -> Iterator[None]:
    """Let Ibis write every step as a query of its own: joining steps to shorter SQL takes a third of compiling.

    The engine's optimiser joins them anyway. Ibis's own setting holds again afterwards, for those who read its SQL.
    """
    before, ibis.options.sql.fuse_selects = ibis.options.sql.fuse_selects, False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before
