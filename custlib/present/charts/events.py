"""Events on a chart of months: a thin line each, named where there is room, numbered and explained where not."""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custlib.present import theme
from custlib.present.charts.months import dated
from custlib.present.charts.pictures import Note, cut, inert, width
from custlib.present.numbers import Writer

Events = Sequence[Mapping[str, Any]]

SHORT = 30  # letters of a text that may stand above its line
LONG = 200  # letters of a text that a table and an alternative text keep
MOST_EXPLAINED = 6

_APART = 0.08  # inches between two names
_OVER = 4.0  # points between the axes and a name


@dataclass(frozen=True)
class Event:
    """Something that happened: its place on the axis of months, its day and what it was."""

    place: float
    when: date
    text: str

    @property
    def month(self) -> date:
        """Give the first day of its month."""
        return self.when.replace(day=1)

    @property
    def said(self) -> str:
        """Give the day and what happened."""
        return f"{self.when.day} {self.when:%b %Y}: {self.text}"


def read_events(events: Events, wide: pd.DataFrame, *, chart: str) -> tuple[Event, ...]:
    """Keep the events that lie within a table's months, by day; there are none on an axis of plain numbers.

    Parameters
    ----------
    events
        Mappings with ``date`` (a date or YYYY-MM-DD) and ``text``. One without a text is left out.

    Raises
    ------
    ValueError
        When a date is none.
    """
    if not dated(wide):
        return ()
    months = {month: place for place, month in enumerate(wide.index)}
    kept = []
    for event in events:
        when, text = _day(event["date"], chart), cut(inert(event["text"]), LONG)
        place = months.get(when.replace(day=1))
        if place is not None and text:
            # A month's mark stands in its middle, and the month reaches half way to its neighbours'.
            part = (when.day - 0.5) / monthrange(when.year, when.month)[1]
            kept.append(Event(place - 0.5 + part, when, text))
    return tuple(sorted(kept, key=lambda event: event.when))


def events_said(events: Sequence[Event]) -> str:
    """Write the events for those who cannot see the picture; of many, the latest."""
    if not events:
        return ""
    latest = events[-MOST_EXPLAINED:]
    before = f", after {len(events) - len(latest)} earlier ones" if len(events) > len(latest) else ""
    return f" Marked events{before}: " + "; ".join(cut(event.said, SHORT * 3) for event in latest) + "."


def with_events(
    table: pd.DataFrame,
    columns: Mapping[str, tuple[str, Writer]],
    wide: pd.DataFrame,
    events: Sequence[Event],
) -> tuple[pd.DataFrame, Mapping[str, tuple[str, Writer]]]:
    """Add a column of events to the table behind a chart, where there are any."""
    if not events:
        return table, columns
    name = "events"
    while name in table.columns:
        name += "_"
    said = ["; ".join(event.said for event in events if event.month == month) for month in wide.index]
    return table.assign(**{name: said}), {**columns, name: ("Events", str)}


def marker(events: Sequence[Event]) -> Callable[[Figure], list[Note]] | None:
    """Make what marks events on a figure that is laid out, and gives the words that explain them."""
    return (lambda figure: mark(figure.axes[0], events)) if events else None


def mark(axes: Axes, events: Sequence[Event]) -> list[Note]:
    """Draw a line per event, with its text above where all texts fit beside one another, else with a number."""
    low, high = axes.get_xlim()
    inch = axes.get_window_extent().width / axes.figure.dpi / (high - low)
    edges = (0.0, (high - low) * inch)
    places = [min(max(event.place, low), high) for event in events]
    for place in places:
        # Grey with a white edge can be seen on white and on any colour.
        axes.axvline(place, color="white", linewidth=2.2, alpha=0.75, zorder=2.4)
        axes.axvline(place, color=theme.GREY, linewidth=0.9, zorder=2.5)
    axes.set_xlim(low, high)
    if all(len(event.text) <= SHORT for event in events):
        texts = [event.text for event in events]
        lefts = _side_by_side(
            [(place - low) * inch for place in places], [width(text) for text in texts], edges
        )
        if lefts:
            for place, left, text in zip(places, lefts, texts, strict=True):
                _name(axes, place, (left - (place - low) * inch) * 72, text)
            return []
    first = max(0, len(events) - MOST_EXPLAINED)
    _number(axes, places[first:], low, inch, edges)
    notes = [Note(f"({number}) {event.said}", most=2) for number, event in enumerate(events[first:], start=1)]
    if first:
        notes.append(Note("Lines without a number: earlier events, named in the table"))
    return notes


def _day(value: Any, chart: str) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ValueError(f"chart {chart}: event on {value!r}; a date is written YYYY-MM-DD") from None


def _side_by_side(
    centres: Sequence[float], widths: Sequence[float], edges: tuple[float, float]
) -> list[float] | None:
    """Give the left ends (inches from the axes' left) of names over their lines; None where they do not fit.

    A name may be moved as long as it still stands over its line.
    """
    lefts, reached = [], edges[0]
    for centre, size in zip(centres, widths, strict=True):
        left = max(min(centre - size / 2, edges[1] - size), reached)
        if left > centre + 1e-9 or left + size < centre - 1e-9 or left + size > edges[1] + 1e-9:
            return None
        lefts.append(left)
        reached = left + size + _APART
    return lefts


def _number(axes: Axes, places: Sequence[float], low: float, inch: float, edges: tuple[float, float]) -> None:
    """Write numbers over the lines; neighbours too close for numbers of their own share one, such as 2-4."""
    groups = [[index] for index in range(len(places))]
    while True:
        texts = [str(g[0] + 1) if len(g) == 1 else f"{g[0] + 1}\N{EN DASH}{g[-1] + 1}" for g in groups]
        middles = [(sum(places[index] for index in g) / len(g) - low) * inch for g in groups]
        sizes = [width(text, weight="bold") for text in texts]
        lefts = [
            min(max(middle - size / 2, edges[0]), edges[1] - size)
            for middle, size in zip(middles, sizes, strict=True)
        ]
        close = next(
            (at for at in range(len(groups) - 1) if lefts[at] + sizes[at] + _APART > lefts[at + 1]), None
        )
        if close is None:
            break
        groups[close : close + 2] = [groups[close] + groups[close + 1]]
    for group, left, text in zip(groups, lefts, texts, strict=True):
        place = places[group[0]]
        _name(axes, place, (left - (place - low) * inch) * 72, text, weight="bold")


def _name(axes: Axes, place: float, shift: float, text: str, weight: str = "normal") -> None:
    axes.annotate(
        text,
        (place, 1),
        xycoords=("data", "axes fraction"),
        xytext=(round(shift, 2), _OVER),
        textcoords="offset points",
        va="bottom",
        color=theme.QUIET,
        fontweight=weight,
        annotation_clip=False,
    )
