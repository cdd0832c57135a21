"""Where a ranking may be cut: sums up to two ranks tell by subtraction what the customers between them bring.

The page tells of one ranking in several ways: shares of its top, who holds how much, a curve, two tables of tenths.
Each is a sum up to a rank, or between two ranks where a share ends within a customer. Sums told of a ranking are
at least `few` customers apart, or the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from custlib.measure.concentration import Concentration
from custlib.measure.figures import FEW
from custlib.measure.shares import UNKNOWN

# Shares are kept in this order where two of them are too close.
SHARES = (0.2, 0.1, 0.05, 0.01, 0.5)
HELD = (0.8, 0.5)
PEAK, GINI = "whale_peak", "gini"
# How far the end of a tenth may move away from another cut, in handfuls of customers.
FAR = 2
# Nor by more of its size than one part of so many.
QUARTER = 4
_SAME = 1e-9


@dataclass(frozen=True)
class Cuts:
    """The ranks at which the sums of a ranking are told; the customers at zero, whose margin is known, do not count.

    Attributes
    ----------
    customers, positive, zero : int
        All of the ranking, those with a margin above zero, and of exactly zero.
    told : tuple of float
        Where sums are told; nobody and everybody first.
    few : int
        So many customers lie between two cuts at least.
    """

    customers: int
    positive: int
    zero: int
    told: tuple[float, ...] = ()
    few: int = FEW

    def at(self, rank: float) -> float:
        """Give how many customers with a margin other than zero a cut leaves above it."""
        return rank if rank <= self.positive else max(float(self.positive), rank - self.zero)

    def clear(self, rank: float) -> bool:
        """Say whether a sum up to a rank tells of fewer than `few` by subtraction from what is told: then not."""
        place, ends = self.at(rank), (0.0, self.at(self.customers))
        between = (abs(place - each) for each in (*ends, *self.told))
        return all(distance < _SAME or distance > self.few - _SAME for distance in between)

    def telling(self, *ranks: float) -> "Cuts":
        """Take cuts as told."""
        return replace(self, told=(*self.told, *(self.at(rank) for rank in ranks)))

    def settled(self, ends: Sequence[int]) -> tuple[list[int], list[bool], "Cuts"]:
        """Move the ends of tenths to where they are clear; where none is near, an end stays and is not told.

        Returns
        -------
        list of int, list of bool, Cuts
            The ends, which of them are told, and the cuts with these.
        """
        cuts, moved, said = self, list[int](), list[bool]()
        for number, end in enumerate(ends):
            before = moved[-1] if moved else 0
            after = min((each for each in ends[number + 1 :] if each > end), default=self.positive)
            size = min(end - before, after - end)
            reach = range(1, min(FAR * self.few, size // QUARTER) + 1)
            near = [end, *(place for step in reach for place in (end - step, end + step))]
            free = [place for place in near if (before < place < after or place == end) and cuts.clear(place)]
            place = free[0] if free else max(end, before)
            cuts = cuts.telling(place) if free else cuts
            moved.append(place)
            said.append(bool(free))
        return moved, said, cuts


def guarded(one: Concentration, *, few: int = FEW) -> tuple[Concentration, Cuts]:
    """Take away the figures of a window that tell of fewer than `few` customers, alone or by subtraction.

    Returns
    -------
    Concentration, Cuts
        The window with `withheld`, the names of what was taken away, its curve still whole (see `thinned`); and the cuts that
        its figures make.
    """
    cuts, away = Cuts(one.customers, one.positive, one.zero, few=few), set[str]()
    if cuts.clear(one.positive):
        cuts = cuts.telling(one.positive)
    else:
        away.add(PEAK)
        one = replace(one, whale_peak=None, whale_at=None, positive_total=None, negative_total=None)
    top, holding = dict(one.top), dict(one.holding)
    for kind, parts, name in ((top, SHARES, top_name), (holding, HELD, holding_name)):
        for part in parts:
            value = kind[part].value
            if value is None:
                continue
            rank = (part if kind is top else value) * one.customers
            if cuts.clear(rank):
                cuts = cuts.telling(rank)
            else:
                kind[part] = UNKNOWN
                away.add(name(part))
    gini = one.gini
    if 0 < one.positive < few:
        gini = UNKNOWN
        away.add(GINI)
    return replace(one, top=top, holding=holding, gini=gini, withheld=frozenset(away)), cuts


def thinned(one: Concentration, cuts: Cuts) -> Concentration:
    """Leave of a window's curve the points that are clear of every cut and of one another; none where all are few."""
    if cuts.at(one.customers) < cuts.few:
        return replace(one, curve=one.curve.iloc[:0])
    ranks = list[int]()
    for rank in one.curve["rank"]:
        if rank in (0, one.customers):
            # Nobody, and everybody: known anyway.
            ranks.append(rank)
        elif cuts.clear(rank):
            cuts = cuts.telling(rank)
            ranks.append(rank)
    return replace(one, curve=one.curve[one.curve["rank"].isin(ranks)].reset_index(drop=True))


def top_name(part: float) -> str:
    """Name the share of the margin that a top part of customers hold."""
    return f"top_{round(part * 100)}_share"


def holding_name(part: float) -> str:
    """Name the share of customers who hold a part of the margin."""
    return f"customers_holding_{round(part * 100)}_share"


def ends_of(customers: Iterable[tuple[int, int]]) -> list[int]:
    """Give the ranks at which the first nine tenths end, from the customers in each."""
    sizes = dict(customers)
    return [sum(sizes.get(tenth, 0) for tenth in range(1, last + 1)) for last in range(1, 10)]
