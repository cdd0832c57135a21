"""Two runs side by side: two months, two companies, or one month under two sets of parameters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from custlib import results
from custlib.batch.leftovers import read_manifest
from custlib.errors import CustlibError, UsageError
from custlib.present.numbers import (
    NOT_AVAILABLE,
    Writer,
    decimal,
    exact_writer,
    number,
    percent,
    share_change,
    signed,
    writer,
)
from custlib.results import KEY

# Shares, and differences between shares: their changes are told in points.
_IN_POINTS = ("share", "difference")

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
    file = next((found for each in (Path(given), out / given) if (found := _results(each))), None)
    if file is None:
        there = sorted(each.parent.name for each in out.glob("*/results.csv"))
        known = f"the months in {out} are {', '.join(there)}" if there else f"there is no month in {out}"
        raise UsageError(f"{given[:80]!r} is no published month, folder of a run or results file\n  {known}")
    try:
        figures = results.load(file)
    except (OSError, ValueError, KeyError):
        raise UsageError(f"{file} is not a table of results\n  compare takes results.csv of a run") from None
    return Published(given, figures, read_manifest(file.parent))


def _results(path: Path) -> Path | None:
    """Give the results file that a path stands for, if there is one."""
    try:
        file = path / "results.csv" if path.is_dir() else path
        return file if file.is_file() else None
    except OSError:
        return None


def plain(a: Published, b: Published, *, segments: bool = False, changed: bool = False) -> pd.DataFrame:
    """Set two runs' figures side by side for a program: values as the results hold them, with their units."""
    try:
        both = results.compare(a.figures, b.figures, on=NAME)
    except CustlibError as error:
        raise UsageError(f"{a.called} and {b.called} cannot be compared: {error}") from None
    if not segments:
        both = both[both.dimension == "all"]
    if changed:
        both = both[(both.value_a != both.value_b) | (both.status_a != both.status_b)]
    return both.reset_index(drop=True)


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
    both = plain(a, b, segments=segments, changed=changed)
    rows = [
        (
            row.measure,
            str(row.window_months),
            "" if row.dimension == "all" else f"{row.dimension}: {row.segment}",
            _written(row.value_a, row.status_a, row.unit_a),
            _written(row.value_b, row.status_b, row.unit_b),
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
    company = manifest.get("company")
    company = company if isinstance(company, Mapping) else {}
    definitions, settings = company.get("definitions"), company.get("settings")
    facts = {
        "company": company.get("title"),
        "scope": company.get("scope"),
        "month": manifest.get("month"),
        "currency": company.get("currency"),
        "definitions version": definitions.get("version") if isinstance(definitions, Mapping) else None,
        "methods version": manifest.get("methods_version"),
        "source": manifest.get("source_fingerprint"),
    }
    chosen = settings.items() if isinstance(settings, Mapping) else ()
    return facts | {
        f"setting {name}": told.get("value") for name, told in chosen if isinstance(told, Mapping)
    }


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
    if unit == "difference":
        return share_change
    if unit in ("ratio", "average"):
        return lambda value: decimal(value, 2)
    return exact_writer(unit) if len(unit) == 3 and unit.isupper() else writer(unit)


def _change(row: Any) -> str:
    if not row.change:
        return ""
    if row.unit in _IN_POINTS:
        return share_change(row.change)
    return signed(row.change, _writer(row.unit))


def _rate(row: Any) -> str:
    before, change = number(row.value_a or None), number(row.change or None)
    # A change of a share is in points already; of a figure at or below zero it has no sensible rate.
    if before is None or change is None or before <= 0 or row.unit in _IN_POINTS:
        return ""
    return signed(change / before, percent)
