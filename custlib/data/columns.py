"""DuckDB expressions that bring a source column to a kind of the contract.

None of them raises on a bad value: what cannot be converted becomes NULL, and the checks
count it against the value it came from.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from custlib.data.schema import MONEY_TYPE, Kind
from custlib.errors import DataError

_WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
)
_FLOATS = ("FLOAT", "DOUBLE")


def quote(name: str) -> str:
    """Quote a column or table name for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: object) -> str:
    """Quote the path of one file for DuckDB, to which * ? and [ in it would be a pattern of many."""
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def is_text(type_: str) -> bool:
    """Say whether a DuckDB type holds text."""
    return type_ == "VARCHAR"


def is_number(type_: str) -> bool:
    """Say whether a DuckDB type holds numbers."""
    return type_ in _WHOLE or type_ in _FLOATS or type_.startswith("DECIMAL")


def is_float(type_: str) -> bool:
    """Say whether a DuckDB type is a binary float, which may hold NaN and infinity."""
    return type_ in _FLOATS


def given(value: str, type_: str) -> str:
    """Test whether anything was written in a column: NULL, blanks and NaN are nothing."""
    if is_text(type_):
        # trim is dear, and few values begin with a blank
        return f"(CASE WHEN starts_with({value}, ' ') THEN trim({value}) <> '' ELSE {value} <> '' END)"
    if is_float(type_):
        return f"({value} IS NOT NULL AND NOT isnan({value}))"
    return f"({value} IS NOT NULL)"


def convert(
    value: str, type_: str, kind: Kind, *, date_format: str | None, decimal: str | None, timezone: str
) -> str:
    """Give the expression that brings `value`, of DuckDB type `type_`, to a kind of the contract."""
    if kind == "id":
        return id_sql(value, type_)
    if kind == "date":
        return date_sql(value, type_, date_format, timezone)
    if kind == "month":
        return month_sql(value, type_, date_format, timezone)
    if kind == "money":
        return f"try_cast({number_sql(value, type_, decimal, MONEY_TYPE)} AS {MONEY_TYPE})"
    if kind == "number":
        return number_sql(value, type_, decimal, "DOUBLE")
    if kind == "flag":
        return flag_sql(value, type_)
    return f"nullif(trim(CAST({value} AS VARCHAR)), '')"


def id_sql(value: str, type_: str) -> str:
    """Write an id as trimmed text; 17850.0 becomes 17850, blanks and NaN become NULL."""
    if is_float(type_):
        whole = f"CAST(CAST({value} AS HUGEINT) AS VARCHAR)"
        return (
            f"CASE WHEN isnan({value}) OR isinf({value}) THEN NULL "
            f"WHEN {value} = trunc({value}) AND abs({value}) < 1e18 THEN {whole} ELSE CAST({value} AS VARCHAR) END"
        )
    text = value if is_text(type_) else f"CAST({value} AS VARCHAR)"
    if not is_text(type_) and not type_.startswith("DECIMAL"):
        return text
    # cheap tests first: trim and the regular expression are dear, and almost no id needs them
    return (
        f"CASE WHEN contains({text}, '.') THEN regexp_replace(trim({text}), '^(-?[0-9]+)\\.0+$', '\\1') "
        f"WHEN {text} = '' OR starts_with({text}, ' ') OR ends_with({text}, ' ') THEN nullif(trim({text}), '') "
        f"ELSE {text} END"
    )


def id_mended(value: str, type_: str) -> str:
    """Test whether an id was written as a whole number with a fraction of zeros."""
    if is_float(type_):
        return f"({value} IS NOT NULL AND isfinite({value}) AND {value} = trunc({value}))"
    if is_text(type_) or type_.startswith("DECIMAL"):
        text = value if is_text(type_) else f"CAST({value} AS VARCHAR)"
        # CASE, because AND would evaluate the regular expression for every row
        return f"CASE WHEN contains({text}, '.') THEN regexp_full_match(trim({text}), '-?[0-9]+\\.0+') ELSE false END"
    return "false"


def id_spoiled(value: str, type_: str) -> str:
    """Test whether an id lost digits on its way: 1.23457E+11, or a float beyond 2 ** 53."""
    if is_float(type_):
        return f"(isfinite({value}) AND abs({value}) > 9007199254740992)"
    if is_text(type_):
        written = "[0-9]([.,][0-9]+)?E\\+[0-9]+"
        return f"CASE WHEN contains({value}, 'E+') THEN regexp_full_match(trim({value}), '{written}') ELSE false END"
    return "false"


def date_sql(value: str, type_: str, date_format: str | None, timezone: str) -> str:
    """Read a day; text without a declared format is read only when it is an ISO date.

    Moments with an offset are moved to the company's time zone first.
    """
    zone = literal(timezone)
    if type_ == "DATE":
        return value
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"CAST({value} AT TIME ZONE {zone} AS DATE)"
    if type_.startswith("TIMESTAMP"):
        return f"CAST({value} AS DATE)"
    text = f"trim({value})" if is_text(type_) else id_sql(value, type_)
    if date_format:
        moment = f"try_strptime({text}, {literal(date_format)})"
        return (
            f"CAST({moment} AT TIME ZONE {zone} AS DATE)"
            if "%z" in date_format
            else f"CAST({moment} AS DATE)"
        )
    if not is_text(type_):
        return "CAST(NULL AS DATE)"
    offset = f"regexp_matches({text}, '( ?(Z|UTC|GMT)|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$')"
    return (
        f"CASE WHEN length({text}) = 10 THEN CAST(try_strptime({text}, '%Y-%m-%d') AS DATE) "
        f"WHEN NOT regexp_matches({text}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:') THEN NULL "
        f"WHEN {offset} THEN CAST(try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE {zone} AS DATE) "
        f"ELSE CAST(try_cast({text} AS TIMESTAMP) AS DATE) END"
    )


def month_sql(value: str, type_: str, date_format: str | None, timezone: str) -> str:
    """Read a month: any day in it, or the text 2026-06."""
    day = date_sql(value, type_, date_format, timezone)
    if is_text(type_) and not date_format:
        text = f"trim({value})"
        day = f"CASE WHEN length({text}) = 7 THEN CAST(try_strptime({text}, '%Y-%m') AS DATE) ELSE {day} END"
    return f"CAST(date_trunc('month', {day}) AS DATE)"


def number_pattern(decimal: str | None) -> str:
    """Give the regular expression of a number; groups of three need a declared decimal mark."""
    if decimal is None:
        return "[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?"
    mark = "\\." if decimal == "." else ","
    return f"[-+]?([0-9]+|[0-9]{{1,3}}({_groups(decimal)}[0-9]{{3}})+)({mark}[0-9]*)?|[-+]?{mark}[0-9]+"


def _groups(decimal: str) -> str:
    """Give what may stand between groups of three digits: the other mark, an apostrophe, blanks of any width."""
    return f"[{',' if decimal == '.' else '.'}’ \\x{{A0}}\\x{{2009}}\\x{{202F}}]"


def number_sql(value: str, type_: str, decimal: str | None, target: str) -> str:
    """Read a number; text must be one whole number in the declared writing, or it becomes NULL."""
    if not is_text(type_):
        if is_float(type_):
            return f"CASE WHEN isfinite({value}) THEN {value} END"
        return value if is_number(type_) else f"CAST(NULL AS {target})"
    text = f"trim({value})"
    if decimal is None:
        # a plain cast also reads 1_000 and nan; the pattern keeps to what people write
        return f"CASE WHEN regexp_full_match({text}, '{number_pattern(None)}') THEN try_cast({text} AS {target}) END"
    plain = f"replace(regexp_replace({text}, '{_groups(decimal)}', '', 'g'), '{decimal}', '.')"
    return f"CASE WHEN regexp_full_match({text}, '{number_pattern(decimal)}') THEN try_cast({plain} AS {target}) END"


def flag_sql(value: str, type_: str) -> str:
    """Read true/false, yes/no, y/n, t/f and 1/0; anything else becomes NULL."""
    if type_ == "BOOLEAN":
        return value
    text = f"lower(trim(CAST({value} AS VARCHAR)))"
    return (
        f"CASE WHEN {text} IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true "
        f"WHEN {text} IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
    )


def unique_names(table: str, file: Path, names: list[str]) -> list[str]:
    """Name nameless columns by position and refuse a name that two columns share."""
    names = [name or f"column{i}" for i, name in enumerate(names)]
    if shared := twice(names):
        raise DataError(
            f"{table}: file {file.name!r} has two columns called {shared!r}\n  rename one of them"
        )
    return names


def twice(names: Sequence[str]) -> str | None:
    """Give a name that two columns share, as DuckDB reads names: in capitals or not."""
    counted = Counter(name.casefold() for name in names)
    return next((name for name in names if counted[name.casefold()] > 1), None)
