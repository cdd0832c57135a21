"""A chart: its four texts, the table behind it, and its pictures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from matplotlib.figure import Figure

from custlib.present import theme
from custlib.present.charts.events import Event, events_said, marker
from custlib.present.charts.pictures import Draw, Note, inert, page_picture, png, slide_picture, svg
from custlib.present.numbers import Writer

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")

_COLOURS = 128
_FLATTEST = 2.4  # inches: lower than this, lines say too little

Columns = Mapping[str, tuple[str, Writer]]


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
    get a picture of their own; `height` is that of the page's, in inches. A chart of rows of words is `stiff`:
    it cannot be drawn flatter.
    """

    name: str
    words: Words
    table: pd.DataFrame
    draw: Draw
    height: float = theme.HEIGHT
    columns: Columns = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    stiff: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"chart name {self.name!r}: use small letters, digits and hyphens")
        for text in ("title", "subtitle", "source", "alt"):
            if not inert(getattr(self.words, text)):
                raise ValueError(
                    f"chart {self.name}: {text} is empty; each chart has title, subtitle, source and alt"
                )

    @property
    def alt(self) -> str:
        """Say what the picture shows, the events marked on it among it."""
        return self.words.alt + events_said(self.events)

    @cached_property
    def figure(self) -> Figure:
        """The picture of a page, without the words: there they are text, which wraps and is read aloud."""
        return page_picture(self.draw, height=self.height, mark=marker(self.events))

    @cached_property
    def slide(self) -> Figure:
        """The picture of a slide, 16 to 9, with title, subtitle and source inside."""
        return slide_picture(
            self.draw,
            height=self.height,
            least=self.height if self.stiff else min(self.height, _FLATTEST),
            above=[
                Note(self.words.title, size=20, colour=theme.INK, weight="bold", most=3),
                Note(self.words.subtitle, size=13, most=2),
            ],
            below=[Note(f"Source: {self.words.source}", size=10.5, most=2)],
            mark=marker(self.events),
        )

    def png(self) -> bytes:
        """Draw the page's picture."""
        return png(self.figure, colours=_COLOURS)

    def narrow_png(self) -> bytes:
        """Draw the picture of a phone's page: narrower, so that its letters are as large as those around it."""
        narrow = page_picture(self.draw, height=self.height, width=theme.NARROW, mark=marker(self.events))
        return png(narrow, colours=_COLOURS)

    def slide_png(self) -> bytes:
        """Draw the slide's picture in pixels."""
        return png(self.slide)

    def slide_svg(self) -> bytes:
        """Draw the slide's picture in lines and words that can be edited."""
        return svg(self.slide, name=self.name, title=self.words.title, alt=self.alt)
