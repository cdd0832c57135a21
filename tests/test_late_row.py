"""A row that comes late changes the months it belongs to, and the next page says so."""

import json
from pathlib import Path

import duckdb
import nbformat
import pandas as pd
import pytest

from custlib import results
from custlib.batch.progress import PlainProgress
from custlib.batch.report import NOTEBOOKS, make_report
from custlib.company import load_company
from tests.test_as_at import sources

LATE = "2026-03"
# What a page saves at its end, without the charts, tables and segments that no test here looks at.
SAVED = """
figures = {figures}
restated = since.restatements if since else None
results.keep(figures, month=view.month, notebook="{stem}", folder=results_folder, restatements=restated, history={history})
page.save_page(title="Thin", lead="Thin.", facts=view.facts)
"""
THIN = {
    "00_data_quality": ("view.quality_figures()", None),
    "01_customer_base": ("view.figures()", "view.history"),
    "02_customer_equity": ("view.equity.figures()", None),
}


def thin(folder: Path) -> Path:
    """Write three of the report's pages with nothing on them but what they say of the page before."""
    for stem, (figures, history) in THIN.items():
        notebook = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
        kept = [
            cell
            for cell in notebook.cells
            if cell.cell_type == "code"
            and (cell.id in ("parameters", "set-up") or "view.since(" in cell.source)
        ]
        assert len(kept) == 3
        saving = nbformat.v4.new_code_cell(SAVED.format(stem=stem, figures=figures, history=history))
        notebook.cells = [*kept, saving]
        nbformat.write(notebook, folder / f"{stem}.ipynb")
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory, request) -> Path:
    """Publish April, let three rows of March come late, publish May twice: the second has nothing to say."""
    folder, out = tmp_path_factory.mktemp("bank"), tmp_path_factory.mktemp("reports")
    company = sources("sample", folder, request)
    told = thin(tmp_path_factory.mktemp("notebooks"))
    make_report(load_company(str(company)), month="2026-04", out=out, show=PlainProgress(), notebooks=told)
    log = folder / "transactions" / "2026.parquet"
    # Three who were not active at the end of March, have no contract and were not closed.
    silent = (
        f"SELECT customer_id FROM '{folder}/customers.parquet' WHERE NOT contract AND closed_on IS NULL "
        "AND acquired_on < DATE '2025-01-01' AND customer_id NOT IN (SELECT customer_id FROM "
        f"'{folder}/transactions/*.parquet' WHERE date BETWEEN DATE '2026-01-01' AND DATE '2026-03-31' "
        "AND channel <> 'bank' AND customer_id IS NOT NULL) ORDER BY 1 LIMIT 3"
    )
    duckdb.sql(
        f"COPY (SELECT * FROM '{log}' UNION ALL BY NAME SELECT customer_id, DATE '{LATE}-15' AS date, "
        f"10::DECIMAL(12,2) AS amount, 'web' AS channel, 'card' AS product FROM ({silent})) "
        f"TO '{log}.new' (FORMAT parquet)"
    )
    Path(f"{log}.new").replace(log)
    make_report(load_company(str(company)), month="2026-05", out=out, show=PlainProgress(), notebooks=told)
    make_report(load_company(str(company)), month="2026-06", out=out, show=PlainProgress(), notebooks=told)
    return out


def restated(folder: Path):
    return pd.read_csv(folder / "restatements.csv", dtype=str, keep_default_na=False)


def test_only_months_from_the_late_one_on_are_restated_because_of_late_data(published):
    moved = restated(published / "2026-05")
    assert set(moved.month) == {"2026-03", "2026-04"}
    assert set(moved.reason) == {"late data"}
    rows = moved[(moved.measure == "source_rows") & (moved.month == "2026-04")]
    assert rows.change.tolist() == ["3"]
    active = moved[(moved.measure == "active_customers") & (moved.month == "2026-03")]
    assert active.change.tolist() == ["3"]


def test_the_restated_figures_are_those_of_the_pages_and_never_in_the_results(published):
    printed = results.load(published / "2026-04" / "results.csv")
    now = results.load(published / "2026-05" / "history.csv")
    moved = restated(published / "2026-05")
    base = moved[(moved.month == "2026-04") & (moved.notebook == "01_customer_base")]
    for row in base.itertuples():
        where = {"month": "2026-04"}
        assert str(results.value_of(printed, row.measure, int(row.window_months), **where) or "") == row.then
        assert str(results.value_of(now, row.measure, int(row.window_months), **where) or "") == row.now
    assert set(results.load(published / "2026-05" / "results.csv").month) == {"2026-05"}


def test_the_page_says_so_and_names_the_month(published):
    page = (published / "2026-05" / "01_customer_base.html").read_text()
    assert "no longer what the page printed, because of rows that came late" in page
    assert "Since that page the source has changed in March 2026." in page
    assert "+3 rows" in page
    first = json.loads((published / "2026-05" / "notebooks" / "01_customer_base.page.json").read_text())
    assert any(headline["key"] == "since" for headline in first["headlines"])


def test_the_page_after_it_has_nothing_to_correct(published):
    page = (published / "2026-06" / "01_customer_base.html").read_text()
    assert "What the page for May 2026 printed still stands" in page
    assert restated(published / "2026-06").empty
