"""The command line: exit codes, short messages, and the path of page one last."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from custlib import cli
from custlib.errors import DataError, NotComplete, RunFailed

COMPANY = """
company: corner_shop
title: Corner Shop
connection: {folder: .}
currency: GBP
timezone: Europe/London
relationship: non_contractual
tables:
  transactions: {from: log.csv, columns: {customer_id: id, date: day, amount: money}}
"""


@pytest.fixture
def shop(tmp_path: Path, cache: Path) -> Path:
    """Give a company of three rows, one of them without a customer."""
    (tmp_path / "log.csv").write_text("id,day,money\n1,2026-01-05,10\n2,2026-01-30,20\n,2026-01-31,5\n")
    (tmp_path / "shop.yaml").write_text(COMPANY)
    return tmp_path / "shop.yaml"


def run(*arguments: str) -> int:
    before = {number: signal.getsignal(number) for number in cli.STOPS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
    try:
        with pytest.raises(SystemExit) as end:
            cli.main(list(arguments))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "--compny", "sample"],
        ["report", "--company", "no_such_company"],
        ["report", "--month", "2026-13"],
        ["report", "--month", "June"],
        ["report", "--parameters", "no_such_file.yaml"],
        ["report", "--month", "2026-05", "--from", "2026-01"],
        ["report", "--month", "latest", "--to", "2026-01"],
        ["report", "--to", "2026-05"],
        ["report", "--from", "latest"],
        ["report", "--from", "2026-13"],
        ["report", "--from", "2026-05", "--to", "2026-04"],
        ["report", "--from", "2026-05", "--to", "May"],
        ["report", "--again"],
        ["report", "--commentary", "no_such_folder"],
        ["report", "--out", "README.md"],
        ["report", "--out", "README.md/below"],
        ["report", "--notebooks", "no_such_folder"],
        ["check", "--company", "no/such/file.yaml"],
        ["sample", "--customers", "0"],
        ["sample", "--seed", "x"],
        ["reprot"],
        [],
    ],
)
def test_wrong_usage_exits_64_with_a_short_message(arguments, capsys):
    assert run(*arguments) == 64
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert not arguments or said.err.startswith("custlib: ")


def test_version(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("custlib ")


@pytest.mark.parametrize(("error", "code"), [(DataError, 2), (RunFailed, 3), (NotComplete, 4)])
def test_an_error_of_ours_prints_its_lines_and_exits_with_its_code(error, code, shop, capsys, monkeypatch):
    def refuse(*_, **__):
        raise error("transactions.date: two dates\n  what to do")

    monkeypatch.setattr("custlib.batch.report.make_report", refuse)
    assert run("report", "--company", str(shop)) == code
    said = capsys.readouterr()
    assert said.err == "custlib: transactions.date: two dates\n  what to do\n"
    assert said.out == ""


def test_an_unforeseen_error_leaves_its_details_in_a_log(shop, capsys, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("custlib.batch.report.make_report", fail)
    assert run("report", "--company", str(shop)) == 3
    first, second = capsys.readouterr().err.splitlines()
    assert first == "custlib: ZeroDivisionError, which was not foreseen"
    assert "ZeroDivisionError: oh" in Path(second.removeprefix("  details: ")).read_text()


@pytest.mark.parametrize("number", cli.STOPS)
def test_a_stopped_run_exits_3(number, shop, capsys, monkeypatch):
    def stop(*_, **__):
        os.kill(os.getpid(), number)

    monkeypatch.setattr("custlib.batch.report.make_report", stop)
    assert run("report", "--company", str(shop)) == 3
    assert "what is published is whole" in capsys.readouterr().err


def test_a_second_signal_lets_the_first_one_tidy_up(shop, capsys, monkeypatch):
    tidied = []

    def stop(*_, **__):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            tidied.append(True)

    monkeypatch.setattr("custlib.batch.report.make_report", stop)
    assert run("report", "--company", str(shop)) == 3 and tidied == [True]


def test_under_nohup_a_closed_terminal_stops_nothing():
    script = "import signal; from custlib import cli; print(signal.getsignal(signal.SIGHUP))"
    script = script.replace(
        "; print",
        "; signal.signal(signal.SIGHUP, signal.SIG_IGN); cli._run = lambda _: 0\ntry: cli.main([])\nfinally: print",
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Handlers.SIG_IGN" or done.stdout.strip() == str(int(signal.SIG_IGN))


def test_report_of_many_months_prints_the_path_of_each_page_one(shop, capsys, monkeypatch, tmp_path):
    asked = {}

    def fill(company, *, made, **options):
        asked.update(options)
        for month in ("2026-02", "2026-01"):
            made(tmp_path / month / "index.html")
        raise RunFailed("2026-03: no")

    monkeypatch.setattr("custlib.batch.backfill.back_fill", fill)
    arguments = ["--from", " 2026-01", "--again", "--out", str(tmp_path), "--commentary", str(tmp_path)]
    assert run("report", "--company", str(shop), *arguments) == 3
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(tmp_path / month / "index.html") for month in ("2026-01", "2026-02")]
    assert said.err == "custlib: 2026-03: no\n"
    assert (asked["first"], asked["last"], asked["again"]) == ("2026-01", "latest", True)
    assert asked["out"] == asked["commentary"] == tmp_path


def test_report_prints_the_path_of_page_one_last(shop, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("custlib.batch.report.make_report", lambda *_, **__: tmp_path / "index.html")
    assert run("report", "--company", str(shop)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "index.html")


def test_check_counts_what_it_tolerates_and_shows_no_key_in_a_pipe(shop, capsys):
    code = run("check", "--company", str(shop))
    said = capsys.readouterr().out
    assert code in (0, 1)
    assert said.startswith("Corner Shop: fit to report from")
    assert "rows without a customer: 1 rows, £5.00" in said or "rows without a customer: 1 row, £5.00" in said


def test_check_of_unfit_data_exits_2_and_shows_keys_only_when_asked(shop, capsys):
    log = shop.with_name("log.csv")
    log.write_text(log.read_text() + "secret7,2026-01-06,inf\nsecret8,yesterday,1\n")
    assert run("check", "--company", str(shop)) == 2
    assert "not fit" in (quiet := capsys.readouterr().out) and "secret" not in quiet
    assert run("check", "--company", str(shop), "--show-keys") == 2
    assert "secret" in capsys.readouterr().out


def test_init_without_a_target_prints_a_company_file(shop, capsys):
    assert run("init", str(shop.parent)) == 0
    assert "transactions:" in capsys.readouterr().out


def test_clean_deletes_what_is_ours_and_nothing_else(cache, capsys):
    (cache / "corner_shop" / "panel").mkdir(parents=True)
    (cache / "corner_shop" / ".lock").touch()
    (cache / "corner_shop" / "panel" / "2026-01-abc.parquet").write_text("x")
    (cache / "staged").mkdir()
    (cache / "staged" / "1.parquet").write_text("x")
    (cache / "holiday").mkdir()
    (cache / "holiday" / "photo.jpg").touch()
    assert run("clean", "--all") == 0
    assert sorted(path.name for path in cache.rglob("*") if path.is_file()) == [".lock", "photo.jpg"]
    assert "corner_shop: 1 file" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--all", "--company", "corner_shop"], ["--customer", "1", "--all"]])
def test_clean_guesses_nothing_and_says_what_there_is(options, cache, capsys):
    (cache / "corner_shop").mkdir(parents=True)
    (cache / "corner_shop" / ".lock").touch()
    (cache / "corner_shop" / "base.parquet").write_bytes(b"0" * 2_500_000)
    assert run("clean", *options) == 64
    said = capsys.readouterr().err
    assert "exactly one of --customer ID, --company NAME and --all" in said
    assert "corner_shop" in said and "1 file, 2.5 MB" in said
    assert (cache / "corner_shop" / "base.parquet").exists()
