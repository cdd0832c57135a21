"""What the sample bank knows of itself: its own figures, its channels and products, and what happened."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.people import FIRST_MONTH, stream
from custlib.data.sample.truth import Truth
from custlib.periods import add_months


@dataclass(frozen=True)
class Metric:
    """One of the bank's own figures: its level in calm months, and in the worst month of the failure."""

    name: str
    level: float
    spread: float  # standard deviation from month to month
    minimum: float
    better: str
    stage: str
    owner: str
    worst: float  # the level where the failure is at its full


METRICS = (
    Metric("Calls answered within 20 seconds", 0.86, 0.012, 0.80, "higher", "help", "Head of Customer Service", 0.57),
    Metric("Complaints solved within a week", 0.91, 0.012, 0.85, "higher", "help", "Head of Customer Service", 0.52),
    Metric("Cards delivered on time", 0.975, 0.005, 0.95, "higher", "use", "Head of Cards", 0.78),
    Metric("App available", 0.9985, 0.0004, 0.995, "higher", "use", "Head of Digital", 0.9880),
    Metric("Wrong transfers per 10,000", 2.2, 0.25, 4.0, "lower", "use", "Head of Payments", 7.5),
    Metric("Minutes waited in branches", 7.0, 0.6, 8.0, "lower", "use", "Head of Branches", 7.0),
    Metric("Days to open an account", 1.4, 0.1, 2.0, "lower", "join", "Head of Current Accounts", 1.4),
)  # fmt: skip

# code, name, kind
CHANNELS = (
    ("app", "App", "digital"),
    ("bank", "Posted by the bank", "internal"),
    ("branch", "Branches", "personal"),
    ("comparison", "Comparison site", "partner"),
    ("email", "E-mail", "remote"),
    ("letter", "Letters", "remote"),
    ("phone", "Telephone", "remote"),
    ("referral", "Recommended by a customer", "customers"),
    ("web", "Website", "digital"),
)
# code, name, owner, group
PRODUCTS = (
    ("account", "Ordinary account", "Head of Current Accounts", "everyday"),
    ("app", "App and online banking", "Head of Digital", "everyday"),
    ("card", "Card purchases", "Head of Cards", "everyday"),
    ("cash", "Cash at the counter", "Head of Branches", "everyday"),
    ("fee", "Fees charged", "Head of Current Accounts", "postings"),
    ("interest", "Interest paid", "Head of Savings and Loans", "postings"),
    ("package", "Package account", "Head of Current Accounts", "everyday"),
    ("savings", "Savings and loans", "Head of Savings and Loans", "saving and borrowing"),
)
# of each theme of `voice.THEMES`: the product it is about (None: no product), and who takes care of it
PRODUCT_OF: tuple[str | None, ...] = (None, "account", None, "app", None, "savings", "card")
OWNER_OF = (
    "Head of Customer Service", "Head of Current Accounts", "Head of Customer Service", "Head of Digital",
    "Head of Branches", "Head of Savings and Loans", "Head of Cards",
)  # fmt: skip

# the price list's new design changes nothing, and that is the point: not every event moves a figure
_ALWAYS = (
    (date(2024, 8, 1), "The comparison site starts to offer our account"),
    (date(2025, 1, 15), "The price list gets a new design"),
)
# months after the first of the failure, day, text
_FAILURE = (
    (-1, 23, "The new telephone and card system goes live"),
    (0, 3, "Calls unanswered and transfers stuck: the service failure begins"),
    (3, 1, "Additional staff on the telephones"),
)


def events(truth: Truth) -> list[tuple[date, str]]:
    """List what happened, by date."""
    failed = []
    if truth.failure:
        first = add_months(FIRST_MONTH, truth.failure.month)
        failed = [(add_months(first, after).replace(day=day), text) for after, day, text in _FAILURE]
    return sorted([*_ALWAYS, *failed])


def figures(seed: int, truth: Truth) -> NDArray[np.float64]:
    """Draw the bank's own figures: one row per month, one column per metric; shares end at 1."""
    noise = stream(seed, "operations").standard_normal((truth.months, len(METRICS)))
    depth = np.zeros(truth.months)
    if truth.failure:
        first = truth.failure.month - 1
        fall = np.array(truth.failure.operations)[: truth.months - first]
        depth[first : first + len(fall)] = fall
    level, spread, worst = np.array([(m.level, m.spread, m.worst) for m in METRICS]).T
    found = level + np.multiply.outer(depth, worst - level) + spread * noise
    return np.round(np.where(level < 1, np.minimum(found, 1.0), found), 4)


def as_markdown() -> str:
    """Write the metrics as a table of the codebook."""
    lines = ["| metric | level | spread | minimum | better | at the worst |", "| --- " * 6 + "|"]
    lines += [
        f"| {m.name} | {m.level:g} | {m.spread:g} | {m.minimum:g} | {m.better} | {m.worst:g} |"
        for m in METRICS
    ]
    return "\n".join(lines)
