"""The command line: init, check, report, sample, clean.

Exit codes: 0 done; 1 `check` found warnings; 2 data not fit; 3 the run failed; 4 month not complete;
64 wrong usage, parameter or company file.
"""

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from custlib.errors import CustlibError, RunFailed, UsageError

USAGE = UsageError.exit_code
FAILED = RunFailed.exit_code

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


@app.command()
def report(
    company: CompanyName = "sample",
    month: Annotated[str, typer.Option("--month", "-m", help="YYYY-MM, or latest.")] = "latest",
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
    path: Annotated[Path, typer.Argument(help="Folder of tables, or DuckDB file.")],
    to: Annotated[Path | None, typer.Option("--to", help="Company file to write.")] = None,
) -> None:
    """Look at a folder or database and write a commented company file to complete."""
    from custlib.data.discover import init as look

    print(look(path, to))


@app.command()
def sample(
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 2_500,
    seed: Annotated[int | None, typer.Option(help="Seed; the same seed gives the same company.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")] = Path("data/sample"),
) -> None:
    """Write the tables of the sample company, of any size."""
    from custlib.data.sample import SEED, write_sample

    write_sample(out, customers, SEED if seed is None else seed)
    print(out)


@app.command()
def clean() -> None:
    """Remove the cache of converted and prepared tables; it is built again when needed."""
    from custlib.prepare import clean as empty

    print(f"emptied {empty()}")


class Stopped(BaseException):
    """Someone pressed Ctrl-C or ended the command; typer has plans of its own for KeyboardInterrupt.

    `asked` stays true afterwards: DuckDB turns what interrupts its queries into an error of its own.
    """

    asked = False


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that tells what happened."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    """Give the exit code; every message of ours is short and goes to standard error."""
    try:
        result = app(args=None if arguments is None else list(arguments), standalone_mode=False)
        return result if isinstance(result, int) else 0
    except CustlibError as error:
        print(f"custlib: {error}", file=sys.stderr)
        return error.exit_code
    except Stopped:
        print("custlib: stopped; what was published is untouched", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the reader has gone; nothing more to say to it
        return 0
    except Exception as error:
        if Stopped.asked:
            print("custlib: stopped; what was published is untouched", file=sys.stderr)
            return FAILED
        # typer may carry its own copy of click, so its errors are known by what they can do.
        if hasattr(error, "format_message"):
            if message := error.format_message():
                print(f"custlib: {message}\n  custlib --help shows how it is used", file=sys.stderr)
            return USAGE
        if type(error).__name__ == "Abort":
            return FAILED
        print(
            f"custlib: {type(error).__name__}, which was not foreseen\n  details: {_log(error)}",
            file=sys.stderr,
        )
        return FAILED


def _stop(number: int, frame: FrameType | None) -> Any:
    """Leave through every `finally`, so that workers are ended and the run is marked as failed."""
    Stopped.asked = True
    raise Stopped


def _log(error: Exception) -> Path:
    """Keep the traceback of an error nobody foresaw."""
    from custlib.data.cache import cache_folder

    try:
        folder = cache_folder("logs")
    except CustlibError:
        folder = Path(tempfile.mkdtemp(prefix="custlib-log-"))
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
