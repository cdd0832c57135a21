"""What a run publishes for machines keeps its contract, or is not published."""

import pytest

from custlib import results
from custlib.batch.contract import require_results
from custlib.errors import RunFailed
from custlib.periods import parse_month
from custlib.results import Figure, figure


@pytest.fixture
def frame():
    found = [Figure("core_margin_share", 0.25, "share", 12), figure("new_customers", None, "customers", 1)]
    return results.to_frame(found, month=parse_month("2026-06"), notebook="01_customer_base")


def test_good_results_pass(frame):
    assert require_results(frame, "results") is not None


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("value", "1.25", "a share lies between 0 and 1"),
        ("value", "", "a value goes with status ok and with no other"),
        ("value", "1,250", "value breaks the rule"),
        ("status", "fine", "status breaks the rule"),
        ("measure", "New Customers", "measure breaks the rule"),
    ],
)
def test_a_broken_rule_is_named_with_its_figure(frame, column, value, said):
    frame.loc[0, column] = value
    with pytest.raises(RunFailed, match=said) as raised:
        require_results(frame, "results")
    assert raised.value.exit_code == 3 and "2026-06 01_customer_base" in str(raised.value)
