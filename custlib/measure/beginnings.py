"""How customers begin: a second purchase, and the way from opened over active to core, within how many months."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

import pandas as pd

from custlib.measure.figures import small_segments
from custlib.periods import Month, add_months
from custlib.results import Figure, figure

ALL = "all"
CHANNEL = "acquisition_channel"
# A year of beginners is looked at: fewer months would carry a season.
SPAN = 12


@dataclass(frozen=True)
class Beginners:
    """The customers looked at: those of up to 12 months, the latest of which have all had `within[-1]` months.

    Attributes
    ----------
    first, last : date
        Months in which they began (first purchase, or opening).
    within : tuple of int
        The spans told apart, all of them over for everyone.
    """

    first: Month
    last: Month
    within: tuple[int, ...]


def choose(
    counts: pd.DataFrame, *, month: Month, start: Month, within: Sequence[int], min_group: int
) -> Beginners | None:
    """Choose whose beginnings can be told: the longest span that at least `min_group` customers have had.

    Parameters
    ----------
    counts : DataFrame
        ``first`` (month), ``customers``.
    start : date
        First month from which every beginner is known.
    within : sequence of int
        Spans in months, ascending.
    """
    for place in range(len(within), 0, -1):
        last = add_months(month, -within[place - 1])
        begun = max((each for each in counts["first"] if each <= last), default=None)
        if begun is None:
            continue
        first = max(add_months(begun, 1 - SPAN), start)
        inside = [first <= each <= begun for each in counts["first"]]
        if sum(counts.customers[inside]) >= min_group:
            return Beginners(first, begun, tuple(within[:place]))
    return None


def _counted(rows: pd.DataFrame, column: str, within: Sequence[int]) -> list[int]:
    """Count the customers whose `column` (months it took, None: not yet) is at most each of the spans."""
    return [
        sum(int(n) for months, n in zip(rows[column], rows.customers, strict=True) if _by(months, span))
        for span in within
    ]


def _by(months: Any, span: int) -> bool:
    return months is not None and months <= span


def within(
    rows: pd.DataFrame, beginners: Beginners, columns: Sequence[str], *, min_group: int
) -> pd.DataFrame:
    """Count, for everyone and by channel, who had come so far within each span.

    Parameters
    ----------
    rows : DataFrame
        ``channel``, ``customers``, and months it took in each of `columns` (None: not so far).

    Returns
    -------
    DataFrame
        One row per ``channel`` ("all" first, then the largest): ``customers``, one column per column and span
        (such as ``months_3``), and ``hidden``: whether the channel is too small to show.
    """
    parts = [(ALL, rows), *sorted(rows.groupby("channel"), key=lambda part: -sum(part[1].customers))]
    found = []
    for channel, part in parts:
        cells: dict[str, Any] = {"channel": channel, "customers": int(sum(part.customers))}
        for column in columns:
            for span, n in zip(beginners.within, _counted(part, column, beginners.within), strict=True):
                cells[f"{column}_{span}"] = n
        found.append(cells)
    table = pd.DataFrame(found)
    heads = table[1:].set_index("channel").customers
    hidden = small_segments(heads, min_group=min_group) if len(heads) else set()
    table["hidden"] = [place > 0 and name in hidden for place, name in enumerate(table.channel)]
    return table


def median_months(rows: pd.DataFrame, longest: int) -> int | None:
    """Give the months within which half of those who bought again within `longest` months had done so."""
    counts: dict[int, int] = {}
    for months, n in zip(rows.months, rows.customers, strict=True):
        if _by(months, longest):
            counts[int(months)] = counts.get(int(months), 0) + int(n)
    half, reached = sum(counts.values()) / 2, 0
    for months in sorted(counts):
        reached += counts[months]
        if reached >= half:
            return months
    return None


def _shares(
    table: pd.DataFrame | None,
    measures: dict[str, str],
    spans: Sequence[int],
    *,
    count: tuple[str, int] | None = None,
) -> Iterator[Figure]:
    """Name shares by channel and span; spans not over for everyone, and small channels, have none."""
    if table is None:
        for measure in measures.values():
            yield from (figure(measure, None, "share", span) for span in spans)
        if count:
            yield figure(count[0], None, "customers", count[1])
        return
    for place, row in enumerate(table.to_dict("records")):
        where: dict[str, Any] = {"dimension": CHANNEL if place else ALL, "segment": row["channel"]}
        heads = row["customers"]
        for column, measure in measures.items():
            for span in spans:
                reached = row.get(f"{column}_{span}")
                if row["hidden"]:
                    yield Figure(measure, None, "share", span, status="suppressed", **where)
                elif reached is None or not heads:
                    yield figure(measure, None, "share", span, **where)
                else:
                    yield Figure(measure, reached / heads, "share", span, n=heads, **where)
        if count:
            shown: Callable[..., Figure] = Figure if row["hidden"] else figure
            rest = {"status": "suppressed"} if row["hidden"] else {"n": heads}
            yield shown(count[0], None if row["hidden"] else heads, "customers", count[1], **rest, **where)


SECOND = (1, 3, 6, 12)
STEPS = (1, 3, 6)


def second_figures(
    table: pd.DataFrame | None, medians: dict[str, int | None], longest: int
) -> Iterator[Figure]:
    """Name the shares who bought on a second day, and the median of those who did.

    Parameters
    ----------
    medians : dict
        By channel ("all" for everyone).
    longest : int
        Months within which the median looks; 0 where nothing can be told.
    """
    yield from _shares(table, {"months": "second_purchase_share"}, SECOND)
    hidden: Set[str] = set(table[table.hidden].channel) if table is not None else set()
    for place, (channel, months) in enumerate(medians.items()):
        where: dict[str, Any] = {"dimension": CHANNEL if place else ALL, "segment": channel}
        if place and channel in hidden:
            yield Figure("second_purchase_months", None, "months", longest, status="suppressed", **where)
        else:
            yield figure("second_purchase_months", months, "months", longest, **where)


def activation_figures(table: pd.DataFrame | None, *, core: bool) -> Iterator[Figure]:
    """Name how many customers were opened, and the shares who became active and core.

    `core` says whether the company has a core rule; without it that step is not available.
    """
    spans = STEPS
    count = ("opened_customers", SPAN)
    yield from _shares(table, {"active_age": "activation_share"}, spans, count=count)
    yield from _shares(table if core else None, {"core_age": "core_activation_share"}, spans)
