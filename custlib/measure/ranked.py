"""A ranking of plain numbers: what the engine's queries give of a window, worked out of an array.

The twin of `custlib.aggregate.concentration`: decimals and whole numbers as exact as the engine's, the sums of
logarithms and of the Gini's influence in doubles.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from custlib.errors import CustlibError

PARTS = 100
HOLDING = (50, 80)
FIRST = (1, 5, 10, 20)
# Digits that hold the square of any double or decimal, added up.
DIGITS = 80


def sorted_values(values: Iterable[Any]) -> list[Decimal]:
    """Give numbers as decimals, the largest first.

    Raises
    ------
    CustlibError
        Where one is missing or has no end.
    """
    found = [value if isinstance(value, Decimal) else Decimal(repr(float(value))) for value in values]
    if not all(value.is_finite() for value in found):
        raise CustlibError("concentration: each customer needs a finite number; leave out those without one")
    return sorted(found, reverse=True)


def sums(values: Iterable[Any]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Rank numbers, one per customer, and add them up.

    Returns
    -------
    totals : dict
        See `custlib.aggregate.concentration.totals`.
    marks : DataFrame
        See `custlib.aggregate.concentration.marks`.
    """
    ranking = sorted_values(values)
    with localcontext() as context:
        context.prec = DIGITS
        column = np.array(ranking, dtype=object)
        up_to, squares = np.cumsum(column), np.cumsum(column * column)
        return _totals(ranking, up_to, squares), _marks(ranking, up_to, squares)


def _totals(ranking: Sequence[Decimal], up_to: Any, squares: Any) -> dict[str, Any]:
    nothing, n = Decimal(0), len(ranking)
    positive = sum(value > 0 for value in ranking)
    zero = sum(value == 0 for value in ranking)
    total = up_to[-1] if n else nothing
    positive_total = up_to[positive - 1] if positive else nothing
    rank_sum = sum((rank * value for rank, value in enumerate(ranking[:positive], 1)), nothing)
    influence = _influence(ranking[:positive], up_to[:positive], positive_total, rank_sum)
    tail = tail_size(positive)
    return {
        "customers": n,
        "total": total,
        "squares": squares[-1] if n else nothing,
        "positive": positive,
        "positive_total": positive_total,
        "zero": zero,
        "negative": n - positive - zero,
        "negative_total": total - positive_total,
        "rank_sum": rank_sum,
        "below_mean": sum(value * n < total for value in ranking),
        "gini_sum": Decimal(repr(fsum(influence))),
        "gini_squares": Decimal(repr(fsum(influence * influence))),
        "hill_customers": tail,
        "hill_logs": Decimal(repr(fsum(np.log(np.array(ranking[:tail], dtype=float))))),
        "hill_at": ranking[tail] if tail < positive else None,
    }


def tail_size(positive: int) -> int:
    """Give the largest k with k^3 <= positive^2: how many customers stand for the tail of so many above zero."""
    k = round(positive ** (2 / 3))
    while k**3 > positive**2:
        k -= 1
    while (k + 1) ** 3 <= positive**2:
        k += 1
    return k


def _influence(ranking: Sequence[Decimal], up_to: Any, total: Decimal, rank_sum: Decimal) -> Any:
    """Give what each customer above zero moves the Gini by, times their number (see the engine's `totals`)."""
    if not ranking:
        return np.zeros(0)
    n, whole = len(ranking), float(total)
    values, before = np.array(ranking, dtype=float), np.array(up_to, dtype=float)
    rank = np.arange(1, n + 1)
    gini = 1 + 1 / n - 2 * float(rank_sum) / (n * whole)
    return ((1 - gini) * n * values - (2 * rank + 1) * values + 2 * before) / whole


def _marks(ranking: Sequence[Decimal], up_to: Any, squares: Any) -> pd.DataFrame:
    n = len(ranking)
    positive = sum(value > 0 for value in ranking)
    wanted = {-(-part * n // PARTS) for part in range(1, PARTS + 1)} | {*FIRST, positive, n // 2 + 1}
    total = up_to[-1] if n else Decimal(0)
    for share in HOLDING:
        reached = [rank for rank in range(1, positive + 1) if up_to[rank - 1] * 100 >= share * total]
        wanted |= set(reached[:1]) if total > 0 else set()
    ranks = [rank for rank in sorted(wanted) if 1 <= rank <= n]
    rows = [(rank, ranking[rank - 1], up_to[rank - 1], squares[rank - 1]) for rank in ranks]
    return pd.DataFrame(rows, columns=["rank", "margin", "sum_to", "squares_to"])
