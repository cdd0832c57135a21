"""What a reader with a pencil can work out: the hidden sums that the published ones determine, by linear algebra.

It knows how figures hang together (segments add up to the whole, a bridge closes) and nothing of the rules by
which `custlib.measure.protect` hides them.
"""

import numpy as np
from scipy.linalg import null_space

LINES = {
    "opening_active_margin": 1, "new_margin": 1, "won_back_margin": 1, "moved_in_margin": 1,
    "retained_margin_growth": 1, "lost_margin": -1, "moved_out_margin": -1, "retained_margin_decline": -1,
}  # fmt: skip

COUNTS = {
    "new_margin": "new_customers", "won_back_margin": "won_back_customers", "lost_margin": "lost_customers",
    "lost_annual_margin": "lost_customers", "moved_in_margin": "moved_in_customers",
    "moved_out_margin": "moved_out_customers", "referred_margin": "referred_customers",
    "retained_margin_growth": "retained_customers", "retained_margin_decline": "retained_customers",
    "referrals_margin": "referrals_customers",
}  # fmt: skip


FEW = 5


def determined(figures, *, value_window: int) -> set[tuple]:
    """Give the suppressed sums of segments, and remainders of few, that have one possible value only.

    A sum of which a published count says that it is of nobody is known to be zero. A remainder is the money of
    the few who are left when counts are subtracted, such as the new customers whom nobody referred.
    """
    money = [one for one in figures if one.unit not in ("customers", "ratio", "share")]
    names = {key(one): one for one in money}
    heads = {key(one): one.value for one in figures if one.unit == "customers" and one.value is not None}
    empty = {key(one) for one in money if heads.get((COUNTS.get(one.measure), *key(one)[1:])) == 0}
    sums = [*equations(names, value_window), *remainders(names, heads, value_window)]
    unknown = {name for name, one in names.items() if one.status == "suppressed"} - empty
    unknown |= {name for equation in sums for name in equation if name not in names}
    return solved(
        [{name: factor for name, factor in one.items() if name in unknown} for one in sums], unknown
    )


def solved(equations, unknown) -> set:
    """Give the unknowns that equations determine: those that add nothing to the rank when they are given."""
    place = {name: number for number, name in enumerate(sorted(unknown))}
    rows = np.zeros((len(equations), len(place)))
    for row, equation in zip(rows, equations, strict=True):
        for name, factor in equation.items():
            row[place[name]] = factor
    if not place:
        return set()
    free = null_space(rows) if rows.any() else np.eye(len(place))
    fixed = np.abs(free).max(axis=1) < 1e-9 if free.size else np.ones(len(place), dtype=bool)
    return {name for name in unknown if fixed[place[name]]}


def remainders(names, heads, value_window):
    """Give sums that are zero among parts of a segment of which counts say how many are in none of them."""
    kept = ("opening_active", "lost", "moved_out")
    ways = {
        "unreferred": (("new_margin", "referred_margin"), ("new", "referred")),
        "kept then": (("opening_active_margin", "lost_margin", "moved_out_margin"), kept),
        "kept now": (("active_margin", "new_margin", "won_back_margin", "moved_in_margin"), kept),
    }
    for dimension, segment in {name[2:] for name in names if name[2] != "all"}:
        for months in (1, 12):
            for way, ((whole, *parts), (all_of_them, *counted)) in ways.items():
                where = (months, dimension, segment)
                at = (
                    value_window if whole == "active_margin" and months == 1 else months,
                    dimension,
                    segment,
                )
                counts = [heads.get((f"{count}_customers", *where)) for count in (all_of_them, *counted)]
                line = {(whole, *at): 1, **{(part, *where): -1 for part in parts}}
                if None in counts or not all(name in names for name in line):
                    continue
                left = counts[0] - sum(counts[1:])
                if left < FEW:
                    yield line | ({(way, *where): -1} if left else {})


def key(one) -> tuple:
    return (one.measure, one.window_months, one.dimension, one.segment)


def equations(names, value_window):
    """Give sums that are zero: factors by figure, where every figure is published or suppressed."""
    lines: dict[tuple, list[tuple]] = {}
    for name in names:
        if name[2] != "all":
            lines.setdefault(name[:3], []).append(name)
    for (measure, window, dimension), segments in lines.items():
        whole = (measure, window, "all", "all")
        if whole in names and names[whole].status == "ok":
            yield {whole: -1, **dict.fromkeys(segments, 1)}
        if measure == "moved_in_margin":
            other = [("moved_out_margin", window, dimension, name[3]) for name in segments]
            if all(name in names for name in other):
                yield {**dict.fromkeys(segments, 1), **dict.fromkeys(other, -1)}
    for dimension, segment in {name[2:] for name in names if name[2] != "all"}:
        for months in (1, 12):
            bridge = {(line, months, dimension, segment): sign for line, sign in LINES.items()}
            closing = ("active_margin", value_window if months == 1 else 12, dimension, segment)
            if all(name in names for name in (*bridge, closing)):
                yield {**bridge, closing: -1}
            # All margin: what was spent on winning and what was left; of the active and of the inactive.
            margin = {
                ("profit", months, dimension, segment): 1,
                ("acquisition_cost", months, dimension, segment): 1,
            }
            parts = ("margin",) if months == 1 else ("active_margin", "inactive_margin")
            margin |= {(part, months, dimension, segment): -1 for part in parts}
            if all(name in names and names[name].status in ("ok", "suppressed") for name in margin):
                yield margin
