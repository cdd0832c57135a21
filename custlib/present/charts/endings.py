"""Names in a column at the right edge of a chart, each as near as it may be to what it names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import offset_copy

from custlib.present import theme
from custlib.present.charts.frame import spread


@dataclass(frozen=True)
class Ending:
    """What a name belongs to: a point of the chart, the name, its colour (that of what it names), its weight."""

    place: float
    point: float
    text: str
    colour: str
    strong: bool = False
    led: bool = False


def name_endings(axes: Axes, endings: Sequence[Ending], *, gap: float = 9.0) -> Callable[[], None]:
    """Write names to the right of the last place; a thin line leads there from a point that is led or further left.

    Parameters
    ----------
    gap
        Points between the last place and the names.

    Returns
    -------
    Callable
        What moves the names apart; to be called when the chart has its final height.
    """
    right = max(ending.place for ending in endings)
    figure: Any = axes.figure
    beside = offset_copy(axes.transData, fig=figure, x=gap, units="points")
    names = []
    for ending in endings:
        early = ending.place < right
        lead = {"arrowstyle": "-", "color": ending.colour, "linewidth": 1, "relpos": (0, 0.5), "shrinkA": 1}
        name = axes.annotate(
            ending.text,
            (ending.place, ending.point),
            xytext=(right, ending.point),
            textcoords=beside,
            va="center",
            color=theme.as_text(ending.colour),
            fontweight="bold" if ending.strong else "normal",
            linespacing=1.05,
            annotation_clip=False,
            arrowprops={**lead, "shrinkB": 1, "linestyle": ":" if early else "-"}
            if early or ending.led
            else None,
        )
        names.append(name)

    def move_apart() -> None:
        box = axes.get_window_extent()
        sizes = [Text.get_window_extent(name).height for name in names]
        wanted = [axes.transData.transform((right, ending.point))[1] for ending in endings]
        heights = spread(wanted, sizes=[size + 2 for size in sizes], within=(box.y0 - 2, box.y1 + 2))
        for name, height in zip(names, heights, strict=True):
            name.set_position((right, round(float(axes.transData.inverted().transform((0, height))[1]), 9)))

    return move_apart
