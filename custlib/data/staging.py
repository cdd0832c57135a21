"""CSV and Excel files converted once to Parquet in the cache, every CSV column as text.

A converted file is kept under the fingerprint of its source (path, size, time, options), so
that a changed source is converted again and an unchanged one never is.
"""

import csv
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from custlib.company import Options
from custlib.data.cache import aside, cache_folder
from custlib.data.columns import literal, number_pattern, path_literal, quote, unique_names
from custlib.data.engine import connect
from custlib.errors import DataError

_VERSION = "1"  # part of the fingerprint: a change in the conversion converts anew
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Staged:
    """A converted file: where it is, its columns, and which text columns hold only numbers."""

    path: Path
    columns: tuple[str, ...]
    numbers: dict[str, str]
    """Column -> BIGINT, DOUBLE, or ``empty`` where the file holds no value; texts are absent."""


def stage(table: str, file: Path, options: Options, *, company: str = "") -> Staged:
    """Convert a file, or find what was converted before.

    Parameters
    ----------
    company : str
        Whose file it is; noted beside the copy, so that it can be found when the company's data are to go.

    Raises
    ------
    DataError
        When the file cannot be read as declared.
    """
    folder = cache_folder("staged")
    stat = file.stat()
    told = [_VERSION, str(file.resolve()), stat.st_size, stat.st_mtime_ns, options.model_dump(mode="json")]
    key = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]
    target, profile = folder / f"{key}.parquet", folder / f"{key}.json"
    if (found := _staged(target, profile)) is None:
        with aside(folder) as own:
            made = own / "staged.parquet"
            if file.suffix.lower() in (".xlsx", ".xlsm"):
                from custlib.data.excel import convert_excel  # its library is an extra

                convert_excel(table, file, options, made)
            else:
                _convert_csv(table, file, options, made, own)
            told_profile = own / "profile.json"
            # The file's own path is not noted: the environment may have given a part of it.
            origin = {"company": company, "package": _package(file)}
            told_profile.write_text(json.dumps(origin | profile_numbers(made, options.decimal)))
            os.replace(made, target)
            os.replace(told_profile, profile)
        found = _staged(target, profile)
        assert found is not None
    return found


def _staged(target: Path, profile: Path) -> Staged | None:
    """Give what was converted before; None where there is nothing, or not all of it."""
    try:
        told = json.loads(profile.read_text())
        found = Staged(target, tuple(told["columns"]), dict(told["numbers"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if target.exists() else None


def _package(file: Path) -> str:
    """Name the unpacked package in the cache that a file lies in; "" for a file of the company's own."""
    wheels = cache_folder("wheels").resolve()
    inside = file.resolve()
    return inside.relative_to(wheels).parts[0] if wheels in inside.parents else ""


def _convert_csv(table: str, file: Path, options: Options, made: Path, aside: Path) -> None:
    plain = file
    encoding = options.encoding.lower().replace("_", "-")
    rewritten = encoding not in ("utf-8", "utf8") or options.mend or options.delimiter == "whitespace"
    if rewritten or file.suffix.lower() == ".gz":
        plain = aside / "plain.csv"
        transcode(table, file, options, plain)
    delimiter = "\t" if options.delimiter == "whitespace" else options.delimiter
    names = header(table, file, plain, options, delimiter)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    nulls = ", ".join(literal(text) for text in ["", *options.missing])
    reading = (
        f"read_csv({path_literal(plain)}, auto_detect = false, delim = {literal(delimiter)}, quote = '\"', "
        f"escape = '\"', header = {str(options.header).lower()}, columns = {{{columns}}}, nullstr = [{nulls}], "
        "strict_mode = true, max_line_size = 16777216)"
    )
    try:
        with connect() as con:
            con.execute(f"COPY (SELECT * FROM {reading}) TO {literal(str(made))} (FORMAT parquet)")
    except duckdb.Error as error:
        raise _csv_error(table, file, str(error), len(names)) from None


def transcode(table: str, file: Path, options: Options, target: Path) -> None:
    """Rewrite a text file as UTF-8, block by block, mended where so declared; then runs of blanks become tabs."""
    mended = options.mended
    opener = gzip.open if file.suffix.lower() == ".gz" else open
    try:
        with (
            opener(file, "rt", encoding=options.encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            if options.delimiter == "whitespace":
                lines = (line.translate(mended) for line in source)
                out.writelines("\t".join(line.split()) + "\n" for line in lines if line.strip())
            else:
                out.writelines(block.translate(mended) for block in _blocks(source))
    except UnicodeError:
        raise encoding_error(table, file, options.encoding) from None
    except (OSError, EOFError):
        raise DataError(f"{table}: file {file.name!r} cannot be read") from None


def _blocks(source: IO[str]) -> Iterator[str]:
    first = source.read(_BLOCK).removeprefix("\ufeff")
    while first:
        yield first
        first = source.read(_BLOCK)


def header(table: str, file: Path, plain: Path, options: Options, delimiter: str) -> list[str]:
    """Read the names of a CSV file's columns; without a header they are column0, column1, ..."""
    try:
        with plain.open(encoding="utf-8-sig", newline="") as source:
            first = next(csv.reader(source, delimiter=delimiter), [])
    except UnicodeDecodeError:
        raise encoding_error(table, file, options.encoding) from None
    except (OSError, csv.Error):
        raise DataError(f"{table}: file {file.name!r} cannot be read") from None
    if not first:
        raise DataError(f"{table}: file {file.name!r} is empty\n  expected at least a line of column names")
    if len(first) == 1 and options.delimiter != "whitespace":
        other = next((mark for mark in (";", "\t", ",", "|") if mark != delimiter and mark in first[0]), None)
        if other:
            called = "tab" if other == "\t" else other
            raise DataError(
                f"{table}: file {file.name!r} is not separated by {options.delimiter!r}\n"
                f"  its first line has {first[0].count(other)} of {called!r}; declare options: {{delimiter: {called!r}}}"
            )
    if not options.header:
        return [f"column{i}" for i in range(len(first))]
    return unique_names(table, file, [name.strip() for name in first])


def encoding_error(table: str, file: Path, encoding: str) -> DataError:
    """Say that a file is not in the encoding declared for it."""
    return DataError(
        f"{table}: file {file.name!r} is not {encoding}\n"
        "  declare its encoding, for example options: {encoding: latin-1}; latin-1 and cp1252 are the usual ones"
    )


def _csv_error(table: str, file: Path, message: str, width: int) -> DataError:
    """Say what is wrong with a CSV file, without the line itself: it may hold a customer's data."""
    if "not utf-8" in message.lower() or "unicode" in message.lower():
        return encoding_error(table, file, "utf-8")
    line = re.search(r"Line: (\d+)", message)
    at = f" at line {line[1]}" if line else ""
    found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if found:
        what = f"has {found[2]} values{at} where {found[1]} were expected"
    elif "quote" in message.lower():
        what = f"has a quote that is not closed{at}"
    else:
        what = f"cannot be read as CSV{at}; {width} columns were expected"
    return DataError(
        f"{table}: file {file.name!r} {what}\n  mend the line, or declare delimiter and encoding"
    )


def profile_numbers(made: Path, decimal: str | None) -> dict[str, object]:
    """Find which text columns hold only numbers, in one scan.

    A leading zero makes a column text: it is an id. Values are whole numbers (BIGINT) or not (DOUBLE).
    """
    with connect() as con:
        relation = f"read_parquet({literal(str(made))})"
        described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        texts = [name for name, type_, *_ in described if type_ == "VARCHAR"]
        parts = []
        for name in texts:
            text = f"trim({quote(name)})"
            number = f"regexp_full_match({text}, '{number_pattern(decimal)}')"
            parts += [
                f"count(*) FILTER ({text} <> '')",
                f"count(*) FILTER ({number} AND NOT regexp_matches({text}, '^[-+]?0[0-9]'))",
                f"count(*) FILTER (regexp_full_match({text}, '[-+]?[0-9]{{1,18}}'))",
            ]
        counts = con.execute(f"SELECT {', '.join(parts)} FROM {relation}").fetchone() if parts else ()
    assert counts is not None
    numbers = {}
    for i, name in enumerate(texts):
        some, numeric, whole = counts[3 * i : 3 * i + 3]
        if numeric == some:
            numbers[name] = "empty" if not some else "BIGINT" if whole == some else "DOUBLE"
    return {"columns": [row[0] for row in described], "numbers": numbers}
