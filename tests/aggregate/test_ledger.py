"""The ledger in the engine against a twin: the definitions' formulas, customer by customer, over lives written out."""

import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pytest

from custlib.aggregate import ledger as made_of
from custlib.aggregate.patterns import KEPT, patterns
from tests.aggregate.conftest import month_tables, mutant, rules_of
from tests.aggregate.twin import Twin, first_of, stranger_log

RATE = 0.008
SEEDS = range(8)
DIMENSION = "acquisition_channel"
ROUNDING = 1e-7


def price(seed, key, end):
    """Draw what a pattern is worth, anything at all: the ledger foots whatever the model says."""
    rng = random.Random(f"{seed} {end} {key}")
    dead = key[-1]
    found = {
        "months": 0.0 if dead else rng.uniform(0, 40), "soon": 0.0 if dead else rng.random(),
        "stays": 0.0 if dead else rng.uniform(0.01, 1), "alive": 0.0 if dead else rng.uniform(0.01, 1),
        "at_zero": rng.uniform(-5, 50), "per_unit": rng.choice([0.0, rng.uniform(0, 2)]),
    }  # fmt: skip
    if end == "opening":
        again = {name: rng.uniform(0.5, 5) for name in made_of.SPENT}
        found |= {f"earlier_{name}": value for name, value in again.items()}
        found["earlier_months"] = 0.0 if dead else rng.uniform(0, 40)
    return found


def key_of(pattern):
    return tuple(pattern[name] for name in made_of.PRICED)


def margin(priced, pattern, prefix=""):
    return priced[prefix + "at_zero"] + priced[prefix + "per_unit"] * float(pattern["total"])


class World:
    """A random company's last two month ends, priced at random."""

    def __init__(self, engine, seed):
        self.log = stranger_log(seed)
        self.seed, self.twin = seed, Twin(self.log)
        self.month = self.log.start + self.log.months - 1
        _, tables = month_tables(engine, self.log, segments=[DIMENSION])
        self.tables, self.engine = tables, engine
        rng = random.Random(seed)
        names = self.twin.known(self.month)
        self.costs = {name: Decimal(rng.randint(1, 90)) for name in names if rng.random() < 0.8}

    def prices(self, end, month):
        keys = sorted({key_of(self.twin.pattern(n, month, 0)) for n in self.twin.customers(month)}, key=str)
        rows = [
            dict(zip(made_of.PRICED, key, strict=True)) | {"pattern": i} | price(self.seed, key, end)
            for i, key in enumerate(keys)
        ]
        return ibis.memtable(
            pd.DataFrame(rows, columns=[*made_of.PRICED, "pattern", *price(0, (False,), end)])
        )

    def ends(self, module=made_of):
        """Give the customers at both ends, and what their patterns are priced at."""

        def at(month, base, *more):
            keep = ["active", "margin_1", DIMENSION, *more]
            found = patterns(
                base, month=first_of(month), rules=rules_of(self.log), left_truncation=0,
                group=DIMENSION, keep=keep,
            )  # fmt: skip
            return found.rename({name: KEPT + name for name in keep})

        base = self.tables[self.month - 1]
        before = base.mutate(**{f"earlier_{DIMENSION}": base[DIMENSION].upper()})
        costs = ibis.memtable(
            pd.DataFrame({"customer_id": list(self.costs), "acquisition_cost": list(self.costs.values())})
        )
        prices = self.prices("opening", self.month - 1), self.prices("closing", self.month)
        ends = module.ledger_ends(
            at(self.month - 1, before, f"earlier_{DIMENSION}"), at(self.month, self.tables[self.month]), *prices,
            costs=costs, dimensions=[DIMENSION],
        )  # fmt: skip
        return ends, prices

    def made(self, module=made_of):
        ends, prices = self.ends(module)
        return module.customer_ledger(ends, *prices, rate=RATE)

    def expected(self):
        """Write the ledger out by hand."""
        found, twin, then, now = {}, self.twin, self.month - 1, self.month
        old = set(twin.customers(then))
        for name in twin.customers(now):
            closing = twin.pattern(name, now, 0)
            end = price(self.seed, key_of(closing), "closing")
            m1, d1, a1 = margin(end, closing), end["months"], end["alive"]
            row = dict.fromkeys(made_of.AMOUNTS, 0.0) | {
                "margin": twin.margin(name, now, now), "cost": None, "closing": m1 * d1,
                "now": closing["group"], "then": None, "earlier": None,
            }  # fmt: skip
            if name not in old:
                row[made_of.SURPRISE] = (float(row["margin"]) + m1 * d1) ** 2
                found[name] = row | {"status": "new", "new": m1 * d1, "cost": self.costs.get(name)}
                continue
            opening = twin.pattern(name, then, 0)
            begin = price(self.seed, key_of(opening), "opening")
            m0, d0, q, stays = margin(begin, opening), begin["months"], begin["soon"], begin["stays"]
            v0 = m0 * d0
            hoped = (1 + RATE) * d0 - q
            g = hoped / stays if stays else 0.0
            behaviour = m0 * (d1 - hoped)
            survival = m0 * (a1 - stays) * g if a1 else behaviour
            opened = begin["earlier_months"] * margin(begin, opening, "earlier_")
            was, still = twin.active(name, then), twin.active(name, now)
            status = {(True, True): "continuing", (True, False): "lapsed", (False, True): "won back"}
            found[name] = row | {
                "status": "closed" if closing["closed"] else status.get((was, still), "dormant"),
                "opened": opened, "restatement": v0 - opened, "opening": v0, "unwinding": RATE * v0,
                "expected": -q * m0, "survival": survival, "frequency": m0 * a1 * (d1 / a1 - g) if a1 else 0.0,
                "spend": (m1 - m0) * d1, made_of.SURPRISE: (float(row["margin"]) - q * m0 + m1 * d1 - (v0 + RATE * v0 - q * m0)) ** 2,
                "then": opening["group"], "earlier": opening["group"].upper(),
            }  # fmt: skip
        return found


@pytest.fixture(scope="module", params=SEEDS)
def world(request, engine):
    return World(engine, request.param)


def rows(table):
    frame = table.execute().astype(object)
    return frame.where(frame.notna(), None).to_dict("records")


def same(got, wanted):
    """Compare two rows: amounts to the eighth place, the rest exactly."""
    for name, value in wanted.items():
        if isinstance(value, float):
            assert float(got[name]) == pytest.approx(value, abs=ROUNDING, rel=1e-9), name
        else:
            assert got[name] == value, (name, got[name], value)


def renamed(row):
    return row | {end: row[f"{DIMENSION}_{end}"] for end in ("earlier", "then", "now")}


def test_each_line_of_each_customer_is_the_definitions(world):
    got = {row["customer_id"]: renamed(row) for row in rows(world.made())}
    wanted = world.expected()
    assert set(got) == set(wanted)
    for name, row in wanted.items():
        same(got[name], row)


def test_lines_are_added_up_by_status_and_segment_and_foot(world):
    ledger = made_of.ledger_groups(world.made(), [DIMENSION])
    sums = defaultdict(lambda: defaultdict(float))
    for row in world.expected().values():
        key = (row["status"], row["earlier"], row["then"], row["now"])
        for name in (*made_of.AMOUNTS, made_of.SURPRISE, "margin", "cost"):
            sums[key][name] += float(row[name] or 0)
        sums[key]["customers"] += 1
        sums[key]["costs"] += row["cost"] is not None
    got = {
        (r["status"], r["earlier"], r["then"], r["now"]): r
        for r in rows(made_of.ledger_sums(ledger, DIMENSION))
    }
    assert set(got) == set(sums)
    for key, wanted in sums.items():
        for name, value in wanted.items():
            assert float(got[key][name]) == pytest.approx(value, abs=1e-5, rel=1e-9), (key, name)
        assert got[key]["unpriced"] == 0
    whole = [
        {name: float(row[name]) for name in made_of.AMOUNTS} for row in rows(made_of.ledger_sums(ledger))
    ]
    total = {name: sum(row[name] for row in whole) for name in made_of.AMOUNTS}
    assert total["opened"] + total["restatement"] == pytest.approx(total["opening"], abs=1e-5)
    lines = ("unwinding", "expected", "survival", "frequency", "spend", "new")
    assert total["opening"] + sum(total[name] for name in lines) == pytest.approx(total["closing"], abs=1e-5)


def test_patterns_counted_at_both_ends_hold_everybody(world):
    """What equity is worked out from again on drawn parameters: whoever is in the ledger, with the margin so far."""
    wanted = defaultdict(lambda: [0, Decimal(0)])
    places = {}
    for end, month in (("opening", world.month - 1), ("closing", world.month)):
        frame = world.prices(end, month).execute()
        places[end] = {key_of(row): row["pattern"] for row in frame.to_dict("records")}
    old = set(world.twin.customers(world.month - 1))
    for name, row in world.expected().items():
        closing = world.twin.pattern(name, world.month, 0)
        which = ("closing", row["then"]) if name in old else ("new", row["now"])
        ends = [(*which, places["closing"][key_of(closing)], closing["total"])]
        if name in old:
            opening = world.twin.pattern(name, world.month - 1, 0)
            ends.append(("opening", row["then"], places["opening"][key_of(opening)], opening["total"]))
        for *key, total in ends:
            cell = wanted[tuple(key)]
            cell[0] += 1
            cell[1] += total
    got = {
        (row["end"], row["segment"], row["pattern"]): [row["customers"], row["total"]]
        for row in rows(made_of.ledger_cells(world.ends()[0], DIMENSION))
    }
    assert got == dict(wanted)


MUTANTS = {
    "the lapsed and the won back change places": ("(was & ~still, LAPSED)", "(~was & still, LAPSED)"),
    "who closed is only lapsed": ("(ends.closed_now, CLOSED),", ""),
    "survival at the new margin": ('"survival": m0', '"survival": m1'),
    "frequency of the dead": ("d1 - alive * per_head", "d1 - stays * per_head"),
    "spend at the opening's frequency": ('"spend": (m1 - m0) * d1', '"spend": (m1 - m0) * d0'),
    "interest on the close": ("rate * ends.value_then", "rate * ends.value_now"),
    "restated the wrong way round": (
        "ends.value_then - ends.earlier_then", "ends.earlier_then - ends.value_then"
    ),
    "chance forgets the month's margin": (
        'ends.margin.cast("float64") + ends.value_now -', "ends.value_now -"
    ),
    "chance of what is there already": ("(1 + rate) * begun", "begun"),
    "costs of all": ("both.status == NEW", "both.status != CLOSED"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_seeded_mutant_is_caught(engine, name):
    changed = mutant(Path(made_of.__file__), *MUTANTS[name])

    def differs(seed):
        world = World(engine, seed)
        got = {row["customer_id"]: renamed(row) for row in rows(world.made(changed))}
        try:
            for customer, row in world.expected().items():
                same(got[customer], row)
        except AssertionError:
            return True
        return False

    assert any(differs(seed) for seed in SEEDS)


def test_what_customers_brought_is_added_up_month_by_month(world):
    base = world.tables[world.month]
    relationship = world.log.relationship
    got = rows(made_of.monthly_profit(base, relationship=relationship))
    wanted = sum(
        (world.twin.margin(name, world.month, world.month) for name in world.twin.customers(world.month)),
        Decimal(0),
    )
    assert [row["margin"] for row in got] == [wanted]


def test_customers_won_are_counted_by_month_with_what_is_recorded_of_their_cost(world):
    """Who first was active in a month, and no older than the data; margin by age starts with that month."""
    twin, month = world.twin, world.month
    won = {
        name: twin.first_active(name, month)
        for name in twin.customers(month)
        if twin.first_active(name, month) is not None and not twin.acquired_before(name, month)
    }
    wanted = defaultdict(lambda: [0, 0, Decimal(0)])
    for name, first in won.items():
        cell = wanted[first_of(first)]
        cell[0] += 1
        cell[1] += name in world.costs
        cell[2] += world.costs.get(name, 0)
    costs = ibis.memtable(
        pd.DataFrame({"customer_id": list(world.costs), "acquisition_cost": list(world.costs.values())})
    )
    table = made_of.won_each_month(world.tables[month], costs, relationship=world.log.relationship)
    got = {
        pd.Timestamp(r["first_active"]).date(): [r["customers"], r["costs"], r["cost"]] for r in rows(table)
    }
    assert got == dict(wanted)
