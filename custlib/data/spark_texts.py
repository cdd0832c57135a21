"""Texts: joined, searched and cut, as DuckDB does, in Spark's words."""

from sqlglot import exp

from custlib.data import spark_functions as spark
from custlib.data.spark_casts import cast
from custlib.data.spark_functions import NotPortable, literal
from custlib.data.spark_writer import Writer


class Texts(Writer):
    """Writes what is done with texts."""

    def joined(self, node: exp.Expression) -> str:
        """Write || and concat: DuckDB's concat passes over what is missing."""
        if isinstance(node, exp.DPipe):
            return f"({self._as_text(node.this)} || {self._as_text(node.expression)})"
        parts = list(node.expressions)
        first = self.value(parts.pop(0)) if isinstance(node, exp.ConcatWs) else "''"
        return f"concat_ws({', '.join([first, *map(self._as_text, parts)])})"

    def _as_text(self, node: exp.Expression) -> str:
        return cast(self.value(node), self.type(node), "VARCHAR", self._zone, trying=False, ours=True)

    def like(self, node: exp.Expression) -> str:
        """Write LIKE and ILIKE; only Spark's patterns know a backslash."""
        pattern = self._quoted(node.expression, "the pattern of LIKE").replace("\\\\", "\\\\\\\\")
        word = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
        word = f"NOT {word}" if node.args.get("negate") else word
        return f"({self._as_text(node.this)} {word} {pattern})"

    def trimmed(self, node: exp.Trim) -> str:
        """Write trim, ltrim and rtrim."""
        side = (node.args.get("position") or "BOTH").upper()
        if marks := node.args.get("expression"):
            return (
                f"trim({side} {self._quoted(marks, 'what trim takes away')} FROM {self._as_text(node.this)})"
            )
        return spark.trimmed(self._as_text(node.this), side)

    def matched(self, node: exp.Expression) -> str:
        """Write a test by a regular expression."""
        if node.args.get("flag") or node.args.get("options"):
            raise NotPortable("options of a regular expression")
        pattern = spark.java_pattern(self._text(node.expression, "a regular expression"))
        if isinstance(node, exp.RegexpFullMatch):
            pattern = f"^(?:{pattern})\\z"
        return f"({self._as_text(node.this)} RLIKE {literal(pattern)})"

    def replaced(self, node: exp.RegexpReplace) -> str:
        """Write regexp_replace: DuckDB replaces the first match, all of them with 'g'."""
        pattern = spark.java_pattern(self._text(node.expression, "a regular expression"))
        put = literal(spark.replacement(self._text(node.args["replacement"], "a replacement")))
        value, options = self._as_text(node.this), node.args.get("modifiers")
        if options is not None and self._text(options, "options") == "g":
            return f"regexp_replace({value}, {literal(pattern)}, {put})"
        if options is not None:
            raise NotPortable("options of regexp_replace other than 'g'")
        if "|" in pattern or not (pattern.startswith("(?d)^") or pattern.endswith("\\z")):
            raise NotPortable("regexp_replace of the first match only; '^' or the option 'g' says which")
        return f"regexp_replace({value}, {literal(pattern)}, {put})"

    def extracted(self, node: exp.RegexpExtract) -> str:
        """Write regexp_extract, empty where nothing matches."""
        group = int(node.args["group"].name) if node.args.get("group") else 0
        pattern = spark.java_pattern(self._text(node.expression, "a regular expression"))
        return f"regexp_extract({self._as_text(node.this)}, {literal(pattern)}, {group})"

    def cut(self, node: exp.Expression) -> str:
        """Write parts of a text by position, counted from its beginning."""
        sizes = [part for part in (node.args.get("start"), node.args.get("length")) if part is not None]
        sizes = sizes or [node.expression]
        if isinstance(node, exp.SplitPart):
            sizes = [node.args["part_index"]]
        if any(not isinstance(size, exp.Literal) or size.is_string or float(size.name) < 1 for size in sizes):
            raise NotPortable(f"{node.sql(dialect='duckdb')}: positions other than 1, 2, ...")
        numbers = [size.name for size in sizes]
        if isinstance(node, exp.SplitPart):
            numbers.insert(0, self._quoted(node.args["delimiter"], "the mark at which to split"))
        words: dict[type[exp.Expression], str] = {
            exp.Left: "left",
            exp.Right: "right",
            exp.SplitPart: "split_part",
        }
        word = words.get(type(node), "substring")
        return f"{word}({', '.join([self._as_text(node.this), *numbers])})"
