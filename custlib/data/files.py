"""Finding a company's tables: files of a folder, tables of a DuckDB file, files out of a wheel."""

import fnmatch
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from custlib.company import Company, TableSpec
from custlib.data.columns import literal, path_literal, quote, twice
from custlib.data.fetch import wheel_folder
from custlib.data.staging import stage
from custlib.errors import DataError, UsageError
from custlib.settings import nearest

PARQUET = (".parquet", ".pq")
TEXT = (".csv", ".txt", ".tsv", ".dat", ".gz")
EXCEL = (".xlsx", ".xlsm")
FILE = "in: file"  # the column that tells from which file a row is
DATABASE = "company_file"  # the name under which a company's own DuckDB file is attached


@dataclass(frozen=True)
class Raw:
    """A table as the company has it.

    `relation` is what DuckDB reads; `numbers` names the text columns that hold only numbers, with
    the type in which expressions see them; `parts` gives the columns of each file. `files` are the
    Parquet files it is made of, each with the stamp of what it was made from, where rows can be told
    apart by them (in the column `FILE`).
    """

    table: str
    relation: str
    numbers: dict[str, str] = field(default_factory=dict)
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stamps: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def company_folder(company: Company) -> Path:
    """Give the folder that holds a company's files.

    Raises
    ------
    DataError
        When it does not exist or may not be entered.
    """
    if company.connection.kind == "wheel":
        return wheel_folder(company.connection.location)
    folder = Path(company.connection.location)
    try:
        if folder.is_dir():
            next(folder.iterdir(), None)
            return folder
    except OSError:
        raise DataError(f"connection: the folder {company.connection.shown} may not be read") from None
    what = "is not a folder" if folder.exists() else "does not exist"
    raise DataError(
        f"connection: the folder {company.connection.shown} {what}\n"
        "  a relative path starts at the company file's own folder"
    )


def _stamp(file: Path) -> str:
    """Tell one state of a file from another: where it is, its size and its time; hashed, as paths may be private."""
    stat = file.stat()
    told = f"{file.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    return hashlib.sha256(told.encode()).hexdigest()


def raw_from_folder(company: Company, table: str, spec: TableSpec) -> Raw:
    """Find the files of one table, converting CSV and Excel to Parquet in the cache."""
    files = _matching(table, company_folder(company), spec.source)
    kinds = {_kind(table, file) for file in files}
    if len(kinds) > 1:
        raise UsageError(
            f"{table}: the pattern {spec.source!r} matches files of different kinds\n"
            f"  {', '.join(file.name for file in files[:5])}: one table would be counted twice; narrow the pattern"
        )
    stamps = tuple(_stamp(file) for file in files)
    if kinds == {"parquet"}:
        parts = tuple((file.name, _parquet_columns(table, file)) for file in files)
        return Raw(table, parquet_files(files, named=True), {}, parts, stamps, _told(files, stamps))
    staged = [stage(table, file, spec.options, company=company.name) for file in files]
    parts = tuple((file.name, one.columns) for file, one in zip(files, staged, strict=True))
    numbers = _shared_numbers([(one.columns, one.numbers) for one in staged])
    made = [one.path for one in staged]
    return Raw(table, parquet_files(made, named=True), numbers, parts, stamps, _told(made, stamps))


def _told(files: list[Path], stamps: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if len(set(files)) < len(files):
        return ()  # of two links to one file rows are of both
    return tuple((str(file), stamp) for file, stamp in zip(files, stamps, strict=True))


def _matching(table: str, folder: Path, source: str) -> list[Path]:
    if Path(source).is_absolute() or ".." in Path(source).parts:
        raise UsageError(f"{table}: from must lie inside the connection's folder, not {source!r}")
    if (folder / source).is_file():
        return [folder / source]
    files = sorted(f for f in folder.glob(source) if f.is_file() and not f.name.startswith((".", "~$")))
    if files:
        return files
    known = [f.relative_to(folder).as_posix() for f in sorted(folder.rglob("*")) if f.is_file()][:200]
    pattern = any(mark in source for mark in "*?[")
    raise DataError(
        f"{table}: no file {'matches' if pattern else 'is called'} {source!r}"
        + (nearest(source, known) if known else "; the folder is empty")
    )


def _kind(table: str, file: Path) -> str:
    suffix = file.suffix.lower()
    for kind, suffixes in (("parquet", PARQUET), ("csv", TEXT), ("excel", EXCEL)):
        if suffix in suffixes:
            return kind
    hint = "save it as .xlsx" if suffix == ".xls" else "Parquet, CSV and Excel (.xlsx) can be read"
    raise DataError(f"{table}: file {file.name!r} is of a kind that cannot be read\n  {hint}")


def _parquet_columns(table: str, file: Path) -> tuple[str, ...]:
    try:
        names = tuple(pq.read_schema(file).names)
    except (pa.ArrowException, OSError):
        raise DataError(f"{table}: file {file.name!r} cannot be read as Parquet\n  write it again") from None
    if shared := twice(names):
        raise DataError(
            f"{table}: file {file.name!r} has two columns called {shared!r}\n  rename one of them"
        )
    return names


def parquet_files(files: list[Path], *, named: bool = False) -> str:
    """Give the relation of several Parquet files, their columns united by name; `FILE` tells which one, where asked for."""
    listed = ", ".join(path_literal(file) for file in files)
    return f"read_parquet([{listed}], union_by_name = true{f', filename = {literal(FILE)}' if named else ''})"


def _shared_numbers(profiles: list[tuple[tuple[str, ...], dict[str, str]]]) -> dict[str, str]:
    """Keep the columns that hold only numbers in every file that has them."""
    found: dict[str, set[str]] = {}
    for columns, numbers in profiles:
        for name in columns:
            found.setdefault(name, set()).add(numbers.get(name, "text"))
    kept = {name: kinds - {"empty"} for name, kinds in found.items() if "text" not in kinds}
    return {name: "DOUBLE" if "DOUBLE" in kinds else "BIGINT" for name, kinds in kept.items() if kinds}


def attach(con: duckdb.DuckDBPyConnection, company: Company) -> None:
    """Attach a company's DuckDB file, read-only; DuckDB's own message may name its path, so it is replaced."""
    file = Path(company.connection.location)
    shown = company.connection.shown
    if not file.is_file():
        raise DataError(f"connection: the DuckDB file {shown} does not exist")
    try:
        con.execute(f"ATTACH {literal(str(file))} AS {DATABASE} (READ_ONLY)")
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            why = "is open for writing in another program\n  close that program and try again"
        else:
            why = "cannot be opened as a DuckDB database"
        raise DataError(f"connection: the DuckDB file {shown} {why}") from None


def raw_from_database(con: duckdb.DuckDBPyConnection, company: Company, table: str, spec: TableSpec) -> Raw:
    """Find one table (or a pattern of tables) in the attached DuckDB file."""
    rows = con.execute(
        "SELECT schema_name, table_name FROM (SELECT schema_name, table_name, database_name FROM duckdb_tables() "
        "UNION ALL SELECT schema_name, view_name, database_name FROM duckdb_views() WHERE NOT internal) "
        f"WHERE database_name = '{DATABASE}' ORDER BY ALL"
    ).fetchall()
    known = {(name if schema == "main" else f"{schema}.{name}"): (schema, name) for schema, name in rows}
    wanted = re.compile(fnmatch.translate(spec.source.removeprefix("main.")), re.IGNORECASE)
    found = [place for shown, place in known.items() if wanted.match(shown)]
    if not found:
        raise DataError(f"{table}: the database has no table {spec.source!r}{nearest(spec.source, known)}")
    names = [f"{DATABASE}.{quote(schema)}.{quote(name)}" for schema, name in found]
    relation = "(" + " UNION ALL BY NAME ".join(f"SELECT * FROM {name}" for name in names) + ")"
    relation = names[0] if len(names) == 1 else relation
    database = Path(company.connection.location)
    journal = database.with_name(database.name + ".wal")
    stamps = [f"{_stamp(database)}|{spec.source}", *([_stamp(journal)] if journal.exists() else [])]
    views = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = ?"
    views_here = {name for (name,) in con.execute(views, [DATABASE]).fetchall()}
    if any(name in views_here for _, name in found):
        # A view may read what no file's time tells of: its content is its stamp.
        content = con.execute(f"SELECT count(*), sum(hash(t)::HUGEINT) FROM {relation} AS t").fetchone()
        stamps.append(f"view|{content}")
    return Raw(table, relation, stamps=tuple(stamps))
