"""Inputs that must be refused, each with the first line of its message and its exit code.

`build` writes a small company that is sound, spoils it as one case says, and gives the path of its
company file. The cases serve the library's tests and those of the command line alike.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import yaml

LOG = """customer,date,amount,order
C1,2026-01-05,10.50,O1
C2,2026-01-17,20.00,O2
C1,2026-02-03,-5.00,O3
C3,2026-02-28,7.25,O4
"""
CUSTOMERS = """customer,since,until,channel,cost,sponsor
C1,2025-11-01,,web,12.5,
C2,2026-01-17,,shop,3,C1
C3,2026-02-28,2026-03-31,web,12.5,
"""
MONTHS = """customer,month,margin,service
C1,2026-01,3.10,0.40
C1,2026-02,2.20,0.40
"""
COSTS = """customer,date,cost
C1,2026-01-06,1.50
C2,2026-01-18,2.00
"""

COMPANY: dict[str, Any] = {
    "company": "shop",
    "title": "A shop",
    "connection": {"folder": "data"},
    "currency": "EUR",
    "relationship": "non_contractual",
    "tables": {
        "transactions": {
            "from": "log.csv",
            "columns": {"customer_id": "customer", "date": "date", "amount": "amount", "order_id": "order"},
        }
    },
}
WITH_CUSTOMERS = {
    "from": "customers.csv",
    "columns": {
        "customer_id": "customer",
        "acquired_on": "since",
        "closed_on": "until",
        "acquisition_channel": "channel",
        "acquisition_cost": "cost",
        "referred_by": "sponsor",
    },
}
WITH_MONTHS = {
    "from": "months.csv",
    "columns": {"customer_id": "customer", "month": "month", "margin": "margin", "cost_to_serve": "service"},
}
WITH_COSTS = {"from": "costs.csv", "columns": {"customer_id": "customer", "date": "date", "cost": "cost"}}

Content = str | bytes | Callable[[Path], None]


@dataclass(frozen=True)
class Bad:
    """One case: `change` maps dotted places of the company file to values (None removes), `files` to contents."""

    name: str
    line: str
    code: int
    change: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Content | None] = field(default_factory=dict)
    text: str | None = None
    settings: dict[str, Any] | None = None


def build(bad: Bad, folder: Path) -> Path:
    """Write the company of one case under `folder` and give the path of its company file."""
    data = folder / "data"
    data.mkdir(parents=True)
    sound: dict[str, Content | None] = {
        "log.csv": LOG, "customers.csv": CUSTOMERS, "months.csv": MONTHS, "costs.csv": COSTS,
    }  # fmt: skip
    for name, content in {**sound, **bad.files}.items():
        target = data / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(target)
        elif isinstance(content, bytes):
            target.write_bytes(content)
        elif content is not None:
            target.write_text(content, encoding="utf-8")
    file = folder / "shop.yaml"
    file.write_text(bad.text if bad.text is not None else company_text(bad.change), encoding="utf-8")
    return file


def company_text(change: dict[str, Any]) -> str:
    company = copy.deepcopy(COMPANY)
    for place, value in change.items():
        *parents, last = place.split("/")
        inner = company
        for part in parents:
            inner = inner.setdefault(part, {})
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return yaml.safe_dump(company, sort_keys=False)


def workbook(*sheets: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for sheet in sheets:
            book.create_sheet(sheet).append(["customer", "date", "amount", "order"])
        book.save(path)

    return write


def parquet(query: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with duckdb.connect() as con:
            con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")

    return write


def database(statement: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with duckdb.connect(str(path)) as con:
            con.execute(statement)

    return write


def log(*rows: str) -> dict[str, Content | None]:
    return {"log.csv": "\n".join(["customer,date,amount,order", "C1,2026-01-05,10.50,O1", *rows]) + "\n"}


def parquet_log(row: str) -> dict[str, Any]:
    """Give the change and the files of a log in Parquet with one row."""
    return {"change": {"tables/transactions/from": "log.parquet"}, "files": {"log.parquet": parquet(row)}}


_T = "tables/transactions"
_C = "tables/transactions/columns"

# what cannot be understood: the company file
COMPANY_FILE = [
    Bad("unknown setting", "bad/shop.yaml: unknown setting 'activ_window_months'; did you mean"
        " 'active_window_months'?", 64, {"settings/activ_window_months": 3}),
    Bad("text for a number", "bad/shop.yaml: settings.active_window_months must be a whole number,"
        " not the text 'three'", 64, {"settings/active_window_months": "three"}),
    Bad("number in quotes", "bad/shop.yaml: settings.value_window_months must be a whole number, not the text '12'",
        64, {"settings/value_window_months": "12"}),
    Bad("fraction of a month", "bad/shop.yaml: settings.active_window_months must be a whole number,"
        " not the number 1.5", 64, {"settings/active_window_months": 1.5}),
    Bad("window of no month", "bad/shop.yaml: settings.active_window_months must be at least 1, not 0", 64,
        {"settings/active_window_months": 0}),
    Bad("rate in percent", "bad/shop.yaml: settings.discount_rate must be at most 1, not 10", 64,
        {"settings/discount_rate": 10}),
    Bad("no discount for ever", "bad/shop.yaml: discount_rate 0 with horizon_months 0 (unlimited) makes no finite"
        " value; give a rate above 0, or a horizon of up to 600 months", 64, {"settings/discount_rate": 0}),
    Bad("no discount for ever by a parameter", "bad/shop.yaml and the settings over it: discount_rate 0 with"
        " horizon_months 0 (unlimited) makes no finite value; give a rate above 0, or a horizon of up to 600 months",
        64, settings={"discount_rate": 0}),
    Bad("contract model without contracts", "bad/shop.yaml: clv_model sbg is for contracts, and customers without one"
        " do not tell when they leave; choose bgbb, bgnbd, pareto_nbd or auto", 64, {"settings/clv_model": "sbg"}),
    Bad("unknown model", "bad/shop.yaml: settings.clv_model must be 'bgbb', 'bgnbd', 'pareto_nbd', 'sbg' or 'auto',"
        " not 'pareto'", 64,
        {"settings/clv_model": "pareto"}),
    Bad("few for a segment's fit", "bad/shop.yaml: settings.clv_segment_minimum must be at least 30, not 5", 64,
        {"settings/clv_segment_minimum": 5}),
    Bad("back-test of no month", "bad/shop.yaml: settings.backtest_months must be at least 1, not 0", 64,
        {"settings/backtest_months": 0}),
    Bad("horizon beyond a working life", "bad/shop.yaml: settings.horizon_months must be at most 600, not 1200", 64,
        {"settings/horizon_months": 1200}),
    Bad("seasons in a model of months", "bad/shop.yaml: seasonal_clock is for clv_model bgnbd or pareto_nbd, whose"
        " clocks run by days", 64, {"settings/seasonal_clock": True}),
    Bad("unknown segment of value", "settings.clv_segment: customers has no column 'acquisition_chanel'; did you mean"
        " 'acquisition_channel'?", 64,
        {"settings/clv_segment": "acquisition_chanel", "tables/customers": WITH_CUSTOMERS}),
    Bad("unknown top-level name", "bad/shop.yaml: unknown setting 'curency'; did you mean 'currency'?", 64,
        {"curency": "EUR", "currency": None}),
    Bad("no currency", "bad/shop.yaml: currency is missing", 64, {"currency": None}),
    Bad("two currencies declared", "bad/shop.yaml: currency must be a text, not a list", 64,
        {"currency": ["EUR", "USD"]}),
    Bad("currency by sign", "bad/shop.yaml: currency: one ISO 4217 code such as GBP, not '€'", 64, {"currency": "€"}),
    Bad("unknown relationship", "bad/shop.yaml: relationship must be 'contractual', 'non_contractual' or 'mixed',"
        " not 'contract'", 64, {"relationship": "contract"}),
    Bad("no relationship", "bad/shop.yaml: relationship is missing", 64, {"relationship": None}),
    Bad("unknown time zone", "bad/shop.yaml: timezone: unknown time zone 'Europe/Londn'; did you mean"
        " 'Europe/London'?", 64, {"timezone": "Europe/Londn"}),
    Bad("not a month", "bad/shop.yaml: complete_through: month '2026-13' is not a calendar month", 64,
        {"complete_through": "2026-13"}),
    Bad("no tables", "bad/shop.yaml: tables is missing", 64, {"tables": None}),
    Bad("unknown table", "bad/shop.yaml: unknown table 'customer'; did you mean 'customers'?", 64,
        {"tables/customer": WITH_CUSTOMERS}),
    Bad("unknown contract column", "bad/shop.yaml: tables.transactions: unknown column 'ammount'; did you mean"
        " 'amount'?", 64, {f"{_C}/ammount": "amount"}),
    Bad("required column not mapped", "bad/shop.yaml: tables.transactions: the column 'amount' is missing", 64,
        {f"{_C}/amount": None}),
    Bad("unknown option", "bad/shop.yaml: unknown setting 'delimeter'; did you mean 'delimiter'?", 64,
        {f"{_T}/options": {"delimeter": ";"}}),
    Bad("unknown encoding", "bad/shop.yaml: tables.transactions.options.encoding: unknown encoding 'latin-9000';"
        " for example utf-8, latin-1 or cp1252", 64, {f"{_T}/options": {"encoding": "latin-9000"}}),
    Bad("no code page to mend by", "bad/shop.yaml: tables.transactions.options.mend: a code page in which each of the"
        " bytes 80 to 9F is a character, such as cp850 or cp437, not 'utf-8'", 64, {f"{_T}/options": {"mend": "utf-8"}}),
    Bad("scores of a log", "bad/shop.yaml: tables.transactions.scores: only surveys have scores", 64,
        {f"{_T}/scores": {"nps": "amount"}}),
    Bad("scale upside down", "bad/shop.yaml: settings.scales.effort: lowest must lie below highest, by up to 100", 64,
        {"settings/scales": {"effort": {"lowest": 7, "highest": 1, "middle": [3, 5]}}}),
    Bad("nps of another length", "bad/shop.yaml: settings.scales: nps goes from 0 to 10, or as declared here from 1 to"
        " 10, not from 1 to 7", 64, {"settings/scales": {"nps": {"lowest": 1, "highest": 7, "middle": [3, 5]}}}),
    Bad("two connections", "bad/shop.yaml: connection: needs exactly one of folder, duckdb, wheel, database, spark; spark may have a folder beside it", 64,
        {"connection/duckdb": "shop.duckdb"}),
    Bad("environment variable not set", "bad/shop.yaml: connection.folder needs the environment variable"
        " SHOP_FOLDER_NOT_SET, which is not set", 64, {"connection/folder": "${SHOP_FOLDER_NOT_SET}"}),
    Bad("name given twice", "bad/shop.yaml: line 2: 'company' is given twice", 64,
        text="company: shop\ncompany: shop2\n"),
    Bad("not YAML", "bad/shop.yaml: not readable as YAML at line 2", 64, text="company: shop\ntitle: a: b\n"),
    Bad("a list", "bad/shop.yaml: expected names and values (name: value), found a list", 64, text="- company\n"),
    Bad("empty company file", "bad/shop.yaml: company is missing", 64, text=""),
    Bad("NO is not a flag", "bad/shop.yaml: tables.transactions.options.header must be true or false,"
        " not the text 'NO'", 64, text=company_text({}) + "    options: {header: NO}\n"),
    Bad("core rule without threshold", "bad/shop.yaml: settings.core.all.0: needs exactly one of at_least, at_most"
        " and equals", 64, {"settings/core": {"all": [{"metric": "transactions"}]}}),
    Bad("unknown core metric", "settings.core: unknown metric 'transaction'; did you mean 'transactions'?", 64,
        {"settings/core": {"all": [{"metric": "transaction", "at_least": 10}]}}),
    Bad("band nobody can be in", "bad/shop.yaml: settings.value_bands: band 'next': top_share 0.1 must be larger than the"
        " 0.2 of 'top', because bands are listed from the top", 64,
        {"settings/value_bands": [{"name": "top", "top_share": 0.2}, {"name": "next", "top_share": 0.1}, {"name": "rest"}]}),
    Bad("amounts that rise", "bad/shop.yaml: settings.value_bands: band 'next': at_least 500 must be smaller than the"
        " 100 of 'top', because bands are listed from the top", 64,
        {"settings/value_bands": [{"name": "top", "at_least": 100}, {"name": "next", "at_least": 500}, {"name": "rest"}]}),
    Bad("share of everybody", "bad/shop.yaml: settings.value_bands.0.top_share must be less than 1, not 1", 64,
        {"settings/value_bands": [{"name": "all of them", "top_share": 1}, {"name": "rest"}]}),
    Bad("share in percent", "bad/shop.yaml: settings.value_bands.0.top_share must be less than 1, not 20", 64,
        {"settings/value_bands": [{"name": "top", "top_share": 20}, {"name": "rest"}]}),
    Bad("two bands of a name", "bad/shop.yaml: settings.value_bands: two bands are called 'top'", 64,
        {"settings/value_bands": [{"name": "top", "top_share": 0.2}, {"name": "top"}]}),
    Bad("band of a name in use", "bad/shop.yaml: settings.value_bands: 'won back' cannot be a band's name, because the"
        " workbook uses it itself", 64,
        {"settings/value_bands": [{"name": "won back", "top_share": 0.2}, {"name": "rest"}]}),
    Bad("band without threshold", "bad/shop.yaml: settings.value_bands: band 'middle' needs exactly one of top_share and"
        " at_least; only the last band has the rest", 64,
        {"settings/value_bands": [{"name": "top", "top_share": 0.2}, {"name": "middle"}, {"name": "rest"}]}),
    Bad("no band for the rest", "bad/shop.yaml: settings.value_bands: band 'top' is the last one and has the rest, so it"
        " takes no at_least", 64, {"settings/value_bands": [{"name": "top", "at_least": 20}]}),
    Bad("unknown dimension", "bad/shop.yaml: unknown setting 'valu_now'; did you mean 'value_now'?", 64,
        {"settings/segmentation": {"rules": [{"segment": "Stars", "valu_now": ["top 1%"]}]}}),
    Bad("dimension nobody thought of", "bad/shop.yaml: unknown setting 'zodiac'; the names are core, products, segment,"
        " tenure, trend, value_now, value_to_come", 64,
        {"settings/segmentation": {"rules": [{"segment": "Stars", "zodiac": ["lion"]}]}}),
    Bad("level nobody has", "bad/shop.yaml: settings.segmentation.rules.1.trend: unknown level 'falling'; the names are"
        " declining, growing, new, steady, unknown", 64,
        {"settings/segmentation": {"rules": [{"segment": "Stars", "value_now": ["top 1%"]},
         {"segment": "At risk", "trend": ["falling"]}]}}),
    Bad("level instead of levels", "bad/shop.yaml: settings.segmentation.rules.0.trend must be a list, not the text"
        " 'declining'", 64, {"settings/segmentation": {"rules": [{"segment": "At risk", "trend": "declining"}]}}),
    Bad("level of a band that is not there", "bad/shop.yaml: settings.segmentation.levels.value_now.high: unknown band"
        " 'top 10%'; did you mean 'top 1%'?", 64,
        {"settings/segmentation": {"levels": {"value_now": {"high": ["top 10%"]}}, "rules": [{"segment": "All"}]}}),
    Bad("band in no level", "bad/shop.yaml: settings.segmentation.levels.value_now: the band 'below zero' is in no level", 64,
        {"settings/segmentation": {"levels": {"value_now": {
            "high": ["top 1%", "next 4%", "next 15%"], "low": ["next 30%", "bottom 50%"]}}, "rules": [{"segment": "All"}]}}),
    Bad("band in two levels", "bad/shop.yaml: settings.segmentation.levels.value_now.low: the band 'top 1%' is in the"
        " level 'high' already", 64,
        {"settings/segmentation": {"levels": {"value_now": {"high": ["top 1%"], "low": ["top 1%"]}},
         "rules": [{"segment": "All"}]}}),
    Bad("bands by a parameter that rules do not know", "bad/shop.yaml and the settings over it:"
        " settings.segmentation.rules.0.value_now: unknown level 'top 1%'; the names are below zero, large, small", 64,
        {"settings/segmentation": {"rules": [{"segment": "Stars", "value_now": ["top 1%"]}]}},
        settings={"value_bands": [{"name": "large", "at_least": 100}, {"name": "small"}]}),
    Bad("core without a rule of it", "bad/shop.yaml: settings.segmentation.rules.0.core: nobody is core or not without a"
        " rule; give settings.core first", 64,
        {"settings/segmentation": {"rules": [{"segment": "Core", "core": ["core"]}]}}),
    Bad("segment called as the caught by none", "bad/shop.yaml: settings.segmentation: rules.0: 'no rule' names the"
        " customers whom no rule caught", 64, {"settings/segmentation": {"rules": [{"segment": "no rule"}]}}),
    Bad("segmentation without rules", "bad/shop.yaml: settings.segmentation.rules is missing", 64,
        {"settings/segmentation": {"levels": {"products": [{"name": "any"}]}}}),
    Bad("part of a product", "bad/shop.yaml: settings.segmentation.levels.products.0.at_least must be a whole number, not"
        " the number 1.5", 64,
        {"settings/segmentation": {"levels": {"products": [{"name": "many", "at_least": 1.5}, {"name": "few"}]},
         "rules": [{"segment": "All"}]}}),
    Bad("low value without its meaning", "bad/shop.yaml: settings.low_value.meaning is missing", 64,
        {"settings/low_value": {"value_below": 10}}),
    Bad("claim of no loss", "bad/shop.yaml: settings.claimed_loss_rate must be more than 0, not 0", 64,
        {"settings/claimed_loss_rate": 0}),
    Bad("claim in percent", "bad/shop.yaml: settings.claimed_top_fifth must be less than 1, not 80", 64,
        {"settings/claimed_top_fifth": 80}),
    Bad("unknown segment", "settings.segments: no table has a column 'acquisition_chanel'; did you mean"
        " 'acquisition_channel'?", 64,
        {"settings/segments": ["acquisition_chanel"], "tables/customers": WITH_CUSTOMERS}),
    Bad("cost to serve twice", "bad/shop.yaml: cost to serve is given twice: by customer_months.cost_to_serve and"
        " by costs", 64, {"tables/customer_months": WITH_MONTHS, "tables/costs": WITH_COSTS}),
    Bad("unknown parameter", "notebook parameter: unknown setting 'month_window'; the names are active_window_months, answers_followed_months,"
        " answers_window_months, b2b, backtest_months, claimed_loss_rate, claimed_top_fifth, clv_model,"
        " clv_segment, clv_segment_minimum, complete_tolerance_days, core, discount_rate, horizon_months,"
        " invitations_recorded, left_truncation_months, low_value, margin_share, material_change, min_group,"
        " outcome_months, programme_costs, scales, seasonal_clock, segmentation, segments, talk_to,"
        " thank_after_months, themes, valuation_basis_months, ...", 64, settings={"month_window": 3}),
    Bad("ill-typed parameter", "notebook parameter: material_change must be a number, not the text 'big'", 64,
        settings={"material_change": "big"}),
    Bad("connection as text", "bad/shop.yaml: connection is not written as it must be", 64,
        {"connection": "postgres://me:hunter2@host"}),
    Bad("memory as a number", "bad/shop.yaml: connection.memory_limit is not written as it must be: a size such as 2GB or 512MB",
        64, {"connection/memory_limit": 2}),
    Bad("no threads", "bad/shop.yaml: connection.threads is not written as it must be: a whole number from 1 to 1024",
        64, {"connection/threads": 0}),
    Bad("no memory", "DuckDB cannot work within the bounds it was given: memory_limit (CUSTLIB_MEMORY, else the company file's)"
        " is '0GB'", 64, {"connection/memory_limit": "0GB"}),
    Bad("memory beyond measure", "DuckDB cannot work within the bounds it was given: memory_limit (CUSTLIB_MEMORY, else the company"
        " file's) is '99999999999999999999TB'", 64, {"connection/memory_limit": "99999999999999999999TB"}),
    Bad("contracts without customers", "relationship contractual needs customers.acquired_on", 64,
        {"relationship": "contractual"}),
    Bad("contracts that never end", "relationship contractual needs customers.closed_on", 64,
        {"relationship": "contractual", "tables/customers": {"from": "customers.csv", "columns":
         {"customer_id": "customer", "acquired_on": "since"}}}),
    Bad("expression is not SQL", "transactions.amount: cannot be computed from 'amount *'", 64,
        {f"{_C}/amount": "amount *"}),
    Bad("unknown function", "transactions.amount: cannot be computed from 'netto(amount)'", 64,
        {f"{_C}/amount": "netto(amount)"}),
    Bad("files of two kinds", "transactions: the pattern 'log*' matches files of different kinds", 64,
        {f"{_T}/from": "log*"}, {"log.parquet": parquet("SELECT 1 AS customer")}),
    Bad("scope nobody knows", "transactions: the scope cannot be applied to this table", 64,
        {"scope": {"where": "country = 'FR'", "name": "France"}}),
]  # fmt: skip

# what cannot be read: the connection, the files, the columns
UNREADABLE = [
    Bad("no folder", "connection: the folder {folder}/nowhere does not exist", 2, {"connection/folder": "nowhere"}),
    Bad("folder is a file", "connection: the folder {folder}/data/log.csv is not a folder", 2,
        {"connection/folder": "data/log.csv"}),
    Bad("no such file", "transactions: no file is called 'logs.csv'; did you mean 'log.csv'?", 2,
        {f"{_T}/from": "logs.csv"}),
    Bad("pattern without a match", "transactions: no file matches '*.parquet'; the names are costs.csv,"
        " customers.csv, log.csv, months.csv", 2, {f"{_T}/from": "*.parquet"}),
    Bad("kind that cannot be read", "transactions: file 'log.xls' is of a kind that cannot be read", 2,
        {f"{_T}/from": "log.xls"}, {"log.xls": "x"}),
    Bad("empty file", "transactions: file 'log.csv' is empty", 2, files={"log.csv": ""}),
    Bad("header alone", "transactions: the table is empty", 2, files={"log.csv": "customer,date,amount,order\n"}),
    Bad("wrong encoding", "transactions: file 'log.csv' is not utf-8", 2,
        files={"log.csv": "customer,date,amount,order\nJürgen,2026-01-05,1,O1\n".encode("latin-1")}),
    Bad("wrong delimiter", "transactions: file 'log.csv' is not separated by ','", 2,
        files={"log.csv": LOG.replace(",", ";")}),
    Bad("line too long", "transactions: file 'log.csv' has 5 values at line 3 where 4 were expected", 2,
        files=log("C2,2026-01-06,1,000.00,O2")),
    Bad("two columns of one name", "transactions: file 'log.csv' has two columns called 'date'", 2,
        files={"log.csv": "customer,date,date,amount,order\nC1,2026-01-05,2026-01-05,1,O1\n"}),
    Bad("broken Parquet", "transactions: file 'log.parquet' cannot be read as Parquet", 2,
        {f"{_T}/from": "log.parquet"}, {"log.parquet": b"PAR1 but not really"}),
    Bad("broken workbook", "transactions: file 'log.xlsx' cannot be read as an Excel workbook", 2,
        {f"{_T}/from": "log.xlsx"}, {"log.xlsx": b"not a workbook"}),
    Bad("several sheets", "transactions: file 'log.xlsx' has 2 sheets and none is declared", 2,
        {f"{_T}/from": "log.xlsx"}, {"log.xlsx": workbook("2009", "2010")}),
    Bad("no such sheet", "transactions: file 'log.xlsx' has no sheet '2011'", 2,
        {f"{_T}/from": "log.xlsx", f"{_T}/options": {"sheet": "2011"}}, {"log.xlsx": workbook("2009", "2010")}),
    Bad("no database", "connection: the DuckDB file {folder}/none.duckdb does not exist", 2,
        {"connection": {"duckdb": "none.duckdb"}}),
    Bad("not a database", "connection: the DuckDB file {folder}/data/log.csv cannot be opened as a DuckDB database", 2,
        {"connection": {"duckdb": "data/log.csv"}}),
    Bad("no such table in the database", "transactions: the database has no table 'sale'; did you mean 'sales'?", 2,
        {"connection": {"duckdb": "data/shop.duckdb"}, f"{_T}/from": "sale"},
        {"shop.duckdb": database("CREATE TABLE sales (customer VARCHAR)")}),
    Bad("column not in the source", "transactions.amount: the source has no column 'amont'; did you mean 'amount'?", 2,
        {f"{_C}/amount": "amont"}),
    Bad("column of an expression not in the source", "transactions.amount: the source has no column 'quantity';"
        " the names are amount, customer, date, order", 2, {f"{_C}/amount": "quantity * amount"}),
    Bad("column missing from one file", "transactions.customer_id: file 'log2.csv' has no column 'customer';"
        " did you mean 'customers'?", 2, {f"{_T}/from": "log*.csv"},
        {"log2.csv": "customers,date,amount,order\nC9,2026-01-09,1.00,O9\n"}),
]  # fmt: skip

# what can be read and is not fit to report from
UNFIT = [
    Bad("ambiguous dates", "transactions.date: ambiguous date (1 row)", 2, files=log("C2,05/06/2026,1.00,O2")),
    Bad("unparseable dates", "transactions.date: not a date (2 rows)", 2,
        files=log("C2,yesterday,1.00,O2", "C2,2026-02-30,1.00,O3")),
    Bad("dates not as declared", "transactions.date: date not written as %m/%d/%Y (1 row)", 2,
        {f"{_T}/options": {"date_format": "%m/%d/%Y"}},
        {"log.csv": "customer,date,amount,order\nC1,01/25/2026,1.00,O1\nC1,25/01/2026,1.00,O2\n"}),
    Bad("dates as numbers", "transactions.date: number where a date is expected (1 row)", 2,
        **parquet_log("SELECT 'C1' AS customer, 20260105 AS date, 1.0 AS amount, 'O1' AS \"order\"")),
    Bad("date missing", "transactions.date: date missing (1 row)", 2, files=log("C2,,1.00,O2")),
    Bad("implausible date", "transactions.date: implausible date (2 rows)", 2,
        files=log("C2,1900-01-01,1.00,O2", "C2,9999-12-31,1.00,O3")),
    Bad("amount missing", "transactions.amount: amount missing (1 row)", 2, files=log("C2,2026-01-06,,O2")),
    Bad("amount in words", "transactions.amount: not a number (2 rows)", 2,
        files=log("C2,2026-01-06,ten,O2", "C2,2026-01-06,£5,O3")),
    Bad("decimal comma not declared", "transactions.amount: not a number (1 row)", 2,
        files={"log.csv": 'customer,date,amount,order\nC1,2026-01-05,"10,50",O1\n'}),
    Bad("decimal point where a comma is declared", "transactions.amount: not a number (1 row)", 2,
        {f"{_T}/options": {"decimal": ","}},
        {"log.csv": 'customer,date,amount,order\nC1,2026-01-05,"10,50",O1\nC1,2026-01-05,10.50,O2\n'}),
    Bad("amount not finite", "transactions.amount: not finite (2 rows)", 2,
        **parquet_log("SELECT 'C1' AS customer, DATE '2026-01-05' AS date, unnest([1.0::DOUBLE, 'inf', 'nan'])"
                      " AS amount, 'O1' AS \"order\"")),
    Bad("amount too large", "transactions.amount: amount too large (1 row)", 2,
        files=log("C2,2026-01-06,123456789012345678,O2")),
    Bad("wrong type", "transactions.amount: DATE where a number is expected (1 row)", 2,
        **parquet_log("SELECT 'C1' AS customer, DATE '2026-01-05' AS date, DATE '2026-01-05' AS amount,"
                      " 'O1' AS \"order\"")),
    Bad("ids spoiled by a spreadsheet", "transactions.customer_id: id that lost digits (1 row)", 2,
        files=log("1.23457E+11,2026-01-06,1.00,O2")),
    Bad("nobody named", "transactions.customer_id: no row has a customer", 2,
        files={"log.csv": "customer,date,amount,order\n,2026-01-05,1.00,O1\n"}),
    Bad("nothing qualifies", "transactions.qualifying: no row qualifies", 2, {f"{_T}/qualifying": "amount > 1000"}),
    Bad("nothing left by the filter", "transactions: no row is left by filter and scope", 2,
        {f"{_T}/filter": "amount > 1000"}),
    Bad("two currencies", "transactions.currency: not in EUR (1 row)", 2, {f"{_T}/currency_column": "cur"},
        {"log.csv": "customer,date,amount,order,cur\nC1,2026-01-05,1,O1,EUR\nC1,2026-01-05,1,O2,USD\n"}),
    Bad("customer listed twice", "customers.customer_id: the same customer more than once (1 customer)", 2,
        {"tables/customers": WITH_CUSTOMERS}, {"customers.csv": CUSTOMERS + "C2,2026-01-18,,shop,3,\n"}),
    Bad("customer without an id", "customers.customer_id: id missing (1 row)", 2,
        {"tables/customers": WITH_CUSTOMERS}, {"customers.csv": CUSTOMERS + " ,2026-01-18,,shop,3,\n"}),
    Bad("closed before acquired", "customers.closed_on: closed before acquired (1 row)", 2,
        {"tables/customers": WITH_CUSTOMERS}, {"customers.csv": CUSTOMERS + "C4,2026-01-18,2025-01-01,web,3,\n"}),
    Bad("never closed, by a far date", "customers.closed_on: implausible date (1 row)", 2,
        {"tables/customers": WITH_CUSTOMERS}, {"customers.csv": CUSTOMERS + "C4,2026-01-18,9999-12-31,web,3,\n"}),
    Bad("customer-month twice", "customer_months.month: the same customer-month more than once (1 customer-month)", 2,
        {"tables/customer_months": WITH_MONTHS}, {"months.csv": MONTHS + "C1,2026-02-28,1.00,0\n"}),
    Bad("cost in words", "costs.cost: not a number (1 row)", 2, {"tables/costs": WITH_COSTS},
        {"costs.csv": COSTS + "C1,2026-01-07,much\n"}),
    Bad("expression fails on the data", "shop: an expression of the company file fails on the data", 2,
        {f"{_C}/amount": "CAST(\"order\" AS INTEGER)"}),
]  # fmt: skip

ALL = [*COMPANY_FILE, *UNREADABLE, *UNFIT]

# fit, and yet worth a look: exit code 1 by `check`
WARNINGS = [
    Bad("unknown customer in costs", "costs.customer_id: unknown customer (1 customer)", 1,
        {"tables/costs": WITH_COSTS}, {"costs.csv": COSTS + "C77,2026-01-07,1\n"}),
    Bad("buyer not in the customers table", "transactions.customer_id: unknown customer (1 customer)", 1,
        {"tables/customers": WITH_CUSTOMERS}, log("C9,2026-02-01,1,O9")),
    Bad("negative cost", "costs.cost: negative cost (1 row)", 1, {"tables/costs": WITH_COSTS},
        {"costs.csv": COSTS + "C1,2026-01-07,-1\n"}),
    Bad("a month without a row", "transactions.date: months without a row (1 month)", 1,
        files=log("C9,2026-03-01,1,O9")),
    Bad("date in the future", "transactions.date: date in the future (1 row)", 1, files=log("C9,2026-07-01,1,O9")),
    Bad("referred by nobody known", "customers.referred_by: unknown customer (1 customer)", 1,
        {"tables/customers": WITH_CUSTOMERS}, {"customers.csv": CUSTOMERS + "C4,2026-01-18,,web,3,C99\n"}),
    Bad("referred by oneself", "customers.referred_by: referred by the customer itself (1 row)", 1,
        {"tables/customers": WITH_CUSTOMERS}, {"customers.csv": CUSTOMERS + "C4,2026-01-18,,web,3,C4\n"}),
]  # fmt: skip
