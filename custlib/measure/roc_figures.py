"""What the results of Return on Customer are called."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.equity import UNKNOWN, Estimate
from custlib.measure.ledger import LINES, NEW, SURPRISES
from custlib.measure.ledger_months import ALL, OTHERS, STATUSES
from custlib.results import Figure, figure

CENT = Decimal("0.01")
PERIODS = (1, 12)
# Of a period: measure, attribute of the return, unit ("" the currency).
RETURNS = (
    ("return_on_customer", "total", "ratio"),
    ("return_on_customer_closed", "closed", "ratio"),
    ("hurdle_rate", "hurdle", "ratio"),
    ("value_created", "value_created", ""),
)


def roc_figures(found: Any) -> Iterator[Figure]:
    """Name every figure of the page of Return on Customer.

    Parameters
    ----------
    found : ReturnOnCustomer
        See `custlib.month.return_on_customer.ReturnOnCustomer`.
    """
    for months in PERIODS:
        yield from _period(found, months)
    for dimension, table in found.segments.items():
        yield from _segments(table, dimension, found)


def _period(found: Any, months: int) -> Iterator[Figure]:
    row, book, money = found.returns.get(months), found.ledgers.get(months), found.currency
    n = book.customers_opening if book else None
    for measure, name, unit in RETURNS:
        one = getattr(row, name) if row is not None else UNKNOWN
        yield _estimate(measure, one, unit or money, months, known=row is not None, n=n)
    # As on the page of the customer base: without the cost of winning customers profit is not known.
    cost = row.acquisition_cost if row else None
    yield _money("profit", row.profit if row and cost is not None else None, money, months)
    yield _money("acquisition_cost", cost, money, months)
    yield _money("customer_equity_opening", book.opening if book else None, money, months)
    yield _money("customer_equity_closing", book.closing if book else None, money, months)
    for line, status in [*((line, ALL) for line in (*LINES, NEW)), *((s, t) for s in SURPRISES for t in (*STATUSES, OTHERS))]:  # fmt: skip
        name = line if status == ALL else f"{line} {status}"
        amount = book.line(line, status) if book else None
        if book and status not in (ALL, OTHERS) and not (book.lines.status == status).any():
            yield Figure(
                "equity_line", None, money, months, status="suppressed", dimension="line", segment=name
            )
            continue
        yield _money("equity_line", amount, money, months, dimension="line", segment=name)
    where = {"dimension": "line", "segment": "restatement"}
    yield _money("equity_line", book.restatement if book else None, money, months, **where)


def _estimate(
    measure: str, one: Estimate, unit: str, months: int, *, known: bool, n: int | None, **where: Any
) -> Figure:
    if one.value is None or not np.isfinite(one.value):
        # Both equities are known, and that at the opening is zero or less.
        status = "not_meaningful" if known else "not_available"
        return Figure(measure, None, unit, months, status=status, **where)
    value = _cents(one.value) if unit.isupper() else float(one.value)
    return figure(measure, value, unit, months, low=one.low, high=one.high, n=n, **where)


def _money(measure: str, amount: Any, money: str, months: int, **where: Any) -> Figure:
    return figure(measure, None if amount is None else _cents(amount), money, months, **where)


def _cents(amount: Any) -> Decimal:
    value = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    return value.quantize(CENT)


def _segments(table: pd.DataFrame, dimension: str, found: Any) -> Iterator[Figure]:
    months = max(found.ledgers, default=1)
    for row in table.to_dict("records"):
        where: dict[str, Any] = {"dimension": dimension, "segment": str(row["segment"])}
        ends = {"total": ("total_low", "total_high"), "closed": ("low", "high"), "hurdle": (None, None),
                "value_created": ("value_low", "value_high")}  # fmt: skip
        for measure, name, unit in RETURNS:
            of_new = name == "total" or (name == "value_created" and row["cost_known"])
            if row["hidden"] or (row["new_hidden"] and of_new):
                yield Figure(measure, None, unit or found.currency, months, status="suppressed", **where)
                continue
            column = "roc" if name == "closed" else name
            low, high = (_known(row[end]) if end else None for end in ends[name])
            one = Estimate(_known(row[column]), low, high)
            yield _estimate(
                measure, one, unit or found.currency, months, known=True, n=int(row["customers"]), **where
            )


def _known(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
