"""Worlds: between which scores a customer's satisfaction makes a difference to leaving, and how much."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from custlib.errors import UsageError

Floats = NDArray[np.float64]
SCORES = np.arange(11)
_POINTS = 2_000  # by which the distribution of the monthly dropout is represented
_SETTLED = 12  # months of tenure at which the coupling is exact
_ENOUGH, _STEPS = 1e-12, 60


@dataclass(frozen=True)
class World:
    """A partition of the 0-10 scale: within a group the score makes no difference to leaving.

    From group to group the monthly probability of leaving falls by the factor ``exp(slope)`` for each
    point by which the mean scores of the two groups differ.
    """

    groups: tuple[str, ...]  # from the lowest score to the highest, such as "0-6", "7-8", "9-10"
    slope: float

    def group_of(self) -> NDArray[np.int64]:
        """Give the group of each score from 0 to 10."""
        ends = [text.partition("-")[::2] for text in self.groups]
        groups = [range(int(first), int(last or first) + 1) for first, last in ends]
        if [score for group in groups for score in group] != list(SCORES):
            raise UsageError(
                f"world: the groups {', '.join(self.groups)} do not part the scores 0 to 10 in order"
            )
        return np.repeat(np.arange(len(groups)), [len(group) for group in groups])

    def shares(self, weights: Floats) -> Floats:
        """Give the share of each group, from the share of each score."""
        return np.bincount(self.group_of(), weights, len(self.groups)).astype(float)

    def leaving(self, weights: Floats) -> Floats:
        """Give each group's probability of leaving in a month, as a multiple of the average of all."""
        shares = self.shares(weights)
        centre = np.bincount(self.group_of(), weights * SCORES, len(self.groups)) / shares
        relative = np.exp(-self.slope * centre)
        return relative / (shares @ relative)


EVERY_POINT = World(tuple(str(score) for score in SCORES), 0.20)
EXTREMES = World(("0-6", "7-8", "9-10"), 0.35)
MIDDLE = World(("0-4", "5", "6", "7", "8", "9-10"), 0.26)
NOTHING = World(("0-10",), 0.0)
REVERSED = World(tuple(str(score) for score in SCORES), -0.30)


def coupling(world: World, weights: Floats, gamma: float, delta: float) -> tuple[Floats, Floats]:
    """Tie satisfaction to dropout without touching the distribution of either.

    With y = theta / (its mean among customers of the same channel and tenure), a customer is in group g
    with probability proportional to ``exp(level[g] - pull[g] * y)``. Of all joint distributions with
    theta ~ Beta(gamma, delta + 12), the given shares of scores and the given means of y per group, this
    is the one of greatest entropy; `level` and `pull` minimise its convex dual, found by Newton's method.

    Returns
    -------
    level, pull
        One number per group; both are zero for the first.

    Raises
    ------
    UsageError
        When theta does not vary enough for the world's slope.
    """
    share, mean = world.shares(weights), world.leaving(weights)
    y = betaincinv(gamma, delta + _SETTLED, (np.arange(_POINTS) + 0.5) / _POINTS)
    y /= y.mean()
    groups, basis = len(share), np.stack([np.ones(_POINTS), -y])
    wanted = np.concatenate([share, -share * mean])
    found = np.concatenate([np.log(share), np.zeros(groups)])
    for _ in range(_STEPS):
        chance = choice(found[:groups], found[groups:], y)
        slope = (basis @ chance / _POINTS).ravel() - wanted
        if np.abs(slope).max() < _ENOUGH:
            return found[:groups] - found[0], found[groups:] - found[groups]
        bend = np.zeros((2, groups, 2, groups))
        for one in range(2):
            for two in range(2):
                weight = basis[one] * basis[two] / _POINTS
                bend[one, :, two] = np.diag(weight @ chance) - (chance * weight[:, None]).T @ chance
        # only differences between groups count, so the curvature is singular: take the shortest step
        step = np.linalg.lstsq(bend.reshape(2 * groups, -1), -slope, rcond=1e-12)[0]
        found = found + step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-300))
    raise UsageError(
        f"world: a slope of {world.slope} is too steep\n"
        "  no dropout of customers differs so much; lower the slope, or make the groups wider"
    )


def choice(level: Floats, pull: Floats, y: Floats) -> Floats:
    """Give the probability of each group (columns) for each relative dropout `y` (rows)."""
    power = level - np.multiply.outer(y, pull)
    power -= power.max(axis=1, keepdims=True)
    weight = np.exp(power)
    return weight / weight.sum(axis=1, keepdims=True)


def as_markdown(worlds: dict[str, World], weights: tuple[float, ...]) -> str:
    """Write for each world how many times as likely as the average a score's customers are to leave in a month."""
    lines = ["| world | groups | " + " | ".join(map(str, SCORES)) + " |", "| --- " * 13 + "|"]
    for name, world in worlds.items():
        leaving = world.leaving(np.array(weights))[world.group_of()]
        groups = "each score" if len(world.groups) == len(SCORES) else ", ".join(world.groups)
        lines.append(f"| {name} | {groups} | " + " | ".join(f"{value:.2f}" for value in leaving) + " |")
    return "\n".join(lines)
