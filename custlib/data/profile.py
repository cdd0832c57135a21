"""What the log holds, in a few rows a day: one pass over it serves the checks, the totals and the digests.

Each row of the log is some things and not others: attributed, a return, outside the filter, in breach of a rule. All
of them make one number, a bit each, and the log is counted by day and number. What is asked afterwards, such as how
many rows of May have no customer, is a sum over these groups; and what depends on today is asked of their days, so
that tomorrow asks the same groups.

A log of several Parquet files is profiled file by file, and what was found in a file is kept under the state of the
file and of all that reads it: the next month costs the next file, and who is interrupted goes on at the file at which
he was.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from custlib.data.binding import Binding
from custlib.data.cache import LOCK, cache_folder, write_aside
from custlib.data.columns import literal, quote
from custlib.data.files import FILE
from custlib.data.rules import Rule
from custlib.data.source import Source
from custlib.errors import DataError

Tell = Callable[[str, int, int], None]
# Bits of a whole number that the engine keeps, less its sign.
MOST = 62
KEPT = "excluded IS NULL"
# Rows that repeat another are looked for among one different row in so many.
SHARE = 64
# Stands in a query for the test that a row is of one file.
EVERYWHERE = "/* every file */ true"
# The days that Python has.
_FIRST, _LAST = (f"DATE '{day}'" for day in (date.min, date.max))


@dataclass(frozen=True)
class Profile:
    """The log counted by file, day and what is true of a row.

    Attributes
    ----------
    frame : DataFrame
        One row per ``file`` (its place in `files`), ``date`` (None: not known) and ``mask``: ``rows``, ``amount``
        (Decimal), ``digest`` (sum of the rows' hashes, as int) and ``repeats`` (rows that are an earlier one of the same
        file again, among the one in `SHARE` of all different rows that a hash chooses; 0 where files cannot be told apart).
    tests : tuple of str
        What the bits of the mask say, lowest first, as SQL.
    files : tuple of str
        The log's files; one nameless part where it has none that can be told apart.
    """

    frame: pd.DataFrame
    tests: tuple[str, ...]
    files: tuple[str, ...]

    @cached_property
    def months(self) -> pd.Series:
        """The first day of each group's month; None where the day is not known."""
        return self.frame.date.map(lambda day: day.replace(day=1) if day is not None else None)

    def where(self, *tests: str, but: Sequence[str] = ()) -> pd.Series:
        """Say of which groups all these tests are true, and none of the others."""
        true, false = (sum(1 << self.tests.index(test) for test in set(some)) for some in (tests, but))
        return (self.frame["mask"] & (true | false)) == true

    def broken(self, rule: Rule) -> pd.Series:
        """Say in which groups the rows that are reported break a rule."""
        tells = rule.of_day
        if tells is None:
            return self.where(rule.test, KEPT)
        return self.frame.date.map(lambda day: day is not None and tells(day)) & self.where(KEPT)

    def rows(self, chosen: pd.Series) -> int:
        """Count the rows of some groups."""
        return int(self.frame.rows[chosen].sum())

    def files_with(self, rule: Rule) -> list[str]:
        """List the files with a row that breaks a rule; none where the log has no files."""
        return [self.files[i] for i in sorted(set(self.frame.file[self.broken(rule)])) if self.files[i]]

    def digests(self) -> dict[str, list[Any]]:
        """Give month (``YYYY-MM``) -> [rows, sum of the rows' hashes as text], for rows of a known day."""
        sums = self.frame[self.frame.date.notna()].groupby(self.months.dropna())[["rows", "digest"]].sum()
        return {f"{month:%Y-%m}": [int(rows), str(digest)] for month, rows, digest in sums.itertuples()}


def profile(
    source: Source, binding: Binding, tests: Sequence[str], *, tell: Tell = lambda stage, done, total: None
) -> Profile:
    """Profile the log, reading the files that have not been seen in this state.

    Parameters
    ----------
    tests : sequence of str
        SQL over the full view of the log; those of rules whose `of_day` says the same need not be among them.
    tell : callable
        Told how many files are done.
    """
    asked = tuple(dict.fromkeys([KEPT, *tests]))
    if len(asked) > MOST:
        raise ValueError(f"{len(asked)} tests do not fit in a mask of {MOST} bits")
    found = by_file(source, binding, _query(source, binding, asked), tell=tell)
    rows = [(i, *row[:6]) for i, part in enumerate(found) for row in part]
    columns = ["file", "date", "mask", "rows", "amount", "digest", "repeats"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    frame = frame.astype({"file": "int64", "mask": "int64", "rows": "int64", "repeats": "int64"})
    frame["date"] = [date.fromisoformat(day) if day else None for day in frame.date]
    frame["amount"], frame["digest"] = frame.amount.map(Decimal), frame.digest.map(int)
    return Profile(frame, asked, tuple(file for file, _ in _parts(source, binding)))


def by_file(
    source: Source, binding: Binding, query: str, *, tell: Tell = lambda stage, done, total: None
) -> list[list[list[Any]]]:
    """Ask every file of a table, or read what it answered before; the answers must be small.

    Parameters
    ----------
    query : str
        SQL with `EVERYWHERE` for the test that a row is of the file.

    Returns
    -------
    list
        One per file, in the order of `Binding.files`; one for the whole table where files cannot be told apart. Each
        holds rows of texts and whole numbers.
    """
    parts, answers = _parts(source, binding), []
    for i, (file, stamp) in enumerate(parts):
        path = _kept(source, binding, query, stamp)
        found = _read(path)
        if found is None:
            where = f"{quote(FILE)} = {literal(file)}" if file else "true"
            found = _ask(source, binding, file, query.replace(EVERYWHERE, where))
            text = _sealed(found)
            write_aside(path, lambda aside, text=text: aside.write_text(text, encoding="utf-8"))  # type: ignore[misc]
        else:
            with suppress(OSError):  # who may only read the cache needs no more
                path.touch()
        answers.append(found)
        tell("checking the log", i + 1, len(parts))
    return answers


def _ask(source: Source, binding: Binding, file: str, query: str) -> list[list[Any]]:
    try:
        return [list(row) for row in source.sql(query)]
    except (DataError, duckdb.Error) as caught:
        # Of damage within a page of a file DuckDB has no name of its own.
        damaged = DataError(
            f"{source.company.name}: the log cannot be read to its end\n  was a file damaged?"
        )
        error = caught if isinstance(caught, DataError) else damaged
        if not file or Path(file).parent == cache_folder("staged"):  # a name that nobody gave
            raise error from None
        what, *advice = str(error).splitlines()
        first = f"{what}: {binding.table.name}, file {Path(file).name!r}"
        raise DataError("\n".join([first, *advice])) from None


def _parts(source: Source, binding: Binding) -> tuple[tuple[str, str], ...]:
    return binding.files or (("", source.fingerprint),)


def _query(source: Source, binding: Binding, tests: Sequence[str]) -> str:
    bits = " + ".join(f"CASE WHEN {test} THEN {1 << i} ELSE 0 END" for i, test in enumerate(tests))
    told = ", ".join(quote(name) for name in source.con.table(binding.table.name).columns)
    # Every expression of the company file is computed, so that one that fails does so here.
    computed = [quote(bound.name) for bound in binding.columns.values() if bound.computed]
    checked = "".join(f", count({name})" for name in computed)
    carried = "".join(f", {name}" for name in dict.fromkeys(computed) if name not in ('"date"', '"amount"'))
    # Days that Python does not have, infinity among them, are as implausible as the nearest that it has.
    day = f"CASE WHEN date < {_FIRST} THEN {_FIRST} WHEN date > {_LAST} THEN {_LAST} ELSE date END"
    whole, repeats = _repeats(binding, told)
    return (
        f"SELECT CAST({day} AS VARCHAR), mask, count(*), CAST(coalesce(sum(amount), 0) AS VARCHAR), "
        f"CAST(sum(told) AS VARCHAR), {repeats}{checked} FROM ("
        f"SELECT date, amount{carried}, CAST({bits} AS BIGINT) AS mask, hash({told}) AS told, {whole} AS whole "
        f"FROM {binding.full} WHERE {EVERYWHERE}) GROUP BY date, mask ORDER BY 1, 2"
    )


def _repeats(binding: Binding, told: str) -> tuple[str, str]:
    """Give the SQL of a whole row's hash, and of how many rows of a group are another one again.

    Rows that are alike have one hash and are chosen together, or not at all. Where columns are not mapped, rows that
    differ in them alone are not alike.
    """
    if not binding.files:
        return "0", "0"
    mapped = {bound.expression.strip().casefold() for bound in binding.columns.values()}
    unmapped = [quote(name) for name in binding.source_columns if name.strip().casefold() not in mapped]
    chosen = f"list(whole) FILTER (WHERE whole % {SHARE} = 0)"
    return (
        f"hash({', '.join([told, *unmapped])})",
        f"coalesce(len({chosen}) - len(list_distinct({chosen})), 0)",
    )


def _kept(source: Source, binding: Binding, query: str, stamp: str) -> Path:
    """Name what is kept of a file after the file's state, the question and all that reads the file."""
    company = source.company
    views = ", ".join(literal(f"{step}_{binding.table.name}") for step in ("in", "full"))
    reads = [
        query,
        stamp,
        # How values are read is the program's affair, and hashes are the engine's: another version of them asks again.
        # DuckDB holds the views also where another engine computes them.
        source.con.con.execute(
            f"SELECT sql FROM duckdb_views() WHERE view_name IN ({views}) ORDER BY view_name"
        ).fetchall(),
        binding.casts,
        duckdb.__version__,
        source.spark is not None,
        binding.spec.model_dump(mode="json"),
        binding.source_columns,
        company.timezone,
        str(company.scope),
    ]
    # Who is in scope may be known by the customer list alone.
    others = [
        source.bindings[name].stamps for name in ("customers",) if company.scope and name in source.bindings
    ]
    told = hashlib.sha256(json.dumps([reads, others], default=str).encode()).hexdigest()[:24]
    lock = cache_folder(company.name) / LOCK
    if not lock.exists():
        lock.touch()  # by which `custlib clean` knows a company's folder
    folder = cache_folder(f"{company.name}/profile")
    return folder / f"{told}.json"


def _sealed(found: list[list[Any]]) -> str:
    """Write an answer below the digest of its text, by which what is not whole is known."""
    # As it is written, so that who looks for a customer's id finds it.
    text = json.dumps(found, ensure_ascii=False)
    return f"{_seal(text)}\n{text}"


def _seal(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> list[list[Any]] | None:
    """Read what was kept; None where there is nothing, or something else."""
    try:
        seal, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    return json.loads(text) if seal == _seal(text) else None
