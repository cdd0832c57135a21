"""A whole report run: no customer, and nothing of what the environment gave, in any text that is left behind."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from custlib import open_month, results
from custlib.batch.committed import Sample
from custlib.company import load_company
from custlib.data.cache import cache_root
from custlib.measure.figures import FEW
from tests.conftest import SECRET

ROOT = Path(__file__).resolve().parents[1]
TEXTS = {".html", ".csv", ".json", ".ipynb", ".svg", ".log", ".md", ".txt", ".lock", ""}
PICTURES = re.compile(r"data:image/[^\"')]+|\"image/png\": *\"[^\"]*\"")
NUMBERS = re.compile(r"(?<![\w.])\d+(?!\w|\.\d)")


@pytest.fixture(scope="module")
def run(reported) -> Path:
    """Give the sample's reports, read through a connection of which the environment gives the folder."""
    return reported("sample", "2026-06").parent


def texts(folder: Path) -> dict[Path, str]:
    """Read every text file below a folder, without its pictures."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in TEXTS]
    return {path: PICTURES.sub("", path.read_text(encoding="utf-8", errors="replace")) for path in found}


def test_every_file_of_a_run_is_of_a_kind_that_is_searched(run):
    kinds = {path.suffix.lower() for path in run.rglob("*") if path.is_file()}
    assert kinds - TEXTS <= {".png", ".jpg"} and {".html", ".csv", ".json", ".ipynb"} <= kinds


def test_no_customer_is_named_in_anything_a_run_leaves(run):
    ids = Sample().ids
    named = {
        path.name: found for path, text in texts(run).items() if (found := set(NUMBERS.findall(text)) & ids)
    }
    assert named == {}


def test_no_customer_is_named_in_the_repository_but_in_the_samples_own_tables():
    ids = Sample().ids
    places = [ROOT / name for name in ("notebooks", "docs", "companies")]
    named = {
        p.name for place in places for p, text in texts(place).items() if set(NUMBERS.findall(text)) & ids
    }
    # The page on privacy shows how one customer of the sample is removed.
    assert named <= {"privacy.md"}


def test_the_search_would_find_a_customer():
    text = PICTURES.sub("", '<td>0001608</td> "image/png": "0001001" 10001002 0.0001003')
    assert set(NUMBERS.findall(text)) & Sample().ids == {"0001608"}


def test_what_the_environment_gave_is_written_nowhere(run):
    assert [path for path, text in texts(run).items() if SECRET in text] == []
    kept = [path for path in cache_root().rglob("*") if path.is_file()]
    assert kept and [path for path in kept if SECRET.encode() in path.read_bytes()] == []
    manifest = json.loads((run / "2026-06" / "manifest.json").read_text())
    assert manifest["company"]["connection"] == "folder"


def test_what_the_environment_gave_is_not_noted_beside_a_converted_file(tmp_path, cache, monkeypatch):
    log = pd.DataFrame({"customer_id": "a", "date": [f"2024-{m:02}-05" for m in range(1, 13)], "amount": 1})
    (tmp_path / SECRET).mkdir()
    log.to_csv(tmp_path / SECRET / "log.csv", index=False)
    company = {
        "company": "edge", "title": "Edge", "currency": "EUR", "timezone": "UTC",
        "relationship": "non_contractual", "connection": {"folder": "${VAULT}"}, "complete_through": "2024-12",
        "tables": {"transactions": {"from": "log.csv"}},
    }  # fmt: skip
    (tmp_path / "edge.yaml").write_text(yaml.safe_dump(company))
    monkeypatch.setenv("VAULT", str(tmp_path / SECRET))
    open_month(str(tmp_path / "edge.yaml"), "2024-12")
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert [path.suffix for path in kept if path.parent.name == "staged"] and not [
        path for path in kept if SECRET.encode() in path.read_bytes()
    ]


def test_small_segments_and_sums_of_few_are_suppressed_in_what_was_published(run):
    found = results.load(run / "2026-06" / "results.csv")
    assert (found[found.status == "suppressed"][["value", "low", "high", "n"]] == "").all().all()
    split = found[(found.dimension != "all") & (found.status == "ok")]
    sums = split[
        ~split.unit.isin(["customers", "ratio", "share", "months"]) & (split.notebook == "01_customer_base")
    ]
    few = sums[sums.dimension.isin(["acquisition_channel", "region", "core_status"]) & (sums.n != "")]
    assert len(few) and not ((few.n.astype(int) > 0) & (few.n.astype(int) < FEW)).any()


def test_single_customers_are_named_only_for_firms():
    named = {path.stem: load_company(path.stem).settings.b2b for path in (ROOT / "companies").glob("*.yaml")}
    assert {name for name, firms in named.items() if firms} == {"online_retail"}
