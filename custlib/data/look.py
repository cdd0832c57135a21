"""Looking at unknown files and tables: how they are written, and what each column seems to hold."""

import codecs
import csv
import gzip
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from custlib.company import Options
from custlib.data.columns import quote
from custlib.data.files import EXCEL, PARQUET, TEXT

_READABLE = (*PARQUET, *TEXT, *EXCEL)
_LINES = 200


@dataclass(frozen=True)
class Look:
    """What a column seems to hold. Shares are of all rows; nothing of its values is kept.

    `date_formats` lists every way in which all its values read as dates: one is proof, two are a
    choice for a person, none means that it holds no dates. ISO dates have the format ``""``.
    """

    name: str
    type: str
    missing: float
    distinct: int
    rows: int
    number: bool = False
    decimals: frozenset[str] = frozenset()
    date_formats: tuple[str, ...] = ()

    @property
    def unique(self) -> bool:
        """Whether no two rows share a value and none lacks one."""
        return self.rows > 0 and self.distinct == self.rows


@dataclass(frozen=True)
class Group:
    """Files (or one table) that seem to be one table: the pattern, and the options with which they read."""

    pattern: str
    files: tuple[Path, ...]
    options: Options = field(default_factory=Options)
    notes: tuple[str, ...] = ()


def groups(folder: Path) -> list[Group]:
    """Group the readable files of a folder: names that differ in their digits alone are one table."""
    found: dict[tuple[Path, str, str], list[Path]] = {}
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "~$")) for part in file.relative_to(folder).parts)
        if file.is_file() and file.suffix.lower() in _READABLE and not hidden and not _is_prose(file):
            place = (file.parent, re.sub(r"[0-9]+([-_. ]+[0-9]+)*", "#", file.stem), file.suffix.lower())
            found.setdefault(place, []).append(file)
    result = []
    for (parent, stem, _), files in found.items():
        # from the first to the last run of digits one star: sales_2024-01 and sales_2024-02 are sales_*
        name = files[0].name if len(files) == 1 else re.sub(r"#.*#|#", "*", stem) + files[0].suffix
        pattern = (parent.relative_to(folder) / name).as_posix()
        options, notes = sniff(files) if files[0].suffix.lower() in TEXT else (Options(), ())
        result.append(Group(pattern, tuple(files), options, notes))
    return result


def _is_prose(file: Path) -> bool:
    return file.suffix.lower() == ".txt" and bool(re.match(r"(?i)readme|licen[cs]e|notes?\b", file.stem))


def sniff(files: list[Path]) -> tuple[Options, tuple[str, ...]]:
    """Find encoding, delimiter and header of text files; what was not certain is said in the notes."""
    notes = []
    encodings = [encoding_of(file) for file in files]
    encoding = next((e for e in encodings if e != "utf-8"), "utf-8")
    if encoding in ("latin-1", "cp1252"):
        notes.append(
            f"not UTF-8, read as {encoding}: look at accents and the euro sign, and change it where wrong"
        )
    if len(set(encodings)) > 1:
        notes.append(
            f"files differ in encoding ({', '.join(sorted(set(encodings)))}): save all of them alike"
        )
    lines = _first_lines(files[0], encoding)
    delimiter = delimiter_of(lines)
    split = _split(lines, delimiter)
    names = [cell for cell in split[0] if cell] if split else []
    numeric = any(re.fullmatch(r"[-+0-9.,/: ]+", cell) for cell in names)
    header = bool(names) and not numeric and len(names) >= len(split[0]) - 1
    if not header:
        notes.append("the first line looks like data, so columns are called column0, column1, ...")
    return Options(encoding=encoding, delimiter=delimiter, header=header), tuple(notes)


def encoding_of(file: Path) -> str:
    """Give utf-8 where the whole file is, utf-16 by its mark, else the likelier of cp1252 and latin-1."""
    opener: Any = gzip.open if file.suffix.lower() == ".gz" else open
    decoder = codecs.getincrementaldecoder("utf-8")()
    plain, marks = True, set()
    with opener(file, "rb") as source:
        block = source.read(1 << 20)
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        while block:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                plain = False
            marks |= set(block) & set(range(0x80, 0xA0))
            block = source.read(1 << 20)
    if plain:
        return "utf-8"
    # bytes that cp1252 leaves undefined, or none of those it adds: then latin-1 reads the file
    return "latin-1" if not marks or marks & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "cp1252"


def _first_lines(file: Path, encoding: str) -> list[str]:
    opener: Any = gzip.open if file.suffix.lower() == ".gz" else open
    with opener(file, "rt", encoding=encoding, errors="replace", newline="") as source:
        lines = [
            line.rstrip("\r\n").removeprefix("\ufeff") for _, line in zip(range(_LINES), source, strict=False)
        ]
    return [line for line in lines if line.strip()]


def _split(lines: list[str], delimiter: str) -> list[list[str]]:
    if delimiter == "whitespace":
        return [line.split() for line in lines]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]


def delimiter_of(lines: list[str]) -> str:
    """Give the mark by which most lines have the same number of values, the most values first."""
    best, delimiter = (0.0, 1), ","
    for mark in (";", "\t", ",", "|", "whitespace"):
        widths = Counter(len(row) for row in _split(lines, mark))
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        score = (count / max(len(lines), 1), width)
        if width > 1 and score[0] > 0.9 and (mark != "whitespace" or best[1] == 1) and score > best:
            best, delimiter = score, mark
    return delimiter


def look(con: duckdb.DuckDBPyConnection, relation: str) -> list[Look]:
    """Look at every column of a relation."""
    described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return [_look(con, relation, name, type_) for name, type_, *_ in described]


_NUMBER = r"[-+]?[0-9]+"
_TIMES = {"": "", " [0-9]{1,2}:[0-9]{2}": " %H:%M", " [0-9]{1,2}:[0-9]{2}:[0-9]{2}": " %H:%M:%S"}


def _look(con: duckdb.DuckDBPyConnection, relation: str, name: str, type_: str) -> Look:
    column = quote(name)
    text = f"nullif(trim(CAST({column} AS VARCHAR)), '')"
    tests = {
        "whole": _NUMBER,
        "padded": "0[0-9]+",
        "point": rf"{_NUMBER}\.[0-9]*",
        "comma": rf"[-+]?[0-9]{{1,3}}(\.[0-9]{{3}})*,[0-9]*|{_NUMBER},[0-9]*",
        # 1.234 may be a thousand: three digits after the mark prove nothing
        "unsure": r"[-+]?[0-9]{1,3}[.,][0-9]{3}",
        "iso": "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?",
        "packed": "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])",
    }
    counted = ", ".join(f"count(*) FILTER (regexp_full_match({text}, '{test}'))" for test in tests.values())
    row = con.execute(
        f"SELECT count(*), count({text}), count(DISTINCT {text}), {counted} FROM {relation}"
    ).fetchone()
    assert row is not None
    rows, filled, distinct, *counts = row
    seen = dict(zip(tests, counts, strict=True))
    missing = 1 - filled / rows if rows else 1.0
    if type_ == "DATE" or type_.startswith("TIMESTAMP"):
        return Look(name, type_, missing, distinct, rows, date_formats=("",))
    typed = type_ not in ("VARCHAR", "BOOLEAN")
    if filled and seen["packed"] == filled:
        return Look(name, type_, missing, distinct, rows, number=True, date_formats=("%Y%m%d",))
    if typed or not filled:
        return Look(name, type_, missing, distinct, rows, number=typed)
    if seen["iso"] == filled:
        return Look(name, type_, missing, distinct, rows, date_formats=("",))
    formats = _date_formats(con, relation, text, filled)
    decimals = frozenset(
        mark for mark, test in ((".", "point"), (",", "comma")) if seen[test] > seen["unsure"]
    )
    number = not formats and not seen["padded"] and seen["whole"] + seen["point"] + seen["comma"] >= filled
    return Look(name, type_, missing, distinct, rows, number, decimals if number else frozenset(), formats)


def _date_formats(con: duckdb.DuckDBPyConnection, relation: str, text: str, filled: int) -> tuple[str, ...]:
    """Give the formats by which every value is a date; a day above 12 proves the order, nothing else does."""
    for mark in ("/", ".", "-"):
        for year, code in (("[0-9]{4}", "%Y"), ("[0-9]{2}", "%y")):
            for time, suffix in _TIMES.items():
                escaped = re.escape(mark)
                pattern = f"([0-9]{{1,2}}){escaped}([0-9]{{1,2}}){escaped}{year}{time}"
                row = con.execute(
                    f"SELECT count(*), max(CAST(regexp_extract({text}, '{pattern}', 1) AS INTEGER)), "
                    f"max(CAST(regexp_extract({text}, '{pattern}', 2) AS INTEGER)) FROM {relation} "
                    f"WHERE regexp_full_match({text}, '{pattern}')"
                ).fetchone()
                assert row is not None
                if row[0] == filled:
                    orders = [("%d", "%m")] * (row[2] <= 12) + [("%m", "%d")] * (row[1] <= 12)
                    return tuple(f"{one}{mark}{two}{mark}{code}{suffix}" for one, two in orders)
        ymd = f"[0-9]{{4}}{re.escape(mark)}[0-9]{{1,2}}{re.escape(mark)}[0-9]{{1,2}}"
        row = con.execute(
            f"SELECT count(*) FROM {relation} WHERE regexp_full_match({text}, '{ymd}')"
        ).fetchone()
        if row and row[0] == filled:
            return (f"%Y{mark}%m{mark}%d",)
    return ()
