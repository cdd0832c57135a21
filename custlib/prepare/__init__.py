"""Check, reduce, keep: the only place that materialises, once and under a lock.

The cache holds, per company, a panel (customer x month), the monthly statement and the customers of
every month end, each in a file whose name carries the digest of all that it was made from. A month is
made again only where something it depends on changed; everything else only reads.
"""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from custlib.aggregate.values import KINDS, Rules
from custlib.company import Company
from custlib.data.cache import cache_folder
from custlib.data.checks import CheckReport, check, latest_complete_month, require_complete
from custlib.data.digest import DATED, SAID, Digests, digest, take_digests
from custlib.data.log_checks import spare_cleaning
from custlib.data.source import Source, open_source
from custlib.errors import DataError
from custlib.periods import Month, month_end, month_text, months_between, parse_month
from custlib.prepare.build import build
from custlib.prepare.files import SILENT, Files, Progress, locked, part_path, sweep, unpickle, write_aside
from custlib.prepare.room import customers_at_most, require_room

__all__ = ["METHODS_VERSION", "Files", "Prepared", "Progress", "prepare", "write_aside"]

# Raised whenever the same data would give other figures; CHANGELOG says which and why.
METHODS_VERSION = "2"

# What a company file says beside settings and definitions that can move a figure.
_SHAPING = ("currency", "timezone", "relationship", "history", "scope", "tables")

# Settings on which fits and values rest, beside what the month's figures are made from.
_MODELLING = (
    "clv_model", "clv_segment", "clv_segment_minimum", "discount_rate", "horizon_months", "backtest_months",
    "left_truncation_months", "seasonal_clock", "segments", "min_group",
)  # fmt: skip

# More events than these are not drawn: a chart of every day's news says nothing.
MOST_EVENTS = 200


@dataclass(frozen=True)
class Prepared:
    """One company's tables, ready to read.

    Attributes
    ----------
    month : date
        The month reported.
    report : CheckReport
        What the check of the source found (no customer ids).
    files : Files
        Where the panel, the statement, the customer list and the base of each month end lie.
    inputs : str
        Digest of everything the month's figures are made from: data, rules and methods.
    month_digests : dict
        Month -> ``rows``, ``data`` (digest of that month's rows) and ``customers`` (digest of the list as it
        could be known at its end), up to the month reported.
    money : str
        What the company's margin is: "margin", or "revenue" where nothing tells margin from amount.
    money_start, statement_start : date
        First month for which every source of money, or the monthly statement, has rows.
    events : tuple
        (day, text) of the events up to the month's end.
    """

    company: Company
    month: Month
    rules: Rules
    report: CheckReport
    fingerprint: str
    files: Files
    inputs: str
    money: str
    money_start: Month
    statement_start: Month | None
    has_revenue: bool
    amount_is_volume: bool
    knows_costs: bool
    month_digests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    events: tuple[tuple[date, str], ...] = ()

    @property
    def has_log(self) -> bool:
        """Whether a table says what customers did; without one there is no panel, no base and no history."""
        return self.company.has_log

    @property
    def cache(self) -> Path:
        """The company's folder of the cache."""
        return cache_folder(self.company.name)

    @property
    def months_of_data(self) -> int:
        """Months from the first of the data to the month reported."""
        return months_between(self.rules.data_start, self.month) + 1

    def kept(self, kind: str, suffix: str, *also: str, said: bool = False) -> Path:
        """Name a file of what is made of the month: another one where the month or a setting it rests on changed.

        Parameters
        ----------
        also : str
            Settings it rests on beside those of the models.
        said : bool
            Whether it rests on surveys or feedback too.
        """
        parts = {name: list(self.files.months.get(name, {}).values()) for name in SAID}
        told = [{name: [path.name for path in paths] for name, paths in parts.items()}] if said else []
        rests_on = digest(self.inputs, {name: self._settings[name] for name in (*_MODELLING, *also)}, *told)
        return part_path(self.cache, kind, self.month, rests_on, suffix)

    @property
    def _settings(self) -> dict[str, Any]:
        return self.company.settings.model_dump(mode="json")

    @property
    def basis(self) -> dict[str, Any]:
        """What the figures rest on, as a manifest keeps it, so that a later run can say why one moved."""
        return {
            "definitions": self.company.definitions.version,
            "settings": self._settings,
            "company_file": digest(*(getattr(self.company, name) for name in _SHAPING)),
            "methods": METHODS_VERSION,
            "models": {name: self._settings[name] for name in _MODELLING},
            "months": dict(self.month_digests),
        }


def prepare(company: Company, month: str = "latest", *, progress: Progress = SILENT) -> Prepared:
    """Check the source and build what is missing from the cache.

    Who finds everything there waits for nobody, even while another process builds.

    Parameters
    ----------
    month : str
        ``YYYY-MM``, or "latest" for the latest complete month.

    Raises
    ------
    DataError
        When the data are not fit to report from.
    NotComplete
        When the month asked for is not over, or its data have not all come.
    """
    cache = cache_folder(company.name)
    with open_source(company, progress.say) as source:
        known = _Known(source, company, cache)
        if not known.kept():
            with locked(cache, progress.say):
                known.make(progress)
        prepared = _prepared(source, company, cache, known, month)
        if prepared.files.missing():
            with locked(cache, progress.say):
                require_room(
                    prepared.files, customers_at_most(prepared.report, prepared.files), cache, progress.say
                )
                spare_cleaning(source, prepared.report.counts)
                share = Decimal(str(company.settings.margin_share))
                build(source, prepared.files, prepared.rules, share, progress)
                prepared.files.touch()
                sweep(cache)
        return prepared


class _Known:
    """What the check and the digests say of the source, read from the cache or made."""

    def __init__(self, source: Source, company: Company, cache: Path) -> None:
        self.source, self.company = source, company
        self.today = datetime.now(ZoneInfo(company.timezone)).date()
        segments = tuple(company.settings.segments)
        scales = sorted((name, str(scale)) for name, scale in company.settings.scales.items())
        state = digest(METHODS_VERSION, company.file_hash, source.fingerprint, segments, SAID, scales)
        self._report = cache / "checks" / f"{state}-{self.today}.pickle"
        self._digests = cache / "checks" / f"{state}.json"
        self._events = cache / "checks" / f"{state}-events.pickle"

    def kept(self) -> bool:
        """Say whether all are there: the check once per source and day, digests and events once per source.

        Whoever finds them need not ask the source for anything, which may be a cluster's session to start.
        """
        kept = unpickle(self._report) is not None and self._digests_kept() is not None
        return kept and unpickle(self._events) is not None

    def make(self, progress: Progress) -> None:
        """Check the data and digest them; what is kept holds counts, never a customer's id.

        Raises
        ------
        DataError
            When the data are not fit to report from.
        """
        self._report.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if unpickle(self._report) is None:
            progress.say("checking the source")
            tell = partial(progress.step, unit="files")
            report = check(self.source, self.company, today=self.today, tell=tell).without_examples()
            report.raise_if_unfit()
            write_aside(self._report, lambda path: path.write_bytes(pickle.dumps(report)))
        if self._digests_kept() is None:
            progress.say("looking for months that changed")
            taken = take_digests(self.source, tuple(self.company.settings.segments))
            write_aside(self._digests, lambda path: path.write_text(taken.as_text()))
        if unpickle(self._events) is None:
            events = pickle.dumps(_events(self.source))
            write_aside(self._events, lambda path: path.write_bytes(events))

    def events(self, month: Month) -> tuple[tuple[date, str], ...]:
        """Give the latest events up to a month's end, in their order."""
        told = pickle.loads(self._events.read_bytes())
        return tuple(event for event in told if event[0] <= month_end(month))[-MOST_EVENTS:]

    @property
    def report(self) -> CheckReport:
        """The check's report."""
        return pickle.loads(self._report.read_bytes())

    def _digests_kept(self) -> Digests | None:
        try:
            return self.digests
        except (FileNotFoundError, ValueError, TypeError):
            return None

    @property
    def digests(self) -> Digests:
        """The source's digests."""
        return Digests.from_text(self._digests.read_text())


def _prepared(source: Source, company: Company, cache: Path, known: _Known, month: str) -> Prepared:
    """Choose the month and say which files it needs, made or not."""
    report, digests = known.report, known.digests
    if month == "latest":
        chosen = latest_complete_month(company, report, known.today)
    else:
        chosen = parse_month(month)
        require_complete(company, report, chosen, known.today)
    filed = None if company.has_log else company.complete_through
    rules = _rules(company, filed or _data_start(report, digests))
    if filed and chosen != filed:
        raise DataError(
            f"{month_text(chosen)} is not the month under which the surveys are filed, which is {month_text(filed)}"
        )
    if chosen < rules.data_start:
        raise DataError(
            f"{month_text(chosen)} lies before the data, which begin in {month_text(rules.data_start)}"
        )
    seed = digest(METHODS_VERSION, rules, company.settings.margin_share, list(KINDS))
    chain = digests.chain(rules.data_start, chosen, seed)
    booked = _columns(source, "customer_months")
    return Prepared(
        company, chosen, rules, report, source.fingerprint,
        files=_files(source, company, cache, digests, chain),
        inputs=chain[chosen],
        money=_money_word(source, company),
        money_start=max([rules.data_start, *_money_months(source, digests)]),
        statement_start=digests.first("customer_months"),
        has_revenue="revenue" in booked or "margin" not in booked,
        amount_is_volume="margin" in booked,
        knows_costs=_knows_costs(source),
        month_digests=_month_digests(digests, list(chain)),
        events=known.events(chosen),
    )  # fmt: skip


def _files(
    source: Source, company: Company, cache: Path, digests: Digests, chain: Mapping[Month, str]
) -> Files:
    """Name the file of every kind and month by what it is made from."""

    def named(kind: str, *tables: str, also: object = "") -> dict[Month, Path]:
        basis = digest(METHODS_VERSION, digests.layout, also)
        return {
            each: part_path(cache, kind, each, digest(basis, digests.of(each, *tables))) for each in chain
        }

    spoken = {table: _said(cache, digests, table, list(chain)) for table in SAID if table in source.bindings}
    customers = cache / "customers" / f"{digests.customers}.parquet" if digests.customers else None
    if not company.has_log:
        return Files(spoken, customers)
    months = {
        "panel": named("panel", *DATED, also=company.settings.margin_share),
        "products": named("products", "transactions")
        if "product" in _columns(source, "transactions")
        else {},
        "statement": named("statement", "customer_months") if source.customer_months is not None else {},
        "base": {each: part_path(cache, "base", each, link) for each, link in chain.items()},
    } | spoken
    figures = {
        each: part_path(cache, "figures", each, digest(link, company.currency), "csv")
        for each, link in chain.items()
    }
    return Files(months, customers, figures)


def _said(cache: Path, digests: Digests, table: str, months: list[Month]) -> dict[Month, Path]:
    """Name the parts of surveys or feedback: of the months of the log, and of those before it that have rows."""
    early = [each for each in digests.months_said(table) if each < months[0]]
    return {
        each: part_path(cache, table, each, digest(METHODS_VERSION, SAID, digests.of_said(each, table)))
        for each in [*early, *months]
    }


def _month_digests(digests: Digests, months: list[Month]) -> dict[str, dict[str, Any]]:
    return {
        month_text(each): {
            "rows": digests.rows(each),
            "data": digests.data(each),
            "customers": digests.listed(each),
        }
        for each in months
    }


def _data_start(report: CheckReport, digests: Digests) -> Month:
    """Give the first month of the log, or of the monthly statement where there is no log."""
    start = report.first_month or digests.first("customer_months")
    if start is None:
        raise DataError(
            "no table says what customers did\n  name transactions or customer_months in the company file"
        )
    return start


def _money_months(source: Source, digests: Digests) -> list[Month]:
    """Give the first month of each source of margin beside the log; before it margin is not known."""
    found = [digests.first("costs")]
    if {"margin", "cost_to_serve"} & _columns(source, "customer_months"):
        found.append(digests.first("customer_months"))
    return [month for month in found if month is not None]


def _columns(source: Source, table: str) -> set[str]:
    found = source.table(table)
    return set(found.columns) if found is not None else set()


def _money_word(source: Source, company: Company) -> str:
    """Name the money honestly: without a margin of its own it is revenue."""
    margins = {"margin"} & (_columns(source, "transactions") | _columns(source, "customer_months"))
    if margins or company.settings.margin_share != 1:
        return "margin"
    return "revenue less cost to serve" if _knows_costs(source) else "revenue"


def _knows_costs(source: Source) -> bool:
    return source.costs is not None or "cost_to_serve" in _columns(source, "customer_months")


def _events(source: Source) -> list[tuple[date, str]]:
    """List all events with a day; of one day in the reverse order of their texts, as they are drawn."""
    if source.table("events") is None:
        return []
    return source.sql("SELECT date, text FROM events WHERE date IS NOT NULL ORDER BY date DESC, text")[::-1]


def _rules(company: Company, data_start: Month) -> Rules:
    settings = company.settings
    return Rules(
        relationship=company.relationship,
        active_window=settings.active_window_months,
        value_window=settings.value_window_months,
        data_start=data_start,
        history_complete=company.history == "complete",
        material_change=Decimal(str(settings.material_change)),
        core=settings.core,
        segments=tuple(settings.segments),
    )
