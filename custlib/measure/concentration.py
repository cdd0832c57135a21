"""How unevenly value is spread over customers: Lorenz curve, Gini, top shares, who holds a half, the whale curve.

The customers of a window are counted, not sampled. Intervals take them as a sample of the process that brings
customers like these: they say how far the figures would move with others of the same kind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from math import sqrt
from typing import Any

import pandas as pd

from custlib.measure.clv.fit import REACH
from custlib.measure.figures import FEW
from custlib.measure.ranked import DIGITS, sums
from custlib.measure.shares import HOLDING, TOP, UNKNOWN, Measured, Ranking, exact, hill

# Published shares of the top fifth of buyers; all are of sales, not of profit.
BENCHMARKS = (
    ("brands of packaged goods", 0.73, "Kim, Singh & Winer (2017), Marketing Letters 28:491-507"),
    ("listed companies", 0.67, "McCarthy & Winer (2019), Marketing Letters 30:139-150"),
    ("of these, subscriptions", 0.59, "McCarthy & Winer (2019), Marketing Letters 30:139-150"),
)


@dataclass(frozen=True)
class Concentration:
    """How the margin of one window is spread over its buyers.

    Attributes
    ----------
    months : int
        Length of the window.
    available : bool
        Whether the data reach back over it; where not, everything else is empty. A figure that is None though the window is
        available is not meaningful.
    customers, positive, zero, negative : int
        All buyers; those with a margin above, of exactly, and below zero.
    total, positive_total, negative_total : Decimal or None
        Their margin, in the company's currency.
    gini : Measured
        Of those with a margin above zero (their number not corrected for).
    top : dict of float to Measured
        By share of customers: the part of the net total that the most profitable hold; above 1 where others' losses give it
        back. None where the total is not above zero.
    holding : dict of float to Measured
        By share of the net total: the smallest share of customers who hold it.
    whale_peak, whale_at : float or None
        The largest cumulative margin / net total, and the share of customers at which it is reached.
    loss_maker_share : float or None
        Customers with a margin below zero, of all.
    hill : float or None
        Index of the tail of margins; infinite where all in it are equal, None where too few are.
    curve : DataFrame
        The whale curve: ``customers`` (share, from the most profitable on), ``margin`` (cumulative, / net total), ``rank``;
        0 first. Empty where the total is not above zero.
    mean, median, below_mean : float or None
        Margin per customer, and the share of customers below the mean.
    withheld : frozenset of str
        Names of results taken away because they would tell of a handful of customers (see `custlib.measure.cuts.guarded`).
    """

    months: int
    available: bool = False
    customers: int = 0
    positive: int = 0
    zero: int = 0
    negative: int = 0
    total: Decimal | None = None
    positive_total: Decimal | None = None
    negative_total: Decimal | None = None
    gini: Measured = UNKNOWN
    top: dict[float, Measured] = field(default_factory=lambda: dict.fromkeys(TOP, UNKNOWN))
    holding: dict[float, Measured] = field(default_factory=lambda: dict.fromkeys(HOLDING, UNKNOWN))
    whale_peak: float | None = None
    whale_at: float | None = None
    loss_maker_share: float | None = None
    hill: float | None = None
    curve: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["customers", "margin", "rank"]), repr=False
    )
    mean: float | None = None
    median: float | None = None
    below_mean: float | None = None
    withheld: frozenset[str] = frozenset()

    def lorenz(self) -> pd.DataFrame:
        """Give the Lorenz curve of customers above zero, from the least profitable on: shares of them and of their margin."""
        above = self.curve[self.curve["rank"] <= self.positive]
        if not len(above) or self.total is None or self.positive_total is None:
            return pd.DataFrame(columns=["customers", "margin"])
        held = above.margin * float(self.total / self.positive_total)
        lines = {"customers": 1 - above["rank"] / self.positive, "margin": 1 - held}
        # The last point is one less one, and not what doubles leave of it.
        return pd.DataFrame(lines).iloc[::-1].reset_index(drop=True).clip(lower=0.0)

    def shown_curve(self, few: int = FEW) -> pd.DataFrame:
        """Give the points of the curve that tell of no fewer than `few` customers, by subtraction neither."""
        kept = [0]
        for rank in self.curve["rank"].iloc[1:] if len(self.curve) else ():
            if rank - kept[-1] >= few and (self.customers - rank >= few or rank == self.customers):
                kept.append(int(rank))
        return self.curve[self.curve["rank"].isin(kept)].reset_index(drop=True)


def measured(totals: Mapping[str, Any], marks: pd.DataFrame, *, months: int) -> Concentration:
    """Measure concentration from the engine's sums.

    Parameters
    ----------
    totals : mapping
        The row of `custlib.aggregate.concentration.totals`.
    marks : DataFrame
        `custlib.aggregate.concentration.marks`.
    months : int
        Length of the window.
    """
    n, positive = int(totals["customers"]), int(totals["positive"])
    total, gains = exact(totals["total"]), exact(totals["positive_total"])
    rows = marks[["rank", "margin", "sum_to", "squares_to"]].itertuples(index=False)
    lines = {int(rank): (exact(cut), exact(up_to), exact(squares)) for rank, cut, up_to, squares in rows}
    tail = hill(totals)
    with localcontext() as context:
        context.prec = DIGITS
        ranking = Ranking(n, total, exact(totals["squares"]), lines, tail, int(totals["negative"]))
        net = n > 0 and total > 0
        return Concentration(
            months=months,
            available=True,
            customers=n,
            positive=positive,
            zero=int(totals["zero"]),
            negative=int(totals["negative"]),
            total=total,
            positive_total=gains,
            negative_total=exact(totals["negative_total"]),
            gini=_gini(totals, ranking.light),
            top={part: ranking.top(part) if net else UNKNOWN for part in TOP},
            holding={held: ranking.holding(held) if net else UNKNOWN for held in HOLDING},
            whale_peak=float(gains / total) if net else None,
            whale_at=positive / n if net else None,
            loss_maker_share=int(totals["negative"]) / n if n else None,
            hill=tail,
            curve=_curve(ranking) if net else Concentration(months).curve,
            mean=float(total / n) if n else None,
            median=float((lines[(n + 1) // 2][0] + lines[n // 2 + 1][0]) / 2) if n else None,
            below_mean=int(totals["below_mean"]) / n if n else None,
        )


def of_values(values: Iterable[Any], *, months: int = 0) -> Concentration:
    """Measure the concentration of plain numbers, one per customer, in any order.

    Raises
    ------
    CustlibError
        Where one is missing or infinite.
    """
    totals, marks = sums(values)
    return measured(totals, marks, months=months)


def _gini(totals: Mapping[str, Any], reliable: bool) -> Measured:
    """Measure the Gini of those above zero, with the interval of Davidson (2009)."""
    n, total = int(totals["positive"]), exact(totals["positive_total"])
    if not n:
        return UNKNOWN
    value = float(1 + (1 - 2 * exact(totals["rank_sum"]) / total) / n)
    spread = float(exact(totals["gini_squares"]) - exact(totals["gini_sum"]) ** 2 / n)
    reach = REACH * sqrt(max(spread, 0.0)) / n
    return Measured(value, max(value - reach, 0.0), min(value + reach, 1.0), reliable)


def _curve(ranking: Ranking) -> pd.DataFrame:
    points = [(0.0, 0.0, 0)]
    for rank, (_, up_to, _) in sorted(ranking.marks.items()):
        points.append((rank / ranking.n, float(up_to / ranking.total), rank))
    return pd.DataFrame(points, columns=["customers", "margin", "rank"])
