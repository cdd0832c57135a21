"""Two runs side by side: two months, two companies, or one month under two sets of parameters."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from custlib import results
from custlib.errors import UsageError
from custlib.present.numbers import (
    NOT_AVAILABLE,
    Writer,
    decimal,
    exact_writer,
    number,
    percent,
    signed,
    writer,
)
from custlib.results import KEY

# A figure keeps its name from month to month.
NAME = [column for column in KEY if column != "month"]


@dataclass(frozen=True)
class Published:
    """One run: its figures of the month, and what its manifest says of it (empty for a bare file)."""

    called: str
    figures: pd.DataFrame
    manifest: Mapping[str, Any]


def read_run(given: str, out: Path) -> Published:
    """Find a run by month (in `out`), by its folder, or by its results file.

    Raises
    ------
    UsageError
        When there is no such run, naming the months there are.
    """
    path = next((found for found in (Path(given), out / given) if found.exists()), None)
    file = path / "results.csv" if path is not None and path.is_dir() else path
    if file is None or not file.is_file():
        there = sorted(each.parent.name for each in out.glob("*/results.csv"))
        known = f"the months in {out} are {', '.join(there)}" if there else f"there is no month in {out}"
        raise UsageError(f"{given!r} is no published month, folder of a run or results file\n  {known}")
    try:
        figures = results.load(file)
    except (OSError, ValueError, KeyError):
        raise UsageError(f"{file} is not a table of results\n  compare takes results.csv of a run") from None
    try:
        manifest = json.loads(file.with_name("manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = {}
    return Published(given, figures, manifest if isinstance(manifest, dict) else {})


def side_by_side(
    a: Published, b: Published, *, segments: bool = False, changed: bool = False
) -> pd.DataFrame:
    """Lay two runs' figures out, ready to print.

    Parameters
    ----------
    segments
        Whether to show every segment, or the whole base only.
    changed
        Whether to leave out figures that are the same in both.

    Returns
    -------
    DataFrame
        One row per figure that either run has: measure, months, dimension and segment, a, b, change and
        change in per cent. A figure that a run does not have is "not there".
    """
    both = results.compare(a.figures, b.figures, on=NAME)
    if not segments:
        both = both[both.dimension == "all"]
    if changed:
        both = both[(both.value_a != both.value_b) | (both.status_a != both.status_b)]
    rows = [
        (
            row.measure,
            str(row.window_months),
            "" if row.dimension == "all" else f"{row.dimension}: {row.segment}",
            _written(row.value_a, row.status_a, row.unit),
            _written(row.value_b, row.status_b, row.unit),
            _change(row),
            _rate(row),
        )
        for row in both.itertuples()
    ]
    return pd.DataFrame(rows, columns=["measure", "months", "of", "a", "b", "change", "percent"])


def differences(a: Published, b: Published) -> Iterator[str]:
    """Tell in what the two runs differ beside their figures: company, month, settings, definitions, methods."""
    before, after = _facts(a.manifest), _facts(b.manifest)
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield f"{name}: {_told(before.get(name))} | {_told(after.get(name))}"


def _facts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    company = manifest.get("company", {})
    facts = {
        "company": company.get("title"),
        "scope": company.get("scope"),
        "month": manifest.get("month"),
        "currency": company.get("currency"),
        "definitions version": company.get("definitions", {}).get("version"),
        "methods version": manifest.get("methods_version"),
        "source": manifest.get("source_fingerprint"),
    }
    settings = company.get("settings", {})
    return facts | {f"setting {name}": told.get("value") for name, told in settings.items()}


def _told(value: Any) -> str:
    return "not recorded" if value is None else str(value)


def _written(value: str, status: str, unit: str) -> str:
    if not status:
        return "not there"
    return _writer(unit)(value) if status == "ok" else status.replace("_", " ") or NOT_AVAILABLE


def _writer(unit: str) -> Writer:
    """Write for somebody who compares: money to the hundredth, shares to a tenth of a per cent."""
    if unit == "share":
        return percent
    if unit == "ratio":
        return lambda value: decimal(value, 2)
    return exact_writer(unit) if len(unit) == 3 and unit.isupper() else writer(unit)


def _change(row: Any) -> str:
    if not row.change:
        return ""
    if row.unit == "share":
        return signed(Decimal(row.change) * 100, _points)
    return signed(row.change, _writer(row.unit))


def _points(value: Any) -> str:
    return f"{decimal(value)} points"


def _rate(row: Any) -> str:
    before, change = number(row.value_a or None), number(row.change or None)
    # A change of a share is in points already; of a figure at or below zero it has no sensible rate.
    if before is None or change is None or before <= 0 or row.unit == "share":
        return ""
    return signed(change / before, percent)
