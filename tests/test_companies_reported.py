"""Whole reports of three companies: their first pages tell three different stories, and name no customer."""

import json
import re
from pathlib import Path

import pytest

from custlib import results

REPORTS = [("sample", "2025-06"), ("sample", "2026-06"), ("cdnow", "1998-06"), ("online_retail", "2011-11")]


@pytest.fixture(scope="module")
def published(reported) -> dict[tuple[str, str], Path]:
    """Give the folder of each published month."""
    return {(name, month): reported(name, month) for name, month in REPORTS}


def sentences(folder: Path) -> list[str]:
    """Read the six sentences off page one."""
    page = json.loads((folder / "notebooks" / "01_customer_base.page.json").read_text())
    return page["summary"]


def test_first_pages_differ_and_say_what_the_results_hold(published):
    said = {key: sentences(folder) for key, folder in published.items()}
    assert all(len(six) == 6 for six in said.values())
    for place in range(6):
        # Two companies may share what they do not know; two months of one company may share it too.
        assert len({six[place] for six in said.values()}) >= (4 if place < 5 else 2)
    for key, folder in published.items():
        found = results.load(folder / "results.csv")
        new, lost = (results.value_of(found, f"{name}_customers", 1) for name in ("new", "lost"))
        assert said[key][0].startswith(f"{new:,} new customers joined" if new else "No new customers joined")
        assert said[key][1].startswith(f"{lost:,} customers left")
        text = (folder / "index.html").read_text()
        assert f"{results.value_of(found, 'active_customers', int(_window(folder))):,}" in text


def _window(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text())
    return manifest["company"]["settings"]["active_window_months"]["value"]


def test_money_is_named_as_each_company_knows_it(published):
    assert "of margin" in sentences(published["sample", "2026-06"])[2]
    assert "of revenue" in sentences(published["cdnow", "1998-06"])[2]
    assert "£" in sentences(published["online_retail", "2011-11"])[2]


def test_results_of_a_run_are_those_of_the_opened_month(published):
    from custlib import open_month

    folder = published["sample", "2026-06"]
    assert results.load(folder / "results.csv").equals(open_month("sample", "2026-06").results_frame)
    history = results.load(folder / "history.csv")
    assert history.month.nunique() == 36 and set(history.dimension) == {"all"}


def test_no_customer_is_named_anywhere(published, root):
    """The sample's ids are seven digits with leading zeros, which no figure is."""
    for path in published["sample", "2026-06"].rglob("*"):
        if path.suffix in (".html", ".csv", ".json", ".ipynb", ".log"):
            # Digests are hexadecimal: some hold seven digits in a row by chance, and none of them is a customer.
            text = re.sub(
                r"data:image/[^\"']+|\"image/png\": \"[^\"]+\"|\b[0-9a-f]{16,64}\b", "", path.read_text()
            )
            assert not re.search(r"(?<![\d.#-])0\d{6}(?![\d.])", text), path
    for notebook in (root / "notebooks").glob("*.ipynb"):
        text = re.sub(r"\"image/png\": \"[^\"]+\"", "", notebook.read_text())
        assert not re.search(r"(?<![\d.#-])0\d{6}(?![\d.])", text), notebook
