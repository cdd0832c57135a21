"""Where converted files and prepared tables are kept: outside the repository, safe to delete."""

import fcntl
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


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """Give a folder to work in, inside `folder`, that nobody else works in; it goes at the end.

    It is locked, which the system undoes however a process ends: what killed processes left there goes first.

    Raises
    ------
    UsageError
        When it cannot be made: the disk is full, or the folder may not be written to.
    """
    for left in folder.glob("aside-*"):
        _remove_left(left)
    own, handle = _locked_folder(folder)
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
        os.close(handle)


def _locked_folder(folder: Path) -> tuple[Path, int]:
    while True:
        try:
            own = Path(tempfile.mkdtemp(dir=folder, prefix="aside-"))
        except OSError as error:
            raise unwritable(folder / "aside", error) from None
        with suppress(FileNotFoundError):
            handle = os.open(own, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_SH)
            if own.exists():
                return own, handle
            # Somebody who looked for what was left came between.
            os.close(handle)


def _remove_left(folder: Path) -> None:
    """Remove a folder that no process holds."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
