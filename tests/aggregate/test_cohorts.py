"""Cohorts, beginnings, presence and the board's counts against plain Python over single rows."""

import random
from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest
from ibis import _

from custlib.aggregate import board, cohorts, flows
from custlib.aggregate.values import as_at
from tests.aggregate.conftest import fill, month_tables, tables_of
from tests.aggregate.twin import Twin, first_of, index, random_log

SEEDS = (0, 3, 7, 11, 12)


@pytest.fixture(scope="module", params=SEEDS)
def made(request, engine):
    """A random company with acquisition costs and referrals, its month ends one below the other."""
    log = random_log(request.param)
    rng = random.Random(request.param + 1000)
    panel, tables = month_tables(engine, log)
    names = sorted({row[0] for row in log.rows} | set(log.listed))
    won = {
        name: (
            Decimal(rng.randint(0, 9000)) / 100 if rng.random() < 0.7 else None,
            rng.choice([*names, "stranger"]) if rng.random() < 0.4 else None,
        )
        for name in log.listed
    }
    engine.raw_sql(
        "CREATE OR REPLACE TABLE won (customer_id VARCHAR, acquisition_cost DECIMAL(18,4), referred_by VARCHAR)"
    )
    fill(engine.con, "won", [(name, *facts) for name, facts in won.items()])
    _rows, customers = tables_of(engine, log)
    last = log.start + log.months - 1
    listed = (
        as_at(customers, first_of(last))
        .left_join(engine.table("won"), "customer_id")
        .drop("customer_id_right")
    )
    bases = ibis.union(*tables.values()) if len(tables) > 1 else tables[last]
    return SimpleNamespace(
        log=log, twin=Twin(log), panel=panel.filter(_.month <= ibis.date(first_of(last))), tables=tables, last=last,
        listed=listed, bases=bases, base=tables[last], won=won, names=names, engine=engine,
    )  # fmt: skip


def origin(made, name: str) -> tuple[str, int | None]:
    """Say where a customer comes from, and in which month it joined."""
    log, twin, last = made.log, made.twin, made.last
    first, (acquired, *_rest) = twin.first_active(name, last), twin.listing(name, last)
    if twin.acquired_before(name, last):
        return "before", None
    if first is None:
        return "never", None
    if not log.complete and acquired is None and first < log.start + log.active_window:
        return "first_seen", None
    return "joined", first


def joined(made) -> dict[str, int]:
    """Give the month of acquisition of everyone who joined within the data."""
    found = {name: origin(made, name) for name in made.twin.known(made.last)}
    return {name: month for name, (where, month) in found.items() if where == "joined"}


def cell(value):
    """Read a cell: a month as a running number, nothing as None."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, (pd.Timestamp, date)):
        return index(pd.Timestamp(value).date())
    return value


def counted(table, keys: list[str], value: str = "customers") -> dict:
    """Give a small table as a dictionary."""
    return {
        tuple(cell(row[key]) for key in keys): cell(row[value]) for row in table.execute().to_dict("records")
    }


def test_sizes_and_costs_of_cohorts(made):
    heads, known, cost = Counter(), Counter(), defaultdict(Decimal)
    for name in made.twin.known(made.last):
        key = origin(made, name)
        heads[key] += 1
        price = made.won[name][0] if visible(made, name) else None
        if price is not None:
            known[key] += 1
            cost[key] += price
    table = cohorts.sizes(made.base, made.listed)
    assert counted(table, ["origin", "cohort"]) == dict(heads)
    assert {k: v for k, v in counted(table, ["origin", "cohort"], "known").items() if v} == dict(known)
    assert {k: v for k, v in counted(table, ["origin", "cohort"], "cost").items() if v is not None} == dict(
        cost
    )
    bare = cohorts.sizes(made.base, None)
    assert set(counted(bare, ["origin", "cohort"], "known").values()) == {0}


def visible(made, name: str) -> bool:
    """Say whether a customer is on the list as it could be known at the last month."""
    acquired = made.log.listed.get(name, (None,))[0]
    return name in made.log.listed and (acquired is None or index(acquired) <= made.last)


def test_activity_of_cohorts_is_that_of_every_month_end(made):
    expected = Counter()
    for name, cohort in joined(made).items():
        for month in made.tables:
            if name in made.twin.known(month) and made.twin.active(name, month):
                expected[cohort, month] += 1
    assert counted(cohorts.activity(made.base, made.bases), ["cohort", "month"], "active") == dict(expected)


def test_money_by_origin_leaves_nothing_of_the_month_out(made):
    expected, rows = defaultdict(Decimal), defaultdict(set)
    for name, day, amount, *_rest in made.log.rows:
        if index(day) <= made.last:
            key = (*origin(made, name), index(day))
            expected[key] += amount
            rows[key].add(name)
    table = cohorts.money(made.base, made.panel)
    assert counted(table, ["origin", "cohort", "month"], "margin") == dict(expected)
    assert counted(table, ["origin", "cohort", "month"]) == {key: len(names) for key, names in rows.items()}
    whole = defaultdict(Decimal)
    for (*_rest, month), value in expected.items():
        whole[month,] += value
    assert counted(cohorts.totals(made.panel), ["month"], "margin") == dict(whole)


@pytest.mark.parametrize("age", [0, 3])
def test_what_joiners_brought_by_an_age_with_its_squares(made, age):
    expected = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    oldest, youngest = 9, 1
    for name, cohort in joined(made).items():
        if made.last - oldest <= cohort <= made.last - youngest:
            brought = made.twin.margin(name, cohort, min(cohort + age, made.last))
            cents = brought.quantize(Decimal("0.01"), ROUND_HALF_UP)
            line = expected[cohort,]
            expected[cohort,] = [line[0] + 1, line[1] + brought, line[2] + cents * cents]
    month = first_of(made.last)
    table = cohorts.brought(made.base, made.panel, month=month, age=age, oldest=oldest, youngest=youngest)
    for place, column in enumerate(("customers", "margin", "squares")):
        assert counted(table, ["cohort"], column) == {key: line[place] for key, line in expected.items()}


def test_what_joiners_brought_by_channel(made):
    age, oldest, youngest = 3, 9, 1
    expected = defaultdict(lambda: [0, Decimal(0)])
    for name, cohort in joined(made).items():
        if made.last - oldest <= cohort <= made.last - youngest:
            channel = (made.log.listed[name][3] if visible(made, name) else None) or "unknown"
            line = expected[channel,]
            brought = made.twin.margin(name, cohort, min(cohort + age, made.last))
            expected[channel,] = [line[0] + 1, line[1] + brought]
    span = {"month": first_of(made.last), "age": age, "oldest": oldest, "youngest": youngest}
    table = cohorts.brought_by_channel(made.base, made.panel, made.listed, **span)
    for place, column in enumerate(("customers", "margin")):
        assert counted(table, ["channel"], column) == {key: line[place] for key, line in expected.items()}
    nobody = cohorts.brought_by_channel(made.base, made.panel, None, **span)
    assert set(counted(nobody, ["channel"], "customers")) <= {("unknown",)}


def moved(day: date, months: int) -> date:
    """Give the same day so many months later, or that month's last where it is shorter."""
    month = first_of(index(day) + months)
    return month.replace(day=min(day.day, monthrange(month.year, month.month)[1]))


def second_purchases(made) -> dict[str, tuple[int, int | None]]:
    """Give month of the first purchase and months to the second, by trying one month after the other."""
    found = {}
    for name in joined(made):
        days = sorted({row[1] for row in made.twin.bought(name, 0, made.last)})
        if days:
            months = next((j for j in range(1, 99) if len(days) > 1 and days[1] <= moved(days[0], j)), None)
            found[name] = (index(days[0]), months)
    return found


def test_months_to_the_second_purchase(made):
    table = cohorts.second_purchases(made.base).execute()
    got = {row.customer_id: (cell(row.first), cell(row.months)) for row in table.itertuples()}
    assert got == second_purchases(made)


def test_counts_by_month_and_by_channel(made):
    each = cohorts.second_purchases(made.base)
    expected = second_purchases(made)
    assert counted(cohorts.by_month(each, "months"), ["first", "months"]) == dict(Counter(expected.values()))
    oldest, youngest = 8, 2
    inside = {n: m for n, m in expected.items() if made.last - oldest <= m[0] <= made.last - youngest}
    channels = {n: made.log.listed[n][3] if visible(made, n) else None for n in inside}
    wanted = Counter((channels[n] or "unknown", months) for n, (_first, months) in inside.items())
    span = {"month": first_of(made.last), "oldest": oldest, "youngest": youngest}
    assert counted(cohorts.by_channel(each, made.listed, "months", **span), ["channel", "months"]) == dict(
        wanted
    )
    unknown = counted(cohorts.by_channel(each, None, **span), ["channel"])
    assert unknown == ({("unknown",): len(inside)} if inside else {})


def test_steps_from_opened_to_core(made):
    """A customer is core here who bought twice in the month and is active."""
    bases = made.bases.mutate(core=_.active & (_.transactions_1 >= 2))
    horizon = 3
    expected = {}
    for name, (acquired, *_rest) in made.log.listed.items():
        if acquired is None or index(acquired) > made.last:
            continue
        opened, active, core = index(acquired), None, None
        for age in range(horizon + 1):
            month = opened + age
            if (
                month not in made.tables
                or name not in made.twin.known(month)
                or not made.twin.active(name, month)
            ):
                continue
            active = age if active is None else active
            if core is None and len(made.twin.bought(name, month, month)) >= 2:
                core = age
        expected[name] = (opened, active, core)
    table = cohorts.steps(made.listed, bases, horizon=horizon).execute()
    got = {
        row.customer_id: (cell(row.first), cell(row.active_age), cell(row.core_age))
        for row in table.itertuples()
    }
    assert got == expected


def test_patterns_of_presence(made):
    expected = Counter()
    for name in made.names:
        pattern = sum(
            1 << (made.last - month)
            for month in made.tables
            if name in made.twin.known(month) and made.twin.active(name, month)
        )
        if pattern:
            expected[pattern,] += 1
    assert counted(cohorts.presence(made.bases, month=first_of(made.last)), ["pattern"]) == dict(expected)


@pytest.mark.parametrize("months", [1, 12])
def test_what_winning_newcomers_cost_and_who_sent_them(made, months):
    month = first_of(made.last)
    then = made.tables.get(made.last - months)
    compared = flows.compare(made.base, then, month=month, months=months, value="value")
    status = {name: made.twin.status(name, made.last, months) for name in made.twin.known(made.last)}
    worth = {n: made.twin.margin(n, made.last - made.log.value_window + 1, made.last) for n in status}
    new = {name: kind for name, kind in status.items() if kind in ("new", "came_and_went")}
    facts = {name: made.won[name] if visible(made, name) else (None, None) for name in new}
    table = board.newcomers(compared, made.listed)
    for kind in set(new.values()):
        mine = [name for name in new if new[name] == kind]
        costs = [facts[name][0] for name in mine if facts[name][0] is not None]
        sent = [name for name in mine if facts[name][1] is not None]
        row = table.execute().set_index("status").loc[kind]
        assert (row.customers, row.known, row.referred) == (len(mine), len(costs), len(sent))
        assert (cell(row.cost) or 0) == sum(costs)
        assert (cell(row.referred_value) or 0) == sum((worth[name] for name in sent), Decimal(0))
    counting = [n for n, kind in new.items() if kind == "new" or months == 1]
    by = {n: facts[n][1] for n in counting if facts[n][1] is not None}
    whole = board.referrers(compared, made.listed, made.base, months=months).execute()
    if by:
        row = whole.iloc[0]
        assert (row.referrers, row.referred) == (len(set(by.values())), len(by))
        assert row.value == sum(worth[n] for n in by)
    else:
        assert whole.empty
    segmented = made.base.mutate(kind=ibis.ifelse(made.base.active, "in", "out"))
    got = counted(
        board.referrers(compared, made.listed, segmented, months=months, by="kind"), ["segment"], "referred"
    )
    base = set(made.twin.known(made.last))
    where = Counter(
        (None if sender not in base else "in" if made.twin.active(sender, made.last) else "out",)
        for sender in by.values()
    )
    assert got == dict(where)


@pytest.mark.parametrize("months", [1, 12])
def test_reasons_of_leavers_by_segment(made, months):
    then = made.tables.get(made.last - months)
    compared = flows.compare(made.base, then, month=first_of(made.last), months=months, value="value")
    expected = Counter()
    for name in made.twin.known(made.last):
        kind = made.twin.status(name, made.last, months)
        if kind == "lost" or (kind == "came_and_went" and months == 1):
            expected["all", made.twin.listing(name, made.last)[2]] += 1
    assert counted(board.lost_reasons(compared, months=months), ["segment", "reason"]) == dict(expected)


@pytest.mark.parametrize("dialect", ["postgres", "databricks"])
def test_each_of_them_compiles_for_another_engine(made, dialect):
    month = first_of(made.last)
    panel = ibis.table(made.panel.schema(), name="panel")
    base, bases = (ibis.table(made.base.schema(), name=name) for name in ("base", "bases"))
    listed = ibis.table(made.listed.schema(), name="listed")
    compared = flows.compare(base, base.view(), month=month, months=12, value="margin_12")
    each = cohorts.second_purchases(base)
    for table in (
        cohorts.sizes(base, listed), cohorts.activity(base, bases), cohorts.money(base, panel), cohorts.totals(panel),
        cohorts.brought(base, panel, month=month, age=6, oldest=17, youngest=6), cohorts.by_month(each, "months"),
        cohorts.brought_by_channel(base, panel, listed, month=month, age=6, oldest=17, youngest=6),
        cohorts.by_channel(each, listed, "months", month=month, oldest=23, youngest=12),
        cohorts.steps(listed, bases, horizon=6), cohorts.presence(bases, month=month),
        board.newcomers(compared, listed), board.referrers(compared, listed, base, months=12, by="closure_reason"),
        board.lost_reasons(compared, months=12),
    ):  # fmt: skip
        assert ibis.to_sql(table, dialect=dialect).startswith(("SELECT", "WITH"))


def test_cohorts_are_the_new_customers_of_every_month_that_knows_them(made):
    """Counted at the last month, a cohort is as large as what its own month called new, came and went included."""
    log, heads = made.log, Counter(joined(made).values())
    window = 1 if log.relationship == "contractual" else log.active_window
    for month in made.tables:
        if not log.complete and month - 1 < log.start + window - 1:
            continue  # the month's new customers are not available
        then = made.tables.get(month - 1)
        compared = flows.compare(made.tables[month], then, month=first_of(month), months=1, value="value")
        status = Counter(compared.status.execute())
        assert heads[month] == status["new"] + status["came_and_went"], first_of(month)


def test_who_joined_by_a_purchase_is_active_in_the_month_of_it(made):
    if made.log.relationship != "non_contractual":
        return
    active = counted(cohorts.activity(made.base, made.bases), ["cohort", "month"], "active")
    for cohort, size in Counter(joined(made).values()).items():
        # And stays so until the window is over.
        for age in range(min(made.log.active_window, made.last - cohort + 1)):
            assert active[cohort, cohort + age] == size
