"""Rules between rows and between tables: repeated keys, and ids and codes that no other table knows."""

from custlib.data.binding import Binding
from custlib.data.columns import literal, quote
from custlib.data.profile import EVERYWHERE, KEPT, by_file
from custlib.data.report import Violation
from custlib.data.source import Source

_UNIQUE = {"customer_months": "customer-month", "operations": "metric-month"}  # else the column's own name

_LISTED = "the customers table does not know them; they are counted all the same"
_NOBODY = {
    "costs": "no other table knows them; their costs belong to nobody who ever bought",
    "surveys": "no other table knows them; their answers belong to nobody who ever bought",
    "feedback": "no other table knows them; leave the id empty where nobody knows who it was",
    "promises": "no other table knows them; these promises were made to nobody who ever bought",
}


def repeated(source: Source, binding: Binding) -> list[Violation]:
    """Find rows that share what must be unique: a customer, a customer's month, a product..."""
    unique = binding.table.unique
    if not unique:
        return []
    keys = ", ".join(quote(name) for name in unique)
    filled = " AND ".join(f"{quote(name)} IS NOT NULL" for name in unique)
    grouped = (
        f"SELECT {keys} FROM {quote(binding.table.name)} WHERE {filled} GROUP BY {keys} HAVING count(*) > 1"
    )
    count = source.sql(f"SELECT count(*) FROM ({grouped})")[0][0]
    if not count:
        return []
    rows = source.sql(f"{grouped} ORDER BY {keys} LIMIT 5")
    examples = tuple(", ".join(str(value) for value in row) for row in rows)
    what = _UNIQUE.get(binding.table.name, unique[-1].removesuffix("_id"))
    hint = "keep one row for each, or declare a key to keep the first"
    rule = f"the same {what} more than once"
    return [Violation(binding.table.name, unique[-1], rule, "error", count, hint, examples, unit=what)]


def relation_violations(source: Source) -> list[Violation]:
    """Find customers and codes that one table names and the others do not know; warnings, as lists are never perfect.

    Of a log of several files each file is asked when it is first read, and asked again only for what nobody knew then:
    who is taken off a list later is noticed in the next file that names him.
    """
    return [*_customers(source), *_codes(source)]


def _customers(source: Source) -> list[Violation]:
    known: list[str] = [
        name for name in ("customers", "transactions", "customer_months") if name in source.bindings
    ]
    found = []
    if "customers" in known:
        for name in ("transactions", "customer_months"):
            if name in known:
                found += _unknown(source, name, "customer_id", ["customers"], _LISTED)
        if source.bindings["customers"].has("referred_by"):
            hint = "the referring customer is not in the customers table"
            found += _unknown(source, "customers", "referred_by", ["customers"], hint)
    for name, hint in _NOBODY.items():
        if known and name in source.bindings and source.bindings[name].has("customer_id"):
            # the list of customers is short and mostly enough; the log is asked only where it is not
            for others in (known[:1], known):
                if not (unknown := _unknown(source, name, "customer_id", others, hint)):
                    break
            found += unknown
    return found


def _codes(source: Source) -> list[Violation]:
    """Find channels and products by which rows go, and which the company's own list of them lacks."""
    found = []
    for column, listed in (("channel", "channels"), ("product", "products")):
        for name in ("transactions", "feedback"):
            if listed in source.bindings and name in source.bindings and source.bindings[name].has(column):
                hint = f"add them to {listed}; until then they are printed as they are written"
                found += _unknown(source, name, column, [listed], hint)
    return found


def _unknown(source: Source, table: str, column: str, others: list[str], hint: str) -> list[Violation]:
    key = "customer_id" if column in ("customer_id", "referred_by") else column
    elsewhere = " UNION ALL ".join(
        f"SELECT {quote(key)} FROM {quote(other)} WHERE {quote(key)} IS NOT NULL" for other in others
    )
    by_files = table == "transactions" and source.bindings[table].files
    ids = _named_by_file(source, column, elsewhere) if by_files else _named(table, column)
    missing = f"SELECT id FROM ({ids}) AS named WHERE id NOT IN ({elsewhere})"
    count = source.sql(f"SELECT count(*) FROM ({missing})")[0][0]
    if not count:
        return []
    examples = tuple(row[0] for row in source.sql(f"{missing} ORDER BY id LIMIT 5"))
    what = "customer" if key == "customer_id" else key
    return [Violation(table, column, f"unknown {what}", "warning", count, hint, examples, unit=what)]


def _named(table: str, column: str) -> str:
    kept = f"{KEPT} AND" if table == "transactions" else ""
    return (
        f"SELECT DISTINCT {quote(column)} AS id FROM {quote(table)} WHERE {kept} {quote(column)} IS NOT NULL"
    )


def _named_by_file(source: Source, column: str, elsewhere: str) -> str:
    """Give what files of the log name that nobody else knew when they were first read."""
    binding = source.bindings["transactions"]
    name = quote(column)
    # An anti join as such: of NOT IN and NOT EXISTS the engine makes dearer ones.
    query = (
        f"SELECT DISTINCT CAST({name} AS VARCHAR) FROM {binding.full} "
        f"ANTI JOIN ({elsewhere}) AS listed(listed_id) ON listed_id = {name} "
        f"WHERE {EVERYWHERE} AND {KEPT} AND {name} IS NOT NULL ORDER BY 1"
    )
    found = {row[0] for rows in by_file(source, binding, query) for row in rows}
    listed = ", ".join(literal(one) for one in sorted(found))
    return f"SELECT unnest(CAST([{listed}] AS VARCHAR[])) AS id"
