"""Where a company's tables are, with what the environment adds; none of it is ever printed."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, model_validator

from custlib.errors import UsageError
from custlib.settings import Strict

Kind = Literal["folder", "duckdb", "wheel", "database", "spark"]
KINDS: tuple[Kind, ...] = ("folder", "duckdb", "wheel", "database", "spark")


class ConnectionSpec(Strict):
    """Where the tables are, and how much of the machine DuckDB may take.

    The tables are in a folder of files, a DuckDB file, a Python wheel that carries data, a database that is read
    through Ibis, or with Spark: in its catalog, or in a folder whose files it reads.
    """

    folder: str | None = None
    duckdb: str | None = None
    wheel: str | None = None
    database: str | None = None
    spark: str | None = None
    memory_limit: str | None = Field(default=None, pattern=r"^[0-9]+(\.[0-9]+)? ?([KMGT]i?)?B$")
    threads: int | None = Field(default=None, ge=1, le=1024)

    @model_validator(mode="after")
    def _exactly_one(self) -> "ConnectionSpec":
        places = [name for name in KINDS if getattr(self, name) is not None]
        if len(places) != 1 and places != ["folder", "spark"]:
            raise ValueError(f"needs exactly one of {', '.join(KINDS)}; spark may have a folder beside it")
        return self


@dataclass(frozen=True)
class Connection:
    """A connection with its environment variables filled in; it never prints what they held.

    Attributes
    ----------
    location : str
        The folder or file, the package, or the URL of the database or of Spark.
    shown : str
        How messages name it: the path, or the unexpanded text where the environment gave a part. Of a URL nothing
        but the text before the first colon, since whatever follows may be a password.
    folder : str or None
        The folder whose files Spark reads; None where it reads the tables of its catalog.
    memory_limit, threads
        What DuckDB may take in this process; None leaves it to DuckDB. The environment has the last word.
    """

    kind: Kind
    location: str = field(repr=False)
    shown: str
    folder: str | None = field(default=None, repr=False)
    memory_limit: str | None = None
    threads: int | None = None


def file_name(path: Path) -> str:
    """Name a file in messages: its folder and itself, never the whole path."""
    return f"{path.resolve().parent.name}/{path.name}"


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def connect(spec: ConnectionSpec, path: Path) -> Connection:
    """Fill in environment variables; paths are relative to the company file, wherever one starts from."""
    kind: Kind = next(name for name in reversed(KINDS) if getattr(spec, name) is not None)
    text = getattr(spec, kind)
    expanded, from_environment = _expand(text, f"{file_name(path)}: connection.{kind}")
    limits: dict[str, Any] = {"memory_limit": spec.memory_limit, "threads": spec.threads}
    if kind == "wheel":
        if from_environment:
            # A package's name is passed on to pip and printed: no place for what an environment holds.
            raise UsageError(
                f"{file_name(path)}: connection.wheel is a package's name==version, without variables"
            )
        return Connection("wheel", expanded, expanded, **limits)
    if kind in ("database", "spark"):
        folder = _expand(spec.folder, f"{file_name(path)}: connection.folder")[0] if spec.folder else None
        found = str(_below(path, folder)) if folder else None
        return Connection(kind, expanded, text.partition(":")[0], found, **limits)
    location = str(_below(path, expanded))
    return Connection(kind, location, text if from_environment else location, **limits)


def _below(path: Path, text: str) -> Path:
    return Path(os.path.normpath(path.parent / Path(text).expanduser()))


def _expand(text: str, where: str) -> tuple[str, bool]:
    """Fill in the variables of a text, and say whether the environment gave a part of it."""
    from_environment = False

    def expand(match: re.Match[str]) -> str:
        nonlocal from_environment
        value = os.environ.get(match[1])
        if not value and match[2] is None:
            raise UsageError(f"{where} needs the environment variable {match[1]}, which is not set")
        from_environment = from_environment or bool(value)
        return quote(value, safe="") if value and _is_password(text, match) else value or match[2]

    return _VARIABLE.sub(expand, text), from_environment


def _is_password(text: str, match: re.Match[str]) -> bool:
    """Say whether a variable is the password of a URL: its own signs, such as @ and /, are not the URL's."""
    before, after = text[: match.start()], text[match.end() :]
    return "://" in before and before.endswith(":") and after.startswith("@")
