"""An engine of our own: DuckDB in memory, quiet in a notebook."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import duckdb
import ibis

# New objects after which Python looks for garbage; its own habit is some hundreds.
SELDOM = 50_000


def memory_engine() -> Any:
    """Give an Ibis backend on an empty in-memory DuckDB that draws no progress bar.

    ``CUSTLIB_THREADS`` bounds it as it does the source's: notebooks that run at once share the processors.
    """
    threads = os.environ.get("CUSTLIB_THREADS")
    con = ibis.duckdb.connect(**({"threads": threads} if threads else {}))
    hush(con.con)
    return con


@cache
def reading_engine() -> Any:
    """Give the engine on which opened months are read: one for all, so that tables of two months can be joined.

    From then on Python looks for garbage more seldom: one expression is thousands of small objects, and a look after
    every few hundred new ones takes a tenth of a page's time.
    """
    gc.set_threshold(max(gc.get_threshold()[0], SELDOM), *gc.get_threshold()[1:])
    return memory_engine()


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
