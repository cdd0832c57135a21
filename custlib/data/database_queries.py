"""What is asked of a company's database, as Ibis expressions: months, their digests, and rows that Parquet can hold.

They are compiled for the engine that has the tables; nothing here runs. `docs/engines.md` says on which engines
they were tried, and on which only their SQL was.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from custlib.periods import Month, add_months

UNDATED = "undated"
_WIDEST = 38  # digits of a decimal that Parquet and DuckDB hold
_FRACTION = 9  # digits behind the point of a decimal that was declared without them
_EARLIEST, _LATEST = datetime(1, 1, 1), datetime.max
# Between the columns of a row and in the place of a NULL: signs that no text has.
_BETWEEN, _NOTHING = "\x1f", "\x1e"


@ibis.udf.scalar.builtin(name="hashtextextended")
def _hash_postgres(text: str, seed: int) -> dt.int64: ...


@ibis.udf.scalar.builtin(name="xxhash64")
def _hash_spark(text: str) -> dt.int64: ...


@ibis.udf.scalar.builtin(name="to_json_string")
def _json(value) -> str: ...


# How an engine hashes a text to 64 bits. An engine's hash tells its own states apart and makes no figure.
_HASHES: dict[str, Callable[[ir.StringValue], Any]] = {
    "postgres": lambda text: _hash_postgres(text, 0),
    "databricks": _hash_spark,
    "bigquery": lambda text: text.hash(),
    "snowflake": lambda text: text.hash(),
}


def tells_change(engine: str) -> bool:
    """Say whether an engine can digest rows where they lie; of another everything is fetched each time."""
    return engine in _HASHES


def sendable(table: ir.Table, engine: str) -> ir.Table:
    """Bring every column to a type that crosses over: decimals with a scale, dates of the calendar, else text.

    PostgreSQL holds what no other engine here does: a NaN among decimals and a day called infinity become NULL.
    """
    return table.select(**{name: _sendable(table[name], engine) for name in table.columns})


def _sendable(column: Any, engine: str) -> Any:
    kind, postgres = column.type(), engine == "postgres"
    if kind.is_decimal():
        return _decimal(column, postgres=postgres)
    if (kind.is_date() or kind.is_timestamp()) and postgres:
        return ibis.ifelse(_in_calendar(column), column, ibis.null(kind))
    if kind.is_boolean() or kind.is_numeric() or kind.is_string() or kind.is_binary() or kind.is_temporal():
        return column.cast("string") if kind.is_time() and postgres else column
    if kind.is_nested() and not postgres:
        return column
    return _text(column, engine)


def _text(column: Any, engine: str) -> Any:
    kind = column.type()
    plain = kind.is_boolean() or kind.is_numeric() or kind.is_string() or kind.is_temporal() or kind.is_uuid()
    # BigQuery makes text of anything else by a function of its own.
    return _json(column) if engine == "bigquery" and not plain else column.cast("string")


def _decimal(column: Any, *, postgres: bool) -> Any:
    kind = column.type()
    fits = kind.precision is not None and kind.scale is not None and kind.precision <= _WIDEST
    scale = kind.scale if fits else min(_FRACTION if kind.scale is None else kind.scale, _FRACTION)
    target = dt.Decimal(kind.precision if fits else _WIDEST, scale)
    # The cast stands even where types agree: PostgreSQL's `money` is one of its own, and only looks like a decimal.
    cast = ops.Cast(column, target).to_expr()
    if not postgres:
        return column if fits else cast
    # A NaN is larger than any number there.
    most = ibis.literal(float(10 ** (int(target.precision or _WIDEST) - scale)))
    return ibis.ifelse((cast if fits else column.abs()) < most, cast, ibis.null(target))


def _in_calendar(column: Any) -> Any:
    return column.between(_edge(column, _EARLIEST), _edge(column, _LATEST))


def _edge(column: Any, moment: datetime) -> Any:
    """Give a moment in a column's own type: its day, or with the offset of UTC where the column has offsets."""
    kind = column.type()
    if kind.is_date():
        return ibis.literal(moment.date())
    zone = "UTC" if kind.timezone else None
    return ibis.literal(moment.replace(tzinfo=UTC if zone else None), type=dt.Timestamp(timezone=zone))


def rows_of(table: ir.Table, column: str, month: Month | None, engine: str) -> ir.Table:
    """Give one month's rows; for None those without a day that the calendar has.

    The column is compared bare, so that an index or the partitions of the table are of use.
    """
    day = table[column]
    if month is not None:
        inside = (day >= _edge(day, datetime(month.year, month.month, 1))) & _before(day, month)
    else:
        inside = day.isnull() | ~_in_calendar(day) if engine == "postgres" else day.isnull()
    return table.filter(inside)


def _before(day: Any, month: Month) -> Any:
    """Test that a day is not after a month; after December 9999, by which some mean "no end", there is no other."""
    if (month.year, month.month) == (_LATEST.year, _LATEST.month):
        return day <= _edge(day, _LATEST)
    after = add_months(month, 1)
    return day < _edge(day, datetime(after.year, after.month, 1))


def digests(table: ir.Table, column: str | None, engine: str) -> ir.Table:
    """Give for each month ``month`` (NULL: no day), ``rows`` and ``content``; without a column for the whole table.

    Each row is hashed as it would arrive and the hashes are added up, so that the order of rows means nothing.
    `content` is the sum, written out; NULL where the engine has no such hash.
    """
    sent = sendable(table, engine)
    measures = {"rows": sent.count(), "content": _content(sent, engine)}
    if column is None:
        return sent.aggregate(**measures).mutate(month=ibis.null("date"))
    return sent.group_by(month=sent[column].truncate("M").cast("date")).aggregate(**measures)


def _content(sent: ir.Table, engine: str) -> Any:
    if not tells_change(engine):
        return ibis.null("string")
    written = ibis.literal(_BETWEEN).join(
        [_text(sent[name], engine).fill_null(_NOTHING) for name in sent.columns]
    )
    return _HASHES[engine](written).cast(dt.Decimal(_WIDEST, 0)).sum().cast("string")
