"""Where a company's tables are, with what the environment adds; none of it is ever printed."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from custlib.errors import UsageError
from custlib.settings import Strict


class ConnectionSpec(Strict):
    """Where the tables are: a folder of files, a DuckDB file, or a Python wheel that carries data."""

    folder: str | None = None
    duckdb: str | None = None
    wheel: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "ConnectionSpec":
        if sum(value is not None for value in (self.folder, self.duckdb, self.wheel)) != 1:
            raise ValueError("needs exactly one of folder, duckdb and wheel")
        return self


@dataclass(frozen=True)
class Connection:
    """A connection with its environment variables filled in; it never prints what they held.

    `shown` is how messages name it: the path, or the unexpanded text where the environment gave a part.
    """

    kind: Literal["folder", "duckdb", "wheel"]
    location: str = field(repr=False)
    shown: str


def file_name(path: Path) -> str:
    """Name a file in messages: its folder and itself, never the whole path."""
    return f"{path.resolve().parent.name}/{path.name}"


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def connect(spec: ConnectionSpec, path: Path) -> Connection:
    """Fill in environment variables; paths are relative to the company file, wherever one starts from."""
    kind, text = next((kind, text) for kind, text in spec.model_dump().items() if text is not None)
    from_environment = False

    def expand(match: re.Match[str]) -> str:
        nonlocal from_environment
        value = os.environ.get(match[1])
        if not value and match[2] is None:
            raise UsageError(
                f"{file_name(path)}: connection.{kind} needs the environment variable {match[1]}, which is not set"
            )
        from_environment = from_environment or bool(value)
        return value or match[2]

    expanded = _VARIABLE.sub(expand, text)
    if kind == "wheel":
        if from_environment:
            # A package's name is passed on to pip and printed: no place for what an environment holds.
            raise UsageError(
                f"{file_name(path)}: connection.wheel is a package's name==version, without variables"
            )
        return Connection("wheel", expanded, expanded)
    location = Path(os.path.normpath(path.parent / Path(expanded).expanduser()))
    return Connection(kind, str(location), text if from_environment else str(location))  # type: ignore[arg-type]
