"""Pictures of a chart: for a page, for a phone, and for a slide with its words inside."""

import io
import math
import re
import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from PIL import Image

from custlib.present import theme

Arrange = Callable[[], None]
Draw = Callable[[Figure], Arrange | None]
"""Puts a chart onto an empty figure, and may give what moves its labels apart when the figure has its size."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

MOST_LETTERS = 600  # no picture has room for more
_LEADING = 1.3  # lines of words stand this many times their size apart
_PAD = 0.05  # inches between a page's picture and its words
_MARGIN = 0.35  # inches between a slide's edge and what stands on it
_GAP = 0.12  # inches between the words and the drawing
_FAMILY = re.compile(r"(<text style=\"[^\"]*'DejaVu Sans', )")
_ROOT = re.compile(r"(<svg [^>]*)>")
_NO_GLYPH = "Glyph .* missing from"
_CLOSER = 1.4  # a slide shows a drawing at most this many times as tall as a page does


@dataclass(frozen=True)
class Note:
    """Words above or below a drawing, broken into lines as wide as the picture; `most` lines at most."""

    text: str
    size: float = 12.0
    colour: str = theme.QUIET
    weight: str = "normal"
    most: int = 4

    def lines(self, inches: float) -> list[str]:
        """Break the words into lines, the last one cut with an ellipsis where there are too many."""
        lines = break_lines(self.text, inches, size=self.size, weight=self.weight)
        if len(lines) <= self.most:
            return lines
        room = inches - width(ELLIPSIS, size=self.size, weight=self.weight)
        last = " ".join(lines[self.most - 1 :])
        last = last[: _fitting(last, room, size=self.size, weight=self.weight)].rstrip()
        return [*lines[: self.most - 1], last + ELLIPSIS]

    def height(self, inches: float) -> float:
        """Give the height of the lines, in inches."""
        return len(self.lines(inches)) * self.size * _LEADING / 72


Mark = Callable[[Figure], Sequence[Note]]
"""Puts marks onto a figure that is laid out, and gives the words that explain them."""


def page_picture(
    draw: Draw, *, height: float, width: float = theme.WIDTH, mark: Mark | None = None
) -> Figure:
    """Draw a chart as wide as a page shows it; words that explain its marks make it taller."""
    with house_style():
        figure, arrange = _drawn(draw, width, height)
        notes = _marked(figure, mark) if mark else ()
        foot = sum(note.height(width - 2 * _PAD) for note in notes) + (_GAP if notes else 0)
        figure.set_size_inches(width, height + foot)
        _write(figure, notes, foot, _PAD)
        _fix(figure, (0, foot, width, height), arrange)
    return figure


def slide_picture(
    draw: Draw,
    *,
    height: float,
    least: float,
    above: Sequence[Note],
    below: Sequence[Note],
    mark: Mark | None = None,
) -> Figure:
    """Draw a chart of a page's `height`, but no lower than `least`, with its words on a slide of 16 to 9.

    A chart that is too tall for a slide is drawn on a larger sheet, of which the slide is a smaller print:
    its letters shrink, and nothing is cut off.
    """
    wide, tall = theme.SLIDE
    inside = wide - 2 * _MARGIN
    words = sum(note.height(inside) for note in [*above, *below]) + 3 * _GAP + 2 * _MARGIN
    with house_style():
        # Marks are explained in words, and how many there are is known when they have been placed.
        notes = _short(_marked(_drawn(draw, inside, height)[0], mark)) if mark else []
        words += sum(note.height(inside) for note in notes)
        scale = max(1.0, math.ceil(least / max(0.5, tall - words) * 8) / 8)
        # The hair's breadth keeps a product such as 1919.9999 pixels from losing its last one.
        size = (wide * scale + 1e-6, tall * scale + 1e-6)
        figure, arrange = _drawn(draw, *size, dpi=theme.SLIDE_DPI / scale)
        edge, gap = _MARGIN * scale, _GAP * scale
        if mark:
            _place(figure, (edge, 0, inside * scale, tall * scale))
            notes = _short(_marked(figure, mark))
        top = _write(figure, _larger(above, scale), tall * scale - edge, edge) - gap
        foot = edge
        for group in (below, notes):
            group = _larger(group, scale)
            foot += sum(note.height(inside * scale) for note in group)
            _write(figure, group, foot, edge)
            foot += gap if group else 0
        room = min(top - foot, height * _CLOSER * scale)
        _fix(figure, (edge, top - room, inside * scale, room), arrange)
    return figure


def png(figure: Figure, *, colours: int | None = None) -> bytes:
    """Write a figure as PNG; the same figure gives the same bytes (no date, no program name).

    Parameters
    ----------
    colours
        How many colours are kept. A drawing has few, so that 128 look the same and take a third of the bytes.
    """
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    with house_style():
        canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    picture = Image.fromarray(pixels).convert("RGB") if colours is None else _few(pixels, colours)
    buffer = io.BytesIO()
    picture.save(buffer, format="png")
    return buffer.getvalue()


def _few(pixels: np.ndarray, colours: int) -> Image.Image:
    """Keep few of a picture's colours (rows by columns by red, green, blue and alpha, each 0 to 255).

    A drawing is mostly areas: a run of equal pixels is looked at by the root of its length, which finds the same
    colours as every pixel does in a tenth of the time.
    """
    codes = pixels.view(np.uint32).ravel()
    starts = np.flatnonzero(np.diff(codes, prepend=~codes[:1]))
    lengths = np.diff(starts, append=codes.size)
    weights = np.sqrt(lengths).astype(int)
    looked_at = np.repeat(codes[starts], weights).view(np.uint8).reshape(1, -1, 4)
    few = (
        Image.fromarray(looked_at)
        .convert("RGB")
        .quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    of_run = np.asarray(few)[0, np.cumsum(weights) - 1]
    picture = Image.fromarray(np.repeat(of_run, lengths).reshape(pixels.shape[:2]))
    picture.putpalette(few.getpalette() or [])
    return picture


def svg(figure: Figure, *, name: str, title: str, alt: str) -> bytes:
    """Write a figure as SVG; the same figure gives the same bytes.

    Words stay words, so that they can be edited on a slide, found and read aloud. Where the font they were
    measured in is missing, its near twin Verdana takes its place.
    """
    buffer = io.StringIO()
    nameless: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with house_style(), matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata=nameless)
    text = _FAMILY.sub("\\1Verdana, ", buffer.getvalue())
    about = f"<title>{escape(inert(title))}</title>\n <desc>{escape(inert(alt))}</desc>"
    return _ROOT.sub(lambda found: f'{found[1]} role="img">\n {about}', text, count=1).encode("utf-8")


def inert(text: Any) -> str:
    """Keep what can be read of a text that comes from data: no line ends, no control or direction marks."""
    kept = (" " if character.isspace() else character for character in str(text))
    return " ".join("".join(item for item in kept if unicodedata.category(item)[0] != "C").split())


def cut(text: str, most: int) -> str:
    """Shorten a text to at most `most` letters, the last of them an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


@cache
def width(text: str, *, size: float = 12.0, weight: str = "normal") -> float:
    """Measure a line of words, in inches."""
    font = FontProperties(family=list(theme.fonts()), size=size, weight=weight)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_NO_GLYPH)
        return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def break_lines(text: str, inches: float, *, size: float = 12.0, weight: str = "normal") -> list[str]:
    """Break a text into lines of at most a given width; a word too long for a line is broken too."""
    lines = [""]
    for word in cut(inert(text), MOST_LETTERS).split():
        for part in _parts(word, inches, size, weight):
            longer = f"{lines[-1]} {part}".strip()
            if lines[-1] and width(longer, size=size, weight=weight) > inches:
                lines.append(part)
            else:
                lines[-1] = longer
    return lines


def _parts(word: str, inches: float, size: float, weight: str) -> Iterator[str]:
    """Break a word that is wider than a line."""
    while word:
        most = _fitting(word, inches, size=size, weight=weight)
        yield word[:most]
        word = word[most:]


def _fitting(text: str, inches: float, *, size: float, weight: str) -> int:
    """Count the letters at a text's head that fit into a width; one at least."""
    lengths = range(1, len(text) + 1)
    return max(
        1, bisect_right(lengths, inches, key=lambda most: width(text[:most], size=size, weight=weight))
    )


def _short(notes: Sequence[Note]) -> list[Note]:
    return [replace(note, most=1) for note in notes]


def _larger(notes: Sequence[Note], scale: float) -> list[Note]:
    return [replace(note, size=note.size * scale) for note in notes]


def _drawn(draw: Draw, wide: float, tall: float, dpi: float = theme.DPI) -> tuple[Figure, Arrange | None]:
    """Draw a chart onto a figure of its own.

    The figure is made without pyplot, so no notebook front end shows it a second time and
    nothing has to be closed.
    """
    figure = Figure(figsize=(wide, tall), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)  # remembers how wide words are; without it, each measuring starts one of its own
    return figure, draw(figure)


def _marked(figure: Figure, mark: Mark) -> Sequence[Note]:
    """Lay a figure out, since marks stand where there is room, and mark it."""
    _lay_out(figure)
    return mark(figure)


def _fix(figure: Figure, place: tuple[float, float, float, float], arrange: Arrange | None) -> None:
    """Lay the drawing out in its place (left, bottom, width and height in inches), and leave it there."""
    _place(figure, place)
    # Each drawing moves a constrained layout a little; two settle it, and then it is fixed, so
    # that drawing the figure again gives the same picture.
    for _ in range(2):
        _lay_out(figure)
        if arrange:
            arrange()
    figure.set_layout_engine("none")
    # The solver's last digits differ from run to run, and identifiers in an SVG are made from them.
    for axes in figure.axes:
        axes.set_position(tuple(round(edge, 6) for edge in axes.get_position().bounds))
    if arrange:
        arrange()


def _place(figure: Figure, place: tuple[float, float, float, float]) -> None:
    """Say where the drawing is to stand when it is laid out next."""
    wide, tall = figure.get_size_inches()
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(place[0] / wide, place[1] / tall, place[2] / wide, place[3] / tall))


def _lay_out(figure: Figure) -> None:
    engine: Any = figure.get_layout_engine()
    engine.execute(figure)


def _write(figure: Figure, notes: Sequence[Note], top: float, edge: float) -> float:
    """Write words from a height downwards and give the height that is reached, in inches."""
    wide, tall = figure.get_size_inches()
    for note in notes:
        for line in note.lines(wide - 2 * edge):
            top -= note.size * _LEADING / 72
            place = (top + note.size * (_LEADING - 1) / 72) / tall
            style: dict[str, Any] = {"size": note.size, "color": note.colour, "weight": note.weight}
            figure.text(edge / wide, place, line, va="baseline", **style)
    return top


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in house style, without a warning for each character that no font here has: it becomes a box."""
    with matplotlib.rc_context(theme.style()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_NO_GLYPH)
        yield
