"""A company's tables that lie in a database: fetched through Ibis into the cache, where they are Parquet files.

A table is fetched in parts: the months of its date column where the mapping names one plainly, else as a whole. The
database digests each part where it lies, and a part is fetched only when the cache has none of that digest. From
there on everything goes as for a folder of Parquet files.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from custlib.company import Company, TableSpec
from custlib.data.cache import aside, cache_folder
from custlib.data.columns import literal, twice
from custlib.data.database_connection import explained, find_tables, opened, parsed
from custlib.data.database_queries import UNDATED, digests, rows_of, sendable, tells_change
from custlib.data.engine import connect
from custlib.data.files import Raw, parquet_files
from custlib.data.mapping import find_column
from custlib.errors import DataError
from custlib.periods import Month, month_text

Say = Callable[[str], None]

_VERSION = "1"  # part of every name: a change in how rows are fetched fetches anew
_BEGAN = "CUSTLIB_RUN_BEGAN"
# Rows that cross over at a time; rows of a row group of Parquet, as DuckDB itself writes them, and its bytes at most.
_AT_A_TIME, _ROW_GROUP, _BYTES = 10_000, 122_880, 32 << 20
_MOST_MONTHS = 1_200
_DAY = 86_400
_KEPT_DAYS = 45
# The column by which a table of the contract is fetched month by month.
_DATED = {
    "transactions": "date",
    "costs": "date",
    "customer_months": "month",
    "surveys": "date",
    "feedback": "date",
}


@contextmanager
def one_look(began: float | None = None) -> Iterator[None]:
    """Let all that happens inside, in processes started there too, see a database as the first look finds it.

    Parameters
    ----------
    began : float
        A look at or after this time is good enough; by default now, so that there is one look more. 0: any.
    """
    before = os.environ.get(_BEGAN)
    os.environ[_BEGAN] = before or repr(time.time() if began is None else began)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_BEGAN]


def fetch_tables(company: Company, say: Say = lambda text: None) -> dict[str, Raw]:
    """Give the tables of a company's database as Parquet files in the cache, fetching what is not there.

    Parameters
    ----------
    say : callable
        Told which parts are fetched and how many rows they had.

    Raises
    ------
    UsageError, DataError
        As `opened` and `find_tables`, and where a table cannot be read to its end.
    """
    folder = cache_folder("staged")
    kept = folder / f"db-{_state_key(company)}.json"
    state = _seen(kept, set(company.tables))
    if state is None:
        now = time.time()
        with opened(company.connection.location) as backend:
            fetching = _Fetching(backend, company, folder, say)
            state = {"looked": now, "tables": {name: fetching.table(name) for name in company.tables}}
        with aside(folder) as own:
            (own / "state.json").write_text(json.dumps(state))
            os.replace(own / "state.json", kept)
        _sweep(folder, state)
    _touch([kept, *(folder / name for table in state["tables"].values() for name in table["files"])])
    return {name: _raw(name, known, folder) for name, known in state["tables"].items()}


def _raw(name: str, known: dict[str, Any], folder: Path) -> Raw:
    files = [folder / file for file in known["files"]]
    parts = tuple((shown, tuple(columns)) for shown, columns in known["parts"])
    # The name of a part tells its state; what is known of a part stays known while others change.
    told = tuple((str(file), file.name) for file in files)
    return Raw(name, parquet_files(files, named=True), {}, parts, tuple(known["files"]), told)


def _state_key(company: Company) -> str:
    asked = {name: [spec.source, spec.columns] for name, spec in company.tables.items()}
    return _short(_VERSION, company.name, _endpoint(company), json.dumps(asked, sort_keys=True))


def _endpoint(company: Company) -> str:
    """Tell one database from another by its URL, but for who asks: a new password makes no new data."""
    url = parsed(company.connection.location)
    return "|".join([url.scheme, url.netloc.rpartition("@")[2], url.path])


def _short(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _seen(kept: Path, tables: set[str]) -> dict[str, Any] | None:
    """Give what the last look found, where it was taken since the run began and all its files are there."""
    try:
        state = json.loads(kept.read_text())
        if state["looked"] < float(os.environ.get(_BEGAN) or "inf"):
            return None
        files = [kept.parent / name for table in state["tables"].values() for name in table["files"]]
        known = {name for name, table in state["tables"].items() if "parts" in table}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return state if known == tables and all(file.exists() for file in files) else None


@dataclass(frozen=True)
class _Part:
    """A part of a table: its month (None: all, or what has no day), its rows and the digest of its content."""

    label: str
    month: Month | None
    rows: int
    content: str | None


@dataclass(frozen=True)
class _Fetching:
    """What is fetched with one connection, and where to."""

    backend: Any
    company: Company
    folder: Path
    say: Say

    def table(self, name: str) -> dict[str, Any]:
        """Fetch what is missing of one table of the contract; give its files and the columns of its sources."""
        spec, files, parts = self.company.tables[name], [], []
        for shown, remote in find_tables(self.backend, name, spec.source).items():
            if shared := twice(remote.columns):
                raise DataError(
                    f"{name}: the table {shown!r} of the database has two columns called {shared!r}\n"
                    "  give a view that has one of them"
                )
            column = month_column(spec, name, remote)
            with explained(name):
                files += self._parts(name, shown, remote, column)
            parts.append([shown, list(remote.columns)])
        return {"files": files, "parts": parts}

    def _parts(self, name: str, shown: str, remote: ir.Table, column: str | None) -> list[str]:
        engine = self.backend.name
        sent = sendable(remote, engine)
        tag = _short(
            _VERSION, self.company.name, _endpoint(self.company), shown, str(sent.schema()), str(column)
        )
        parts = self._looked_at(remote, column)
        if len(parts) > _MOST_MONTHS:
            column, parts = None, self._looked_at(remote, None)
        wanted = {part: self.folder / f"db-{tag}-{part.label}-{_short(str(part.rows), str(part.content))}.parquet"
                  for part in parts}  # fmt: skip
        missing = [part for part in parts if part.content is None or not _there(wanted[part])]
        if missing and column:
            self.say(f"{name}: fetching {len(missing)} of the {len(parts)} months of {shown}")
        elif missing:
            self.say(f"{name}: fetching {shown}")
        for part in missing:
            rows = rows_of(remote, column, part.month, engine) if column else remote
            wanted[part] = self._write(
                name, sendable(rows, engine), wanted[part], known=part.content is not None
            )
        if missing:
            self.say(f"{name}: fetched {sum(part.rows for part in missing):,} rows of {shown}")
        return [wanted[part].name for part in parts]

    def _looked_at(self, remote: ir.Table, column: str | None) -> list[_Part]:
        """Have the database digest a table by month; one part without rows where there is none."""
        engine = self.backend.name
        found = self.backend.to_pyarrow_batches(digests(remote, column, engine)).read_all().to_pylist()
        parts = []
        for row in found:
            # Of no rows there is no sum; where the engine has no hash, there is none of any.
            content = row["content"] or ("" if tells_change(engine) else None)
            parts.append(_Part(_label(row["month"], column), row["month"], row["rows"], content))
        return sorted(parts, key=lambda part: part.label) or [_Part(UNDATED, None, 0, "")]

    def _write(self, name: str, rows: ir.Table, path: Path, *, known: bool) -> Path:
        """Write rows as they come, no more than a row group of them in memory; rename when all are there."""
        reader = self.backend.to_pyarrow_batches(rows, chunk_size=_AT_A_TIME)
        with aside(self.folder) as own:
            made, noted = own / "part.parquet", own / "noted.json"
            with pq.ParquetWriter(made, reader.schema, compression="zstd") as writer:
                for group in _row_groups(reader):
                    writer.write_table(group)
            if not known:
                path = path.with_name(f"{path.stem.rpartition('-')[0]}-{_content(made)}.parquet")
            noted.write_text(json.dumps({"company": self.company.name, "package": ""}))
            os.replace(noted, path.with_suffix(".json"))
            os.replace(made, path)
        return path


def _label(month: date | None, column: str | None) -> str:
    return "all" if column is None else UNDATED if month is None else month_text(month)


def month_column(spec: TableSpec, table: str, remote: ir.Table) -> str | None:
    """Give the column by whose months a table is fetched: a day or a moment that the mapping names plainly."""
    role = _DATED.get(table)
    written = role if spec.columns is None else spec.columns.get(role or "")
    column = find_column(dict.fromkeys(remote.columns), written) if role and written else None
    if column is None:
        return None
    kind = remote[column].type()
    return column if kind.is_date() or kind.is_timestamp() else None


def _row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in reader:
        held.append(batch)
        if sum(map(len, held)) >= _ROW_GROUP or sum(each.nbytes for each in held) >= _BYTES:
            yield pa.Table.from_batches(held)
            held.clear()
    if held:
        yield pa.Table.from_batches(held)


def _content(made: Path) -> str:
    """Digest the rows of a file, whatever their order: for databases that cannot do it themselves."""
    with connect() as con:
        told = f"SELECT count(*), sum(hash(t)::HUGEINT) FROM read_parquet({literal(str(made))}) AS t"
        return _short(str(con.execute(told).fetchone()))


def _there(path: Path) -> bool:
    return path.exists() and path.with_suffix(".json").exists()


def _touch(files: list[Path]) -> None:
    """Note that files are used; once a day, since the time of a file may be what tells its states apart."""
    for file in files:
        if time.time() - file.stat().st_mtime > _DAY:
            os.utime(file)


def _sweep(folder: Path, state: dict[str, Any]) -> None:
    """Remove parts of these tables that are no longer so and were not used today, and any that nobody uses."""
    current = {name for table in state["tables"].values() for name in table["files"]}
    tags = {name.split("-")[1] for name in current}
    for path in folder.glob("db-*"):
        if f"{path.stem}.parquet" in current:
            continue
        kept = _DAY if path.name.split("-")[1] in tags else _KEPT_DAYS * _DAY
        if time.time() - path.stat().st_mtime > kept:
            path.unlink(missing_ok=True)
