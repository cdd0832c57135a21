"""Who held how much, averages peeled, and what a year took, against plain Python over single rows."""

import statistics
from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace

import ibis
import pytest

from custlib.aggregate import flows, held, losses, peeled
from tests.aggregate.conftest import month_tables
from tests.aggregate.twin import Twin, first_of, stranger_log

SEEDS = (1, 4, 8, 13)
NOTHING = Decimal(0)


@pytest.fixture(scope="module", params=SEEDS)
def made(request, engine):
    """A random company with costs of serving, at its last month end."""
    log = stranger_log(request.param)
    panel, tables = month_tables(engine, log)
    last = log.start + log.months - 1
    return SimpleNamespace(
        log=log,
        twin=Twin(log),
        panel=panel,
        tables=tables,
        base=tables[last],
        last=last,
        month=first_of(last),
    )


def records(table, key: str) -> dict:
    return {row.pop(key): row for row in table.execute().to_dict("records")}


def is_buyer(made, name: str, months: int) -> bool:
    bought = bool(made.twin.bought(name, made.last - months + 1, made.last))
    open_contract = made.twin.has_contract(name, made.last) and not made.twin.listing(name, made.last)[1]
    return {
        "non_contractual": bought, "contractual": open_contract, "mixed": bought or open_contract,
    }[made.log.relationship]  # fmt: skip


@pytest.mark.parametrize("months", [1, 3, 24])
def test_buyers_of_a_window_and_what_they_brought(made, months):
    relationship = made.log.relationship
    spent = held.spent(made.base, made.panel, month=made.month, windows=[1, 3, 24])
    found = held.held(spent, months=months, relationship=relationship)
    first = made.last - months + 1
    wanted = {}
    for name in made.twin.known(made.last):
        if is_buyer(made, name, months):
            cost = sum((c[2] for c in made.twin.costs[name] if first <= c_month(c) <= made.last), NOTHING)
            wanted[name] = {
                "margin": made.twin.margin(name, first, made.last),
                "revenue": made.twin.margin(name, first, made.last) + cost,
                "cost": cost,
                "transactions": len(made.twin.bought(name, first, made.last)),
            }
    assert records(found, "customer_id") == wanted


def c_month(cost) -> int:
    return cost[1].year * 12 + cost[1].month - 1


def test_three_months_beside_the_same_three_a_year_earlier(made):
    found = records(held.quarters(made.panel, month=made.month), "customer_id")
    for name, row in found.items():
        assert row["late"] == made.twin.margin(name, made.last - 2, made.last)
        assert row["early"] == made.twin.margin(name, made.last - 14, made.last - 12)
    silent = set(made.twin.known(made.last)) - set(found)
    assert all(made.twin.margin(name, made.last - 2, made.last) == 0 for name in silent)


def layers_of(made) -> dict[str, list[Decimal]]:
    """Give the values of each layer's customers, from the rows."""
    twin, last, window = made.twin, made.last, made.log.value_window
    values = {name: twin.margin(name, last - window + 1, last) for name in twin.known(last)}
    active = {name for name in values if twin.active(name, last)}
    repeat = {
        name
        for name in active
        if twin.state(name, last)["active_days"] > 1
        or twin.acquired_before(name, last)
        or twin.has_contract(name, last)
    }
    earning = sorted((values[name] for name in repeat if values[name] >= 0), reverse=True)
    return {
        "everyone": list(values.values()),
        "active": [values[name] for name in active],
        "repeat": [values[name] for name in repeat],
        "not_losing": earning,
        "without_top": earning[-(-len(earning) // 100) :],
    }


def test_each_layer_of_the_average(made):
    found, wanted = records(peeled.peeled(made.base), "layer"), layers_of(made)
    assert set(found) == {name for name, values in wanted.items() if values}
    for name, values in wanted.items():
        if values:
            mean = sum(values) / len(values)
            assert found[name]["customers"] == len(values) and found[name]["margin"] == sum(values)
            assert found[name]["middle"] / 2 == statistics.median(values)
            assert found[name]["below"] == sum(value < mean for value in values)


def test_of_many_customers_one_in_a_hundred_is_the_top():
    names = ["value", "active", "active_days", "acquired_before", "under_contract", "core"]
    rows = [(Decimal(n), True, 2, False, False, n > 195) for n in range(1, 202)]
    base = ibis.memtable([dict(zip(names, row, strict=True)) for row in rows])
    found = records(peeled.peeled(base), "layer")
    # Of 201 customers three are the top hundredth, rounded up.
    assert found["without_top"]["customers"] == 198 and found["without_top"]["margin"] == 198 * 199 // 2
    assert found["core"] == {"customers": 6, "margin": 1191, "below": 3, "middle": 397}


def test_what_a_stretch_of_months_took(made):
    months = min(4, made.log.months - 1)
    then = made.last - months
    compared = flows.compare(made.base, made.tables[then], month=made.month, months=months, value="value")
    window, twin = made.log.value_window, made.twin
    wanted: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for name in twin.known(made.last):
        if not twin.active(name, then):
            continue
        before = twin.margin(name, then - window + 1, then)
        now = twin.margin(name, made.last - window + 1, made.last)
        kinds = [("customers", "value", "squares")]
        if not twin.active(name, made.last):
            kinds.append(("lost", "lost_value", "lost_squares"))
            if twin.listing(name, made.last)[1]:
                kinds.append(("closed", "closed_value", "closed_squares"))
        elif before > 0:
            first = twin.first_active(name, made.last)
            if not twin.acquired_before(name, made.last) and not (
                first is not None and first < then - window + 1
            ):
                # No full window to have brought it in: that it is more now says nothing.
                wanted["younger"] += 1
                for count, money, squares in kinds:
                    wanted[count] += 1
                    wanted[money] += before
                    wanted[squares] += before**2
                continue
            kinds.append(("stayed", "stayed_value", ""))
            if now * 2 <= before:
                kinds.append(("halved", "halved_value", ""))
                wanted["halved_fall"] += before - now
            if now >= 2 * before:
                kinds.append(("doubled", "doubled_value", ""))
                wanted["doubled_rise"] += now - before
        for count, money, squares in kinds:
            wanted[count] += 1
            wanted[money] += before
            wanted[squares] += before**2
    since = ibis.date(first_of(then - window + 1))
    found = losses.losses(compared, since=since).drop("segment").execute()
    for name in found.columns:
        assert sum(found[name]) == wanted[name], name
