"""What a run's manifest says: what the pages were made from, and by what; nothing secret, no customer."""

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from custlib.batch.commentary import Comment
from custlib.company import Company
from custlib.errors import UsageError
from custlib.periods import month_text
from custlib.prepare import METHODS_VERSION

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
PACKAGES = (
    "custlib", "duckdb", "great-tables", "ibis-framework", "ipykernel", "matplotlib", "nbclient", "nbconvert",
    "numpy", "pandas", "papermill", "pyarrow", "scipy", "seaborn", "sqlglot", "statsmodels",
)  # fmt: skip

# What a company file says of when a month is complete, or where its tables lie, moves no figure.
_MAKES_PAGES = (
    "name", "title", "currency", "timezone", "relationship", "history", "scope", "tables", "definitions",
)  # fmt: skip
_SOURCES = (".py", ".j2", ".css", ".json")


def known(
    company: Company,
    prepared: Any,
    started: datetime,
    sources: Sequence[Path],
    comment: Comment | None,
    before: str = "",
) -> dict[str, Any]:
    """Give what is known of a run before it has run; `before` is the latest earlier month published."""
    return {
        "month": month_text(prepared.month),
        "company": company.public(),
        "source_fingerprint": prepared.fingerprint,
        "row_counts": _counts(prepared.report.counts),
        "methods_version": METHODS_VERSION,
        "basis": prepared.basis,
        "inputs": inputs(company, prepared, month_text(prepared.month), sources, comment, before),
        "commentary": comment.noted() if comment else None,
        "commit": commit(),
        "versions": {name: _version(name) for name in PACKAGES},
        "notebooks": {path.stem: {"status": "waiting"} for path in sources},
        "started": f"{started:%Y-%m-%dT%H:%M:%SZ}",
    }


def inputs(
    company: Company,
    prepared: Any,
    month: str,
    sources: Sequence[Path],
    comment: Comment | None,
    before: str = "",
) -> dict[str, str]:
    """Give a digest of everything one month's pages are made from, by what it is called in messages.

    The source counts up to the month: later rows make no month anew, late rows of it or of an earlier one do.
    `prepared` may be of a later month than `month`.
    """
    digests = getattr(prepared, "month_digests", {})
    events = [text for day, text in getattr(prepared, "events", ()) if month_text(day) <= month]
    upto = {each: digest for each, digest in digests.items() if each <= month}
    return {
        "the company file": _digest({name: _plain(getattr(company, name)) for name in _MAKES_PAGES}),
        "a setting": _digest(company.settings.model_dump(mode="json")),
        "the methods": METHODS_VERSION,
        "the source": _digest([upto or prepared.fingerprint, events]),
        "a notebook": _digest({path.stem: _cells(path) for path in sources}),
        "the program": _program(),
        "the comment": comment.hash if comment else "",
        "the earlier page": before,
    }


def changed(before: Mapping[str, Any], now: Mapping[str, str]) -> list[str]:
    """Name the inputs that are not what they were; nothing when the pages would be the same."""
    told = before if isinstance(before, Mapping) else {}
    return [name for name, digest in now.items() if told.get(name) != digest]


def commit() -> str | None:
    """Name the commit the code is at, with "-dirty" when files differ from it; None without git."""
    try:
        said = subprocess.run(
            ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--match", "-"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() or None


@cache
def _program() -> str:
    """Digest the code and the templates, whatever commit they are at."""
    files = sorted(path for path in PACKAGE.rglob("*") if path.suffix in _SOURCES and path.is_file())
    return _digest({str(path.relative_to(PACKAGE)): _hash(path.read_bytes()) for path in files})


def _cells(notebook: Path) -> list[str]:
    """Give a notebook's cells without what an earlier run left in them."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return [
            f"{cell['cell_type']} {''.join(cell['source'])} {cell['metadata'].get('tags')}" for cell in cells
        ]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise UsageError(
            f"{notebook.name} cannot be read as a notebook\n  restore it from the repository"
        ) from None


def _plain(value: Any) -> Any:
    """Lay models out as names and values."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _digest(value: Any) -> str:
    return _hash(json.dumps(value, sort_keys=True, default=str).encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _counts(counts: Any) -> Any:
    return counts.to_dict("records") if hasattr(counts, "to_dict") else counts


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
