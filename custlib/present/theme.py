"""The house style: one palette, one type scale, sized so that a chart can be read on a phone."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import matplotlib
from matplotlib.font_manager import get_font_names

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

# A page shows a figure at 600 CSS pixels, so 12 pt of 6 inches is 16 px; a phone shows it at about 360, where the
# same picture would have letters of 10 px and a narrower one has 13. 200 dots per inch are sharp on both.
WIDTH = 6.0
NARROW = 4.6
HEIGHT = 3.7
EMPTY = 1.0  # the height of a figure that has nothing to show but the words "not available"
DPI = 200
# A slide of 16 to 9 is 13.3 inches wide: printed on it, 12 pt of 10 inches is 16 pt. 1920 by 1080 pixels.
SLIDE = (10.0, 5.625)
SLIDE_DPI = 192

# Fonts for scripts that DejaVu lacks, where the machine has them.
_FOREIGN = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Microsoft YaHei",
    "Yu Gothic",
    "PingFang SC",
    "Hiragino Sans",
)


# Ordered tones run from the dark end of this path to its light end.
_PATH = ((10, 38, 66), (18, 67, 109), (40, 161, 151), (186, 226, 220))


def contrast(first: str, second: str = "#FFFFFF") -> float:
    """Give the contrast of two colours by WCAG 2: from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def as_text(colour: str) -> str:
    """Give a colour, darkened as far as words on white need it (4.5:1)."""
    if colour in AS_TEXT:
        return AS_TEXT[colour]
    parts = _parts(colour)
    while contrast(_hex(parts)) < 4.5:
        parts = [part * 0.95 for part in parts]
    return _hex(parts)


def tones(count: int) -> list[str]:
    """Give ordered colours, dark first, each as far from the next in contrast as all others are."""
    steps = [_along(place / 400) for place in range(401)]
    light, dark = contrast(steps[0]), contrast(steps[-1])
    wanted = [light * (dark / light) ** (place / max(1, count - 1)) for place in range(count)]
    return [min(steps, key=lambda step: abs(contrast(step) - level)) for level in wanted]


def _along(share: float) -> str:
    place = share * (len(_PATH) - 1)
    start = min(int(place), len(_PATH) - 2)
    rest = place - start
    return _hex([a + (b - a) * rest for a, b in zip(_PATH[start], _PATH[start + 1], strict=True)])


def _hex(parts: Sequence[float]) -> str:
    return "#" + "".join(f"{round(part):02X}" for part in parts)


def _parts(colour: str) -> list[float]:
    return [float(int(colour[place : place + 2], 16)) for place in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (item / 255 for item in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def fonts() -> tuple[str, ...]:
    """Name the fonts of the house style: the one that matplotlib itself ships, then those for foreign scripts."""
    installed = set(get_font_names())
    return ("DejaVu Sans", *(name for name in _FOREIGN if name in installed))


def style() -> Any:
    """Give matplotlib's settings for the house style; the font is the one that matplotlib itself ships."""
    import seaborn as sns  # takes as long as all else that a page of words and numbers needs

    base = dict(sns.axes_style("white"))
    base.update(
        {
            "font.family": "sans-serif",
            "font.sans-serif": list(fonts()),
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
            # A dollar sign is money here, and names from data may hold anything: no text is a formula.
            "text.parse_math": False,
            "figure.figsize": (WIDTH, HEIGHT),
            "figure.dpi": 100,
            "savefig.dpi": DPI,
            "figure.facecolor": "white",
        }
    )
    return base


def use_theme() -> None:
    """Apply the house style to whatever else is drawn in this process (a notebook's own plots)."""
    import seaborn as sns

    matplotlib.rcParams.update(style())
    sns.set_palette(PALETTE)
