"""Spark's sessions: started when needed, quiet, bounded, and with the meanings on which the translation rests."""

import importlib.util
import logging
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from custlib.company import Company
from custlib.data.cache import cache_folder
from custlib.data.spark_functions import NotPortable
from custlib.errors import CustlibError, DataError, UsageError

# What a translated statement takes for granted, whatever the cluster's own settings are.
_MEANINGS = {
    "spark.sql.session.timeZone": "UTC",  # moments are moved to the company's zone in so many words
    "spark.sql.ansi.enabled": "true",  # an overflow or a bad cast fails, as in DuckDB, instead of giving NULL
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # a product keeps every decimal, as in DuckDB
    "spark.sql.caseSensitive": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.legacy.exponentLiteralAsDecimalEnabled": "false",
    "spark.sql.groupByOrdinal": "true",
    "spark.sql.orderByOrdinal": "true",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.files.maxRecordsPerFile": "0",
}
# Spark's own account of a failed query shows values of rows, and is not for a terminal or a log.
_LOGGERS = (
    "SQLQueryContextLogger",
    "DataFrameQueryContextLogger",
    "py4j",
    "pyspark",
    "pyspark.sql.connect.logging",
)


def _found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def refuse_missing_extra(location: str) -> None:
    """Refuse a connection for which a package is missing.

    Raises
    ------
    UsageError
        With the extra that brings it.
    """
    needed = ["pyspark", *(["grpc", "grpc_status"] if location.startswith("sc:") else [])]
    for name in needed:
        if not _found(name):
            raise UsageError(
                f'connection.spark needs the extra "spark": the package {name} is not installed\n'
                '  pip install "custlib[spark]"'
            )


def _refuse_missing_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (home and (Path(home) / "bin" / "java").exists()) and shutil.which("java") is None:
        raise UsageError(
            "connection.spark needs Java 17 or later, and there is no java on this machine\n"
            "  install a Java runtime, or set JAVA_HOME to its folder; Spark Connect (sc://...) needs none here"
        )


def open_session(company: Company) -> Any:
    """Start a session of its own, so that nobody else's settings and views are in it.

    Raises
    ------
    UsageError
        When Java is missing, or Spark does not start or cannot be reached. What Spark says may hold an
        address or a token, so it is not shown.
    """
    location = company.connection.location
    if not location.startswith("sc:"):
        _refuse_missing_java()
    try:
        with silent(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of settings that later versions will not have
            session = _remote(location) if location.startswith("sc:") else _here(company)
            for name, value in _MEANINGS.items():
                if session.conf.get(name, None) != value:
                    session.conf.set(name, value)
    except Exception:
        how = (
            "is it running, and are address and token right?"
            if location.startswith("sc:")
            else "local[2] runs it in this process; Java must be 17 or later"
        )
        raise UsageError(
            f"connection.spark: Spark ({company.connection.shown}) cannot be started or reached\n  {how}"
        ) from None
    return session


def _remote(location: str) -> Any:
    from pyspark.sql.connect.session import SparkSession

    return SparkSession.builder.remote(location).create()


def _here(company: Company) -> Any:
    from pyspark.sql import SparkSession

    location, threads = _bounded(company)
    builder = SparkSession.builder.master(location).appName("Customer Asset Workbook")
    own = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.structuredLogging.enabled": "false",
        "spark.sql.warehouse.dir": str(cache_folder("spill") / "spark-warehouse"),
    }
    if threads:
        spill = str(cache_folder("spill"))
        own |= {"spark.sql.shuffle.partitions": str(threads), "spark.local.dir": spill}
        own |= {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1"}
        if memory := _megabytes(os.environ.get("CUSTLIB_MEMORY") or company.connection.memory_limit):
            own["spark.driver.memory"] = f"{memory}m"
    for name, value in own.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate().newSession()
    session.sparkContext.setLogLevel("OFF")
    if threads:
        session.conf.set("spark.sql.shuffle.partitions", str(threads))
    return session


def _bounded(company: Company) -> tuple[str, int | None]:
    """Keep Spark in this process within the threads of the company file or the environment."""
    location = company.connection.location
    local = re.fullmatch(r"local(?:\[(\d+|\*)\])?", location)
    if local is None:
        return location, None
    wanted = os.cpu_count() or 1 if local[1] == "*" else int(local[1] or 1)
    given = os.environ.get("CUSTLIB_THREADS") or company.connection.threads
    threads = max(1, min(wanted, int(given) if given else wanted))
    return f"local[{threads}]", threads


def _megabytes(size: str | None) -> int | None:
    """Read a size as DuckDB writes one; Spark needs half a gigabyte to run at all."""
    found = re.fullmatch(r"\s*([0-9.]+)\s*([KMGT])(i?)B\s*", size or "", re.IGNORECASE)
    if not found:
        return None
    step = 1024 if found[3] else 1000
    return max(512, int(float(found[1]) * step ** " KMGT".index(found[2].upper()) / 1024**2))


@contextmanager
def silent() -> Iterator[None]:
    """Keep Spark from writing to the terminal: its log and its account of errors may show data.

    Java inherits the outputs of the process that starts it, so they lead nowhere while it starts, and for Java
    for good.
    """
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    if _java_runs():
        yield
        return
    kept = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        for handle in (*kept, nowhere):
            os.close(handle)


def _java_runs() -> bool:
    from pyspark import SparkContext

    return SparkContext._gateway is not None


@contextmanager
def failed(company: Company) -> Iterator[None]:
    """Say plainly that a query failed; Spark's own words show values of rows."""
    try:
        yield
    except (CustlibError, NotPortable):
        raise
    except Exception as error:
        name = (
            getattr(error, "getCondition", lambda: None)()
            or getattr(error, "getErrorClass", lambda: None)()
            or ""
        )
        if re.match(r"CAST|ARITHMETIC|NUMERIC|DIVIDE|USER_RAISED|INVALID_|CANNOT_PARSE|DATETIME", name):
            raise DataError(
                f"{company.name}: an expression of the company file fails on the data\n"
                f"  {name}; try_cast(... AS ...) in the expression lets the checks count the rows"
            ) from None
        if re.match(r"PATH_NOT_FOUND|FAILED_READ_FILE", name):
            raise DataError(
                f"{company.name}: Spark cannot read the files of connection.folder\n"
                "  a server must see the same folder under the same path; CSV and Excel are read by Spark in this "
                "process (local[2]) only"
            ) from None
        kind = name or type(error).__name__
        raise DataError(
            f"{company.name}: Spark could not run a query to its end\n  {kind}; is a table or file damaged, or memory short?"
        ) from None
