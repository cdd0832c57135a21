"""Customers as patterns, against a twin that writes every life out month by month, and by hand."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from math import floor, log
from pathlib import Path
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

from custlib.aggregate import carried as state
from custlib.aggregate import patterns as made_of
from custlib.aggregate import values as values_module
from custlib.aggregate.spending import spend_cells
from custlib.aggregate.values import Rules, values
from tests.aggregate.conftest import month_tables, mutant, rules_of
from tests.aggregate.twin import Log, Twin, first_of, index, stranger_log

SEEDS = range(14)
DATES = ("first_day", "last_day")
FACTS = [
    "kind", "group", "older", "x", "t_x", "n", "before", "closed", "age", "seen_start", "fitted", "months", "total", "squares",
    "idle", "days_x", "later_days", *DATES,
]  # fmt: skip


def lines(table) -> list[dict]:
    """Run a query; what is missing is None, a date a day."""
    frame = table.execute().astype(object)
    frame = frame.where(frame.notna(), None)
    return [
        {k: v.date() if isinstance(v, pd.Timestamp) else v for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


def facts(row: dict) -> dict:
    """Keep what is exact: a square divided by days is rounded to eight places."""
    return {name: row[name] for name in FACTS}


@pytest.fixture(scope="module", params=SEEDS)
def world(request, engine):
    """A random company at its last month and, for what followed, at half its months."""
    seed = request.param
    log = stranger_log(seed)
    _, tables = month_tables(engine, log, segments=["acquisition_channel"])
    last, truncation = log.start + log.months - 1, seed % 4
    half = (log.start + last) // 2

    @cache
    def at(month: int):
        made = made_of.patterns(
            tables[month], month=first_of(month), rules=rules_of(log), left_truncation=truncation,
            group="acquisition_channel",
        )  # fmt: skip
        return engine.create_table(f"patterns_{month}", made, overwrite=True)

    twin = Twin(log)

    @cache
    def told(month: int) -> dict[str, dict]:
        return {name: twin.pattern(name, month, truncation) for name in twin.customers(month)}

    def expected(month: int) -> dict[str, dict]:
        return {name: dict(row) for name, row in told(month).items()}  # tests add to the rows

    return SimpleNamespace(
        log=log, twin=twin, tables=tables, last=last, half=half, at=at, expected=expected, engine=engine
    )


def test_a_pattern_is_what_a_life_written_out_shows(world):
    for month in (world.log.start, world.half, world.last):
        got = {row["customer_id"]: facts(row) for row in lines(world.at(month))}
        assert got == {name: facts(row) for name, row in world.expected(month).items()}


MUTANTS = {
    "dies a month later": (made_of, "ibis.greatest(died - 1, 0)", "ibis.greatest(died, 0)"),
    "a sign of life in the month of closing is ignored": (made_of, "silent, 0, last + 1", "silent, 0, last"),
    "the eve of the data is unseen": (made_of, "(eve - won)", "(eve - won + 1)"),
    "who was won on the eve is fitted": (made_of, "(lived.before > 0) & (lived.x > 0)", "(lived.x > 0)"),
    "who was never seen is fitted": (made_of, "(lived.before > 0) & (lived.x > 0)", "(lived.before > 0)"),
    "the data begin a month later": (made_of, "+ left_truncation", "+ left_truncation + 1"),
    "the month of acquisition counts": (
        state, "first_active < ibis.date(month)", "first_active <= ibis.date(month)"
    ),
    "contracts live by buying": (state, "known.closed_on.isnull()", "known.transactions_1 > 0"),
    "refunds are no square": (state, "counted, square(margin)", "counted & (margin > 0), square(margin)"),
}  # fmt: skip


@pytest.fixture(scope="module")
def last_base(engine):
    """Give what makes a random company's last month end by the library as it is, once for all who read it."""

    @cache
    def made(seed: int):
        return engine.create_table(f"last_of_{seed}", last_of(engine, stranger_log(seed)), overwrite=True)

    return made


def last_of(engine, log):
    _, tables = month_tables(engine, log, segments=["acquisition_channel"])
    return tables[log.start + log.months - 1]


def patterns_of(base, log, truncation, make) -> dict[str, dict]:
    table = make(
        base, month=first_of(log.start + log.months - 1), rules=rules_of(log), left_truncation=truncation,
        group="acquisition_channel",
    )  # fmt: skip
    return {row["customer_id"]: {k: row[k] for k in FACTS} for row in lines(table)}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_seeded_mutant_is_caught(engine, last_base, monkeypatch, name):
    module, old, new = MUTANTS[name]
    changed = mutant(Path(module.__file__), old, new)
    if module is state:
        monkeypatch.setattr(values_module, "carried", changed.carried)
    make = changed.patterns if module is made_of else made_of.patterns

    def differs(seed: int) -> bool:
        log = stranger_log(seed)
        twin, last = Twin(log), log.start + log.months - 1
        expected = {name: facts(twin.pattern(name, last, 2)) for name in twin.customers(last)}
        # Only a mutant of what months carry has month ends of its own.
        base = last_of(engine, log) if module is state else last_base(seed)
        return patterns_of(base, log, 2, make) != expected

    assert any(differs(seed) for seed in SEEDS)


def test_patterns_hold_together(world):
    for row in lines(world.at(world.last)):
        assert 0 <= row["x"] <= row["t_x"] <= row["n"] <= world.log.months
        assert (row["x"] == 0) == (row["t_x"] == 0)
        assert row["before"] >= 0 and (row["older"] or row["before"] == 0)
        assert row["later_days"] <= row["days_x"] + 1
        assert not (row["seen_start"] and row["fitted"])
        assert row["kind"] == "use" or row["x"] == row["t_x"] == row["n"]
        assert row["months"] or row["total"] == row["squares"] == 0
        # No variance is negative.
        assert row["squares"] * max(row["months"], 1) >= row["total"] ** 2


def added(rows, keys, columns) -> dict:
    """Add columns of dictionaries up by keys, and count them."""
    found: dict = defaultdict(Counter)
    for row in rows:
        line = found[tuple(row[key] for key in keys)]
        line["customers"] += 1
        for name, of in columns.items():
            line[name] += of(row)
    return {key: dict(line) for key, line in found.items()}


def summed(table, keys) -> dict:
    return {
        tuple(row[key] for key in keys): {k: v for k, v in row.items() if k not in keys}
        for row in lines(table)
    }


MONEY = {"total": lambda row: row["total"], "idle": lambda row: row["idle"]}


def test_cells_count_what_the_patterns_are(world):
    rows = list(world.expected(world.last).values())
    table = world.at(world.last)
    for by in ((), ("older", "seen_start")):
        keys = [*made_of.PATTERN, *by]
        assert summed(made_of.cells(table, *by), keys) == added(rows, keys, MONEY)
    keys = ["group", "fitted", "days_x", *DATES, "closed"]
    came = [row | {"fitted": row["fitted"] and not row["older"]} for row in rows]
    came = [row for row in came if row["kind"] == "use" and row["first_day"] is not None]
    assert summed(made_of.day_cells(table), keys) == added(came, keys, MONEY)


@pytest.mark.parametrize("per", ["months", "x", "later_days"])
def test_spend_is_added_up_exactly_in_cells_of_like_totals(world, per):
    def cell(row):
        size = abs(float(row["total"]))
        return {
            "x": row[per],
            "sign": (row["total"] > 0) - (row["total"] < 0),
            "bin": floor(log(size) / 0.5) if size else 0,
        }

    rows = [row | cell(row) for row in world.expected(world.last).values()]
    columns = MONEY | {
        "total_squares": lambda row: row["total"] ** 2,
        "squares": lambda row: row["day_squares" if per == "later_days" else "squares"],
        "months": lambda row: row["months"],
        "idle_squares": lambda row: row["idle"] ** 2,
    }
    keys = ["kind", "group", "x", "sign", "bin"]
    got = summed(spend_cells(world.at(world.last), per=per, width=0.5), keys)
    wanted = added(rows, keys, columns)
    if per == "later_days":
        # A square divided by days is rounded to eight places, of each month.
        for key, cell in got.items():
            assert float(cell.pop("squares")) == pytest.approx(float(wanted[key].pop("squares")), abs=1e-6)
    assert got == wanted


def test_lives_count_those_fitted_by_their_beginning(world):
    rows = [row for row in world.expected(world.last).values() if row["fitted"]]
    keys = ["kind", "group", "age", "before"]
    assert summed(made_of.lives(world.at(world.last)), keys) == added(rows, keys, {})


@pytest.mark.parametrize("daily", [False, True])
@pytest.mark.parametrize("knows_past", [True, False])
def test_the_holdout_is_what_the_months_after_show(world, knows_past, daily):
    twin, half, last = world.twin, world.half, world.last
    before = 2 * half - last if knows_past else None
    earlier = world.tables.get(before)
    table = made_of.holdout(world.at(half), world.tables[last], earlier=earlier, daily=daily)
    expected = world.expected(half)
    for name, row in expected.items():
        life = twin.months_of_life(name, last)

        def did(first, end, life=life, name=name):
            months = [each for each in life if first <= each <= end]
            days = sorted({row[1] for row in twin.bought(name, world.log.start, last)})[1:]
            return (
                sum(first <= index(day) <= end for day in days)
                if daily
                else sum(twin.is_active_month(name, each) for each in months),
                sum((twin.margin(name, each, each) for each in months), Decimal(0)),
            )

        row["active_months"], row["margin"] = did(half + 1, last)
        row["past_active_months"] = row["past_margin"] = None
        if earlier is not None:
            row["past_active_months"], row["past_margin"] = did(before + 1, half)
    facts = ("active_months", "margin", "past_active_months", "past_margin")
    got = {row["customer_id"]: {k: row[k] for k in facts} for row in lines(table)}
    assert got == {name: {k: row[k] for k in facts} for name, row in expected.items()}
    keys = ["kind", "group", "days_x", *DATES] if daily else made_of.PATTERN
    counted = summed(made_of.holdout_cells(table, keys=keys), keys)
    columns = MONEY | {
        "active_months": lambda row: row["active_months"],
        "active_squares": lambda row: row["active_months"] ** 2,
        "came": lambda row: int(row["active_months"] > 0),
        "margin": lambda row: row["margin"],
        "missing": lambda row: 0,
    }
    past = {name: lambda row, name=name: row[name] for name in facts[2:]}
    if earlier is None:
        assert {(cell["past_margin"], cell["past_active_months"]) for cell in counted.values()} == {
            (None, None)
        }
        counted = {key: {k: v for k, v in cell.items() if k not in past} for key, cell in counted.items()}
    columns |= past if earlier is not None else {}
    assert counted == added(expected.values(), keys, columns)


def test_a_customer_who_is_no_longer_known_is_told_and_counted_as_nothing_else(world):
    table = world.at(world.half)
    gone = world.tables[world.last].filter(ibis.literal(False))
    held = made_of.holdout(table, gone)
    assert {(row["active_months"], row["margin"]) for row in lines(held)} <= {(None, None)}
    assert sum(cell["missing"] for cell in lines(made_of.holdout_cells(held))) == len(lines(table))


def test_activity_is_tracked_month_by_month_for_those_fitted(world):
    """At two month ends at once: some are fitted at one only, and a kind may change between them."""
    twin, ends = world.twin, (world.half, world.last)
    bases = ibis.union(*[table.select(world.tables[world.half].columns) for table in world.tables.values()])
    fitted = [world.at(end).filter(world.at(end).fitted) for end in ends]
    got = summed(made_of.activity_of_both(bases, *fitted), ["month", "first", "second"])
    expected: dict = defaultdict(Counter)
    rows = [{name: row for name, row in world.expected(end).items() if row["fitted"]} for end in ends]
    for month in range(world.log.start, world.last + 1):
        for name in rows[0].keys() | rows[1].keys():
            if twin.first_active(name, month) is None and not twin.acquired_before(name, month):
                continue
            state, kinds = (
                twin.state(name, month),
                [each[name]["kind"] if name in each else None for each in rows],
            )
            line = expected[first_of(month), *kinds]
            line["active_months"] += state["active_months"]
            line["days"] += max(state["active_days"] - 1, 0)
    assert got == {key: dict(line) for key, line in expected.items()}


# By hand. The data begin in January 2023; the month reported is June 2023, the sixth.
def one(engine, rows, listed=(), *, relationship="mixed", flags=None, months=6, truncation=0, complete=False):
    """Give the patterns of a few customers whose rows are (name, month, day, amount)."""
    log = Log(relationship, 3, 12, complete, 2023 * 12, months)
    log.rows = [(n, date(2023, m, d), Decimal(a), Decimal(a) >= 0, "x") for n, m, d, a in rows]
    log.listed = {name: (acquired, closed, None, "web") for name, acquired, closed in listed}
    log.flags = flags
    _, tables = month_tables(engine, log)
    last = log.start + months - 1
    table = made_of.patterns(
        tables[last], month=first_of(last), rules=rules_of(log), left_truncation=truncation
    )
    return {row["customer_id"]: row for row in lines(table)}


def shown(row, *names):
    return tuple(row[name] for name in names)


LIFE = ("x", "t_x", "n", "before", "closed")


def test_months_after_the_first_count_and_a_refund_is_money_only(engine):
    got = one(engine, [("a", 1, 5, 10), ("a", 3, 1, 7), ("a", 3, 9, -2), ("a", 4, 2, -1), ("a", 5, 5, 4)])[
        "a"
    ]
    assert shown(got, *LIFE) == (2, 4, 5, 0, False)
    assert shown(got, "total", "squares", "idle") == (Decimal(9), Decimal(41), Decimal(-1))
    assert shown(got, "days_x", "later_days", *DATES) == (2, 2, date(2023, 1, 5), date(2023, 5, 5))


def test_a_closure_kills_in_its_month_unless_there_was_a_sign_of_life(engine):
    listed = [
        ("silent", date(2023, 2, 1), date(2023, 5, 20)),
        ("busy", date(2023, 2, 1), date(2023, 5, 20)),
        ("later", date(2023, 2, 1), date(2023, 4, 2)),
        ("brief", date(2023, 2, 1), date(2023, 2, 20)),
    ]
    rows = [
        ("z", 1, 1, 1),
        *[(name, 2, 3, 1) for name, *_ in listed],
        ("silent", 3, 1, 1),
        ("busy", 5, 30, 1),
    ]
    rows += [("later", 6, 1, 1)]
    got = one(engine, rows, listed, flags=dict.fromkeys([name for name, *_ in listed], False))
    # Closed in May, month 3 since February: lived through two months and died in the third.
    assert shown(got["silent"], *LIFE) == (1, 1, 2, 0, True)
    assert shown(got["busy"], *LIFE) == (1, 3, 3, 0, True)
    assert shown(got["later"], *LIFE) == (1, 4, 4, 0, True)
    assert shown(got["brief"], *LIFE) == (0, 0, 0, 0, True)
    # Under no contract at all a closing day says nothing.
    free = one(engine, rows, listed, relationship="non_contractual")
    assert shown(free["silent"], *LIFE) == (1, 1, 4, 0, False)


def test_contracts_live_while_open_whatever_is_bought(engine):
    listed = [
        ("open", date(2023, 2, 10), None),
        ("ended", date(2023, 2, 10), date(2023, 5, 31)),
        ("brief", date(2023, 2, 10), date(2023, 2, 20)),
        ("old", date(2022, 10, 3), None),
        ("eve", date(2022, 12, 3), date(2023, 1, 1)),
        ("past", date(2022, 10, 3), date(2022, 12, 31)),
        ("unknown", None, date(2023, 3, 31)),
    ]
    flags = dict.fromkeys([name for name, *_ in listed], True)
    got = one(engine, [("z", 1, 1, 1), ("ended", 6, 2, 9)], listed, flags=flags)
    assert shown(got["open"], *LIFE, "fitted") == (4, 4, 4, 0, False, True)
    assert shown(got["ended"], *LIFE, "fitted") == (2, 2, 2, 0, True, True)
    # What is booked after the end is margin of a month that was not active.
    assert shown(got["ended"], "months", "total", "idle") == (2, Decimal(0), Decimal(9))
    assert shown(got["brief"], *LIFE, "fitted") == (0, 0, 0, 0, True, True)
    # October: November and December passed before the data.
    assert shown(got["old"], *LIFE, "fitted") == (6, 6, 6, 2, False, True)
    assert shown(got["eve"], *LIFE, "fitted") == (0, 0, 0, 0, True, True)
    assert shown(got["past"], *LIFE, "fitted") == (0, 0, 0, 2, True, False)
    assert shown(got["unknown"], *LIFE, "seen_start", "fitted") == (2, 2, 2, 0, True, True, False)
    assert got["open"]["kind"] == "contract" and got["z"]["kind"] == "use"


def test_a_buyer_who_signs_is_a_contract_from_its_beginning(engine):
    rows = [("a", 1, 1, 10), ("a", 2, 1, 5), ("a", 6, 1, 3)]
    got = one(engine, rows, [("a", date(2023, 4, 15), None)])["a"]
    # Two months of tenure; the money is that of the active ones since January: February, April, May and June.
    assert shown(got, "kind", *LIFE) == ("contract", 2, 2, 2, 0, False)
    assert shown(got, "months", "total", "idle") == (4, Decimal(8), Decimal(0))


def test_customers_older_than_the_data(engine):
    listed = [(name, date(2022, 9, 3), None) for name in ("seen", "never")]
    listed += [("eve", date(2022, 12, 31), None), ("left", date(2022, 9, 3), date(2022, 11, 1))]
    rows = [("z", 1, 1, 1), ("seen", 1, 7, 5), ("seen", 4, 7, 6)]
    got = one(engine, rows, listed, flags=dict.fromkeys([name for name, *_ in listed], False))
    # September: three months unseen before January, all six of the data count, the first too.
    assert shown(got["seen"], *LIFE, "fitted", "total") == (2, 4, 6, 3, False, True, Decimal(11))
    assert shown(got["never"], *LIFE, "fitted", "days_x") == (0, 0, 6, 3, False, False, 0)
    assert got["never"]["first_day"] is None
    assert shown(got["eve"], *LIFE, "fitted") == (0, 0, 6, 0, False, False)
    assert shown(got["left"], *LIFE, "fitted") == (0, 0, 0, 3, True, False)
    free = one(engine, rows, listed, relationship="non_contractual")
    assert shown(free["left"], *LIFE, "fitted") == (0, 0, 6, 3, False, False)


@pytest.mark.parametrize(
    "truncation, complete, seen", [(0, False, set()), (2, False, {"a", "b"}), (2, True, set())]
)
def test_who_may_be_older_than_the_data_is_in_no_fit(engine, truncation, complete, seen):
    rows = [("a", 1, 1, 1), ("b", 2, 28, 1), ("c", 3, 1, 1), ("known", 1, 1, 1)]
    listed = [("known", date(2023, 1, 1), None)]
    got = one(engine, rows, listed, relationship="non_contractual", truncation=truncation, complete=complete)
    assert {name for name, row in got.items() if row["seen_start"]} == seen
    assert {name for name, row in got.items() if not row["fitted"]} == seen


def test_money_of_the_statement_alone_makes_no_month_active(engine):
    """Where a statement carries the margin, months without a transaction are idle, and their margin is kept."""
    money = {"customer_id": "string", "month": "date", "margin": "decimal(18, 4)", "revenue": "decimal(18, 4)",
             "amount": "decimal(18, 4)", "transactions": "int64", "day_mask": "int64", "first_day": "date", "last_day": "date"}  # fmt: skip
    zero, cent = Decimal(0), Decimal("99999999.9999")
    day = date(2024, 1, 31)
    rows = [
        ("a", date(2024, 1, 1), Decimal(5), zero, zero, 1, 1 << 31, day, day),
        ("a", date(2024, 2, 1), Decimal(7), zero, zero, 0, 0, None, None),
        ("a", date(2024, 3, 1), cent, zero, zero, 2, 0b110, date(2024, 3, 1), date(2024, 3, 2)),
        ("b", date(2024, 2, 1), Decimal(3), zero, zero, 0, 0, None, None),
    ]
    panel = ibis.memtable(pd.DataFrame(rows, columns=list(money), dtype=object), schema=money)
    rules = Rules("non_contractual", 3, 12, date(2024, 1, 1))
    base = None
    for month in (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)):
        base = engine.create_table(
            f"statement_{month:%m}",
            values(panel, month=month, rules=rules, previous=base),
            overwrite=True,
        )
    got = lines(made_of.patterns(base, month=month, rules=rules, left_truncation=0))
    assert [row["customer_id"] for row in got] == ["a"]
    assert shown(got[0], *LIFE, "idle", "days_x", "later_days") == (1, 2, 2, 0, False, Decimal(7), 2, 2)
    # Squares keep every digit.
    assert (got[0]["total"], got[0]["squares"]) == (cent, cent * cent)


@pytest.mark.parametrize("dialect", ["postgres", "databricks"])
def test_patterns_compile_for_another_engine(dialect):
    kinds = {
        "customer_id": "string", "month": "date", "transactions": "int64", "day_mask": "int64", "first_day": "date",
        "last_day": "date", "amount": "decimal(18, 4)", "revenue": "decimal(18, 4)", "margin": "decimal(18, 4)",
    }  # fmt: skip
    dates = ("acquired_on", "closed_on")
    listed = ibis.table({"customer_id": "string"} | dict.fromkeys(dates, "date"), name="listed")
    rules, month = Rules("mixed", 3, 12, date(2023, 1, 1)), date(2024, 5, 1)
    base = values(ibis.table(kinds, name="panel"), month=month, rules=rules, customers=listed)
    now = ibis.table(base.schema(), name="now")
    found = made_of.patterns(now, month=month, rules=rules, left_truncation=12)
    held = made_of.holdout(found, now.view(), earlier=now.view())
    for made in (
        base, found, made_of.cells(found), made_of.day_cells(found), spend_cells(found),
        made_of.lives(found), made_of.holdout_cells(held), made_of.activity_of_both(now.view(), found, found.view()),
    ):  # fmt: skip
        assert ibis.to_sql(made, dialect=dialect).startswith(("SELECT", "WITH"))
