"""Excel workbooks read by openpyxl, in bounded memory, into Parquet."""

import datetime as dt
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from custlib.company import Options
from custlib.data.columns import literal, quote, unique_names
from custlib.data.engine import connect
from custlib.errors import DataError

_ROWS = 50_000


def convert_excel(table: str, file: Path, options: Options, made: Path) -> None:
    """Convert one sheet; a column is of moments, of numbers, or, where mixed, of text.

    Raises
    ------
    DataError
        When the file is not a workbook, or the sheet is missing or not declared where there are several.
    """
    try:
        import openpyxl
    except ImportError:
        raise DataError(
            f"{table}: reading {file.name!r} needs openpyxl\n  install it with: pip install openpyxl"
        ) from None
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken archive provokes
        raise DataError(
            f"{table}: file {file.name!r} cannot be read as an Excel workbook\n"
            f"  ({type(error).__name__}) save it as .xlsx without a password"
        ) from None
    try:
        sheet = _sheet(table, file, book, options)
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()  # some writers declare a wrong size, and rows would be lost
        rows = (list(row) for row in sheet.iter_rows(values_only=True))
        _write(table, file, options, rows, made)
    finally:
        book.close()


def _sheet(table: str, file: Path, book: Any, options: Options) -> Any:
    names = book.sheetnames
    if options.sheet is not None:
        if options.sheet not in names:
            raise DataError(
                f"{table}: file {file.name!r} has no sheet {options.sheet!r}\n  its sheets are {', '.join(names)}"
            )
        return book[options.sheet]
    if len(names) > 1:
        raise DataError(
            f"{table}: file {file.name!r} has {len(names)} sheets and none is declared\n"
            f"  declare options: {{sheet: ...}}, one of {', '.join(names)}"
        )
    return book[names[0]]


def _write(table: str, file: Path, options: Options, rows: Iterator[list[Any]], made: Path) -> None:
    first = next(rows, None)
    if first is None or all(value is None for value in first):
        raise DataError(f"{table}: file {file.name!r} is empty\n  expected a first row of column names")
    while first and first[-1] is None:
        first.pop()
    if options.header:
        names = unique_names(table, file, ["" if v is None else str(v).strip() for v in first])
    else:
        names = [f"column{i}" for i in range(len(first))]
        rows = chain([first], rows)
    kinds: list[set[str]] = [set() for _ in names]
    texts = made.with_name("texts.parquet")
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(texts, schema) as writer:
        while block := list(islice(rows, _ROWS)):
            filled = [row for row in block if any(value is not None for value in row)]
            columns = [
                pa.array(
                    [_text(row[i], kinds[i], options) if i < len(row) else None for row in filled],
                    pa.string(),
                )
                for i in range(len(names))
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    chosen = ", ".join(
        f"CAST({quote(n)} AS {_type(k)}) AS {quote(n)}" for n, k in zip(names, kinds, strict=True)
    )
    with connect() as con:
        con.execute(
            f"COPY (SELECT {chosen} FROM read_parquet({literal(str(texts))})) TO {literal(str(made))} (FORMAT parquet)"
        )


def _text(value: Any, kinds: set[str], options: Options) -> str | None:
    """Write a cell as text and note its kind; whole floats lose their fraction, as the sheet shows them."""
    if value is None or (isinstance(value, str) and (not value.strip() or value in options.missing)):
        return None
    if isinstance(value, bool):
        kinds.add("text")
        return str(value).lower()
    if isinstance(value, (int, float)):
        whole = isinstance(value, int) or value.is_integer()
        kinds.add("whole" if whole and abs(value) < 10**18 else "number")
        return str(int(value)) if whole and abs(value) < 10**18 else repr(value)
    if isinstance(value, (dt.datetime, dt.date)):
        kinds.add("moment")
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    kinds.add("text")
    return str(value)


def _type(kinds: set[str]) -> str:
    if kinds == {"moment"}:
        return "TIMESTAMP"
    if kinds == {"whole"}:
        return "BIGINT"
    return "DOUBLE" if kinds and kinds <= {"whole", "number"} else "VARCHAR"
