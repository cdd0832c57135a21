"""One month of the sample bank: card rows, rows the bank posts, and what each account earned."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.lives import Lives
from custlib.data.sample.people import People, draw_regions, month_starts, stream
from custlib.data.sample.truth import CHANNELS, PRODUCTS, WAYS, Truth

Ints = NDArray[np.int64]
CARD, CASH, INTEREST, FEE = range(len(PRODUCTS))
BRANCH, POSTED = WAYS.index("branch"), WAYS.index("bank")
MAX_PRODUCTS = 6


@dataclass
class Rows:
    """Rows of the transaction log, one per entry; `who` is a customer's position, -1 when unknown."""

    who: Ints
    day: Ints
    cents: Ints
    way: NDArray[np.int8]
    product: NDArray[np.int8]

    def take(self, which: NDArray) -> "Rows":
        """Keep some rows, in the order given."""
        return Rows(**{name: values[which] for name, values in vars(self).items()})


@dataclass
class Accounts:
    """One entry per open account of a month; money in cents."""

    who: Ints
    month: int
    revenue: Ints
    margin: Ints
    cost_to_serve: Ints
    average_balance: Ints
    products_held: Ints
    days_in_arrears: Ints
    region: NDArray[np.int8]


def stack(parts: list[Rows]) -> Rows:
    """Put rows below each other."""
    return Rows(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])})


def run_months(
    people: People, lives: Lives, seed: int, truth: Truth
) -> Iterator[tuple[int, Rows, Accounts | None]]:
    """Run through the months; the last, incomplete one has rows but no closed accounts of a month."""
    starts, region = month_starts(truth), draw_regions(people, seed, truth)
    products, arrears = _products(people, lives, seed, truth), _arrears(people, lives, seed, truth)
    owed = np.zeros((2, len(people.month)), np.int64)  # interest and fees not yet posted
    for month in range(truth.months + 1):
        cards = _card_rows(people, lives, month, starts, seed, truth)
        if month == truth.months:
            known = cards.day < starts[month] + truth.last_day
            yield month, _ordered(_disturb(cards.take(known), month, seed, truth)), None
            return
        accounts, paid, fees = _accounts(people, lives, cards, month, starts, products, arrears, seed, truth)
        accounts.region = region[accounts.who, month]
        owed[0, accounts.who] += paid
        owed[1, accounts.who] += fees
        rows = [_disturb(cards, month, seed, truth)]
        if month % 3 == 2:  # September, December, March, June
            last = starts[month + 1] - 1
            rows.append(_posted(owed, (lives.closed < 0) | (lives.closed > last), last))
            owed[:] = 0
        yield month, _ordered(stack(rows)), accounts


def _ordered(rows: Rows) -> Rows:
    return rows.take(np.lexsort((rows.who, rows.day)))


def _card_rows(people: People, lives: Lives, month: int, starts: Ints, seed: int, truth: Truth) -> Rows:
    """Draw purchases and refunds: 1 + Poisson(season x rate) purchases of each active customer."""
    rng = stream(seed, f"cards {month}")
    active = np.flatnonzero(lives.active[:, month])
    first, end = np.maximum(starts[month], people.day[active]), starts[month + 1]
    known = (end - first) / (end - starts[month])  # who came this month has its later days only
    season = truth.season[(month + 6) % 12]
    count = 1 + rng.poisson(people.rate[active] * season * known)
    who = np.repeat(active, count)
    first = np.repeat(first, count)
    # in the incomplete month, newcomers use the card within the known days
    last = np.where(
        (people.month[who] == month) & (month == truth.months), starts[month] + truth.last_day, end
    )
    day = first + (rng.random(len(who)) * (last - first)).astype(np.int64)
    amount = people.ticket[who] * np.exp(truth.ticket_spread * rng.standard_normal(len(who)))
    cents = np.maximum(np.rint(amount * 100).astype(np.int64), 50)
    cents[rng.random(len(who)) < truth.zeros] = 0
    edges = np.cumsum([truth.channels[c].ways for c in CHANNELS], axis=1)[people.channel[who]]
    chance = rng.random(len(who))
    way = (chance >= edges[:, 0]).astype(np.int8) + (chance >= edges[:, 1])
    product = np.where((way == BRANCH) & (rng.random(len(who)) < 0.5), CASH, CARD).astype(np.int8)
    bought = Rows(who, day, cents, way.astype(np.int8), product)
    back = bought.take(
        np.flatnonzero((rng.random(len(who)) < truth.refunds) & (product == CARD) & (cents > 0))
    )
    back.cents = -back.cents
    back.day = np.minimum(back.day + rng.integers(1, 15, len(back.day)), end - 1)
    return stack([bought, back])


def _disturb(cards: Rows, month: int, seed: int, truth: Truth) -> Rows:
    """Add what a real log has: rows delivered twice and a terminal that knows no customer."""
    rng = stream(seed, f"disturbance {month}")
    count = len(cards.who)
    twice = cards.take(np.flatnonzero(rng.random(count) < truth.duplicates))
    unknown = cards.take(rng.integers(0, count, round(truth.unidentified * count)) if count else np.arange(0))
    unknown.who = np.full(len(unknown.who), -1)
    unknown.cents = np.maximum(
        np.rint(np.abs(unknown.cents) * rng.uniform(0.5, 1.5, len(unknown.who))), 50
    ).astype(int)
    unknown.way = np.full(len(unknown.who), BRANCH, np.int8)
    return stack([cards, twice, unknown])


def _posted(owed: Ints, is_open: NDArray, day: int) -> Rows:
    """Post the quarter's interest and fees on open accounts; nobody becomes active by it."""
    parts = []
    for product, cents in ((INTEREST, owed[0]), (FEE, owed[1])):
        who = np.flatnonzero(is_open & (cents > 0))
        same = np.ones(len(who), np.int8)
        parts.append(Rows(who, np.full(len(who), day), cents[who], same * POSTED, same * product))
    return stack(parts)


def _accounts(people: People, lives: Lives, cards: Rows, month: int, starts: Ints, products: NDArray,
              arrears: NDArray, seed: int, truth: Truth) -> tuple[Accounts, Ints, Ints]:  # fmt: skip
    """Close the month of every open account: balance, income, cost, by the written rates."""
    start, end, customers = starts[month], starts[month + 1], len(people.month)
    who = np.flatnonzero((people.month <= month) & ((lives.closed < 0) | (lives.closed >= start)))
    until = np.where(lives.closed[who] >= 0, np.minimum(lives.closed[who], end), end)
    balance = _balance_now(people, lives, who, month, truth)
    balance *= (until - np.maximum(people.day[who], start)) / (end - start)
    balance_cents = np.rint(balance * 100).astype(np.int64)
    volume = np.bincount(cards.who, cards.cents, customers)[who]
    used, counter = np.bincount(cards.who, minlength=customers)[who], _counter_rows(cards, customers)[who]
    account_fee = np.where(lives.active[who, month], people.pick(truth, "account_fee")[who], 0.0)
    fees = np.where(people.package[who], truth.package_fee, account_fee)
    fees = np.rint(100 * (fees + truth.product_fee * (products[who, month] - 1.0))).astype(np.int64)
    paid = np.rint(balance_cents * truth.paid_rate / 12).astype(np.int64)
    lent = np.rint(balance_cents * truth.lending_rate / 12).astype(np.int64)
    revenue = lent + fees + np.rint(volume * truth.interchange).astype(np.int64)
    late = arrears[who, month]
    cost = (truth.serve_open + truth.serve_card * used + truth.serve_counter * counter
            + truth.serve_contact * contacts(people, lives, month, seed, truth)[who]
            + truth.serve_arrears * (late > 0))  # fmt: skip
    account = Accounts(who, month, revenue, revenue - paid, np.rint(cost * 100).astype(np.int64), balance_cents,
                       products[who, month], late, np.empty(0, np.int8))  # fmt: skip
    return account, paid, fees


def _counter_rows(cards: Rows, customers: int) -> Ints:
    return np.bincount(cards.who[cards.way == BRANCH], minlength=customers)


def _balance_now(people: People, lives: Lives, who: Ints, month: int, truth: Truth) -> NDArray[np.float64]:
    """Give balances after departures the bank was not told of, and after money was moved away."""
    balance = people.balance[who, month]
    if truth.failure and month >= truth.failure.month:
        balance = np.where(lives.withdrew[who], truth.failure.withdraw_keep, 1.0) * balance
    silent = (lives.left[who] <= month) & (lives.closed[who] < 0)
    return np.where(silent, truth.left_behind, 1.0) * balance


def contacts(people: People, lives: Lives, month: int, seed: int, truth: Truth) -> Ints:
    """Count each customer's service contacts in a month (feedback will be drawn from the same)."""
    rng = stream(seed, f"contacts {month}")
    mean = people.pick(truth, "contacts")
    failure = truth.failure
    if failure and failure.month <= month < failure.month + 3:
        mean = mean + np.where(lives.exposed, failure.contacts, 0.0)
    return np.where(lives.left > month, rng.poisson(mean), 0)


def _products(people: People, lives: Lives, seed: int, truth: Truth) -> Ints:
    rng, count = stream(seed, "products"), len(people.month)
    held = np.empty((count, truth.months), np.int64)
    now = 1 + rng.poisson(people.pick(truth, "products"))
    for month in range(truth.months):
        chance = rng.random(count)
        step = (chance < truth.product_up).astype(int) - (chance > 1 - truth.product_down)
        now = np.clip(now + np.where(people.month < month, step, 0), 1, MAX_PRODUCTS)
        held[:, month] = np.where(lives.left > month, now, 1)
    return held


def _arrears(people: People, lives: Lives, seed: int, truth: Truth) -> Ints:
    rng, count = stream(seed, "arrears"), len(people.month)
    days = np.zeros((count, truth.months), np.int64)
    now = np.zeros(count, np.int64)
    for month in range(truth.months):
        chance = rng.random(count)
        goes_on = chance < np.where(now > 0, truth.arrears_on, truth.arrears_in)
        customer = (people.month <= month) & (lives.left > month)
        now = np.where(goes_on & customer, now + 30, 0)
        days[:, month] = now
    return days
