"""What customers bring after an answer, less what could be told from what they brought before it."""

import numpy as np
import pandas as pd

# What the engine adds up beside customers, kept, margin and squares, for customers whose past is known.
PAST = ["before", "before_squares", "product", "lost_margin", "lost_before"]


def slope(rows: pd.DataFrame) -> float:
    """Give the margin after an answer that goes with one unit more before it, among customers who are alike.

    Least squares within the rows, one per controls and score; 0 where nobody's past differs.
    """
    n = rows.customers.to_numpy(float)
    before, after = rows.before.to_numpy(float), rows.margin.to_numpy(float)
    spread = float((rows.before_squares.to_numpy(float) - before**2 / n).sum())
    if spread <= 1e-12 * max(float(rows.before_squares.sum()), 1.0):
        return 0.0
    return float((rows["product"].to_numpy(float) - before * after / n).sum()) / spread


def less_the_past(rows: pd.DataFrame, controls: list[str]) -> pd.DataFrame:
    """Take from each customer's margin what the margin before it foretells: y - b (z - mean of z).

    Some customers bring a hundred times what others do, and go on doing so. Bands part them only coarsely, so that a few large ones
    who happened to give one score and not another would pass for an effect of the score. Taking the past off leaves the mean of all as
    it is; what is left varies less, and differs by score as it does among customers of one past: an analysis of covariance, with b
    from those of equal controls and equal score.

    Parameters
    ----------
    rows : DataFrame
        Cells with ``customers``, ``margin``, ``squares`` and `PAST`: sums of the margin before, its square, its product with that after, and, of
        the lost, of both margins.
    controls : list of str
        Columns that say who is alike.

    Returns
    -------
    DataFrame
        The rows with ``margin``, ``squares`` and ``lost_margin`` of the margin less the past.

    References
    ----------
    Deng, Xu, Kohavi and Walker, Improving the sensitivity of online controlled experiments by utilizing pre-experiment data, WSDM
    (2013) 123-132, doi:10.1145/2433396.2433413.
    """
    sums = ["customers", "margin", "before", "before_squares", "product"]
    # Of equal score too: otherwise what goes with the score would be taken off with the past.
    b, n = slope(rows.groupby([*controls, "score"], observed=True)[sums].sum()), rows.customers
    centre = float(rows.before.sum() / n.sum())
    shifted = rows.before - n * centre
    squares = rows.before_squares - 2 * centre * rows.before + n * centre**2
    product = rows["product"] - centre * rows.margin
    return rows.assign(
        margin=rows.margin - b * shifted,
        squares=np.maximum(rows.squares - 2 * b * product + b**2 * squares, 0.0),
        lost_margin=rows.lost_margin - b * (rows.lost_before - (n - rows.kept) * centre),
    )
