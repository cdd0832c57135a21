"""What is removed of a customer or a company, what stays, and that it is all made again from the source."""

import json
import os
import subprocess
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from custlib import open_month, save_list
from custlib.batch.cleaned import told
from custlib.data import lists
from custlib.data.collect import collect
from custlib.errors import DataError, UsageError
from custlib.prepare import cleaning
from custlib.prepare.cleaning import clean_all, clean_company, clean_customer, held

MONTHS = [date(2024, month, 5) for month in range(1, 13)]
# 0012345 leaves after June and comes back in November; 12345 and 112345 are others.
DAYS = {"0012345": [*MONTHS[:6], *MONTHS[10:]], "12345": MONTHS[6:9], "112345": MONTHS, "7": MONTHS[:3]}


def log(**chosen) -> pd.DataFrame:
    days = DAYS | chosen
    rows = [(name, f"{day:%Y-%m-%d}", 10) for name, every in days.items() for day in every]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


def company(folder: Path, name: str, kind: str, rows: pd.DataFrame) -> str:
    """Write a company whose log is a CSV or a Parquet file; give its file."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "csv":
        rows.to_csv(folder / "log.csv", index=False)
    else:
        rows.assign(date=pd.to_datetime(rows.date)).to_parquet(folder / "log.parquet")
    written = {
        "company": name, "title": name.title(), "currency": "EUR", "timezone": "UTC",
        "relationship": "non_contractual", "connection": {"folder": "."}, "complete_through": "2024-12",
        "settings": {"active_window_months": 3}, "tables": {"transactions": {"from": f"log.{kind}"}},
    }  # fmt: skip
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(written))
    return str(folder / f"{name}.yaml")


@pytest.fixture
def home(tmp_path, monkeypatch, cache):
    """Give a workbook of its own, with two companies in the cache."""
    for module in (lists, cleaning, "custlib.batch.cleaned"):
        target = f"{module}.workbook" if isinstance(module, str) else f"{module.__name__}.workbook"
        monkeypatch.setattr(target, lambda: tmp_path)
    for name, kind in (("texts", "csv"), ("tables", "parquet")):
        path = company(tmp_path / name, name, kind, log() if kind == "csv" else log(**{"0012345": []}))
        collect(open_month(path, "2024-12").customers_behind("active_customers"))
    return tmp_path


def files(cache: Path) -> set[Path]:
    return {path for path in cache.rglob("*") if path.is_file() and path.name != ".lock"}


def ids(cache: Path) -> set[str]:
    """Read every customer id that any Parquet file of the cache holds."""
    found = set()
    for path in cache.rglob("*.parquet"):
        rows = duckdb.sql(f"SELECT DISTINCT customer_id FROM '{path}'").fetchall()
        found |= {str(row[0]) for row in rows}
    return found


def remove(customer: str, home: Path):
    return clean_customer(customer, reports=home / "reports")


def test_no_file_of_the_cache_holds_the_customer_and_the_others_tables_stay(home, cache):
    assert "0012345" in ids(cache)
    before, tables = files(cache), files(cache / "tables")
    gone = remove("0012345", home)
    after = files(cache)
    assert ids(cache) == {"12345", "112345", "7"}
    assert files(cache / "tables") == tables
    # The converted file and its profile, eight months of the panel, and the base of every month since the first.
    assert {name: count for name, (count, _) in gone.parts.items()} == {"texts": 8 + 12, "staged": 2}
    assert sum(count for count, _ in gone.parts.values()) == len(before - after)
    assert not [path for path in after if path.suffix != ".parquet" and b"0012345" in path.read_bytes()]


def test_what_was_removed_is_made_again_the_same_and_without_the_customer_once_the_source_is_clean(
    home, cache
):
    path = str(home / "texts" / "texts.yaml")
    before = open_month(path, "2024-12").results_frame
    remove("0012345", home)
    assert open_month(path, "2024-12").results_frame.equals(before) and "0012345" in ids(cache)
    company(home / "texts", "texts", "csv", log(**{"0012345": []}))
    remove("0012345", home)
    assert not open_month(path, "2024-12").results_frame.equals(before)
    assert "0012345" not in ids(cache)


def test_a_converted_file_goes_though_it_writes_the_id_as_a_number(home, cache):
    path = company(home / "numbers", "numbers", "csv", log())
    text = Path(path).read_text().replace("from: log.csv", "from: log.csv\n    columns: {customer_id: \"'K' || lpad(customer_id, 7, '0')\", date: date, amount: amount}")  # fmt: skip
    Path(path).write_text(text)
    collect(open_month(path, "2024-12").base)
    gone = remove("K0012345", home)
    # The company's tables name the customer; its converted file does not, but is what they are made from.
    assert {"numbers", "staged"} == set(gone.parts) and gone.parts["staged"][0] == 2
    assert remove("0000007", home).parts["staged"][0] == 2  # "7" in the file of texts


def test_rows_go_from_lists_and_files_of_people_are_only_named(home):
    frame = pd.DataFrame({"customer_id": ["0012345", "12345"], "referred_by": ["7", "0012345"]})
    save_list(frame, "call", reason="x")
    (home / "work").mkdir()
    notebook = {"cells": [{"outputs": [{"text": "0012345 was lost"}, {"data": {"image/png": "0012345"}}]}]}
    (home / "work" / "mine.ipynb").write_text(json.dumps(notebook))
    notebook["cells"][0]["outputs"].pop(0)
    (home / "work" / "picture.ipynb").write_text(json.dumps(notebook))
    run = home / "reports" / ".runs" / "2024-12-x" / "notebooks"
    run.mkdir(parents=True)
    (run / "01_customer_base.log").write_text("KeyError: '0012345'")
    (run / "01_customer_base.ipynb").write_text("100123456 12345 0012345x")
    (home / "reports" / "2024-12").symlink_to(Path(".runs") / "2024-12-x")
    gone = remove("0012345", home)
    assert gone.rows == {home / "lists" / "call.csv": 1}
    assert (home / "lists" / "call.csv").read_text().splitlines()[1:] == ["12345,x,0012345"]
    assert gone.mentions == [
        home / "lists" / "call.csv", home / "work" / "mine.ipynb", run / "01_customer_base.log",
    ]  # fmt: skip
    said = told(gone, customer="0012345")
    assert "lists/call.csv: 1 row" in said and "the source was not touched" in said
    assert "112345" not in said.replace("0012345", "")


def test_a_list_that_cannot_be_read_keeps_the_customer_in_no_other(home, cache):
    kept = home / "lists"
    for name in ("a", "z"):
        save_list(pd.DataFrame({"customer_id": ["0012345", "7"]}), name, reason="x")
    (kept / "excel.csv").write_bytes("customer_id,note\n0012345,Müller\n".encode("cp1252"))
    (kept / "long.csv").write_text(f"customer_id,note\n0012345,{'x' * 131_073}\n")
    with pytest.raises(DataError, match=r"(?s)look at them yourself.*2 rows of lists") as caught:
        remove("0012345", home)
    assert "lists/excel.csv: its text is not UTF-8" in str(caught.value)
    assert "lists/long.csv: field larger" in str(caught.value) and "a.csv" not in str(caught.value)
    for name in ("a", "z"):
        assert (kept / f"{name}.csv").read_text() == "customer_id,reason\n7,x\n"
    assert "0012345" not in ids(cache)
    for name in ("excel", "long"):
        (kept / f"{name}.csv").unlink()
    assert remove("0012345", home).mentions == []


@pytest.mark.parametrize("clean", [lambda home: remove("0012345", home), lambda home: clean_all()])
def test_lists_that_a_killed_process_left_half_written_go(home, clean):
    kept = save_list(pd.DataFrame({"customer_id": ["7"]}), "a", reason="x").path
    ended = subprocess.Popen(["true"])
    ended.wait()
    (kept.parent / f".a.csv.{ended.pid}").write_text("customer_id,reason\n0012345,x\n")
    (kept.parent / ".mine").write_text("x")
    gone = clean(home)
    assert sorted(path.name for path in kept.parent.iterdir()) == [".mine", "a.csv"]
    assert gone.parts["lists"][0] == 1


def test_a_list_that_a_living_process_writes_is_named(home):
    kept = save_list(pd.DataFrame({"customer_id": ["7"]}), "a", reason="x").path
    writing = kept.parent / f".a.csv.{os.getpid()}"
    writing.write_text("customer_id,reason\n0012345,x\n")
    with pytest.raises(DataError, match=f"process {os.getpid()} is writing it"):
        remove("0012345", home)
    assert writing.exists()


def test_logs_of_failures_that_name_the_customer_go(home, cache):
    (cache / "logs").mkdir()
    (cache / "logs" / "1.log").write_text("ValueError: customer 0012345")
    (cache / "logs" / "2.log").write_text("ValueError: customer 12345")
    gone = remove("0012345", home)
    assert gone.parts["logs"][0] == 1 and [path.name for path in (cache / "logs").iterdir()] == ["2.log"]


def test_nothing_is_removed_of_somebody_nobody_knows(home, cache):
    before = files(cache)
    gone = remove("99", home)
    assert files(cache) == before and told(gone, customer="99").startswith("nothing was held of customer 99")
    with pytest.raises(UsageError, match="--customer needs an id"):
        remove(" ", home)
    with pytest.raises(UsageError, match=r"'12.udcff' is no text that can be looked for"):
        remove("12\udcff", home)  # as a shell hands over a byte that is not UTF-8
    assert files(cache) == before


def test_one_company_goes_and_the_other_stays(home, cache):
    tables = files(cache / "tables")
    gone = clean_company("texts")
    assert set(gone.parts) == {"texts", "staged"}
    assert files(cache) == tables
    with pytest.raises(UsageError, match="nothing of a company 'tabels'; did you mean 'tables'"):
        clean_company("tabels")


def test_a_package_that_data_came_in_goes_with_its_company(home, cache):
    package = cache / "wheels" / "music-1.0-py3-none-any"
    path = company(package / "music", "music", "csv", log())
    (cache / "wheels" / "music-1.0-py3-none-any.whl").touch()
    (cache / "wheels" / "other-1.0-py3-none-any.whl").touch()
    open_month(path, "2024-12")
    gone = clean_company("music")
    assert set(gone.parts) == {"music", "staged", "wheels"}
    assert [path.name for path in (cache / "wheels").iterdir()] == ["other-1.0-py3-none-any.whl"]


def test_all_goes_and_what_is_not_ours_stays(home, cache):
    (cache / "holiday").mkdir()
    (cache / "holiday" / "photo.parquet").write_text("12345")
    (cache / "photo.jpg").write_text("x")
    assert set(held()) == {"texts", "tables", "staged"}
    gone = clean_all()
    assert files(cache) == {cache / "holiday" / "photo.parquet", cache / "photo.jpg"}
    assert held() == {} and set(gone.parts) == {"texts", "tables", "staged"}
    assert "lists of customers in lists/ (0)" in told(gone)


def test_cleaning_waits_for_who_prepares(home, cache):
    import threading

    from custlib.prepare.files import locked

    said, done = [], threading.Event()

    def clean():
        clean_company("texts", said.append)
        done.set()

    with locked(cache / "texts"):
        thread = threading.Thread(target=clean)
        thread.start()
        assert not done.wait(0.5) and files(cache / "texts")
    assert done.wait(30)
    thread.join()
    assert said and said[0].startswith("waiting for process") and not files(cache / "texts")


@pytest.mark.parametrize("customer", ["Müller", 'say "hello"', "back\\slash"])
def test_ids_that_the_customer_list_lacks_go_too(home, cache, customer):
    """What the checks keep names them, until they are listed."""
    path = company(home / "unlisted", "unlisted", "parquet", log(**{customer: MONTHS}))
    pd.DataFrame({"customer_id": list(DAYS)}).to_parquet(home / "unlisted" / "customers.parquet")
    told = yaml.safe_load(Path(path).read_text())
    told["tables"]["customers"] = {"from": "customers.parquet"}
    Path(path).write_text(yaml.safe_dump(told))
    collect(open_month(path, "2024-12").base)

    def naming() -> list[Path]:
        kept = (cache / "unlisted" / "profile").iterdir()
        return [path for path in kept if [customer] in json.loads(path.read_text().partition("\n")[2])]

    assert len(naming()) == 1
    remove(customer, home)
    assert not naming()


def test_two_kinds_are_made_at_once_and_cleaning_waits_for_both(home, cache):
    import threading

    from custlib.prepare.files import locked, making

    room = cache / "texts"
    room.mkdir(parents=True, exist_ok=True)
    reached = {name: threading.Event() for name in ("other kind", "same kind", "cleaning")}

    def enter(name, lock):
        with lock:
            reached[name].set()

    with making(room / "equity" / "one.pickle", room):
        locks = {
            "other kind": making(room / "nps" / "one.pickle", room),
            "same kind": making(room / "equity" / "two.pickle", room),
            "cleaning": locked(room),
        }
        threads = [threading.Thread(target=enter, args=each) for each in locks.items()]
        for thread in threads:
            thread.start()
        assert reached["other kind"].wait(30)
        assert not reached["same kind"].wait(0.3) and not reached["cleaning"].is_set()
    for thread in threads:
        thread.join(30)
    assert all(event.is_set() for event in reached.values())
