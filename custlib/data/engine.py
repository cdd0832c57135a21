"""An engine of our own: DuckDB in memory, quiet in a notebook."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import duckdb
import ibis

from custlib.data.cache import cache_folder
from custlib.errors import UsageError

# New objects after which Python looks for garbage; its own habit is some hundreds.
SELDOM = 50_000


def bounded(memory_limit: str | None = None, threads: int | None = None) -> Any:
    """Give an Ibis backend on an empty in-memory DuckDB that draws no progress bar and keeps within bounds.

    What does not fit in memory is written to the cache's folder for it, and figures are the same. Notebooks that run
    at once share the memory: each gets its part from the process that starts them.

    Parameters
    ----------
    memory_limit, threads
        As the company file's connection has them; they hold unless the environment says otherwise by
        ``CUSTLIB_MEMORY`` and ``CUSTLIB_THREADS``.

    Raises
    ------
    UsageError
        When the environment's bounds are not what DuckDB understands.
    """
    wanted = {
        "threads": os.environ.get("CUSTLIB_THREADS") or threads,
        "memory_limit": os.environ.get("CUSTLIB_MEMORY") or memory_limit,
    }
    chosen = {name: value for name, value in wanted.items() if value}
    try:
        con = ibis.duckdb.connect(":memory:", temp_directory=str(cache_folder("spill")), **chosen)
    except duckdb.Error:
        raise UsageError(
            "CUSTLIB_THREADS must be a whole number, CUSTLIB_MEMORY a size such as 2GB"
        ) from None
    hush(con.con)
    return con


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
    hush(con)
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET preserve_insertion_order = true")
    return con


def hush(con: duckdb.DuckDBPyConnection) -> None:
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
