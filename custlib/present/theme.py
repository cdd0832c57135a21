"""The house style: one palette, one type scale, sized so that a chart can be read on a phone."""

from typing import Any

import matplotlib
import seaborn as sns

BLUE = "#12436D"
TEAL = "#28A197"
PLUM = "#801650"
ORANGE = "#F46A25"
GREY = "#8C8C8C"
INK = "#1B1F24"
QUIET = "#565C64"
RULE = "#D7DADD"
# The same colours dark enough (4.5:1 on white) for words.
AS_TEXT = {TEAL: "#1A6F68", ORANGE: "#B0440D", GREY: QUIET}
PALETTE = (BLUE, TEAL, PLUM, ORANGE)

# A page shows a figure at 600 CSS pixels and a phone at about 360, so 12 pt of a 6-inch figure
# is 16 px on one and 10 px on the other; 200 dots per inch keeps it sharp on both.
WIDTH = 6.0
HEIGHT = 3.7
EMPTY = 1.0  # the height of a figure that has nothing to show but the words "not available"
DPI = 200


def style() -> Any:
    """Give matplotlib's settings for the house style; the fonts are those matplotlib itself ships."""
    base = dict(sns.axes_style("white"))
    base.update(
        {
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans"],
            "font.size": 12,
            "axes.labelsize": 12,
            "xtick.labelsize": 12,
            "ytick.labelsize": 12,
            "text.color": INK,
            "axes.edgecolor": RULE,
            "axes.labelcolor": QUIET,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.spines.left": False,
            "axes.linewidth": 1.0,
            "axes.grid": True,
            "axes.grid.axis": "y",
            "axes.axisbelow": True,
            "grid.color": "#E7E9EB",
            "grid.linewidth": 0.8,
            "lines.linewidth": 2.4,
            "lines.solid_capstyle": "round",
            "xtick.bottom": False,
            "ytick.left": False,
            "axes.unicode_minus": True,
            "figure.figsize": (WIDTH, HEIGHT),
            "figure.dpi": 100,
            "savefig.dpi": DPI,
            "figure.facecolor": "white",
        }
    )
    return base


def use_theme() -> None:
    """Apply the house style to whatever else is drawn in this process (a notebook's own plots)."""
    matplotlib.rcParams.update(style())
    sns.set_palette(PALETTE)
