"""How satisfied each customer is in each month, on the 0-10 scale, and how that goes with leaving.

A customer's group of scores (see `worlds`) depends on theta; the place within the group does not
depend on anything. Both vary from month to month around a level of the person's own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from custlib.data.sample.lives import Lives
from custlib.data.sample.people import People, stream
from custlib.data.sample.truth import CHANNELS, Truth
from custlib.data.sample.worlds import choice, coupling

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moods:
    """What satisfaction is drawn from: per customer (first axis), per kind of account, per group."""

    kind: NDArray[np.int64]  # position of the channel, or one more for package accounts
    gamma: Floats  # per kind
    delta: Floats
    level: Floats  # (kind, group): the coupling of groups and theta
    pull: Floats
    own: Floats  # per customer: the lasting part of what chooses the group, standard normal
    place: Floats  # per customer: the lasting part of the place within the group, standard normal
    within: tuple[Floats, ...]  # per group: cumulative shares of its scores


def draw_moods(people: People, seed: int, truth: Truth) -> Moods:
    """Draw what lasts, and work out the coupling for each channel and for package accounts."""
    rng, count = stream(seed, "mood"), len(people.month)
    churn = [(truth.channels[c].gamma, truth.channels[c].delta) for c in CHANNELS] + [truth.package_churn]
    weights = np.array(truth.voice.scores)
    level, pull = zip(*(coupling(truth.world, weights, *one) for one in churn), strict=True)
    gamma, delta = np.array(churn).T
    kind = np.where(people.package, len(CHANNELS), people.channel).astype(np.int64)
    own, place = rng.standard_normal((2, count))
    group = truth.world.group_of()
    parts = [weights[group == g] / weights[group == g].sum() for g in range(len(truth.world.groups))]
    within = tuple(np.cumsum(part)[:-1] for part in parts)
    return Moods(kind, gamma, delta, np.array(level), np.array(pull), own, place, within)


def scores(
    moods: Moods, people: People, lives: Lives, month: int, seed: int, truth: Truth
) -> NDArray[np.int8]:
    """Give each customer's satisfaction in a month, 0 to 10; -1 for who is not, or no longer, a customer."""
    rng, count = stream(seed, f"mood {month}"), len(people.month)
    fresh = rng.standard_normal((2, count))
    lasting = np.sqrt(truth.voice.persistence)
    chance, place = ndtr(lasting * np.array([moods.own, moods.place]) + np.sqrt(1 - lasting**2) * fresh)
    failure = truth.failure
    if failure and month >= failure.month:
        low = np.where(lives.driven_out, failure.mood_driven, failure.mood)
        chance = np.where(lives.exposed, low, 1.0) * chance
    here = np.flatnonzero((people.month <= month) & (lives.left > month))
    group = _group(moods, people, here, chance[here], month)
    found = np.full(count, -1, np.int8)
    first = np.searchsorted(truth.world.group_of(), np.arange(len(moods.within)))
    for g, edges in enumerate(moods.within):
        which = here[group == g]
        found[which] = first[g] + np.searchsorted(edges, place[which], side="right")
    return found


def _group(moods: Moods, people: People, here: NDArray, chance: Floats, month: int) -> NDArray[np.int64]:
    """Choose each customer's group: the lower `chance`, the lower the scores."""
    group, kinds = np.zeros(len(here), np.int64), moods.kind[here]
    for kind in range(len(moods.gamma)):
        of_kind = kinds == kind
        who = here[of_kind]
        gamma, delta = moods.gamma[kind], moods.delta[kind]
        # who has stayed n months has theta ~ Beta(gamma, delta + n): y is theta over its mean
        y = people.theta[who] * (gamma + delta + month - people.month[who]) / gamma
        edges = np.cumsum(choice(moods.level[kind], moods.pull[kind], y), axis=1)[:, :-1]
        group[of_kind] = (chance[of_kind][:, None] >= edges).sum(axis=1)
    return group
