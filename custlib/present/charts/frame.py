"""What every chart shares: its four texts, the table behind it, and a sheet to draw on."""

import io
import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from custlib.present import theme
from custlib.present.numbers import NOT_AVAILABLE, Writer, number

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


Columns = Mapping[str, tuple[str, Writer]]


@dataclass(frozen=True)
class Chart:
    """A figure with its words.

    Title, subtitle and source are not drawn into the image: on a page they are text, which wraps
    on a phone, can be searched and is read aloud. The table holds the numbers drawn, one row per
    mark or per period, with a missing value where there is none.
    """

    name: str
    figure: Figure
    title: str
    subtitle: str
    source: str
    alt: str
    table: pd.DataFrame
    columns: Columns = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"chart name {self.name!r}: use small letters, digits and hyphens")
        for text in ("title", "subtitle", "source", "alt"):
            if not str(getattr(self, text)).strip():
                raise ValueError(
                    f"chart {self.name}: {text} is empty; each chart has title, subtitle, source and alt"
                )

    def png(self) -> bytes:
        """Draw the figure; the same figure gives the same bytes (no date, no program name)."""
        buffer = io.BytesIO()
        with matplotlib.rc_context(theme.style()):
            self.figure.savefig(buffer, format="png", dpi=theme.DPI, metadata={"Software": None})
        return buffer.getvalue()


@contextmanager
def sheet(*, height: float = theme.HEIGHT, width: float = theme.WIDTH) -> Iterator[tuple[Figure, Axes]]:
    """Give an empty figure and axes in house style.

    The figure is made without pyplot, so no notebook front end shows it a second time and
    nothing has to be closed.
    """
    with matplotlib.rc_context(theme.style()):
        figure = Figure(figsize=(width, height), dpi=theme.DPI, layout="constrained")
        yield figure, figure.add_subplot()
        # Each drawing moves a constrained layout a little; two settle it, and then it is fixed, so
        # that drawing the figure again gives the same picture.
        figure.draw_without_rendering()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


def values(column: Any) -> list[float]:
    """Read a column as floats; what is missing or infinite is NaN, which is drawn as a gap."""
    return [math.nan if (exact := number(item)) is None else float(exact) for item in column]


def require(frame: pd.DataFrame, columns: Sequence[str], *, chart: str) -> None:
    """Check that a chart's columns are there.

    Raises
    ------
    ValueError
        Names the chart, the missing column and the columns there are.
    """
    for column in columns:
        if column not in frame.columns:
            raise ValueError(
                f"chart {chart}: no column {column!r}; there are {', '.join(map(str, frame.columns))}"
            )


def write_axis(axis: Any, write: Writer, *, ticks: int = 5) -> None:
    """Label an axis with few, compact numbers."""
    axis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(round(value, 9))))


def wrap(label: Any, width: int = 20) -> str:
    """Break a long name into lines."""
    return "\n".join(textwrap.wrap(str(label), width)) or str(label)


def say_not_available(axes: Axes) -> None:
    """Write "not available" where a chart has nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, NOT_AVAILABLE, transform=axes.transAxes, ha="center", va="center", color=theme.QUIET)


def spread(positions: Sequence[float], *, sizes: Sequence[float]) -> list[float]:
    """Move labels of given heights until neighbours no longer overlap, keeping their order."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed = [positions[index] for index in order]
    for _ in range(50):
        for lower in range(len(placed) - 1):
            apart = (sizes[order[lower]] + sizes[order[lower + 1]]) / 2
            overlap = apart - (placed[lower + 1] - placed[lower])
            if overlap > 1e-9:
                placed[lower] -= overlap / 2
                placed[lower + 1] += overlap / 2
    result = [0.0] * len(positions)
    for place, index in zip(placed, order, strict=True):
        result[index] = place
    return result
