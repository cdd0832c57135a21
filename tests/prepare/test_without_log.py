"""A company of which nobody knows what its customers did: answers to surveys alone, filed under one month."""

import json
from decimal import Decimal

import pytest
import yaml

from custlib import open_month
from custlib.company import load_company
from custlib.data.checks import check
from custlib.data.collect import collect
from custlib.data.source import open_source
from custlib.errors import DataError, NotComplete, UsageError
from custlib.prepare import prepare

pytestmark = pytest.mark.usefixtures("cache")

CUSTOMERS = "customer_id,value,town\nA,120.50,Rennes\nB,,Brest\nC,-3,Brest\n"
SURVEYS = "customer_id,metric,score,reason\nA,nps,9,fine\nB,nps,,\nC,nps,3,dear\n"


@pytest.fixture
def asked(tmp_path):
    """Give what writes a company without a log and gives the path of its company file."""

    def written(
        surveys: str | None = SURVEYS, *, customers: str | None = CUSTOMERS, through="2020-12", **more
    ):
        texts = {"surveys": surveys, "customers": customers}
        told = {
            "company": "asked", "title": "Asked", "currency": "EUR", "relationship": "non_contractual",
            "connection": {"folder": "."},
            "tables": {name: {"from": f"{name}.csv"} for name, text in texts.items() if text},
        } | ({"complete_through": through} if through else {}) | more  # fmt: skip
        for name, text in texts.items():
            (tmp_path / f"{name}.csv").write_text(text or "")
        (tmp_path / "asked.yaml").write_text(yaml.safe_dump(told))
        return str(tmp_path / "asked.yaml")

    return written


def rows(table) -> list[tuple]:
    frame = collect(table).astype(object)
    return sorted(frame.where(frame.notna(), None).itertuples(index=False, name=None), key=repr)


def test_answers_without_dates_are_fit_and_filed_under_the_month_named(asked):
    path = asked()
    with open_source(load_company(path)) as source:
        report = check(source, source.company)
    assert (report.violations, report.counts["surveys_rows"]) == ((), 3)
    for month in ("latest", "2020-12"):
        view = open_month(path, month)
        assert f"{view.month:%Y-%m}" == "2020-12" and not view.prepared.has_log
        assert rows(view.surveys.select("customer_id", "date", "score", "reason")) == [
            ("A", None, 9.0, "fine"), ("B", None, None, None), ("C", None, 3.0, "dear"),
        ]  # fmt: skip
        assert view.feedback is None


def test_what_customers_brought_is_what_their_list_says(asked):
    view = open_month(asked())
    assert rows(view.customer_value) == [("A", Decimal("120.5000")), ("C", Decimal("-3.0000"))]
    assert {row[2] for row in rows(view.customers.select("customer_id", "value", "town"))} == {
        "Rennes",
        "Brest",
    }


@pytest.mark.parametrize("customers", [None, "customer_id,town\nA,Rennes\nB,Brest\nC,Brest\n"])
def test_a_value_that_no_list_says_is_not_available(asked, customers):
    assert open_month(asked(customers=customers)).customer_value is None


def test_what_needs_a_log_says_that_there_is_none(asked):
    view = open_month(asked())
    for read in (lambda: view.base, lambda: view.panel, lambda: view.known, lambda: view.comparison()):
        with pytest.raises(UsageError, match="no table says what customers did"):
            read()


def test_another_answer_is_another_state_and_the_same_answers_make_nothing(asked, tmp_path):
    before = prepare(load_company(asked()))
    parts = set((tmp_path / "cache" / "asked").rglob("*.parquet"))
    assert {path.parent.name for path in parts} == {"surveys", "customers"}
    prepare(load_company(asked()))
    assert set((tmp_path / "cache" / "asked").rglob("*.parquet")) == parts
    after = prepare(load_company(asked(SURVEYS + "A,nps,10,better\n")))
    new = set((tmp_path / "cache" / "asked").rglob("*.parquet")) - parts
    assert {(path.parent.name, path.name[:7]) for path in new} == {("surveys", "2020-12")}
    assert before.month_digests["2020-12"] != after.month_digests["2020-12"]
    assert after.month_digests["2020-12"]["rows"] == 4
    assert before.kept("nps", "pickle", said=True) != after.kept("nps", "pickle", said=True)


def test_dates_may_be_known_of_some(asked):
    surveys = "customer_id,date,metric,score\nA,2019-05-06,nps,9\nB,,nps,8\nC,2021-01-01,nps,1\n"
    view = open_month(asked(surveys))
    assert [row[0] for row in rows(view.surveys)] == ["A", "B"]  # C answered after the month


def test_the_month_has_to_be_named_to_be_over_and_to_be_that_one(asked):
    with pytest.raises(UsageError, match="name the one under which they are filed by complete_through"):
        load_company(asked(through=None))
    with pytest.raises(NotComplete, match="2999-01 is not complete: it ends on"):
        prepare(load_company(asked(through="2999-01")))
    with pytest.raises(NotComplete, match="2021-01 is not complete: nothing dated says so"):
        prepare(load_company(asked()), "2021-01")
    with pytest.raises(
        DataError, match="2020-11 is not the month under which the surveys are filed, which is 2020-12"
    ):
        prepare(load_company(asked()), "2020-11")


def test_answers_filed_under_a_later_month_have_no_earlier_page(asked, tmp_path):
    page = tmp_path / "reports" / "2020-11"
    page.mkdir(parents=True)
    told = {"company": {"company": "asked", "scope": None}, "status": "published", "month": "2020-11"}
    (page / "manifest.json").write_text(json.dumps(told))
    assert open_month(asked()).since(str(tmp_path / "reports"), notebook="04_nps_middle_ground") is None


def test_without_surveys_too_there_is_nothing_to_report(asked):
    with pytest.raises(DataError, match="transactions: the company file names no such table"):
        prepare(load_company(asked(None)))


def test_with_a_log_every_answer_has_its_date(asked, tmp_path):
    (tmp_path / "log.csv").write_text(
        "customer_id,date,amount\nA,2020-05-05,1\nB,2020-12-31,1\nC,2020-07-05,1\n"
    )
    path = asked()
    told = yaml.safe_load((tmp_path / "asked.yaml").read_text())
    told["tables"]["transactions"] = {"from": "log.csv"}
    (tmp_path / "asked.yaml").write_text(yaml.safe_dump(told))
    with pytest.raises(UsageError, match=r"tables.surveys: the column 'date' is missing"):
        prepare(load_company(path))
    (tmp_path / "surveys.csv").write_text("customer_id,date,metric,score\nA,2020-05-06,nps,9\nB,,nps,8\n")
    with pytest.raises(DataError, match=r"surveys.date: date missing \(1 row\)"):
        prepare(load_company(path))
    (tmp_path / "surveys.csv").write_text("customer_id,date,metric,score\nA,2020-05-06,nps,9\n")
    assert open_month(path).customer_value is None  # the log tells it
