"""The definitions once more, in plain Python over single rows: slow, obvious, and sharing no code.

Tests hold the engine's tables against this. A random log has returns, gaps, purchases on the last
day of a month, customers older than the data and (where there are contracts) closures.
"""

import random
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

START = (2023, 1)


def index(day: date) -> int:
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_of(month: int) -> date:
    year, number = month // 12, month % 12 + 1
    return date(year, number, monthrange(year, number)[1])


@dataclass
class Log:
    """A random company: rows (customer, day, amount, qualifying, product), and a customer list."""

    relationship: str
    active_window: int
    value_window: int
    complete: bool
    start: int
    months: int
    rows: list = field(default_factory=list)
    listed: dict = field(default_factory=dict)  # customer -> (acquired_on, closed_on, reason, channel)


LOGS_PER_COMPANY = 10


def random_log(seed: int) -> Log:
    """Make a small company of ten random logs that share one relationship, windows and history.

    Ten logs in one engine table are ten times cheaper to test than ten tables, and customers of
    different logs have nothing to do with each other.
    """
    rng = random.Random(seed)
    start = START[0] * 12 + START[1] - 1
    log = Log(
        relationship=rng.choice(["non_contractual", "non_contractual", "mixed", "contractual"]),
        active_window=rng.randint(1, 4),
        value_window=rng.choice([1, 3, 12]),
        complete=rng.random() < 0.3,
        start=start,
        months=rng.choice([5, 8, 16]),
    )
    for number in range(LOGS_PER_COMPANY):
        for customer in range(rng.randint(4, 14)):
            _random_customer(log, f"{number}-{customer:03d}", rng)
    # The data begin with somebody's purchase.
    log.rows.append(("0-000", first_of(start), Decimal("1.5"), True, "x"))
    return log


def _random_customer(log: Log, name: str, rng: random.Random) -> None:
    acquired = closed = None
    if rng.random() < 0.6:
        month = log.start + rng.randint(-3, log.months)
        acquired = rng.choice([first_of(month), last_of(month)])
    if acquired and rng.random() < 0.4:
        month = index(acquired) + rng.randint(0, 6)
        closed = max(acquired, rng.choice([first_of(month), last_of(month)]))
    if acquired or rng.random() < 0.7 or log.relationship == "contractual":
        reason = "fees" if closed and rng.random() < 0.5 else None
        log.listed[name] = (acquired, closed, reason, rng.choice(["web", "shop", None]))
    for month in range(log.start, log.start + log.months + 1):
        if rng.random() < 0.35:
            for _ in range(rng.randint(1, 3)):
                day = rng.choice(
                    [first_of(month), last_of(month), first_of(month).replace(day=rng.randint(1, 28))]
                )
                amount = Decimal(rng.choice([-30, -5, 0, 5, 10, 20])) + Decimal(rng.randint(0, 9999)) / 10000
                log.rows.append((name, day, amount, amount >= 0, rng.choice("xyz")))


class Twin:
    """The state of every customer at a month end, straight from the rows."""

    def __init__(self, log: Log):
        self.log = log

    def bought(self, name: str, first: int, last: int) -> list:
        return [r for r in self.log.rows if r[0] == name and r[3] and first <= index(r[1]) <= last]

    def margin(self, name: str, first: int, last: int) -> Decimal:
        return sum((r[2] for r in self.log.rows if r[0] == name and first <= index(r[1]) <= last), Decimal(0))

    def listing(self, name: str, month: int):
        """What the list says of a customer as it could be known then: not on it before the acquisition."""
        acquired, closed, reason, channel = self.log.listed.get(name, (None, None, None, None))
        if acquired and acquired > last_of(month):
            return None, None, None, None
        if closed and closed > last_of(month):
            closed = reason = None
        return acquired, closed, reason, channel

    def has_contract(self, name: str, month: int) -> bool:
        """Bound by a contract that has begun by the month's end."""
        if name not in self.log.listed or self.log.relationship == "non_contractual":
            return False
        acquired = self.log.listed[name][0]
        if acquired is None:
            return self.log.relationship == "contractual"
        return acquired <= last_of(month)

    def active(self, name: str, month: int) -> bool:
        _, closed, _, _ = self.listing(name, month)
        recently = bool(self.bought(name, month - self.log.active_window + 1, month))
        contract = self.has_contract(name, month) and closed is None
        if self.log.relationship == "non_contractual":
            return recently
        if self.log.relationship == "contractual":
            return contract
        return (recently or contract) and closed is None

    def purchase_months(self, name: str, month: int) -> list[int]:
        """Months whose purchases are activity: none under a contractual relationship."""
        if self.log.relationship == "contractual":
            return []
        return [index(r[1]) for r in self.bought(name, 0, month)]

    def first_active(self, name: str, month: int) -> int | None:
        months = self.purchase_months(name, month)
        if self.has_contract(name, month):
            acquired = self.log.listed[name][0]
            months.append(index(acquired) if acquired else self.log.start - 1)
        return min(months, default=None)

    def last_active(self, name: str, month: int) -> int | None:
        months = self.purchase_months(name, month)
        if self.has_contract(name, month):
            acquired, closed, _, _ = self.listing(name, month)
            first = index(acquired) if acquired else self.log.start - 1
            months.append(max(first, index(closed) - 1 if closed else month))
        return max(months, default=None)

    def known(self, month: int) -> list[str]:
        return sorted(
            {r[0] for r in self.log.rows if index(r[1]) <= month}
            | {name for name in self.log.listed if self.has_contract(name, month)}
        )

    def acquired_before(self, name: str, month: int) -> bool:
        acquired, *_ = self.listing(name, month)
        first = self.first_active(name, month)
        begin = first_of(self.log.start)
        return bool(acquired and acquired < begin) or (first is not None and first < self.log.start)

    def status(self, name: str, month: int, months: int) -> str:
        opening = month - months
        is_now = self.active(name, month)
        was = opening >= self.log.start and self.active(name, opening)
        first = self.first_active(name, month)
        arrived = first is not None and first > opening and not self.acquired_before(name, month)
        if is_now and was:
            return "retained"
        if is_now:
            return "new" if arrived else "won_back"
        if was:
            return "lost"
        return "came_and_went" if arrived else "inactive"
