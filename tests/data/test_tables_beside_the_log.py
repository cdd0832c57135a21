"""Surveys, feedback, promises, operations, channels, products and events: bound, checked and counted."""

from datetime import date

import duckdb
import pytest
import yaml

from custlib.company import load_company
from custlib.data.checks import check
from custlib.data.schema import TABLES, codebook
from custlib.data.source import open_source
from custlib.errors import DataError, UsageError
from custlib.surveying import KNOWN

TODAY = date(2026, 6, 15)
SOUND = {
    "transactions": "customer_id,date,amount,channel,product\nC1,2026-05-05,10,web,card\nC2,2026-05-06,5,shop,loan\n",
    "customers": "customer_id,acquired_on,country\nC1,2025-01-01,FR\nC2,2025-02-01,DE\n",
    "surveys": "customer_id,date,metric,score,wave,stage,reason,expectation\n"
    "C1,2026-05-01,nps,9,2026-Q2,help,<b>Fine</b>,\nC2,2026-05-01,nps,,2026-Q2,,,\n"
    "C1,2026-05-02,csat,1,,help,,=1+1\nC2,2026-05-03,effort,6.5,,,,\n",
    "feedback": "customer_id,date,kind,stage,channel,product,verbatim,owner,status,resolved_on\n"
    "C1,2026-05-04,complaint,help,web,card,Nobody answers,Head of Service,open,\n"
    ",2026-05-04,praise,use,shop,,Thanks,,resolved,2026-05-05\n",
    "promises": "customer_id,promise,due_on,kept_on,stage\nC1,call back,2026-05-05,2026-05-09,help\n"
    "C2,fixed rate,2041-05-05,,use\n",
    "operations": "month,metric,value,minimum,better,stage,owner,country\n"
    "2026-04,answered,0.79,0.8,higher,help,Service,FR\n2026-05,answered,0.81,0.8,higher,help,Service,FR\n"
    "2026-05,errors,3,4,lower,use,Payments,DE\n",
    "channels": "channel,name,kind\nweb,Website,digital\nshop,Shops,personal\n",
    "products": "product,name,owner,group\ncard,Card,Head of Cards,everyday\nloan,Loan,Head of Loans,lending\n",
    "events": "date,text\n2026-04-03,Prices rise\n2027-01-01,New shop opens\n",
}
BESIDE = [name for name in SOUND if name not in ("transactions", "customers")]

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def checked(tmp_path):
    """Give a function that checks the sound company with some rows added, columns mapped, or values changed."""

    def run(rows: dict[str, str] | None = None, *, tables: dict | None = None, **more):
        for name, text in SOUND.items():
            (tmp_path / f"{name}.csv").write_text(text + (rows or {}).get(name, ""), encoding="utf-8")
        told = {
            "company": "shop", "title": "A shop", "currency": "EUR", "relationship": "non_contractual",
            "connection": {"folder": "."},
            "tables": {name: {"from": f"{name}.csv"} | (tables or {}).get(name, {}) for name in SOUND}, **more,
        }  # fmt: skip
        (tmp_path / "shop.yaml").write_text(yaml.safe_dump(told))
        company = load_company(tmp_path / "shop.yaml")
        with open_source(company) as source:
            seen = {name: source.table(name).execute() for name in SOUND}
            return seen, check(source, company, today=TODAY)

    return run


def lines(report, level: str) -> list[str]:
    return [violation.line for violation in report.violations if violation.level == level]


def test_sound_tables_are_fit_and_counted(checked):
    seen, report = checked()
    assert report.violations == ()
    counts = {name: (report.counts[f"{name}_source_rows"], report.counts[f"{name}_rows"]) for name in BESIDE}
    assert counts == {
        "surveys": (4, 4), "feedback": (2, 2), "promises": (2, 2), "operations": (3, 3), "channels": (2, 2),
        "products": (2, 2), "events": (2, 2),
    }  # fmt: skip
    assert report.counts["surveys_unanswered_rows"] == 1 and report.counts["feedback_unattributed_rows"] == 1
    assert [(policy.table, policy.name, policy.rows) for policy in report.policies] == [
        ("surveys", "invited, did not answer", 1),
        ("surveys", "answers on a scale nobody declared", 1),
        ("feedback", "rows without a customer", 1),
    ]
    assert seen["operations"].month.iloc[0].date() == date(2026, 4, 1)
    assert seen["products"].columns.tolist() == ["product", "name", "owner", "group"]


def test_every_column_of_these_tables_can_be_mapped_and_read(checked):
    seen, _ = checked()
    for name in BESIDE:
        assert seen[name].columns.tolist() == [column.name for column in TABLES[name].columns]


def test_scores_outside_their_scale_are_refused(checked):
    scores = {"nps": ["11", "-1", "9.5", "100", "nine"], "csat": ["0", "6", "4.5"]}
    rows = [f"C1,2026-05-09,{metric},{score},,,," for metric, some in scores.items() for score in some]
    _, report = checked({"surveys": "\n".join(rows) + "\n"})
    assert lines(report, "error") == [
        "surveys.score: not a number (1 row)",
        "surveys.score: nps that is not a whole number from 0 to 10 (4 rows)",
        "surveys.score: csat that is not a whole number from 1 to 5 (3 rows)",
    ]
    assert report.violations[2].examples[0] == "customer C1, 2026-05-09: 0.0"
    with pytest.raises(DataError, match=r"nps that is not a whole number from 0 to 10 \(4 rows\)"):
        report.raise_if_unfit()
    assert "another scale needs another metric than nps" in report.violations[1].hint


def test_whole_scales_are_accepted_to_their_ends_and_other_scales_as_they_are(checked):
    ends = [(metric, end) for metric, scale in KNOWN.items() for end in (scale.lowest, scale.highest)]
    rows = [f"C1,2026-05-09,{metric},{score},,,," for metric, score in ends]
    _, report = checked({"surveys": "\n".join([*rows, "C1,2026-05-09,nps,7.0,,,,", "C1,2026-05-09,likes,-3.25,,,,", ""])})  # fmt: skip
    assert report.violations == ()


TEN = {"nps": {"lowest": 1, "highest": 10, "middle": [5, 8]}}


def test_a_declared_scale_is_kept_to_as_the_known_ones_are(checked):
    effort = {"effort": {"lowest": 1, "highest": 7, "middle": [3, 5]}}
    rows = "".join(
        f"C1,2026-05-09,{metric},{score},,,,\n"
        for metric, score in [("nps", 0), ("effort", 8), ("effort", 7)]
    )
    _, report = checked({"surveys": rows}, settings={"scales": TEN | effort})
    assert lines(report, "error") == [
        "surveys.score: nps that is not a whole number from 1 to 10 (1 row)",
        "surveys.score: effort that is not a whole number from 1 to 7 (2 rows)",
    ]
    ends = "".join(f"C1,2026-05-09,nps,{score},,,,\n" for score in (1, 10))
    _, report = checked({"surveys": ends}, settings={"scales": TEN})
    assert report.violations == ()
    _, report = checked({"surveys": "C1,2026-05-09,Effort,3,,,,\n"}, settings={"scales": effort})
    assert "surveys.metric: known scale in capital letters (1 row)" in lines(report, "error")


def test_a_scale_nobody_declared_is_named_and_counted(checked):
    asked = "".join(f"C1,2026-05-09,q{i},1,,,,\n" for i in range(6))
    _, report = checked({"surveys": asked + "C1,2026-05-09,effort,,,,,\n"})
    found = next(policy for policy in report.policies if policy.name == "answers on a scale nobody declared")
    assert (found.table, found.rows) == ("surveys", 8)
    assert found.text.endswith("goes: effort, q0, q1, q2, q3, ...")
    seven = {"lowest": 1, "highest": 7, "middle": [3, 5]}
    _, report = checked(
        {"surveys": "C1,2026-05-09,effort,3,,,,\n"}, tables={"surveys": {"filter": "score <> 6.5"}},
        settings={"scales": {"effort": seven}},
    )  # fmt: skip
    assert [policy.name for policy in report.policies if policy.table == "surveys"] == []


def test_capital_letters_do_not_hide_a_scale(checked):
    _, report = checked({"surveys": "C1,2026-05-09,NPS,11,,,,\n"})
    assert sorted(lines(report, "error")) == [
        "surveys.metric: known scale in capital letters (1 row)",
        "surveys.score: nps that is not a whole number from 0 to 10 (1 row)",
    ]
    columns = {name: name for name in ("customer_id", "date", "score")} | {"metric": "lower(metric)"}
    assert checked({"surveys": "C1,2026-05-09,NPS,10,,,,\n"}, tables={"surveys": {"columns": columns}})[1].fit


def of_each(cases: list[tuple[str, str, str]]) -> dict[str, str]:
    """Put the bad rows of each table together."""
    return {table: "".join(f"{row}\n" for name, row, _ in cases if name == table) for table, *_ in cases}


REFUSED = [
    ("surveys", ",2026-05-09,nps,9,,,,", "surveys.customer_id: id missing (1 row)"),
    ("surveys", "C1,,nps,9,,,,", "surveys.date: date missing (1 row)"),
    ("surveys", "C1,2026-05-09,,9,,,,", "surveys.metric: text missing (1 row)"),
    ("feedback", "C1,,complaint,,,,,,,", "feedback.date: date missing (1 row)"),
    ("promises", "C1,,2026-05-05,,", "promises.promise: text missing (1 row)"),
    ("promises", "C1,call back,,,", "promises.due_on: date missing (1 row)"),
    ("operations", "2026-05,waiting,,,,,,", "operations.value: number missing (1 row)"),
    ("operations", "2026-05,calls,x,,,,,", "operations.value: not a number (1 row)"),
    ("operations", "2026-05,visits,4,,more,,,", "operations.better: neither higher nor lower (1 row)"),
    ("operations", "2026-05,errors,3.5,4,lower,,,", "operations.metric: the same metric-month more than once (1 metric-month)"),
    ("channels", "web,Internet,digital", "channels.channel: the same channel more than once (1 channel)"),
    ("channels", ",Internet,digital", "channels.channel: text missing (1 row)"),
    ("products", "card,Cards,,", "products.product: the same product more than once (1 product)"),
    ("products", " ,Cards,,", "products.product: id missing (1 row)"),
    ("events", ",Something", "events.date: date missing (1 row)"),
    ("events", "2026-05-01,", "events.text: text missing (1 row)"),
    ("events", "03/04/2026,Something", "events.date: ambiguous date (1 row)"),
]  # fmt: skip
WARNED = [
    ("surveys", "C7,2026-05-09,nps,9,,,,", "surveys.customer_id: unknown customer (1 customer)"),
    ("feedback", "C7,2026-05-09,praise,,,,,,,", "feedback.customer_id: unknown customer (1 customer)"),
    ("promises", "C7,call back,2026-05-05,,", "promises.customer_id: unknown customer (1 customer)"),
    ("feedback", "C1,2026-05-09,praise,,fax,,,,,", "feedback.channel: unknown channel (1 channel)"),
    ("feedback", "C1,2026-05-09,praise,,,gold,,,,", "feedback.product: unknown product (1 product)"),
    ("transactions", "C1,2026-05-09,3,phone,card", "transactions.channel: unknown channel (1 channel)"),
    ("feedback", "C1,2026-05-09,praise,,,,,,,2026-05-08", "feedback.resolved_on: settled before it came in (1 row)"),
    ("surveys", "C1,2026-07-09,nps,9,,,,", "surveys.date: date in the future (1 row)"),
    ("promises", "C1,call back,2026-07-05,2026-07-05,", "promises.kept_on: date in the future (1 row)"),
]  # fmt: skip


def test_rows_that_break_the_contract_are_refused(checked):
    _, report = checked(of_each(REFUSED))
    assert sorted(lines(report, "error")) == sorted(line for *_, line in REFUSED)
    assert all(violation.examples for violation in report.violations)
    assert report.exit_code == 2


def test_rows_worth_a_look_are_warned_of(checked):
    _, report = checked(of_each(WARNED))
    assert sorted(lines(report, "warning")) == sorted(line for *_, line in WARNED)
    assert report.exit_code == 1


def test_messages_never_hold_what_a_customer_said(checked):
    """A verbatim may name its writer, so no rule shows it, even where its row breaks one."""
    _, report = checked({
        "surveys": "C1,2026-05-09,nps,99,,,My name is Anna Muster,I want Anna\n",
        "feedback": "C1,,praise,,fax,,I am Anna Muster,,,\n",
    })  # fmt: skip
    assert report.exit_code == 2
    assert not [text for violation in report.violations for text in violation.examples if "Anna" in text]


def test_scope_cuts_the_tables_of_customers_and_says_which_it_leaves_whole(checked):
    seen, report = checked(scope={"where": "country = 'FR'", "name": "France"})
    assert seen["surveys"].customer_id.unique().tolist() == ["C1"]
    assert seen["feedback"].customer_id.tolist() == ["C1"]  # of nobody known: of nobody's country
    assert [len(seen[name]) for name in ("promises", "operations", "channels", "products", "events")] == [
        1, 2, 2, 2, 2,
    ]  # fmt: skip
    whole = [
        policy.table for policy in report.policies if policy.name == "rows outside the reach of the scope"
    ]
    assert whole == ["channels", "products", "events"]  # operations have a country of their own


def test_empty_table_and_missing_column_are_named(checked, tmp_path):
    with pytest.raises(UsageError, match=r"tables\.operations: the column 'month' is missing"):
        checked(tables={"operations": {"columns": {"metric": "metric", "value": "value"}}})
    with pytest.raises(UsageError, match=r"tables\.surveys: the column 'score' is missing"):
        checked(tables={"surveys": {"columns": {name: name for name in ("customer_id", "date", "metric")}}})
    _, report = checked(tables={"surveys": {"filter": "score IS NULL"}})
    assert lines(report, "warning") == ["surveys.score: no row has a score"]
    _, report = checked(tables={"events": {"filter": "text = 'nothing'"}})
    assert lines(report, "error") == ["events: no row is left by filter and scope"]


def test_anonymous_feedback_needs_no_customer(checked):
    seen, report = checked(tables={"feedback": {"columns": {"date": "date", "verbatim": "verbatim"}}})
    assert report.fit and "feedback_unattributed_rows" not in report.counts
    assert seen["feedback"].columns.tolist() == ["date", "verbatim"]


def test_the_codebook_knows_them():
    text = codebook()
    assert all(f"## {name}\n" in text for name in BESIDE)


def test_a_customer_whom_the_list_lacks_and_the_log_knows_is_known(checked):
    bought = {"transactions": "C9,2026-05-09,3,web,card\n", "surveys": "C9,2026-05-09,nps,9,,,,\n"}
    assert lines(checked(bought)[1], "warning") == ["transactions.customer_id: unknown customer (1 customer)"]


def test_a_score_that_is_not_a_number_in_a_column_of_numbers_is_no_answer(tmp_path, checked):
    """Data frames write a missing number as NaN: nobody answered, and nothing is wrong."""
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT 'C1' AS customer_id, DATE '2026-05-01' AS date, 'nps' AS metric,"
            f" unnest([9.0::DOUBLE, 'nan', NULL]) AS score) TO '{tmp_path / 'asked.parquet'}' (FORMAT parquet)"
        )
    seen, report = checked(tables={"surveys": {"from": "asked.parquet"}})
    assert report.violations == () and report.counts["surveys_unanswered_rows"] == 2
    assert seen["surveys"].score.notna().sum() == 1
