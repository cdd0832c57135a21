"""The command that sets two runs side by side."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from custlib.cli.app import Out, app

_RUN = "A published month (YYYY-MM), the folder of a run, or its results.csv."


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help=_RUN)],
    b: Annotated[str, typer.Argument(help=_RUN)],
    out: Out = Path("reports"),
    segments: Annotated[bool, typer.Option("--segments", help="Every segment, not only the whole.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only figures that differ.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, for a program.")] = False,
) -> None:
    """Print two runs' figures side by side: two months, two companies, two sets of parameters."""
    from custlib.batch.compare import differences, plain, read_run, side_by_side

    runs = read_run(a, out), read_run(b, out)
    if csv:
        both = plain(*runs, segments=segments, changed=changed)
        sys.stdout.write(both.to_csv(index=False, lineterminator="\n"))
        return
    table = side_by_side(*runs, segments=segments, changed=changed)
    from rich.console import Console
    from rich.table import Table

    # In a pipe there is no width to fit into, and a cut figure is no figure.
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    for line in differences(*runs):
        console.print(line)
    grid = Table("Measure", "Months", "Of", *(run.called for run in runs), "Change", "%", box=None)
    for column in grid.columns[3:]:
        column.justify = "right"
    for row in table.itertuples(index=False):
        grid.add_row(*row)
    console.print(grid)
