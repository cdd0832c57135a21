"""The company file: one YAML file that says everything about a company, read and checked first.

`load_company` gives a `Company` whose settings know where each value came from. Names of
tables and columns are checked against the contract later, when the source is opened.
"""

import hashlib
import os
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from custlib.connection import Connection, ConnectionSpec, connect, file_name
from custlib.errors import UsageError
from custlib.periods import Month, month_text, parse_month
from custlib.segmentation import check_rules
from custlib.settings import Settings, Strict, explain, nearest, read_file

NOTEBOOK, PARAMETERS, COMPANY, DEFAULT = "notebook parameter", "parameters file", "company file", "default"

# Tables that tell what customers did.
LOGS = frozenset({"transactions", "customer_months"})
# Bytes that latin-1 reads as control characters, and code pages of the eighties as letters.
_C1 = bytes(range(0x80, 0xA0))


class Options(Strict):
    """How a text or Excel file is written; what is not given is not guessed."""

    encoding: str = "utf-8"
    mend: str | None = None
    delimiter: str = ","
    decimal: Literal[".", ","] | None = None
    date_format: str | None = None
    header: bool = True
    sheet: str | None = None
    missing: list[str] = []

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"unknown encoding {value!r}; for example utf-8, latin-1 or cp1252") from None
        return value

    @field_validator("mend")
    @classmethod
    def _a_code_page(cls, value: str | None) -> str | None:
        try:
            whole = value is None or len(_C1.decode(value)) == len(_C1)
        except (LookupError, UnicodeError):
            whole = False
        if not whole:
            raise ValueError(
                f"a code page in which each of the bytes 80 to 9F is a character, such as cp850 or cp437, not {value!r}"
            )
        return value

    @property
    def mended(self) -> dict[int, str]:
        """What stands for the control characters U+0080 to U+009F, which no text contains, in the code page of `mend`."""
        return dict(zip(_C1, _C1.decode(self.mend), strict=True)) if self.mend else {}

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str) -> str:
        value = {"tab": "\t", "\\t": "\t"}.get(value, value)
        if value != "whitespace" and len(value) != 1:
            raise ValueError(f"one character, tab or whitespace, not {value!r}")
        return value


class TableSpec(Strict):
    """Where one table of the contract comes from and how its columns are called or computed."""

    source: str = Field(alias="from", min_length=1)
    columns: dict[str, str] | None = None
    options: Options = Options()
    filter: str | None = None
    qualifying: str | None = None
    key: list[str] = []
    currency_column: str | None = None
    scores: dict[str, str] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _asked_once(self) -> "TableSpec":
        given = [name for name in ("metric", "score") if name in (self.columns or {})]
        if self.scores and given:
            raise ValueError(
                f"scores has a column for each metric, so columns needs no {given[0]}; keep one of the two"
            )
        return self


class Scope(Strict):
    """A part of the company: the filter, and the name printed in every title."""

    where: str = Field(min_length=1)
    name: str = Field(min_length=1)


class Definitions(Strict):
    """Who agreed the definitions, when, and which version of them this is."""

    agreed_by: str = ""
    on: date | None = None
    version: str = "0"

    @field_validator("version", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class CompanyFile(Strict):
    """The company file as it is written."""

    company: str = Field(min_length=1)
    title: str = Field(min_length=1)
    connection: ConnectionSpec
    currency: str
    timezone: str = "UTC"
    relationship: Literal["contractual", "non_contractual", "mixed"]
    history: Literal["observed", "complete"] = "observed"
    scope: Scope | None = None
    complete_through: str | None = None
    success_file: str | None = None
    tables: dict[str, TableSpec] = Field(min_length=1)
    settings: Settings = Settings()
    definitions: Definitions = Definitions()

    @field_validator("company")
    @classmethod
    def _short_name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9_]+", value):
            raise ValueError(f"a short name of a-z, 0-9 and _, not {value!r}")
        return value

    @field_validator("currency")
    @classmethod
    def _iso_currency(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Z]{3}", value):
            raise ValueError(f"one ISO 4217 code such as GBP, not {value!r}")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError(
                f"unknown time zone {value!r}{nearest(value, zoneinfo.available_timezones())[:200]}"
            )
        return value

    @field_validator("complete_through")
    @classmethod
    def _a_month(cls, value: str | None) -> str | None:
        return value if value is None else month_text(parse_month(value))

    @field_validator("success_file")
    @classmethod
    def _a_file_per_month(cls, value: str | None) -> str | None:
        if value is None:
            return value
        if "{month}" not in value or set("{}*?") & set(value.replace("{month}", "")):
            raise ValueError(f'a path with {{month}} in it, such as "{{month}}/_SUCCESS", not {value!r}')
        if PurePath(value).is_absolute() or ".." in PurePath(value).parts or value.endswith("/"):
            raise ValueError(f"a file inside the connection's folder, not {value!r}")
        return value

    @model_validator(mode="after")
    def _one_word_on_completeness(self) -> "CompanyFile":
        if self.success_file is not None and self.connection.folder is None:
            raise ValueError(
                "success_file goes with connection.folder; nothing else has files beside the tables"
            )
        if self.success_file is not None and self.complete_through is not None:
            raise ValueError("complete_through and success_file both say when a month is complete; keep one")
        return self

    @model_validator(mode="after")
    def _scores_of_surveys(self) -> "CompanyFile":
        for name, table in self.tables.items():
            if table.scores and name != "surveys":
                raise ValueError(f"tables.{name}.scores: only surveys have scores")
        return self

    @model_validator(mode="after")
    def _answers_without_a_log_have_a_month(self) -> "CompanyFile":
        if "surveys" in self.tables and not LOGS & set(self.tables) and self.complete_through is None:
            raise ValueError(
                "surveys without transactions tell of no month; name the one under which they are filed by complete_through"
            )
        return self

    @model_validator(mode="after")
    def _cost_to_serve_once(self) -> "CompanyFile":
        months = self.tables.get("customer_months")
        if "costs" in self.tables and months and "cost_to_serve" in (months.columns or {}):
            raise ValueError("cost to serve is given twice: by customer_months.cost_to_serve and by costs")
        return self

    @model_validator(mode="after")
    def _a_model_of_value_that_fits(self) -> "CompanyFile":
        settings = self.settings
        if settings.clv_model == "sbg" and self.relationship != "contractual":
            also = "; contracts are valued by it anyway" if self.relationship == "mixed" else ""
            raise ValueError(
                "clv_model sbg is for contracts, and customers without one do not tell when they leave; choose"
                f" bgbb, bgnbd, pareto_nbd or auto{also}"
            )
        if settings.seasonal_clock and settings.clv_model not in ("bgnbd", "pareto_nbd"):
            raise ValueError("seasonal_clock is for clv_model bgnbd or pareto_nbd, whose clocks run by days")
        # An annuity for ever has a value only where the far future counts less.
        if settings.discount_rate == 0 and settings.horizon_months == 0:
            raise ValueError(
                "discount_rate 0 with horizon_months 0 (unlimited) makes no finite value;"
                " give a rate above 0, or a horizon of up to 600 months"
            )
        return self

    @model_validator(mode="after")
    def _rules_name_what_there_is(self) -> "CompanyFile":
        settings = self.settings
        if settings.segmentation is not None:
            check_rules(settings.segmentation, settings.value_bands, has_core=settings.core is not None)
        return self


@dataclass(frozen=True)
class Company:
    """A company file, checked, with its overridden settings and where each value came from."""

    name: str
    title: str
    connection: Connection
    currency: str
    timezone: str
    relationship: str
    history: str
    scope: Scope | None
    complete_through: Month | None
    success_file: str | None
    tables: dict[str, TableSpec]
    settings: Settings
    origins: dict[str, str]
    definitions: Definitions
    path: Path
    file_hash: str

    @property
    def has_log(self) -> bool:
        """Whether a table says what customers did and when; without one there are answers to surveys at most."""
        return bool(LOGS & set(self.tables))

    @property
    def scope_name(self) -> str | None:
        """Name of the part of the company reported, or None for the whole."""
        return self.scope.name if self.scope else None

    def public(self) -> dict[str, Any]:
        """Give what a manifest may hold: no connection values, nothing from the environment."""
        values = self.settings.model_dump(mode="json")
        return {
            "company": self.name,
            "title": self.title,
            "currency": self.currency,
            "timezone": self.timezone,
            "relationship": self.relationship,
            "history": self.history,
            "scope": self.scope_name,
            "complete_through": month_text(self.complete_through) if self.complete_through else None,
            "success_file": self.success_file,
            "connection": self.connection.kind,
            "tables": sorted(self.tables),
            "settings": {key: {"value": values[key], "origin": self.origins[key]} for key in values},
            "definitions": self.definitions.model_dump(mode="json"),
            "file_hash": self.file_hash,
        }


def load_company(
    name_or_path: str | Path,
    *,
    settings: Mapping[str, Any] | None = None,
    parameters_file: str | Path | None = None,
) -> Company:
    """Read a company file and the settings that override it.

    Parameters
    ----------
    name_or_path : str or Path
        A short name (``companies/<name>.yaml`` under the working folder, else beside the
        package) or the path of a company file.
    settings : mapping, optional
        Settings given on the command line or by a notebook; they win over everything.
    parameters_file : path, optional
        YAML file of settings; they win over the company file.

    Raises
    ------
    UsageError
        When a file is missing or unreadable, a name unknown, or a value ill-typed.
    """
    path = _find(name_or_path)
    where = file_name(path)
    written = read_file(path, where)
    try:
        CompanyFile.model_validate(written)
    except ValidationError as error:
        raise explain(error, where, CompanyFile) from None
    merged, origins = dict(written.get("settings") or {}), {}
    origins.update(dict.fromkeys(merged, COMPANY))
    layers: list[tuple[str, str, Mapping[str, Any]]] = []
    if parameters_file is not None:
        overrides = read_file(Path(parameters_file), file_name(Path(parameters_file)))
        layers.append((PARAMETERS, file_name(Path(parameters_file)), overrides))
    layers.append((NOTEBOOK, NOTEBOOK, settings or {}))
    for origin, called, values in layers:
        values = values["settings"] if set(values) == {"settings"} else values
        try:
            Settings.model_validate(values)
        except ValidationError as error:
            raise explain(error, called, Settings) from None
        # A name with nothing after it gives no value, so it overrides none.
        given = {name: value for name, value in values.items() if value is not None}
        merged.update(given)
        origins.update(dict.fromkeys(given, origin))
    try:
        company = CompanyFile.model_validate({**written, "settings": merged})
    except ValidationError as error:
        # Each was right by itself; together they are not.
        raise explain(error, f"{where} and the settings over it", CompanyFile) from None
    return _company(company, path, {key: origins.get(key, DEFAULT) for key in Settings.model_fields})


def _company(written: CompanyFile, path: Path, origins: dict[str, str]) -> Company:
    through = written.complete_through
    return Company(
        name=written.company,
        title=written.title,
        connection=connect(written.connection, path),
        currency=written.currency,
        timezone=written.timezone,
        relationship=written.relationship,
        history=written.history,
        scope=written.scope,
        complete_through=parse_month(through) if through else None,
        success_file=written.success_file,
        tables=dict(written.tables),
        settings=written.settings,
        origins=origins,
        definitions=written.definitions,
        path=path,
        file_hash=hashlib.sha256(path.read_bytes()).hexdigest()[:16],
    )


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text.endswith((".yaml", ".yml")) or os.sep in text:
        path = Path(text).expanduser()
        if not path.is_file():
            raise UsageError(f"company file {path.name!r} does not exist\n  looked for {path}")
        return path.resolve()
    folders = [Path.cwd() / "companies", Path(__file__).resolve().parent.parent / "companies"]
    for folder in folders:
        if (folder / f"{text}.yaml").is_file():
            return (folder / f"{text}.yaml").resolve()
    known = {file.stem for folder in folders for file in folder.glob("*.yaml")}
    raise UsageError(
        f"no company is called {text!r}{nearest(text, known)}\n  or give the path of a company file"
    )
