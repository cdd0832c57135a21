"""Commands that make and compare reports."""

from pathlib import Path
from typing import Annotated

import typer

from custlib.cli.app import CompanyName, MonthOption, Out, Parameters, app


@app.command()
def report(
    company: CompanyName = "sample",
    month: MonthOption = "latest",
    parameters: Parameters = None,
    out: Out = Path("reports"),
    notebooks: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Make and publish a month's pages; prints the path of page one."""
    from custlib.company import load_company
    from custlib.periods import month_text, parse_month

    chosen = load_company(company, parameters_file=parameters)
    month = month if month == "latest" else month_text(parse_month(month))
    # The heavy imports come after what can be refused at once.
    from custlib.batch.progress import progress
    from custlib.batch.report import NOTEBOOKS, make_report

    with progress() as show:
        index = make_report(chosen, month=month, out=out, show=show, notebooks=notebooks or NOTEBOOKS)
    print(index)
