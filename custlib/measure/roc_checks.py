"""Sums of Return on Customer that are made in two ways, held against each other."""

from decimal import Decimal
from typing import Any

from custlib.errors import CustlibError
from custlib.measure.ledger import RESIDUAL
from custlib.measure.ledger_months import ALL
from custlib.periods import add_months


def check(found: Any) -> int:
    """Compare what is made in two ways; count the comparisons.

    Parameters
    ----------
    found : ReturnOnCustomer
        See `custlib.month.return_on_customer.ReturnOnCustomer`.

    Raises
    ------
    CustlibError
        When a ledger's lines are not its change, margin added up by customers is not that by months, or segments of which
        none is hidden are not the whole.
    """
    checks = 0
    for months, book in found.ledgers.items():
        whole = book.lines[book.lines.status == ALL].amount.sum()
        _near("the ledger's lines", book.opening + book.restatement + whole, book.closing, book.opening)
        span = [add_months(found.month, -back) for back in range(months)]
        brought = sum((found.profits.margin[each] for each in span), Decimal(0))
        if brought != found.returns[months].margin:
            raise CustlibError(
                f"customers of the ledger brought {found.returns[months].margin}, and those of the months {brought}"
            )
        checks += 2
    longest = max(found.ledgers, default=0)
    for dimension, table in found.segments.items():
        if longest and len(table) and not table.hidden.any():
            book = found.ledgers[longest]
            for end in ("opening", "closing"):
                if table[end].isna().any():
                    continue
                _near(f"{end} by {dimension}", table[end].sum(), getattr(book, end), book.opening)
                checks += 1
    return checks


def _near(what: str, part: float, whole: float, scale: float) -> None:
    if abs(part - whole) > RESIDUAL * max(abs(scale), abs(whole), 1.0):
        raise CustlibError(f"{what} add up to {part:.4f}, and the whole is {whole:.4f}")
