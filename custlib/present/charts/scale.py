"""Answers on an ordered scale: a column per score, the groups of scores named below, a span of them marked above."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from matplotlib.axes import Axes

from custlib.present import theme
from custlib.present.charts.chart import Chart, Columns, Words
from custlib.present.charts.frame import on_axes, require, spread, values
from custlib.present.charts.pictures import inert, width
from custlib.present.numbers import count, share

Span = tuple[int, int, str]
"""The first score, the last score, and the words for those between."""

# From the lowest group to the highest; neighbours differ in lightness, so that they can be told apart in grey.
COLOURS = (theme.PLUM, theme.GREY, theme.TEAL)
_SMALL = 11


def scale(
    frame: pd.DataFrame,
    *,
    score: str = "score",
    customers: str = "customers",
    groups: Sequence[Span],
    span: Span | None = None,
    words: Words,
    name: str,
    height: float = theme.HEIGHT,
) -> Chart:
    """Draw how many of a hundred gave each score.

    Parameters
    ----------
    frame
        One row per score that can be given, in order, with how many gave it: zeros too.
    groups
        Neighbouring scores with a name and a colour of their own, from the lowest to the highest (three at most).
        A score of no group is grey.
    span
        Scores that are marked by a line above their columns, whatever their group.

    Returns
    -------
    Chart
        Its table has one row per score: how many gave it, and their share of all.

    Raises
    ------
    ValueError
        When there are more groups than colours.
    """
    require(frame, [score, customers], chart=name)
    if len(groups) > len(COLOURS):
        raise ValueError(f"chart {name}: {len(groups)} groups; there are {len(COLOURS)} colours")
    scores = [int(item) for item in frame[score]]
    heads = values(frame[customers])
    total = sum(item for item in heads if not isnan(item))
    parts = [item / total if total else float("nan") for item in heads]
    table = frame[[score, customers]].assign(share=parts)
    columns: Columns = {
        score: ("Score", count),
        customers: ("Answers", count),
        "share": (words.measure, share),
    }

    def paint(axes: Axes) -> None:
        colours = [_colour(item, groups) for item in scores]
        axes.bar(scores, [0 if isnan(item) else item for item in parts], width=0.84, color=colours)
        top = max(item for item in parts if not isnan(item))
        for place, part in zip(scores, parts, strict=True):
            said = "\N{MIDDLE DOT}" if isnan(part) else share(part).rstrip("%")
            axes.annotate(
                said, (place, 0 if isnan(part) else part), xytext=(0, 3), textcoords="offset points", ha="center", size=_SMALL,
            )  # fmt: skip
        axes.set_xlim(scores[0] - 0.6, scores[-1] + 0.6)
        axes.set_ylim(0, top * (1.42 if span else 1.14))
        axes.set_xticks(scores, [str(item) for item in scores])
        axes.set_yticks([])
        axes.grid(False)
        for text in axes.get_xticklabels():
            text.set_color(theme.INK)
        _groups(axes, groups, scores)
        if span:
            _mark(axes, span, scores, top)

    nothing = not total
    draw = on_axes(paint, nothing=nothing)
    return Chart(name, words, table, draw, theme.EMPTY if nothing else height, columns)


def _colour(item: int, groups: Sequence[Span]) -> str:
    for place, (first, last, _) in enumerate(groups):
        if first <= item <= last:
            return COLOURS[place]
    return theme.GREY


def _groups(axes: Axes, groups: Sequence[Span], scores: Sequence[int]) -> None:
    """Name each group below its scores; names that would touch are moved apart."""
    there = [
        (max(first, scores[0]), min(last, scores[-1]), inert(said), colour)
        for (first, last, said), colour in zip(groups, COLOURS, strict=False)
        if first <= scores[-1] and last >= scores[0]
    ]
    each = _inches(axes) / (len(scores) + 0.2)
    sizes = [width(said, size=_SMALL, weight="bold") + 0.1 for _, _, said, _ in there]
    middles = [((first + last) / 2 - scores[0] + 0.6) * each for first, last, _, _ in there]
    places = spread(middles, sizes=sizes, within=(-0.05, _inches(axes) + 0.05))
    for (_, _, said, colour), place in zip(there, places, strict=True):
        axes.annotate(
            said,
            (place / _inches(axes), 0),
            xycoords="axes fraction",
            xytext=(0, -24),
            textcoords="offset points",
            ha="center",
            va="top",
            size=_SMALL,
            color=theme.as_text(colour),
            fontweight="bold",
            annotation_clip=False,
        )


def _inches(axes: Axes) -> float:
    """Give about how wide the columns will stand."""
    return 0.96 * float(axes.figure.get_figwidth())  # type: ignore[union-attr]


def _mark(axes: Axes, span: Span, scores: Sequence[int], top: float) -> None:
    """Draw a line over the span's columns with its words in the middle above it."""
    first, last, said = max(span[0], scores[0]), min(span[1], scores[-1]), span[2]
    level = top * 1.2
    axes.plot(
        [first - 0.42, first - 0.42, last + 0.42, last + 0.42],
        [level * 0.97, level, level, level * 0.97],
        color=theme.INK,
        linewidth=1.4,
    )
    middle, half = (first + last) / 2, _half(axes, said, scores)
    axes.annotate(
        said,
        (min(max(middle, scores[0] - 0.6 + half), scores[-1] + 0.6 - half), level),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=theme.INK,
        fontweight="bold",
        annotation_clip=False,
    )


def _half(axes: Axes, said: str, scores: Sequence[int]) -> float:
    """Give half of a line's width, in scores."""
    return width(said, weight="bold") / 2 / _inches(axes) * (len(scores) + 0.2)
