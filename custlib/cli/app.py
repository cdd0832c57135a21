"""The command itself, and the options that several commands share."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="The customer asset workbook: a month's pages from a company's own tables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CompanyName = Annotated[str, typer.Option("--company", "-c", help="Short name, or path of a company file.")]
Parameters = Annotated[
    Path | None,
    typer.Option("--parameters", "-p", help="YAML file of settings that win over the company file."),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder that holds the months.")]
MonthOption = Annotated[str, typer.Option("--month", "-m", help="YYYY-MM, or latest.")]


@app.callback(invoke_without_command=True)
def _options(
    ctx: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if show_version:
        try:
            print(f"custlib {version('custlib')}")
        except PackageNotFoundError:
            print("custlib (not installed)")
        raise typer.Exit
