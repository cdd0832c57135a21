"""A line small enough to stand beside a number."""

from collections.abc import Sequence
from html import escape
from math import isnan
from typing import Any

from custlib.present import theme
from custlib.present.charts.frame import values

_WIDTH, _HEIGHT, _EDGE = 120.0, 32.0, 4.0


def sparkline(points: Sequence[Any], *, label: str = "") -> str:
    """Draw values as inline SVG; a missing one breaks the line, the last one carries a dot.

    Parameters
    ----------
    points
        One value per month, oldest first.
    label
        What a screen reader says; without it the picture is hidden from one.

    Returns
    -------
    str
        SVG markup, or nothing where fewer than two values are known.
    """
    numbers = values(points)
    known = [item for item in numbers if not isnan(item)]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    places: list[tuple[float, float] | None] = []
    for index, item in enumerate(numbers):
        across = _EDGE + index * (_WIDTH - 2 * _EDGE) / (len(numbers) - 1)
        down = 0.5 if high == low else 1 - (item - low) / (high - low)
        places.append(None if isnan(item) else (across, _EDGE + down * (_HEIGHT - 2 * _EDGE)))
    last = next(place for place in reversed(places) if place)
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg class="sparkline" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}"'
        f' width="{_WIDTH:g}" height="{_HEIGHT:g}" {said}>'
        f'<path d="{_path(places)}" fill="none" stroke="{theme.GREY}" stroke-width="1.8"'
        f' stroke-linecap="round" stroke-linejoin="round"/>'
        f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="3" fill="{theme.BLUE}"/></svg>'
    )


def _path(places: Sequence[tuple[float, float] | None]) -> str:
    """Write the moves and lines; a value alone between gaps becomes a dot (a line of no length)."""
    steps: list[str] = []
    previous = None
    for index, place in enumerate(places):
        if place:
            steps.append(f"{'L' if previous else 'M'}{place[0]:.1f} {place[1]:.1f}")
            after = places[index + 1] if index + 1 < len(places) else None
            if previous is None and after is None:
                steps.append("h0")
        previous = place
    return "".join(steps)
