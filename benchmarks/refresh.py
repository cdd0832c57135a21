"""What the next month costs, by how much history there is: preparing one more month with 12, 24 and 48 months behind it.

Of one bank the last months are taken, so that the new month is the same file each time. It is prepared in a process of
its own on a cache that knows all but this month; then everything is prepared anew in an empty cache, and the two month
ends are compared row by row. A late row a year back and a source that did not change follow, for the middle history.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
from bank import draw
from tree import Watched, run

PREPARE = (
    "import sys; from custlib.company import load_company; from custlib.prepare import prepare;"
    "prepared = prepare(load_company(sys.argv[1])); print(prepared.files.months['base'][prepared.month])"
)
HISTORIES = (12, 24, 48)


def prepare(folder: Path, cache: Path) -> Watched:
    """Prepare the latest month in a process of its own."""
    environment = {"CUSTLIB_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    return run([sys.executable, "-c", PREPARE, str(folder / "bank.yaml")], environment)


def linked(bank: Path, folder: Path, files: list[Path]) -> None:
    """Give a folder the bank's lists, and of its log these files."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "transactions").mkdir(parents=True)
    for name in ("customers.parquet", "surveys.parquet"):
        (folder / name).symlink_to(bank / name)
    shutil.copy(bank / "bank.yaml", folder)  # of a link the folder would be the bank's
    for file in files:
        (folder / "transactions" / file.name).symlink_to(file)


def differing(one: str, other: str) -> int:
    """Count rows that are in one table of month ends and not in the other."""
    query = "SELECT count(*) FROM (({a} EXCEPT ALL {b}) UNION ALL ({b} EXCEPT ALL {a}))"
    found = duckdb.sql(query.format(a=f"SELECT * FROM '{one}'", b=f"SELECT * FROM '{other}'")).fetchone()
    return int(found[0]) if found else -1


def grown(bank: Path, work: Path, months: int) -> Iterator[tuple[str, Watched, str]]:
    """Prepare all but the last of so many months, then the last, then all anew."""
    files = sorted((bank / "transactions").glob("*.parquet"))[-months:]
    folder, cache = work / f"{months}", work / f"{months}-cache"
    linked(bank, folder, files[:-1])
    yield "all months before", prepare(folder, cache), ""
    (folder / "transactions" / files[-1].name).symlink_to(files[-1])
    one = prepare(folder, cache)
    shutil.rmtree(work / "anew", ignore_errors=True)
    anew = prepare(folder, work / "anew")
    same = differing(one.output.split()[-1], anew.output.split()[-1])
    yield "one more month", one, f"{same} rows differ from everything anew"
    yield "everything anew", anew, ""


def late(bank: Path, work: Path, months: int) -> Iterator[tuple[str, Watched, str]]:
    """Prepare again after a row of a year ago, and after nothing."""
    folder, cache = work / f"{months}", work / f"{months}-cache"
    yield "nothing changed", prepare(folder, cache), ""
    file = sorted((folder / "transactions").glob("*.parquet"))[-12]
    whole = file.resolve()
    file.unlink()
    duckdb.sql(f"SELECT * FROM '{whole}' UNION ALL (SELECT * FROM '{whole}' LIMIT 1)").write_parquet(
        str(file)
    )
    yield "one late row, a year back", prepare(folder, cache), ""


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the bank lies, or is drawn")
    parser.add_argument("--rows", type=int, default=100_000_000, help="rows of 24 months, where it is drawn")
    chosen = parser.parse_args()
    draw(chosen.folder, chosen.rows, max(HISTORIES))
    bank = chosen.folder.resolve()
    print(f"{'months':>6} {'what':28} {'seconds':>9} {'processors':>11} {'peak':>8}")
    with tempfile.TemporaryDirectory(dir=bank.parent) as work:
        for months in HISTORIES:
            steps = [grown(bank, Path(work), months)]
            if months == HISTORIES[1]:
                steps.append(late(bank, Path(work), months))
            for what, took, note in (step for part in steps for step in part):
                print(
                    f"{months:>6} {what:28} {took.seconds:9.2f} {took.processors:11.1f} {took.peak / 1e9:5.2f} GB  {note}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
