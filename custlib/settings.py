"""The settings a company may choose, and how a YAML file with them is read.

Every value is checked here, before anything runs: an unknown name is refused with the
nearest valid one, a value of the wrong type with what was expected.
"""

import re
import types
import typing
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from custlib.errors import UsageError
from custlib.segmentation import BANDS, Bands, LowValue, Segmentation
from custlib.strict import Strict, nearest
from custlib.surveying import Costs, Scales, Themes


class CoreCondition(Strict):
    """One condition of the core rule: a metric, combined over a window, against a threshold.

    `metric` is a panel column (transactions, amount, margin, active_days) or a numeric column
    of customer_months; `combine` is NULL for the metric's own default (sum for panel columns,
    last for columns of customer_months).
    """

    metric: str
    window_months: int = Field(default=1, ge=1, le=120)
    combine: Literal["sum", "min", "max", "mean", "last"] | None = None
    at_least: float | None = None
    at_most: float | None = None
    equals: float | str | None = None

    @field_validator("equals", mode="before")
    @classmethod
    def _flags_are_text(cls, value: Any) -> Any:
        # flags of the source arrive in the tables as the texts "true" and "false"
        return str(value).lower() if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _one_threshold(self) -> "CoreCondition":
        given = [name for name in ("at_least", "at_most", "equals") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("needs exactly one of at_least, at_most and equals")
        return self


class CoreRule(Strict):
    """Who is a core customer: all conditions of `all` hold and, where given, one of `any`."""

    all: list[CoreCondition] = []
    any: list[CoreCondition] = []

    @model_validator(mode="after")
    def _not_empty(self) -> "CoreRule":
        if not self.all and not self.any:
            raise ValueError("needs at least one condition under all or any")
        return self


class Settings(Strict):
    """Windows, thresholds and rules; each default is the workbook's, with its reason in docs/decisions.md."""

    active_window_months: int = Field(default=12, ge=1, le=120)
    value_window_months: int = Field(default=12, ge=1, le=120)
    material_change: float = Field(default=0.25, ge=0, le=10)
    margin_share: float = Field(default=1.0, gt=0, le=1)
    discount_rate: float = Field(default=0.10, ge=0, le=1)
    min_group: int = Field(default=30, ge=1)
    complete_tolerance_days: int = Field(default=10, ge=0, le=31)
    left_truncation_months: int = Field(default=12, ge=0, le=120)
    clv_model: Literal["bgbb", "bgnbd", "pareto_nbd", "sbg", "auto"] = "bgbb"
    clv_segment: str = "acquisition_channel"
    clv_segment_minimum: int = Field(default=1000, ge=30)
    horizon_months: int = Field(default=0, ge=0, le=600)
    backtest_months: int = Field(default=12, ge=1, le=60)
    valuation_basis_months: int = Field(default=12, ge=1, le=120)
    seasonal_clock: bool = False
    b2b: bool = False
    segments: list[str] = []
    core: CoreRule | None = None
    value_bands: Bands = BANDS
    segmentation: Segmentation | None = None
    low_value: LowValue | None = None
    claimed_loss_rate: float = Field(default=0.01, gt=0, lt=1)
    claimed_top_fifth: float = Field(default=0.80, gt=0, lt=1)
    thank_after_months: int = Field(default=60, ge=1, le=1200)
    scales: Scales = {}
    invitations_recorded: bool = True
    answers_window_months: int = Field(default=3, ge=1, le=24)
    outcome_months: int = Field(default=6, ge=1, le=24)
    answers_followed_months: int = Field(default=24, ge=1, le=120)
    themes: Themes = []
    programme_costs: Costs = {}
    talk_to: int = Field(default=50, ge=1, le=100_000)


class _Loader(yaml.SafeLoader):
    """YAML without its traps: `NO`, `on` and `1:30` stay texts, and a repeated key is refused."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if not isinstance(key, str):
                raise UsageError(f"line {key_node.start_mark.line + 1}: the name {key!r} must be a text")
            if key in seen:
                raise UsageError(f"line {key_node.start_mark.line + 1}: {key!r} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _resolver(kind: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


_resolver("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolver("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])
_resolver("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolver("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+0123456789.")
_resolver("timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789")


def read_mapping(text: str, where: str) -> dict[str, Any]:
    """Read YAML text that must be a mapping of names to values.

    Parameters
    ----------
    text : str
        The YAML text.
    where : str
        What the text is called in messages, such as ``companies/sample.yaml``.

    Raises
    ------
    UsageError
        When the text is not YAML, not a mapping, or gives a name twice.
    """
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise UsageError(
            f"{where}: not readable as YAML{line}\n  {getattr(error, 'problem', None) or 'the text breaks off'};"
            " texts with a colon, braces or a leading quote belong in quotes"
        ) from None
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
    except ValueError:
        raise UsageError(f"{where}: holds a date that does not exist") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"{where}: expected names and values (name: value), found {_kind(value)}")
    return value


def read_file(path: Path, where: str) -> dict[str, Any]:
    """Read a YAML file that must be a mapping; UsageError when it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{where}: not UTF-8 text\n  save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{where}: cannot be read ({error.strerror})") from None
    return read_mapping(text, where)


def explain(error: ValidationError, where: str, model: type[BaseModel]) -> UsageError:
    """Turn a pydantic error into the first thing to mend, with the others below it."""
    # an unknown name explains most of what else is wrong (the right name is then missing), so it comes first
    details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
    lines = [_sentence(detail, model) for detail in details]
    return UsageError("\n  also: ".join([f"{where}: {lines[0]}", *dict.fromkeys(lines[1:6])]))


# What bounds of the engine look like; what stands there instead is not repeated.
_BOUNDS = {
    "connection.memory_limit": ": a size such as 2GB or 512MB",
    "connection.threads": ": a whole number from 1 to 1024",
}


def _sentence(detail: ErrorDetails, model: type[BaseModel]) -> str:
    loc = [part for part in detail["loc"] if not str(part).startswith(("function-", "str", "float"))]
    name = ".".join(str(part) for part in loc)
    if loc and loc[0] == "connection" and detail["type"] not in ("extra_forbidden", "missing", "value_error"):
        hint = _BOUNDS.get(name, "")
        return f"{name} is not written as it must be{hint}"  # whatever stands there may be a password
    context = detail.get("ctx", {})
    given = detail.get("input")
    match detail["type"]:
        case "extra_forbidden":
            return (
                f"unknown setting {str(loc[-1])!r}{nearest(str(loc[-1]), _names_at(model, list(loc[:-1])))}"
            )
        case "missing":
            return f"{name} is missing"
        case "value_error":
            return f"{name}: {context['error']}" if name else str(context["error"])
        case "greater_than_equal":
            return f"{name} must be at least {context['ge']:g}, not {given!r}"
        case "greater_than":
            return f"{name} must be more than {context['gt']:g}, not {given!r}"
        case "less_than_equal":
            return f"{name} must be at most {context['le']:g}, not {given!r}"
        case "less_than":
            return f"{name} must be less than {context['lt']:g}, not {given!r}"
        case "literal_error":
            return f"{name} must be {context['expected']}, not {given!r}"
        case "string_pattern_mismatch":
            return f"{name} does not have the expected form, not {given!r}"
    wanted = _WANTED.get(detail["type"].partition("_")[0], detail["msg"])
    return f"{name} must be {wanted}, not {_kind(given)}"


_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "list": "a list",
    "dict": "names and values",
    "model": "names and values",
    "bool": "true or false",
    "date": "a date as YYYY-MM-DD",
}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"the flag {str(value).lower()}"
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else "names and values" if isinstance(value, dict) else f"{value}"


def _names_at(model: type[BaseModel], loc: list[Any]) -> list[str]:
    """List the names valid at a place in a model, as they are written in YAML."""
    for part in loc:
        if isinstance(part, int):
            continue
        fields = {field.alias or key: field for key, field in model.model_fields.items()}
        inner = _model_in(fields[part].annotation) if part in fields else None
        if inner is not None:
            model = inner
    return [field.alias or key for key, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, list, dict):
        for argument in typing.get_args(annotation):
            if (inner := _model_in(argument)) is not None:
                return inner
    return None
