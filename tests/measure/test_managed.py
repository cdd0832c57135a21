"""Groups that are managed as one: what may be told of them, and whether more shrink than grow beyond chance."""

from decimal import Decimal

import pytest

from custlib.measure.managed import managed

SUMS = {
    "customers": 100, "value": Decimal(1000), "high": 20, "high_value": Decimal(600), "comparable": 18, "shrinking": 9,
    "growing": 1, "low": None, "low_value": None, "dated": 0, "long": 0,
}  # fmt: skip


def high(few=5, recent=True, **changed):
    return managed(SUMS | changed, recent=recent, definition=None, long_months=60, few=few).high


@pytest.mark.parametrize(
    ("shrinking", "growing", "said"),
    [(9, 1, "more shrinking"), (1, 9, "more growing"), (8, 2, "cannot tell"), (0, 0, "none")],
)
def test_shrinking_is_set_against_growing_exactly(shrinking, growing, said):
    found = high(shrinking=shrinking, growing=growing)
    assert found.verdict == said and (found.chance is None) == (said == "none")
    assert high(shrinking=9, growing=1).chance == pytest.approx(22 / 1024)


def test_where_a_year_ago_is_not_known_nobody_is_said_to_shrink():
    found = high(recent=False)
    assert (found.shrinking, found.chance, found.verdict) == (None, None, "none")


@pytest.mark.parametrize(("customers", "told"), [(4, False), (5, True), (95, True), (96, False), (100, True)])
def test_the_share_of_a_few_or_of_all_but_a_few_is_not_told(customers, told):
    assert (high(high=customers).share is not None) == told
    assert high(high=customers, few=1).share == 0.6
