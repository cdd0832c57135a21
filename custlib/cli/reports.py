"""The command that makes reports: of one month, or of many."""

from pathlib import Path
from typing import Annotated

import typer

from custlib.cli.app import CompanyName, Out, Parameters, app
from custlib.errors import UsageError


@app.command()
def report(
    company: CompanyName = "sample",
    month: Annotated[
        str | None,
        typer.Option("--month", "-m", help="YYYY-MM, or latest (the default).", show_default=False),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="First month of many: each is published as it completes.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Last month of many, or latest (the default with --from).")
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", "--force", help="With --from: make also what is published from the same inputs."
        ),
    ] = False,
    parameters: Parameters = None,
    out: Out = Path("reports"),
    commentary: Annotated[
        Path | None,
        typer.Option("--commentary", help="Folder of comments, <month>.md; by default ./commentary."),
    ] = None,
    notebooks: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Make and publish a month's pages, or those of many months; prints the path of each page one."""
    from custlib.company import load_company
    from custlib.periods import month_text, parse_month

    _refuse_both(month, first, last, again)
    span = [
        text if text in (None, "latest") else month_text(parse_month(text)) for text in (month, first, last)
    ]
    chosen = load_company(company, parameters_file=parameters)
    # The heavy imports come after what can be refused at once.
    from custlib.batch import backfill, progress
    from custlib.batch import report as single

    made: list[Path] = []
    try:
        with progress.progress() as show:
            story = notebooks or single.NOTEBOOKS
            if span[1] is None:
                index = single.make_report(
                    chosen,
                    month=span[0] or "latest",
                    out=out,
                    show=show,
                    commentary=commentary,
                    notebooks=story,
                )
                made.append(index)
            else:
                backfill.back_fill(
                    chosen, first=span[1], last=span[2] or "latest", out=out, show=show, again=again,
                    commentary=commentary, notebooks=story, made=made.append,
                )  # fmt: skip
    finally:
        for index in sorted(made):
            print(index)


def _refuse_both(month: str | None, first: str | None, last: str | None, again: bool) -> None:
    """Refuse options that contradict each other."""
    if month is not None and (first is not None or last is not None):
        raise UsageError("--month is one month, --from and --to are many\n  give one or the other")
    if first is None and last is not None:
        raise UsageError("--to needs --from\n  for one month give --month")
    if first == "latest":
        raise UsageError("--from is the first month, written as YYYY-MM\n  latest goes with --to or --month")
    if first is None and again:
        raise UsageError("--again goes with --from\n  a single month is always made again")
