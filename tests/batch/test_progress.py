"""A log says how fast a stage goes and what is left, now and then; a terminal shows the same beside bars."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from custlib.batch.progress import LiveProgress, Paces, PlainProgress, duration, progress


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.01, "0.1 s"), (0.44, "0.4 s"), (3, "3 s"), (3.14, "3.1 s"), (14.2, "14 s"), (99.4, "99 s"), (120, "2 min"), (121, "2 min"),
     (150, "2.5 min"), (5_400, "90 min"), (12_600, "3.5 h")],
)  # fmt: skip
def test_a_time_is_written_as_a_person_says_it(seconds, said):
    assert duration(seconds) == said


def test_rate_and_rest_follow_from_what_was_done():
    """Eleven months in 3.5 seconds are 3.1 a second, so 24 more take 7.6 s; two in 28 s are 14 s each."""
    clock = Clock()
    paces = Paces(clock)
    fast = paces.at("panel", 1)
    assert fast.text(1, 36, 0.0) == ""  # one moment is no rate
    assert fast.text(12, 36, 3.5) == ", 3.1 a second, 7.6 s left"
    assert fast.text(36, 36, 11.2) == ", 3.1 a second"
    slow = paces.at("months", 0)
    assert slow.text(2, 12, 28.0) == ", 14 s each, 2.3 min left"


def test_a_stage_that_begins_again_is_measured_anew():
    clock = Clock()
    paces = Paces(clock)
    paces.at("panel", 0)
    clock.now = 100.0
    assert paces.at("panel", 10).started == 0.0
    assert paces.at("panel", 0).started == 100.0


def test_a_log_gets_a_line_every_ten_seconds_and_one_at_the_end(capsys):
    clock = Clock()
    show = PlainProgress(clock)
    for done in range(1, 31):
        show.step("panel", done, 30)
        clock.now += 1.0
    assert capsys.readouterr().err.splitlines() == [
        "[  10.0 s] panel: 11 of 30 months, 1 a second, 19 s left",
        "[  20.0 s] panel: 21 of 30 months, 1 a second, 9 s left",
        "[  29.0 s] panel: 30 of 30 months, 1 a second",
    ]


def test_a_notebook_is_told_of_when_it_begins_and_ends(capsys):
    clock = Clock()
    show = PlainProgress(clock)
    for done in range(4):
        show.cells("01_base", done, 4)
        clock.now += 2.0
    assert capsys.readouterr().err.splitlines() == [
        "[   0.0 s] 01_base: cell 1 of 4",
        "[   6.0 s] 01_base: cell 4 of 4, 2 s each",
    ]


def test_a_back_fill_says_at_each_month_what_one_takes_and_what_is_left(capsys):
    clock = Clock()
    show = PlainProgress(clock)
    for place in (1, 2, 3, 13):
        show.month(f"2025-0{place}", place, 12)
        clock.now += 14.0
    assert capsys.readouterr().err.splitlines() == [
        "[   0.0 s] 2025-01: month 1 of 12",
        "[  14.0 s] 2025-02: month 2 of 12, 14 s each, 2.6 min left",
        "[  28.0 s] 2025-03: month 3 of 12, 14 s each, 2.3 min left",
    ]


def test_a_terminal_shows_one_bar_per_stage_and_begins_it_again():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    bars = Progress(TextColumn("{task.description} {task.fields[pace]}"), console=console, auto_refresh=False)
    show = LiveProgress(bars)
    for month in ("2025-01", "2025-02"):
        show.month(month, int(month[-1]), 2)
        for done in range(3):
            show.cells("01_base", done, 3)
    show.step("panel", 1, 2)
    assert {task.description: (task.completed, task.total) for task in bars.tasks} == {
        "months": (1, 2), "01_base": (3, 3), "panel": (1, 2),
    }  # fmt: skip


def test_what_is_no_terminal_gets_plain_lines(capsys):
    with progress() as show:
        show.say("preparing")
    assert capsys.readouterr().err.endswith("] preparing\n")
