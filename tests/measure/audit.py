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
    "referrals_margin": "referrals_customers",
}  # fmt: skip


def determined(figures, *, value_window: int) -> set[tuple]:
    """Give the suppressed sums of segments that have one possible value only.

    A line of which a published count says that it is of nobody is known to be zero.
    """
    money = [one for one in figures if one.unit not in ("customers", "ratio", "share")]
    names = {key(one): one for one in money}
    nobody = {key(one) for one in figures if one.value == 0}
    empty = {key(one) for one in money if (COUNTS.get(one.measure), *key(one)[1:]) in nobody}
    unknown = [name for name, one in names.items() if one.status == "suppressed" and name not in empty]
    place = {name: number for number, name in enumerate(unknown)}
    rows = []
    for equation in equations(names, value_window):
        row = np.zeros(len(unknown))
        for name, factor in equation.items():
            if name in place:
                row[place[name]] = factor
        if row.any():
            rows.append(row)
    if not rows:
        return set()
    free = null_space(np.array(rows))
    fixed = np.abs(free).max(axis=1) < 1e-9 if free.size else np.ones(len(unknown), dtype=bool)
    return {name for name in unknown if fixed[place[name]]}


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
