"""What the company file says of a table's columns, resolved against the columns it really has."""

import re
from dataclasses import dataclass
from typing import Any

import duckdb

from custlib.company import Company, TableSpec
from custlib.data.columns import is_float, literal, number_sql, quote
from custlib.data.files import FILE, Raw
from custlib.data.schema import Table
from custlib.errors import DataError, UsageError
from custlib.settings import nearest

TEXT = "text: "  # prefix of the written form of a column that expressions see as a number
_NAME = r"[a-z][a-z0-9_]*"
_SPECIAL = {"excluded", "qualifying", "currency", "filter", "scope"}


@dataclass(frozen=True)
class Mapped:
    """A contract column resolved to SQL.

    `numeric`: it is a text column that holds only numbers; `computed`: it is an expression, which may
    fail while it is computed.
    """

    text: str
    sql: str
    numeric: bool = False
    computed: bool = False


def describe(con: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Give the columns of a relation and their DuckDB types."""
    return {name: type_ for name, type_, *_ in con.execute(f"DESCRIBE {relation}").fetchall()}


def describe_raw(con: duckdb.DuckDBPyConnection, raw: Raw) -> dict[str, str]:
    """Give the columns of a table as the company has it; DataError when its parts do not go together."""
    try:
        return {n: t for n, t in describe(con, f"SELECT * FROM {raw.relation}").items() if n != FILE}
    except duckdb.Error:
        raise DataError(
            f"{raw.table}: its files cannot be read as one table\n"
            "  a column has types that do not go together, or a file is damaged"
        ) from None


def typed_view(con: duckdb.DuckDBPyConnection, raw: Raw, types: dict[str, str], decimal: str | None) -> str:
    """Show text columns that hold only numbers as numbers, keeping their written form beside them."""
    shown = []
    for name in types:
        target = raw.numbers.get(name)
        if target:
            shown.append(f"{number_sql(quote(name), 'VARCHAR', decimal, target)} AS {quote(name)}")
            shown.append(f"{quote(name)} AS {quote(TEXT + name)}")
        else:
            shown.append(quote(name))
    shown += [quote(FILE)] if raw.files else []
    view = quote("typed_" + raw.table)
    con.execute(f"CREATE VIEW {view} AS SELECT {', '.join(shown)} FROM {raw.relation}")
    return view


def mapping_of(company: Company, table: Table, spec: TableSpec, source: list[str]) -> dict[str, str]:
    """Give contract column -> what is written for it; without `columns` each keeps its own name.

    Raises
    ------
    UsageError
        When a name is not of the contract, or a required column is not mapped.
    """
    told = ("metric", "score") if spec.scores else ()
    if spec.columns is None:
        own = {name.lower(): name for name in source}
        mapping = {k: v for k, v in own.items() if _allowed(table, k) and k not in told}
    else:
        mapping = dict(spec.columns)
    where = f"{company.path.parent.name}/{company.path.name}: tables.{table.name}"
    for name in mapping:
        if not _allowed(table, name):
            known = [column.name for column in table.columns]
            raise UsageError(f"{where}: unknown column {name!r}{nearest(name, known)}")
    needed = table.needed(has_log=company.has_log)
    missing = [name for name in needed if name not in mapping and name not in told]
    if missing:
        raise UsageError(
            f"{where}: the column {missing[0]!r} is missing\n"
            f"  write under columns: {missing[0]}: <a column or expression>; the source has {', '.join(source[:30])}"
        )
    return mapping


def _allowed(table: Table, name: str) -> bool:
    if table.column(name) is not None:
        return True
    return table.open and bool(re.fullmatch(_NAME, name)) and name not in _SPECIAL


def find_column(types: dict[str, Any], text: str) -> str | None:
    """Find a source column by its exact name, else ignoring case."""
    if text in types:
        return text
    return next((name for name in types if name.casefold() == text.strip().casefold()), None)


def resolve(con: duckdb.DuckDBPyConnection, raw: Raw, types: dict[str, str], name: str, text: str) -> Mapped:
    """Resolve what is written for a column: a source column's name, else an expression.

    A column mapped by its name is taken as written, so that ids keep their leading zeros; an
    expression sees numbers.
    """
    column = find_column(types, text)
    if column is not None and column in raw.numbers:
        return Mapped(text, quote(TEXT + column), numeric=True)
    if column is not None:
        return Mapped(text, quote(column))
    where = f"{raw.table}.{name}"
    if re.fullmatch(r"[\w .-]*[^\W\d][\w .-]*", text) and text.lower() not in ("true", "false", "null"):
        raise DataError(f"{where}: the source has no column {text!r}{nearest(text, types)}")
    try_expression(con, quote("typed_" + raw.table), where, text, types)
    return Mapped(text, f"({text}\n)", computed=True)


def try_expression(
    con: duckdb.DuckDBPyConnection, view: str, where: str, text: str, types: dict[str, str]
) -> None:
    """Bind an expression without running it, and say which column or function is wrong when it fails."""
    try:
        con.execute(f"DESCRIBE SELECT ({text}\n) FROM {view}")
    except duckdb.Error as error:
        missing = re.search(r'Referenced column "(.+?)" not found', str(error))
        if missing:
            raise DataError(
                f"{where}: the source has no column {missing[1]!r}{nearest(missing[1], types)}\n  in {text}"
            ) from None
        first = str(error).splitlines()[0]
        texts = [
            n
            for n, t in describe(con, view).items()
            if t == "VARCHAR" and re.search(rf"\b{re.escape(n)}\b", text)
        ]
        hint = (
            f"\n  not every value of {', '.join(texts)} is a number"
            if texts and "VARCHAR" in str(error)
            else ""
        )
        raise UsageError(f"{where}: cannot be computed from {text!r}\n  {first}{hint}") from None


def unfolded(
    con: duckdb.DuckDBPyConnection, raw: Raw, types: dict[str, str], scores: dict[str, str]
) -> dict[str, Mapped]:
    """Resolve one column per metric to a metric and a score of as many rows; an empty one is that metric unanswered.

    Both lists are unnested side by side, so that a row of the source is read once and becomes one row per metric.
    """
    mapped = [resolve(con, raw, types, f"scores.{metric}", text) for metric, text in scores.items()]
    chosen = ", ".join(f"{one.sql} AS c{i}" for i, one in enumerate(mapped))
    held = describe(con, f"SELECT {chosen} FROM {quote('typed_' + raw.table)}")
    given = [one.sql for one in mapped]
    if "VARCHAR" in held.values():
        # A list is of one type; NaN is nothing, and written out it would be a text.
        given = [_as_text(sql, type_) for sql, type_ in zip(given, held.values(), strict=True)]
    metrics = ", ".join(literal(metric) for metric in scores)
    return {
        "metric": Mapped("metric", f"unnest([{metrics}])"),
        "score": Mapped(
            ", ".join(scores.values()),
            f"unnest([{', '.join(given)}])",
            computed=any(one.computed for one in mapped),
        ),
    }


def _as_text(sql: str, type_: str) -> str:
    kept = f"CASE WHEN NOT isnan({sql}) THEN {sql} END" if is_float(type_) else sql
    return f"CAST({kept} AS VARCHAR)"


def in_every_file(raw: Raw, table: Table, mapping: dict[str, str]) -> None:
    """Refuse a file that lacks a required column: its rows would silently have none."""
    for name in mapping:
        if name not in table.required and not name.startswith("scores."):
            continue
        lacking = [
            file for file, columns in raw.parts if find_column(dict.fromkeys(columns), mapping[name]) is None
        ]
        if lacking and len(lacking) < len(raw.parts):
            columns = dict(raw.parts)[lacking[0]]
            raise DataError(
                f"{table.name}.{name}: file {lacking[0]!r} has no column {mapping[name]!r}"
                f"{nearest(mapping[name], columns)}\n"
                '  where files differ, write an expression such as coalesce("one name", "other name")'
            )
