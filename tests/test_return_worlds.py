"""The sample bank's two years of Return on Customer: with its service failure, and in the same world without it.

What is known of the truth: from July 2025 customers of high balances were driven away, and the comparison sites bring
customers who cost more than they bring.
"""

from dataclasses import replace
from datetime import date

import pytest

from custlib import open_month
from custlib.data.sample import TRUTH, write_sample
from custlib.month.return_on_customer import return_on_customer_of

FAILURE = date(2025, 7, 1)


@pytest.fixture(scope="module")
def failed():
    return open_month("sample", "2026-06")


@pytest.fixture(scope="module")
def calm(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calm")
    write_sample(folder / "data", truth=replace(TRUTH, failure=None))
    text = (root / "companies" / "sample.yaml").read_text(encoding="utf-8")
    path = folder / "calm.yaml"
    path.write_text(
        text.replace("../data/sample", "data").replace("company: sample", "company: calm"), encoding="utf-8"
    )
    return open_month(str(path), "2026-06")


def test_after_the_failure_customers_increase_and_their_value_is_used_up(failed):
    page = return_on_customer_of(failed)
    assert failed.bridge(12).closing > failed.bridge(12).opening
    year = page.returns[12]
    assert year.total.high < year.hurdle.value and year.closed.high < 0
    assert year.value_created.high < 0 and page.quadrant in ("harvesting", "destroying")
    table = page.history.set_index("month")
    # Before it the year's return was above the hurdle; of the months since, none is where all before it were.
    assert table.low_12[date(2025, 6, 1)] > table.hurdle_12[date(2025, 6, 1)]
    before, since = table.roc_1[:FAILURE].iloc[-13:-1], table.roc_1[FAILURE:]
    assert since.mean() < table.hurdle_1.mean() < before.mean()
    lines = page.ledgers[12]
    # It is customers who left, more than those who come less often.
    assert lines.line("survival") < 10 * lines.line("frequency") < 0
    assert page.check() > 6


def test_the_cheap_channel_destroys_value_and_the_others_do_what_the_truth_says(failed):
    table = return_on_customer_of(failed).segments["acquisition_channel"].set_index("segment")
    assert (
        table.loc["comparison", "quadrant"] == "destroying" and table.loc["comparison", "value_created"] < 0
    )
    assert table.customers_new.idxmax() == "comparison"
    joiners = return_on_customer_of(failed).joiners.set_index("segment")
    assert joiners.cost.idxmin() == "comparison" and joiners.net.idxmin() == "comparison"
    assert joiners.net["comparison"] < 0 < joiners.net.drop("comparison").min()
    assert joiners.high["comparison"] < joiners.cost["comparison"]  # by more than chance
    # The failure drove out those whom the branches had won.
    assert table.loc["branch", "high"] < table.loc["web", "low"]


@pytest.mark.long
def test_without_the_failure_value_is_created_and_no_alarm_rings(calm):
    page = return_on_customer_of(calm)
    assert not page.alarm and page.quadrant == "creating"
    assert page.returns[12].total.low > page.returns[12].hurdle.value
    known = page.history[page.history.quadrant.notna()]
    assert len(known) > 9 and set(known.quadrant) == {"creating"}
