"""Chances against what came of them: on the diagonal, as many came as were foretold."""

from math import isnan, sqrt
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, values, write_axis
from custlib.present.numbers import count, share

# The largest dot, in points across.
_LARGEST = 15.0


def calibration(
    frame: pd.DataFrame,
    *,
    predicted: str = "predicted",
    actual: str = "actual",
    customers: str = "customers",
    words: Words,
    name: str,
    diagonal: str = "as foretold",
) -> Chart:
    """Draw a dot per group of customers: its mean chance across, the share to whom it came up.

    Parameters
    ----------
    frame
        One row per group; chances and shares from 0 to 1. A dot's area is in proportion to its customers.
    diagonal
        Words for the line on which both are the same.
    """
    require(frame, [predicted, actual, customers], chart=name)
    chances, shares, sizes = (values(frame[column]) for column in (predicted, actual, customers))
    nothing = all(isnan(item) for item in shares)

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=theme.GREY, linewidth=1.4, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            diagonal,
            (1, 1),
            xytext=(13, 0),
            textcoords="offset points",
            va="center",
            color=theme.QUIET,
            annotation_clip=False,
        )
        most = max((size for size in sizes if not isnan(size)), default=1.0) or 1.0
        for chance, came, size in zip(chances, shares, sizes, strict=True):
            across = _LARGEST * max(0.35, sqrt(max(size, 0.0) / most))
            style: dict[str, Any] = {
                "color": theme.BLUE,
                "markeredgecolor": "white",
                "clip_on": False,
                "zorder": 3,
            }
            axes.plot([chance], [came], "o", markersize=across, **style)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.06)
        write_axis(axes.xaxis, share)
        write_axis(axes.yaxis, share)
        axes.set_xlabel("foretold")
        axes.set_title("came", loc="left", color=theme.QUIET, fontsize=12)

    columns: Columns = {
        predicted: ("Foretold", share),
        actual: ("Came", share),
        customers: ("Customers", count),
    }
    height = theme.EMPTY if nothing else theme.HEIGHT
    return Chart(name, words, frame[list(columns)].copy(), on_axes(paint, nothing=nothing), height, columns)
