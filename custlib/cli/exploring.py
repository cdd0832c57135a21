"""Commands of the data scientist, and the one that removes what was kept of customers."""

from pathlib import Path
from typing import Annotated

import typer

from custlib.cli.app import CompanyName, MonthOption, Out, Parameters, app


@app.command()
def explore(
    notebook: Annotated[
        str | None, typer.Argument(help="Number or name, such as 01 or 90_explore; without it, all of them.")
    ] = None,
    company: CompanyName = "sample",
    month: MonthOption = "latest",
    parameters: Parameters = None,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the path of the copy and do not start JupyterLab.")
    ] = False,
) -> None:
    """Open a copy of a notebook in JupyterLab, with its parameters filled in; the original stays as it is."""
    from custlib.batch.explore import copies, open_lab
    from custlib.company import load_company

    chosen = load_company(company, parameters_file=parameters)
    made = copies(notebook, chosen, month=month)
    for copy in made:
        for line in copy.said:
            typer.echo(line, err=True)
        print(copy.path)
    if not no_open:
        open_lab(made)


@app.command()
def lists(
    company: CompanyName = "sample",
    month: MonthOption = "latest",
    parameters: Parameters = None,
) -> None:
    """Write the month's lists of customers to act upon to lists/, where only you can read them."""
    from custlib.company import load_company
    from custlib.month import open_month

    chosen = load_company(company, parameters_file=parameters)
    saved = open_month(chosen, month).save_lists()
    for one in saved:
        print(one)
    if not saved:
        typer.echo(
            "no list was written: lists need a value window of what customers did, or dated answers", err=True
        )


@app.command()
def clean(
    customer: Annotated[
        str | None, typer.Option("--customer", help="Id of a customer: whatever is held of it goes.")
    ] = None,
    company: Annotated[
        str | None, typer.Option("--company", "-c", help="Short name of a company: what is held of it goes.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that is held of all companies goes.")
    ] = False,
    out: Out = Path("reports"),
) -> None:
    """Remove copies of customers' data from the cache and from lists; without an option, say what there is."""
    from custlib.batch.cleaned import require_one, told
    from custlib.prepare import cleaning

    def say(text: str) -> None:
        typer.echo(text, err=True)

    require_one(customer is not None, company is not None, everything)
    if customer is not None:
        print(told(cleaning.clean_customer(customer, reports=out, say=say), customer=customer))
    elif company is not None:
        print(told(cleaning.clean_company(company, say=say)))
    else:
        print(told(cleaning.clean_all(say=say)))
