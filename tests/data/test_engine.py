"""Engines that run short of memory at the same time, each with a folder of its own for what does not fit."""

import gc
from pathlib import Path

import pytest

from custlib.data.cache import cache_folder
from custlib.data.engine import bounded, connect

ROWS = 2_000_000
KEEP = "CREATE TEMP TABLE kept AS SELECT hash(range + {own}) AS mark, range AS number FROM range({rows})"
COUNT = "SELECT count(*), count(*) FILTER (mark = hash(number + {own})), sum(number) FROM kept"


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "cache"))


def test_two_engines_out_of_memory_read_their_own_rows():
    engines = [bounded("30MB", 1).con, bounded("30MB", 1).con]
    for own, con in enumerate(engines):
        con.execute(KEEP.format(own=own, rows=ROWS))
    for folder in cache_folder("spill").iterdir():
        assert any(folder.iterdir()), "nothing was spilled, so nothing was tested"
    for own, con in enumerate(engines):
        assert con.execute(COUNT.format(own=own)).fetchone() == (ROWS, ROWS, ROWS * (ROWS - 1) // 2)


def test_an_engines_folder_goes_with_it():
    con, other = bounded(), connect()
    assert len(list(cache_folder("spill").iterdir())) == 2
    con.disconnect()
    other.close()
    del con, other
    gc.collect()
    assert list(cache_folder("spill").iterdir()) == []
