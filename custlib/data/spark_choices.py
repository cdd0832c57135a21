"""Choices: CASE, IN, BETWEEN and the like, of values that are alike."""

from sqlglot import exp

from custlib.data.spark_functions import NotPortable
from custlib.data.spark_writer import Writer


class Choices(Writer):
    """Writes choices between values."""

    def case(self, node: exp.Case) -> str:
        """Write CASE in both its forms."""
        given = [one.args["true"] for one in node.args["ifs"]]
        self._alike([*given, *([node.args["default"]] if node.args.get("default") else [])])
        if node.this:
            self._alike([node.this, *(one.this for one in node.args["ifs"])], compared=True)
        whens = " ".join(
            f"WHEN {self.value(one.this)} THEN {self.value(one.args['true'])}" for one in node.args["ifs"]
        )
        of = f"{self.value(node.this)} " if node.this else ""
        default = f" ELSE {self.value(node.args['default'])}" if node.args.get("default") else ""
        return f"CASE {of}{whens}{default} END"

    def choice(self, node: exp.If) -> str:
        """Write if(a, b, c)."""
        self._alike([node.args["true"], *([node.args["false"]] if node.args.get("false") else [])])
        otherwise = f" ELSE {self.value(node.args['false'])}" if node.args.get("false") else ""
        return f"CASE WHEN {self.value(node.this)} THEN {self.value(node.args['true'])}{otherwise} END"

    def among(self, node: exp.In) -> str:
        """Write IN, of a list or a query."""
        if query := node.args.get("query"):
            if not self._ours:
                raise NotPortable("a query within an expression")
            return f"({self.value(node.this)} IN ({self.query(query)}))"
        if not node.expressions:
            raise NotPortable(node.sql(dialect="duckdb"))
        self._alike([node.this, *node.expressions], compared=True)
        listed = ", ".join(map(self.value, node.expressions))
        return f"({self.value(node.this)} IN ({listed}))"

    def between(self, node: exp.Between) -> str:
        """Write a BETWEEN b AND c."""
        parts = [node.this, node.args["low"], node.args["high"]]
        self._alike(parts, compared=True)
        value, low, high = map(self.value, parts)
        return f"({value} BETWEEN {low} AND {high})"

    def distinct(self, node: exp.NullSafeNEQ) -> str:
        """Write a IS DISTINCT FROM b."""
        self._alike([node.this, node.expression], compared=True)
        return f"(NOT ({self.value(node.this)} <=> {self.value(node.expression)}))"
