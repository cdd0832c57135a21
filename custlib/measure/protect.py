"""Hide what subtraction would give away: a suppressed sum is safe only while other unknown ones stand beside it.

Counts of segments that are too small are hidden by `custlib.measure.figures.small_segments`. This is about the
sums of few customers within segments that are shown: the whole base less the other segments, or the
other lines of a segment's bridge, would tell them to the cent. Figures hang together by equations; what is
suppressed is the unknown, and nothing of few customers may have one solution only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

import numpy as np
from scipy.linalg import null_space

from custlib.measure.figures import COUNTS, FEW, MONEY
from custlib.results import Figure

# measure, window, dimension, segment
Key = tuple[str, int, str, str]
Equation = dict[Key, int]

# A segment's margin at the close is the sum of these, each with its sign.
BRIDGE = {
    "opening_active_margin": 1, "new_margin": 1, "won_back_margin": 1, "moved_in_margin": 1,
    "retained_margin_growth": 1, "retained_margin_decline": -1, "lost_margin": -1, "moved_out_margin": -1,
}  # fmt: skip
# Margin is profit and what winning customers cost, and the active's and the inactive's; by length in months.
PROFIT = {"profit": 1, "acquisition_cost": 1}
MARGIN = {1: {"margin": -1}, 12: {"active_margin": -1, "inactive_margin": -1}}
# A sum less parts of it is the money of the customers who are left: where these are few, or nobody, it counts.
KEPT = ("opening_active_margin", "lost_margin", "moved_out_margin")
LESS = {
    "not referred": (("new_margin", "referred_margin"), ("new_margin", "referred_margin")),
    "kept, at the opening": (KEPT, KEPT),
    "kept, at the close": (("active_margin", "new_margin", "won_back_margin", "moved_in_margin"), KEPT),
}
# Rates of one segment that tell their parts.
TOLD_BY = {"exchange_rate_first_year": ("lost_annual_margin", "new_first_year_margin")}
_COUNT_OF = {measure: COUNTS[column] for measure, column in MONEY.values()} | {
    "lost_annual_margin": "lost_customers",
    "referred_margin": "referred_customers",
    "referrals_margin": "referrals_customers",
}


def protect(figures: Iterable[Figure], *, value_window: int) -> list[Figure]:
    """Suppress further sums of segments until none that was suppressed can be worked out from the others.

    Parameters
    ----------
    figures : iterable of Figure
        All figures of a month that are published together.
    value_window : int
        The look-back in months of the margin at the close of a monthly comparison.

    Returns
    -------
    list of Figure
        The same figures in the same order; of those that gave another away the ones of the fewest customers are
        "suppressed" now. Figures of the whole base never are: a sum in which only one segment has a part
        stays open to whoever reads the whole.
    """
    table = {_key(one): one for one in figures}
    # Sums in which one segment alone has a part: whoever reads the whole knows them.
    open_secrets: set[Key] = set()
    while more := _told(table) | _few_together(table) or _given_away(table, value_window, open_secrets):
        for key in more:
            table[key] = _suppressed(table[key])
    return list(table.values())


def _key(one: Figure) -> Key:
    return (one.measure, one.window_months, one.dimension, one.segment)


def _suppressed(one: Figure) -> Figure:
    return replace(one, value=None, low=None, high=None, n=None, status="suppressed")


def _is_sum(one: Figure) -> bool:
    """Say whether segments of a figure add up: sums do, counts are guarded elsewhere, rates do not."""
    return one.dimension != "all" and one.unit not in ("customers", "ratio", "share")


def _is_unknown(one: Figure) -> bool:
    return one.status == "suppressed" and _is_sum(one)


def _hides(one: Figure) -> bool:
    """Say whether a figure, if it was suppressed, is one more unknown: not what is zero because it is nobody's."""
    # What nobody cost is zero, but not the profit made of those who were there before.
    return one.status == "ok" and bool(one.n or one.measure == "profit")


def _nobody(table: Mapping[Key, Figure]) -> set[Key]:
    """Name the counts that are known to be zero: published so, or hidden where nobody is left of the whole."""
    lines: dict[Key, list[Figure]] = defaultdict(list)
    for one in table.values():
        if one.unit == "customers" and one.dimension != "all":
            lines[one.measure, one.window_months, "all", "all"].append(one)
    found = {key for key, one in table.items() if one.unit == "customers" and one.value == 0}
    for key, segments in lines.items():
        for dimension in {one.dimension for one in segments}:
            theirs = [one for one in segments if one.dimension == dimension]
            whole = table[key].value if key in table else None
            # Two dimensions in one ("channel | closure_reason") list only what there is.
            if whole is not None and whole == sum(one.value or 0 for one in theirs):
                found |= {_key(one) for one in theirs if one.status == "suppressed"}
    return found


def _is_nobodys(key: Key, nobody: Set[Key]) -> bool:
    """Say whether a count tells that a sum is of nobody, and so zero."""
    return (_COUNT_OF.get(key[0], ""), *key[1:]) in nobody


def _told(table: Mapping[Key, Figure]) -> set[Key]:
    """Name the figures that tell a suppressed one of the same segment by themselves."""
    return {
        key
        for key, one in table.items()
        if one.status == "ok" and one.dimension != "all" and one.n
        for part in TOLD_BY.get(one.measure, ())
        if (other := table.get((part, *key[1:]))) is not None and other.status == "suppressed"
    }


def _lines(table: Mapping[Key, Figure]) -> Iterator[tuple[Figure | None, list[Figure]]]:
    """Give each sum of the whole base (None: there is none) with its segments in one dimension."""
    lines: dict[tuple[str, int, str], list[Figure]] = defaultdict(list)
    for key, one in table.items():
        if _is_sum(one):
            lines[key[:3]].append(one)
    for (measure, window, _), segments in lines.items():
        yield table.get((measure, window, "all", "all")), segments


def _few_together(table: Mapping[Key, Figure]) -> set[Key]:
    """Name what must be hidden because all that is hidden of a line comes from few customers in sum."""
    found = set()
    for whole, segments in _lines(table):
        shown = [one for one in segments if one.status == "ok" and one.n]
        if whole is None or whole.n is None or not shown or not any(map(_is_unknown, segments)):
            continue
        if 0 < whole.n - sum(one.n or 0 for one in shown) < FEW:
            found.add(_key(_smallest(shown)))
    return found


def _equations(table: Mapping[Key, Figure], value_window: int) -> Iterator[Equation]:
    """Give sums that are zero: segments make up the whole, a bridge its close, who moves in moved out.

    The remainders that `LESS` names stand in them too, though no figure is called so.
    """
    for whole, segments in _lines(table):
        line = {_key(one): 1 for one in segments}
        if whole is not None and whole.status == "ok":
            yield {**line, _key(whole): -1}
        if segments[0].measure == "moved_in_margin":
            yield line | {("moved_out_margin", *key[1:]): -1 for key in line}
    for dimension, segment in sorted({key[2:] for key, one in table.items() if _is_sum(one)}):
        for months in (1, 12):
            closing = value_window if months == 1 else 12
            sums: list[dict[str, int]] = [BRIDGE | {"active_margin": -1}, PROFIT | MARGIN[months]]
            for name, (parts, counts) in LESS.items():
                left = _left(table, counts, (months, dimension, segment))
                if left is not None and left < FEW:
                    # Nobody's money is zero; that of few is unknown.
                    rest = {name: -1} if left else {}
                    sums.append({part: -1 for part in parts} | {parts[0]: 1} | rest)
            for signs in sums:
                equation = {
                    (name, closing if name == "active_margin" else months, dimension, segment): sign
                    for name, sign in signs.items()
                }
                if all(key[0] in LESS or (key in table and _tells(table[key])) for key in equation):
                    yield equation


def _tells(one: Figure) -> bool:
    return one.status in ("ok", "suppressed")


def _left(table: Mapping[Key, Figure], measures: Sequence[str], place: tuple[int, str, str]) -> int | None:
    """Count the customers of a sum who are in none of its parts; None where that is not published."""
    found = [table.get((_COUNT_OF[measure], *place)) for measure in measures]
    heads = [int(one.value) for one in found if one is not None and one.value is not None]
    return heads[0] - sum(heads[1:]) if len(heads) == len(measures) else None


def _given_away(table: Mapping[Key, Figure], value_window: int, open_secrets: set[Key]) -> set[Key]:
    """Name a sum to hide beside a suppressed one that has one solution only; note those for which there is none."""
    equations = list(_equations(table, value_window))
    nobody = _nobody(table)
    suppressed = {key for key, one in table.items() if _is_unknown(one) and not _is_nobodys(key, nobody)}
    remainders = {key for equation in equations for key in equation if key[0] in LESS}
    while True:
        unknown = (suppressed | remainders) - open_secrets
        told = _told_alone(equations, unknown) or _determined(equations, unknown)
        if told is None:
            return set()
        key, around = told
        known = [table[other] for other in around if other in table and other[2] != "all"]
        if shown := [one for one in known if _hides(one)]:
            return {_key(_smallest(shown))}
        open_secrets.add(key)


def _told_alone(equations: list[Equation], unknown: set[Key]) -> tuple[Key, list[Key]] | None:
    """Find an unknown sum that stands alone in an equation, and the others in it."""
    alone = ((equation, equation.keys() & unknown) for equation in equations)
    found = [(min(left), list(equation)) for equation, left in alone if len(left) == 1]
    return min(found, key=lambda pair: (pair[0], len(pair[1]))) if found else None


def _determined(equations: list[Equation], unknown: set[Key]) -> tuple[Key, list[Key]] | None:
    """Find an unknown sum that several equations together determine, and all that stands in them."""
    parts: dict[str, list[Equation]] = defaultdict(list)
    for equation in equations:
        if left := equation.keys() & unknown:
            parts[min(left)[2]].append(equation)
    for theirs in parts.values():
        place = {key: number for number, key in enumerate(sorted({k for e in theirs for k in e} & unknown))}
        rows = np.zeros((len(theirs), len(place)))
        for row, equation in zip(rows, theirs, strict=True):
            for key in equation.keys() & unknown:
                row[place[key]] = equation[key]
        free = np.abs(null_space(rows))
        for key, number in place.items():
            if not free.size or free[number].max() < 1e-9:
                return key, _connected(key, theirs, unknown)
    return None


def _connected(key: Key, equations: list[Equation], unknown: set[Key]) -> list[Key]:
    """Give all that stands in an equation with a sum, or with an unknown one that does."""
    reached: set[Key] = set()
    near = {key}
    while near:
        around = {other for equation in equations if near & equation.keys() for other in equation}
        near = (around & unknown) - reached
        reached |= around
    return sorted(reached)


def _smallest(shown: list[Figure]) -> Figure:
    return min(shown, key=lambda one: (one.n or 0, *_key(one)))
