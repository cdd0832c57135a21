"""Opening a company's database through Ibis, to read and for nothing else; what a driver says is never shown.

A driver's own words may quote the URL, and with it a password, or a customer's data: they are sorted into the few
causes that a person can act on.
"""

import fnmatch
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import ParseResult, parse_qsl, unquote, urlparse

import ibis
import ibis.common.exceptions as com
import ibis.expr.types as ir

from custlib.errors import CustlibError, DataError, UsageError
from custlib.settings import nearest

# What PostgreSQL writes of values must not depend on how a server or a role is set up, since it is hashed.
_WRITING = {
    "datestyle": "ISO, YMD", "intervalstyle": "postgres", "extra_float_digits": "1", "bytea_output": "hex",
    "cursor_tuple_fraction": "1",
}  # fmt: skip
_SYSTEM = ("information_schema", "pg_catalog", "pg_toast")
# A driver's words -> what is wrong and what to do about it, in the order in which they are looked for.
_CAUSES = (
    (r"authentication failed|no password supplied|role .+ does not exist|incorrect username or password"
     r"|invalid.*(credential|access token|authentication)|\b401\b",
     "does not let this user in\n  look at the user and the password; passwords belong in the environment"),
    (r"no pg_hba.conf entry|\b(ssl|tls)\b",
     "does not take connections of this kind\n  ask who runs it whether this machine, or SSL (?sslmode=require), is allowed"),
    (r"database .+ does not exist|unknown database", "is not there: the server has no database of that name"),
    (r"could not translate host name|failed to resolve|name or service not known|getaddrinfo",
     "cannot be found: no machine has that name"),
    (r"too many (connections|clients)|remaining connection slots", "has no connection left\n  try again later"),
    (r"refused|timed? ?out|timeout|unreachable|no route|no such file|could not connect|starting up|shutting down",
     "does not answer\n  is the server running, and are host and port right?"),
)  # fmt: skip


@contextmanager
def opened(url: str) -> Iterator[Any]:
    """Open a database for reading for as long as the ``with`` block lasts: an Ibis backend.

    On PostgreSQL all that is read inside is of one moment: one transaction, read-only and of repeatable reads.

    Raises
    ------
    UsageError
        When the URL names no database that Ibis knows, or what it needs is not installed.
    DataError
        When the database cannot be reached or lets nobody in.
    """
    backend = _connect(url)
    try:
        with _of_one_moment(backend):
            yield backend
    finally:
        with suppress(Exception):
            backend.disconnect()


def _connect(url: str) -> Any:
    scheme, marked, _ = url.partition("://")
    parsed(url)
    _is_there(scheme, url)
    engine = scheme.replace("postgresql", "postgres")
    if not marked or engine == "pyspark" or not _has_backend(engine):
        hint = (
            "Spark is named by connection.spark"
            if engine == "pyspark"
            else 'such as "postgresql://user@host/db"'
        )
        raise UsageError(f"connection.database must be the URL of a database that Ibis connects to\n  {hint}")
    try:
        return _backend(engine, url)
    except ImportError:
        extra = "custlib[postgres]" if engine == "postgres" else f"ibis-framework[{engine}]"
        raise UsageError(
            f'connection: reading {scheme} needs a package that is not installed\n  pip install "{extra}"'
        ) from None
    except Exception as error:
        raise DataError(f"connection: the {scheme} database {_cause(error)}") from None


def parsed(url: str) -> ParseResult:
    """Take a URL apart.

    Raises
    ------
    UsageError
        When it cannot be: what Python says of it may quote the password.
    """
    try:
        return urlparse(url)
    except ValueError:
        raise UsageError(
            "connection.database is not written as a URL must be\n"
            "  give the password as ${NAME}, whose signs are then not taken for the URL's; an IPv6 address stands in [ ]"
        ) from None


def _is_there(scheme: str, url: str) -> None:
    """Refuse a database in a file where nothing would be read, or a new file be made."""
    if scheme == "duckdb":
        raise UsageError("connection.database: a DuckDB file is named by connection.duckdb, as a path")
    if scheme == "sqlite" and not Path(parsed(url).path).is_file():
        raise DataError(
            "connection: the file of the sqlite database does not exist\n  its URL is sqlite:// and the whole path, from /"
        )


def _has_backend(engine: str) -> bool:
    return engine in {point.name for point in ibis.util.backend_entry_points()}


def _backend(engine: str, url: str) -> Any:
    place = parsed(url)
    if engine == "databricks":
        # Ibis takes such a URL for a path; host, path and token are what the driver wants to know.
        given = dict(parse_qsl(place.query))
        return ibis.databricks.connect(
            server_hostname=place.hostname, http_path=place.path or None,
            access_token=unquote(place.password) if place.password else None, **given,
        )  # fmt: skip
    if engine != "postgres":
        return ibis.connect(url)
    own = {"connect_timeout": "20", "application_name": "custlib"}
    return ibis.connect(url, **own | dict(parse_qsl(place.query)))


def _cause(error: Exception) -> str:
    """Say what is wrong of what a driver said, without its words."""
    said = str(error).lower()
    found = next((told for pattern, told in _CAUSES if re.search(pattern, said)), None)
    return found or f"cannot be opened ({type(error).__name__})\n  look at its URL"


@contextmanager
def _of_one_moment(backend: Any) -> Iterator[None]:
    if backend.name != "postgres":
        yield
        return
    import psycopg

    backend.con.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    backend.con.read_only = True
    with backend.con.transaction():
        with explained("connection"):
            for name, value in _WRITING.items():
                backend.con.execute("SELECT set_config(%s, %s, true)", (name, value))
        yield


@contextmanager
def explained(table: str) -> Iterator[None]:
    """Turn a driver's error inside the ``with`` block into ours, which says of which table and why."""
    try:
        yield
    except (CustlibError, OSError):
        raise
    except Exception as caught:
        error = _first(caught)
        said = f"{type(error).__name__} {error}".lower()
        if re.search(r"permission|privilege|access denied|not authorized", said):
            why = "may not be read by this user\n  it needs the right to select from the table"
        elif re.search(r"canceling statement|timeout", said):
            why = "was not read in the time that the database allows a query\n  ask for more (statement_timeout)"
        elif re.search(r"connection|server closed|terminat|network", said):
            why = "was not read to the end: the database went away\n  run it again; months that were fetched are kept"
        else:
            why = f"cannot be read ({type(error).__name__})\n  does a query of it work elsewhere? a view may fail, or a column be of an odd type"
        raise DataError(f"{table}: the table of the database {why}") from None


def _first(error: BaseException) -> BaseException:
    """Give the driver's error that came first: closing what an error has broken raises another."""
    driver = type(error).__module__.partition(".")[0]
    while error.__context__ and type(error.__context__).__module__.partition(".")[0] == driver:
        error = error.__context__
    return error


def find_tables(backend: Any, table: str, source: str) -> dict[str, ir.Table]:
    """Find one table, or those that a pattern names, by the name under which messages show them.

    Parameters
    ----------
    source : str
        ``table``, ``schema.table`` or ``catalog.schema.table``; with ``*`` and ``?`` every table that fits.

    Raises
    ------
    DataError
        When there is none, with the nearest names.
    """
    *place, name = source.split(".")
    if len(place) > 2:
        raise UsageError(f"{table}: from is catalog.schema.table at most, not {source!r}")
    if not set("*?[") & set(source):
        with explained(table):
            if (one := _named(backend, place, name)) is not None:
                return {source: one}
    with explained(table):
        known = listed(backend, place)
    wanted = re.compile(fnmatch.translate(source), re.IGNORECASE)
    found = {shown: where for shown, where in known.items() if wanted.match(shown)}
    if not found:
        raise DataError(
            f"{table}: the database has no table {source!r}{nearest(source, known)}\n"
            "  a table that this user may not read is not listed either; another schema's is schema.table"
        )
    with explained(table):
        return {shown: backend.table(name, database=place) for shown, (place, name) in sorted(found.items())}


def _named(backend: Any, place: list[str], name: str) -> ir.Table | None:
    try:
        return backend.table(name, database=_database(place))
    except com.TableNotFound:
        return None
    except Exception as error:
        # Other engines have errors of their own for it.
        if re.search("not found|not exist", str(error).lower()):
            return None
        raise


def _database(place: Sequence[str]) -> Any:
    return None if not place else place[0] if len(place) == 1 else tuple(place)


def listed(backend: Any, place: Sequence[str] = ()) -> dict[str, tuple[Any, str]]:
    """List the tables of the schema one begins in by their names, those of others as schema.table."""
    if len(place) == 2 or (place and backend.name != "postgres"):
        database = _database(place)
        return {".".join([*place, name]): (database, name) for name in backend.list_tables(database=database)}
    here = {name: (None, name) for name in backend.list_tables()}
    if backend.name != "postgres":
        return here
    own = backend.current_database
    others = [each for each in backend.list_databases() if each not in _SYSTEM and not each.startswith("pg_")]
    for each in others:
        here |= {
            f"{each}.{name}": (each, name)
            for name in backend.list_tables(database=each)
            if each != own or place
        }
    return here
