"""Refreshing after late rows equals building everything anew, to the last digit, and costs only what changed."""

import random
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from custlib import open_month
from custlib.company import load_company
from custlib.periods import month_text
from custlib.prepare import prepare
from tests.aggregate.conftest import fill
from tests.aggregate.twin import Log, first_of, index, last_of, random_log

WORLDS = range(8)


def write_company(folder: Path, log: Log, statement: dict | None = None) -> Path:
    """Write a random log as Parquet files and a company file over them; give the latter."""
    con = duckdb.connect()
    con.execute("CREATE TABLE t (customer_id VARCHAR, date DATE, amount DECIMAL(18,4), product VARCHAR)")
    fill(con, "t", [(name, day, amount, product) for name, day, amount, _, product in log.rows])
    con.execute(f"COPY t TO '{folder}/log.parquet' (FORMAT parquet)")
    con.execute(
        "CREATE TABLE c (customer_id VARCHAR, acquired_on DATE, closed_on DATE, closure_reason VARCHAR,"
        " acquisition_channel VARCHAR, shoe_size INTEGER)"
    )
    listed = [[name, *facts, 40] for name, facts in sorted(log.listed.items())]
    fill(con, "c", listed or [["nobody", None, None, None, None, 1]])
    con.execute(f"COPY c TO '{folder}/customers.parquet' (FORMAT parquet)")
    tables = {"transactions": {"from": "log.parquet"}, "customers": {"from": "customers.parquet"}}
    if statement is not None:
        con.execute(
            "CREATE TABLE m (customer_id VARCHAR, month DATE, cost_to_serve DECIMAL(18,4), region VARCHAR)"
        )
        booked = [[name, first_of(month), *facts] for (name, month), facts in sorted(statement.items())]
        fill(con, "m", booked)
        con.execute(f"COPY m TO '{folder}/statement.parquet' (FORMAT parquet)")
        tables["customer_months"] = {"from": "statement.parquet"}
    segments = ["acquisition_channel", *(["region"] if statement is not None else [])]
    company = {
        "company": "random",
        "title": "Random",
        "connection": {"folder": "."},
        "currency": "EUR",
        "relationship": log.relationship,
        "history": "complete" if log.complete else "observed",
        "complete_through": month_text(first_of(log.start + log.months)),
        "tables": tables,
        "settings": {
            "active_window_months": log.active_window,
            "value_window_months": log.value_window,
            "segments": segments,
            "min_group": 1,
        },
    }
    (folder / "random.yaml").write_text(yaml.safe_dump(company))
    return folder / "random.yaml"


def random_statement(log: Log, rng: random.Random) -> dict:
    names = sorted({row[0] for row in log.rows})
    return {
        (name, month): (Decimal(rng.randint(0, 300)) / 100, rng.choice(["north", "south"]))
        for name in names
        for month in range(log.start, log.start + log.months + 1)
        if rng.random() < 0.5
    }


def disturb(log: Log, statement: dict | None, rng: random.Random) -> None:
    """Do to a source what a month does to it: late rows, corrected rows, closures, a newcomer, a new reason."""
    months = range(log.start, log.start + log.months + 1)
    for _ in range(rng.randint(1, 3)):
        month = rng.choice(months)
        day = rng.choice([first_of(month), last_of(month)])
        name = rng.choice([*{row[0] for row in log.rows}, "late"])
        amount = Decimal(rng.choice([-7, 3, 11]))
        log.rows.append((name, day, amount, amount >= 0, "z"))
    if rng.random() < 0.4:
        log.rows.pop(rng.randrange(len(log.rows) - 1))  # never the one with which the data begin
    if log.listed and rng.random() < 0.5:
        name = rng.choice(sorted(log.listed))
        acquired, _, _, channel = log.listed[name]
        closed = last_of(rng.choice(months))
        if acquired is None or closed >= acquired:
            log.listed[name] = (acquired, closed, "moved", channel)
    if rng.random() < 0.3:
        log.listed["late"] = (first_of(rng.choice(months)), None, None, "web")
    if statement and rng.random() < 0.5:
        statement[rng.choice(sorted(statement))] = (Decimal("99.99"), "south")


def everything(company: Path, month: str, *, figures: bool) -> dict:
    """Read all that a month's figures are made from and, as it takes longer, the figures."""
    view = open_month(str(company), month)
    con, files = duckdb.connect(), view.prepared.files
    found: dict = (
        {"results": view.results_frame.to_csv(), "history": view.history.to_csv()} if figures else {}
    )
    for kind, known in files.months.items():
        for when, path in known.items():
            found[kind, when] = con.execute(f"SELECT * FROM '{path}' ORDER BY ALL").fetchall()
    return found


@pytest.mark.parametrize("world", WORLDS)
def test_a_refresh_equals_a_rebuild(world, tmp_path, monkeypatch):
    rng = random.Random(world)
    log = random_log(100 + world)
    statement = random_statement(log, rng) if world % 2 else None
    month = month_text(first_of(log.start + log.months - 1))
    (tmp_path / "source").mkdir()
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "kept"))
    company = write_company(tmp_path / "source", log, statement)
    figures = world < 2
    everything(company, month, figures=figures)
    disturb(log, statement, rng)
    company = write_company(tmp_path / "source", log, statement)
    refreshed = everything(company, month, figures=figures)
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "new"))
    assert refreshed == everything(company, month, figures=figures)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Give a log of sixteen months, its folder, and what of the cache is made anew by a preparation."""
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "cache"))
    log = next(log for log in map(random_log, range(50)) if log.months == 16 and log.relationship == "mixed")
    return Shop(log, tmp_path)


class Shop:
    """A company whose source is written again and again."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log, self.folder = log, folder
        self.made: set[Path] = set()
        self.new()

    def month(self, place: int) -> str:
        return month_text(first_of(self.log.start + place))

    def new(self, last: int | None = None) -> set[tuple[str, str]]:
        """Write the source, prepare its last month, and name the parts that were not there before."""
        company = load_company(str(write_company(self.folder, self.log)))
        prepare(company, self.month(last or self.log.months - 1))
        found = set((self.folder / "cache" / "random").rglob("*.parquet"))
        new, self.made = found - self.made, found
        return {(path.parent.name, path.name[:7]) for path in new}


def test_a_late_row_remakes_its_month_of_the_panel_and_the_month_ends_from_it_on(shop):
    place = 12
    shop.log.rows.append(("late", last_of(shop.log.start + place), Decimal(5), True, "x"))
    later = {("base", shop.month(each)) for each in range(place, shop.log.months)}
    assert shop.new() == {("panel", shop.month(place)), ("products", shop.month(place)), *later}


def test_a_new_month_makes_one_part_of_each_kind(shop):
    last = shop.log.months
    assert shop.new(last) == {(kind, shop.month(last)) for kind in ("panel", "products", "base")}


def test_a_row_that_moves_within_its_month_is_noticed(shop):
    place = next(i for i, row in enumerate(shop.log.rows) if index(row[1]) == shop.log.start + 9)
    name, day, amount, qualifying, product = shop.log.rows[place]
    shop.log.rows[place] = (name, day, amount + Decimal("0.0001"), qualifying, product)
    assert ("panel", shop.month(9)) in shop.new()


def test_the_same_rows_in_another_order_and_an_attribute_nobody_uses_make_nothing_but_the_list(shop):
    shop.log.rows.reverse()
    shop.log.rows.append(shop.log.rows.pop(0))
    assert shop.new() == set()


def test_a_closure_remakes_the_month_ends_from_the_closure_on(shop):
    name = next(n for n, facts in sorted(shop.log.listed.items()) if facts[0] and not facts[1])
    acquired, _, _, channel = shop.log.listed[name]
    shop.log.listed[name] = (acquired, first_of(shop.log.start + 13), "moved", channel)
    later = {("base", shop.month(each)) for each in range(13, shop.log.months)}
    assert {part for part in shop.new() if part[0] != "customers"} == (
        later if index(acquired) <= shop.log.start + 13 else set()
    )


def test_the_month_digests_tell_which_months_changed(shop):
    def digests():
        company = load_company(str(write_company(shop.folder, shop.log)))
        return prepare(company, shop.month(shop.log.months - 1)).month_digests

    before = digests()
    shop.log.rows.append(("late", last_of(shop.log.start + 4), Decimal(5), True, "x"))
    after = digests()
    changed = {month for month in after if after[month] != before[month]}
    assert changed == {shop.month(4)}
    assert after[shop.month(4)]["rows"] == before[shop.month(4)]["rows"] + 1
