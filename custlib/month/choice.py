"""Which customers somebody means: names and values given as keyword arguments, checked against the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.values import UNKNOWN
from custlib.data.collect import collect
from custlib.data.lists import refuse_unwritable
from custlib.errors import UsageError
from custlib.settings import nearest

# A message lists no more values than these.
MANY = 200


@dataclass(frozen=True)
class Choice:
    """Columns of the customers and the value wanted in each; all must hold."""

    wanted: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """Names of the columns chosen by, without the customer's own id."""
        return [name for name in self.wanted if name != "customer_id"]

    def matches(self, table: ir.Table, prefix: str = "") -> ir.BooleanValue:
        """Say which rows are meant; `prefix` stands before the columns' names in the table."""
        tests = [_equals(table[prefix + name], value) for name, value in self.wanted.items()]
        return reduce(lambda one, other: one & other, tests, ibis.literal(True))

    def refuse_values_nobody_has(self, *tables: ir.Table) -> None:
        """Refuse a text that no customer has: an empty list would read as good news.

        Raises
        ------
        UsageError
            With the nearest value that there is.
        """
        for name, value in self.wanted.items():
            if not tables[0][name].type().is_string():
                continue
            columns = [table.select(value=table[name].fill_null(UNKNOWN)) for table in tables]
            every = columns[0] if len(columns) == 1 else ibis.union(*columns)
            if not collect(every.filter(_.value == str(value)).order_by("value").limit(1)).empty:
                continue
            # Ids are not listed: whoever mistypes one is not told another.
            known = (
                [] if name == "customer_id" else collect(every.distinct().order_by("value").limit(MANY)).value
            )
            raise UsageError(f"no customer has {name} {str(value)!r}{nearest(str(value), known)}")


def choose(values: ir.Table, wanted: Mapping[str, Any], *, taken: Sequence[str] = ()) -> Choice:
    """Find the columns that names mean: the name itself, or the end of the only column that ends so.

    Parameters
    ----------
    values : Table
        Customers with their attributes, such as `CustomerMonth.values`.
    taken : sequence of str
        Columns that the caller makes itself, by which nobody can choose.

    Raises
    ------
    UsageError
        For an unknown name, with the nearest, for one that may mean several, and for a text with broken characters.
    """
    for value in wanted.values():
        if isinstance(value, str):
            refuse_unwritable(value)
    found = {_column(values, name): value for name, value in wanted.items()}
    if clash := [name for name in found if name in taken]:
        raise UsageError(
            f"a column of the customers is called {clash[0]!r}, as one of the list itself\n"
            "  give it another name in the company file, or filter the list afterwards"
        )
    return Choice(found)


def _column(values: ir.Table, name: str) -> str:
    if name in values.columns:
        return name
    ends = [column for column in values.columns if column.endswith(f"_{name}")]
    if len(ends) > 1:
        raise UsageError(f"{name!r} may mean {' or '.join(ends)}\n  give the column's whole name")
    if not ends:
        names = [*values.columns, *(column.partition("_")[2] for column in values.columns if "_" in column)]
        raise UsageError(f"customers have no column {name!r}{nearest(name, names)}")
    return ends[0]


def _equals(column: ir.Value, wanted: Any) -> ir.BooleanValue:
    """Compare with a value; a text that is not recorded is "unknown", as in the figures."""
    if column.type().is_string():
        return column.fill_null(UNKNOWN) == str(wanted)
    if wanted is None:
        return column.isnull()
    try:
        return (column == ibis.literal(wanted)).fill_null(False)
    except (
        Exception
    ) as error:  # each kind of column has an error of its own for what it cannot be compared with
        raise UsageError(f"{column.get_name()} holds {column.type()}, not {wanted!r}") from error
