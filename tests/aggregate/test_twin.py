"""The engine's tables against a plain Python twin on random logs, and mutants that must be caught."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from custlib.aggregate import flows, values
from custlib.measure.comparison import check_identities, comparison
from tests.aggregate.conftest import month_tables, mutant, rules_of
from tests.aggregate.twin import LOGS_PER_COMPANY, Twin, first_of, index, random_log, stranger_log

LOGS = 200
COMPANIES = range(LOGS // LOGS_PER_COMPANY)


def _month(cell) -> int | None:
    return None if cell is None or pd.isna(cell) else index(pd.Timestamp(cell).date())


def _day(cell):
    return None if cell is None or pd.isna(cell) else pd.Timestamp(cell).date()


EIGHT_PLACES = Decimal("2e-8")


def differences(engine, seed: int, *, make=None, compare=flows.compare, draw=random_log) -> list[str]:
    """Name everything in which library and twin disagree on one random log, at its last month."""
    log = draw(seed)
    twin = Twin(log)
    _, made = month_tables(engine, log, make=make)
    month = log.start + log.months - 1
    found = []
    frame = made[month].execute().set_index("customer_id")
    if sorted(frame.index) != twin.known(month):
        found.append(f"population {sorted(frame.index)} != {twin.known(month)}")
    for name, row in frame.iterrows():
        expected = {
            "active": twin.active(name, month),
            "first_active": twin.first_active(name, month),
            "last_active": twin.last_active(name, month),
            "value": twin.margin(name, month - log.value_window + 1, month),
            "margin_12": twin.margin(name, month - 11, month),
            "transactions_12": len(twin.bought(name, month - 11, month)),
            "acquired_before": twin.acquired_before(name, month),
            **twin.state(name, month),
        }
        got = row[list(expected)].to_dict()
        got |= {key: _month(got[key]) for key in ("first_active", "last_active")}
        got |= {key: _day(got[key]) for key in ("first_day", "last_day")}
        # A division leaves the decimals: of each month's quotient eight places are kept.
        quotient = "active_margin_day_squares"
        if abs(got[quotient] - expected[quotient]) < EIGHT_PLACES * log.months:
            got[quotient] = expected[quotient]
        found += [f"{name}: {k} {got[k]} != {v}" for k, v in expected.items() if got[k] != v]
    for months in (1, 12):
        then = made.get(month - months)
        table = compare(made[month], then, month=first_of(month), months=months, value="value")
        status = table.execute().set_index("customer_id").status
        found += [
            f"{name} over {months}: {got} != {twin.status(name, month, months)}"
            for name, got in status.items()
            if got != twin.status(name, month, months)
        ]
    return found


@pytest.mark.parametrize("seed", COMPANIES)
def test_two_hundred_random_logs_agree_with_the_twin(engine, seed):
    assert differences(engine, seed) == []


@pytest.mark.parametrize("seed", COMPANIES)
def test_two_hundred_logs_with_costs_marked_contracts_and_old_customers_agree_with_the_twin(engine, seed):
    assert differences(engine, seed, draw=stranger_log) == []


@pytest.mark.parametrize("seed", COMPANIES[:6])
@pytest.mark.parametrize("by", [None, "acquisition_channel"])
def test_bridges_close_in_every_month_and_segment(engine, seed, by):
    """Volume and value identities, checked between tables that were queried apart."""
    log = random_log(seed)
    _, made = month_tables(engine, log, segments=["acquisition_channel"], last=log.start + min(log.months, 6))
    for month, now in made.items():
        then = made.get(month - 1)
        compared = flows.compare(now, then, month=first_of(month), months=1, value="value", by=by)
        moved = flows.flows(compared, material_change=Decimal("0.25")).execute()
        closing = flows.stock(now, by=by).execute()
        opening = flows.stock(then, by=by).execute() if then is not None else closing.iloc[:0]
        table = comparison(moved, opening, closing, months=1)
        check_identities(table)
        assert table.closing.sum() == int(now.active.sum().execute() or 0)


MUTANTS = {
    "window off by one": (
        values,
        "months_on(month, 1 - rules.active_window)",
        "months_on(month, -rules.active_window)",
    ),
    "later than for not earlier than": (values, "known.last_bought >= since", "known.last_bought > since"),
    "new counted as won back": (
        flows,
        "first_active > opening",
        "first_active > opening + ibis.interval(months=1)",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_seeded_mutant_is_caught(engine, name):
    module, old, new = MUTANTS[name]
    changed = mutant(Path(module.__file__), old, new)
    stands_in = {"make": changed.values} if module is values else {"compare": changed.compare}
    assert any(differences(engine, seed, **stands_in) for seed in COMPANIES[:6])


def test_without_later_rows_the_month_is_the_same(engine):
    """As at t: rows dated after the month change nothing of it."""
    for seed in COMPANIES[:3]:
        log = random_log(seed)
        month = log.start + log.months - 2
        _, made = month_tables(engine, log, last=month)
        before = made[month].execute().sort_values("customer_id", ignore_index=True)
        log.rows = [r for r in log.rows if index(r[1]) <= month]
        _, made = month_tables(engine, log, last=month)
        after = made[month].execute().sort_values("customer_id", ignore_index=True)
        pd.testing.assert_frame_equal(before, after)


def test_rules_look_back_over_the_longest_window():
    assert rules_of(random_log(1)).look_back == 12
