"""The sample bank's books as Arrow tables, and any table as a Parquet file, the same to the byte each time."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from custlib.data.sample.arrow import dates, money, named, words
from custlib.data.sample.lives import Lives, referrers
from custlib.data.sample.months import Accounts, Rows
from custlib.data.sample.people import FIRST_MONTH, People, month_starts, stream
from custlib.data.sample.truth import AGE_BANDS, CHANNELS, CLOSURE_REASONS, PRODUCTS, REGIONS, WAYS, Truth
from custlib.periods import add_months

FIRST_ID = 1001  # ids keep leading zeros: "0001001"


def customer_ids(count: int) -> pa.Array:
    """Name customers in the order in which they came."""
    return pa.array([f"{FIRST_ID + i:07d}" for i in range(count)], pa.string())


def customers_table(people: People, lives: Lives, seed: int, truth: Truth) -> pa.Table:
    """Make one row per listed customer; what was not recorded is NULL."""
    rng, count = stream(seed, "register"), len(people.month)
    ids, older = customer_ids(count), people.month < 0
    cost = people.pick(truth, "acquisition_cost") * rng.uniform(0.8, 1.2, count)
    ages = np.cumsum([truth.channels[c].ages for c in CHANNELS], axis=1)[people.channel]
    age = (rng.random(count)[:, None] >= ages[:, :-1]).sum(axis=1)
    host, closed = referrers(people, lives, seed), lives.closed
    reason = np.where(closed >= 0, lives.reason, CLOSURE_REASONS.index(None))
    return pa.table(
        {
            "customer_id": ids,
            "acquired_on": dates(people.day),
            "acquisition_channel": words(CHANNELS, people.channel),
            "acquisition_cost": money(np.rint(cost * 100).astype(np.int64), older),
            "referred_by": ids.take(pa.array(np.maximum(host, 0), mask=host < 0)),
            "contract": pa.array(people.package),
            "closed_on": dates(closed, closed < 0),
            "closure_reason": words(CLOSURE_REASONS[:-1], reason, reason == CLOSURE_REASONS.index(None)),
            "age_band": words(AGE_BANDS, age),
        }
    )


def transactions_table(rows: Rows, ids: pa.Array) -> pa.Table:
    """Make one row per posted card or bank row; customer_id NULL for the unidentified terminal."""
    return pa.table(
        {
            "customer_id": named(ids, rows.who),
            "date": dates(rows.day),
            "amount": money(rows.cents),
            "channel": words(WAYS, rows.way),
            "product": words(PRODUCTS, rows.product),
        }
    )


def months_table(accounts: Accounts, ids: pa.Array) -> pa.Table:
    """Make one row per account that was open in the month."""
    first = np.datetime64(add_months(FIRST_MONTH, accounts.month), "D").astype(np.int64)
    return pa.table(
        {
            "customer_id": named(ids, accounts.who),
            "month": dates(np.full(len(accounts.who), first)),
            "revenue": money(accounts.revenue),
            "margin": money(accounts.margin),
            "cost_to_serve": money(accounts.cost_to_serve),
            "average_balance": money(accounts.average_balance),
            "products_held": pa.array(accounts.products_held.astype(np.int16)),
            "days_in_arrears": pa.array(accounts.days_in_arrears.astype(np.int16)),
            "region": words(REGIONS, accounts.region),
        }
    )


def hidden_table(people: People, lives: Lives, truth: Truth) -> pa.Table:
    """Make one row per customer of what the bank cannot see: for tests of models, never written."""
    starts = month_starts(truth)
    left = np.minimum(lives.left, truth.months)
    return pa.table(
        {
            "customer_id": customer_ids(len(people.month)),
            "p": people.p,
            "theta": people.theta,
            "rate": people.rate,
            "left_in": dates(starts[left], lives.left > truth.months),
            "exposed": lives.exposed,
            "driven_out": lives.driven_out,
            "withdrew": lives.withdrew,
        }
    )


def write_parts(path: Path, parts: Iterator[pa.Table]) -> None:
    """Write tables as the row groups of one Parquet file, under its name only when complete.

    The Arrow schema is left out, so that words are read back as plain text everywhere.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    first = next(parts)
    options = {"compression": "zstd", "compression_level": 9, "store_schema": False,
               "store_decimal_as_integer": True, "version": "2.6"}  # fmt: skip
    with pq.ParquetWriter(aside, first.schema, **options) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)
    os.replace(aside, path)
