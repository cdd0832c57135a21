"""The contract every company's data are brought to; it is also the codebook.

One entry per table and column: name, kind, unit, what it means and what NULL means. Only
transactions must be there; what a company does not have is "not available", never zero.

Kinds: ``id`` text, trimmed; ``date`` day in the company's time zone; ``month`` first day of the
month; ``money`` DECIMAL(18,4) in the company's currency; ``number``; ``text``; ``flag`` true/false.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "date", "month", "money", "number", "text", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of the contract: what it is called, what it holds, what NULL means."""

    name: str
    kind: Kind
    description: str
    null_means: str
    required: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    `grain` says what one row is; `open` tables take any further column, as text or number;
    `unique` names the columns that no two rows may share.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    open: bool = False
    unique: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """Give a column of the contract, or None for one it does not know."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be mapped."""
        return tuple(column.name for column in self.columns if column.required)

    def needed(self, *, has_log: bool) -> tuple[str, ...]:
        """Name the columns that must be mapped for a company; who has no log need not know when a survey was answered."""
        return tuple(name for name in self.required if has_log or (self.name, name) not in WITHOUT_LOG)

    @property
    def names_customers(self) -> bool:
        """Whether rows belong to customers; those of operations, channels, products and events do not."""
        return self.column("customer_id") is not None


# What a company need not know that has no table of what customers did.
WITHOUT_LOG = frozenset({("surveys", "date")})
_NEVER = "refused"
_CUSTOMER = Column("customer_id", "id", "the customer", _NEVER, required=True)

TRANSACTIONS = Table(
    "transactions",
    "one line of a purchase, payment or other transaction",
    (
        Column("customer_id", "id", "who bought", "nobody known: counted as unattributed", required=True),
        Column("date", "date", "day of the transaction", _NEVER, required=True, unit="day"),
        Column("amount", "money", "value; negative for returns", _NEVER, required=True, unit="currency"),
        Column("margin", "money", "gross contribution margin of the row", _NEVER, unit="currency"),
        Column("order_id", "id", "rows of one order share it", "order not known"),
        Column("product", "id", "what was bought", "product not known"),
        Column("channel", "text", "where it was bought", "channel not known"),
    ),
)

CUSTOMERS = Table(
    "customers",
    "one customer, as known today",
    (
        _CUSTOMER,
        Column("acquired_on", "date", "day the customer was won", "not known", unit="day"),
        Column("acquisition_channel", "text", "how the customer was won", "not known"),
        Column("acquisition_cost", "money", "spent on winning the customer", "not known", unit="currency"),
        Column("referred_by", "id", "the customer who referred this one", "not referred, or not known"),
        Column("closed_on", "date", "day the relationship was closed", "not closed", unit="day"),
        Column("closure_reason", "text", "why it was closed", "not closed, or not known"),
        Column("contract", "flag", "whether the relationship is a contract", "not known"),
        Column(
            "value",
            "money",
            "what the customer brought, over a period that the company knows; used where no log tells it",
            "not known",
            unit="currency",
        ),
    ),
    open=True,
    unique=("customer_id",),
)

COSTS = Table(
    "costs",
    "one cost of serving one customer",
    (
        _CUSTOMER,
        Column("date", "date", "day of the cost", _NEVER, required=True, unit="day"),
        Column("cost", "money", "cost to serve, positive", _NEVER, required=True, unit="currency"),
        Column("activity", "text", "what was done", "activity not known"),
    ),
)

CUSTOMER_MONTHS = Table(
    "customer_months",
    "one customer in one month, as it stood at the end of that month",
    (
        _CUSTOMER,
        Column("month", "month", "the month", _NEVER, required=True, unit="month"),
        Column("revenue", "money", "revenue of the month", "none booked", unit="currency"),
        Column("margin", "money", "gross contribution margin of the month", "none booked", unit="currency"),
        Column("cost_to_serve", "money", "cost of serving in the month", "none booked", unit="currency"),
    ),
    open=True,
    unique=("customer_id", "month"),
)

SURVEYS = Table(
    "surveys",
    "one customer invited to one survey, or one answer",
    (
        _CUSTOMER,
        Column(
            "date",
            "date",
            "day of the answer, else of the invitation",
            "refused; without a log: not known",
            required=True,
            unit="day",
        ),
        Column("metric", "text", "what was asked: nps, csat, or another scale's name", _NEVER, required=True),
        Column(
            "score",
            "number",
            "the answer: nps 0 to 10, csat 1 to 5, or as settings.scales has it",
            "invited, did not answer",
            required=True,
        ),
        Column("wave", "text", "the round of invitations, such as 2026-Q2", "not asked in rounds"),
        Column("stage", "text", "the part of the journey it is about", "about the whole, or not known"),
        Column("reason", "text", "why that score, in the customer's own words", "none given"),
        Column("expectation", "text", "what was expected, in the customer's own words", "none given"),
    ),
)

FEEDBACK = Table(
    "feedback",
    "one thing a customer said without being asked",
    (
        Column("customer_id", "id", "who said it", "nobody known: counted as unattributed"),
        Column("date", "date", "day it came in", _NEVER, required=True, unit="day"),
        Column("kind", "text", "complaint, praise, suggestion, question, ...", "not sorted yet"),
        Column("stage", "text", "the part of the journey it is about", "not known"),
        Column("channel", "text", "how it came in", "not known"),
        Column("product", "id", "what it is about", "no product, or not known"),
        Column("verbatim", "text", "the customer's own words", "not written down"),
        Column("owner", "text", "the role that takes care of it", "nobody yet"),
        Column("status", "text", "how far it has come, as known today", "not known"),
        Column("resolved_on", "date", "day it was settled", "not settled, or not known", unit="day"),
    ),
)

PROMISES = Table(
    "promises",
    "one promise made to one customer",
    (
        _CUSTOMER,
        Column("promise", "text", "what was promised", _NEVER, required=True),
        Column("due_on", "date", "the last day on which it is kept", _NEVER, required=True, unit="day"),
        Column("kept_on", "date", "day it was done; after due_on: late", "not done, or not yet", unit="day"),
        Column("stage", "text", "the part of the journey it belongs to", "not known"),
    ),
)

OPERATIONS = Table(
    "operations",
    "one figure of the company's own work in one month",
    (
        Column("month", "month", "the month it was measured for", _NEVER, required=True, unit="month"),
        Column("metric", "text", "what is measured", _NEVER, required=True),
        Column("value", "number", "the figure, in the metric's own unit", _NEVER, required=True),
        Column("minimum", "number", "the standard it should not fall short of", "no standard is set"),
        Column("better", "text", "higher or lower: which way is better", "higher is better"),
        Column("stage", "text", "the part of the journey it serves", "not known"),
        Column("owner", "text", "the role that answers for it", "not known"),
    ),
    unique=("month", "metric"),
)

CHANNELS = Table(
    "channels",
    "one way in which customers and company meet",
    (
        Column("channel", "text", "its code, as other tables have it", _NEVER, required=True),
        Column("name", "text", "as it is printed", "the code is printed"),
        Column("kind", "text", "digital, personal, partner, ...", "not sorted"),
    ),
    unique=("channel",),
)

PRODUCTS = Table(
    "products",
    "one product",
    (
        Column("product", "id", "its code, as other tables have it", _NEVER, required=True),
        Column("name", "text", "as it is printed", "the code is printed"),
        Column("owner", "text", "the role that answers for it", "not known"),
        Column("group", "text", "the products it belongs with", "not grouped"),
    ),
    unique=("product",),
)

EVENTS = Table(
    "events",
    "one thing that happened, to be remembered beside the figures",
    (
        Column("date", "date", "day it happened or began", _NEVER, required=True, unit="day"),
        Column("text", "text", "what happened, as it is printed", _NEVER, required=True),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        TRANSACTIONS, CUSTOMERS, COSTS, CUSTOMER_MONTHS, SURVEYS, FEEDBACK, PROMISES, OPERATIONS, CHANNELS,
        PRODUCTS, EVENTS,
    )
}  # fmt: skip


def codebook() -> str:
    """Write the contract as Markdown: one table per table, one line per column."""
    lines: list[str] = []
    for table in TABLES.values():
        more = " Any further column is kept, as text or number." if table.open else ""
        lines += [f"## {table.name}", "", f"One row is {table.grain}.{more}", ""]
        lines += ["| column | kind | required | unit | what it holds | empty means |", "| --- " * 6 + "|"]
        lines += [
            f"| `{c.name}` | {c.kind} | {'yes' if c.required else 'no'} | {c.unit} | {c.description} | {c.null_means} |"
            for c in table.columns
        ]
        lines.append("")
    return "\n".join(lines)


MONEY_TYPE = "DECIMAL(18,4)"

# What transactions carries beside the mapped columns; see custlib.data.source.
DERIVED = (
    Column("qualifying", "flag", "whether the row counts as activity", "never NULL"),
    Column("excluded", "text", "why the row is left out: filter, scope, duplicate key", "the row is kept"),
)
EXCLUSIONS = ("filter", "scope", "duplicate key")
