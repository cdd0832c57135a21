"""Customer equity is made in two ways: from patterns with their counts, and from every customer in the engine. They agree."""

from typing import Any

from custlib.errors import CustlibError

# Each customer's value is kept to four places.
PLACES = 1e-4


def check(equity: Any) -> int:
    """Compare the sums that customer equity is told in; count the comparisons.

    Parameters
    ----------
    equity : Equity
        See `custlib.month.equity.Equity`; where it is not available there is nothing to compare.

    Raises
    ------
    CustlibError
        When layers, the active with the others, or the segments of a dimension of which none is hidden, do not add up to the
        whole, in money or in customers.
    """
    if not equity.available or equity.total.value is None:
        return 0
    parts = {"layers of value": (equity.holders.equity.sum(), equity.holders.customers.sum())}
    if equity.shortcut is not None:
        parts["the active and the others"] = (equity.shortcut.proper, None)
    for dimension, table in equity.segments.items():
        if len(table) and not table.hidden.astype(bool).any():
            parts[f"segments by {dimension}"] = (table.equity.sum(), table.customers.sum())
    for name, (worth, customers) in parts.items():
        _same(name, float(worth), equity)
        if customers is not None and int(customers) != equity.customers:
            raise CustlibError(f"{name} hold {int(customers)} customers, but {equity.customers} have a value")
    return len(parts)


def _same(name: str, worth: float, equity: Any) -> None:
    whole = float(equity.total.value)
    if abs(worth - whole) > PLACES * equity.customers + 1e-9 * abs(whole):
        raise CustlibError(f"{name} add up to {worth:.4f}, but customer equity is {whole:.4f}")
