"""The definitions once more, in plain Python over single rows: slow, obvious, and sharing no code.

Tests hold the engine's tables against this. A random log has returns, gaps, purchases on the last
day of a month, customers older than the data and (where there are contracts) closures.
"""

import random
from calendar import monthrange
from collections import defaultdict
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
    costs: list = field(default_factory=list)  # (customer, day, cost); none unless a test adds some
    flags: dict | None = None  # customer -> whether the list calls it a contract; None: the list does not say


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


def stranger_log(seed: int) -> Log:
    """Make a random company with what is rarer: costs of customers never seen, and contracts that the list marks."""
    log, rng = random_log(seed), random.Random(1000 + seed)
    for name in sorted({row[0] for row in log.rows} | set(log.listed) | {"only-costs"}):
        for month in range(log.start, log.start + log.months + 1):
            if rng.random() < 0.2:
                day = rng.choice([first_of(month), last_of(month)])
                log.costs.append((name, day, Decimal(rng.randint(1, 50000)) / 10000))
    if rng.random() < 0.7:
        log.flags = {name: rng.choice([True, False, False, None]) for name in sorted(log.listed)}
    for number in range(6):
        # Won before the data, and often closed: before them, in them, or not at all.
        acquired = first_of(log.start - rng.randint(1, 30))
        closed = last_of(log.start + rng.randint(-2, log.months)) if rng.random() < 0.5 else None
        log.listed[f"old-{number}"] = (acquired, max(acquired, closed) if closed else None, None, "web")
        if log.flags is not None:
            log.flags[f"old-{number}"] = rng.choice([True, False])
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
        self.own, self.costs = defaultdict(list), defaultdict(list)
        for row in log.rows:
            self.own[row[0]].append(row)
        for cost in log.costs:
            self.costs[cost[0]].append(cost)

    def bought(self, name: str, first: int, last: int) -> list:
        return [r for r in self.own[name] if r[3] and first <= index(r[1]) <= last]

    def margin(self, name: str, first: int, last: int) -> Decimal:
        earned = sum((r[2] for r in self.own[name] if first <= index(r[1]) <= last), Decimal(0))
        return earned - sum(c[2] for c in self.costs[name] if first <= index(c[1]) <= last)

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
        if acquired and acquired > last_of(month):
            return False
        if self.log.flags is not None:
            marked = self.log.flags.get(name)
            return self.log.relationship == "contractual" if marked is None else marked
        return acquired is not None or self.log.relationship == "contractual"

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
            | {c[0] for c in self.log.costs if index(c[1]) <= month}
            | {name for name in self.log.listed if self.has_contract(name, month)}
            | {name for name in self.log.listed if self.listed_before(name)}
        )

    def listed_before(self, name: str) -> bool:
        """Won before the data by the list alone; under a contractual relationship only contracts count."""
        acquired = self.log.listed[name][0]
        early = acquired is not None and acquired < first_of(self.log.start)
        return early and self.log.relationship != "contractual"

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

    def came(self, name: str, month: int) -> set[date]:
        """Days with a qualifying row in one month."""
        return {r[1] for r in self.bought(name, month, month)}

    def is_active_month(self, name: str, month: int) -> bool:
        """Whether a month counts for the models of value: a contract open at its end, else a purchase."""
        if self.has_contract(name, month):
            return self.listing(name, month)[1] is None
        return self.log.relationship != "contractual" and bool(self.came(name, month))

    def months_of_life(self, name: str, month: int) -> list[int]:
        """Months of the data after the month of acquisition, as known in each of them."""
        life = []
        for each in range(self.log.start, month + 1):
            first = self.first_active(name, each)
            won = (first is not None and first < each) or self.acquired_before(name, each)
            if won and (self.log.relationship != "contractual" or self.has_contract(name, each)):
                life.append(each)
        return life

    def state(self, name: str, month: int) -> dict:
        life = self.months_of_life(name, month)
        good = [each for each in life if self.is_active_month(name, each)]
        days = sorted(set().union(*(self.came(name, each) for each in range(self.log.start, month + 1))))
        earned = [self.margin(name, each, each) for each in good]
        return {
            "active_months": len(good),
            "active_margin_sum": sum(earned, Decimal(0)),
            "active_margin_squares": sum((each * each for each in earned), Decimal(0)),
            "active_margin_day_squares": sum((self._by_days(name, each) for each in good), Decimal(0)),
            "idle_margin": sum((self.margin(name, m, m) for m in life if m not in good), Decimal(0)),
            "first_day": days[0] if days else None,
            "last_day": days[-1] if days else None,
            "active_days": len(days),
            "later_days": len([day for day in days if index(day) in life]),
            "under_contract": self.has_contract(name, month),
        }

    def _by_days(self, name: str, month: int) -> Decimal:
        """Square a month's margin and divide it by its days; 0 for a month of contract without any."""
        days = len(self.came(name, month))
        squared = self.margin(name, month, month) ** 2
        return squared / days if days else Decimal(0)

    def customers(self, month: int) -> list[str]:
        """Who is or was a customer, or was won before the data."""
        ever = [
            name
            for name in self.known(month)
            if self.first_active(name, month) is not None or self.acquired_before(name, month)
        ]
        if self.log.relationship == "contractual":
            ever = [name for name in ever if self.has_contract(name, month)]
        return ever

    def pattern(self, name: str, month: int, left_truncation: int) -> dict:
        """One customer's life, written out as a string of months and read off that."""
        acquired, closed, _, channel = self.listing(name, month)
        contract, older = self.has_contract(name, month), self.acquired_before(name, month)
        first = self.first_active(name, month)
        if older:
            begin, before = self.log.start - 1, self.log.start - 1 - index(acquired) if acquired else 0
        else:
            begin, before = (index(acquired) if contract else first), 0
        gone = closed is not None and self.log.relationship != "non_contractual"
        life = range(begin + 1, month + 1)
        state = self.state(name, month)
        if contract:
            lived = [each for each in life if not gone or each < index(closed)]
            n = x = t_x = len(lived)
            shown = not gone or index(closed) >= self.log.start
        else:
            good = [each for each in life if self.came(name, each)]
            x, t_x = len(good), good[-1] - begin if good else 0
            heard = max(self.purchase_months(name, month), default=None)
            if gone:
                death = max(index(closed), heard + 1) if heard is not None else index(closed)
                n = len([each for each in life if each < death])
                shown = death > begin
            else:
                n, shown = len(life), True
            shown = shown and x > 0 and before > 0
        by_row = not self.log.complete and first is not None and first < self.log.start + left_truncation
        unknown = acquired is None and (by_row or (contract and older))
        return {
            "kind": "contract" if contract else "use",
            "group": channel or "unknown",
            "older": older,
            "x": x,
            "t_x": t_x,
            "n": n,
            "before": before,
            "closed": gone,
            "age": month - begin,
            "seen_start": unknown,
            "fitted": not unknown and (shown or not older),
            "months": state["active_months"],
            "total": state["active_margin_sum"],
            "squares": state["active_margin_squares"],
            "day_squares": state["active_margin_day_squares"],
            "idle": state["idle_margin"],
            "days_x": max(state["active_days"] - 1, 0),
            "later_days": state["later_days"],
            "first_day": state["first_day"],
            "last_day": state["last_day"],
        }
