"""A preparation that was killed goes on where it was: what is done stays, and in the end nothing tells it was interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml

from custlib.company import load_company
from custlib.data.engine import bounded
from custlib.data.source import Source
from custlib.errors import DataError, UsageError
from custlib.prepare import prepare, room
from custlib.prepare.files import save

MONTHS = 8
# Kills itself when a stage has done so many parts, as a power cut would: nothing is closed, nothing tidied up.
KILLED = """
import os, signal, sys
from custlib.company import load_company
from custlib.prepare import prepare

class Show:
    def say(self, text): pass
    def step(self, stage, done, total, unit="months"):
        if (stage, done) == (sys.argv[2], int(sys.argv[3])):
            os.kill(os.getpid(), signal.SIGKILL)

prepare(load_company(sys.argv[1]), progress=Show())
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write a company with a file a month."""
    con = duckdb.connect()
    for month in range(MONTHS):
        con.execute(
            f"COPY (SELECT 'C' || (range % (20 + {month})) AS customer_id, "
            f"CAST(DATE '2025-01-01' + INTERVAL ({month}) MONTH AS DATE) + CAST(range % 28 AS INTEGER) AS date, "
            f"CAST(range % 7 + {month} AS DECIMAL(12, 2)) AS amount FROM range(200)) "
            f"TO '{tmp_path}/log-{month + 1:02}.parquet' (FORMAT parquet)"
        )
    told = {"company": "shop", "title": "Shop", "connection": {"folder": "."}, "currency": "EUR",
            "relationship": "non_contractual", "history": "observed", "complete_through": f"2025-{MONTHS:02}",
            "tables": {"transactions": {"from": "log-*.parquet"}}, "settings": {"active_window_months": 3}}  # fmt: skip
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(told))
    return tmp_path / "shop.yaml"


def killed(shop: Path, cache: Path, stage: str, done: int) -> None:
    environment = {**os.environ, "CUSTLIB_CACHE": str(cache)}
    ended = subprocess.run([sys.executable, "-c", KILLED, str(shop), stage, str(done)], env=environment)
    assert ended.returncode == -signal.SIGKILL


def prepared_in(shop: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple]]:
    """Prepare and give the rows of every file."""
    monkeypatch.setenv("CUSTLIB_CACHE", str(cache))
    files = prepare(load_company(shop)).files
    return {
        f"{kind} {month}": sorted(duckdb.sql(f"SELECT * FROM '{path}'").fetchall(), key=str)
        for kind, months in files.months.items()
        for month, path in months.items()
    }


def made(cache: Path, kind: str) -> dict[str, int]:
    """Give the files of a kind with their inodes: a file that is made again has another."""
    return {path.name: path.stat().st_ino for path in (cache / "shop" / kind).glob("[!.]*")}


@pytest.mark.parametrize(
    ("stage", "done", "kind"),
    [("panel", 3, "panel"), ("customers", 5, "base"), ("checking the log", 4, "profile")],
)
def test_a_killed_preparation_goes_on_where_it_was(shop, tmp_path, monkeypatch, stage, done, kind):
    cache = tmp_path / "killed"
    killed(shop, cache, stage, done)
    before = made(cache, kind)
    assert len(before) == done < MONTHS
    again = prepared_in(shop, cache, monkeypatch)
    after = made(cache, kind)
    assert before.items() <= after.items() and len(after) >= MONTHS
    assert again == prepared_in(shop, tmp_path / "whole", monkeypatch)
    left = [path.name for path in (cache / "shop").rglob(".*") if path.name != ".lock"]
    assert not left


def test_files_of_the_log_are_not_read_twice(shop, tmp_path, monkeypatch):
    cache, read = tmp_path / "killed", []
    killed(shop, cache, "checking the log", 4)
    plain = Source.sql
    monkeypatch.setattr(Source, "sql", lambda self, query: read.append(query) or plain(self, query))
    prepared_in(shop, cache, monkeypatch)
    assert sum("told" in query for query in read) == MONTHS - 4


def test_room_is_asked_for_before_anything_is_written(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "full"))
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    with pytest.raises(UsageError, match=r"the cache needs about \d+ kB for 8 months, and 1 kB are free"):
        prepare(load_company(shop))
    assert not (tmp_path / "full" / "shop" / "panel").exists()


def test_a_large_preparation_says_what_it_will_write(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "said"))
    monkeypatch.setattr(room, "WORTH_SAYING", 1)
    from custlib.batch.progress import PlainProgress

    prepare(load_company(shop), progress=PlainProgress())
    assert "will be written to the cache, where" in capsys.readouterr().err


@pytest.mark.parametrize("spoiled", [b"", b"{}", b"[[1]]", b'{"layout": "x"}'])
def test_what_a_full_disk_left_of_the_check_is_made_again(shop, tmp_path, monkeypatch, spoiled):
    cache = tmp_path / "spoiled"
    before = prepared_in(shop, cache, monkeypatch)
    for path in (cache / "shop" / "checks").iterdir():
        path.write_bytes(spoiled)
    assert prepared_in(shop, cache, monkeypatch) == before


def test_too_little_memory_and_a_full_disk_are_told_as_what_they_are(tmp_path, cache):
    path = tmp_path / "panel" / "2025-03-abc.parquet"
    con = bounded("16MB", 1)
    with pytest.raises(
        DataError,
        match=r"^memory ran out while panel of 2025-03 was prepared\n  raise connection\.memory_limit",
    ):
        save(con, "SELECT list(range) AS every FROM range(50_000_000)", path)
    full = SimpleNamespace(raw_sql=lambda query: con.raw_sql("COPY (SELECT 1) TO '/dev/full' (FORMAT csv)"))
    with pytest.raises(
        UsageError, match=r"^panel/2025-03-abc.parquet cannot be written \(No space left on device\)\n"
    ):
        save(full, "SELECT 1", path)
    assert not list(path.parent.glob("*"))
