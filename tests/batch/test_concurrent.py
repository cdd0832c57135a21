"""Real commands at the same time: one is told who holds the month, others do not meet, readers never wait."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from .conftest import write_notebook

COMPANY = """
company: shop
title: Shop
connection: {folder: .}
currency: GBP
relationship: non_contractual
complete_through: 2026-05
tables:
  transactions: {from: log.csv, columns: {customer_id: id, date: day, amount: money}}
"""
ROWS = "id,day,money\na,2026-01-05,10\nb,2026-02-06,20\na,2026-03-07,30\nc,2026-04-08,40\nb,2026-05-09,50\n"
HOLDER = """
import sys
from custlib.data.cache import cache_folder
from custlib.prepare.files import locked
with locked(cache_folder("shop")):
    print("held", flush=True)
    sys.stdin.readline()
"""
PATIENCE = 120


class Command:
    """A command that runs beside the test; `said` grows while it runs."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
        self.said = ""
        self._readers = [
            threading.Thread(target=self._read, args=(pipe,))
            for pipe in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, pipe) -> None:
        for line in pipe:
            self.said += line

    def until(self, pattern: str) -> None:
        """Wait until the command has said something."""
        ends = time.monotonic() + PATIENCE
        while not re.search(pattern, self.said):
            assert time.monotonic() < ends and self.process.poll() is None, self.said
            time.sleep(0.05)

    def end(self) -> int:
        """Wait until the command has ended; give its exit code."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join()
        return code


@pytest.fixture
def shop(tmp_path: Path, cache: Path):
    """Give a function that starts a report of the shop with one small notebook."""
    (tmp_path / "shop.yaml").write_text(COMPANY)
    (tmp_path / "log.csv").write_text(ROWS)
    write_notebook(tmp_path / "quick", "00_first")
    wait = f"import os, time\nwhile not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.05)"
    write_notebook(tmp_path / "slow", "00_first", wait)
    started = []

    def start(month: str, notebooks: str = "quick") -> Command:
        command = Command(
            "-m", "custlib.cli", "report", "--company", str(tmp_path / "shop.yaml"), "--month", month,
            "--out", str(tmp_path / "reports"), "--notebooks", str(tmp_path / notebooks),
        )  # fmt: skip
        started.append(command)
        return command

    yield start
    (tmp_path / "go").touch()
    for command in started:
        command.end()


def test_one_month_has_one_run_and_another_month_does_not_wait(shop, tmp_path):
    first = shop("2026-05")
    assert first.end() == 0, first.said
    published = os.readlink(tmp_path / "reports" / "2026-05")

    slow = shop("2026-05", "slow")
    slow.until("running 1 notebook")
    second, other = shop("2026-05"), shop("2026-04")
    assert second.end() == 3
    assert re.search(
        rf"another run of 2026-05 is under way \(process {slow.process.pid}, since 20", second.said
    )
    assert other.end() == 0, other.said
    # Both months can be read while the run lasts; its own is the one from before.
    assert (tmp_path / "reports" / "2026-04" / "index.html").is_file()
    assert os.readlink(tmp_path / "reports" / "2026-05") == published
    assert slow.process.poll() is None
    (tmp_path / "go").touch()
    assert slow.end() == 0, slow.said
    assert os.readlink(tmp_path / "reports" / "2026-05") != published


def test_who_has_to_wait_for_a_preparation_says_for_whom_and_who_reads_does_not_wait(shop):
    holder = Command("-c", HOLDER)
    holder.until("held")
    first = shop("2026-05")
    first.until(rf"waiting for process {holder.process.pid}, since 20.*, which is preparing shop")
    assert first.process.poll() is None
    assert holder.end() == 0
    assert first.end() == 0, first.said

    holder = Command("-c", HOLDER)
    holder.until("held")
    reader = shop("2026-05")
    assert reader.end() == 0, reader.said
    assert "waiting" not in reader.said and holder.process.poll() is None
    assert holder.end() == 0
