"""A folder to work in: it goes with its process, and a killed process's goes with the next."""

import os
import subprocess
import sys

from custlib.data.cache import alive, aside


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
