"""An engine of our own: DuckDB in memory, quiet in a notebook."""

from functools import cache
from typing import Any

import duckdb
import ibis


def memory_engine() -> Any:
    """Give an Ibis backend on an empty in-memory DuckDB that draws no progress bar."""
    con = ibis.duckdb.connect()
    hush(con.con)
    return con


@cache
def reading_engine() -> Any:
    """Give the engine on which opened months are read: one for all, so that tables of two months can be joined."""
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
