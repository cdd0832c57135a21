"""The command line: exit codes, short messages, and the path of page one last."""

import os
import signal
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
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_exits_3(number, shop, capsys, monkeypatch):
    def stop(*_, **__):
        os.kill(os.getpid(), number)

    monkeypatch.setattr("custlib.batch.report.make_report", stop)
    assert run("report", "--company", str(shop)) == 3
    assert "what is published is whole" in capsys.readouterr().err


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
    (cache / "corner_shop").mkdir(parents=True)
    (cache / "corner_shop" / ".lock").touch()
    (cache / "holiday").mkdir()
    (cache / "holiday" / "photo.jpg").touch()
    assert run("clean") == 0
    assert not (cache / "corner_shop").exists()
    assert (cache / "holiday" / "photo.jpg").exists()  # not ours
