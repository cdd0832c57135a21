"""A month's report from first to last: prepare, run the notebooks, render, publish."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from custlib import results
from custlib.batch.commentary import Comment, find_comment, folders
from custlib.batch.contract import require_results
from custlib.batch.export import export, facts_of, read_page
from custlib.batch.index import RESTATED, write_index
from custlib.batch.leftovers import KERNELS
from custlib.batch.manifest import ROOT, known
from custlib.batch.needs import left_out, possible
from custlib.batch.progress import Show
from custlib.batch.publish import (
    Run,
    page_before,
    publication,
    refuse_busy,
    refuse_other_company,
    refuse_unwritable,
)
from custlib.batch.runner import Job, Limits, Outcome, run_notebooks, summary
from custlib.company import Company
from custlib.data.database import one_look
from custlib.errors import CustlibError, DataError, NotComplete, RunFailed, UsageError
from custlib.periods import month_text, parse_month
from custlib.prepare import prepare

NOTEBOOKS = ROOT / "notebooks"
# The page for whose work others wait is started first, then whatever takes long.
STARTED = (
    "02_customer_equity", "01_customer_base", "05_return_on_customer", "03_value_segments", "04_nps_middle_ground",
)  # fmt: skip


@one_look()
def make_report(
    company: Company,
    *,
    month: str = "latest",
    out: Path = Path("reports"),
    show: Show,
    commentary: Path | None = None,
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
    commentary
        Folder of the comments on months; by default those that `commentary.folders` finds.
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
    sources, places = possible(company, story(notebooks)), folders(commentary)
    refuse_unwritable(out)
    if month != "latest":
        month = month_text(parse_month(month))
        refuse_other_company(out, month, company.name)
        refuse_busy(out, month)
        find_comment(company.name, month, places)
    started = datetime.now(UTC)
    show.say(f"{company.title}: preparing {month}")
    prepared = prepared_by(company, month, progress=show)
    chosen = month_text(prepared.month)
    comment = find_comment(company.name, chosen, places, show.say)
    with publication(out, chosen, company.name) as run:
        run.manifest.update(
            known(company, prepared, started, sources, comment, page_before(out, chosen, company.name))
        )
        run.manifest["seconds"] = {"prepare": round((datetime.now(UTC) - started).total_seconds(), 2)}
        with run.stage("notebooks"):
            _run(run, company, sources, show, limits)
        with run.stage("pages"):
            show.say("rendering the pages")
            missing = left_out(company, story(notebooks))
            _render(run, [path.stem for path in sources], comment, missing)
        with run.stage("results"):
            show.say("uniting the results")
            _unite(run, [path.stem for path in sources])
        show.say("publishing")
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


def _turn(notebook: Path) -> tuple[int, str]:
    """Say when a notebook is started: those in `STARTED` in that order, then the others as they are read."""
    stem = notebook.stem
    return (STARTED.index(stem) if stem in STARTED else len(STARTED), stem)


def _run(run: Run, company: Company, sources: Sequence[Path], show: Show, limits: Limits | None) -> None:
    work = run.folder / "notebooks"
    parameters = {
        "company": str(company.path),
        "month": run.month,
        "settings": json.dumps(overrides(company), sort_keys=True),
        "results_folder": str(work.resolve()),
    }
    show.say(f"running {len(sources)} {'notebook' if len(sources) == 1 else 'notebooks'} for {run.month}")
    offered = {"published": str(run.out.resolve())}
    jobs = [
        Job(path.resolve(), (work / path.name).resolve(), parameters, offered)
        for path in sorted(sources, key=_turn)
    ]
    bounds = company.connection
    limits = replace(limits or Limits(), memory_limit=bounds.memory_limit, threads=bounds.threads)
    try:
        outcomes = run_notebooks(jobs, limits=limits, tell=show.cells)
        outcomes.sort(key=lambda outcome: outcome.stem)
    finally:
        shutil.rmtree(work / KERNELS, ignore_errors=True)
    run.manifest["notebooks"] = summary(outcomes)
    for log in work.glob("*.log"):
        if not log.stat().st_size or all(outcome.ok for outcome in outcomes):
            log.unlink()
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if failed:
        evidence = f"  what was published is untouched; the executed notebooks are in {work}"
        raise _failure(failed)("\n".join([*(outcome.error for outcome in failed), evidence]))


def _failure(failed: Sequence[Outcome]) -> type[CustlibError]:
    """Choose what a failed run is: what its notebooks raised, where that is one of ours and one for all."""
    ours: dict[str, type[CustlibError]] = {
        kind.__name__: kind for kind in (DataError, NotComplete, UsageError)
    }
    raised = {outcome.raised for outcome in failed}
    return ours.get(raised.pop(), RunFailed) if len(raised) == 1 else RunFailed


def overrides(company: Company) -> dict[str, Any]:
    """Give the settings that win over the company file, as notebooks take them."""
    chosen = {
        name
        for name, origin in company.origins.items()
        if origin in ("parameters file", "notebook parameter")
    }
    return {name: value for name, value in company.settings.model_dump(mode="json").items() if name in chosen}


def _render(run: Run, stems: Sequence[str], comment: Comment | None, missing: str) -> None:
    work = run.folder / "notebooks"
    for stem in stems:
        facts = facts_of(read_page(work / f"{stem}.page.json"))
        export(work / f"{stem}.ipynb", run.folder / f"{stem}.html", facts=facts)
    for name in ("figures", "tables"):
        if (work / name).is_dir():
            (work / name).rename(run.folder / name)
    write_index(run.folder, work, stems, comment, missing)


def _unite(run: Run, stems: Sequence[str]) -> None:
    for name in ("results", "history"):
        parts = [run.folder / "notebooks" / f"{stem}.{name}.csv" for stem in stems]
        missing = [part.name for part in parts if not part.is_file()]
        if name == "results" and missing:
            raise RunFailed(f"a notebook wrote no {missing[0]}")
        united = results.unite([results.load(part) for part in parts if part.is_file()])
        if not len(united):  # an empty table has no types of its own
            united = united.astype({column: str for column in results.COLUMNS if column != "window_months"})
        require_results(united, name)
        results.save(united, run.folder / f"{name}.csv")
    restated = [run.folder / "notebooks" / f"{stem}.{RESTATED}" for stem in stems]
    if parts := [pd.read_csv(part, dtype=str, keep_default_na=False) for part in restated if part.is_file()]:
        results.save(pd.concat(parts), run.folder / RESTATED)
