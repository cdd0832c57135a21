"""Commands about a company's tables: look at them, check them, write the sample's."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from custlib.cli.app import CompanyName, Parameters, app


@app.command()
def check(
    company: CompanyName = "sample",
    parameters: Parameters = None,
    show_keys: Annotated[
        bool, typer.Option("--show-keys", help="Show example keys (default on a terminal only).")
    ] = False,
) -> None:
    """Say whether the data are fit to report from, and every violation found."""
    from custlib.batch.findings import findings
    from custlib.company import load_company
    from custlib.data.checks import check as check_source
    from custlib.data.source import open_source

    chosen = load_company(company, parameters_file=parameters)
    with open_source(chosen) as source:
        found = check_source(source, chosen)
    print(findings(found, chosen, show_keys=show_keys or sys.stdout.isatty()))
    raise typer.Exit(found.exit_code)


@app.command()
def init(
    path: Annotated[str, typer.Argument(help="Folder of tables, DuckDB file, or URL of a database.")],
    to: Annotated[Path | None, typer.Option("--to", help="Company file to write.")] = None,
) -> None:
    """Look at a folder or database and write a commented company file to complete."""
    from custlib.data.discover import init as look

    print(look(path, to))


@app.command()
def sample(
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 2_500,
    seed: Annotated[int | None, typer.Option(help="Seed; the same seed gives the same company.")] = None,
    world: Annotated[
        str, typer.Option(help="Which truth: default, no-failure, extremes, middle, nothing, reversed.")
    ] = "default",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")] = Path("data/sample"),
) -> None:
    """Write the tables of the sample company, of any size and in any world."""
    from custlib.data.sample import SEED, truth_of, write_sample

    write_sample(out, customers, SEED if seed is None else seed, truth_of(world))
    print(out)
