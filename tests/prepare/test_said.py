"""Surveys and feedback in the cache: one part per month, nothing else made anew by a late answer, nothing known early."""

from pathlib import Path

import pytest
import yaml

from custlib import open_month
from custlib.data.collect import collect
from custlib.errors import CustlibError

pytestmark = pytest.mark.usefixtures("cache")

LOG = "customer_id,date,amount\nA,2026-01-05,10\nB,2026-02-03,20\nA,2026-03-09,5\nB,2026-04-30,5\n"
SURVEYS = (
    "customer_id,date,metric,score,reason\nA,2025-11-20,nps,7,early\nA,2026-02-10,nps,9,\nB,2026-02-11,nps,,\n"
    "A,2026-04-01,csat,2.0,slow\n"
)
FEEDBACK = (
    "customer_id,date,kind,status,resolved_on\nA,2026-01-07,complaint,resolved,2026-03-04\n"
    ",2026-02-07,praise,,\nB,2026-03-31,complaint,open,\n"
)


@pytest.fixture
def shop(tmp_path):
    """Give what writes the shop's tables, opens a month of it and tells which parts were made for it."""

    def opened(month: str = "2026-04", *, surveys: str = SURVEYS, feedback: str | None = FEEDBACK):
        tables = {"transactions": LOG, "surveys": surveys} | ({"feedback": feedback} if feedback else {})
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text)
        told = {
            "company": "said", "title": "A shop", "currency": "EUR", "relationship": "non_contractual",
            "connection": {"folder": "."}, "complete_through": "2026-04",
            "tables": {name: {"from": f"{name}.csv"} for name in tables},
        }  # fmt: skip
        (tmp_path / "said.yaml").write_text(yaml.safe_dump(told))
        before = set((tmp_path / "cache").rglob("*.parquet"))
        view = open_month(str(tmp_path / "said.yaml"), month)
        made = set((tmp_path / "cache" / "said").rglob("*.parquet")) - before
        return view, {(path.parent.name, path.name[:7]) for path in made}

    return opened


def rows(table) -> list[tuple]:
    """Give a table's rows in order, with None for what is missing."""
    frame = collect(table).astype(object)
    return sorted(frame.where(frame.notna(), None).itertuples(index=False, name=None), key=repr)


def test_surveys_and_feedback_are_typed_and_hold_the_months_to_the_one_reported(shop):
    view, made = shop()
    assert {name: str(kind) for name, kind in view.surveys.schema().items()} == {
        "customer_id": "string", "date": "date", "metric": "string", "score": "float64", "wave": "string",
        "stage": "string", "reason": "string",
    }  # fmt: skip
    assert len(rows(view.surveys)) == 4 and len(rows(view.feedback)) == 3
    assert {month for kind, month in made if kind == "surveys"} == {"2025-11"} | {
        f"2026-0{month}" for month in range(1, 5)
    }
    february, made = shop("2026-02")
    assert made == set()
    assert [(name, f"{day:%Y-%m-%d}", *rest) for name, day, *rest in rows(february.surveys)] == [
        ("A", "2025-11-20", "nps", 7.0, None, None, "early"),
        ("A", "2026-02-10", "nps", 9.0, None, None, None),
        ("B", "2026-02-11", "nps", None, None, None, None),
    ]


def test_what_was_settled_after_the_month_was_not_at_its_end(shop):
    now = {row[1].day: row[5:] for row in rows(shop()[0].feedback.filter(lambda t: t.kind == "complaint"))}
    then = rows(shop("2026-02")[0].feedback.filter(lambda t: t.kind == "complaint"))
    assert now[7][0] == "resolved" and now[7][1].month == 3 and now[31] == ("open", None)
    assert [row[5:] for row in then] == [(None, None)]


def test_feedback_of_nobody_known_is_kept(shop):
    assert rows(shop()[0].feedback.filter(lambda t: t.customer_id.isnull()))[0][2] == "praise"


def test_a_late_answer_makes_its_month_of_the_surveys_anew_and_nothing_else(shop):
    before, _ = shop()
    after, made = shop(surveys=SURVEYS + "B,2026-03-02,nps,3,late\n")
    assert made == {("surveys", "2026-03")}
    then, now = before.prepared.month_digests, after.prepared.month_digests
    assert {month for month in now if now[month] != then[month]} == {"2026-03"}
    assert now["2026-03"]["rows"] == then["2026-03"]["rows"] + 1
    assert after.prepared.inputs == before.prepared.inputs
    kept = [view.prepared.kept("nps", "pickle", said=True) for view in (before, after)]
    assert kept[0] != kept[1] and kept[0].parent == kept[1].parent
    assert before.prepared.kept("values", "parquet") == after.prepared.kept("values", "parquet")


def test_what_is_settled_later_changes_the_month_in_which_it_is_settled(shop):
    before, _ = shop()
    told = FEEDBACK.replace("complaint,open,", "complaint,resolved,2026-04-02")
    after, made = shop(feedback=told)
    assert made == {("feedback", "2026-03")}
    then, now = before.prepared.month_digests, after.prepared.month_digests
    assert {month for month in now if now[month] != then[month]} == {"2026-04"}


def test_without_the_table_there_is_nothing_to_read(shop):
    view, _ = shop(feedback=None)
    assert view.feedback is None and view.surveys is not None


def test_a_company_whose_surveys_are_all_to_come_has_none_yet(shop):
    view, _ = shop("2026-02", surveys="customer_id,date,metric,score\nA,2026-04-10,nps,9\n")
    assert rows(view.surveys) == []


def test_all_parts_of_a_cleaned_cache_are_asked_for(shop, tmp_path: Path):
    view, _ = shop()
    for path in (tmp_path / "cache" / "said" / "surveys").glob("2026-03-*"):
        path.unlink()
    with pytest.raises(CustlibError, match="no longer in the cache"):
        _ = view.surveys
    assert len(rows(shop()[0].surveys)) == 4
