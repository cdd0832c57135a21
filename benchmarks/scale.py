"""What a bank of any size costs: each stage in a process of its own, as a ratio to a named baseline of the same run.

The baselines are bare DuckDB: a scan of the log, the same reduction month by month in hand-written SQL, and purchase
patterns from raw rows. Every stage is run once, in the order in which a first report meets it; `--whole` then runs
`custlib report` from an empty cache and from a full one, and with `--memory` within a limit.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import filecmp
import json
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
from bank import draw
from tree import Watched, run

SCAN = "SELECT count(*), sum(amount), min(date), max(customer_id), max(channel) FROM '{log}/*.parquet'"
QUALIFYING = "amount >= 0 AND channel <> 'bank'"
REDUCE = f"""
SELECT customer_id, CAST(date_trunc('month', date) AS DATE) AS month, count(*) FILTER ({QUALIFYING}) AS transactions,
       bit_or(CASE WHEN {QUALIFYING} THEN 1::BIGINT << day(date) ELSE 0 END) AS day_mask,
       min(date) FILTER ({QUALIFYING}) AS first_day, max(date) FILTER ({QUALIFYING}) AS last_day,
       CAST(sum(CAST(amount AS DECIMAL(18, 4))) AS DECIMAL(18, 4)) AS amount
FROM '{{file}}' GROUP BY 1, 2
"""
FROM_ROWS = f"""
SELECT count(*), sum(x), sum(t_x), sum(T) FROM (
    SELECT count(DISTINCT date) - 1 AS x, max(date) - min(date) AS t_x, DATE '{{end}}' - min(date) AS T
    FROM '{{log}}/*.parquet' WHERE {QUALIFYING} GROUP BY customer_id)
"""
FROM_PANEL = """
SELECT count(*), sum(x), sum(t_x), sum(T) FROM (
    SELECT sum(bit_count(day_mask)) - 1 AS x, max(last_day) - min(first_day) AS t_x, DATE '{end}' - min(first_day) AS T
    FROM read_parquet({panel}) WHERE day_mask <> 0 GROUP BY customer_id)
"""


# Sources stay open to the end of the process.
_OPEN = ExitStack()


def prepared_parts(folder: Path) -> tuple[Any, Any, Callable[[], Any]]:
    """Open the bank as `prepare` does, and say which files its latest month needs."""
    from custlib.company import load_company
    from custlib.data.cache import cache_folder
    from custlib.data.source import open_source
    from custlib.prepare import _Known, _prepared

    company = load_company(folder / "bank.yaml")
    source = _OPEN.enter_context(open_source(company))
    known = _Known(source, company, cache_folder(company.name))
    return (
        source,
        known,
        lambda: _prepared(source, company, cache_folder(company.name), known, "latest"),
    )


def bare(query: str) -> list[Any]:
    """Ask DuckDB on its own."""
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        return con.execute(query).fetchall()


def scan(folder: Path) -> Any:
    """Read every column of the log."""
    return bare(SCAN.format(log=folder / "transactions"))


def reduce_bare(folder: Path) -> Any:
    """Reduce the log month by month by hand-written SQL."""
    aside = Path(os.environ["CUSTLIB_CACHE"]) / "bare"
    aside.mkdir(parents=True, exist_ok=True)
    for file in sorted((folder / "transactions").glob("*.parquet")):
        query = REDUCE.format(file=file)
        bare(f"COPY ({query}) TO '{aside / file.name}' (FORMAT parquet, COMPRESSION zstd)")
    shutil.rmtree(aside)


def check(folder: Path) -> Any:
    """Check the data and digest them."""
    from custlib.prepare.files import SILENT

    _, known, _ = prepared_parts(folder)
    known.make(SILENT)
    return known.report.counts["source_rows"]


def panel(folder: Path) -> Any:
    """Reduce the log to the panel."""
    from decimal import Decimal

    from custlib.data.log_checks import spare_cleaning
    from custlib.prepare.build import _build_months, _makers
    from custlib.prepare.files import SILENT

    source, _, files = prepared_parts(folder)
    prepared = files()
    spare_cleaning(source, prepared.report.counts)
    share = Decimal(str(prepared.company.settings.margin_share))
    _build_months(source, prepared.files, _makers(source, share), SILENT)


def summary_rows(folder: Path) -> Any:
    """Count purchase patterns from the rows of the log."""
    return bare(FROM_ROWS.format(log=folder / "transactions", end="2026-12-31"))


def summary_panel(folder: Path) -> Any:
    """Count the same from the panel."""
    _, _, files = prepared_parts(folder)
    listed = [str(path) for path in files().files.months["panel"].values()]
    return bare(FROM_PANEL.format(panel=listed, end="2026-12-31"))


def month_ends(folder: Path) -> Any:
    """Make the customers of every month end."""
    from custlib.company import load_company
    from custlib.prepare import prepare

    return str(prepare(load_company(folder / "bank.yaml")).month)


def page(name: str) -> Callable[[Path], Any]:
    """Work out all figures of a page."""

    def figures(folder: Path) -> Any:
        from custlib import open_month

        view = open_month(str(folder / "bank.yaml"))
        return sum(1 for _ in view.page_figures(name))

    figures.__doc__ = f"Work out the figures of {name}."
    return figures


def object_of(*names: str) -> Callable[[Path], Any]:
    """Work out one of a month's objects, such as its equity."""

    def made(folder: Path) -> Any:
        from custlib import open_month

        found: Any = open_month(str(folder / "bank.yaml"))
        for name in names:
            found = getattr(found, name)
        return type(found).__name__

    made.__doc__ = f"Work out {'.'.join(names)}."
    return made


def patterns(folder: Path) -> Any:
    """Write down the patterns of the month and count them."""
    from custlib.company import load_company
    from custlib.data.engine import bounded
    from custlib.prepare import prepare
    from custlib.prepare.patterns import PatternViews

    prepared = prepare(load_company(folder / "bank.yaml"))
    cells = PatternViews(prepared, bounded()).cells(prepared.month)
    return {kind: len(frame) for kind, frame in cells.items()}


def lifetime(folder: Path) -> Any:
    """Fit customer lifetime value and write every customer's down."""
    from custlib.company import load_company
    from custlib.prepare import prepare
    from custlib.prepare.valuation import value_customers

    value_customers(prepare(load_company(folder / "bank.yaml")))


PAGES = (
    "00_data_quality", "01_customer_base", "02_customer_equity", "03_value_segments",
    "04_nps_middle_ground", "05_return_on_customer",
)  # fmt: skip
# Stage -> what it does and the stage it is a ratio of.
STAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "scan, bare": (scan, ""),
    "check and digest": (check, "scan, bare"),
    "panel, bare": (reduce_bare, "scan, bare"),
    "panel": (panel, "panel, bare"),
    "patterns from rows, bare": (summary_rows, "scan, bare"),
    "patterns from the panel": (summary_panel, "patterns from rows, bare"),
    "customers of month ends": (month_ends, "panel, bare"),
    "patterns": (patterns, "scan, bare"),
    "customer lifetime value": (lifetime, "scan, bare"),
} | {f"figures of {name}": (page(name), "scan, bare") for name in PAGES}


def one(stage: str, folder: Path) -> None:
    """Run a stage in this process and print what it took beyond starting, and what it found."""
    from custlib import open_month  # noqa: F401  what every command loads is no stage's cost

    started = time.perf_counter()
    found = STAGES[stage][0](folder)
    print(json.dumps({"seconds": time.perf_counter() - started, "found": str(found)}))


def measured(stage: str, folder: Path, environment: dict[str, str]) -> tuple[Watched, dict[str, Any]]:
    """Run a stage in a process of its own."""
    watched = run([sys.executable, __file__, str(folder), "--one", stage], environment)
    return watched, json.loads(watched.output.splitlines()[-1])


def main() -> None:
    """Draw the bank where it is not there, run the stages and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the bank lies, or is drawn")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of 24 months, where it is drawn")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--cache", type=Path, help="by default beside the bank")
    parser.add_argument("--memory", help="with --whole: run it within this limit too, such as 2GB")
    parser.add_argument("--whole", action="store_true", help="run the whole report too, from an empty cache")
    parser.add_argument("--stages", nargs="*", help="some stages only, on the cache that is there")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        one(chosen.one, chosen.folder)
        return
    draw(chosen.folder, chosen.rows, chosen.months)
    cache = chosen.cache or chosen.folder.with_name(chosen.folder.name + "-cache")
    environment = {"CUSTLIB_CACHE": str(cache)}
    if chosen.stages is None:
        shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    print(f"{'stage':32} {'seconds':>9} {'processors':>11} {'ratio':>8}  {'to':26} {'peak':>8}")
    seconds: dict[str, float] = {}
    for stage, (_, base) in STAGES.items():
        if chosen.stages is not None and stage not in chosen.stages:
            continue
        watched, told = measured(stage, chosen.folder, environment)
        seconds[stage] = told["seconds"]
        ratio = f"{told['seconds'] / seconds[base]:7.2f} x" if base in seconds else ""
        print(
            f"{stage:32} {told['seconds']:9.2f} {watched.processors:11.1f} {ratio:>9}  {base:26} {watched.peak / 1e9:5.2f} GB"
            f"  {told['found'][:60]}",
            flush=True,
        )
    if chosen.whole:
        whole(chosen.folder, cache, chosen.memory)


def empty(cache: Path) -> None:
    """Take away all that is kept."""
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)


def forget_latest(cache: Path) -> None:
    """Take away what is kept of the latest month, as if its file had just come."""
    company = next(lock.parent for lock in cache.glob("*/.lock"))
    month = max(path.name for path in (company / "panel").iterdir())[: len("2026-06")]
    answers = {path: path.read_text() for path in (company / "profile").iterdir()}
    of_month = [path for path, text in answers.items() if f'"{month}-' in text]
    # Of a file all of whose customers are listed nothing tells which it is: one for another.
    nobody = [path for path, text in answers.items() if text.endswith("\n[]")][:1]
    named = [path for path in company.rglob(f"{month}-*") if path.is_file()]
    for path in [*named, *of_month, *nobody, *(company / "checks").iterdir()]:
        path.unlink()


def whole(folder: Path, cache: Path, memory: str | None) -> None:
    """Run the report from an empty cache, from a full one, of a new month, and within a limit of memory; compare results."""
    out = cache.with_name(cache.name + "-reports")
    command = [
        str(Path(sys.executable).with_name("custlib")),
        "report",
        "--company",
        str(folder / "bank.yaml"),
        "--out",
    ]
    shutil.rmtree(out, ignore_errors=True)
    limited = {"CUSTLIB_MEMORY": memory} if memory else {}
    runs: list[tuple[str, Callable[[Path], None], dict[str, str]]] = [
        ("from an empty cache", empty, {}),
        ("from a full cache", lambda _: None, {}),
        ("of a new month", forget_latest, {}),
    ]
    runs += [(f"within {memory}", empty, limited)] if memory else []
    for name, before, environment in runs:
        before(cache)
        watched = run([*command, str(out / name)], {"CUSTLIB_CACHE": str(cache), **environment})
        print(
            f"custlib report, {name:20} {watched.seconds:7.1f} s {watched.processors:8.1f} s of processors, peak of all"
            f" {watched.peak / 1e9:.2f} GB, of one process {watched.largest / 1e9:.2f} GB\n{watched.output}",
            flush=True,
        )
    months = [next((out / name).glob("20*-*")) for name, _, _ in runs]
    same = [
        filecmp.cmp(months[0] / "results.csv", month / "results.csv", shallow=False) for month in months[1:]
    ]
    print(
        "results.csv the same as from an empty cache:",
        dict(zip([name for name, _, _ in runs[1:]], same, strict=True)),
    )
    pages = {path.name: path.stat().st_size for path in sorted(months[0].glob("*.html"))}
    print("pages in MB: " + ", ".join(f"{name} {size / 1e6:.2f}" for name, size in pages.items()))


if __name__ == "__main__":
    main()
