"""A folder to work in: it goes with its process, and a killed process's goes with the next."""

import os
import subprocess
import sys

import pytest

from custlib.company import Options
from custlib.data.cache import alive, aside
from custlib.data.staging import stage


def test_what_a_killed_process_left_goes_and_what_a_living_one_uses_stays(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, used = tmp_path / f"aside-{dead.pid}-abc", tmp_path / f"aside-{os.getppid()}-abc"
    for folder in (left, used):
        folder.mkdir()
        (folder / "rows.parquet").write_text("rows")
    assert not alive(dead.pid) and alive(os.getppid())
    with aside(tmp_path) as own:
        assert own.is_dir() and not left.exists() and used.exists()
    assert not own.exists()


@pytest.mark.parametrize("noted", ["", "{}", "[]", "null", '{"columns": 1, "numbers": 2}'])
def test_a_file_of_which_half_is_noted_is_converted_again(tmp_path, cache, noted):
    file = tmp_path / "log.csv"
    file.write_text("customer_id,amount\n007,5\n")
    before = stage("transactions", file, Options())
    before.path.with_suffix(".json").write_text(noted)
    assert stage("transactions", file, Options()) == before and before.numbers == {"amount": "BIGINT"}
