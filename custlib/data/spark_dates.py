"""Days and moments: read from text, written as text and moved between zones, as DuckDB does, in Spark's words."""

import re

from custlib.data.spark_functions import NotPortable, literal


def at_zone(value: str, zone: str) -> str:
    """Give the clock's time in a zone at a moment; the session's own zone is UTC."""
    return f"convert_timezone('UTC', {zone}, CAST({value} AS TIMESTAMP_NTZ))"


def iso_moment(value: str, *, zoned: bool) -> str:
    """Read an ISO moment, with the offset that the caller has seen, or without one; what is none becomes NULL."""
    seconds = r"(:([0-9]{1,2})([.][0-9]+)?)"
    # with an offset DuckDB wants seconds, too
    rest = seconds + r" ?(Z|UTC|GMT|[-+][0-9]{2}(:?[0-9]{2})?)" if zoned else seconds + "?"
    pattern = literal(r"^([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{1,2}):([0-9]{1,2})" + rest + r"\z")

    def part(i: int, kind: str = "INT") -> str:
        return f"CAST(regexp_extract({value}, {pattern}, {i}) AS {kind})"

    seconds = f"coalesce(try_cast(regexp_extract({value}, {pattern}, 7) AS DECIMAL(8,6)), 0)"
    midnight = f"try_make_timestamp_ntz({part(1)}, {part(2)}, {part(3)}, 0, 0, 0)"
    hour, minute = part(4), part(5)
    valid = f"({hour} < 24 AND {minute} < 60 AND {seconds} < 60) OR ({hour} = 24 AND {minute} = 0 AND {seconds} = 0)"
    clock = f"timestampadd(SECOND, CAST({hour} * 3600 + {minute} * 60 + floor({seconds}) AS INT), {midnight})"
    if zoned:
        told = f"regexp_extract({value}, {pattern}, 9)"
        digits = f"replace({told}, ':', '')"
        size = f"(CAST(substring({digits}, 2, 2) AS INT) * 60 + coalesce(try_cast(substring({digits}, 4, 2) AS INT), 0))"
        minutes = f"CASE WHEN startswith({told}, '+') THEN -{size} WHEN startswith({told}, '-') THEN {size} ELSE 0 END"
        clock = f"CAST(timestampadd(MINUTE, {minutes}, {clock}) AS TIMESTAMP)"
    return f"CASE WHEN {value} RLIKE {pattern} THEN CASE WHEN {valid} THEN {clock} END END"


_PARTS = {"Y": ("([0-9]{1,4}+)", 0), "y": ("([0-9]{1,2}+)", 0), "m": ("([0-9]{1,2}+)", 1), "d": ("([0-9]{1,2}+)", 2),
          "H": ("([0-9]{1,2}+)", 3), "M": ("([0-9]{1,2}+)", 4), "S": ("([0-5]?[0-9])", 5)}  # fmt: skip


def read_moment(value: str, written: str, *, trying: bool) -> str:
    """Read a moment from text as `strptime` does; Spark's own formats are stricter in some places and laxer in others."""
    pattern, place, group = "^ *", {}, 0
    for found in re.finditer(r"%-?(.)|([^%])", written):
        if found[2]:
            pattern += re.escape(found[2])
            continue
        if found[1] not in _PARTS:
            raise NotPortable(f"{found[0]} in a format of dates")
        group += 1
        piece, index = _PARTS[found[1]]
        place[index] = (group, found[1])
        pattern += piece
    quoted = literal(pattern + " *\\z")
    numbers = ["1900", "1", "1", "0", "0", "0"]
    for index, (i, kind) in place.items():
        number = f"CAST(regexp_extract({value}, {quoted}, {i}) AS INT)"
        numbers[index] = (
            f"({number} + CASE WHEN {number} < 69 THEN 2000 ELSE 1900 END)" if kind == "y" else number
        )
    hours = f"{numbers[3]} < 24 AND " if 3 in place else ""
    made = f"try_make_timestamp_ntz({', '.join(numbers)})"
    read = f"CASE WHEN {value} RLIKE {quoted} AND {hours}true THEN {made} END"
    if trying:
        return read
    raised = "CAST(raise_error('not written so') AS TIMESTAMP_NTZ)"
    return f"coalesce({read}, CASE WHEN {value} IS NOT NULL THEN {raised} END)"


_WRITTEN = {"Y": "yyyy", "y": "yy", "m": "MM", "d": "dd", "H": "HH", "M": "mm", "S": "ss", "j": "DDD"}


def write_moment(value: str, written: str) -> str:
    """Write a day or moment as `strftime` does."""
    pattern = ""
    for found in re.finditer(r"%(.)|([^%]+)", written):
        if found[2]:
            pattern += "'" + found[2].replace("'", "''") + "'"
        elif found[1] in _WRITTEN:
            pattern += _WRITTEN[found[1]]
        else:
            raise NotPortable(f"{found[0]} in a format of dates")
    return f"date_format({value}, {literal(pattern)})"
