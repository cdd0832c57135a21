"""Where the month's value sits: everything the page of value segments shows, made once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from custlib.results import Figure

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth


@dataclass(frozen=True)
class ValueSegments:
    """Where the value of a month's customers sits."""

    def figures(self) -> Iterator[Figure]:
        """Name every figure of the page."""
        yield from ()


def value_segments_of(month: CustomerMonth) -> ValueSegments:
    """Work out where a month's value sits, or read what was worked out before."""
    return ValueSegments()
