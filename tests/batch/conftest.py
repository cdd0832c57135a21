"""A company of no data, a fake preparation, and small notebooks that behave or misbehave."""

from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from custlib.batch.report import make_report
from custlib.batch.runner import Limits
from custlib.company import Company, load_company
from custlib.periods import parse_month

COMPANY = """
company: {name}
title: {title}
connection: {{folder: .}}
currency: GBP
timezone: Europe/London
relationship: non_contractual
tables:
  transactions: {{from: log.csv, columns: {{customer_id: id, date: day, amount: money}}}}
"""

PARAMETERS = 'company: str = "sample"\nmonth: str = "latest"\nsettings: str = ""\nresults_folder: str = ""'

GOOD = """
import pandas as pd
from custlib.present import charts
from custlib.present.display import *
from custlib.results import Figure, save, to_frame
begin_page("{stem}", results_folder)
frame = pd.DataFrame({{"month": ["2026-04", "2026-05", "2026-06"], "customers": [90, None, 110]}})
show_chart(charts.lines(frame, x="month", y="customers", unit="customers", name="base",
    words=charts.Words("We have more customers <than> in April", "Active customers, to June 2026",
    "transactions", "A line that rises from 90 in April to 110 in June; May is missing.")))
show_headline("We have 110 customers.", arithmetic="90 + 20 = 110", definition="Active: bought in 12 months.")
show_table(frame, name="months", title="Customers by month")
show_decisions(["Ask the twenty who came why they came."])
print("said", month, company.rsplit("/", 1)[-1])
"""

SAVING = """
from pathlib import Path
from custlib.periods import parse_month
if results_folder:
    figures = [Figure("active_customers", 110, "customers", 12)]
    frame = to_frame(figures, month=parse_month(month), notebook="{stem}")
    save(frame, Path(results_folder) / "{stem}.results.csv")
    save(frame, Path(results_folder) / "{stem}.history.csv")
    save_page(title="How many?", lead="We have 110 customers.",
        facts={{"company": "Demo & Co", "month": "June 2026", "scope": "United Kingdom", "currency": "GBP",
               "definitions": {{"agreed_by": "The board", "on": "2026-01-15", "version": "1"}}}},
        summary=["Twenty came.", "None left.", "They are worth <more>.", "No.", "A campaign.", "Whether they stay."],
        tiles=[{{"measure": "active_customers", "label": "Active customers", "value": "110", "change_month": "+5",
                "change_year": "not available", "verdict": "A usual month.", "spark": [90, None, 100, 110],
                "spark_said": "from 90 to 110",
                "arithmetic": "90 + 20 = 110", "definition": "Bought in the last 12 months."}}])
"""


# The same without importing anything heavy, for tests of what happens around a notebook.
QUICK = """
import json, os
if results_folder:
    head = "month,notebook,measure,window_months,dimension,segment,value,low,high,unit,n,status\\n"
    row = month + ",{stem},active_customers,12,all,all,110,,,customers,110,ok\\n"
    for name in ("results", "history"):
        open(os.path.join(results_folder, "{stem}." + name + ".csv"), "w").write(head + row)
    page = dict(title="How many?", lead="We have 110 customers.", facts=dict(company="Demo", month="June 2026"))
    json.dump(page, open(os.path.join(results_folder, "{stem}.page.json"), "w"))
"""


def write_notebook(
    folder: Path, stem: str, *sources: str, parameters: str = PARAMETERS, saving: str = QUICK
) -> Path:
    """Write a notebook with a parameters cell, a heading, code cells, and a cell that saves its results."""
    cells = [
        v4.new_markdown_cell("# How many customers have we?\n\nIt decides <b>much</b>."),
        v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        v4.new_markdown_cell("## Who came"),
        *[v4.new_code_cell(source.format(stem=stem)) for source in sources],
        v4.new_markdown_cell("### In detail\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
        v4.new_code_cell("import sys\nprint('noise', file=sys.stderr)", metadata={"tags": ["hide-input"]}),
        v4.new_markdown_cell("## Who came\n\nAgain."),
        v4.new_code_cell(saving.format(stem=stem), metadata={"tags": ["remove-cell"]}),
    ]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata=kernel), folder / f"{stem}.ipynb")
    return folder / f"{stem}.ipynb"


@dataclass(frozen=True)
class FakeReport:
    counts = {"source_rows": 3}


@dataclass(frozen=True)
class FakePrepared:
    month = parse_month("2026-06")
    fingerprint = "abc"
    report = FakeReport()
    basis = {"methods": "1", "months": {}}


class Silence:
    """Say nothing, remember everything."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def step(self, stage: str, done: int, total: int, unit: str = "months") -> None:
        self.said.append(f"{stage} {done}/{total}")

    def cells(self, stem: str, done: int, total: int) -> None:
        self.said.append(f"{stem} {done}/{total}")

    def month(self, month: str, place: int, total: int) -> None:
        self.said.append(f"{month} is {place} of {total}")


def company_at(folder: Path, name: str = "demo") -> Company:
    (folder / f"{name}.yaml").write_text(COMPANY.format(name=name, title=name.title()))
    return load_company(folder / f"{name}.yaml")


def report_of(company: Company, notebooks: Path, out: Path, **rest):
    """Make the report of June 2026 from notebooks, without any data."""
    rest.setdefault("limits", Limits(start=60, cell=60, notebook=120))
    return make_report(
        company,
        month="2026-06",
        out=out,
        show=rest.pop("show", Silence()),
        notebooks=notebooks,
        prepared_by=lambda company, month, progress: FakePrepared(),
        **rest,
    )


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Give a company file that loads."""
    return company_at(tmp_path)


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """Give the folder of a published demonstration month (made once)."""
    folder = tmp_path_factory.mktemp("published")
    write_notebook(folder / "notebooks", "00_first", GOOD, saving=SAVING)
    report_of(company_at(folder), folder / "notebooks", folder / "reports")
    return folder / "reports" / "2026-06"
