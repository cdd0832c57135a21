"""What is kept of customers outside their source, and how to be rid of it: all, a company's, or one customer's.

Only what this package made is removed: the cache, and rows of lists. Files that a person may have changed
(notebooks in ``work/``, finished and failed runs) are named, not touched. The source is never written to.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from custlib.data.cache import LOCK, ROOMS, alive, cache_root
from custlib.data.columns import literal, quote
from custlib.data.engine import connect
from custlib.data.lists import begun, refuse_unwritable, strike
from custlib.data.places import LISTS, WORK, workbook
from custlib.errors import DataError, UsageError
from custlib.prepare.files import locked, sweep
from custlib.settings import nearest

_READABLE = {".ipynb", ".html", ".csv", ".json", ".log", ".txt", ".md", ".svg", ".yaml"}
_PICTURE = re.compile(rb"data:image/[^\"'\\)]+|\"image/png\": *\"[^\"]*\"")

Say = Callable[[str], None]


@dataclass
class Removed:
    """What went, and what mentions the customer and was left for a person to look at.

    Attributes
    ----------
    parts : dict
        Name of a part of the cache (a company, a room) -> files and bytes removed.
    rows : dict
        List -> rows removed from it.
    mentions : list of Path
        Files that are not ours to delete.
    """

    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    rows: dict[Path, int] = field(default_factory=dict)
    mentions: list[Path] = field(default_factory=list)

    def file(self, part: str, path: Path) -> None:
        """Delete a file and count it."""
        size = path.lstat().st_size
        path.unlink(missing_ok=True)
        files, total = self.parts.get(part, (0, 0))
        self.parts[part] = (files + 1, total + size)


def held() -> dict[str, tuple[int, int]]:
    """Say how many files and bytes each part of the cache holds; nothing that is not ours."""
    root = cache_root()
    found = {}
    for folder in [*companies(root), *(root / room for room in ROOMS)]:
        sizes = [path.lstat().st_size for path in _files(folder) if path.name != LOCK]
        if sizes:
            found[folder.name] = (len(sizes), sum(sizes))
    return found


def companies(root: Path) -> list[Path]:
    """List the companies' folders: a cache may lie in a folder that holds other things, which have no lock of ours."""
    return sorted(path for path in root.iterdir() if path.name not in ROOMS and (path / LOCK).is_file())


def clean_all(say: Say = lambda text: None) -> Removed:
    """Remove all that the cache holds, and lists left half written; it is made again from the sources when needed."""
    root, gone = cache_root(), Removed()
    for folder in companies(root):
        _empty(folder, gone, say)
    for room in ROOMS:
        for path in list(_files(root / room)):
            gone.file(room, path)
        # The room stays: an open session may yet have to write there.
        for path in [path for path in (root / room).glob("*") if path.is_dir()]:
            shutil.rmtree(path, ignore_errors=True)
    _sweep_lists(workbook() / LISTS, gone)
    return gone


def clean_company(name: str, say: Say = lambda text: None) -> Removed:
    """Remove all that the cache holds of one company: prepared tables, converted files, a package it came in.

    Raises
    ------
    UsageError
        When the cache holds nothing under that name, with the nearest that there is.
    """
    root, gone = cache_root(), Removed()
    folder = root / name
    copies = [copy for copy in _copies(root) if copy.company in (name, "")]
    if folder not in companies(root) and not any(copy.company == name for copy in copies):
        known = [path.name for path in companies(root)]
        raise UsageError(
            f"the cache holds nothing of a company {name!r}{nearest(name, known) if known else ''}"
        )
    if folder in companies(root):
        _empty(folder, gone, say)
    for copy in copies:
        copy.remove(gone)
        if copy.package and copy.company == name:
            package = root / "wheels" / copy.package
            for path in [*_files(package), *package.parent.glob(f"{package.name}.whl")]:
                gone.file("wheels", path)
            shutil.rmtree(package, ignore_errors=True)
    return gone


def clean_customer(customer: str, *, reports: Path, say: Say = lambda text: None) -> Removed:
    """Remove what is held of one customer outside the source.

    A prepared table that holds the customer goes whole, and so does a converted file; they are made again from
    the source, and without the customer only if the source no longer has it.

    Parameters
    ----------
    customer : str
        The id, as the company file gives it: leading zeros count.
    reports : Path
        Folder of the reports, whose runs are searched; what they hold is named, not removed.

    Raises
    ------
    UsageError
        When there is no id, or one that no file can hold.
    DataError
        After all else was removed, when lists could not be read: they may still name the customer.
    """
    if not customer.strip():
        raise UsageError("--customer needs an id")
    refuse_unwritable(customer)
    root, gone = cache_root(), Removed()
    with connect() as con:
        for folder in companies(root):
            with locked(folder, say):
                sweep(folder)
                for path in list(_files(folder)):
                    if path.name != LOCK and _holds(con, path, customer):
                        gone.file(folder.name, path)
        found_in = set(gone.parts)
        for copy in _copies(root):
            if copy.company in found_in or _holds(con, copy.table, customer, loosely=True):
                copy.remove(gone)
        for path in list(_files(root / "logs")):
            if _mentions(path, customer):
                gone.file("logs", path)
    home = workbook()
    unread = _strike_all(home / LISTS, customer, gone)
    places = (home / LISTS, home / WORK, reports)
    gone.mentions = [path for place in places for path in _readable(place) if _mentions(path, customer)]
    if unread:
        raise DataError(_not_struck(unread, gone))
    return gone


def _strike_all(folder: Path, customer: str, gone: Removed) -> list[str]:
    """Take a customer out of every list that can be read; say of the others why they cannot."""
    unread = _sweep_lists(folder, gone)
    for path in sorted(folder.glob("*.csv")):
        try:
            if rows := strike(path, customer):
                gone.rows[path] = rows
        except DataError as error:
            unread.append(f"{folder.name}/{error}")
    return unread


def _sweep_lists(folder: Path, gone: Removed) -> list[str]:
    """Delete lists that a process was killed in writing; name those of processes that live."""
    living = []
    for path, process in begun(folder).items():
        if alive(process):
            living.append(f"{folder.name}/{path.name}: process {process} is writing it")
        else:
            gone.file(folder.name, path)
    return living


def _not_struck(unread: list[str], gone: Removed) -> str:
    """Name the lists left for a person, and say what went nevertheless."""
    files, rows = sum(count for count, _ in gone.parts.values()), sum(gone.rows.values())
    return "\n".join(
        [
            "these lists could not be searched and may still name the customer - look at them yourself:",
            *(f"  {line}" for line in unread),
            f"elsewhere the customer was removed: {files:,} files of the cache, {rows:,} rows of lists",
            "take the customer out of these lists or delete them, then give the command again: it names what is left",
        ]
    )


def _empty(folder: Path, gone: Removed, say: Say) -> None:
    """Remove a company's files under its lock, but for the lock, for which somebody may be waiting."""
    with locked(folder, say):
        for path in list(_files(folder)):
            if path.name != LOCK:
                gone.file(folder.name, path)
        for path in [path for path in folder.iterdir() if path.is_dir()]:
            shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True)
class _Copy:
    """A converted file in the cache: whose it is ("": not noted), and the fetched package it came in ("": none)."""

    table: Path
    company: str
    package: str

    def remove(self, gone: Removed) -> None:
        for path in (self.table, self.table.with_suffix(".json")):
            if path.exists():
                gone.file("staged", path)


def _copies(root: Path) -> list[_Copy]:
    found = []
    for table in sorted((root / "staged").glob("*.parquet")):
        noted = _noted(table.with_suffix(".json"))
        found.append(_Copy(table, str(noted.get("company", "")), str(noted.get("package", ""))))
    return found


def _noted(profile: Path) -> dict[str, Any]:
    try:
        return json.loads(profile.read_text())
    except (OSError, ValueError):
        return {}


def _holds(con: duckdb.DuckDBPyConnection, path: Path, customer: str, *, loosely: bool = False) -> bool:
    """Say whether a file of the cache holds a customer's id in any column.

    Parameters
    ----------
    loosely : bool
        Numbers count too, and leading zeros do not: a source may write the id as a number.
    """
    if path.suffix != ".parquet":
        return _mentions(path, customer)
    relation = f"read_parquet({literal(str(path))})"
    try:
        columns = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        tests = [_same(name, customer, loosely) for name, kind, *_ in columns if loosely or kind == "VARCHAR"]
        found = (
            tests and con.execute(f"SELECT 1 FROM {relation} WHERE {' OR '.join(tests)} LIMIT 1").fetchone()
        )
    except duckdb.Error:
        return True  # a broken copy is of no use to anybody
    return bool(found)


def _same(column: str, customer: str, loosely: bool) -> str:
    text = f"trim(CAST({quote(column)} AS VARCHAR))"
    if not (loosely and customer.isdigit()):
        return f"{text} = {literal(customer)}"
    number = literal(customer.lstrip("0"))
    return f"regexp_replace(ltrim({text}, '0'), '\\.0+$', '') = {number}"


def _mentions(path: Path, customer: str) -> bool:
    """Say whether a file has the id as a word of its own; pictures are not read."""
    try:
        text = _PICTURE.sub(b"", path.read_bytes())
    except OSError:
        return False
    # JSON has signs of its own for quotes and backslashes.
    written = {customer.encode(), json.dumps(customer, ensure_ascii=False)[1:-1].encode()}
    found = b"|".join(re.escape(each) for each in sorted(written))
    return bool(re.search(rb"(?<![0-9A-Za-z])(?:" + found + rb")(?![0-9A-Za-z])", text))


def _readable(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(_files(folder)) if path.suffix.lower() in _READABLE)


def _files(folder: Path) -> Iterator[Path]:
    """List the files of a folder and those below it, without following links."""
    return (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
