"""Numbers and days: reckoned with as DuckDB does, in Spark's words."""

from sqlglot import exp

from custlib.data import spark_functions as spark
from custlib.data.spark_dates import read_moment, write_moment
from custlib.data.spark_functions import FLOATS, MOMENTS, WHOLE, NotPortable
from custlib.data.spark_writer import Writer, name_of

PARTS: dict[type[exp.Expression], str] = {
    exp.Year: "year", exp.Quarter: "quarter", exp.Month: "month", exp.Day: "day",
}  # fmt: skip
UNITS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY")


class Numbers(Writer):
    """Writes what is done with numbers, and with a day and a number of days."""

    def sum_of(self, node: exp.Expression) -> str:
        """Write + and -: of numbers, of a day and a number of days, of a day and an interval."""
        if isinstance(node.expression, exp.Interval):
            return self._moved(node, as_day=False)
        one, other = self.type(node.this), self.type(node.expression)
        sign = "+" if isinstance(node, exp.Add) else "-"
        left, right = self.value(node.this), self.value(node.expression)
        if one == other == "DATE" and sign == "-":
            return f"CAST(datediff({left}, {right}) AS BIGINT)"
        numbers = all(
            kind in WHOLE | FLOATS | {'"NULL"'} or kind.startswith("DECIMAL") for kind in (one, other)
        )
        if numbers or (one == "DATE" and other in WHOLE):
            return f"({left} {sign} {right})"
        raise NotPortable(f"{one} {sign} {other}")

    def _moved(self, node: exp.Expression, *, as_day: bool) -> str:
        """Write a day or moment moved by an interval: DuckDB makes a moment of a day."""
        interval, source = node.expression, self.type(node.this)
        unit, count = interval.text("unit").upper(), interval.this
        if unit not in UNITS or not isinstance(count, exp.Literal) or source not in {"DATE", *MOMENTS}:
            raise NotPortable(interval.sql(dialect="duckdb"))
        number = int(count.name) * (1 if isinstance(node, exp.Add) else -1)
        months = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}.get(unit)
        value = self.value(node.this)
        if source != "DATE":
            shown = (
                f"INTERVAL '{number * months}' MONTH"
                if months
                else f"INTERVAL '{number * (7 if unit == 'WEEK' else 1)}' DAY"
            )
            return f"({value} + {shown})"
        day = (
            f"add_months({value}, {number * months})"
            if months
            else f"date_add({value}, {number * (7 if unit == 'WEEK' else 1)})"
        )
        return day if as_day else f"CAST({day} AS TIMESTAMP_NTZ)"

    def divided(self, node: exp.Expression) -> str:
        """Write a / b, which DuckDB computes in doubles; by zero it is infinite."""
        one, other = (f"CAST({self.value(side)} AS DOUBLE)" for side in (node.this, node.expression))
        zero = f"CASE WHEN {one} = 0 OR isnan({one}) THEN double('NaN') ELSE signum({one}) * double('infinity') END"
        whole = f"({one} / {other})"
        if isinstance(node.expression, exp.Literal) and float(node.expression.name) != 0:
            return whole
        return f"(CASE WHEN {other} = 0 THEN CASE WHEN {one} IS NOT NULL THEN {zero} END ELSE {whole} END)"

    def remainder(self, node: exp.Expression) -> str:
        """Write a // b and a % b of whole numbers; by zero they are NULL."""
        if not {self.type(node.this), self.type(node.expression)} <= WHOLE:
            raise NotPortable(name_of(node) + " of what are no whole numbers")
        sign = "div" if isinstance(node, exp.IntDiv) else "%"
        return f"({self.value(node.this)} {sign} nullif({self.value(node.expression)}, 0))"

    def rounded(self, node: exp.Expression) -> str:
        """Write round, floor, ceil and trunc: of doubles they are doubles."""
        value, source, decimals = self.value(node.this), self.type(node.this), node.args.get("decimals")
        if decimals is not None and not (isinstance(decimals, exp.Literal) and not decimals.is_string):
            raise NotPortable("rounding to places that are no plain number")
        places = int(decimals.name) if decimals is not None else 0
        if source in FLOATS:
            if isinstance(node, exp.Trunc):
                return f"(CASE WHEN abs({value}) < 9e15D THEN {value} - {value} % 1.0D ELSE {value} END)"
            if isinstance(node, exp.Round):
                whole = f"(round({value} * 1e{places}D, 0) / 1e{places}D)"
                return f"CASE WHEN abs({value}) < 1e{15 - min(places, 15)}D THEN {whole} ELSE {value} END"
            word = "floor" if isinstance(node, exp.Floor) else "ceil"
            return f"(CASE WHEN abs({value}) < 9e15D THEN CAST({word}({value}) AS DOUBLE) ELSE {value} END)"
        if source in WHOLE and places == 0:
            return value
        if source.startswith("DECIMAL") and isinstance(node, exp.Round | exp.Floor | exp.Ceil):
            word = {exp.Round: "round", exp.Floor: "floor"}.get(type(node), "ceil")
            return f"{word}({value}{f', {places}' if isinstance(node, exp.Round) else ''})"
        raise NotPortable(f"{name_of(node)} of {source}")

    def infinite(self, node: exp.Expression) -> str:
        """Write isnan, isinf and isfinite, which of what is missing are missing."""
        value = self.value(node.this)
        if isinstance(node, exp.IsInf):
            return f"(abs({value}) = double('infinity'))"
        return f"(CASE WHEN {value} IS NOT NULL THEN isnan({value}) END)"

    def added_up(self, node: exp.Sum) -> str:
        """Write sum; 64 bits hold the counts, and a query fails where they do not."""
        value, source = self.value(node.this), self.type(node.this)
        return (
            f"sum(CAST({value} AS BIGINT))" if source in WHOLE - {"UBIGINT", "HUGEINT"} else f"sum({value})"
        )


class Days(Writer):
    """Writes what is done with days and moments."""

    def read(self, node: exp.StrToTime) -> str:
        """Write strptime."""
        return read_moment(
            self.value(node.this), self._text(node.args["format"], "a format of dates"), trying=False
        )

    def written(self, node: exp.TimeToStr) -> str:
        """Write strftime."""
        if self.type(node.this) not in {"DATE", *MOMENTS}:
            raise NotPortable(f"strftime of {self.type(node.this)}")
        return write_moment(self.value(node.this), self._text(node.args["format"], "a format of dates"))

    def truncated(self, node: exp.Expression) -> str:
        """Write date_trunc, of whichever type DuckDB makes it."""
        unit, source, target = node.args["unit"].name.upper(), self.type(node.this), self.type(node)
        if unit not in UNITS or source not in {"DATE", *MOMENTS}:
            raise NotPortable(f"date_trunc of {source} to {unit.lower()}")
        day = f"CAST({self.value(node.this)} AS DATE)"
        day = day if unit == "DAY" else f"trunc({day}, '{unit}')"
        return f"CAST({day} AS {spark.spark_type(target)})"

    def _part(self, node: exp.Expression, part: str) -> str:
        if self.type(node) not in {"DATE", *MOMENTS}:
            raise NotPortable(f"{part} of {self.type(node)}")
        return f"CAST({part}({self.value(node)}) AS BIGINT)"

    def part_of(self, node: exp.Extract) -> str:
        """Write extract(month FROM ...)."""
        part = node.name.lower()
        if part not in PARTS.values():
            raise NotPortable(f"extract({part} FROM ...)")
        return self._part(node.expression, part)

    def days_between(self, node: exp.DateDiff) -> str:
        """Write date_diff('day', a, b)."""
        if node.text("unit").upper() != "DAY" or {self.type(node.this), self.type(node.expression)} != {
            "DATE"
        }:
            raise NotPortable("date_diff of what are no days")
        return f"CAST(datediff({self.value(node.this)}, {self.value(node.expression)}) AS BIGINT)"
