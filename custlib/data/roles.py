"""Which column is which: a guess by name and content, for a person to confirm."""

import re
from dataclasses import dataclass

from custlib.data.look import Look
from custlib.data.schema import TABLES

# words of column names in the languages of the files we have seen; earlier words are better
_WORDS: dict[str, str] = {
    "customer_id": r"customer|cust|client|kunde|kdnr|klant|cliente|member|mitglied|account|konto|user|buyer|card",
    "date": r"date|datum|fecha|jour|tag\b|day|time|buchung|fecha|data\b",
    "amount": r"amount|betrag|umsatz|montant|importe|total|value|revenue|sales|spend|netto|brutto|dollar",
    "margin": r"margin|marge|deckungsbeitrag|profit",
    "order_id": r"order|invoice|rechnung|bestell|beleg|bon\b|receipt|facture|commande|factura|pedido|ticket",
    "product": r"product|produkt|artikel|article|sku|item|stockcode|stock|producto",
    "channel": r"channel|kanal|canal|store|filiale|shop",
    "acquired_on": r"acquired|joined|since|created|opened|signup|sign_up|eroeffn|eröffn|seit|start|registr",
    "closed_on": r"closed|closing|ended|until|cancel|kuendig|kündig|geschlossen|end\b|churn",
    "closure_reason": r"reason|grund|raison|motivo",
    "acquisition_channel": r"acquisition_channel|channel|kanal|canal|source|herkunft|campaign|werb",
    "acquisition_cost": r"acquisition_cost|cac|cost|kosten",
    "referred_by": r"referr|sponsor|empfohlen|parrain",
    "contract": r"contract|vertrag|contrat|contrato",
    "quantity": r"quantity|qty|menge|anzahl|quantit|stueck|stück|cantidad|units",
    "price": r"price|preis|prix|precio|unitprice",
    "currency": r"currency|waehrung|währung|devise|moneda|cur\b|ccy",
}
_TRANSACTIONS = ("customer_id", "date", "amount", "order_id", "margin", "product", "channel")
_CUSTOMERS = (
    "customer_id", "acquired_on", "closed_on", "closure_reason", "acquisition_channel", "acquisition_cost",
    "referred_by", "contract",
)  # fmt: skip
_DATES = ("date", "acquired_on", "closed_on")
_NUMBERS = ("amount", "margin", "acquisition_cost", "quantity", "price")


@dataclass(frozen=True)
class Seen:
    """A table as it was looked at: the pattern that names it, its columns, and the columns of each file."""

    pattern: str
    columns: list[Look]
    parts: dict[str, tuple[str, ...]]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.columns[0].rows if self.columns else 0


def candidates(role: str, columns: list[Look]) -> list[Look]:
    """Give the columns whose name and content suit a role, the best first."""
    words = _WORDS[role].split("|")
    ranked = []
    for place, column in enumerate(columns):
        plain = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s.-]+", "_", column.name).lower()
        rank = next((i for i, word in enumerate(words) if re.search(word, plain)), None)
        if rank is None or not _suits(role, column):
            continue
        ranked.append(
            (not (role.endswith("_id") and re.search(r"id|nr|no|num|code", plain)), rank, place, column)
        )
    return [column for *_, column in sorted(ranked, key=lambda entry: entry[:3])]


def _suits(role: str, column: Look) -> bool:
    if role in _DATES:
        return bool(column.date_formats)
    if role in _NUMBERS:
        return column.number and column.date_formats != ("",)
    return not column.date_formats or column.date_formats == ("%Y%m%d",)


def guess_transactions(seen: Seen) -> dict[str, str]:
    """Map the contract's transaction columns to columns or expressions; what is not found is absent."""
    mapping = _guess(seen, _TRANSACTIONS)
    quantity, price = candidates("quantity", seen.columns), candidates("price", seen.columns)
    if "amount" not in mapping and quantity and price:
        mapping["amount"] = f"{identifier(quantity[0].name)} * {identifier(price[0].name)}"
    if "amount" not in mapping and price:
        mapping["amount"] = price[0].name
    return mapping


def guess_customers(seen: Seen) -> dict[str, str]:
    """Map the contract's customer columns, and every further column of few values as an attribute."""
    mapping = _guess(seen, _CUSTOMERS)
    taken = set(mapping.values())
    for column in seen.columns:
        name = re.sub(r"[^a-z0-9]+", "_", column.name.lower()).strip("_")
        named = re.fullmatch(r"[a-z][a-z0-9_]*", name) and name != "value"  # which of the contract is money
        if column.name not in taken and 1 < column.distinct <= 50 and named:
            mapping.setdefault(name, column.name)
    return mapping


def _guess(seen: Seen, roles: tuple[str, ...]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for role in roles:
        found = [column for column in candidates(role, seen.columns) if column.name not in taken]
        if not found:
            continue
        first = found[0].name
        mapping[role] = first
        taken.add(first)
        lacking = [file for file, names in seen.parts.items() if first not in names]
        other = next((c.name for c in found[1:] if all(c.name in seen.parts[file] for file in lacking)), None)
        if lacking and other:
            # the files call one thing by two names
            mapping[role] = f"coalesce({identifier(first)}, {identifier(other)})"
            taken.add(other)
    return mapping


def identifier(name: str) -> str:
    """Write a column name as it stands in an SQL expression."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def is_log(seen: Seen) -> bool:
    """Say whether a table has what transactions need: a customer, a day and an amount."""
    return {"customer_id", "date", "amount"} <= set(guess_transactions(seen))


OTHERS = tuple(name for name in TABLES if name not in ("transactions", "customers"))
_NAMED = tuple(name for name in OTHERS if name != "costs")  # costs beside customer_months may count twice


def table_by_name(seen: Seen) -> str | None:
    """Give the table of the contract that a file is called like and has the columns of; else None.

    Only names of the contract's own count: what a stranger calls feedback or products may be anything.
    """
    words = re.findall(r"[a-z]+(?:_[a-z]+)*", seen.pattern.lower())
    columns = {column.name.lower() for column in seen.columns}
    return next((n for n in _NAMED if n in words and columns.issuperset(TABLES[n].required)), None)


def columns_by_name(seen: Seen, table: str) -> dict[str, str]:
    """Map the columns that are called as in the contract, and any other where the table takes them."""
    contract = TABLES[table]
    own = {column.name.lower(): column.name for column in seen.columns}
    return {
        name: column for name, column in own.items()
        if contract.column(name) or (contract.open and re.fullmatch(r"[a-z][a-z0-9_]*", name))
    }  # fmt: skip


def choose(tables: list[Seen]) -> tuple[Seen | None, Seen | None]:
    """Choose the table of transactions and the table of customers, where there are such."""

    def score(seen: Seen) -> tuple[int, int]:
        mapping = guess_transactions(seen)
        return sum(role in mapping for role in ("customer_id", "date", "amount")), seen.rows

    log = max(tables, key=score, default=None)
    if log is not None and score(log)[0] < 2:
        log = None
    others = [seen for seen in tables if seen is not log]
    lists = [
        seen for seen in others
        if (found := candidates("customer_id", seen.columns)) and found[0].unique and len(seen.columns) > 1
    ]  # fmt: skip
    return log, max(lists, key=lambda seen: seen.rows, default=None)
