"""Rules between rows and between tables: repeated keys, and ids that no other table knows."""

from custlib.data.binding import Binding
from custlib.data.columns import quote
from custlib.data.report import Violation
from custlib.data.source import Source


def repeated(source: Source, binding: Binding) -> list[Violation]:
    """Find rows that share what must be unique: a customer, or a customer's month."""
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
    what = "customer" if len(unique) == 1 else "customer-month"
    hint = "keep one row for each, or declare a key to keep the first"
    rule = f"the same {what} more than once"
    return [Violation(binding.table.name, unique[-1], rule, "error", count, hint, examples, unit=what)]


def relation_violations(source: Source) -> list[Violation]:
    """Find customers that one table names and the others do not know; warnings, as lists are never perfect."""
    known: list[str] = [
        name for name in ("customers", "transactions", "customer_months") if name in source.bindings
    ]
    found = []
    if "customers" in known:
        listed = "the customers table does not know them; they are counted all the same"
        for name in ("transactions", "customer_months"):
            if name in known:
                found += _unknown(source, name, "customer_id", ["customers"], listed)
        if source.bindings["customers"].has("referred_by"):
            hint = "the referring customer is not in the customers table"
            found += _unknown(source, "customers", "referred_by", ["customers"], hint)
    if "costs" in source.bindings and known:
        hint = "no other table knows them; their costs belong to nobody who ever bought"
        found += _unknown(source, "costs", "customer_id", known, hint)
    return found


def _unknown(source: Source, table: str, column: str, others: list[str], hint: str) -> list[Violation]:
    kept = "excluded IS NULL AND" if table == "transactions" else ""
    ids = (
        f"SELECT DISTINCT {quote(column)} AS id FROM {quote(table)} WHERE {kept} {quote(column)} IS NOT NULL"
    )
    elsewhere = " UNION ALL ".join(
        f"SELECT customer_id FROM {quote(o)} WHERE customer_id IS NOT NULL" for o in others
    )
    missing = f"SELECT id FROM ({ids}) AS named WHERE id NOT IN ({elsewhere})"
    count = source.sql(f"SELECT count(*) FROM ({missing})")[0][0]
    if not count:
        return []
    examples = tuple(row[0] for row in source.sql(f"{missing} ORDER BY id LIMIT 5"))
    return [Violation(table, column, "unknown customer", "warning", count, hint, examples, unit="customer")]
