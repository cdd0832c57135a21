"""The seasonal clock, by hand."""

import numpy as np
import pandas as pd
import pytest

from custlib.errors import CustlibError
from custlib.measure.clv import bgnbd
from custlib.measure.clv.clock import DAYS, clock, weeks_ahead

FLAT = [1.0] * 12


def days(*text):
    return np.array(text, dtype="datetime64[D]")


def test_without_seasons_it_is_the_calendar():
    given = days("2025-12-31", "2026-01-01", "2026-03-01", "2024-02-29", "2026-03-01")
    assert np.diff(clock(given, FLAT)) == pytest.approx(np.diff(given).astype(float))


def test_each_day_counts_its_month():
    """December counts four times as much as any other month; 365.2425 days are 334.2425 + 4 x 31 of its days' shares."""
    indices = [1.0] * 11 + [4.0]
    share = 365.2425 / (334.2425 + 4 * 31)
    read = clock(days("2026-11-28", "2026-12-02", "2027-01-01"), indices)
    assert read[1] - read[0] == pytest.approx(share * (2 + 4 * 2))
    assert read[2] - read[1] == pytest.approx(share * (4 * 29 + 1))
    assert np.dot(DAYS, indices) * share == pytest.approx(365.2425)


def test_a_column_of_dates_will_do():
    column = pd.Series(pd.to_datetime(["2026-01-31", "2026-02-01"]))
    assert np.diff(clock(column, [3] + [1] * 11)) == pytest.approx(365.2425 / (3 * 31 + 334.2425))
    assert clock(days(), FLAT).size == 0


def test_months_ahead_are_as_long_as_their_seasons():
    end = np.datetime64("2026-10-31")
    assert weeks_ahead(end, 4, FLAT) * 7 == pytest.approx([30, 31, 31, 28])
    busy = weeks_ahead(end, 12, [1.0] * 11 + [4.0])
    assert busy[1] / busy[2] == pytest.approx(4)
    assert weeks_ahead(end, 48, [1.0] * 11 + [4.0]).sum() * 7 == pytest.approx(4 * 365.25, rel=1e-3)


def test_a_busy_december_ahead_brings_more():
    row = pd.DataFrame([{"x": 3, "t_x": 40.0, "T": 43.0, "customers": 1}])
    fit = bgnbd.fit(row, hessian=False).at([1.0, 5.0, 0.5, 3.0])
    steps = weeks_ahead(np.datetime64("2026-10-31"), 12, [1.0] * 11 + [4.0])
    months = bgnbd.expected(fit, row, 24, steps=steps)[0]
    assert months[:12].argmax() == 1 and months[12:].argmax() == 1
    value = bgnbd.discounted(fit, row, 0.01, 24, steps=steps)[0]
    assert value == pytest.approx(months @ 1.01 ** -np.arange(1.0, 25), rel=1e-11)


@pytest.mark.parametrize("indices", [[1.0] * 11, [0.0] * 12, [1.0] * 11 + [-1.0], [1.0] * 11 + [np.nan]])
def test_a_clock_needs_twelve_indices(indices):
    with pytest.raises(CustlibError, match="twelve indices"):
        clock(days("2026-01-01"), indices)
