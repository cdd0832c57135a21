"""From DuckDB's SQL, in which company files and the source layer are written, to Spark's.

Every construct and function is named here with what Spark must be told for the same meaning; what is not named is
refused, never passed on in the hope that the two agree. sqlglot reads the statement. Where the meaning hangs on a
type (a cast rounds or cuts, a day less a day is a number), DuckDB itself is asked for it: it holds every table of
the company without its rows.
"""

from collections.abc import Callable, Iterable
from typing import Any

import sqlglot
from sqlglot import exp

from custlib.data import spark_functions as spark
from custlib.data.spark_casts import cast
from custlib.data.spark_choices import Choices
from custlib.data.spark_dates import at_zone, read_moment
from custlib.data.spark_functions import FLOATS, ZONED, NotPortable, literal, quote
from custlib.data.spark_numbers import PARTS, Days, Numbers
from custlib.data.spark_texts import Texts
from custlib.data.spark_writer import name_of

TypeOf = Callable[[str], str]

_BINARY: dict[type[exp.Expression], str] = {
    exp.And: "AND", exp.Or: "OR", exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
    exp.Mul: "*", exp.NullSafeEQ: "<=>",
}  # fmt: skip
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ)
# Functions of one name and one meaning, for values that a person may write.
_SAME: dict[type[exp.Expression], str] = {
    exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Greatest: "greatest", exp.Least: "least", exp.Abs: "abs",
    exp.Lower: "lower", exp.Upper: "upper", exp.Length: "length", exp.Replace: "replace",
    exp.StartsWith: "startswith", exp.EndsWith: "endswith", exp.Contains: "contains",
}  # fmt: skip
_OF_TEXT = {exp.Lower, exp.Upper, exp.Length, exp.Replace, exp.StartsWith, exp.EndsWith, exp.Contains}
_AGGREGATES: dict[type[exp.Expression], str] = {exp.Min: "min", exp.Max: "max", exp.BitwiseOrAgg: "bit_or"}
_CLAUSES = {
    "with_", "distinct", "expressions", "from_", "joins", "where", "group", "having", "order", "limit",
}  # fmt: skip


def to_spark(query: str, type_of: TypeOf, *, zone: str) -> str:
    """Translate a statement of the workbook.

    Parameters
    ----------
    type_of : callable
        Gives DuckDB's type of the only column of a query.
    zone : str
        The company's time zone.

    Raises
    ------
    NotPortable
        When something in it is not known to mean the same in Spark.
    """
    statement: Any = sqlglot.parse_one(query, read="duckdb")
    return _Writer(type_of, zone, ours=True).query(statement)


def expression_to_spark(text: str, view: str, type_of: TypeOf, *, zone: str) -> str:
    """Translate an expression of a company file over a view's columns.

    Raises
    ------
    NotPortable
        When something in it is not known to mean the same in Spark.
    """
    select: Any = sqlglot.parse_one(f"SELECT ({text}\n) FROM {view}", read="duckdb")
    return _Writer(type_of, zone, ours=False).value(select.selects[0])


class _Writer(Texts, Numbers, Days, Choices):
    """Writes one statement; a person's own may hold no queries, aggregates or windows."""

    def __init__(self, type_of: TypeOf, zone: str, *, ours: bool) -> None:
        self._type_of, self._zone, self._ours = type_of, literal(zone), ours
        self._types: dict[tuple[int, str], str] = {}

    def type(self, node: exp.Expression) -> str:
        """Ask DuckDB of which type a part of a statement is, among the tables that part sees."""
        select = node.parent_select
        text = node.sql(dialect="duckdb")
        if select is None or not select.args.get("from_"):
            return self._type_of(f"SELECT {text}")
        key = (id(select), text)
        if key not in self._types:
            seen = exp.Select(
                expressions=[exp.Paren(this=node.copy())],
                from_=select.args["from_"].copy(),
                joins=[join.copy() for join in select.args.get("joins") or []],
            )
            told = [
                one for above in _above(select) for one in (above.args.get("with_") or exp.With()).expressions
            ]
            named = ", ".join(one.sql(dialect="duckdb") for one in reversed(told))
            self._types[key] = self._type_of(
                f"{f'WITH {named} ' if named else ''}{seen.sql(dialect='duckdb')}"
            )
        return self._types[key]

    def query(self, node: exp.Expression | None) -> str:
        """Write a SELECT, or several united."""
        if isinstance(node, exp.Subquery):
            return self.query(node.this)
        if isinstance(node, exp.Union):
            every = "" if node.args.get("distinct") else " ALL"
            return f"({self.query(node.this)}) UNION{every} ({self.query(node.expression)})"
        if not isinstance(node, exp.Select):
            raise NotPortable(type(node).__name__)
        for name, part in node.args.items():
            if part and name not in _CLAUSES:
                raise NotPortable(name.strip("_"))
        written = f"SELECT {'DISTINCT ' if node.args.get('distinct') else ''}{self._all(node.expressions)}"
        if node.args.get("with_"):
            parts = [
                f"{quote(one.alias)} AS ({self.query(one.this)})" for one in node.args["with_"].expressions
            ]
            written = f"WITH {', '.join(parts)} {written}"
        if node.args.get("from_"):
            written += f" FROM {self._relation(node.args['from_'].this)}"
        for join in node.args.get("joins") or []:
            written += self._join(join)
        if where := node.args.get("where"):
            written += f" WHERE {self.value(where.this)}"
        if group := node.args.get("group"):
            written += f" GROUP BY {self._all(group.expressions)}"
        if having := node.args.get("having"):
            written += f" HAVING {self.value(having.this)}"
        if order := node.args.get("order"):
            written += f" {self._order(order)}"
        if limit := node.args.get("limit"):
            written += f" LIMIT {self.value(limit.expression)}"
        return written

    def _relation(self, node: exp.Expression) -> str:
        alias = f" AS {quote(node.alias)}" if node.alias else ""
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and not node.args.get("db"):
            return quote(node.name) + alias
        if isinstance(node, exp.Subquery):
            return f"({self.query(node.this)}){alias}"
        raise NotPortable(node.sql(dialect="duckdb"))

    def _join(self, join: exp.Join) -> str:
        side = " ".join(str(join.args[name]) for name in ("side", "kind") if join.args.get(name))
        on = f" ON {self.value(join.args['on'])}" if join.args.get("on") else ""
        if join.args.get("using") or join.args.get("method"):
            raise NotPortable("USING")
        return f" {side or ('INNER' if on else 'CROSS')} JOIN {self._relation(join.this)}{on}"

    def _order(self, order: exp.Order) -> str:
        parts = [
            f"{self.value(one.this)} {'DESC' if one.args.get('desc') else 'ASC'} "
            f"NULLS {'FIRST' if one.args.get('nulls_first') else 'LAST'}"
            for one in order.expressions
        ]
        return f"ORDER BY {', '.join(parts)}"

    def _all(self, nodes: Iterable[exp.Expression]) -> str:
        return ", ".join(self.value(node) for node in nodes)

    def value(self, node: exp.Expression) -> str:
        """Write a value; every operation in brackets, so that no order of precedence matters."""
        kind = type(node)
        if kind in _BINARY:
            return f"({self._side(node, node.this)} {_BINARY[kind]} {self._side(node, node.expression)})"
        if kind in _SAME:
            parts = [node.this, node.args.get("expression"), node.args.get("replacement"), *node.expressions]
            given = [part for part in parts if part is not None]
            if kind in _OF_TEXT:
                return f"{_SAME[kind]}({', '.join(map(self._as_text, given))})"
            self._alike(given)
            return f"{_SAME[kind]}({self._all(given)})"
        if kind in PARTS:
            return self._part(node.this, PARTS[kind])
        writer = _WRITERS.get(kind) or (_OF_OURS.get(kind) if self._ours else None)
        if writer is None and kind in _AGGREGATES and self._ours:
            return f"{_AGGREGATES[kind]}({self.value(node.this)})"
        if writer is None:
            raise NotPortable(name_of(node))
        return writer(self, node)

    def _side(self, node: exp.Expression, side: exp.Expression) -> str:
        """Write one side of an operation; a day moved by months stays a day where it is only compared."""
        inner = side.unnest()
        if isinstance(node, _COMPARED):
            if isinstance(inner, exp.Add | exp.Sub) and isinstance(inner.expression, exp.Interval):
                return self._moved(inner, as_day=True)
            self._alike([node.this, node.expression], compared=True)
        return self.value(side)

    def cast(self, node: exp.Expression) -> str:
        """Write a cast; a quoted day is a day."""
        inner, target = node.this, self.type(node)
        if isinstance(inner, exp.Literal) and inner.is_string and target == "DATE":
            return f"DATE {literal(inner.name)}"
        if isinstance(inner, exp.Null):
            return f"CAST(NULL AS {spark.spark_type(target)})"
        trying = isinstance(node, exp.TryCast)
        source = self.type(inner)
        return cast(self.value(inner), source, target, self._zone, trying=trying, ours=self._ours)

    def at_zone(self, node: exp.AtTimeZone) -> str:
        """Write the clock's time of a moment in a zone, or the moment of a clock's time."""
        zone = self._quoted(node.args["zone"], "a time zone")
        source = self.type(node.this)
        if source == ZONED:
            return at_zone(self.value(node.this), zone)
        return cast(self.value(node.this), source, ZONED, zone, trying=False, ours=self._ours)

    def named(self, node: exp.Anonymous) -> str:
        """Write the functions that sqlglot does not know."""
        word, parts = node.name.lower(), node.expressions
        if word == "isfinite" and len(parts) == 1 and self.type(parts[0]) in FLOATS:
            value = self.value(parts[0])
            return f"(CASE WHEN {value} IS NOT NULL THEN NOT isnan({value}) AND abs({value}) <> double('infinity') END)"
        if word == "try_strptime" and len(parts) == 2:
            written = self._text(parts[1], "a format of dates")
            return read_moment(self.value(parts[0]), written, trying=True)
        if word == "hash" and self._ours:
            return spark.hashed([self.value(part) for part in parts])
        raise NotPortable(f"{word}()")

    def count(self, node: exp.Count) -> str:
        """Write count, also of what is distinct."""
        if isinstance(node.this, exp.Distinct):
            return f"count(DISTINCT {self._all(node.this.expressions)})"
        return f"count({self.value(node.this)})"

    def window(self, node: exp.Window) -> str:
        """Write row_number() OVER (...)."""
        if not isinstance(node.this, exp.RowNumber) or node.args.get("spec"):
            raise NotPortable(name_of(node))
        parts = (
            [f"PARTITION BY {self._all(node.args['partition_by'])}"] if node.args.get("partition_by") else []
        )
        return f"row_number() OVER ({' '.join([*parts, self._order(node.args['order'])])})"

    def column(self, node: exp.Column) -> str:
        """Write a column, or all of them."""
        if node.args.get("db"):
            raise NotPortable(node.sql(dialect="duckdb"))
        star = isinstance(node.this, exp.Star)
        own = "*" if star else quote(node.name)
        return f"{quote(node.table)}.{own}" if node.table else own

    def constant(self, node: exp.Literal) -> str:
        """Write a text or a number; one with an exponent is a double."""
        if node.is_string:
            return literal(node.name)
        return node.name + "D" if "e" in node.name.lower() else node.name


def _above(node: Any) -> Iterable[exp.Expression]:
    while node is not None:
        yield node
        node = node.parent


_Write = Callable[[_Writer, Any], str]
_WRITERS: dict[type[exp.Expression], _Write] = {
    exp.Add: _Writer.sum_of, exp.Sub: _Writer.sum_of, exp.Div: _Writer.divided, exp.IntDiv: _Writer.remainder,
    exp.Mod: _Writer.remainder, exp.Cast: _Writer.cast, exp.TryCast: _Writer.cast, exp.AtTimeZone: _Writer.at_zone,
    exp.Case: _Writer.case, exp.If: _Writer.choice, exp.In: _Writer.among, exp.DPipe: _Writer.joined,
    exp.Concat: _Writer.joined, exp.ConcatWs: _Writer.joined, exp.Like: _Writer.like, exp.ILike: _Writer.like,
    exp.Trim: _Writer.trimmed, exp.RegexpLike: _Writer.matched, exp.RegexpFullMatch: _Writer.matched,
    exp.RegexpReplace: _Writer.replaced, exp.RegexpExtract: _Writer.extracted, exp.Substring: _Writer.cut,
    exp.Left: _Writer.cut, exp.Right: _Writer.cut, exp.SplitPart: _Writer.cut, exp.Round: _Writer.rounded,
    exp.Floor: _Writer.rounded, exp.Ceil: _Writer.rounded, exp.Trunc: _Writer.rounded, exp.IsNan: _Writer.infinite,
    exp.IsInf: _Writer.infinite, exp.Anonymous: _Writer.named, exp.StrToTime: _Writer.read,
    exp.TimeToStr: _Writer.written, exp.TimestampTrunc: _Writer.truncated, exp.DateTrunc: _Writer.truncated,
    exp.Extract: _Writer.part_of, exp.DateDiff: _Writer.days_between, exp.Column: _Writer.column,
    exp.Literal: _Writer.constant, exp.Null: lambda writer, node: "NULL",
    exp.Boolean: lambda writer, node: str(node.this).lower(),
    exp.Paren: lambda writer, node: f"({writer.value(node.this)})",
    exp.Not: lambda writer, node: f"(NOT {writer.value(node.this)})",
    exp.Neg: lambda writer, node: f"(-{writer.value(node.this)})",
    exp.Is: lambda writer, node: f"({writer.value(node.this)} IS {writer.value(node.expression)})",
    exp.Between: _Writer.between, exp.NullSafeNEQ: _Writer.distinct,
    exp.DateFromParts: lambda writer, node: (
        f"make_date({writer.value(node.args['year'])}, {writer.value(node.args['month'])}, {writer.value(node.args['day'])})"
    ),
}  # fmt: skip
# What only the workbook's own statements hold.
_OF_OURS: dict[type[exp.Expression], _Write] = {
    exp.Star: lambda writer, node: "*",
    exp.Alias: lambda writer, node: f"{writer.value(node.this)} AS {quote(node.alias)}",
    exp.Sum: _Writer.added_up, exp.Count: _Writer.count, exp.Window: _Writer.window,
    exp.Filter: lambda writer, node: (
        f"{writer.value(node.this)} FILTER (WHERE {writer.value(node.expression.this)})"
    ),
    exp.BitwiseLeftShift: lambda writer, node: (
        f"shiftleft(CAST({writer.value(node.this)} AS BIGINT), CAST({writer.value(node.expression)} AS INT))"
    ),
    exp.Subquery: lambda writer, node: f"({writer.query(node.this)})",
}  # fmt: skip
