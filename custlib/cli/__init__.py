"""The command line: init, check, report, sample, clean.

Exit codes: 0 done; 1 `check` found warnings; 2 data not fit; 3 the run failed; 4 month not complete;
64 wrong usage, parameter or company file.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

# The commands are known by being imported.
from custlib.cli import comparing, exploring, reports, source  # noqa: F401
from custlib.cli.app import app
from custlib.errors import CustlibError, RunFailed, UsageError

USAGE = UsageError.exit_code
FAILED = RunFailed.exit_code
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPED = "custlib: stopped; what is published is whole, as it was or new"
# A second signal within these seconds finds the command tidying up, and lets it.
TIDYING = 15.0


class Stopped(BaseException):
    """Someone pressed Ctrl-C, ended the command or closed its terminal; typer has plans of its own for KeyboardInterrupt.

    `asked` stays true afterwards: DuckDB turns what interrupts its queries into an error of its own.
    `since` is when it was asked last.
    """

    asked = False
    since = float("-inf")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that tells what happened."""
    Stopped.asked, Stopped.since = False, float("-inf")
    for number in STOPS:
        # Under nohup a command outlives its terminal.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
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
        print(STOPPED, file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the reader has gone; nothing more to say to it
        return 0
    except Exception as error:
        if Stopped.asked:
            print(STOPPED, file=sys.stderr)
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
    if time.monotonic() - Stopped.since < TIDYING:
        return
    Stopped.asked, Stopped.since = True, time.monotonic()
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
