"""Lists of customers to act upon: the one way out of the engine for ids, into one guarded folder."""

import csv
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
import pandas as pd

from custlib.data.collect import MAX_ROWS, removed
from custlib.data.places import LISTS, REPORTS, workbook
from custlib.errors import CustlibError, DataError, UsageError

ID, REASON = "customer_id", "reason"
# A file's name has at most 255 bytes, and the name it is written under is longer by a process.
LONGEST = 200
# Rows of a lazy table that are held at a time.
CHUNK = 10_000
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# What is being written, by which process (see `_write`).
_ASIDE = re.compile(r"\..+\.csv\.(\d+)")


@dataclass(frozen=True, repr=False)
class SavedList:
    """A list that was written: it prints as how many customers are in it and where, never who.

    Attributes
    ----------
    replaced : str
        What it took the place of, such as "a list of 13 customers"; "" for nothing.
    """

    path: Path
    customers: int
    replaced: str = ""

    def __repr__(self) -> str:
        instead = f"; replaced {self.replaced}" if self.replaced else ""
        return f"{_people(self.customers)} in {self.path.parent.name}/{self.path.name}{instead}"


def save_list(
    table: ir.Table | pd.DataFrame,
    name: str,
    *,
    reason: str,
    folder: str | Path | None = None,
    max_rows: int = MAX_ROWS,
) -> SavedList:
    """Write a list of customers as CSV where only its owner can read it; an older list of the name goes, and that is said.

    Parameters
    ----------
    table : Table or DataFrame
        Anything with a ``customer_id``, one row per customer, in the order wanted.
    name : str
        Letters, digits, ``.``, ``_`` and ``-``; ``.csv`` is added.
    reason : str
        Why these customers are listed; it is written beside each of them.
    folder : path, optional
        Another folder than ``lists/`` of the workbook, such as one on an encrypted disk. It must be its owner's
        alone, and lie neither in ``reports/`` nor where git would track it.

    Raises
    ------
    UsageError
        When the name, the reason or the folder will not do, or there is no ``customer_id``.
    CustlibError
        When there are more than `max_rows` customers.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise UsageError(f"a list needs a name of letters, digits, '.', '_' and '-', not {name!r}")
    if len(name) > LONGEST:
        raise UsageError(f"the name of a list has at most {LONGEST} characters, not {len(name)}")
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(f"list {name}: say why these customers are listed, by reason=...")
    for column, wanted in ((ID, True), (REASON, False)):
        if (column in table.columns) != wanted:
            lacks = "needs a column" if wanted else "may have no column of its own called"
            raise UsageError(f"list {name}: the table {lacks} {column!r}")
    target = _folder(folder) / f"{name.removesuffix('.csv')}.csv"
    _refuse_where_git_would_see(target)
    columns = [ID, *(column for column in table.columns if column != ID)]
    older, counter = _older(target), count(1)
    rows = _counted(_rows(table, columns), counter, name, max_rows)
    said = ([row[0], reason, *row[1:]] for row in rows)
    try:
        _write(target, ([_cell(value) for value in row] for row in chain([[ID, REASON, *columns[1:]]], said)))
    except UnicodeEncodeError:
        raise UsageError(
            f"list {name}: a text in it cannot be written as UTF-8\n  look for broken characters in the reason and the columns"
        ) from None
    return SavedList(target, next(counter) - 1, older)


def _rows(table: ir.Table | pd.DataFrame, columns: list[str]) -> Iterator[tuple]:
    """Give rows one by one; of a lazy table a few thousand are held at a time, however long the list."""
    if isinstance(table, pd.DataFrame):
        yield from table[columns].itertuples(index=False, name=None)
        return
    try:
        for batch in table.select(*columns).to_pyarrow_batches(chunk_size=CHUNK):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except duckdb.IOException:
        raise removed() from None


def _counted(rows: Iterable[tuple], counter: Iterator[int], name: str, most: int) -> Iterator[tuple]:
    for row in rows:
        if next(counter) > most:
            raise CustlibError(
                f"list {name}: more than {most:,} customers\n  to write them all the same: max_rows=..."
            )
        yield row


def _people(customers: int) -> str:
    return f"{customers:,} customer{'s' * (customers != 1)}"


def _older(target: Path) -> str:
    """Say what a list is about to replace."""
    if not target.exists():
        return ""
    try:
        with target.open(encoding="utf-8-sig", newline="") as file:
            rows = sum(1 for row in csv.reader(file) if row)
    except (OSError, UnicodeDecodeError, csv.Error):
        return "a file that could not be read"  # whoever changed it is told that it is gone
    return f"a list of {_people(max(rows - 1, 0))}"


def _folder(given: str | Path | None) -> Path:
    """Give the folder for lists, its owner's alone."""
    folder = (Path(given).expanduser() if given is not None else workbook() / LISTS).resolve()
    for place in (folder, *folder.parents):
        if place.name == REPORTS or (place / ".runs").is_dir():
            raise UsageError(
                f"lists of customers are not kept among reports, as in {place.name}\n"
                f"  reports are passed on; leave folder= out, and the list goes into {LISTS}/"
            )
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    if folder.stat().st_mode & 0o077:
        if given is not None:
            raise UsageError(f"others may enter {folder}\n  close it first: chmod 700 {folder}")
        folder.chmod(0o700)
    return folder


def _refuse_where_git_would_see(target: Path) -> None:
    if not any((place / ".git").exists() for place in target.parents):
        return
    command = ["git", "-C", str(target.parent), "check-ignore", "--quiet", str(target)]
    try:
        ignored = subprocess.run(command, capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        ignored = target.parent.name == LISTS  # without git nobody commits from here either
    if not ignored:
        raise UsageError(
            f"git would track {target.parent.name}/{target.name}\n"
            f"  lists of customers belong where git does not look: put {target.parent.name}/ into .gitignore"
        )


def _write(target: Path, rows: Iterable[list[str]]) -> None:
    """Write aside and rename: nobody but the owner ever reads it, and nobody meets half of it."""
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        os.replace(aside, target)
    except BaseException:  # an interrupt too leaves no ids behind
        aside.unlink(missing_ok=True)
        raise


def earlier_lists(names: Iterable[str]) -> list[Path]:
    """Find lists of these names in ``lists/`` that can be read as lists; whoever changed one beyond that is not asked for it."""
    found = []
    for path in (workbook() / LISTS / f"{name}.csv" for name in names):
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                if ID in next(csv.reader(file), []):
                    found.append(path)
        except (OSError, UnicodeDecodeError, csv.Error):
            continue
    return found


def begun(folder: Path) -> dict[Path, int]:
    """List what `save_list` began to write in a folder and has not finished, with the process that did."""
    found = ((path, _ASIDE.fullmatch(path.name)) for path in sorted(folder.glob(".*")) if path.is_file())
    return {path: int(match[1]) for path, match in found if match}


def _cell(value: Any) -> str:
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, (datetime, date)):
        midnight = not isinstance(value, datetime) or value.time() == datetime.min.time()
        return f"{value:%Y-%m-%d}" if midnight else str(value)
    return harmless(value) if isinstance(value, str) else str(value)


def refuse_unwritable(text: str) -> None:
    """Refuse a customer's id that no file can hold, such as half of a character.

    Raises
    ------
    UsageError
        When the text cannot be encoded.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{text!r} is no text that can be looked for: a character of it is broken") from None


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def strike(path: Path, customer: str) -> int:
    """Write a list again without a customer; give how many rows went.

    Raises
    ------
    DataError
        When the list cannot be read or written, such as one that a spreadsheet saved in another encoding.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        if not rows or ID not in rows[0]:
            return 0
        place = rows[0].index(ID)
        named = {customer, harmless(customer)}
        kept = [row for row in rows[1:] if len(row) <= place or row[place].strip() not in named]
        if gone := len(rows) - 1 - len(kept):
            _write(path, [rows[0], *kept])
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: its text is not UTF-8") from None
    except (csv.Error, OSError) as error:
        raise DataError(f"{path.name}: {error}") from error
    return gone
