"""A month's report from first to last: prepare, run the notebooks, render, publish."""

import json
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from custlib import results
from custlib.batch.contract import require_results
from custlib.batch.export import export, facts_of, read_page
from custlib.batch.index import write_index
from custlib.batch.progress import Show
from custlib.batch.publish import Run, publication, refuse_other_company
from custlib.batch.runner import Job, Limits, run_notebooks, summary
from custlib.company import Company
from custlib.errors import RunFailed, UsageError
from custlib.periods import month_text, parse_month
from custlib.prepare import METHODS_VERSION, prepare

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
PACKAGES = (
    "custlib", "duckdb", "great-tables", "ibis-framework", "ipykernel", "matplotlib", "nbclient", "nbconvert",
    "numpy", "pandas", "papermill", "pyarrow", "scipy", "seaborn", "sqlglot", "statsmodels",
)  # fmt: skip


def make_report(
    company: Company,
    *,
    month: str = "latest",
    out: Path = Path("reports"),
    show: Show,
    notebooks: Path = NOTEBOOKS,
    limits: Limits | None = None,
    prepared_by: Callable[..., Any] = prepare,
) -> Path:
    """Make and publish one month's report.

    Parameters
    ----------
    month
        ``YYYY-MM``, or "latest" for the latest complete month.
    out
        Folder that holds the months.
    prepared_by
        What prepares the company's tables (tests give their own).

    Returns
    -------
    Path
        The published ``index.html``.

    Raises
    ------
    UsageError, DataError, NotComplete
        Before anything is written.
    RunFailed
        When a notebook, its page or the publishing failed; what was published is untouched and
        the failed run's folder keeps the evidence.
    """
    sources = story(notebooks)
    if month != "latest":
        month = month_text(parse_month(month))
        refuse_other_company(out, month, company.name)
    started = datetime.now(UTC)
    show.say(f"{company.title}: preparing {month}")
    prepared = prepared_by(company, month, progress=show)
    chosen = month_text(prepared.month)
    with publication(out, chosen, company.name) as run:
        run.manifest.update(_known(company, prepared, chosen, started, sources))
        run.manifest["seconds"] = {"prepare": round((datetime.now(UTC) - started).total_seconds(), 2)}
        run.save("running")
        with run.stage("notebooks"):
            _run(run, company, sources, show, limits)
        with run.stage("pages"):
            show.say("rendering the pages")
            _render(run, [path.stem for path in sources])
        with run.stage("results"):
            _unite(run, [path.stem for path in sources])
        index = run.publish()
    show.say(f"published {run.link}")
    return index


def story(folder: Path) -> list[Path]:
    """List the notebooks of the monthly report, in reading order (90 and above are for exploring).

    Raises
    ------
    UsageError
        When there are none.
    """
    found = sorted(path for path in folder.glob("[0-8][0-9]_*.ipynb"))
    if not found:
        raise UsageError(f"no notebooks in {folder}\n  run the command from a clone of the workbook")
    return found


def _run(run: Run, company: Company, sources: Sequence[Path], show: Show, limits: Limits | None) -> None:
    work = run.folder / "notebooks"
    parameters = {
        "company": str(company.path),
        "month": run.month,
        "settings": json.dumps(overrides(company), sort_keys=True),
        "results_folder": str(work.resolve()),
    }
    show.say(f"running {len(sources)} notebooks for {run.month}")
    jobs = [Job(path.resolve(), (work / path.name).resolve(), parameters) for path in sources]
    outcomes = run_notebooks(jobs, limits=limits, tell=show.cells)
    run.manifest["notebooks"] = summary(outcomes)
    for log in work.glob("*.log"):
        if not log.stat().st_size or all(outcome.ok for outcome in outcomes):
            log.unlink()
    failed = [outcome.error for outcome in outcomes if not outcome.ok]
    if failed:
        evidence = f"  what was published is untouched; the executed notebooks are in {work}"
        raise RunFailed("\n".join([*failed, evidence]))


def overrides(company: Company) -> dict[str, Any]:
    """Give the settings that win over the company file, as notebooks take them."""
    chosen = {
        name
        for name, origin in company.origins.items()
        if origin in ("parameters file", "notebook parameter")
    }
    return {name: value for name, value in company.settings.model_dump(mode="json").items() if name in chosen}


def _render(run: Run, stems: Sequence[str]) -> None:
    work = run.folder / "notebooks"
    for stem in stems:
        facts = facts_of(read_page(work / f"{stem}.page.json"))
        export(work / f"{stem}.ipynb", run.folder / f"{stem}.html", facts=facts)
    for name in ("figures", "tables"):
        if (work / name).is_dir():
            (work / name).rename(run.folder / name)
    write_index(run.folder, work, stems)


def _unite(run: Run, stems: Sequence[str]) -> None:
    for name in ("results", "history"):
        parts = [run.folder / "notebooks" / f"{stem}.{name}.csv" for stem in stems]
        missing = [part.name for part in parts if not part.is_file()]
        if name == "results" and missing:
            raise RunFailed(f"a notebook wrote no {missing[0]}")
        united = results.unite([results.load(part) for part in parts if part.is_file()])
        require_results(united, name)
        results.save(united, run.folder / f"{name}.csv")


def _known(
    company: Company, prepared: Any, month: str, started: datetime, sources: Sequence[Path]
) -> dict[str, Any]:
    """Give what the manifest says of a run before it has run: nothing secret, no customer."""
    return {
        "month": month,
        "company": company.public(),
        "source_fingerprint": prepared.fingerprint,
        "row_counts": _counts(prepared.report.counts),
        "methods_version": METHODS_VERSION,
        "commit": commit(),
        "versions": {name: _version(name) for name in PACKAGES},
        "notebooks": {path.stem: {"status": "waiting"} for path in sources},
        "started": f"{started:%Y-%m-%dT%H:%M:%SZ}",
    }


def _counts(counts: Any) -> Any:
    return counts.to_dict("records") if hasattr(counts, "to_dict") else counts


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


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
