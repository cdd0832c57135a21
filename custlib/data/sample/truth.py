"""The written truth of the sample bank: every number its customers are drawn from.

Months are counted from 0 (2023-07) to 36 (2026-07, of which only the first days are known).
Money is in euro, rates are per year unless a name says otherwise.
"""

from dataclasses import dataclass, fields, is_dataclass, replace

from custlib.data.sample.voice import VOICE, Voice
from custlib.data.sample.worlds import EVERY_POINT, EXTREMES, MIDDLE, NOTHING, REVERSED, World

BANK = "Lindenhafen Bank"
SEED = 12


@dataclass(frozen=True)
class Channel:
    """How customers of one acquisition channel come, behave, stay and are worth."""

    alpha: float  # BG/BB: monthly activity p ~ Beta(alpha, beta)
    beta: float
    gamma: float  # BG/BB: monthly dropout theta ~ Beta(gamma, delta)
    delta: float
    package_share: float  # share who hold a package account (a contract)
    purchases_shape: float  # card purchases of an active month: 1 + Poisson(season x rate),
    purchases_mean: float  # rate ~ Gamma(shape, mean)
    ticket: float  # median amount of a card purchase
    balance: float  # median balance of an ordinary account
    account_fee: float  # of an ordinary account, in each month its card is used
    products: float  # products beyond the first, mean at the start (Poisson)
    contacts: float  # service contacts per open month
    acquisition_cost: float  # mean, per customer
    old_share: float  # share among customers older than the data
    ways: tuple[float, float, float]  # where cards are used: web, app, branch
    ages: tuple[float, float, float, float]  # 18-29, 30-44, 45-59, 60+


@dataclass(frozen=True)
class Failure:
    """A service failure: who is exposed and what it does to them, month by month."""

    month: int = 24  # 2025-07
    balance: float = 12_000.0  # exposed: at least this balance in the month before, and ...
    channel: str = "branch"  # ... acquired by this channel, or older than the data
    # added dropout probability of the exposed in 2025-07, 2025-08, ... 2026-07
    hazard: tuple[float, ...] = (
        0.05,
        0.05,
        0.04,
        0.035,
        0.035,
        0.035,
        0.035,
        0.035,
        0.035,
        0.035,
        0.035,
        0.035,
        0.035,
    )
    withdraw_share: float = 0.1  # exposed customers who, if they stay, move money away ...
    withdraw_keep: float = 0.5  # ... and keep this part of their balance
    contacts: float = 1.5  # additional service contacts per exposed customer in its first three months
    reasons: tuple[float, ...] = (0.06, 0.72, 0.02, 0.14, 0.02, 0.04)
    # from its first month on, what an exposed customer's score owes to the person and not to theta, a
    # number evenly drawn between 0 (low scores) and 1, is multiplied by ...
    mood: float = 0.45
    mood_driven: float = 0.12  # ... and by this for those whom it will drive out
    blamed: float = 0.85  # of the themes of exposed customers who score 0-6: service
    feedback: float = 0.6  # of its additional contacts: written down as feedback ...
    complaints: float = 0.95  # ... as complaints (else questions) about the service ...
    solved_days: float = 16.0  # ... solved, in the mean, after so many days
    kept: float = 0.40  # of promises to the exposed in its first seven months; later ...
    kept_later: float = 0.75
    # how far the bank's own figures fall, month by month, from the month before it on; see the list of figures
    operations: tuple[float, ...] = (0.35, 1, 1, 1, 1, 1, 0.9, 0.75, 0.6, 0.45, 0.3, 0.2, 0.1)


@dataclass(frozen=True)
class Truth:
    """All parameters of the generator; the codebook prints them, the tests recover them."""

    channels: dict[str, Channel]
    months: int = 36  # complete months, from 2023-07
    last_day: int = 9  # the last known day of the month after them
    old_customers: float = 0.36  # share of listed customers who are older than the data
    old_tenure: float = 45.0  # months since acquisition of these: exponential with this scale, ...
    old_tenure_max: int = 126  # ... cut off here
    old_balance: float = 2.0  # times the channel's median balance
    package_balance: float = 1.5
    package_activity: tuple[float, float] = (8.0, 1.0)  # Beta: monthly card activity in a package
    package_churn: tuple[float, float] = (0.7, 45.0)  # shifted beta-geometric, monthly
    package_fee: float = 9.90
    product_fee: float = 0.80  # per month, each product beyond the first
    kappa: float = 0.6  # probability that an ordinary customer's departure is recorded
    # card purchases by calendar month, January to December; mean 1; activity itself has no season
    season: tuple[float, ...] = (0.93, 0.91, 0.97, 0.98, 1.0, 1.02, 1.05, 1.0, 0.98, 1.0, 1.04, 1.12)
    ticket_spread: float = 0.8  # log standard deviation of amounts
    customer_spread: float = 0.35  # log standard deviation of customers' median amounts
    balance_spread: float = 0.75  # log standard deviation of balances between customers
    balance_walk: float = 0.06  # log standard deviation of a balance's monthly step
    left_behind: float = 0.03  # part of the balance an unrecorded leaver leaves behind
    lending_rate: float = 0.034
    paid_rate: float = 0.014  # interest margin: the difference, 2.0%
    interchange: float = 0.004  # of card volume
    serve_open: float = 1.50  # cost to serve: per open month, ...
    serve_card: float = 0.05  # ... per card row, ...
    serve_counter: float = 1.50  # ... in addition per card row in a branch, ...
    serve_contact: float = 5.00  # ... per service contact, ...
    serve_arrears: float = 7.50  # ... per month in arrears
    refunds: float = 0.012  # of card purchases
    zeros: float = 0.002
    duplicates: float = 0.0003
    unidentified: float = 0.003
    arrears_in: float = 0.006  # enters 30 days in arrears, per month
    arrears_on: float = 0.45  # goes on for another 30 days; otherwise paid up
    moves: float = 0.002  # changes region, per month
    product_up: float = 0.012  # takes up / gives up a product, per month
    product_down: float = 0.006
    # reasons for closure, in the order of CLOSURE_REASONS; the last is "not stated"
    reasons: tuple[float, ...] = (0.28, 0.14, 0.20, 0.23, 0.10, 0.05)
    failure: Failure | None = Failure()
    world: World = EVERY_POINT
    voice: Voice = VOICE

    def arrivals(self) -> dict[str, list[float]]:
        """Give the relative number of customers each channel brings in each month.

        Branches bring slowly fewer, the web and referrals about the same; the comparison site opens
        in 2024-08 (month 13) and grows in a straight line. The incomplete last month counts in part.
        """
        span = range(self.months + 1)
        flow = {
            "branch": [13.0 - 0.2 * m for m in span],
            "web": [13.0 + 0.03 * m for m in span],
            "referral": [6.0 + 0.03 * m for m in span],
            "comparison": [max(0.0, 5.0 + 1.5 * (m - 13)) if m >= 13 else 0.0 for m in span],
        }
        for months in flow.values():
            months[-1] *= self.last_day / 31
        return flow


CHANNELS = ("branch", "web", "referral", "comparison")
CLOSURE_REASONS = ("fees", "service", "moved", "competitor", "other", None)
REGIONS = ("Harbour", "Islands", "Meadows", "Uplands")
REGION_SHARES = (0.40, 0.12, 0.28, 0.20)
AGE_BANDS = ("18-29", "30-44", "45-59", "60+")
WAYS = ("web", "app", "branch", "bank")
PRODUCTS = ("card", "cash", "interest", "fee")

# one value per channel: branch, web, referral, comparison
_BY_CHANNEL = {
    "alpha": (7.0, 5.0, 5.5, 3.0),
    "beta": (1.0, 1.2, 1.0, 1.3),
    "gamma": (0.5, 0.6, 0.5, 0.9),
    "delta": (40.0, 28.0, 45.0, 11.0),
    "package_share": (0.20, 0.10, 0.15, 0.02),
    "purchases_shape": (2.0, 1.6, 1.8, 1.0),
    "purchases_mean": (8.0, 6.0, 7.0, 2.5),
    "ticket": (26.0, 22.0, 24.0, 16.0),
    "balance": (5_000.0, 1_300.0, 2_200.0, 350.0),
    "account_fee": (1.0, 1.0, 1.0, 0.0),
    "products": (0.9, 0.5, 0.7, 0.1),
    "contacts": (0.12, 0.10, 0.10, 0.30),
    "acquisition_cost": (140.0, 70.0, 45.0, 12.0),
    "old_share": (0.55, 0.27, 0.18, 0.0),
    "ways": ((0.25, 0.35, 0.40), (0.45, 0.50, 0.05), (0.35, 0.45, 0.20), (0.60, 0.38, 0.02)),
    "ages": (
        (0.10, 0.25, 0.35, 0.30),
        (0.30, 0.40, 0.22, 0.08),
        (0.22, 0.36, 0.28, 0.14),
        (0.42, 0.38, 0.15, 0.05),
    ),
}
TRUTH = Truth(
    channels={
        channel: Channel(**{name: values[i] for name, values in _BY_CHANNEL.items()})  # type: ignore[arg-type]
        for i, channel in enumerate(CHANNELS)
    }
)

_CALM = replace(TRUTH, failure=None)
WORLDS: dict[str, Truth] = {
    "default": TRUTH,
    "no-failure": _CALM,
    "extremes": replace(_CALM, world=EXTREMES),
    "middle": replace(_CALM, world=MIDDLE),
    "nothing": replace(_CALM, world=NOTHING),
    "reversed": replace(_CALM, world=REVERSED),
}
"""The truths by name. Without the failure nothing but theta makes people leave, so the shape is clean."""


def as_markdown(truth: Truth = TRUTH) -> str:
    """Write the parameters as the two tables of the codebook, so that it cannot disagree with the code."""
    names = [f.name for f in fields(Channel)]
    lines = ["| parameter | " + " | ".join(truth.channels) + " |", "| --- |" + " --- |" * len(truth.channels)]
    for name in names:
        values = (_text(getattr(channel, name)) for channel in truth.channels.values())
        lines.append(f"| `{name}` | " + " | ".join(values) + " |")
    lines += ["", "| parameter | value |", "| --- | --- |"]
    lines += [f"| `{name}` | {value} |" for name, value in _rows(truth, "")]
    return "\n".join(lines)


def _rows(part: object, prefix: str) -> list[tuple[str, str]]:
    rows = []
    for field in fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if is_dataclass(value):
            rows += _rows(value, f"{prefix}{field.name}.")
        elif not isinstance(value, dict):
            rows.append((prefix + field.name, _text(value)))
    return rows


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_text(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
