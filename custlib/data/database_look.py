"""Looking at a database nobody has described yet: which tables there are, and what their first rows seem to hold."""

import re
from pathlib import Path
from urllib.parse import urlparse

import pyarrow.parquet as pq

from custlib.connection import ConnectionSpec
from custlib.connection import connect as connection_of
from custlib.data.cache import aside, cache_folder
from custlib.data.columns import literal
from custlib.data.database_connection import explained, listed, opened
from custlib.data.database_queries import sendable
from custlib.data.engine import connect
from custlib.data.look import look
from custlib.data.roles import Seen
from custlib.errors import DataError

_ROWS = 50_000
_TABLES = 40
_AT_A_TIME = 10_000


def is_url(text: str) -> bool:
    """Say whether a text is the URL of a database rather than a path."""
    return "://" in text


def named(url: str) -> str:
    """Give a short name for a database: the last part of its path, else its kind."""
    parts = [part for part in urlparse(url).path.split("/") if part]
    return parts[-1] if parts and "$" not in parts[-1] else url.partition(":")[0]


def without_password(url: str) -> str:
    """Give a URL as a company file may hold it: a password written out becomes a variable of the environment."""
    plain = re.sub(r"(://[^:/@]*):(?!\$\{)[^/]*@", r"\1:${PGPASSWORD}@", url)
    return re.sub(
        r"(?i)([?&][^=&]*(?:password|pwd|token|secret|key)[^=&]*)=(?!\$\{)[^&]*", r"\1=${PGPASSWORD}", plain
    )


def look_at(url: str) -> tuple[list[Seen], list[str]]:
    """Look at the first rows of every table that the account may see.

    Returns
    -------
    list of Seen
        By the name under which a company file gives the table.
    list of str
        What was not looked at, or only in part.

    Raises
    ------
    UsageError, DataError
        As `custlib.data.database_connection.opened`.
    """
    seen, notes = [], []
    with (
        opened(connection_of(ConnectionSpec(database=url), Path.cwd() / "company").location) as backend,
        aside(cache_folder("staged")) as own,
        connect() as con,
    ):
        with explained("init"):
            tables = listed(backend)
        for shown, (place, name) in sorted(tables.items())[:_TABLES]:
            file = own / "first.parquet"
            try:
                with explained(shown):
                    # Which rows come first is the database's affair: a guess rests on them, and no figure does.
                    first = sendable(backend.table(name, database=place), backend.name).limit(_ROWS)
                    reader = backend.to_pyarrow_batches(first, chunk_size=_AT_A_TIME)
                    with pq.ParquetWriter(file, reader.schema) as writer:
                        for batch in reader:
                            writer.write_batch(batch)
                found = Seen(shown, look(con, f"read_parquet({literal(str(file))})"), {})
            except DataError as error:
                notes.append(str(error).splitlines()[0])
                continue
            seen.append(found)
            if found.rows == _ROWS:
                notes.append(f"{shown}: what lies behind its first {_ROWS:,} rows")
    notes += [
        f"{shown}: the {_TABLES} before it are enough for a first look" for shown in sorted(tables)[_TABLES:]
    ]
    return seen, notes
