"""A company without a log gets the pages that tell of answers alone, and is told which are not there and why."""

import json
from pathlib import Path

import pytest

from custlib.batch.explore import copies
from custlib.batch.needs import WITHOUT_LOG, left_out, possible
from custlib.company import Company, load_company
from custlib.errors import UsageError

from .conftest import company_at, report_of, write_notebook

ASKED = """
company: asked
title: Asked
connection: {folder: .}
currency: EUR
relationship: non_contractual
complete_through: 2026-06
tables:
  surveys: {from: surveys.csv, columns: {customer_id: id}, scores: {nps: note}}
"""
WHY = "Not available, because no table says what customers did: Customer base, Return on customer."


@pytest.fixture
def asked(tmp_path: Path) -> Company:
    """Give a company of answers alone; no data are read."""
    (tmp_path / "asked.yaml").write_text(ASKED)
    return load_company(tmp_path / "asked.yaml")


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """Give a folder of three small notebooks, of which one needs no log."""
    for stem in ("01_customer_base", "04_nps_middle_ground", "05_return_on_customer"):
        write_notebook(tmp_path / "notebooks", stem)
    return tmp_path / "notebooks"


def test_the_pages_that_need_no_log_are_pages(root):
    assert {path.stem for path in (root / "notebooks").glob("0*.ipynb")} >= WITHOUT_LOG


def test_a_company_with_a_log_gets_all(tmp_path, notebooks):
    paths = sorted(notebooks.glob("*.ipynb"))
    company = company_at(tmp_path)
    assert possible(company, paths) == paths and left_out(company, paths) == ""


def test_without_a_log_only_what_can_be_said_is_run_and_page_one_names_the_rest(asked, notebooks, tmp_path):
    index = report_of(asked, notebooks, tmp_path / "reports")
    assert {path.name for path in index.parent.glob("*.html")} == {"index.html", "04_nps_middle_ground.html"}
    page = index.read_text()
    assert "<h1>What our customers say</h1>" in page
    assert WHY in page and "01_customer_base" not in page
    assert list(json.loads((index.parent / "manifest.json").read_text())["notebooks"]) == [
        "04_nps_middle_ground"
    ]


def test_page_one_of_a_whole_report_says_nothing_of_it(notebooks, tmp_path):
    (notebooks / "01_customer_base.ipynb").unlink()
    (notebooks / "05_return_on_customer.ipynb").unlink()
    assert (
        "Not available, because"
        not in report_of(company_at(tmp_path), notebooks, tmp_path / "reports").read_text()
    )


def test_a_copy_to_work_in_is_made_of_what_can_be_run(asked, notebooks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("custlib.batch.explore.workbook", lambda: tmp_path)
    made = copies(None, asked, month="2026-06", notebooks=notebooks)
    assert [copy.path.name for copy in made] == ["04_nps_middle_ground-asked-2026-06.ipynb"]
    with pytest.raises(
        UsageError, match=r"asked: no table says what customers did.*nothing can be made of 01_customer_base"
    ):
        copies("01", asked, month="2026-06", notebooks=notebooks)


def test_without_any_page_that_can_be_made_nothing_is_begun(asked, notebooks, tmp_path):
    (notebooks / "04_nps_middle_ground.ipynb").unlink()
    with pytest.raises(UsageError, match="nothing can be made of 01_customer_base, 05_return_on_customer"):
        report_of(asked, notebooks, tmp_path / "reports")
    assert not (tmp_path / "reports").exists()
