"""From a company's own columns to the contract: one chain of DuckDB views per table.

``typed_<table>``
    the company's own columns.
``in_<table>``
    these, and beside them what each mapped column says, before any conversion.
``cast_<table>``, ``full_<table>``
    the contract's columns, those inputs and the flags. The checks read the last.
``<table>``
    the contract's columns alone. Everything else reads this one.
"""

from dataclasses import dataclass

import duckdb

from custlib.company import Company, TableSpec
from custlib.data.columns import convert, is_float, is_number, is_text, literal, quote
from custlib.data.files import FILE, Raw
from custlib.data.mapping import (
    describe,
    describe_raw,
    find_column,
    in_every_file,
    mapping_of,
    resolve,
    try_expression,
    typed_view,
    unfolded,
)
from custlib.data.schema import TABLES, Kind, Table
from custlib.errors import UsageError
from custlib.settings import nearest

INPUT = "in: "  # prefix of the column that holds a contract column's value as the source has it


@dataclass(frozen=True)
class Bound:
    """A contract column bound to the source: what it is computed from and of which type that is."""

    name: str
    kind: Kind
    expression: str
    type: str
    required: bool
    computed: bool

    @property
    def input(self) -> str:
        """The quoted name of the column that holds the value as the source has it."""
        return quote(INPUT + self.name)


@dataclass(frozen=True)
class Binding:
    """A table bound to the contract.

    `casts` are the columns of the view of that name, each with what it is computed from. `source_columns` are the
    company's own columns, by type; `files` those whose rows the full view can tell apart, with their stamps: none where
    a row is judged by rows of other files, as a repeated key is.
    """

    table: Table
    spec: TableSpec
    columns: dict[str, Bound]
    casts: dict[str, str]
    source_columns: dict[str, str]
    stamps: tuple[str, ...]
    excluding: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()

    @property
    def full(self) -> str:
        """The quoted name of the view that the checks read."""
        return quote("full_" + self.table.name)

    def has(self, name: str) -> bool:
        """Say whether a column of the contract is mapped."""
        return name in self.columns


def bind(con: duckdb.DuckDBPyConnection, company: Company, raw: Raw, spec: TableSpec) -> Binding:
    """Create the views of one table; the customers table is bound before the others.

    Raises
    ------
    UsageError
        When the company file names a column the contract does not know, or an expression is not SQL.
    DataError
        When a column is not in the source.
    """
    table = TABLES[raw.table]
    types = describe_raw(con, raw)
    mapping = mapping_of(company, table, spec, list(types))
    typed = typed_view(con, raw, types, spec.options.decimal)
    resolved = {name: resolve(con, raw, types, name, text) for name, text in mapping.items()}
    scores = spec.scores or {}
    resolved |= unfolded(con, raw, types, scores) if scores else {}
    in_every_file(raw, table, mapping | {f"scores.{metric}": text for metric, text in scores.items()})
    inputs = {name: mapped.sql for name, mapped in resolved.items()}
    if spec.currency_column:
        inputs["currency"] = resolve(con, raw, types, "currency_column", spec.currency_column).sql
    if spec.filter:
        try_expression(con, typed, f"{table.name}: the filter", spec.filter, types)
        inputs["filter"] = f"coalesce(CAST(({spec.filter}\n) AS BOOLEAN), false)"
    if company.scope and _binds(con, company.scope.where, typed):
        inputs["scope"] = f"coalesce(CAST(({company.scope.where}\n) AS BOOLEAN), false)"
    chosen = ", ".join(f"{sql} AS {quote(INPUT + name)}" for name, sql in inputs.items())
    con.execute(f"CREATE VIEW {quote('in_' + table.name)} AS SELECT {chosen}, * FROM {typed}")
    held = describe(con, quote("in_" + table.name))
    columns, needed = {}, table.needed(has_log=company.has_log)
    for name, mapped in resolved.items():
        type_ = "INTEGER" if held[INPUT + name] == '"NULL"' else held[INPUT + name]
        column = table.column(name)
        kind: Kind = column.kind if column else "number" if mapped.numeric or is_number(type_) else "text"
        columns[name] = Bound(name, kind, mapped.text, type_, name in needed, mapped.computed)
    casts = _casts(company, spec, columns, types, inputs, told=bool(raw.files))
    _cast_view(con, table, casts)
    excluding = _full_view(con, company, spec, table, columns, set(inputs))
    _contract_view(con, table, columns)
    return Binding(table, spec, columns, casts, types, raw.stamps, excluding, () if spec.key else raw.files)


def texts_of_ids(binding: Binding) -> list[Bound]:
    """List the columns of ids that the source holds as text, which may have to be cleaned."""
    return [bound for bound in binding.columns.values() if bound.kind == "id" and is_text(bound.type)]


def take_as_written(con: duckdb.DuckDBPyConnection, binding: Binding) -> None:
    """Read ids as the source has them: of who knows that cleaning changes none, as it is dear."""
    written = {bound.name: bound.input for bound in texts_of_ids(binding)}
    if written:
        _cast_view(con, binding.table, binding.casts | written)


def _casts(
    company: Company,
    spec: TableSpec,
    columns: dict[str, Bound],
    types: dict[str, str],
    inputs: dict[str, str],
    *,
    told: bool,
) -> dict[str, str]:
    options, casts = spec.options, {}
    for name, bound in columns.items():
        if bound.kind == "number" and is_number(bound.type) and not is_float(bound.type):
            sql = bound.input  # whole numbers and decimals of attributes stay exact
        else:
            sql = convert(
                bound.input,
                bound.type,
                bound.kind,
                date_format=options.date_format,
                decimal=options.decimal,
                timezone=company.timezone,
            )
        casts[name] = sql
    # source columns stay visible to `qualifying` and `key`, except where the contract took the name
    taken = {name.casefold() for name in columns} | {"excluded", "qualifying"}
    others = [name for name in types if name.casefold() not in taken]
    kept = [INPUT + name for name in inputs] + ([FILE] if told else [])
    return casts | {name: quote(name) for name in others + kept}


def _cast_view(con: duckdb.DuckDBPyConnection, table: Table, casts: dict[str, str]) -> None:
    listed = ", ".join(f"{sql} AS {quote(name)}" for name, sql in casts.items())
    con.execute(
        f"CREATE OR REPLACE VIEW {quote('cast_' + table.name)} AS SELECT {listed} FROM {quote('in_' + table.name)}"
    )


def _full_view(
    con: duckdb.DuckDBPyConnection,
    company: Company,
    spec: TableSpec,
    table: Table,
    columns: dict[str, Bound],
    inputs: set[str],
) -> tuple[str, ...]:
    """Add why a row is left out, and for transactions whether it counts as activity.

    A table that names no customers and has no column of the scope's is the whole company's: it is kept
    whole, and the checks say so.
    """
    cast = quote("cast_" + table.name)
    kept = {"filter": quote(INPUT + "filter")} if "filter" in inputs else {}
    if company.scope and (table.names_customers or "scope" in inputs):
        kept["scope"] = _scope(con, company, table, inputs)
    cases = [f"WHEN NOT {test} THEN {literal(reason)}" for reason, test in kept.items()]
    if spec.key:
        duplicate = _duplicate(con, spec, table, columns, list(kept.values()))
        cases.append(f"WHEN {duplicate} THEN 'duplicate key'")
    excluded = f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"
    qualifying = ""
    if table.name == "transactions":
        rule = spec.qualifying or "amount >= 0"
        try_expression(con, cast, f"{table.name}: qualifying", rule, describe(con, cast))
        qualifying = f", excluded IS NULL AND coalesce(CAST(({rule}\n) AS BOOLEAN), false) AS qualifying"
    con.execute(
        f"CREATE VIEW {quote('full_' + table.name)} AS "
        f"SELECT *{qualifying} FROM (SELECT *, {excluded} AS excluded FROM {cast})"
    )
    return tuple(kept) + (("duplicate key",) if spec.key else ())


def _contract_view(con: duckdb.DuckDBPyConnection, table: Table, columns: dict[str, Bound]) -> None:
    listed = ", ".join(quote(name) for name in columns)
    full, view = quote("full_" + table.name), quote(table.name)
    if table.name == "transactions":
        con.execute(f"CREATE VIEW {view} AS SELECT {listed}, qualifying, excluded FROM {full}")
    else:
        con.execute(f"CREATE VIEW {view} AS SELECT {listed} FROM {full} WHERE excluded IS NULL")


def _binds(con: duckdb.DuckDBPyConnection, where: str, view: str) -> bool:
    try:
        con.execute(f"DESCRIBE SELECT ({where}\n) FROM {view}")
    except duckdb.Error:
        return False
    return True


def _scope(con: duckdb.DuckDBPyConnection, company: Company, table: Table, inputs: set[str]) -> str:
    """Give the test that a row is in scope: by its own columns, else by its customer's.

    Raises
    ------
    UsageError
        When neither is possible: figures of different parts of the company would be mixed.
    """
    assert company.scope is not None
    if "scope" in inputs:
        return quote(INPUT + "scope")
    customers = quote("in_customers")
    by_customer = "customers" in company.tables and table.name != "customers" and "customer_id" in inputs
    if by_customer and _binds(con, '"in: scope"', customers):
        return "coalesce(customer_id IN (SELECT customer_id FROM customers), false)"
    raise UsageError(
        f"{table.name}: the scope cannot be applied to this table\n"
        f"  {company.scope.where!r} names columns that neither it nor customers has, or is not SQL"
    )


def _duplicate(
    con: duckdb.DuckDBPyConnection, spec: TableSpec, table: Table, columns: dict[str, Bound], kept: list[str]
) -> str:
    """Give the test that an earlier row has the same key.

    The earliest row of a key is the one kept, so that later rows never change what was reported before.
    """
    known = describe(con, quote("cast_" + table.name))
    keys = []
    for name in spec.key:
        column = find_column(known, name)
        if column is None:
            raise UsageError(f"{table.name}: key names an unknown column {name!r}{nearest(name, columns)}")
        keys.append(quote(column))
    order = [quote(name) for name in ("date", "month", *sorted(columns)) if name in columns]
    number = f"row_number() OVER (PARTITION BY {', '.join([*kept, *keys])} ORDER BY {', '.join(order)})"
    return " AND ".join([*(f"{key} IS NOT NULL" for key in keys), f"{number} > 1"])
