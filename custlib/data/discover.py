"""A first company file for data nobody has described yet: looked at, guessed, and left for a person to settle."""

import json
import os
import re
from pathlib import Path

import duckdb

from custlib.company import Options
from custlib.data.columns import literal, quote
from custlib.data.database_look import is_url, look_at, named, without_password
from custlib.data.engine import connect
from custlib.data.files import DATABASE, EXCEL, TEXT, parquet_files
from custlib.data.look import Group, groups, look
from custlib.data.roles import (
    OTHERS,
    Seen,
    choose,
    columns_by_name,
    guess_customers,
    guess_transactions,
    is_log,
    table_by_name,
)
from custlib.data.staging import stage
from custlib.errors import CustlibError, DataError, UsageError

_CHOOSE = "CHOOSE"  # marks in the written file what only a person can settle


def init(path: str | Path, to: str | Path | None = None) -> str:
    """Look at a folder, a DuckDB file or a database and write a commented company file.

    Parameters
    ----------
    path : path
        A folder of Parquet, CSV and Excel files, a DuckDB file, or the URL of a database.
    to : path, optional
        Where to write the company file; without it the text itself is returned.

    Returns
    -------
    str
        The text of the company file, or where it was written and what to do next. It holds names,
        types and shares of missing values, never a value.

    Raises
    ------
    UsageError
        When there is nothing at `path`, or `to` exists already.
    DataError
        When nothing there can be read.
    """
    url = str(path) if is_url(str(path)) else ""
    place = Path(named(url)) if url else Path(path).expanduser().resolve()
    target = Path(to).expanduser().resolve() if to else None
    if target and target.exists():
        raise UsageError(f"{target.name} exists already\n  give another name with --to, or remove it first")
    by_pattern: dict[str, Group] = {}
    if url:
        tables, notes = look_at(url)
        kind = "database"
    elif place.is_dir():
        tables, by_pattern, notes = _folder(place)
        kind = "folder"
    elif place.is_file():
        tables, by_pattern, notes = _database(place), {}, []
        kind = "duckdb"
    else:
        raise UsageError(f"there is no folder or file {str(path)!r}")
    if not tables:
        raise DataError("\n  ".join([f"nothing in {place.name!r} can be read as a table", *notes]))
    shown = without_password(url) if url else os.path.relpath(place, target.parent) if target else str(place)
    text = _company_file(place, kind, shown, tables, by_pattern, notes)
    if target is None:
        return text
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    left = text.count(f"# {_CHOOSE}")
    return (
        f"wrote {to}: {len(tables)} table{'s' if len(tables) > 1 else ''} found\n"
        f"  settle the {left} lines marked {_CHOOSE}, then run: custlib check --company {to}"
    )


def _folder(folder: Path) -> tuple[list[Seen], dict[str, Group], list[str]]:
    seen, by_pattern, notes = [], {}, []
    with connect() as con:
        for group in groups(folder):
            try:
                files, parts = _readable(group)
                seen.append(Seen(group.pattern, look(con, parquet_files(files)), parts))
                by_pattern[group.pattern] = group
            except CustlibError as error:
                notes.append(str(error).splitlines()[0])
            except (duckdb.Error, OSError):
                notes.append(f"{group.pattern} cannot be read")
    return seen, by_pattern, notes


def _readable(group: Group) -> tuple[list[Path], dict[str, tuple[str, ...]]]:
    """Give Parquet files that hold a group's rows, and the columns of each of its files."""
    if group.files[0].suffix.lower() in (*TEXT, *EXCEL):
        staged = [stage("init", file, group.options) for file in group.files]
        return [one.path for one in staged], {
            f.name: s.columns for f, s in zip(group.files, staged, strict=True)
        }
    with connect() as con:
        columns = {
            file.name: tuple(
                row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {parquet_files([file])}").fetchall()
            )
            for file in group.files
        }
    return list(group.files), columns


def _database(file: Path) -> list[Seen]:
    with connect() as con:
        try:
            con.execute(f"ATTACH {literal(str(file))} AS {DATABASE} (READ_ONLY)")
        except duckdb.Error:
            raise DataError(f"{file.name!r} cannot be opened as a DuckDB database") from None
        rows = con.execute(
            f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = '{DATABASE}' "
            "ORDER BY ALL"
        ).fetchall()
        return [
            Seen(
                name if schema == "main" else f"{schema}.{name}",
                look(con, f"{DATABASE}.{quote(schema)}.{quote(name)}"),
                {},
            )
            for schema, name in rows
        ]


def _company_file(
    place: Path, kind: str, shown: str, tables: list[Seen], by_pattern: dict[str, Group], notes: list[str]
) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", place.stem.lower()).strip("_") or "company"
    log, customers = choose(tables)
    lines = [
        f"# A first company file for {place.name}, made by looking at it. Lines marked {_CHOOSE} are yours to settle.",
        "#",
        "# What was found (rows; type and share of missing values by column):",
        *(f"#   {line}" for seen in tables for line in _described(seen)),
        *(f"# not read: {note}" for note in notes),
        "",
        f"company: {name}    # short name; the cache and the reports use it",
        f"title: {_yaml(place.stem)}    # as it is printed",
        "connection:",
        f"  {kind}: {_yaml(shown)}    # a relative path starts at this file; ${{NAME}} is taken from the environment",
        f"currency: EUR    # {_CHOOSE}: the one currency of all amounts",
        f"timezone: UTC    # {_CHOOSE}: such as Europe/Berlin; it matters where moments carry an offset",
        f"relationship: non_contractual    # {_CHOOSE}: non_contractual, contractual or mixed; rows cannot tell",
        "history: observed    # complete, where each customer's first row is its acquisition",
        "# complete_through: 2026-06    # where all data of a month have come though its last days are empty",
        '# success_file: "{month}/_SUCCESS"    # or: a file in the folder that says that a month is all there',
        "# scope: {where: \"country = 'FR'\", name: France}    # a part of the company, named in every title",
        "tables:",
    ]
    if log is None:
        lines += [
            "  # no table looks like transactions (who, when, how much); name it here",
            *_no_log(tables),
        ]
    else:
        lines += _transactions(log, by_pattern.get(log.pattern))
    if customers is not None:
        lines += _table("customers", customers, guess_customers(customers), by_pattern.get(customers.pattern))
    others = [seen for seen in tables if seen is not log and seen is not customers]
    named: dict[str, Seen] = {}
    for seen in others:
        if (table := table_by_name(seen)) and table not in named:
            named[table] = seen
            lines += _table(table, seen, columns_by_name(seen, table), by_pattern.get(seen.pattern))
    lines += [_unused(seen) for seen in others if seen not in named.values()]
    lines += [
        "settings:",
        f"  active_window_months: 12    # {_CHOOSE}: after how many silent months is a customer no longer active?",
        "  value_window_months: 12",
        "  # segments: [acquisition_channel]    # columns of customers or customer_months by which figures are shown",
        "  # margin_share: 0.3    # share of an amount that is margin, where no table says",
        "  # segmentation: {rules: [{segment: Our best customers, value_now: [top 1%, next 4%]}]}    # named by you",
        "definitions:",
        '  version: "0"',
        "",
    ]
    return "\n".join(lines)


def _unused(seen: Seen) -> str:
    if is_log(seen):
        return f"  # {_CHOOSE}: {seen.pattern} looks like transactions too; where it is more of them, widen `from`"
    return f"  # {seen.pattern}: not used; the other tables there may be: {', '.join(OTHERS)}"


def _described(seen: Seen) -> list[str]:
    lines = [
        f"{seen.pattern}: {seen.rows:,} rows"
        + (f" in {len(seen.parts)} files" if len(seen.parts) > 1 else "")
    ]
    for column in seen.columns:
        what = "date" if column.date_formats else "number" if column.number else "text"
        type_ = (
            column.type
            if column.type != "VARCHAR"
            else f"text that holds {what}s"
            if what != "text"
            else "text"
        )
        share = f"{column.missing:.0%}" if column.missing >= 0.005 else "under 1%"
        missing = f", {share} missing" if column.missing else ""
        lacking = [file for file, names in seen.parts.items() if column.name not in names]
        lines.append(
            f"  {column.name}: {type_}{missing}{'; not in ' + ', '.join(lacking[:3]) if lacking else ''}"
        )
    return lines


def _transactions(seen: Seen, group: Group | None) -> list[str]:
    mapping = guess_transactions(seen)
    names = [column.name for column in seen.columns]
    for role in ("customer_id", "date", "amount"):
        mapping.setdefault(role, "")
    lines = _table("transactions", seen, mapping, group, names)
    return [
        *lines,
        "    # filter: \"status = 'paid'\"    # rows outside are left out, and counted",
        '    # qualifying: "amount >= 0"    # which rows count as activity',
        "    # key: [order_id, product]    # where no two rows may share it; repeated rows are then left out",
    ]


def _table(
    table: str, seen: Seen, mapping: dict[str, str], group: Group | None, names: list[str] | None = None
) -> list[str]:
    lines = [f"  {table}:", f"    from: {_yaml(seen.pattern)}", "    columns:"]
    for role, column in mapping.items():
        if column:
            lines.append(f"      {role}: {_yaml(column)}")
        else:
            lines.append(f"      {role}: {_yaml((names or ['?'])[0])}    # {_CHOOSE}: nothing looked like it")
    options = _options(seen, mapping, group.options if group else Options())
    if options:
        lines += ["    options:", *options]
    return lines + [f"    # {note}" for note in (group.notes if group else ())]


def _options(seen: Seen, mapping: dict[str, str], options: Options) -> list[str]:
    lines = []
    if options.encoding != "utf-8":
        lines.append(f"      encoding: {options.encoding}")
    if options.delimiter != ",":
        lines.append(f"      delimiter: {_yaml({chr(9): 'tab'}.get(options.delimiter, options.delimiter))}")
    if not options.header:
        lines.append("      header: false")
    marks = {mark for column in seen.columns for mark in column.decimals}
    if marks == {","}:
        lines.append('      decimal: ","')
    elif len(marks) > 1:
        lines.append(
            f'      # decimal: ","    # {_CHOOSE}: some columns are written with points, some with commas'
        )
    return lines + _date_format(seen, mapping)


def _date_format(seen: Seen, mapping: dict[str, str]) -> list[str]:
    """Declare the date format that is proved; where two would read, leave the choice to a person."""
    days = ("date", "acquired_on", "closed_on", "resolved_on", "due_on", "kept_on", "month")
    used = " ".join(mapping.get(role, "") for role in days)
    formats = [
        c.date_formats
        for c in seen.columns
        if c.name and c.name in used and c.date_formats not in ((), ("",))
    ]
    if not formats:
        return []
    common = [f for f in formats[0] if all(f in other for other in formats)]
    if len(common) == 1:
        return [f"      date_format: {_yaml(common[0])}    # a day above 12 proves the order of day and month"
                if not common[0].startswith("%Y") else f"      date_format: {_yaml(common[0])}"]  # fmt: skip
    if not common:
        return [f"      # dates are written in different ways: {', '.join(f for o in formats for f in o)}"]
    return [
        f"      # {_CHOOSE}: no day above 12 proves whether the day or the month comes first; remove one mark",
        *(f"      # date_format: {_yaml(one)}" for one in common),
    ]


def _no_log(tables: list[Seen]) -> list[str]:
    first = tables[0]
    names = [column.name for column in first.columns]
    return _table("transactions", first, {"customer_id": "", "date": "", "amount": ""}, None, names)


def _yaml(text: str) -> str:
    """Write a text as YAML, in quotes unless it can stand plain."""
    plain = re.fullmatch(r"[A-Za-z_/][A-Za-z0-9_/. -]*", text) and text == text.strip()
    return (
        text
        if plain and text.lower() not in ("true", "false", "null")
        else json.dumps(text, ensure_ascii=False)
    )
