"""A folder to work in: it goes with its process, and a killed process's goes with the next."""

import subprocess
import sys
from pathlib import Path

import pytest

from custlib.company import Options
from custlib.data.cache import aside
from custlib.data.staging import stage
from custlib.errors import UsageError


def test_what_a_killed_process_left_goes_and_what_a_living_one_uses_stays(tmp_path):
    works = f"""
import sys
from pathlib import Path
from custlib.data.cache import aside
with aside(Path({str(tmp_path)!r})) as own:
    (own / "rows.parquet").write_text("rows")
    print(own, flush=True)
    sys.stdin.read()
"""
    others = [
        subprocess.Popen(
            [sys.executable, "-c", works], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    left, used = (Path(other.stdout.readline().strip()) for other in others)
    others[0].kill()
    others[0].wait()
    assert left.exists() and used.exists()
    with aside(tmp_path) as own:
        assert own.is_dir() and not left.exists() and (used / "rows.parquet").exists()
    assert not own.exists()
    others[1].communicate("")
    assert not used.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"), aside(tmp_path / "gone"):
        pass


@pytest.mark.parametrize("noted", ["", "{}", "[]", "null", '{"columns": 1, "numbers": 2}'])
def test_a_file_of_which_half_is_noted_is_converted_again(tmp_path, cache, noted):
    file = tmp_path / "log.csv"
    file.write_text("customer_id,amount\n007,5\n")
    before = stage("transactions", file, Options())
    before.path.with_suffix(".json").write_text(noted)
    assert stage("transactions", file, Options()) == before and before.numbers == {"amount": "BIGINT"}
