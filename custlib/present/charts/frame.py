"""What charts share: reading a table, naming an axis, and moving labels apart."""

import math
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from custlib.present import theme
from custlib.present.charts.pictures import ELLIPSIS, Arrange, Draw, inert
from custlib.present.numbers import NOT_AVAILABLE, Writer, number

_THOUSANDS = re.compile(r"(\d),(\d)00$")
_NOUGHTS = re.compile(r"(?:\.0+|(?<=\.[1-9])0+)(?=\D*$)")


def on_axes(paint: Callable[[Axes], Arrange | None], *, nothing: bool = False) -> Draw:
    """Make what draws a chart of one pair of axes; where there is nothing to draw, it says so."""

    def draw(figure: Figure) -> Arrange | None:
        axes = figure.add_subplot()
        if not nothing:
            return paint(axes)
        say_not_available(axes)
        return None

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

    def label(value: float, _: Any) -> str:
        text = write(round(value, 9))
        # One axis has one way of writing: beside 10k stands 5k and not 5,000.
        if write(max(map(abs, axis.get_view_interval()))).endswith("k"):
            text = _THOUSANDS.sub(r"\1.\2k", text)
        return _NOUGHTS.sub("", text)

    axis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(label))


def wrap(label: Any, width: int = 20, lines: int = 3) -> str:
    """Break a long name into lines of so many letters, the last one cut where there are more lines than wanted."""
    broken = textwrap.wrap(inert(label), width, max_lines=lines, placeholder=ELLIPSIS)
    return "\n".join(broken) or " "


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
