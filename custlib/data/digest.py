"""What the source holds, month by month, in a few bytes: two states that differ have other digests.

A panel month is made again only when its own rows changed, so a late row costs the months it touches.
Rows are hashed one by one and the hashes added up, which makes the order of rows meaningless and
costs about one more scan of the log. The engine's hash serves only to tell states apart: no figure
is made from it, and another version of the engine just prepares everything once more.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from custlib.data.columns import literal, quote
from custlib.data.log_checks import log_profile
from custlib.data.schema import TABLES
from custlib.data.source import Source
from custlib.periods import Month, month_range, month_text, parse_month

# The column that tells to which month a row belongs.
DATED = {"transactions": "date", "costs": "date", "customer_months": "month"}
# What customers said, by month: the tables beside the log that are read with it, and the columns kept of them.
SAID = {
    "surveys": ("customer_id", "date", "metric", "score", "wave", "stage", "reason"),
    "feedback": ("customer_id", "date", "kind", "stage", "owner", "status", "resolved_on"),
}
# Of feedback it is written down later than it came in, so that no earlier month is another by it.
_LATER = ("owner", "status", "resolved_on")
NEVER = "never"


@dataclass(frozen=True)
class Digests:
    """Digests of a source.

    Attributes
    ----------
    layout : str
        Of the tables there are and their columns.
    months : dict
        Table -> month (``YYYY-MM``) -> [rows, digest], for months with rows.
    arrivals, closures : dict
        Month -> digest of the customers acquired in it (`NEVER`: no date is known) and of those closed in it.
    customers : str or None
        Of the whole customer list; None without one.
    said : dict
        Table of `SAID` -> month -> digest of the kept columns of that month's rows; empty where the table is.
    settled : dict
        Month -> digest of the feedback that was settled in it.
    """

    layout: str
    months: dict[str, dict[str, list[Any]]]
    arrivals: dict[str, int] = field(default_factory=dict)
    closures: dict[str, int] = field(default_factory=dict)
    customers: str | None = None
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)

    def of(self, month: Month, *tables: str) -> str:
        """Give the digest of one month's rows in these tables."""
        return digest(*(self.months.get(table, {}).get(month_text(month), "none") for table in tables))

    def of_said(self, month: Month, table: str) -> str:
        """Give the digest of what is kept of a month's surveys or feedback, as known today."""
        return self.said.get(table, {}).get(month_text(month), "none")

    def months_said(self, table: str) -> list[Month]:
        """List the months in which a table of `SAID` has rows."""
        return [parse_month(month) for month in sorted(self.said.get(table, {}))]

    def data(self, month: Month) -> str:
        """Give the digest of all rows of a month, as they could be known at its end."""
        return digest(self.of(month, *DATED, *SAID), self.settled.get(month_text(month), "none"))

    def listed(self, month: Month) -> str:
        """Give the digest of the customer list as it could be known at a month's end."""
        if self.customers is None:
            return "none"
        text = month_text(month)
        come = sum(value for when, value in self.arrivals.items() if when == NEVER or when <= text)
        gone = sum(value for when, value in self.closures.items() if when <= text)
        return digest(come, gone)

    def rows(self, month: Month) -> int:
        """Count one month's rows in all dated tables."""
        return sum(found.get(month_text(month), [0])[0] for found in self.months.values())

    def first(self, table: str) -> Month | None:
        """Give the first month in which a table has a row; None without one."""
        return parse_month(min(self.months[table])) if self.months.get(table) else None

    def last(self, table: str) -> Month | None:
        """Give the last month in which a table has a row; None without one."""
        return parse_month(max(self.months[table])) if self.months.get(table) else None

    def chain(self, first: Month, last: Month, seed: str) -> dict[Month, str]:
        """Give for each month the digest of all that was known up to its end: one link added per month."""
        links, before = {}, digest(seed, self.layout)
        for month in month_range(first, last):
            before = links[month] = digest(before, self.of(month, *DATED), self.listed(month))
        return links

    def as_text(self) -> str:
        """Write the digests as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Digests":
        """Read what `as_text` wrote."""
        return cls(**json.loads(text))


def digest(*parts: object) -> str:
    """Give a short digest of some values, by what they print."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


def take_digests(source: Source, segments: tuple[str, ...]) -> Digests:
    """Read every table once and give its digests; of the log what its checks have read is enough.

    Parameters
    ----------
    segments : tuple of str
        Attributes of customers that split the base; other attributes change no month's table.
    """
    columns = {name: list(source.con.table(name).columns) for name in source.bindings}
    months = {
        name: _by_month(source, name, column, columns[name])
        for name, column in DATED.items()
        if name in columns and name != "transactions"
    }
    if "transactions" in columns:
        months["transactions"] = log_profile(source, source.company).digests()
    layout = digest(
        {name: columns[name] for name in sorted(months | columns) if name in DATED}, duckdb.__version__
    )
    told_by = {name: _said(source, name, columns[name]) for name in SAID if name in columns}
    months |= {name: known for name, (known, _) in told_by.items()}
    said: dict[str, Any] = {
        "said": {name: now for name, (_, now) in told_by.items()},
        "settled": _settled(source, columns.get("feedback", [])),
    }
    if "customers" not in columns:
        return Digests(layout, months, **said)
    have = columns["customers"]
    contract = [column.name for column in TABLES["customers"].columns]
    told = [name for name in have if name in contract or name in segments]
    whole = source.sql(f"SELECT count(*), {_sum(have)} FROM customers")[0]
    return Digests(
        digest(layout, told),
        months,
        _arrivals(source, told),
        _closures(source, told),
        digest(have, *whole),
        **said,
    )


def _sum(columns: Sequence[str]) -> str:
    return f"coalesce(sum(hash({', '.join(quote(name) for name in columns)})), 0)"


def _month(column: str) -> str:
    return f"strftime({quote(column)}, '%Y-%m')"


def _by_month(
    source: Source, table: str, column: str, columns: list[str], filed: Month | None = None
) -> dict[str, list[Any]]:
    """Count and digest each month's rows; all of them as those of the month under which they are filed, where there is one."""
    month = literal(month_text(filed)) if filed else _month(column)
    dated = "true" if filed else f"{quote(column)} IS NOT NULL"
    rows = source.sql(
        f"SELECT {month}, count(*), {_sum(columns)} FROM {quote(table)} WHERE {dated} GROUP BY 1 ORDER BY 1"
    )
    return {month: [count, str(total)] for month, count, total in rows}


def _said(source: Source, table: str, columns: list[str]) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Digest what is kept of a month's rows twice: as it could be known at the month's end, and as known today."""
    kept = [name for name in SAID[table] if name in columns]
    filed = None if source.company.has_log else source.company.complete_through
    then = _by_month(source, table, "date", [name for name in kept if name not in _LATER], filed)
    now = _by_month(source, table, "date", kept, filed)
    return then, {month: digest(kept, *found) for month, found in now.items()}


def _settled(source: Source, columns: list[str]) -> dict[str, int]:
    if "resolved_on" not in columns:
        return {}
    kept = [name for name in SAID["feedback"] if name in columns]
    return {
        when: int(total)
        for when, total in source.sql(
            f"SELECT {_month('resolved_on')}, {_sum(kept)} FROM feedback WHERE resolved_on IS NOT NULL GROUP BY 1"
        )
    }


def _arrivals(source: Source, told: list[str]) -> dict[str, int]:
    static = [name for name in told if name not in ("closed_on", "closure_reason")]
    month = f"coalesce({_month('acquired_on')}, '{NEVER}')" if "acquired_on" in told else f"'{NEVER}'"
    return {
        when: int(total)
        for when, total in source.sql(f"SELECT {month}, {_sum(static)} FROM customers GROUP BY 1")
    }


def _closures(source: Source, told: list[str]) -> dict[str, int]:
    if "closed_on" not in told:
        return {}
    known = [name for name in ("customer_id", "closed_on", "closure_reason") if name in told]
    return {
        when: int(total)
        for when, total in source.sql(
            f"SELECT {_month('closed_on')}, {_sum(known)} FROM customers WHERE closed_on IS NOT NULL GROUP BY 1"
        )
    }
