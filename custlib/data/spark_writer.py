"""What every part of the translation to Spark leans on: values, types, and what was written out in full."""

import re
from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from custlib.data.spark_functions import FLOATS, MOMENTS, WHOLE, ZONED, NotPortable, literal


class Writer:
    """Writes values; the parts of it know texts, numbers and days, the whole of it statements."""

    _zone: str
    _ours: bool

    def type(self, node: exp.Expression) -> str:
        """Give DuckDB's type of a part of a statement."""
        raise NotImplementedError

    def value(self, node: exp.Expression) -> str:
        """Write a value."""
        raise NotImplementedError

    def query(self, node: exp.Expression | None) -> str:
        """Write a statement."""
        raise NotImplementedError

    def _alike(self, nodes: Iterable[exp.Expression], *, compared: bool = False) -> None:
        """Refuse text beside what is no text, and the like: what is converted then, and how, each engine has rules of its own for.

        A text written out may be compared with anything: both engines read it as what it is compared with.
        """
        if self._ours:
            return
        told: list[Any] = [node.unnest() for node in nodes]
        told = [node for node in told if not isinstance(node, exp.Null)]
        if compared:
            told = [node for node in told if not (isinstance(node, exp.Literal) and node.is_string)]
        kinds = {_family(self.type(node)) for node in told}
        if len(kinds) > 1:
            shown = ", ".join(node.sql(dialect="duckdb") for node in told)
            raise NotPortable(
                f"{shown}: {' beside '.join(sorted(kinds))}, with no cast to say which it is to be"
            )

    def _text(self, node: exp.Expression, what: str) -> str:
        if not (isinstance(node, exp.Literal) and node.is_string):
            raise NotPortable(f"{what} that is not written out")
        return node.name

    def _quoted(self, node: exp.Expression, what: str) -> str:
        return literal(self._text(node, what))


def _family(type_: str) -> str:
    """Say of which kind a DuckDB type is, as far as engines convert within a kind alike."""
    if type_ in WHOLE | FLOATS or type_.startswith("DECIMAL"):
        return "numbers"
    known = {"VARCHAR": "text", "BOOLEAN": "yes or no", "DATE": "days", ZONED: "moments of a zone"}
    return known.get(type_, "days" if type_ in MOMENTS else type_)


def name_of(node: exp.Expression) -> str:
    """Name a construct as a person wrote it."""
    written = node.sql(dialect="duckdb")
    word = re.match(r"\w+(?=\()", written)
    return f"{word[0].lower()}()" if word else written[:60]
