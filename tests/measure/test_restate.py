"""Why a figure is no longer what was printed: every cause is found, and none is invented."""

import pandas as pd
import pytest

from custlib import results
from custlib.measure import restate
from custlib.periods import parse_month
from custlib.results import figure

BASIS = {
    "definitions": "1",
    "settings": {"active_window_months": 3},
    "company_file": "abc",
    "methods": "1",
    "models": {},
    "months": {
        "2026-01": {"rows": 10, "data": "a", "customers": "x"},
        "2026-02": {"rows": 12, "data": "b", "customers": "y"},
        "2026-03": {"rows": 15, "data": "c", "customers": "z"},
    },
}


def changed(**parts) -> dict:
    return {**BASIS, **parts}


def with_month(month: str, **parts) -> dict:
    months = {name: {**told, **(parts if name == month else {})} for name, told in BASIS["months"].items()}
    return changed(months=months)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (BASIS, []),
        (with_month("2026-01", data="other", rows=11), [restate.LATE]),
        (with_month("2026-03", data="other"), []),  # later than the figure's month
        (with_month("2026-02", customers="other"), [restate.LATE]),
        (changed(definitions="2"), [restate.DEFINITIONS]),
        (changed(definitions="2", company_file="def"), [restate.DEFINITIONS, restate.FILE]),
        (changed(settings={"active_window_months": 6}), [restate.SETTINGS]),
        (changed(company_file="def"), [restate.FILE]),
        (changed(methods="2"), [restate.METHODS]),
        (changed(models={"clv": "bgbb"}), [restate.MODEL]),
        (with_month("2026-01", data="other") | {"methods": "2"}, [restate.LATE, restate.METHODS]),
    ],
)
def test_causes_of_a_february_figure(now, expected):
    assert restate.causes(BASIS, now, "2026-02") == expected


def test_a_run_that_recorded_nothing_has_no_known_cause():
    assert restate.causes({}, BASIS, "2026-02") == [restate.UNKNOWN]


def test_the_months_that_changed_are_named_once_each():
    now = {**with_month("2026-01", data="other"), "company_file": "abc"}
    for month in ("2026-01", "2026-02", "2026-03"):
        now["months"][month] = {**now["months"][month], "customers": "other"}
    assert restate.changed_months(BASIS, now, "2026-03") == ["2026-01"]
    assert restate.late_rows(BASIS, with_month("2026-01", rows=8), "2026-02") == -2
    assert restate.late_rows({}, BASIS, "2026-02") is None


def frame(month: str, **values) -> pd.DataFrame:
    figures = [figure(name, value, "customers", 1) for name, value in values.items()]
    return results.to_frame(figures, month=parse_month(month), notebook="01_customer_base")


def test_only_what_moved_is_listed_with_change_and_reason():
    then = frame("2026-02", new_customers=5, lost_customers=3, won_back_customers=1, active_customers=None)
    now = frame("2026-02", new_customers=7, lost_customers=3, moved_in_customers=9, active_customers=4)
    moved = restate.restatements(then, now, before=BASIS, after=with_month("2026-01", data="other"))
    rows = moved.set_index("measure")[["then", "now", "change", "then_status", "reason"]]
    assert rows.loc["new_customers"].tolist() == ["5", "7", "2", "ok", "late data"]
    # What was not available then and is now has moved, by an amount nobody can name.
    assert rows.loc["active_customers"].tolist() == ["", "4", "", "not_available", "late data"]
    assert sorted(rows.index) == ["active_customers", "new_customers"]


def test_a_figure_that_moved_without_a_recorded_cause_says_so():
    then, now = frame("2026-02", new_customers=5), frame("2026-02", new_customers=6)
    moved = restate.restatements(then, now, before=BASIS, after=BASIS)
    assert moved.reason.tolist() == [restate.UNKNOWN]


def test_compare_sets_two_months_side_by_side_exactly():
    names = [column for column in results.KEY if column != "month"]
    both = results.compare(frame("2026-01", a=1, b=2), frame("2026-02", b=5, c=3), on=names).set_index(
        "measure"
    )
    assert both.loc["b", ["value_a", "value_b", "change"]].tolist() == ["2", "5", "3"]
    assert both.loc["a", ["value_a", "status_b", "change"]].tolist() == ["1", "", ""]
    assert both.loc["c", ["status_a", "value_b", "change"]].tolist() == ["", "3", ""]
