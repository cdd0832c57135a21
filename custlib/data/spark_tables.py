"""The company's tables as Spark has them: files of a folder, or tables of its catalog."""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from custlib.company import Company
from custlib.data.cache import cache_folder, write_aside
from custlib.data.spark_functions import hashed, quote, spark_type
from custlib.data.spark_session import failed, silent
from custlib.errors import DataError

_DUCK = {
    "string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT", "smallint": "SMALLINT", "tinyint": "TINYINT",
    "double": "DOUBLE", "float": "FLOAT", "boolean": "BOOLEAN", "date": "DATE", "timestamp_ntz": "TIMESTAMP",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "binary": "BLOB",
}  # fmt: skip
# Names the state of the tables that a process has taken, for those that it starts.
_HANDED_OVER = "CUSTLIB_SPARK_TABLES"
_SECONDS = 60


@dataclass(frozen=True)
class Tables:
    """What the tables of a catalog were at one time: their columns with DuckDB's types, and a digest of their rows."""

    columns: dict[str, dict[str, str]]
    stamps: dict[str, str]


def listed_tables(company: Company, session: Callable[[], Any]) -> Tables:
    """Give the columns and digests of the catalog's tables, by one scan of each.

    A file has a time by which it is known to be unchanged; a table of a catalog has none that can be trusted. The
    report that is run first takes the digests; the processes it starts, one per page, take its word for them by the
    environment that they inherit, since they show the same report. So a page needs no session and no scan. Nobody
    else's word is taken, but for a minute the process's own.

    Parameters
    ----------
    session : callable
        Gives a session when one is needed.
    """
    if (found := _handed_over(company)) is not None:
        return found
    columns, stamps = {}, {}
    with failed(company), silent():
        opened = session()
        for name, spec in company.tables.items():
            columns[name], stamps[name] = _read_table(opened, name, spec.source)
    tables = Tables(columns, stamps)
    text = json.dumps(asdict(tables))
    state = hashlib.sha256(text.encode()).hexdigest()[:16]
    kept = _kept(company, state)
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_aside(kept, lambda path: path.write_text(text))
    os.environ[_HANDED_OVER] = f"{os.getpid()}:{company.file_hash[:16]}:{time.time():.0f}:{state}"
    return tables


def _kept(company: Company, state: str) -> Path:
    return cache_folder(company.name) / "checks" / f"catalog-{state}.json"


def _handed_over(company: Company) -> Tables | None:
    process, _, rest = os.environ.get(_HANDED_OVER, "").partition(":")
    described, _, rest = rest.partition(":")
    taken, _, state = rest.partition(":")
    own = process == str(os.getpid())
    if described != company.file_hash[:16] or (own and time.time() - float(taken) > _SECONDS):
        return None
    path = _kept(company, state)
    return Tables(**json.loads(path.read_text())) if path.exists() else None


def _read_table(session: Any, table: str, name: str) -> tuple[dict[str, str], str]:
    """Give the columns of a table of the catalog with DuckDB's types, and a digest of its rows."""
    try:
        frame = session.table(_place(name))
        types = dict(frame.dtypes)
    except Exception:
        raise DataError(
            f"{table}: Spark's catalog has no table {name!r}, or it may not be read\n"
            "  write it under from as schema.table, as Spark knows it"
        ) from None
    known = {column: duck for column, kind in types.items() if (duck := _duck_type(kind)) is not None}
    row = f"SELECT count(*), coalesce(sum({hashed([quote(column) for column in known])}), 0) FROM {_place(name)}"
    count, total = session.sql(row).collect()[0]
    return known, f"{table}|{name}|{sorted(known.items())}|{count}|{total}"


def _duck_type(kind: str) -> str | None:
    """Give DuckDB's name of a Spark type; None for nested ones, whose columns the workbook does not see."""
    if kind.startswith("decimal"):
        return kind.upper()
    return "VARCHAR" if re.match(r"(var)?char\(", kind) else _DUCK.get(kind)


def _place(name: str) -> str:
    return ".".join(quote(part) for part in name.split("."))


def show_table(session: Any, view: str, name: str, types: Mapping[str, str]) -> None:
    """Show a table of the catalog as the view of a company's raw table."""
    columns = ", ".join(quote(column) for column in types)
    session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {quote(view)} AS SELECT {columns} FROM {_place(name)}")


def show_files(session: Any, view: str, files: Sequence[Path], types: Mapping[str, str]) -> None:
    """Show Parquet files as the view of a company's raw table, their columns united by name.

    Files of one schema are read as one; a column that a file lacks is NULL in its rows.
    """
    alike: dict[Any, list[Path]] = {}
    for file in files:
        schema = pq.read_schema(file).remove_metadata()
        alike.setdefault((str(schema), bool(_partitions(file))), []).append(file)
    parts = []
    for i, ((_, partitioned), group) in enumerate(alike.items()):
        reader = session.read.option("mergeSchema", "false")
        if partitioned:
            reader = reader.option("basePath", str(_above_partitions(group[0])))
        frame = reader.parquet(*[str(file) for file in group])
        part = f"{view}_{i}"
        frame.createOrReplaceTempView(part)
        have = {name.casefold(): (name, kind) for name, kind in frame.dtypes}
        shown = [
            f"{_read(have.get(name.casefold()), type_)} AS {quote(name)}" for name, type_ in types.items()
        ]
        parts.append(f"SELECT {', '.join(shown)} FROM {quote(part)}")
    session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {quote(view)} AS {' UNION ALL '.join(parts)}")


def _partitions(file: Path) -> list[str]:
    return [part for part in file.parent.parts if "=" in part]


def _above_partitions(file: Path) -> Path:
    return next(folder for folder in file.parents if not any("=" in part for part in folder.parts))


def _read(found: tuple[str, str] | None, type_: str) -> str:
    """Give a column of a file in the type that DuckDB reads it in."""
    target = spark_type(type_)
    if found is None:
        return f"CAST(NULL AS {target})"
    name, kind = quote(found[0]), found[1]
    if kind == "bigint" and type_.startswith("TIMESTAMP"):  # counted in nanoseconds
        return f"CAST(timestamp_micros(({name} - pmod({name}, 1000)) div 1000) AS {target})"
    return f"CAST({name} AS {target})"
