"""Sums of customer equity that do not agree stop the page."""

from dataclasses import replace

import pandas as pd
import pytest

from custlib.errors import CustlibError
from custlib.measure.equity import Estimate
from custlib.measure.equity_checks import check
from tests.present.equity_cases import HOLDERS, SEGMENTS, SHORTCUT, page

BOTH = SEGMENTS.iloc[:2].assign(customers=[400, 800])


def test_agreeing_sums_are_counted():
    assert check(page(segments={})) == 2
    assert check(page(segments={"channel": BOTH, "region": SEGMENTS})) == 3  # one has a hidden segment
    assert check(page(segments={"channel": pd.DataFrame()}, shortcut=None)) == 1


def test_rounding_of_each_customers_value_is_no_difference():
    assert check(page(segments={}, holders=HOLDERS.assign(equity=HOLDERS.equity + 0.02))) == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"holders": HOLDERS.assign(equity=HOLDERS.equity + 1)}, r"layers of value add up to 1000005\.0000, but customer equity is"),
        ({"holders": HOLDERS.assign(customers=HOLDERS.customers + 1)}, "layers of value hold 1205 customers, but 1200"),
        ({"shortcut": replace(SHORTCUT, residual_inactive=49_000.0)}, "the active and the others add up to 999000"),
        ({"segments": {"channel": BOTH.assign(equity=[600_000.0, 399_000.0])}}, "segments by channel add up to 999000"),
    ],
)  # fmt: skip
def test_sums_that_do_not_agree_are_refused(changed, message):
    with pytest.raises(CustlibError, match=message):
        check(page(**{"segments": {}, **changed}))


def test_what_is_not_available_is_not_compared():
    assert check(page(available=False, total=Estimate(None), segments={})) == 0
