"""How Spark writes what DuckDB's functions and casts mean: each as a text of Spark SQL, from texts of Spark SQL.

Both engines have most names in common and mean other things by some of them. Spark's `trunc` is of dates, its casts
cut where DuckDB rounds, its `trim` knows one kind of blank, and its hash passes over what is missing.
"""

import re

# DuckDB's types, and how Spark calls them.
TYPES = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INTEGER": "INT", "BIGINT": "BIGINT",
    "HUGEINT": "DECIMAL(38,0)", "UTINYINT": "SMALLINT", "USMALLINT": "INT", "UINTEGER": "BIGINT",
    "UBIGINT": "DECIMAL(20,0)", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "VARCHAR": "STRING", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMP_S": "TIMESTAMP_NTZ", "TIMESTAMP_MS": "TIMESTAMP_NTZ",
    "TIMESTAMP_NS": "TIMESTAMP_NTZ", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "BLOB": "BINARY", '"NULL"': "INT",
}  # fmt: skip
WHOLE = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
}  # fmt: skip
FLOATS = {"FLOAT", "DOUBLE"}
MOMENTS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
ZONED = "TIMESTAMP WITH TIME ZONE"

# What DuckDB's trim takes away: blanks of every width, and nothing else (no tab, no line feed).
_BLANKS = "".join(map(chr, [0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]))


class NotPortable(Exception):
    """Something of DuckDB's that Spark does not have with the same meaning; its text names it."""


def spark_type(type_: str) -> str:
    """Give Spark's name of a DuckDB type.

    Raises
    ------
    NotPortable
        When the type is nested or unknown to Spark.
    """
    if type_.startswith("DECIMAL"):
        return type_
    if type_ not in TYPES:
        raise NotPortable(f"the type {type_}")
    return TYPES[type_]


def literal(text: str) -> str:
    """Quote a text for Spark, whose backslash escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote(name: str) -> str:
    """Quote a column or table name for Spark."""
    return "`" + name.replace("`", "``") + "`"


def trimmed(text: str, side: str = "BOTH") -> str:
    """Take blanks away as DuckDB does."""
    return f"trim({side} {literal(_BLANKS)} FROM {text})"


def java_pattern(pattern: str) -> str:
    """Write a regular expression of RE2 for Java: a dot stops at line feeds only, `$` is the very end.

    Raises
    ------
    NotPortable
        When it uses what the two read differently.
    """
    written, i, inside = "(?d)", 0, False
    while i < len(pattern):
        mark = pattern[i]
        if mark == "\\":
            known = re.match(r"\\(x\{[0-9A-Fa-f]+\}|[dDwW]|[^A-Za-z0-9])", pattern[i:])
            if not known:
                raise NotPortable(f"{pattern[i : i + 2]} in a regular expression")
            written += known[0]
            i += known.end()
            continue
        if mark == "[" and inside and pattern[i : i + 2] != "[:":
            written += "\\["  # Java would begin a class within the class
        elif (inside and mark == "[") or (
            pattern[i : i + 2] == "(?" and pattern[i : i + 3] != "(?:" and not inside
        ):
            raise NotPortable(f"{pattern[i : i + 3]} in a regular expression")
        elif mark == "&" and inside and pattern[i : i + 2] == "&&":
            raise NotPortable("&& in a regular expression")
        else:
            written += "\\z" if mark == "$" and not inside else mark
        inside = (inside or mark == "[") and not (mark == "]" and inside)
        i += 1
    return written


def replacement(text: str) -> str:
    r"""Write what is put in place of a match: DuckDB's \1 is Java's $1."""
    return re.sub(r"\\([0-9])", r"$\1", text.replace("$", "\\$"))


def hashed(values: list[str]) -> str:
    """Hash a row. What is missing would leave Spark's hash as it was, so each value tells whether it is there."""
    told = ", ".join(f"{value}, isnull({value})" for value in values)
    return f"CAST(xxhash64({told}) AS DECIMAL(38,0))"
