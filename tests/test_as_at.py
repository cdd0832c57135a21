"""As at t: a report for an old month does not know the future, and does know late rows."""

import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from custlib import open_month, results
from custlib.data.engine import reading_engine
from custlib.month.figures import PAGES
from custlib.periods import month_end, parse_month
from custlib.settings import read_file

MONTHS = {
    "sample": ["2024-10", "2026-06"],
    "online_retail": ["2011-03", "2011-10"],
    "cdnow": ["1997-09", "1998-05"],
}
SETTINGS = {"online_retail": "active_window_months: 3\nvalue_window_months: 3"}


def results_text(company: str | Path, month: str, settings: str, folder: Path, *, threads: int = 1) -> bytes:
    """Write ``results.csv`` as a run on so many threads would and give its bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTLIB_THREADS", str(threads))
        # The engine that reads is opened once in a process, on as many threads as were asked for then.
        con = reading_engine(None, None).con
        (before,) = con.execute("SELECT current_setting('threads')").fetchone()
        con.execute(f"SET threads = {threads}")
        try:
            view = open_month(str(company), month, settings)
            # The ledger of an earlier month has a test of its own (tests/month/test_ledger.py).
            names = [name for name in PAGES if name != "05_return_on_customer"]
            pages = [results.to_frame(view.page_figures(n), month=view.month, notebook=n) for n in names]
            results.save(results.unite(pages), folder / "results.csv")
        finally:
            con.execute(f"SET threads = {before}")
    return (folder / "results.csv").read_bytes()


def sources(company: str, folder: Path, request) -> Path:
    """Copy a company's tables to a folder of their own, as Parquet, and write its company file there."""
    root = Path(__file__).resolve().parents[1]
    written = read_file(root / "companies" / f"{company}.yaml", company)
    if company == "sample":
        shutil.copytree(root / "data" / "sample", folder, dirs_exist_ok=True)
    elif company == "online_retail":
        given = request.getfixturevalue("online_retail_folder")
        for path in given.glob("*.parquet"):
            shutil.copy(path, folder / path.name)
    else:
        _cdnow(folder)
        written["tables"]["transactions"]["from"] = "cdnow.parquet"
        written["tables"]["transactions"].pop("options")
    written["connection"] = {"folder": "."}
    written.pop("complete_through", None)
    if company != "sample":
        written["complete_through"] = {"online_retail": "2011-11", "cdnow": "1998-06"}[company]
    (folder / f"{company}.yaml").write_text(yaml.safe_dump(written))
    return folder / f"{company}.yaml"


def _cdnow(folder: Path) -> None:
    from custlib.company import load_company
    from custlib.data.source import open_source

    with open_source(load_company("cdnow")) as source:
        rows = source.transactions.select("customer_id", "date", dollar_value=source.transactions.amount)
        rows.to_parquet(folder / "cdnow.parquet")


def truncate(company: str, folder: Path, month: str) -> None:
    """Take away what could not be known at the month's end; undated attributes are kept."""
    end = month_end(parse_month(month))
    con = duckdb.connect()

    def rewrite(path: Path, query: str) -> None:
        con.execute(f"COPY ({query.format(path=path)}) TO '{path}.new' (FORMAT parquet)")
        Path(f"{path}.new").rename(path)

    if company == "sample":
        for path in (folder / "transactions").glob("*.parquet"):
            rewrite(path, f"SELECT * FROM '{{path}}' WHERE date <= DATE '{end}'")
        rewrite(folder / "customer_months.parquet", f"SELECT * FROM '{{path}}' WHERE month <= DATE '{end}'")
        later = f"closed_on > DATE '{end}'"
        rewrite(
            folder / "customers.parquet",
            f"SELECT * REPLACE (CASE WHEN {later} THEN NULL ELSE closed_on END AS closed_on,"
            f" CASE WHEN {later} THEN NULL ELSE closure_reason END AS closure_reason)"
            f" FROM '{{path}}' WHERE acquired_on IS NULL OR acquired_on <= DATE '{end}'",
        )
    for path in folder.glob("*.parquet"):
        column = {"online_retail": "InvoiceDate", "cdnow": "date"}.get(company)
        if column:
            rewrite(path, f"SELECT * FROM '{{path}}' WHERE CAST({column} AS DATE) <= DATE '{end}'")


@pytest.mark.parametrize("company", MONTHS)
def test_later_rows_change_no_byte(company, tmp_path, request):
    (tmp_path / "whole").mkdir()
    whole = sources(company, tmp_path / "whole", request)
    settings = SETTINGS.get(company, "")
    for month in MONTHS[company]:
        folder = tmp_path / month
        folder.mkdir()
        cut = sources(company, folder, request)
        truncate(company, folder, month)
        # Nor does it change a byte on how many threads they are made.
        expected = results_text(whole, month, settings, tmp_path, threads=1)
        assert results_text(cut, month, settings, folder, threads=2) == expected
        shutil.rmtree(folder)


def test_a_late_row_dated_before_the_month_does_change_it(tmp_path, request):
    (tmp_path / "a").mkdir()
    company = sources("cdnow", tmp_path / "a", request)
    month = "1998-01"
    before = results.load(_saved(company, month, tmp_path))
    con = duckdb.connect()
    path = tmp_path / "a" / "cdnow.parquet"
    lost = con.execute(
        f"SELECT customer_id FROM '{path}' GROUP BY 1 HAVING max(date) < DATE '1997-02-01' LIMIT 1"
    ).fetchone()[0]
    con.execute(
        f"COPY (SELECT * FROM '{path}' UNION ALL SELECT '{lost}', DATE '1998-01-31', 12.5) TO '{path}.new' (FORMAT parquet)"
    )
    Path(f"{path}.new").rename(path)
    after = results.load(_saved(company, month, tmp_path))

    def get(frame, measure, window):
        return results.value_of(frame, measure, window)

    assert get(after, "lost_customers", 1) == get(before, "lost_customers", 1) - 1
    assert get(after, "retained_customers", 1) == get(before, "retained_customers", 1) + 1
    assert get(after, "active_customers", 12) == get(before, "active_customers", 12) + 1
    assert get(after, "source_amount", 0) == get(before, "source_amount", 0) + Decimal("12.5")
    assert get(after, "new_customers", 1) == get(before, "new_customers", 1)


def _saved(company: Path, month: str, folder: Path) -> Path:
    results_text(company, month, "", folder)
    return folder / "results.csv"
