"""Many months in one command: in order, resumed where it broke off, made again only where something changed."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from custlib.batch import backfill
from custlib.batch.backfill import back_fill
from custlib.batch.commentary import find_comment, folders
from custlib.batch.leftovers import published_run
from custlib.batch.manifest import known
from custlib.batch.publish import page_before, publication
from custlib.batch.report import story
from custlib.company import load_company
from custlib.errors import CustlibError, DataError, NotComplete, RunFailed, UsageError
from custlib.prepare import prepare

from .conftest import Silence, write_notebook

COMPANY = """
company: shop
title: Shop
connection: {folder: .}
currency: GBP
timezone: Europe/London
relationship: non_contractual
complete_through: 2026-05
tables:
  transactions: {from: log.csv, columns: {customer_id: id, date: day, amount: money}}
settings: {active_window_months: 1, value_window_months: 1, min_group: 5}
"""
ROWS = "id,day,money\na,2026-01-05,10\nb,2026-02-06,20\na,2026-03-07,30\nc,2026-04-08,40\nb,2026-05-09,50\n"
MONTHS = ["2026-02", "2026-03", "2026-04", "2026-05"]


class Shop:
    """A shop whose months are published without running a notebook; `broken` names months that fail."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.out = folder, folder / "reports"
        self.made: list[str] = []
        self.broken: dict[str, BaseException] = {}
        write_notebook(folder / "notebooks", "00_first")
        self.write()
        monkeypatch.setattr(backfill, "make_report", self.publish)
        monkeypatch.chdir(folder)

    def write(self, company: str = COMPANY, rows: str = ROWS) -> None:
        (self.folder / "shop.yaml").write_text(company)
        (self.folder / "log.csv").write_text(rows)

    def publish(self, company, *, month, out, show, notebooks, commentary, prepared_by, **_):
        prepared = prepared_by(company, month, progress=show)
        comment = find_comment(company.name, month, folders(commentary))
        with publication(out, month, company.name) as run:
            run.manifest.update(
                known(
                    company,
                    prepared,
                    datetime.now(UTC),
                    story(notebooks),
                    comment,
                    page_before(out, month, company.name),
                )
            )
            (run.folder / "index.html").write_text(month)
            if month in self.broken:
                raise self.broken[month]
            index = run.publish()
        self.made.append(month)
        return index

    def run(
        self, first: str = "2026-02", last: str = "2026-05", settings: dict | None = None, **rest
    ) -> list[str]:
        """Back-fill; give the months made by it, and keep what was said and found in `said` and `found`."""
        self.made, self.found, show = [], [], Silence()
        company = load_company(self.folder / "shop.yaml", settings=settings)
        rest = {"notebooks": self.folder / "notebooks", "out": self.out, "show": show, **rest}
        try:
            back_fill(company, first=first, last=last, made=self.found.append, **rest)
        finally:
            self.said = show.said
        return self.made


@pytest.fixture
def shop(tmp_path, cache, monkeypatch) -> Shop:
    return Shop(tmp_path, monkeypatch)


def test_months_are_made_in_order_and_a_second_run_makes_none(shop):
    assert shop.run() == MONTHS
    assert [index.parent.name for index in shop.found] == MONTHS
    told = [f"{month} is {place} of 4" for place, month in enumerate(MONTHS, start=1)]
    assert [text for text in shop.said if " is " in text] == [*told, "2026-05 is 5 of 4"]
    assert shop.said[-1] == "2026-02 to 2026-05: 4 months made"
    before = {month: os.readlink(shop.out / month) for month in MONTHS}
    assert shop.run() == []
    assert [text for text in shop.said if "skipped" in text] == [
        f"{month}: published already from the same inputs; skipped" for month in MONTHS
    ]
    assert [index.parent.name for index in shop.found] == MONTHS
    assert {month: os.readlink(shop.out / month) for month in MONTHS} == before
    assert shop.run(again=True) == MONTHS


def test_to_latest_is_the_default_of_the_rule_for_complete_months(shop):
    assert shop.run(first="2026-04", last="latest") == ["2026-04", "2026-05"]


def test_a_failing_month_stops_the_run_which_goes_on_there(shop):
    shop.broken = {"2026-04": RunFailed("00_first.ipynb failed in code cell 2\n  ValueError: no")}
    with pytest.raises(RunFailed) as failure:
        shop.run()
    assert str(failure.value).splitlines() == [
        "00_first.ipynb failed in code cell 2",
        "  ValueError: no",
        "  published: 2026-02 to 2026-03",
        "  not made: 2026-04 to 2026-05",
        "  the same command goes on at 2026-04",
    ]
    assert [index.parent.name for index in shop.found] == ["2026-02", "2026-03"]
    assert (shop.out / "2026-03" / "index.html").is_file() and not (shop.out / "2026-04").exists()
    shop.broken = {}
    assert shop.run() == ["2026-04", "2026-05"]


@pytest.mark.parametrize("kind", [DataError, NotComplete, UsageError])
def test_what_went_wrong_keeps_its_exit_code(shop, kind):
    shop.broken = {"2026-02": kind("the source has gone")}
    with pytest.raises(CustlibError, match="no month was published") as failure:
        shop.run()
    assert type(failure.value) is kind


def test_a_stopped_back_fill_says_what_is_done(shop):
    shop.broken = {"2026-05": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        shop.run()
    assert shop.said[-1] == (
        "stopped; published: 2026-02 to 2026-04; not made: 2026-05; the same command goes on at 2026-05"
    )


def test_a_late_row_makes_its_month_and_the_later_ones_again(shop):
    shop.run()
    shop.write(rows=ROWS + "d,2026-04-30,5\n")
    assert shop.run() == ["2026-04", "2026-05"]
    assert "2026-04: made again, because the source changed" in shop.said
    assert shop.run() == []


def test_rows_after_a_month_do_not_make_it_again(shop):
    shop.run(last="2026-04")
    shop.write(rows=ROWS + "d,2026-05-30,5\n")
    assert shop.run() == ["2026-05"]


def test_a_setting_a_title_and_a_notebook_make_all_months_again(shop):
    shop.run()
    assert shop.run(settings={"min_group": 6}) == MONTHS
    assert "2026-02: made again, because a setting changed" in shop.said
    shop.run()
    shop.write(COMPANY.replace("title: Shop", "title: The Shop"))
    assert shop.run() == MONTHS and "2026-02: made again, because the company file changed" in shop.said
    write_notebook(shop.folder / "notebooks", "00_first", "1 + 1")
    assert shop.run() == MONTHS and "2026-02: made again, because a notebook changed" in shop.said


def test_what_moves_no_figure_makes_nothing_again(shop):
    shop.run()
    shop.write("# a comment\n" + COMPANY.replace("complete_through: 2026-05", "complete_through: 2026-06"))
    notebook = shop.folder / "notebooks" / "00_first.ipynb"
    written = json.loads(notebook.read_text())
    written["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["run by hand"]}]
    notebook.write_text(json.dumps(written))
    assert shop.run() == []


def test_a_comment_makes_its_month_again(shop):
    shop.run()
    (shop.folder / "commentary").mkdir()
    (shop.folder / "commentary" / "2026-03.md").write_text(
        "---\nauthor: A\ndate: 2026-06-01\n---\nIt rained."
    )
    assert shop.run() == ["2026-03"]
    assert "2026-03: made again, because the comment changed" in shop.said


def test_a_month_that_does_not_say_what_it_was_made_from_is_made_again(shop):
    shop.run()
    file = shop.out / "2026-03" / "manifest.json"
    said = json.loads(file.read_text())
    del said["inputs"]
    file.write_text(json.dumps(said))
    assert shop.run() == ["2026-03"]
    assert "2026-03: made again, because it does not say what it was made from" in shop.said


def test_a_month_that_lost_its_pages_is_made_again(shop):
    shop.run()
    (shop.out / "2026-03" / "index.html").unlink()
    assert shop.run() == ["2026-03"]


@pytest.mark.parametrize(
    ("first", "last", "kind", "said"),
    [
        ("2026-05", "2026-02", UsageError, "--from 2026-05 lies after --to 2026-02"),
        (
            "2025-12",
            "2026-02",
            DataError,
            "2025-12 lies before the data, which begin in 2026-01\n  begin with --from",
        ),
        (
            "2026-04",
            "2026-06",
            NotComplete,
            "2026-06 is not complete: the last transaction is dated 2026-05-09",
        ),
        ("2026-06", "latest", NotComplete, "2026-06 is not complete: the latest complete month is 2026-05"),
        ("2026-05", "2199-12", NotComplete, r"is not complete: it ends on .*\n  nor are .* and later ones"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is(shop, first, last, kind, said):
    with pytest.raises(kind, match=said) as refusal:
        shop.run(first, last)
    assert type(refusal.value) is kind
    assert shop.made == [] and not shop.out.exists()


def test_a_missing_success_file_in_the_middle_is_refused_before_the_data_are_opened(shop):
    shop.write(COMPANY.replace("complete_through: 2026-05", 'success_file: "{month}.done"'))
    for month in ("2026-02", "2026-04", "2026-05"):
        (shop.folder / f"{month}.done").touch()

    def untouched(*_, **__):
        raise AssertionError("the data were opened")

    with pytest.raises(NotComplete, match=r"^2026-03 is not complete: the file 2026-03\.done is not in "):
        shop.run(prepared_by=untouched)
    # with "latest" the last month is known only from the data, and the gap is found then
    with pytest.raises(NotComplete, match=r"^2026-03 is not complete: the file 2026-03\.done is not in "):
        shop.run(last="latest")
    assert shop.made == []
    assert shop.run(first="2026-04", last="latest") == ["2026-04", "2026-05"]


def test_a_month_of_another_company_is_refused_before_any_is_made(shop):
    with publication(shop.out, "2026-05", "other") as run:
        run.manifest["company"] = {"company": "other"}
        run.publish()
    with pytest.raises(UsageError, match="belongs to company 'other'"):
        shop.run()
    assert shop.made == []


def test_a_month_that_is_being_made_is_refused_before_any_is_made(shop):
    with publication(shop.out, "2026-05", "shop"), pytest.raises(RunFailed, match="another run of 2026-05"):
        shop.run()
    assert shop.made == []


def test_a_bad_comment_is_refused_before_any_month_is_made(shop):
    (shop.folder / "commentary").mkdir()
    (shop.folder / "commentary" / "2026-05.md").write_text("It rained.")
    with pytest.raises(UsageError, match=r"commentary/2026-05\.md: line 1"):
        shop.run()
    assert shop.made == []


def test_a_back_fill_prepares_once(shop):
    """What the months have in common is made in the first pass: the others find it."""
    asked = []

    def counting(company, month, *, progress):
        prepared = prepare(company, month, progress=progress)
        asked.append((month, not prepared.files.missing()))
        return prepared

    shop.run(prepared_by=counting)
    assert asked == [("2026-05", True), *((month, True) for month in MONTHS)]
    assert [text for text in shop.said if text.startswith("panel")] == [f"panel {n}/5" for n in range(1, 6)]


def test_what_the_basis_holds_is_what_the_month_was_made_from(shop):
    shop.run()
    said = json.loads((shop.out / "2026-03" / "manifest.json").read_text())
    assert published_run(shop.out, "2026-03").startswith("2026-03-")
    assert said["basis"]["definitions"] == "0" and said["basis"]["settings"]["min_group"] == 5
    assert list(said["basis"]["months"]) == ["2026-01", "2026-02", "2026-03"]
    assert said["basis"]["methods"] == said["methods_version"]
    assert said["basis"]["models"]["clv_model"] == "bgbb" and said["basis"]["models"]["discount_rate"] == 0.1


def test_a_month_is_made_again_when_an_earlier_page_has_come_before_it(shop):
    """Its page said that there is no earlier one to compare with."""
    assert shop.run(first="2026-05") == ["2026-05"]
    assert shop.run(first="2026-04") == ["2026-04", "2026-05"]
    assert "2026-05: made again, because the earlier page changed" in shop.said
    assert shop.run(first="2026-04") == []
