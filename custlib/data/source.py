"""A company's data, opened: the tables of the contract as lazy Ibis tables on DuckDB."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
from ibis.expr.types import Table as IbisTable

from custlib.company import DEFAULT, Company
from custlib.data.binding import Binding, bind
from custlib.data.columns import literal
from custlib.data.database import fetch_tables
from custlib.data.engine import bounded
from custlib.data.files import Raw, attach, raw_from_database, raw_from_folder
from custlib.data.schema import TABLES
from custlib.data.spark import Spark
from custlib.errors import DataError, UsageError
from custlib.settings import nearest

_TAKEN = {
    "all", "customer_id", "month", "active", "value", "core", "core_status", "products", "segment", "status", "closure_reason",
    "first_active", "last_active", "last_bought", "first_seen", "acquired_before", "acquired_on", "closed_on",
    "under_contract", "active_months", "active_margin_sum", "active_margin_squares", "active_margin_day_squares",
    "idle_margin", "active_days", "later_days", "first_day", "second_day", "last_day", "bought_before",
}  # fmt: skip
_PANEL_METRICS = ("transactions", "amount", "margin", "active_days")


@dataclass
class Source:
    """The opened data of one company.

    `con` is the Ibis backend. A table the company does not have is None; a column it does not
    have is absent from its table. `fingerprint` changes when a source file does. `spark` answers the
    queries where Spark reads the rows; the tables of `con` have none then.
    """

    company: Company
    con: Any = field(repr=False)
    bindings: dict[str, Binding] = field(repr=False)
    fingerprint: str
    spark: Spark | None = field(default=None, repr=False)

    def table(self, name: str) -> IbisTable | None:
        """Give a table of the contract, or None when the company does not have it."""
        return self.con.table(name) if name in self.bindings else None

    @property
    def transactions(self) -> IbisTable | None:
        """Give the log: the mapped columns, `qualifying`, and `excluded` (why a row is left out, or NULL)."""
        return self.table("transactions")

    @property
    def customers(self) -> IbisTable | None:
        """Give the customers as known today."""
        return self.table("customers")

    @property
    def costs(self) -> IbisTable | None:
        """Give the costs of serving customers."""
        return self.table("costs")

    @property
    def customer_months(self) -> IbisTable | None:
        """Give what is known of each customer at the end of each month."""
        return self.table("customer_months")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query of the checks.

        Raises
        ------
        DataError
            When an expression of the company file fails on its data, a file cannot be read to its
            end, or memory runs out. DuckDB's own text may hold a customer's data, so it is not shown.
        """
        if self.spark is not None:
            return self.spark.rows(query)
        try:
            return self.con.con.execute(query).fetchall()
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise DataError(
                f"{self.company.name}: an expression of the company file fails on the data\n"
                f"  {type(error).__name__}; try_cast(... AS ...) in the expression lets the checks count the rows"
            ) from None
        except duckdb.OutOfMemoryException:
            raise DataError(
                f"{self.company.name}: memory ran out while the data were checked\n"
                "  raise connection.memory_limit or CUSTLIB_MEMORY, for example to 8GB, or lower threads or CUSTLIB_THREADS"
            ) from None
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
            raise  # a query of ours that is wrong is no fault of the data
        except duckdb.Error as error:
            raise DataError(
                f"{self.company.name}: a file or an expression cannot be read to its end\n"
                f"  {type(error).__name__}; was a file damaged, or changed while it was read?"
            ) from None


@contextmanager
def open_source(company: Company, say: Callable[[str], None] = lambda text: None) -> Iterator[Source]:
    """Open a company's data for as long as the ``with`` block lasts.

    Parameters
    ----------
    company : Company
        From `load_company`; its connection and the environment bound DuckDB (see `custlib.data.engine.bounded`).
    say : callable
        Told what is fetched of a database.

    Raises
    ------
    UsageError
        When the company file names what the contract does not know.
    DataError
        When the connection fails, or a file or column is missing or unreadable.
    """
    for name in company.tables:
        if name not in TABLES:
            where = f"{company.path.parent.name}/{company.path.name}"
            raise UsageError(f"{where}: unknown table {name!r}{nearest(name, TABLES)}")
    con, spark = _engine(company), None
    try:
        bindings, stamps = {}, []
        if company.connection.kind == "duckdb":
            attach(con.con, company)
        fetched = fetch_tables(company, say) if company.connection.kind == "database" else {}
        spark = Spark(company, con.con) if company.connection.kind == "spark" else None
        # customers first: the scope of another table may be that of its customers
        for name in sorted(company.tables, key=lambda name: (name != "customers", list(TABLES).index(name))):
            raw = fetched.get(name) or _raw(con.con, company, name, spark)
            bindings[name] = bind(spark.recorder if spark else con.con, company, raw, company.tables[name])
            if spark:
                spark.refuse_unknown(bindings[name])
            stamps += [f"{name}:{stamp}" for stamp in raw.stamps]
        _settings_name_columns(company, bindings)
        fingerprint = hashlib.sha256("\n".join(sorted(stamps)).encode()).hexdigest()[:16]
        yield Source(company, con, bindings, fingerprint, spark)
    finally:
        if spark:
            spark.close()
        con.disconnect()


def _engine(company: Company) -> Any:
    con = bounded(company.connection.memory_limit, company.connection.threads)
    con.con.execute("SET autoinstall_known_extensions = false")
    con.con.execute(f"SET TimeZone = {literal(company.timezone)}")
    return con


def _raw(con: duckdb.DuckDBPyConnection, company: Company, name: str, spark: Spark | None) -> Raw:
    spec = company.tables[name]
    if company.connection.kind == "duckdb":
        return raw_from_database(con, company, name, spec)
    if spark:
        return spark.raw(name, spec, raw_from_folder(spark.folder, name, spec) if spark.folder else None)
    return raw_from_folder(company, name, spec)


def _settings_name_columns(company: Company, bindings: dict[str, Binding]) -> None:
    """Refuse settings that need columns no table has, and a cost to serve given twice."""

    def columns(name: str) -> dict[str, str]:
        return {c: b.kind for c, b in bindings[name].columns.items()} if name in bindings else {}

    attributes = columns("customers") | columns("customer_months")
    chosen = company.settings.segments
    for segment in chosen:
        if segment in _TAKEN or segment.endswith(("_1", "_12")) or chosen.count(segment) > 1:
            raise UsageError(
                f"settings.segments: {segment!r} cannot be a segment, because the workbook uses the name itself\n"
                "  or it is listed twice; give the column another name in the company file"
            )
        if segment not in attributes:
            usable = [c for c, kind in attributes.items() if kind == "text"]
            raise UsageError(
                f"settings.segments: no table has a column {segment!r}{nearest(segment, usable)}"
            )
    named = company.settings.clv_segment
    # The default is used where there is such a column; a name that was chosen must be one.
    if named and company.origins["clv_segment"] != DEFAULT and named not in columns("customers"):
        near = nearest(named, columns("customers"))
        raise UsageError(f"settings.clv_segment: customers has no column {named!r}{near}")
    metrics = [*_PANEL_METRICS, *columns("customer_months")]
    core = company.settings.core
    for condition in [*core.all, *core.any] if core else []:
        if condition.metric not in metrics:
            raise UsageError(
                f"settings.core: unknown metric {condition.metric!r}{nearest(condition.metric, metrics)}"
            )
    needed = {"contractual": ("acquired_on", "closed_on"), "mixed": ("acquired_on",)}
    for name in needed.get(company.relationship, ()):
        if name not in columns("customers"):
            raise UsageError(
                f"relationship {company.relationship} needs customers.{name}\n"
                "  contracts are known by the days on which they begin and end; name the table and the column"
            )
    if "costs" in bindings and "cost_to_serve" in columns("customer_months"):
        raise UsageError("cost to serve is given twice: by customer_months.cost_to_serve and by costs")
