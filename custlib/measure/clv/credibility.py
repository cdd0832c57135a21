"""How far a customer's own mean is to be believed where margins can be negative: Buhlmann's credibility.

No law of spending is assumed: customers have means of their own, and months scatter around them alike. The
estimators are those of Buhlmann & Straub 1970 with the number of active months as the weight (Buhlmann &
Gisler 2005, A Course in Credibility Theory, section 4.8), made of sums per number of active months. Where days are
counted, a month is still what is seen: its margin per day has the month's days as its weight, and scatters by as
much less.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Floats

# Sums of squares come with rounding errors; a variance this small beside them is none.
NOTHING = 1e-12


@dataclass(frozen=True)
class Credibility:
    """What a customer's mean margin per active month is to be set against.

    Attributes
    ----------
    k : float
        Months of one's own that weigh as much as the mean over customers; infinite where customers do not differ
        by more than chance, 0 where months do not differ at all.
    mu : float
        The mean over customers.
    within, between : float
        Variance of a customer's months (per day: of one day), and of customers' means; `between` is negative where they differ by less
        than chance would make them.
    customers : int
        Those with an active month.
    """

    k: float
    mu: float
    within: float
    between: float
    customers: int


def estimate(table: pd.DataFrame) -> Credibility | None:
    """Estimate credibility from sums.

    Parameters
    ----------
    table : DataFrame
        Any number of rows per ``x`` (active months): ``customers``; ``total``, the sum of their total margins S;
        ``total_squares``, the sum of S squared; ``squares``, the sum over customers and months of the squared margin.
        Where x counts days: ``squares`` with each month's divided by its days, and ``months``, how many there were; without
        it every x is a month. Rows with x = 0 tell nothing.

    Returns
    -------
    Credibility or None
        None where fewer than two customers have two active months or more: months cannot be told from customers.
    """
    names = ("x", "customers", "total", "total_squares", "squares")
    x, n, total, total_squares, squares = (table[name].to_numpy(dtype=float) for name in names)
    seen = x > 0
    x, n, total, total_squares, squares = (column[seen] for column in (x, n, total, total_squares, squares))
    seen_months = table["months"].to_numpy(dtype=float)[seen] if "months" in table else n * x
    repeated = float((seen_months - n).sum())
    if n[x >= 2].sum() < 2 or repeated <= 0:
        return None
    events, customers = float(n @ x), float(n.sum())
    own = total_squares / x  # the sum of each customer's events times its mean squared
    within = _variance(float((squares - own).sum()), float(squares.sum())) / repeated
    scatter = _variance(float(own.sum() - total.sum() ** 2 / events), float(squares.sum()))
    between = (scatter - (customers - 1) * within) / (events - float(n @ x**2) / events)
    k = within / between if between > NOTHING * within and between > 0 else np.inf
    return Credibility(float(k), _mean(float(k), x, n, total), within, between, round(customers))


def _variance(sum_of_squares: float, scale: float) -> float:
    return sum_of_squares if sum_of_squares > NOTHING * scale else 0.0


def _mean(k: float, x: Floats, n: Floats, total: Floats) -> float:
    """Give the mean over customers, each weighted by how far it is believed."""
    if np.isinf(k):
        return float(total.sum() / (n @ x))
    return float((total / (k + x)).sum() / (n @ (x / (k + x))))
