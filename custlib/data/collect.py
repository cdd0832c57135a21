"""The one guarded crossing from the engine to pandas, and queries that serve many months."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd

from custlib.data.engine import plain_sql
from custlib.errors import CustlibError
from custlib.periods import Month

MAX_ROWS = 100_000


def collect(table: ir.Table, *, max_rows: int = MAX_ROWS) -> pd.DataFrame:
    """Run a query and give its rows as a frame: the one way from the engine to pandas.

    Parameters
    ----------
    table : Table
        A lazy table, meant to be small: rows per segment, month or pattern.
    max_rows : int
        More rows than this are refused, so that neither memory nor a notebook is flooded by customers.

    Returns
    -------
    DataFrame
        Decimals stay ``Decimal`` and exact.

    Raises
    ------
    CustlibError
        When there are more rows (the message says how to have them all the same), when a prepared
        table was removed meanwhile, or when memory runs out.
    """
    with _told(), plain_sql():
        frame = table.limit(max_rows + 1).execute()
        rows = len(frame) if len(frame) <= max_rows else int(table.count().execute())
    if rows > max_rows:
        raise CustlibError(
            f"the query has {rows:,} rows, and at most {max_rows:,} are brought to pandas\n"
            "  aggregate it first: table.group_by(...).agg(...); or keep a part: table.filter(...), table.limit(...)\n"
            f"  to hold them all in memory all the same: collect(table, max_rows={rows:_})"
        )
    return frame


@contextmanager
def _told() -> Iterator[None]:
    """Tell in our words what stops a query on prepared tables."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise CustlibError(
            "memory ran out while figures were worked out\n"
            "  raise connection.memory_limit or CUSTLIB_MEMORY, which the notebooks of a report share, or lower threads"
        ) from None
    except duckdb.IOException:
        raise removed() from None


def removed() -> CustlibError:
    """Say that a file went away while it was read."""
    return CustlibError(
        "a prepared table was removed while it was read\n"
        "  somebody has cleaned the cache; open the month again, and it is made anew"
    )


# Stands for the month in a query's text; no data are this old.
ANY_MONTH = date(1111, 1, 1)


@dataclass
class MonthlyQueries:
    """Queries compiled once and run for many months.

    Compiling an expression takes longer than running it on a small company, and the text differs from
    month to month by one date. Tables that change with the month are views under a fixed name (`view`).
    """

    con: Any
    texts: dict[Hashable, str] = field(default_factory=dict)
    tables: dict[str, ir.Table] = field(default_factory=dict)
    literals: dict[Month, str] = field(default_factory=dict)

    def view(self, name: str, paths: list[str]) -> ir.Table | None:
        """Let `name` stand for these Parquet files from now on; None when there are none."""
        if not paths:
            return None
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        self.con.raw_sql(f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * FROM read_parquet([{files}])')
        if name not in self.tables:
            self.tables[name] = self.con.table(name)
        return self.tables[name]

    def text(self, key: Hashable, month: Month, build: Callable[[Month], ir.Table]) -> str:
        """Give the SQL of a query for a month; `build` makes its expression, once per `key`."""
        if key not in self.texts:
            self.texts[key] = typed(self.con, build(ANY_MONTH))
        return self.texts[key].replace(self._literal(ANY_MONTH), self._literal(month))

    def _literal(self, month: Month) -> str:
        """Write a date as the engine's compiler does."""
        if month not in self.literals:
            said = self.con.compile(ibis.date(month))
            self.literals[month] = said.removeprefix("SELECT").partition(" AS ")[0].strip()
        return self.literals[month]

    def collect(self, key: Hashable, month: Month, build: Callable[[Month], ir.Table]) -> pd.DataFrame:
        """Run a query for a month and give its rows; numbers stay int and Decimal, what is missing None."""
        with _told():
            cursor = self.con.raw_sql(self.text(key, month, build))
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchmany(MAX_ROWS + 1)
        if len(rows) > MAX_ROWS:
            raise CustlibError(f"the query {key} has more than {MAX_ROWS:,} rows")
        return pd.DataFrame(rows, columns=names, dtype=object)

    def frame(
        self, key: Hashable, month: Month, build: Callable[[Month], ir.Table], *, max_rows: int
    ) -> pd.DataFrame:
        """Run a query for a month and give at most `max_rows` rows, as counts of patterns are; money becomes floats."""
        with _told():
            found = self.con.raw_sql(
                f"SELECT * FROM ({self.text(key, month, build)}) LIMIT {max_rows + 1}"
            ).df()
        if len(found) > max_rows:
            raise CustlibError(f"the query {key} has more than {max_rows:,} rows")
        return found


def typed(con: Any, table: ir.Table) -> str:
    """Give a query's SQL with exactly the types its expression declares.

    DuckDB gives sums of integers 128 bits, which Parquet would keep as doubles, and truncated dates
    a time of day; ibis believes the narrow types and leaves such casts out.
    """
    types = con.compiler.type_mapper
    columns = ", ".join(
        f'CAST("{name}" AS {types.to_string(kind)}) AS "{name}"' for name, kind in table.schema().items()
    )
    with plain_sql():
        return f"SELECT {columns} FROM ({con.compile(table)})"
