"""Many months in one command, each published as it completes; what is there from the same inputs stays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custlib.batch.commentary import find_comment, folders
from custlib.batch.leftovers import read_manifest
from custlib.batch.manifest import changed, inputs
from custlib.batch.needs import possible
from custlib.batch.progress import Show
from custlib.batch.publish import page_before, refuse_busy, refuse_other_company, refuse_unwritable
from custlib.batch.report import NOTEBOOKS, make_report, story
from custlib.company import Company
from custlib.data.complete import today_at, why_not_complete, why_not_yet
from custlib.data.database import one_look
from custlib.errors import CustlibError, DataError, NotComplete, UsageError
from custlib.periods import Month, month_range, month_text, parse_month
from custlib.prepare import prepare


@dataclass(frozen=True)
class Plan:
    """What a back-fill does: every month, those to make, and why a published one is made again."""

    months: list[str]
    to_make: list[str]
    reasons: dict[str, str]


@one_look()
def back_fill(
    company: Company,
    *,
    first: str,
    last: str = "latest",
    out: Path = Path("reports"),
    show: Show,
    again: bool = False,
    commentary: Path | None = None,
    notebooks: Path = NOTEBOOKS,
    prepared_by: Callable[..., Any] = prepare,
    made: Callable[[Path], None] = lambda index: None,
    **rest: Any,
) -> None:
    """Make and publish the months from `first` to `last`, one after the other.

    Parameters
    ----------
    first, last
        ``YYYY-MM``; `last` may be "latest", the latest complete month.
    again
        Make also the months that are published already from the same inputs.
    made
        Called with the ``index.html`` of each month, made or found, when it is there.
    rest
        As `make_report` takes it.

    Raises
    ------
    UsageError, DataError, NotComplete
        Before any month is made, when one of them cannot be.
    CustlibError
        When a month fails: the months before it are published, and the message says how to go on.
    """
    sources, places = possible(company, story(notebooks)), folders(commentary)
    refuse_unwritable(out)
    asked = _asked(company, first, last)
    _refuse_taken(company, asked, out, places)
    show.say(f"{company.title}: preparing {first} to {last}")
    prepared = prepared_by(company, last, progress=show)
    months = _ready(company, parse_month(first), prepared)
    _refuse_taken(company, months, out, places)
    plan = _plan(company, prepared, months, sources, places, out, again=again)
    for month in plan.months:
        if month not in plan.to_make:
            show.say(f"{month}: published already from the same inputs; skipped")
            made(out / month / "index.html")
    done = 0
    try:
        for month in plan.to_make:
            if month in plan.reasons:
                show.say(f"{month}: made again, because {plan.reasons[month]}")
            show.month(month, done + 1, len(plan.to_make))
            index = make_report(
                company, month=month, out=out, show=show, commentary=commentary, notebooks=notebooks,
                prepared_by=prepared_by, **rest,
            )  # fmt: skip
            done += 1
            made(index)
    except CustlibError as error:
        raise type(error)(f"{error}\n{_how_to_go_on(plan, done)}") from None
    except BaseException:
        show.say("stopped;" + _how_to_go_on(plan, done).replace("\n ", ";").removeprefix(" "))
        raise
    if plan.to_make:
        show.month(plan.to_make[-1], done + 1, done)
    show.say(_summary(plan))


def _asked(company: Company, first: str, last: str) -> list[str]:
    """Refuse what is wrong before the data are opened; give the months, as far as they are known by then."""
    start = parse_month(first)
    end = start if last == "latest" else parse_month(last)
    if start > end:
        raise UsageError(
            f"--from {month_text(start)} lies after --to {month_text(end)}\n  the earlier month goes first"
        )
    if last == "latest":
        return []
    today, months = today_at(company), list(month_range(start, end))
    _refuse_incomplete(months, [why_not_yet(company, month, today) for month in months])
    return [month_text(month) for month in months]


def _refuse_taken(company: Company, months: Sequence[str], out: Path, places: Sequence[Path]) -> None:
    """Refuse months that belong to another company, that are being made, or whose comment cannot be read."""
    for month in months:
        refuse_other_company(out, month, company.name)
        refuse_busy(out, month)
        find_comment(company.name, month, places)


def _ready(company: Company, first: Month, prepared: Any) -> list[str]:
    """Give the months to report, and refuse those before the data, after them, or not complete."""
    start, last = prepared.rules.data_start, prepared.month
    if first > last:
        raise NotComplete(
            f"{month_text(first)} is not complete: the latest complete month is {month_text(last)}\n"
            "  nothing is left to report from there on"
        )
    if first < start:
        raise DataError(
            f"{month_text(first)} lies before the data, which begin in {month_text(start)}\n"
            f"  begin with --from {month_text(start)}"
        )
    today, months = today_at(company), list(month_range(first, last))
    whys = [why_not_complete(company, prepared.report, month, today) for month in months]
    _refuse_incomplete(months, whys)
    return [month_text(month) for month in months]


def _refuse_incomplete(months: Sequence[Month], whys: Sequence[str | None]) -> None:
    found = [(month_text(month), why) for month, why in zip(months, whys, strict=True) if why]
    if found:
        (month, why), others = found[0], ", ".join(month for month, _ in found[1:13])
        more = f"\n  nor are {others}{' and later ones' * (len(found) > 13)}" if others else ""
        raise NotComplete(
            f"{month} is not complete: {why}{more}\n  no month was made; end with an earlier --to"
        )


def _plan(
    company: Company,
    prepared: Any,
    months: list[str],
    sources: Sequence[Path],
    places: Sequence[Path],
    out: Path,
    *,
    again: bool,
) -> Plan:
    """Compare what each month would be made from with what its published pages were made from."""
    reasons: dict[str, str] = {}
    to_make = []
    # When its turn comes, the months of the command before it will be there.
    pages_before = dict(zip(months, [page_before(out, months[0], company.name), *months], strict=False))
    for month in months:
        manifest = read_manifest(out / month)
        whole = manifest.get("status") == "published" and (out / month / "index.html").is_file()
        if not whole:
            to_make.append(month)
            continue
        comment = find_comment(company.name, month, places)
        now = inputs(company, prepared, month, sources, comment, pages_before[month])
        differ = changed(manifest.get("inputs", {}), now)
        if again or differ:
            to_make.append(month)
            reasons[month] = "--again asks for it" if again else f"{' and '.join(differ)} changed"
            if not again and not manifest.get("inputs"):
                reasons[month] = "it does not say what it was made from"
    return Plan(months, to_make, reasons)


def _how_to_go_on(plan: Plan, done: int) -> str:
    left = plan.to_make[done:]
    before = [month for month in plan.months if month not in left]
    lines = [f"published: {_spans(before, plan.months)}" if before else "no month was published"]
    if left:
        lines += [f"not made: {_spans(left, plan.months)}", f"the same command goes on at {left[0]}"]
    return "\n".join(f"  {line}" for line in lines)


def _summary(plan: Plan) -> str:
    made, kept = len(plan.to_make), len(plan.months) - len(plan.to_make)
    said = f"{plan.months[0]} to {plan.months[-1]}: {made} {'month' if made == 1 else 'months'} made"
    return said + (f", {kept} published already from the same inputs" if kept else "")


def _spans(some: Sequence[str], months: Sequence[str]) -> str:
    """Write months as spans: 2025-01 to 2025-04, 2025-06."""
    runs: list[list[str]] = []
    for place, month in enumerate(months):
        if month in some:
            if runs and place and months[place - 1] == runs[-1][-1]:
                runs[-1].append(month)
            else:
                runs.append([month])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
