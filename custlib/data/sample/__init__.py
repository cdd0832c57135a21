"""A fictional retail bank with a written truth, for trying the workbook and for testing it.

`truth.TRUTH` holds every parameter, `truth.WORLDS` other truths by name; `data/sample/README.md` is the
codebook. The same number of customers, seed and library versions give the same files, to the byte. Each
table draws from streams of its own, so that a table that is added changes none of those that are there.

Nothing but tests and the command that writes the sample may know any of this: a notebook reads files.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from custlib.data.sample.lives import Lives, live
from custlib.data.sample.months import run_months
from custlib.data.sample.people import FIRST_MONTH, People, draw_people
from custlib.data.sample.spoken import Said, run_voices
from custlib.data.sample.tables import (
    customer_ids,
    customers_table,
    hidden_table,
    months_table,
    transactions_table,
    write_parts,
)
from custlib.data.sample.truth import SEED, TRUTH, WORLDS, Truth
from custlib.data.sample.voice_tables import (
    feedback_table,
    lists,
    operations_table,
    promises_table,
    surveys_table,
)
from custlib.errors import UsageError
from custlib.periods import add_months
from custlib.settings import nearest

__all__ = ["SEED", "TRUTH", "WORLDS", "SampleBank", "Truth", "generate", "hidden", "truth_of", "write_sample"]

SMALLEST, LARGEST = 100, 1_000_000


@dataclass(frozen=True)
class SampleBank:
    """The bank's tables, the truth they were drawn from, and what the bank itself cannot see."""

    customers: pa.Table
    transactions: pa.Table
    customer_months: pa.Table
    surveys: pa.Table
    feedback: pa.Table
    promises: pa.Table
    operations: pa.Table
    channels: pa.Table
    products: pa.Table
    events: pa.Table
    hidden: pa.Table
    truth: Truth


def truth_of(world: str) -> Truth:
    """Give the truth of a world by its name, as the command line asks for it; UsageError for another name."""
    if world not in WORLDS:
        raise UsageError(f"unknown world {world!r}{nearest(world, WORLDS)}")
    return WORLDS[world]


def generate(customers: int = 2_500, *, seed: int = SEED, truth: Truth = TRUTH) -> SampleBank:
    """Draw a bank into memory.

    Parameters
    ----------
    customers
        Number of customers listed, those older than the data included; 100 to 1,000,000.
    seed
        Any integer of 0 or more; another seed is another bank under the same truth.
    truth
        Other parameters than the written ones: one of `WORLDS`, or for example
        ``replace(TRUTH, failure=None)``, the same bank had its service not failed.

    Raises
    ------
    UsageError
        When `customers` or `seed` is out of range, or the truth's world cannot be.
    """
    people, lives = _people(customers, seed, truth)
    ids = customer_ids(customers)
    rows, accounts = [], []
    for _, log, closed in run_months(people, lives, seed, truth):
        rows.append(transactions_table(log, ids))
        if closed is not None:
            accounts.append(months_table(closed, ids))
    said = _spoken(people, lives, seed, truth)
    return SampleBank(
        customers_table(people, lives, seed, truth),
        pa.concat_tables(rows),
        pa.concat_tables(accounts),
        **{name: pa.concat_tables(parts) for name, parts in said.items()},
        operations=operations_table(seed, truth),
        **lists(truth),
        hidden=hidden_table(people, lives, truth),
        truth=truth,
    )


def hidden(customers: int = 2_500, *, seed: int = SEED, truth: Truth = TRUTH) -> pa.Table:
    """Give, per customer, what the bank cannot see (p, theta, month of departure...) without drawing its rows."""
    return hidden_table(*_people(customers, seed, truth), truth)


def write_sample(
    folder: Path | str, customers: int = 2_500, seed: int = SEED, truth: Truth = TRUTH
) -> list[Path]:
    """Write a bank as Parquet files, month by month, and return their paths.

    Memory grows with the customers, not with the rows: a year is written while it is drawn.
    Files of the same names are replaced; others in the folder are left alone.
    """
    people, lives = _people(customers, seed, truth)
    folder = Path(folder)
    written = [folder / "customers.parquet"]
    write_parts(written[0], iter([customers_table(people, lives, seed, truth)]))
    ids, accounts = customer_ids(customers), []

    def monthly() -> Iterator[tuple[int, pa.Table]]:
        for month, log, closed in run_months(people, lives, seed, truth):
            if closed is not None:
                accounts.append(months_table(closed, ids))
            yield add_months(FIRST_MONTH, month).year, transactions_table(log, ids)

    for year, parts in groupby(monthly(), key=lambda part: part[0]):
        written.append(folder / "transactions" / f"{year}.parquet")
        write_parts(written[-1], (table for _, table in parts))
    written.append(folder / "customer_months.parquet")
    write_parts(written[-1], iter(accounts))
    beside = {"operations": [operations_table(seed, truth)], **{n: [t] for n, t in lists(truth).items()}}
    for name, tables in (_spoken(people, lives, seed, truth) | beside).items():
        written.append(folder / f"{name}.parquet")
        write_parts(written[-1], iter(tables))
    return written


# the tables of what customers say, each made month by month
_SPOKEN: dict[str, Callable[[Said, People, pa.Array, Truth], pa.Table]] = {
    "surveys": lambda said, people, ids, truth: surveys_table(said.surveys, ids, truth),
    "feedback": lambda said, people, ids, truth: feedback_table(said.feedback, people, ids),
    "promises": lambda said, people, ids, truth: promises_table(said.promises, ids),
}


def _spoken(people: People, lives: Lives, seed: int, truth: Truth) -> dict[str, list[pa.Table]]:
    """Make the tables of what customers say, one part a year."""
    ids = customer_ids(len(people.month))
    parts: dict[str, list[pa.Table]] = {name: [] for name in _SPOKEN}
    months = run_voices(people, lives, seed, truth)
    for _, year in groupby(months, key=lambda said: add_months(FIRST_MONTH, said.month).year):
        said = list(year)
        for name, make in _SPOKEN.items():
            parts[name].append(pa.concat_tables([make(month, people, ids, truth) for month in said]))
    return parts


def _people(customers: int, seed: int, truth: Truth) -> tuple[People, Lives]:
    if not SMALLEST <= customers <= LARGEST:
        raise UsageError(f"customers {customers} is not between {SMALLEST:,} and {LARGEST:,}")
    if seed < 0:
        raise UsageError(f"seed {seed} is not an integer of 0 or more")
    return live(draw_people(customers, seed, truth), customers, seed, truth)
