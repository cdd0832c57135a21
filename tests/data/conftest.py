"""One bank of 100,000 customers for all tests of its truth, and the bounds they use.

Every comparison is a z-score against the written parameters; with some 400 of them, |z| < 4
fails a true generator about once in 40 seeds (and the seed is fixed).
"""

import fcntl
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest

from custlib.data.sample import TRUTH, hidden, write_sample

CUSTOMERS = 100_000
Z = 4.0
FAILURE = TRUTH.failure


def z(successes: float, trials: float, share: float) -> float:
    """Standard score of a count of successes."""
    return (successes - trials * share) / np.sqrt(trials * share * (1 - share))


def all_within(scores: dict) -> None:
    """Refuse standard scores beyond the bound, naming them."""
    assert scores and max(map(abs, scores.values())) < Z, {
        k: round(v, 1) for k, v in scores.items() if abs(v) >= Z
    }


def _written(folder: Path) -> float:
    """Write the bank unless another process of this run has; give the processor's seconds that it took."""
    folder.mkdir(exist_ok=True)
    said = folder / "seconds.txt"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            begun = time.process_time()
            write_sample(folder, CUSTOMERS)
            said.write_text(str(time.process_time() - begun))
    return float(said.read_text())


@pytest.fixture(scope="session")
def bank(run_folder: Path) -> duckdb.DuckDBPyConnection:
    """Open a written bank: tx, cm and cu (with what is hidden), uses, surveys, feedback and promises."""
    folder = run_folder / "bank"
    seconds = _written(folder)
    con = duckdb.connect()
    con.execute("set threads = 2")
    con.register("h", hidden(CUSTOMERS))
    con.execute("create table unseen as select * replace (customer_id::varchar as customer_id) from h")
    con.execute(f"create view tx as select * from read_parquet('{folder}/transactions/*.parquet')")
    con.execute(f"create view cm as select * from read_parquet('{folder}/customer_months.parquet')")
    # months are counted from 0 = July 2023
    con.execute(f"""
        create table cu as select *, datediff('month', date '2023-07-01', acquired_on) as came,
          datediff('month', date '2023-07-01', closed_on) as closed,
          datediff('month', date '2023-07-01', left_in) as departed
        from read_parquet('{folder}/customers.parquet') join unseen using (customer_id)""")
    con.execute("""
        create table uses as select customer_id, datediff('month', date '2023-07-01', date) as month, count(*) as n
        from tx where channel <> 'bank' and amount >= 0 and customer_id is not null group by all""")
    for name, day in (("surveys", "date"), ("feedback", "date"), ("promises", "due_on")):
        con.execute(f"""
            create view {name} as select *, datediff('month', date '2023-07-01', {day}) as month
            from read_parquet('{folder}/{name}.parquet')""")
    con.execute(f"create table seconds as select {seconds} as s")
    return con
