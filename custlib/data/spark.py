"""Reading a company's data with Spark: the log is reduced where it lives, and what comes of it is small.

DuckDB holds every table of the company *without its rows*: it binds the expressions of the company file, names
what is wrong with them, and tells types, exactly as it does for a folder of files. What is to be read is then
translated (`custlib.data.spark_sql`) and run by Spark. So nothing is asked of Spark, and no session started,
until rows are wanted: who finds all figures in the cache never waits for one.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from custlib.company import Company, TableSpec
from custlib.data.binding import Binding
from custlib.data.cache import aside, cache_folder
from custlib.data.columns import quote as duck_quote
from custlib.data.files import Raw
from custlib.data.mapping import describe, describe_raw
from custlib.data.spark_functions import NotPortable, quote, spark_type
from custlib.data.spark_session import failed, open_session, refuse_missing_extra, silent
from custlib.data.spark_sql import expression_to_spark, to_spark
from custlib.data.spark_tables import Tables, listed_tables, show_files, show_table
from custlib.errors import UsageError
from custlib.periods import Month, month_text

_PART = "in_part"
_BATCH = 20_000
_GUARD = "these rows are read by Spark"


class Recorder:
    """DuckDB's connection to the tables without rows; it remembers which views were made of which."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con, self.views = con, dict[str, str]()

    def execute(self, query: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        """Run a statement as DuckDB does."""
        found = re.match(r'CREATE (?:OR REPLACE )?VIEW ("(?:[^"]|"")+") AS ', query)
        result = self._con.execute(query, *parameters)
        if found:
            self.views[found[1][1:-1].replace('""', '"')] = query[found.end() :]
        return result


class Spark:
    """What answers the queries of a source whose rows Spark reads."""

    def __init__(self, company: Company, con: duckdb.DuckDBPyConnection) -> None:
        refuse_missing_extra(company.connection.location)
        self.company, self._con = company, con
        self.recorder: Any = Recorder(con)
        self._unseen: dict[str, tuple[dict[str, str], list[Path] | None]] = {}
        self._tables: Tables | None = None
        self._session: Any = None

    @property
    def folder(self) -> Company | None:
        """Give the company as it would be with a folder of files alone; None where Spark reads its catalog."""
        place = self.company.connection.folder
        if place is None:
            return None
        shown = "that Spark is to read"
        connection = replace(self.company.connection, kind="folder", location=place, shown=shown)
        return replace(self.company, connection=connection)

    def raw(self, table: str, spec: TableSpec, found: Raw | None) -> Raw:
        """Show DuckDB the columns of a table of the company, and none of its rows.

        Parameters
        ----------
        found : Raw or None
            The files of the table; None for a table of Spark's catalog.
        """
        if found is None:
            self._tables = self._tables or listed_tables(self.company, lambda: self.session)
            types, seen = self._tables.columns[table], Raw(table, "", stamps=(self._tables.stamps[table],))
        else:
            types, seen = describe_raw(self._con, found), found
        name = duck_quote("raw_" + table)
        # Whoever reads these views in DuckDB by mistake is told so, instead of finding a table empty.
        shown = ", ".join(
            f"CAST(error('{_GUARD}') AS {type_}) AS {duck_quote(c)}" for c, type_ in types.items()
        )
        self._con.execute(f"CREATE VIEW {name} AS SELECT {shown} WHERE error('{_GUARD}')")
        self._unseen[table] = (types, [Path(path) for path, _ in found.files] if found else None)
        return Raw(table, name, seen.numbers, seen.parts, seen.stamps)

    def refuse_unknown(self, binding: Binding) -> None:
        """Refuse the expressions of a table that cannot be translated, before anything is read.

        Raises
        ------
        UsageError
            With the table and column, the expression, and what of it is not known to mean the same.
        """
        spec, table = binding.spec, binding.table.name
        typed = duck_quote("typed_" + table)
        if spec.scores:
            raise UsageError(
                f"{table}.scores: Spark does not read one row as several answers\n"
                "  give Spark a table with a row per answer: customer_id, date, metric, score"
            )
        written = [(f"{table}.{c.name}", c.expression, typed) for c in binding.columns.values() if c.computed]
        if spec.filter:
            written.append((f"{table}: the filter", spec.filter, typed))
        if spec.currency_column and spec.currency_column not in binding.source_columns:
            written.append((f"{table}.currency_column", spec.currency_column, typed))
        if self.company.scope and "scope" in binding.excluding:
            written.append((f"{table}: the scope", self.company.scope.where, typed))
        if spec.qualifying and table == "transactions":
            written.append((f"{table}: qualifying", spec.qualifying, duck_quote("cast_" + table)))
        for where, text, view in written:
            if where.endswith("the scope") and not self._binds(text, view):
                continue  # it is of the customers, and refused there
            try:
                expression_to_spark(text, view, self._type_of, zone=self.company.timezone)
            except NotPortable as error:
                raise UsageError(
                    f"{where}: Spark is not known to compute {text!r} as the workbook means it\n"
                    f"  {error}; docs/engines.md lists what both engines have: write it with that, or "
                    "compute the column in a view of your own and name the view"
                ) from None

    def _binds(self, text: str, view: str) -> bool:
        try:
            self._con.execute(f"DESCRIBE SELECT ({text}\n) FROM {view}")
        except duckdb.Error:
            return False
        return True

    def _type_of(self, query: str) -> str:
        return next(iter(describe(self._con, query).values()))

    def _translated(self, query: str) -> str:
        return to_spark(query, self._type_of, zone=self.company.timezone)

    @property
    def session(self) -> Any:
        """Give Spark's session, started when it is first asked for."""
        if self._session is None:
            self._session = open_session(self.company)
        return self._session

    def _views(self) -> Any:
        """Show Spark the same chain of views as DuckDB has, each column of the type that DuckDB gives it."""
        session = self.session
        for table in list(self._unseen):
            self._show_rows(table, *self._unseen.pop(table))
        for name in list(self.recorder.views):
            written = self._translated(self.recorder.views.pop(name))
            types = describe(self._con, duck_quote(name))
            shown = ", ".join(f"CAST({quote(c)} AS {spark_type(t)}) AS {quote(c)}" for c, t in types.items())
            session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {quote(name)} AS SELECT {shown} FROM ({written})")
        return session

    def _show_rows(self, table: str, types: Mapping[str, str], files: list[Path] | None) -> None:
        view = "raw_" + table
        if files is None:
            show_table(self.session, view, self.company.tables[table].source, types)
        else:
            show_files(self.session, view, files, types)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query of the checks.

        Raises
        ------
        DataError
            When an expression fails on the data, or Spark cannot read them. Spark's own text may hold a
            customer's data, so it is not shown.
        """
        types = list(describe(self._con, query).values())
        whole = [i for i, type_ in enumerate(types) if type_ in ("HUGEINT", "UBIGINT")]
        with silent(), failed(self.company):
            found = [tuple(row) for row in self._views().sql(self._translated(query)).collect()]
        if not whole:
            return found
        return [
            tuple(int(v) if i in whole and v is not None else v for i, v in enumerate(row)) for row in found
        ]

    def save(self, query: str, path: Path) -> None:
        """Write a query's rows as one Parquet file."""
        self._save(query, "''", {"": path})

    def save_parts(self, query: str, column: str, paths: Mapping[Month, Path]) -> None:
        """Write a query's rows as one Parquet file per month of a column; months without rows get an empty file."""
        month = f"date_format({quote(column)}, 'yyyy-MM')"
        self._save(query, month, {month_text(each): path for each, path in paths.items()})

    def _save(self, query: str, part: str, paths: Mapping[str, Path]) -> None:
        """Write the rows of each part to its file.

        Spark in this process writes the files itself. From elsewhere the rows come in batches, in the order of the
        parts, so that never more than a batch of them is held here.
        """
        types = describe(self._con, query)
        schema = pa.schema([(name, _arrow(type_)) for name, type_ in types.items()])
        with silent(), failed(self.company), aside(cache_folder("spill")) as folder:
            shown = ", ".join(f"CAST({quote(c)} AS {spark_type(t)}) AS {quote(c)}" for c, t in types.items())
            written = f"SELECT {shown}, {part} AS {quote(_PART)} FROM ({self._translated(query)})"
            frame = self._views().sql(written)
            # The order of rows is fixed, so that sums of floats over a file are the same each time.
            order = [quote(name) for name in (_PART, *types)]
            if self.company.connection.location.startswith("local"):
                spread = frame.repartition(max(1, min(len(paths), 32)), quote(_PART))
                place = folder / "parts"
                spread.sortWithinPartitions(*order).write.partitionBy(_PART).parquet(str(place))
                found = {one.name.partition("=")[2]: one for one in place.iterdir() if one.is_dir()}
                files = {name: next(iter(one.glob("*.parquet"))) for name, one in found.items()}
                files = {
                    "" if name == "__HIVE_DEFAULT_PARTITION__" else name: one for name, one in files.items()
                }
            else:
                files = _stream(frame.orderBy(*order), folder, schema)
            for name, path in paths.items():
                if name not in files:
                    files[name] = folder / f"empty-{name}.parquet"
                    pq.write_table(schema.empty_table(), files[name])
                files[name].replace(path)

    def close(self) -> None:
        """Let go of a session on a server; Spark in this process stays for the next source."""
        if self._session is not None and self.company.connection.location.startswith("sc:"):
            self._session.stop()
        self._session = None


def _stream(frame: Any, folder: Path, schema: pa.Schema) -> dict[str, Path]:
    """Write rows that come ordered by part, the last column, a batch at a time; give each part's file."""
    files: dict[str, Path] = {}
    rows: list[tuple[Any, ...]] = []
    writer = None

    def flush() -> None:
        if writer is not None and rows:
            arrays = [pa.array(list(c), f.type) for c, f in zip(zip(*rows, strict=True), schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            rows.clear()

    try:
        for *row, part in frame.toLocalIterator():
            if part not in files:
                flush()
                if writer is not None:
                    writer.close()
                files[part] = folder / f"part-{len(files)}.parquet"
                writer = pq.ParquetWriter(files[part], schema, compression="zstd")
            rows.append(tuple(row))
            if len(rows) >= _BATCH:
                flush()
        flush()
    finally:
        if writer is not None:
            writer.close()
    return files


_ARROW = {
    "BOOLEAN": pa.bool_(), "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INTEGER": pa.int32(), "BIGINT": pa.int64(),
    "HUGEINT": pa.decimal128(38, 0), "UTINYINT": pa.int16(), "USMALLINT": pa.int32(), "UINTEGER": pa.int64(),
    "UBIGINT": pa.decimal128(20, 0), "FLOAT": pa.float32(), "DOUBLE": pa.float64(), "VARCHAR": pa.string(),
    "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
    "BLOB": pa.binary(), '"NULL"': pa.int32(),
}  # fmt: skip


def _arrow(type_: str) -> pa.DataType:
    if found := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", type_):
        return pa.decimal128(int(found[1]), int(found[2]))
    return _ARROW[type_]
