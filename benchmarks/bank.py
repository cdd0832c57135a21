"""A retail bank of any size, drawn by DuckDB month by month: the log, the customer list and the surveys of `scale.py`.

Everything comes of hashes of a seed, so that two machines draw the same bank, and no table is ever held in memory.
A customer has a rate of their own, skips months, leaves for good, and is asked now and then what they think. Rows are in
the order of their days, as a core system writes them, and not of customers, which would flatter every query.
"""

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import yaml

# Month 0 of the bank; a longer history begins before it, so that none ends in the future.
FIRST, SEED, MONTHS = date(2024, 7, 1), 20261122, 24
# Transactions per customer and month of data, those who are not active included.
PER_MONTH = 10

COMPANY = {
    "company": "bank",
    "title": "Benchmark Bank",
    "connection": {"folder": "."},
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "relationship": "non_contractual",
    "history": "observed",
    "tables": {
        "transactions": {"from": "transactions/*.parquet", "qualifying": "amount >= 0 AND channel <> 'bank'"},
        "customers": {"from": "customers.parquet"},
        "surveys": {"from": "surveys.parquet"},
    },
    "settings": {
        "active_window_months": 3,
        "margin_share": 0.02,
        "segments": ["acquisition_channel"],
        "core": {"all": [{"metric": "transactions", "at_least": 10}]},
    },
    "definitions": {"agreed_by": "nobody: drawn for benchmarks", "version": "1"},
}

# Who there is: when they came and left (months since the data begin), how often they are active and how much they do.
PEOPLE = """
CREATE OR REPLACE TEMP TABLE people AS
WITH drawn AS (
    SELECT i, u(i, 1) AS u1, u(i, 2) AS u2, u(i, 3) AS u3, u(i, 4) AS u4, u(i, 5) AS u5, u(i, 6) AS u6, u(i, 7) AS u7
    FROM range({customers}) AS t(i)
)
SELECT
    printf('%09d', i) AS customer_id,
    i,
    CASE WHEN u1 < 0.75 THEN -1 - CAST(floor(u1 / 0.75 * 120) AS INT) ELSE CAST(floor((u1 - 0.75) / 0.25 * {months}) AS INT) END AS came,
    greatest(came, 0) + CAST(floor(ln(u2) / ln(1 - 0.002 - 0.03 * u3 * u3)) AS INT) AS leaves,
    1 - 0.7 * pow(u4, 3) AS active,
    exp(0.8 * sqrt(-2 * ln(u5)) * cos(2 * pi() * u6)) AS pace,
    CASE WHEN u7 < 0.4 THEN 'branch' WHEN u7 < 0.7 THEN 'web' WHEN u7 < 0.9 THEN 'referral' ELSE 'broker' END AS acquisition_channel
FROM drawn
"""
MONTH = """
WITH busy AS (
    SELECT customer_id, i, pace,
           1 + CAST(floor(-ln(u(i, 100 + {m})) * pace * {scale}) AS INT) AS rows_
    FROM people
    WHERE came <= {m} AND leaves >= {m} AND u(i, 500 + {m}) < active
), rows_ AS (SELECT customer_id, i, pace, unnest(range(rows_)) AS k FROM busy)
SELECT
    customer_id,
    DATE '{first}' + CAST(floor(u(i, k, 1000 + {m}) * {days}) AS INT) AS date,
    CAST(CASE WHEN u(i, k, 2000 + {m}) < 0.01 THEN -1 ELSE 1 END
        * (0.5 + 60 * -ln(u(i, k, 3000 + {m})) / (0.5 + pace)) AS DECIMAL(12, 2)) AS amount,
    CASE WHEN u(i, k, 4000 + {m}) < 0.55 THEN 'card' WHEN u(i, k, 4000 + {m}) < 0.85 THEN 'app'
         WHEN u(i, k, 4000 + {m}) < 0.98 THEN 'branch' ELSE 'bank' END AS channel
FROM rows_
ORDER BY date
"""
LISTED = """
SELECT customer_id, CAST(DATE '{first}' + to_months(came) AS DATE) + CAST(floor(u(i, 8) * 28) AS INT) AS acquired_on, acquisition_channel,
       NULL::DATE AS closed_on
FROM people
"""
# A hundredth of the customers is invited each quarter; those who act more answer more, and are a little happier.
SAID = """
SELECT customer_id, CAST(DATE '{first}' + to_months({m}) AS DATE) + CAST(floor(u(i, 9000 + {m}) * 28) AS INT) AS date, 'nps' AS metric,
       CASE WHEN u(i, 9100 + {m}) < 0.2 + 0.2 * active
            THEN CAST(least(10, greatest(0, round(6.5 + 2 * active + 2.2 * sqrt(-2 * ln(u(i, 9200 + {m}))) * cos(2 * pi() * u(i, 9300 + {m}))))) AS INT)
       END AS score,
       '{wave}' AS wave
FROM people WHERE came <= {m} AND leaves >= {m} AND u(i, 9400 + {m}) < 0.01
"""


def month_starts(months: int) -> Iterator[tuple[int, date, date]]:
    """Give the months of data, the last of which is always the same: number, first day, first day of the next."""
    for m in range(MONTHS - months, MONTHS):
        yield m, start(m), start(m + 1)


def start(m: int) -> date:
    """Give the first day of a month by its number."""
    year, month = divmod(FIRST.month - 1 + m, 12)
    return date(FIRST.year + year, month + 1, 1)


def draw(folder: Path, rows: int, months: int = MONTHS) -> int:
    """Write a bank whose log has about so many rows in its last 24 months; give the number of customers.

    Months that are there already stay, so that a bank can be drawn further back.
    """
    customers = rows // (MONTHS * PER_MONTH)
    (folder / "transactions").mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = true")
    con.execute(
        "CREATE MACRO u(a, b, c := 0) AS "
        f"((hash(a * 1000003 + b * 7919 + c * 104729 + {SEED}) >> 11) + 0.5) / 9007199254740992.0"
    )
    con.execute(PEOPLE.format(customers=customers, months=MONTHS))
    for m, first, after in month_starts(months):
        query = MONTH.format(m=m, first=first, days=(after - first).days, scale=10.9)
        write(con, query, folder / "transactions" / f"{first:%Y-%m}.parquet")
    write(con, LISTED.format(first=FIRST), folder / "customers.parquet")
    waves = [SAID.format(m=m, first=FIRST, wave=f"{start(m):%Y-%m}") for m in range(0, MONTHS, 3)]
    write(con, " UNION ALL ".join(waves), folder / "surveys.parquet")
    (folder / "bank.yaml").write_text(yaml.safe_dump(COMPANY, sort_keys=False))
    return customers


def write(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's rows as Parquet, where they are not yet."""
    if not path.exists():
        aside = path.with_suffix(".new")
        con.execute(f"COPY ({query}) TO '{aside}' (FORMAT parquet, COMPRESSION zstd)")
        aside.replace(path)


def main() -> None:
    """Draw a bank."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=24)
    chosen = parser.parse_args()
    customers = draw(chosen.folder, chosen.rows, chosen.months)
    found = duckdb.sql(
        f"SELECT count(*), count(DISTINCT customer_id) FROM '{chosen.folder}/transactions/*.parquet'"
    ).fetchone()
    print(f"{customers:,} customers drawn; rows and customers in the log: {found}")


if __name__ == "__main__":
    main()
