"""A clock on which a busy season lasts longer: every day counts its calendar month's index.

A model that knows no seasons may be fitted on it: recency and age are then measured in seasonal weeks, and so are the
months ahead.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from custlib.errors import CustlibError
from custlib.measure.clv.fit import Floats

# Days of the calendar months in an average year.
DAYS = np.array([31, 28.2425, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def clock(days: NDArray[np.datetime64] | pd.Series, indices: Sequence[float]) -> Floats:
    """Give each day's reading in seasonal days: a difference of two counts the days after the first, up to the second.

    Parameters
    ----------
    days : array of dates
        Any days.
    indices : sequence of 12 float
        How busy January to December are; scaled here to a mean of 1 over the days of a year, so that a seasonal year
        is as long as another.

    Raises
    ------
    CustlibError
        Unless there are twelve indices, none negative and some above zero.
    """
    index = np.asarray(indices, dtype=float)
    if index.shape != (12,) or not np.isfinite(index).all() or index.min() < 0 or index.max() <= 0:
        raise CustlibError(
            f"a seasonal clock needs twelve indices, 0 or more and not all 0, not {list(indices)}"
        )
    index = index / (index @ DAYS) * DAYS.sum()
    given = np.asarray(days).astype("datetime64[D]")
    if not given.size:
        return np.zeros(given.shape)
    month = given.astype("datetime64[M]")
    first = month.min()
    months = np.arange(first, month.max() + np.timedelta64(1, "M"))
    counts = index[months.astype(int) % 12]
    lengths = (months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")
    begins = np.concatenate([[0.0], np.cumsum(counts * lengths.astype(int))])
    place = (month - first).astype(int)
    return begins[place] + counts[place] * ((given - month.astype("datetime64[D]")).astype(int) + 1)


def weeks_ahead(end: np.datetime64, months: int, indices: Sequence[float]) -> Floats:
    """Give the lengths, in seasonal weeks, of the calendar months after a month's last day.

    Parameters
    ----------
    end : datetime64
        The last day of a month.
    """
    after = end.astype("datetime64[M]") + np.arange(1, months + 1)
    ends = (after + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.diff(clock(np.concatenate([[end.astype("datetime64[D]")], ends]), indices)) / 7
