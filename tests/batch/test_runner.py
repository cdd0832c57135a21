"""Kernels that do not start are tried once more, and processes share what the machine has."""

import subprocess
import sys

import pytest

from custlib.batch import runner
from custlib.batch.runner import Job, run_notebooks, summary
from custlib.batch.worker import Limits, fair_share


class Actor:
    """Stand in for a worker's process: `lines` holds what each start says."""

    started = 0

    def __init__(self, lines):
        self.lines = lines

    def start(self, job, attempt, limits, among):
        context = runner.multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        for message in self.lines[Actor.started]:
            theirs.send(message)
        theirs.close()
        Actor.started += 1
        return runner._Running(job, Done(), ours, attempt)


class Done:
    exitcode = -9

    def join(self, *_):
        pass

    def is_alive(self):
        return False


@pytest.fixture
def act(monkeypatch, tmp_path):
    """Run one notebook whose worker says the given lines, start by start."""

    def run(*lines):
        Actor.started = 0
        monkeypatch.setattr(runner, "_start", Actor(lines).start)
        job = Job(tmp_path / "00_first.ipynb", tmp_path / "out.ipynb", {})
        return run_notebooks([job], limits=Limits())[0], Actor.started

    return run


NO_KERNEL = ("no kernel", "00_first.ipynb failed\n  RuntimeError: Kernel didn't respond in 60 seconds")


def test_a_kernel_that_does_not_start_is_tried_once_more(act):
    outcome, started = act([NO_KERNEL], [("cell", 0, 3), ("done",)])
    assert outcome.ok and outcome.attempts == started == 2
    outcome, started = act([NO_KERNEL], [NO_KERNEL])
    assert started == 2 and "didn't respond" in outcome.error


def test_a_cell_that_fails_is_never_run_again(act):
    outcome, started = act([("cell", 0, 3), ("failed", "00_first.ipynb failed in code cell 1")])
    assert started == 1 and not outcome.ok
    assert summary([outcome])["00_first"]["error"] == "00_first.ipynb failed in code cell 1"


def test_a_process_that_dies_without_a_word_is_a_failure(act):
    outcome, started = act([("cell", 0, 3)])
    assert started == 1 and "its process died (exit code -9)" in outcome.error


@pytest.mark.parametrize(
    ("given", "memory"), [("4GB", "2.000GB"), ("1.5 GiB", "0.750GiB"), ("", None), ("much", None)]
)
def test_memory_is_divided(given, memory):
    assert fair_share({"CUSTLIB_MEMORY": given}, 2).get("CUSTLIB_MEMORY") == memory


def test_threads_are_shared_unless_chosen():
    assert fair_share({"CUSTLIB_THREADS": "7"}, 2)["CUSTLIB_THREADS"] == "7"
    assert int(fair_share({}, 10_000)["CUSTLIB_THREADS"]) == 1


def test_a_worker_builds_no_grammar_of_web_addresses_and_checks_notebooks_all_the_same():
    checked = """
import sys, custlib.batch.worker, nbformat
assert not sys.modules.get("rfc3987_syntax") and "jsonschema" in sys.modules
sound = nbformat.v4.new_notebook()
nbformat.validate(sound)
sound["cells"] = [{"id": "one", "cell_type": "poem"}]
try:
    nbformat.validate(sound)
except nbformat.ValidationError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", checked], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
