"""What becomes of each customer: active months, departure, and whether the bank was told."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.people import People, month_starts, stream
from custlib.data.sample.truth import CHANNELS, CLOSURE_REASONS, Truth


@dataclass
class Lives:
    """One entry per customer in every array."""

    active: NDArray[np.bool_]  # (customer, month): uses the card in that month
    left: NDArray[np.int64]  # month of departure; months + 1 when still a customer after the last one
    closed: NDArray[np.int64]  # day of the recorded closure, days since 1970-01-01; -1 when none is known
    reason: NDArray[np.int8]  # position in CLOSURE_REASONS; meaningless where closed is -1
    exposed: NDArray[np.bool_]  # to the service failure
    driven_out: NDArray[np.bool_]  # left because of it
    withdrew: NDArray[np.bool_]  # stayed, and moved money away

    def take(self, keep: NDArray) -> "Lives":
        """Keep some customers, in the order given."""
        return Lives(**{name: values[keep] for name, values in vars(self).items()})


def live(people: People, customers: int, seed: int, truth: Truth) -> tuple[People, Lives]:
    """Live all candidates, then list those seen in the data, ordered by the day they came.

    In the month after its acquisition, and in every later one, a customer first leaves with
    probability theta (after the failure: with an added hazard, where exposed), or else is active
    with probability p: the BG/BB model. The acquisition month is always active. A package account
    is the same with a departure that is always recorded: shifted beta-geometric.
    """
    lives = _departures(people, seed, truth)
    _record(people, lives, seed, truth)
    months = truth.months
    seen = (people.month >= 0) | people.package | lives.active[:, :months].any(axis=1)
    older = np.flatnonzero(seen & (people.month < 0))[: round(customers * truth.old_customers)]
    listed = np.concatenate([older, np.flatnonzero(people.month >= 0)])
    listed = listed[np.argsort(people.day[listed], kind="stable")]
    return people.take(listed), lives.take(listed)


def _departures(people: People, seed: int, truth: Truth) -> Lives:
    rng, count = stream(seed, "life"), len(people.month)
    failure = truth.failure
    left = np.full(count, truth.months + 1)
    exposed, driven_out = np.zeros(count, bool), np.zeros(count, bool)
    active = np.zeros((count, truth.months + 1), bool)
    for month in range(truth.months + 1):
        leaves, failed, uses = rng.random((3, count))
        alive = (left > month) & (people.month <= month)
        if failure and month == failure.month:
            exposed = alive & _valuable(people, month - 1, truth)
        at_risk = alive & (people.month < month)
        goes = at_risk & (leaves < people.theta)
        if failure and month >= failure.month:
            driven = at_risk & ~goes & exposed & (failed < _hazard(truth, month))
            driven_out |= driven
            goes |= driven
        left[goes] = month
        active[:, month] = alive & ~goes & ((people.month == month) | (uses < people.p))
    withdrew = np.zeros(count, bool)
    if failure:
        withdrew = exposed & (left > failure.month) & (rng.random(count) < failure.withdraw_share)
    unknown = np.full(count, -1)
    return Lives(active, left, unknown, np.zeros(count, np.int8), exposed, driven_out, withdrew)


def _valuable(people: People, month: int, truth: Truth) -> NDArray[np.bool_]:
    failure = truth.failure
    assert failure is not None
    long_standing = (people.month < 0) | (people.channel == CHANNELS.index(failure.channel))
    return long_standing & (people.month <= month) & (people.balance[:, month] >= failure.balance)


def _hazard(truth: Truth, month: int) -> float:
    assert truth.failure is not None
    since = month - truth.failure.month
    return truth.failure.hazard[since] if since < len(truth.failure.hazard) else 0.0


def _record(people: People, lives: Lives, seed: int, truth: Truth) -> None:
    """Record closures: of packages always, of ordinary accounts with probability kappa."""
    rng, count, starts = stream(seed, "closure"), len(people.month), month_starts(truth)
    recorded = people.package | (rng.random(count) < truth.kappa)
    gone = lives.left <= truth.months
    first, last = (
        starts[np.minimum(lives.left, truth.months)],
        starts[np.minimum(lives.left, truth.months) + 1],
    )
    day = first + (rng.random(count) * (last - first)).astype(np.int64)
    known = gone & recorded & (day < starts[truth.months] + truth.last_day)
    lives.closed = np.where(known, day, -1)
    chance = rng.random(count)
    usual = _position(chance, truth.reasons)
    blamed = _position(chance, truth.failure.reasons) if truth.failure else usual
    lives.reason = np.where(lives.driven_out, blamed, usual).astype(np.int8)


def _position(chance: NDArray, shares: tuple[float, ...]) -> NDArray[np.int64]:
    edges = np.cumsum(shares)[: len(CLOSURE_REASONS) - 1]
    return np.searchsorted(edges, chance, side="right")


def referrers(people: People, lives: Lives, seed: int) -> NDArray[np.int64]:
    """Give the position of the customer who referred each one; -1 for none or not recorded."""
    rng = stream(seed, "referral")
    referred_by = np.full(len(people.month), -1)
    for month in range(people.month.max() + 1):
        friends = np.flatnonzero((people.month == month) & (people.channel == CHANNELS.index("referral")))
        hosts = np.flatnonzero((people.month < month) & (lives.left > month))
        if len(friends) and len(hosts):
            referred_by[friends] = hosts[rng.integers(0, len(hosts), len(friends))]
    return referred_by
