"""Who the sample bank's customers are: arrival, character and balances, before any of them lives."""

from dataclasses import dataclass, fields
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.truth import CHANNELS, REGION_SHARES, REGIONS, Truth
from custlib.periods import add_months, parse_month

FIRST_MONTH = parse_month("2023-07")
Floats = NDArray[np.float64]


@dataclass
class People:
    """One entry per customer in every array; hidden from the workbook except where a table shows it."""

    channel: NDArray[np.int8]  # position in CHANNELS
    month: NDArray[np.int64]  # acquisition month, negative before the data
    day: NDArray[np.int64]  # acquisition day, days since 1970-01-01
    package: NDArray[np.bool_]
    p: Floats  # monthly activity while alive
    theta: Floats  # monthly dropout
    rate: Floats  # card purchases of an active month beyond the first
    ticket: Floats  # median amount
    balance: Floats  # (customer, month): balance while alive and before the failure

    def take(self, keep: NDArray) -> "People":
        """Keep some customers, in the order given."""
        return People(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})

    def pick(self, truth: Truth, name: str) -> Floats:
        """Give each customer the value of a channel parameter."""
        return per_channel(self.channel, name, truth)


def stream(seed: int, name: str) -> np.random.Generator:
    """Open the stream of random numbers with this name.

    Every purpose draws from a stream of its own, so that a table added later (surveys, feedback,
    promises, operations) leaves the tables that exist as they are, to the byte.
    """
    return np.random.default_rng([seed, crc32(name.encode())])


def month_starts(truth: Truth) -> NDArray[np.int64]:
    """Give the first day of each month and of the one after the last, as days since 1970-01-01."""
    months = [add_months(FIRST_MONTH, m) for m in range(truth.months + 2)]
    return np.array(months, "datetime64[D]").astype(np.int64)


def draw_people(customers: int, seed: int, truth: Truth) -> People:
    """Draw candidates: more customers older than the data than are listed, new ones exactly.

    Who is older and not seen once in the data is not listed; `lives.live` cuts the list to size.
    """
    older = round(customers * truth.old_customers)
    rng = stream(seed, "arrival")
    spare = older + older // 5 + 40
    share = np.array([truth.channels[c].old_share for c in CHANNELS])
    old_channel = rng.permutation(np.repeat(np.arange(len(CHANNELS)), _apportion(share, spare)))
    within = 1 - np.exp(-truth.old_tenure_max / truth.old_tenure)
    tenure = 1 + np.floor(-truth.old_tenure * np.log1p(-within * rng.random(spare))).astype(int)
    month, channel = _new_arrivals(customers - older, truth)
    month = np.concatenate([-tenure, month])
    channel = np.concatenate([old_channel, channel]).astype(np.int8)
    return _characters(channel, month, _days(month, rng.random(len(month)), truth), seed, truth)


def _apportion(weights: Floats, total: int) -> NDArray[np.int64]:
    """Round shares of a total so that they add up (largest remainders first, then the first)."""
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole).round(9), kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def _new_arrivals(count: int, truth: Truth) -> tuple[NDArray, NDArray]:
    flow = truth.arrivals()
    # (month, channel) in one list; the plan is met exactly, so that growth is not a matter of luck
    weights = np.array([flow[c] for c in CHANNELS]).T.ravel()
    cell = np.repeat(np.arange(len(weights)), _apportion(weights, count))
    return cell // len(CHANNELS), cell % len(CHANNELS)


def _days(month: NDArray, chance: Floats, truth: Truth) -> NDArray[np.int64]:
    """Place each acquisition on a day of its month, in the last month on a known day."""
    starts = np.datetime64(FIRST_MONTH, "M") + month
    first = starts.astype("datetime64[D]").astype(np.int64)
    length = (starts + 1).astype("datetime64[D]").astype(np.int64) - first
    length = np.where(month == truth.months, truth.last_day, length)
    return first + (chance * length).astype(np.int64)


def _characters(channel: NDArray, month: NDArray, day: NDArray, seed: int, truth: Truth) -> People:
    rng, count, older = stream(seed, "character"), len(channel), month < 0

    def by_channel(name: str) -> Floats:
        return per_channel(channel, name, truth)

    package = rng.random(count) < by_channel("package_share")
    # who is older has survived the months from acquisition to the data: theta | alive = Beta(g, d + n0)
    survived = np.where(older, -month - 1, 0)
    activity, churn = truth.package_activity, truth.package_churn
    p = rng.beta(
        np.where(package, activity[0], by_channel("alpha")),
        np.where(package, activity[1], by_channel("beta")),
    )
    theta = rng.beta(
        np.where(package, churn[0], by_channel("gamma")),
        np.where(package, churn[1], by_channel("delta")) + survived,
    )
    shape = by_channel("purchases_shape")
    rate = rng.standard_gamma(shape) / shape * by_channel("purchases_mean")
    ticket = by_channel("ticket") * np.exp(truth.customer_spread * rng.standard_normal(count))
    level = by_channel("balance") * np.where(older, truth.old_balance, 1.0)
    level *= np.where(package, truth.package_balance, 1.0)
    balance = _walk(level, month, seed, truth)
    return People(channel, month, day, package, p, theta, rate, ticket, balance)


def per_channel(channel: NDArray, name: str, truth: Truth) -> Floats:
    """Give each customer the value of a parameter of its channel."""
    return np.array([getattr(truth.channels[c], name) for c in CHANNELS], float)[channel]


def _walk(level: Floats, month: NDArray, seed: int, truth: Truth) -> Floats:
    """Walk each balance through the months; its expected value stays where it began."""
    rng, count = stream(seed, "balance"), len(month)
    level = level * np.exp(truth.balance_spread * rng.standard_normal(count))
    walk = truth.balance_walk * rng.standard_normal((count, truth.months + 1)) - truth.balance_walk**2 / 2
    # the walk starts at the acquisition, or with the data
    walk[np.arange(truth.months + 1) <= month[:, None]] = 0.0
    walk[:, 0] = 0.0
    return level[:, None] * np.exp(np.cumsum(walk, axis=1))


def draw_regions(people: People, seed: int, truth: Truth) -> NDArray[np.int8]:
    """Give each customer's region in each month; now and then someone moves."""
    rng, count = stream(seed, "region"), len(people.month)
    region = np.empty((count, truth.months), np.int8)
    now = rng.choice(len(REGIONS), count, p=REGION_SHARES)
    for month in range(truth.months):
        step = 1 + rng.integers(0, len(REGIONS) - 1, count)
        now = np.where(rng.random(count) < truth.moves, (now + step) % len(REGIONS), now)
        region[:, month] = now
    return region
