"""Each aggregate against plain Python over single rows, and in the words of another engine."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import ibis
import pytest

from custlib.aggregate import flows
from custlib.aggregate.panel import panel, products
from custlib.aggregate.segments import with_core, with_products, with_segments
from custlib.aggregate.values import Rules, values
from tests.aggregate.conftest import month_tables, rules_of, tables_of
from tests.aggregate.twin import Twin, first_of, index, random_log

SEEDS = (0, 3, 7)


@pytest.fixture(scope="module", params=SEEDS)
def made(request):
    """Give a log with its tables, which are made once and only read, in an engine that no other log is put into."""
    log, own = random_log(request.param), ibis.duckdb.connect()
    own.raw_sql("SET threads = 1")
    whole, tables = month_tables(own, log)
    return SimpleNamespace(
        log=log, twin=Twin(log), panel=whole, tables=tables, last=log.start + log.months - 1
    )


def test_panel(made):
    rows = defaultdict(list)
    for row in made.log.rows:
        rows[row[0], first_of(index(row[1]))].append(row)
    got = made.panel.execute()
    assert len(got) == len(rows)
    for line in got.itertuples():
        own = rows[line.customer_id, line.month.date()]
        active = [r[1] for r in own if r[3]]
        assert line.transactions == len(active)
        assert line.day_mask == sum(1 << day for day in {d.day for d in active})
        assert line.amount == line.revenue == line.margin == sum(r[2] for r in own)
        assert line.cost_to_serve == 0
        if active:
            assert (line.first_day.date(), line.last_day.date()) == (min(active), max(active))
        else:
            assert str(line.first_day) == "NaT"


def test_products(made, engine):
    transactions, _ = tables_of(engine, made.log)
    got = {
        tuple(r)
        for r in products(transactions)
        .execute()
        .assign(month=lambda t: t.month.dt.date)[["customer_id", "month", "product"]]
        .itertuples(index=False)
    }
    assert got == {(r[0], first_of(index(r[1])), r[4]) for r in made.log.rows if r[3]}


@pytest.mark.parametrize("months", [1, 12])
def test_flows_money_and_movers(made, months):
    log, twin, last = made.log, made.twin, made.last
    now, then = made.tables[last], made.tables.get(last - months)
    compared = flows.compare(now, then, month=first_of(last), months=months, value="value")
    got = flows.flows(compared, material_change=Decimal("0.25")).execute().set_index("status")
    expected = defaultdict(Counter)
    window = log.value_window
    for name in twin.known(last):
        status = twin.status(name, last, months)
        after = twin.margin(name, last - window + 1, last)
        known = last - months >= log.start and name in twin.known(last - months)
        before = twin.margin(name, last - months - window + 1, last - months) if known else Decimal(0)
        line, change = expected[status], after - before
        line["customers"] += 1
        line["v_now"] += after
        line["v_then"] += before
        line["growth"] += max(change, 0)
        line["decline"] += max(-change, 0)
        limit = before * Decimal("0.25")
        line["not_positive"] += before <= 0
        line["growing"] += before > 0 and change > limit
        line["declining"] += before > 0 and -change > limit
        line["unchanged"] += before > 0 and change == 0
        line["steady"] += before > 0 and change != 0 and abs(change) <= limit
    for status, line in expected.items():
        assert {k: got.loc[status, k] for k in line} == dict(line), status


@pytest.mark.parametrize("months", [1, 12])
def test_flows_by_several_dimensions_are_those_by_each(made, months):
    """The month of acquisition and whether there is a contract stand for segments; a customer has NULL of the first till he is active."""
    dimensions = ("won", "bound")
    now, then = (
        None
        if table is None
        else table.mutate(won=table.first_active.cast("string"), bound=table.under_contract.cast("string"))
        for table in (made.tables[made.last], made.tables.get(made.last - months))
    )
    rest = {"month": first_of(made.last), "months": months, "value": "value"}
    change, keys = Decimal("0.25"), ["status", "segment_then", "segment_now"]
    whole = flows.compare(now, then, dimensions=dimensions, **rest)
    got = flows.flows_by_dimension(whole, dimensions, material_change=change).execute()
    assert set(got.dimension) == {flows.ALL, *dimensions}
    for name in (None, *dimensions):
        mine = got[got.dimension == (name or flows.ALL)].drop(columns="dimension")
        by = flows.flows(flows.compare(now, then, by=name, **rest), material_change=change).execute()
        mine, by = (
            table.astype(object).where(table.notna(), None).sort_values(keys, key=lambda c: c.astype(str))
            for table in (mine, by)
        )
        assert mine.values.tolist() == by[list(mine.columns)].values.tolist()


def test_lost_annual_margin(made):
    last = made.last
    compared = flows.compare(
        made.tables[last], made.tables.get(last - 1), month=first_of(last), months=1, value="value"
    )
    got = flows.lost_annual_margin(compared, ibis.union(*made.tables.values()), months=1).execute()
    # Opened and closed within the month is lost too.
    lost = [n for n in made.twin.known(last) if made.twin.status(n, last, 1) in ("lost", "came_and_went")]
    ends = {name: made.twin.last_active(name, last) for name in lost}
    expected = sum((made.twin.margin(n, end - 11, end) for n, end in ends.items()), Decimal(0))
    assert (0 if got.empty else got.customers[0]) == len(lost)
    assert (Decimal(0) if got.empty else got.margin[0]) == expected


def test_first_year_of_every_cohort(made):
    log, twin, last = made.log, made.twin, made.last
    cohorts = defaultdict(list)
    for name in twin.known(last):
        first, (acquired, *_) = twin.first_active(name, last), twin.listing(name, last)
        early = (
            not log.complete
            and acquired is None
            and first is not None
            and first < log.start + log.active_window
        )
        if first is not None and not twin.acquired_before(name, last) and not early:
            cohorts[first].append(name)
    sizes = flows.cohort_sizes(made.tables[last], month=first_of(last)).execute()
    got = {index(row.first_active.date()): row.customers for row in sizes.itertuples()}
    assert got == {month: len(names) for month, names in cohorts.items() if month <= last - 11}
    bases = ibis.union(*made.tables.values())
    for month, names in cohorts.items():
        if month > last - 11:
            continue  # its first year is not over
        year = flows.new_first_year_margin(made.tables[last], bases, cohort=first_of(month)).execute()
        assert year.margin[0] == sum(twin.margin(name, month, month + 11) for name in names)
        assert year.customers[0] == len(names)


def test_gaps(made):
    expected = Counter()
    for name in made.twin.known(made.last):
        months = sorted({index(r[1]) for r in made.twin.bought(name, 0, made.last)})
        for place, month in enumerate(months):
            following = months[place + 1] - month if place + 1 < len(months) else None
            expected[following, made.last - month] += 1
    bases = ibis.union(*made.tables.values())
    got = flows.gaps(bases, month=first_of(made.last)).execute()
    assert {(None if r.gap != r.gap else int(r.gap), r.rest): r.times for r in got.itertuples()} == dict(
        expected
    )


def core(metric, **rest):
    given = dict(window_months=1, combine=None, at_least=None, at_most=None, equals=None)
    return SimpleNamespace(metric=metric, **(given | rest))


@pytest.mark.parametrize("kind", ["all", "any"])
def test_core_rule(made, kind):
    conditions = [core("transactions", window_months=3, at_least=3), core("active_days", at_least=2)]
    rule = SimpleNamespace(all=conditions if kind == "all" else [], any=conditions if kind == "any" else [])
    rules, last, twin = rules_of(made.log), made.last, made.twin
    rules = Rules(**{**rules.__dict__, "core": rule})
    base = made.tables[last].drop("core", "core_status")
    got = (
        with_core(base, made.panel, None, month=first_of(last), rules=rules)
        .execute()
        .set_index("customer_id")
        .core
    )
    for name in twin.known(last):
        often = len(twin.bought(name, last - 2, last)) >= 3
        days = len({r[1] for r in twin.bought(name, last, last)}) >= 2
        met = often and days if kind == "all" else often or days
        assert got[name] == (twin.active(name, last) and met), name


def test_statement_columns_are_as_they_stood_and_unknown_is_not_core(engine):
    statement = ibis.memtable(
        {"customer_id": ["a", "a", "b"], "month": [date(2024, 1, 1), date(2024, 2, 1), date(2024, 1, 1)],
         "region": ["north", "south", "north"], "products_held": [1, 3, 2], "average_balance": [10.0, 500.0, 900.0]}
    )  # fmt: skip
    base = ibis.memtable({"customer_id": ["a", "b", "c"], "active": [True, True, True]})
    rule = SimpleNamespace(all=[core("average_balance", at_least=400)], any=[])
    rules = Rules("mixed", 3, 12, date(2024, 1, 1), core=rule, segments=("region",))
    month = date(2024, 2, 1)
    nothing = ibis.memtable({"customer_id": ["z"], "month": [month], "day_mask": [0]})
    table = with_core(base, nothing, statement, month=month, rules=rules)
    table = with_products(table, month=month, statement=statement, products=None)
    table = with_segments(table, month=month, rules=rules, customers=None, statement=statement)
    got = engine.execute(table).set_index("customer_id").sort_index()
    assert list(got.core) == [True, False, False]
    assert list(got.region) == ["south", "unknown", "unknown"]
    # What the statement does not say is unknown: not zero products.
    assert got.products.iloc[0] == 3 and got.products.isna().sum() == 2


def test_money_of_the_statement_replaces_the_log_and_costs_are_taken_off_once(engine):
    log = ibis.memtable(
        {"customer_id": ["a", "a"], "date": [date(2024, 1, 3), date(2024, 1, 31)], "amount": [Decimal("10.5000")] * 2,
         "qualifying": [True, False], "excluded": [None, "filter"]},
        schema={"customer_id": "string", "date": "date", "amount": "decimal(18, 4)", "qualifying": "boolean", "excluded": "string"},
    )  # fmt: skip
    money = {
        "customer_id": "string",
        "month": "date",
        "margin": "decimal(18, 4)",
        "cost_to_serve": "decimal(18, 4)",
    }
    booked = ibis.memtable(
        {
            "customer_id": ["a"],
            "month": [date(2024, 1, 1)],
            "margin": [Decimal(7)],
            "cost_to_serve": [Decimal(2)],
        },
        schema=money,
    )
    got = engine.execute(panel(log, customer_months=booked)).iloc[0]
    assert (got.transactions, got.amount, got.revenue) == (1, Decimal("10.5"), 0)
    assert (got.gross_margin, got.cost_to_serve, got.margin) == (7, 2, 5)
    cost = ibis.memtable(
        {"customer_id": ["a"], "date": [date(2024, 1, 9)], "cost": [Decimal(3)]},
        schema={"customer_id": "string", "date": "date", "cost": "decimal(18, 4)"},
    )
    got = engine.execute(panel(log, costs=cost, margin_share=Decimal("0.375"))).iloc[0]
    assert (got.gross_margin, got.margin, got.revenue) == (
        Decimal("3.9375"),
        Decimal("0.9375"),
        Decimal("10.5"),
    )


@pytest.mark.parametrize("dialect", ["postgres", "databricks"])
def test_every_aggregate_compiles_for_another_engine(dialect):
    """No query needs DuckDB: the same expressions are to run where the data outgrow one machine."""
    kinds = {"customer_id": "string", "date": "date", "amount": "decimal(18, 4)", "qualifying": "boolean",
             "excluded": "string", "product": "string"}  # fmt: skip
    log = ibis.table(kinds, name="log")
    listed = ibis.table(
        {"customer_id": "string", "acquired_on": "date", "closed_on": "date", "closure_reason": "string"},
        name="listed",
    )
    month, rule = date(2024, 5, 1), SimpleNamespace(all=[core("active_days", at_least=2)], any=[])
    rules = Rules("mixed", 3, 12, date(2023, 1, 1), core=rule)
    whole = ibis.table(panel(log).schema(), name="panel")
    base = values(whole, month=month, rules=rules, customers=listed)
    base = with_core(base, whole, None, month=month, rules=rules)
    base = with_products(base, month=month, statement=None, products=None)
    now = ibis.table(base.schema(), name="now")
    compared = flows.compare(now, now.view(), month=month, months=12, value="margin_12")
    several = flows.compare(
        now, now.view(), month=month, months=12, value="margin_12", dimensions=["core_status"]
    )
    for made in (
        panel(log), products(log), base, flows.flows(compared, material_change=Decimal("0.25")), flows.stock(now),
        flows.flows_by_dimension(several, ["core_status"], material_change=Decimal("0.25")),
        flows.lost_annual_margin(compared, base, months=12), flows.leavers(compared, whole, months=12), flows.gaps(now, month=month),
        flows.cohort_sizes(now, month=month), flows.new_first_year_margin(now, base, cohort=month),
    ):  # fmt: skip
        assert ibis.to_sql(made, dialect=dialect).startswith(("SELECT", "WITH"))
