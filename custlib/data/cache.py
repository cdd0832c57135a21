"""Where converted files and prepared tables are kept: outside the repository, safe to delete."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from custlib.errors import UsageError

# Folders of the cache beside those of the companies, which hold a lock.
ROOMS = ("staged", "wheels", "spill", "logs")
LOCK = ".lock"


def cache_root() -> Path:
    """Give the cache folder, created with mode 0700.

    ``CUSTLIB_CACHE``, else ``$XDG_CACHE_HOME/custlib``, else ``~/.cache/custlib``. It holds
    customers' data, so nobody but the owner may enter it.
    """
    given = os.environ.get("CUSTLIB_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(given).expanduser().resolve() if given else Path(base) / "custlib"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if root.stat().st_mode & 0o077:
            root.chmod(0o700)
    except OSError as error:
        raise UsageError(
            f"the cache folder {root} cannot be used ({error.strerror})\n"
            "  set CUSTLIB_CACHE to a folder of your own that can be written"
        ) from None
    return root


def cache_folder(name: str) -> Path:
    """Give a folder inside the cache, created when absent."""
    folder = cache_root() / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    return folder


def unwritable(path: Path, error: OSError) -> UsageError:
    """Say that something cannot be written: its folder and itself, not the whole path, and why."""
    return UsageError(
        f"{path.parent.name}/{path.name} cannot be written ({error.strerror})\n"
        "  make room, or give yourself the right to write there; CUSTLIB_CACHE names another folder for the cache"
    )


def alive(process: int) -> bool:
    """Say whether a process of this number is running."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_aside(path: Path, write: Callable[[Path], object]) -> None:
    """Write next to the target and rename, so that a reader never meets half a file.

    Raises
    ------
    UsageError
        When the disk is full, or the folder may not be written to.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(aside)
        os.replace(aside, path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise unwritable(path, error) from None


def own_folder(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Make a folder inside `folder` that nobody else works in; what killed processes left there goes first."""
    for left in folder.glob("aside-*-*"):
        number = left.name.split("-")[1]
        if number.isdigit() and not alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(dir=folder, prefix=f"aside-{os.getpid()}-", ignore_cleanup_errors=True)


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """Give a folder of this process to work in (see `own_folder`), which goes at the end."""
    with own_folder(folder) as own:
        yield Path(own)
