"""Casts: rounding, writing and failing as DuckDB does, in Spark's words."""

import re

from custlib.data.spark_dates import at_zone, iso_moment
from custlib.data.spark_functions import FLOATS, MOMENTS, WHOLE, ZONED, NotPortable, literal, spark_type

_NUMBER = r"^\s*[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*\z"
_NO_NUMBER = r"^\s*(?i:[-+]?inf|[-+]?infinity|nan)\s*\z"
_WHOLE_NUMBER = r"^\s*[-+]?[0-9]+\s*\z"


def double_text(value: str) -> str:
    """Write a double as DuckDB does: 1e+16 from sixteen digits on and below 0.0001, plain digits between."""
    plain = f"regexp_replace(CAST(CAST({value} AS DECIMAL(38,20)) AS STRING), '0+\\\\z', '')"
    plain = f"CASE WHEN endswith({plain}, '.') THEN concat({plain}, '0') ELSE {plain} END"
    java = f"CAST({value} AS STRING)"  # such as 1.0E16, 1.25E-7
    power = f"CAST(substring_index({java}, 'E', -1) AS INT)"
    sign = f"CASE WHEN {power} < 0 THEN '-' ELSE '+' END"
    digits = f"regexp_replace(substring_index({java}, 'E', 1), '[.]0\\\\z', '')"
    scientific = f"concat({digits}, 'e', {sign}, lpad(abs({power}), greatest(2, length(abs({power}))), '0'))"
    infinite = f"abs({value}) = double('infinity')"
    return (
        f"CASE WHEN isnan({value}) THEN 'nan' "
        f"WHEN {infinite} THEN CASE WHEN {value} > 0 THEN 'inf' ELSE '-inf' END "
        f"WHEN {value} <> 0 AND (abs({value}) >= 1e16D OR abs({value}) < 1e-4D) THEN {scientific} "
        f"ELSE {plain} END"
    )


def as_text(value: str, type_: str, zone: str) -> str:
    """Write a value as DuckDB's cast to text does."""
    if type_ == "DOUBLE":
        return double_text(value)
    if type_ == "FLOAT":
        return double_text(f"CAST(CAST({value} AS STRING) AS DOUBLE)")
    if type_ == ZONED:
        local = at_zone(value, zone)
        minutes = f"timestampdiff(MINUTE, CAST({value} AS TIMESTAMP_NTZ), {local})"
        sign = f"CASE WHEN {minutes} < 0 THEN '-' ELSE '+' END"
        rest = (
            f"CASE WHEN {minutes} % 60 <> 0 THEN concat(':', lpad(abs({minutes} % 60), 2, '0')) ELSE '' END"
        )
        return f"concat(CAST({local} AS STRING), {sign}, lpad(abs({minutes} div 60), 2, '0'), {rest})"
    return f"CAST({value} AS STRING)"


def cast(value: str, source: str, target: str, zone: str, *, trying: bool, ours: bool) -> str:
    """Bring a value from one DuckDB type to another, rounding and failing as DuckDB does.

    Parameters
    ----------
    zone : str
        The company's time zone, quoted: in it DuckDB reads and writes moments.
    trying : bool
        Whether what cannot be brought over becomes NULL; else the query fails.
    ours : bool
        Whether the statement is the workbook's own, which guards what it casts; a person's need not.
    """
    to, word = spark_type(target), "try_cast" if trying else "CAST"
    if source == target or (source in MOMENTS and target in MOMENTS):
        # Spark's sums and products may be wider than what DuckDB calls the same type
        return f"{word}({value} AS {to})" if source in WHOLE or source.startswith("DECIMAL") else value
    if target == "VARCHAR":
        spark_type(source)
        return as_text(value, source, zone)
    if source == "VARCHAR":
        return _from_text(value, target, to, trying=trying, ours=ours)
    if source in FLOATS and target.startswith("DECIMAL"):
        return _from_float(value, target, trying=trying)
    if source in FLOATS and target == "HUGEINT":
        small = f"abs({value}) < 9e18D"
        return f"CASE WHEN {small} THEN CAST(CAST(rint({value}) AS BIGINT) AS {to}) ELSE {word}({value} AS {to}) END"
    if source in FLOATS and target in WHOLE:
        return f"{word}(rint({value}) AS {to})"
    if source.startswith("DECIMAL") and target in WHOLE:
        return f"{word}(round({value}, 0) AS {to})"
    if source == ZONED and (target == "DATE" or target in MOMENTS):
        return f"CAST({at_zone(value, zone)} AS {to})"
    if target == ZONED and (source == "DATE" or source in MOMENTS):
        return f"CAST(convert_timezone({zone}, 'UTC', CAST({value} AS TIMESTAMP_NTZ)) AS TIMESTAMP)"
    numbers = {*WHOLE, *FLOATS, "BOOLEAN", '"NULL"'}
    days = {"DATE", *MOMENTS}
    for kinds in (numbers, days):
        known = [
            kind in kinds or (kinds is numbers and kind.startswith("DECIMAL")) for kind in (source, target)
        ]
        if all(known) or source == '"NULL"':
            return f"{word}({value} AS {to})"
    raise NotPortable(f"a cast of {source} to {target}")


def _from_text(value: str, target: str, to: str, *, trying: bool, ours: bool) -> str:
    otherwise = (
        "" if trying else f"WHEN {value} IS NOT NULL THEN CAST(raise_error('not such a value') AS {to}) "
    )
    if target in WHOLE:
        through = f"try_cast(round(try_cast({value} AS DECIMAL(38,10)), 0) AS {to})"
        read = f"WHEN {value} RLIKE {literal(_WHOLE_NUMBER)} THEN try_cast({value} AS {to}) "
        read += f"WHEN {value} RLIKE {literal(_NUMBER)} THEN {through} "
    elif target in FLOATS or target.startswith("DECIMAL"):
        known = f"{_NUMBER}|{_NO_NUMBER}" if target in FLOATS else _NUMBER
        read = f"WHEN {value} RLIKE {literal(known)} THEN try_cast({value} AS {to}) "
    elif ours and target in ("TIMESTAMP", ZONED):
        return iso_moment(value, zoned=target == ZONED)
    else:
        hint = "; try_strptime(..., '%Y-%m-%d') reads text" if target in ("DATE", "TIMESTAMP", ZONED) else ""
        raise NotPortable(f"a cast of text to {target}{hint}")
    if trying:
        return f"CASE {read}END"
    return f"CASE WHEN (CASE {read}END) IS NOT NULL THEN (CASE {read}END) {otherwise}END"


def _from_float(value: str, target: str, *, trying: bool) -> str:
    """Round half away from zero, as DuckDB does: it nudges by a thousand-millionth of the last place first."""
    found = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", target)
    assert found
    width, scale = int(found[1]), int(found[2])
    if width > 18:
        # what follows goes through 64 bits
        raise NotPortable(f"a cast of a float to {target}, which has more than 18 digits")
    value = f"CAST({value} AS DOUBLE)"
    units = f"rint({value} * 1e{scale}D + signum({value}) * 1e-9D)"
    unit = f"CAST('1e-{scale}' AS DECIMAL({scale + 1},{scale}))"
    exact = f"CAST(CAST(CAST({units} AS BIGINT) AS DECIMAL(19,0)) * {unit} AS {target})"
    otherwise = "" if trying else f"WHEN {value} IS NOT NULL THEN CAST(raise_error('too large') AS {target}) "
    return f"CASE WHEN abs({units}) < 1e{width}D THEN {exact} {otherwise}END"
