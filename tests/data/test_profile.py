"""The log is read once, file by file: what is kept of a file is what the file says, and only new files are read."""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from custlib.company import load_company
from custlib.data import binding, log_checks, profile
from custlib.data.checks import check
from custlib.data.digest import take_digests
from custlib.data.log_checks import log_profile
from custlib.data.source import Source, open_source
from custlib.errors import DataError, UsageError
from custlib.prepare import prepare

TODAY = date(2026, 6, 15)
MONTHS = ("2026-03", "2026-04", "2026-05")
MAY = date(2026, 5, 1)


def drawn(seed: int, month: str, rows: int = 300) -> pd.DataFrame:
    """Draw a month of a log with returns, zeros, nobody's rows, rows outside the filter and rows given twice."""
    rng, first = random.Random(seed), date.fromisoformat(f"{month}-01")
    frame = pd.DataFrame(
        {
            "customer_id": [rng.choice([*(f"C{i}" for i in range(20)), None]) for _ in range(rows)],
            "date": [first + timedelta(days=rng.randrange(28)) for _ in range(rows)],
            "amount": [
                Decimal(rng.choice([0, 0, -5, 1, 2, 30])) + Decimal(rng.randrange(3)) / 4 for _ in range(rows)
            ],
            "kind": [rng.choice(["sale", "sale", "test"]) for _ in range(rows)],
        }
    )
    return pd.concat([frame, frame.sample(7, random_state=seed)], ignore_index=True)


def put(folder: Path, month: str, frame: pd.DataFrame) -> None:
    con = duckdb.connect()
    con.register("frame", frame)
    chosen = "customer_id::VARCHAR AS customer_id, date::DATE AS date, amount::DECIMAL(12,2) AS amount, kind"
    con.execute(f"COPY (SELECT {chosen} FROM frame) TO '{folder}/log-{month}.parquet' (FORMAT parquet)")


def enlist(folder: Path, customers: int) -> None:
    duckdb.sql(f"SELECT 'C' || range AS customer_id FROM range({customers})").write_parquet(
        str(folder / "customers.parquet")
    )


@pytest.fixture
def shop(tmp_path: Path, cache) -> Path:
    """Write a company whose log is a file a month, and its list of customers, which lacks two of them."""
    for i, month in enumerate(MONTHS):
        put(tmp_path, month, drawn(i, month))
    enlist(tmp_path, 18)
    tables = {
        "transactions": {"from": "log-*.parquet", "filter": "kind = 'sale'"},
        "customers": {"from": "customers.parquet"},
    }
    told = {"company": "shop", "title": "Shop", "connection": {"folder": "."}, "currency": "EUR", "tables": tables,
            "relationship": "non_contractual", "history": "observed"}  # fmt: skip
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(told))
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the files that queries name."""
    files: list[str] = []
    plain = Source.sql

    def noted(self: Source, query: str):
        files.extend(
            month for month in (*MONTHS, "2026-06") if '"in: file" = ' in query and f"log-{month}" in query
        )
        return plain(self, query)

    monkeypatch.setattr(Source, "sql", noted)
    return files


def checked(folder: Path, today: date = TODAY):
    company = load_company(folder / "shop.yaml")
    with open_source(company) as source:
        return check(source, company, today=today), take_digests(source, ())


def test_totals_and_months_are_those_of_a_twin_in_pandas(shop):
    report, _ = checked(shop)
    frame = pd.concat([drawn(i, month) for i, month in enumerate(MONTHS)], ignore_index=True)
    sale = frame.kind == "sale"
    parts = {
        "attributed": sale & frame.customer_id.notna(),
        "unattributed": sale & frame.customer_id.isna(),
        "excluded": ~sale,
        "zero": sale & (frame.amount == 0),
        "return": sale & (frame.amount < 0),
        "qualifying": sale & (frame.amount >= 0),
    }
    assert report.counts["source_rows"] == len(frame)
    by_month = frame.date.map(lambda day: f"{day:%Y-%m}")
    for part, rows in parts.items():
        assert report.counts[f"{part}_rows"] == rows.sum()
        assert report.counts[f"{part}_amount"] == sum(frame.amount[rows], Decimal(0))
        assert report.months[f"{part}_rows"].tolist() == [int((rows & (by_month == m)).sum()) for m in MONTHS]
        sums = [sum(frame.amount[rows & (by_month == m)], Decimal(0)) for m in MONTHS]
        assert report.months[f"{part}_amount"].tolist() == sums
    assert report.months.first_date.tolist() == [frame.date[sale & (by_month == m)].min() for m in MONTHS]
    assert report.counts["exact_duplicates"] == frame.duplicated().sum() > 0
    (unknown,) = [violation for violation in report.violations if violation.rule == "unknown customer"]
    assert (unknown.count, unknown.examples) == (2, ("C18", "C19"))


def test_the_next_file_is_the_only_one_read(shop, asked):
    before, _ = checked(shop)
    assert set(asked) == set(MONTHS)
    asked.clear()
    assert checked(shop)[0].counts == before.counts and not asked
    put(shop, "2026-06", drawn(9, "2026-06", rows=40))
    report, digests = checked(shop)
    assert set(asked) == {"2026-06"}
    assert report.counts["source_rows"] == before.counts["source_rows"] + 47
    for kept in (shop / "cache" / "shop" / "profile").iterdir():
        kept.unlink()
    anew, anew_digests = checked(shop)
    assert report.counts == anew.counts and report.months.equals(anew.months)
    assert digests == anew_digests


def test_a_file_that_changed_is_read_again_and_moves_its_month_alone(shop, asked):
    _, before = checked(shop)
    asked.clear()
    changed = drawn(1, "2026-04")
    changed.loc[0, "amount"] += 1
    put(shop, "2026-04", changed)
    _, after = checked(shop)
    assert set(asked) == {"2026-04"}
    moved = [m for m in MONTHS if before.months["transactions"][m] != after.months["transactions"][m]]
    assert moved == ["2026-04"]


def test_tomorrow_asks_what_was_read_today(shop, asked):
    early, _ = checked(shop, date(2026, 5, 10))
    asked.clear()
    later, _ = checked(shop, date(2026, 5, 20))
    assert not [
        month for month in asked if month != "2026-05"
    ]  # examples are looked for where the rule is broken

    def future(report):
        return [violation.count for violation in report.violations if violation.rule == "date in the future"]

    frame = drawn(2, "2026-05")
    sale = frame.kind == "sale"
    assert future(early) == [(sale & (frame.date > date(2026, 5, 10))).sum()]
    assert future(later) == [(sale & (frame.date > date(2026, 5, 20))).sum()]
    assert early.months.last_past_date.tolist()[-1] <= date(2026, 5, 10)


def test_a_program_that_reads_otherwise_reads_again(shop, monkeypatch, asked):
    before, _ = checked(shop)
    asked.clear()
    plain = binding.convert

    def otherwise(value: str, type_: str, kind: str, **how) -> str:
        return (
            f"(-{plain(value, type_, kind, **how)})" if kind == "money" else plain(value, type_, kind, **how)
        )

    monkeypatch.setattr(binding, "convert", otherwise)
    report, _ = checked(shop)
    assert set(asked) == set(MONTHS) and report.counts["source_amount"] == -before.counts["source_amount"]


def test_who_is_listed_later_is_no_longer_unknown(shop):
    checked(shop)
    enlist(shop, 19)
    report, _ = checked(shop)
    (unknown,) = [violation for violation in report.violations if violation.rule == "unknown customer"]
    assert unknown.examples == ("C19",)


def test_of_a_large_log_repeats_are_counted_within_files(shop, monkeypatch):
    monkeypatch.setattr(log_checks, "MANY", 100)
    monkeypatch.setattr(profile, "SHARE", 1)
    report, _ = checked(shop)
    frames = [drawn(i, month) for i, month in enumerate(MONTHS)]
    assert report.counts["exact_duplicates"] == sum(int(frame.duplicated().sum()) for frame in frames)
    (policy,) = [policy for policy in report.policies if policy.name.startswith("exact duplicates")]
    assert "within a file" in policy.name


def test_of_a_large_log_repeats_are_looked_for_among_some_rows(shop, monkeypatch):
    monkeypatch.setattr(log_checks, "MANY", 100)
    rows = "SELECT 'C' || (i // 2) AS customer_id, DATE '2026-05-01' AS date, (i // 2)::DECIMAL(12,2) AS amount, 'sale' AS kind"
    # Twenty thousand rows, each twice; and as many that differ in a column alone that nothing reads.
    duckdb.sql(f"{rows} FROM range(40_000) AS t(i)").write_parquet(str(shop / "log-2026-05.parquet"))
    found = checked(shop)[0].counts["exact_duplicates"]
    expected, off = 20_000 / profile.SHARE, 5 * (20_000 / profile.SHARE) ** 0.5
    assert expected - off < found < expected + off
    unlike = rows.replace("'sale' AS kind", "'sale' AS kind, i AS number")
    duckdb.sql(f"{unlike} FROM range(40_000) AS t(i)").write_parquet(str(shop / "log-2026-05.parquet"))
    written = yaml.safe_load((shop / "shop.yaml").read_text())
    columns = {name: name for name in ("customer_id", "date", "amount")}
    written["tables"]["transactions"] |= {"from": "log-2026-05.parquet", "columns": columns}
    (shop / "shop.yaml").write_text(yaml.safe_dump(written))
    assert checked(shop)[0].counts["exact_duplicates"] == 0


@pytest.mark.parametrize("odd", ["17850.0", " C1", ""])
def test_ids_are_cleaned_where_one_of_them_has_to_be(shop, odd):
    put(shop, "2026-05", drawn(2, "2026-05"))
    company = load_company(shop / "shop.yaml")
    plain = prepare(company, "2026-05")
    assert plain.report.counts["transactions_ids_rewritten"] == 0
    frame = drawn(2, "2026-05")
    frame.loc[frame.customer_id == "C3", "customer_id"] = odd
    put(shop, "2026-05", frame)
    cleaned = prepare(company, "2026-05")
    assert cleaned.report.counts["transactions_ids_rewritten"] == (frame.customer_id == odd).sum() > 0
    before, after = (
        {
            row[0]
            for row in duckdb.sql(f"SELECT customer_id FROM '{at.files.months['panel'][MAY]}'").fetchall()
        }
        for at in (plain, cleaned)
    )
    assert after == before - {"C3"} | ({odd.strip().removesuffix(".0")} - {""})


WRONG = ["", "{}", "[]", "null", "[[1]]", '[["2026-13-01", 1, 2, "x", "y"]]', "["]


@pytest.mark.parametrize("spoil", [lambda text: text[:-20], *(lambda _, one=one: one for one in WRONG)])
def test_half_an_answer_is_no_answer(shop, spoil):
    before, _ = checked(shop)
    for kept in (shop / "cache" / "shop" / "profile").iterdir():
        seal, _, text = kept.read_text().partition("\n")
        kept.write_text(spoil(f"{seal}\n{text}"))
        assert spoil(text) != text
    assert checked(shop)[0].counts == before.counts


@pytest.mark.parametrize("day", ["infinity", "-infinity", "0044-03-15 (BC)", "10000-01-01", "9999-12-31"])
def test_days_that_no_calendar_has_are_implausible_and_stop_nothing(shop, day):
    rows = f"SELECT 'C1' AS customer_id, DATE '{day}' AS date, 1::DECIMAL(12,2) AS amount, 'sale' AS kind"
    duckdb.sql(f"{rows} FROM range(3)").write_parquet(str(shop / "log-late.parquet"))
    report, _ = checked(shop)
    (found,) = [violation for violation in report.violations if violation.rule == "implausible date"]
    assert found.count == 3 and found.level == "error" and day in found.examples[0]
    # Outside the filter they are nobody's fault.
    duckdb.sql(rows.replace("'sale'", "'test'")).write_parquet(str(shop / "log-late.parquet"))
    report, digests = checked(shop)
    assert not [violation for violation in report.violations if violation.level == "error"]
    assert report.months.month[report.months.last_date.notna()].tolist() == list(MONTHS) and digests.layout


@pytest.mark.parametrize(
    "name", ["log-[1].parquet", "log-?.parquet", "log-o'br\"ien.parquet", "log-" + "x" * 200 + ".parquet"]
)
def test_a_file_may_be_called_anything(shop, name):
    before, digests = checked(shop)
    (shop / "log-2026-04.parquet").rename(shop / name)
    put(shop, "1", drawn(1, "2026-04"))
    frame = pd.concat([drawn(i, month) for i, month in enumerate(MONTHS)] + [drawn(1, "2026-04")])
    counts = checked(shop)[0].counts
    assert counts["source_rows"] == len(frame) and counts["source_amount"] == sum(frame.amount, Decimal(0))
    (shop / "log-1.parquet").unlink()
    assert checked(shop)[0].counts == before.counts and checked(shop)[1] == digests


def test_two_links_to_one_file_are_its_rows_twice(shop):
    told = yaml.safe_load((shop / "shop.yaml").read_text())
    told["tables"] = {"transactions": {"from": "sold*.csv"}}
    (shop / "shop.yaml").write_text(yaml.safe_dump(told))
    (shop / "sold.csv").write_text("customer_id,date,amount\nC1,2026-03-01,5\nC2,2026-03-02,6\n")
    assert checked(shop)[0].counts["source_rows"] == 2
    (shop / "sold-again.csv").symlink_to(shop / "sold.csv")
    report, digests = checked(shop)
    assert (report.counts["source_rows"], report.counts["source_amount"]) == (4, 22)
    assert digests.months["transactions"]["2026-03"][0] == 4


def test_names_that_differ_in_capitals_alone_are_refused(shop):
    table = pq.read_table(shop / "log-2026-05.parquet")
    pq.write_table(table.append_column("Amount", table["amount"]), shop / "log-2026-05.parquet")
    with pytest.raises(
        DataError, match=r"^transactions: file 'log-2026-05.parquet' has two columns called 'amount'"
    ):
        checked(shop)


def test_a_damaged_file_is_named(shop):
    checked(shop)
    file = shop / "log-2026-04.parquet"
    broken = bytearray(file.read_bytes())
    broken[4:300] = bytes(296)
    file.write_bytes(broken)
    with pytest.raises(DataError, match=r"^shop: .* to its end: transactions, file 'log-2026-04.parquet'\n"):
        checked(shop)


def test_a_cache_that_cannot_be_written_is_named(shop):
    checked(shop)
    folder = shop / "cache" / "shop" / "profile"
    for kept in folder.iterdir():
        kept.unlink()
    folder.rmdir()
    folder.write_text("")
    with pytest.raises(UsageError, match=r"^shop/profile cannot be written \(.+\)\n"):
        checked(shop)


def test_more_tests_than_a_number_has_bits_are_refused(shop):
    company = load_company(shop / "shop.yaml")
    with open_source(company) as source:
        with pytest.raises(ValueError, match="62 bits"):
            profile.profile(source, source.bindings["transactions"], [f"amount > {i}" for i in range(70)])
        held = log_profile(source, company)
    assert held.rows(held.frame.rows > 0) == held.frame.rows.sum()
