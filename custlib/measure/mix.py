"""Why one group brought more per head than another: other channels, or other customers of the same channels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from custlib.measure.figures import small_segments
from custlib.results import Figure, figure

# Customers and the sum of what they brought, by channel.
Group = Mapping[str, tuple[int, Decimal]]


@dataclass(frozen=True)
class Mix:
    """A difference of means in two parts, which add up to it exactly.

    Attributes
    ----------
    mix : Fraction
        What other shares of the channels make, at the mean of both groups' money per head.
    within : Fraction
        What another money per head within the channels makes, at the mean of both groups' shares.
    channels : DataFrame
        Row per channel that may be shown, the largest first: ``channel``, ``customers_now``, ``customers_then``,
        ``now``, ``then`` (money per head; None where the group has nobody there).
    """

    mix: Fraction
    within: Fraction
    channels: pd.DataFrame


def group(rows: pd.DataFrame) -> Group:
    """Give a group by channel from ``channel``, ``customers`` and ``margin``."""
    return {str(row.channel): (int(row.customers), row.margin) for row in rows.itertuples()}


def split(now: Group, then: Group, *, min_group: int) -> Mix | None:
    """Split the difference of two groups' money per head into mix and within.

    Neither group is the standard of the other: each part is the mean of both ways of standardising. A
    channel that one group has nobody in has no money per head there, so all it makes is mix.

    Returns
    -------
    Mix or None
        None where a group is empty, or there is one channel only.

    References
    ----------
    E. Kitagawa, Components of a difference between two rates, JASA 50 (1955) 1168-1194. doi:10.2307/2281213
    """
    names = sorted({*now, *then})
    heads_now, heads_then = (sum(n for n, _ in each.values()) for each in (now, then))
    if len(names) < 2 or not heads_now or not heads_then:
        return None
    mix = within = Fraction(0)
    for name in names:
        a, b = Fraction(_heads(now, name), heads_now), Fraction(_heads(then, name), heads_then)
        m, n = _mean(now, name), _mean(then, name)
        left, right = m if m is not None else n, n if n is not None else m
        if left is None or right is None:
            continue
        mix += (a - b) * (left + right) / 2
        within += (a + b) / 2 * (left - right)
    return Mix(mix, within, _shown(now, then, names, min_group))


def _heads(each: Group, name: str) -> int:
    return each.get(name, (0, Decimal(0)))[0]


def _mean(each: Group, name: str) -> Fraction | None:
    heads, total = each.get(name, (0, Decimal(0)))
    return Fraction(total) / heads if heads else None


def _shown(now: Group, then: Group, names: list[str], min_group: int) -> pd.DataFrame:
    """Keep the channels that are no small group in either, nor give one away."""
    sizes = pd.DataFrame(
        {"now": [_heads(now, n) for n in names], "then": [_heads(then, n) for n in names]}, index=names
    )
    hidden = small_segments(sizes, min_group=min_group)
    ordered = sizes.sum(axis=1).sort_values(ascending=False, kind="stable").index
    rows = [
        (name, _heads(now, name), _heads(then, name), _mean(now, name), _mean(then, name))
        for name in ordered
        if name not in hidden
    ]
    return pd.DataFrame(
        rows, columns=["channel", "customers_now", "customers_then", "now", "then"], dtype=object
    )


def mix_figures(found: Mix | None, *, age: int, currency: str) -> Iterator[Figure]:
    """Name both parts of the difference at the age of comparison."""
    yield figure("joiners_margin_mix", None if found is None else float(found.mix), currency, age)
    yield figure("joiners_margin_within", None if found is None else float(found.within), currency, age)
