"""What a month costs: one more month, or a late row, against building everything anew.

The sample company, drawn with as many customers as wanted, is prepared three times in processes of their own (so
that nothing is warm but the disk): with its last month missing, then with it, then from an empty cache.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import yaml

from custlib.data.sample import write_sample
from custlib.settings import read_file

LAST, BEFORE, LATE = "2026-06", "2026-05", "2025-06"
PREPARE = "import sys; from custlib.company import load_company; from custlib.prepare import prepare; prepare(load_company(sys.argv[1]), sys.argv[2])"


def company_file(folder: Path) -> Path:
    """Write the sample's company file beside other data."""
    root = Path(__file__).resolve().parents[1]
    written = read_file(root / "companies" / "sample.yaml", "sample.yaml")
    written["connection"] = {"folder": str(folder)}
    written["tables"] = {
        name: table
        for name, table in written["tables"].items()
        if name in ("transactions", "customers", "customer_months")
    }
    file = folder / "bench.yaml"
    file.write_text(yaml.safe_dump(written))
    return file


def rewrite(path: Path, query: str) -> None:
    """Replace a Parquet file by a query over it."""
    aside = path.with_suffix(".new")
    duckdb.sql(f"COPY ({query.format(path=path)}) TO '{aside}' (FORMAT parquet)")
    aside.replace(path)


def seconds(company: Path, month: str, cache: Path) -> float:
    """Prepare a month in a process of its own."""
    started = time.perf_counter()
    environment = {**os.environ, "CUSTLIB_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", PREPARE, str(company), month], check=True, env=environment)
    return time.perf_counter() - started


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        data, cache = Path(work) / "data", Path(work) / "cache"
        write_sample(data, chosen.customers)
        company = company_file(data)
        whole = Path(work) / "whole"
        shutil.copytree(data, whole)
        rows = duckdb.sql(f"SELECT count(*) FROM '{data}/transactions/*.parquet'").fetchone()
        rewrite(
            data / "transactions" / "2026.parquet", "SELECT * FROM '{path}' WHERE date < DATE '2026-06-01'"
        )
        rewrite(data / "customer_months.parquet", "SELECT * FROM '{path}' WHERE month < DATE '2026-06-01'")
        times = {"everything, to the month before": seconds(company, BEFORE, cache)}
        for name in ("transactions/2026.parquet", "customer_months.parquet"):
            shutil.copy(whole / name, data / name)
        times["one more month"] = seconds(company, LAST, cache)
        late = data / "transactions" / "2025.parquet"
        rewrite(
            late,
            f"SELECT * FROM '{{path}}' UNION ALL (SELECT * REPLACE (DATE '{LATE}-30' AS date) FROM '{{path}}' LIMIT 1)",
        )
        times["one late row, a year back"] = seconds(company, LAST, cache)
        times["nothing changed"] = seconds(company, LAST, cache)
        times["everything anew"] = seconds(company, LAST, Path(work) / "empty")
    base = times["everything anew"]
    print(f"{chosen.customers:,} customers, {rows[0] if rows else 0:,} rows, 36 months")
    for name, taken in times.items():
        print(f"{name:34} {taken:7.2f} s  {taken / base:6.2f} x everything anew")


if __name__ == "__main__":
    main()
