"""What every chart shares: its four texts, the table behind it, and how its pictures are made."""

import io
import math
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from custlib.present import theme
from custlib.present.numbers import NOT_AVAILABLE, Writer, number

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_NOUGHTS = re.compile(r"(?:\.0+|(?<=\.[1-9])0+)(?=\D*$)")

Columns = Mapping[str, tuple[str, Writer]]
Draw = Callable[[Figure], None]


@dataclass(frozen=True)
class Words:
    """The four texts of a figure: its message, what is measured where and when, the source, and what it shows."""

    title: str
    subtitle: str
    source: str
    alt: str

    @property
    def measure(self) -> str:
        """Give the first part of the subtitle, which names what is measured."""
        return self.subtitle.split(",")[0]


@dataclass(frozen=True)
class Chart:
    """A figure with its words and its table.

    The table holds the numbers drawn, one row per mark or per period, with a missing value where there is
    none. `draw` puts the chart onto an empty figure of any width, so that a page, a phone and a slide each
    get a picture of their own.
    """

    name: str
    words: Words
    table: pd.DataFrame
    draw: Draw
    height: float = theme.HEIGHT
    columns: Columns = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"chart name {self.name!r}: use small letters, digits and hyphens")
        for text in ("title", "subtitle", "source", "alt"):
            if not str(getattr(self.words, text)).strip():
                raise ValueError(
                    f"chart {self.name}: {text} is empty; each chart has title, subtitle, source and alt"
                )

    @cached_property
    def figure(self) -> Figure:
        """The picture of a page, without the words: there they are text, which wraps and is read aloud."""
        with sheet(height=self.height) as figure:
            self.draw(figure)
        return figure

    def png(self) -> bytes:
        """Draw the figure; the same figure gives the same bytes (no date, no program name)."""
        buffer = io.BytesIO()
        with matplotlib.rc_context(theme.style()), quietly():
            self.figure.savefig(buffer, format="png", dpi=theme.DPI, metadata={"Software": None})
        return buffer.getvalue()


@contextmanager
def sheet(*, height: float = theme.HEIGHT, width: float = theme.WIDTH) -> Iterator[Figure]:
    """Give an empty figure in house style, and settle its layout at the end.

    The figure is made without pyplot, so no notebook front end shows it a second time and
    nothing has to be closed.
    """
    with matplotlib.rc_context(theme.style()), quietly():
        figure = Figure(figsize=(width, height), dpi=theme.DPI, layout="constrained")
        yield figure
        # Each drawing moves a constrained layout a little; two settle it, and then it is fixed, so
        # that drawing the figure again gives the same picture.
        figure.draw_without_rendering()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")


@contextmanager
def quietly() -> Iterator[None]:
    """Draw without a warning for each character that no installed font has: it is drawn as a box."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def on_axes(paint: Callable[[Axes], None], *, nothing: bool = False) -> Draw:
    """Make what draws a chart of one pair of axes; where there is nothing to draw, it says so."""

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        if nothing:
            say_not_available(axes)
        else:
            paint(axes)

    return draw


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
    """Label an axis with few, compact numbers; a tick is round, so noughts behind its point say nothing."""
    axis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _NOUGHTS.sub("", write(round(value, 9)))))


def wrap(label: Any, width: int = 20) -> str:
    """Break a long name into lines."""
    return "\n".join(textwrap.wrap(inert(label), width)) or " "


def inert(text: Any) -> str:
    """Keep what can be read of a text that comes from data: no line ends, no control or direction marks."""
    kept = (" " if character.isspace() else character for character in str(text))
    return " ".join("".join(item for item in kept if unicodedata.category(item)[0] != "C").split())


def say_not_available(axes: Axes) -> None:
    """Write "not available" where a chart has nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, NOT_AVAILABLE, transform=axes.transAxes, ha="center", va="center", color=theme.QUIET)


def spread(
    positions: Sequence[float], *, sizes: Sequence[float], within: tuple[float, float] | None = None
) -> list[float]:
    """Move labels of given heights until neighbours no longer overlap, keeping their order.

    Parameters
    ----------
    within
        The lowest and the highest edge of the room there is; more labels than it holds go beyond its foot.
    """
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed = [positions[index] for index in order]
    halves = [sizes[index] / 2 for index in order]
    for _ in range(200):
        for lower in range(len(placed) - 1):
            overlap = halves[lower] + halves[lower + 1] - (placed[lower + 1] - placed[lower])
            if overlap > 1e-9:
                placed[lower] -= overlap / 2
                placed[lower + 1] += overlap / 2
    if within and placed:
        edge = within[0]
        for index, half in enumerate(halves):  # up from the foot
            placed[index] = max(placed[index], edge + half)
            edge = placed[index] + half
        edge = within[1]
        for index in reversed(range(len(placed))):  # down from the top
            placed[index] = min(placed[index], edge - halves[index])
            edge = placed[index] - halves[index]
    result = [0.0] * len(positions)
    for place, index in zip(placed, order, strict=True):
        result[index] = place
    return result
