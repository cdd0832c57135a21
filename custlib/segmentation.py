"""Value bands, and segments by rule: what a company may write of them, and what it may not.

A band or a level has a threshold - a share of customers counted from the top, or an amount - and the last one
has the rest. A rule combines levels of several dimensions to a segment with a name that colleagues understand.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, model_validator

from custlib.periods import Month
from custlib.strict import Strict, nearest

BELOW_ZERO, UNKNOWN, NO_RULE = "below zero", "unknown", "no rule"
# Names that tables of bands use for something else.
RESERVED = (BELOW_ZERO, UNKNOWN, "new", "lost", "won back", "all")
VALUE_NOW, VALUE_TO_COME, TREND, TENURE, PRODUCTS, CORE = DIMENSIONS = (
    "value_now",
    "value_to_come",
    "trend",
    "tenure",
    "products",
    "core",
)
NEW, GROWING, STEADY, DECLINING = TRENDS = ("new", "growing", "steady", "declining")
CORES = ("core", "not core")


class Band(Strict):
    """A band of customers: those within a share from the top, or from an amount on, who are in no band above.

    `top_share` is cumulative: the share of customers with a margin of zero or more, from the most profitable on.
    """

    name: str = Field(min_length=1)
    top_share: float | None = Field(default=None, gt=0, lt=1)
    at_least: float | None = Field(default=None, gt=0, le=1e12)

    @model_validator(mode="after")
    def _a_share_that_counts(self) -> "Band":
        # A rank is worked out in whole numbers: parts times customers must stay within them.
        if self.share is not None and self.share.denominator > 1_000_000:
            raise ValueError(f"top_share takes up to six decimal places, not {self.top_share!r}")
        return self

    @property
    def share(self) -> Fraction | None:
        """The share as it was written; a double would move a rank."""
        return None if self.top_share is None else Fraction(str(self.top_share))


class Step(Strict):
    """A level of a whole number: months as a customer, or products."""

    name: str = Field(min_length=1)
    at_least: int | None = Field(default=None, ge=1)


AnyStep = TypeVar("AnyStep", Band, Step)


def ladder(kind: str) -> Callable[[list[AnyStep]], list[AnyStep]]:
    """Make the check of a list of bands or levels: named apart, falling, the last one with the rest."""

    def check(steps: list[AnyStep]) -> list[AnyStep]:
        names = [step.name for step in steps]
        for name in names:
            if name in RESERVED and not (kind == "level" and name == NEW):
                raise ValueError(f"{name!r} cannot be a {kind}'s name, because the workbook uses it itself")
            if names.count(name) > 1:
                raise ValueError(f"two {kind}s are called {name!r}")
        if not steps:
            raise ValueError(f"needs at least one {kind}")
        given = [
            [f for f in ("top_share", "at_least") if getattr(step, f, None) is not None] for step in steps
        ]
        for step, fields in zip(steps[:-1], given, strict=False):
            if len(fields) != 1:
                wanted = "exactly one of top_share and at_least" if isinstance(step, Band) else "at_least"
                raise ValueError(f"{kind} {step.name!r} needs {wanted}; only the last {kind} has the rest")
        if given[-1]:
            raise ValueError(
                f"{kind} {names[-1]!r} is the last one and has the rest, so it takes no {given[-1][0]}"
            )
        _falling(kind, steps[:-1])
        return steps

    return check


def _falling(kind: str, steps: Sequence[Band | Step]) -> None:
    """Refuse a threshold that everybody who meets it has met before."""
    for field, sign in (("top_share", 1), ("at_least", -1)):
        told = [(step.name, getattr(step, field)) for step in steps if getattr(step, field, None) is not None]
        for (above, first), (name, second) in itertools.pairwise(told):
            if sign * second <= sign * first:
                way = "larger" if sign > 0 else "smaller"
                raise ValueError(
                    f"{kind} {name!r}: {field} {second:g} must be {way} than the {first:g} of {above!r},"
                    f" because {kind}s are listed from the top"
                )


Bands = Annotated[list[Band], AfterValidator(ladder("band"))]
BandLevels = Annotated[list[Band], AfterValidator(ladder("level"))]
StepLevels = Annotated[list[Step], AfterValidator(ladder("level"))]

BANDS = [
    Band(name="top 1%", top_share=0.01),
    Band(name="next 4%", top_share=0.05),
    Band(name="next 15%", top_share=0.20),
    Band(name="next 30%", top_share=0.50),
    Band(name="bottom 50%"),
]
# The same shares today and tomorrow, where the two are set against each other.
HIGH, MIDDLE, LOW, NEGATIVE = "high", "middle", "low", "negative"
GRID = [Band(name=HIGH, top_share=0.20), Band(name=MIDDLE, top_share=0.50), Band(name=LOW)]


class Levels(Strict):
    """The levels of each dimension. `value_now` groups bands; not given, each band is a level."""

    value_now: dict[str, list[str]] = {}
    value_to_come: BandLevels = GRID
    tenure: StepLevels = [
        Step(name="five years or more", at_least=60),
        Step(name="one to five years", at_least=12),
        Step(name="less than a year"),
    ]
    products: StepLevels = [
        Step(name="three or more", at_least=3),
        Step(name="two", at_least=2),
        Step(name="one"),
    ]


class Rule(Strict):
    """One line of the rule table: a segment, and the levels a customer must have; a dimension not named is free."""

    segment: str = Field(min_length=1)
    value_now: list[str] = []
    value_to_come: list[str] = []
    trend: list[str] = []
    tenure: list[str] = []
    products: list[str] = []
    core: list[str] = []

    @property
    def conditions(self) -> dict[str, tuple[str, ...]]:
        """The levels asked for, by dimension."""
        asked = {name: tuple(getattr(self, name)) for name in DIMENSIONS}
        return {name: levels for name, levels in asked.items() if levels}


class Segmentation(Strict):
    """Segments by rule: the first rule that holds names a customer's segment."""

    levels: Levels = Levels()
    rules: list[Rule] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_of_their_own(self) -> "Segmentation":
        for index, rule in enumerate(self.rules):
            if rule.segment == NO_RULE:
                raise ValueError(f"rules.{index}: {NO_RULE!r} names the customers whom no rule caught")
        return self

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments in the order of their first rule, and last the name for whom no rule caught."""
        return (*dict.fromkeys(rule.segment for rule in self.rules), NO_RULE)


class LowValue(Strict):
    """The company's written definition of a low-value customer; amounts in its currency."""

    value_below: float = Field(ge=-1e12, le=1e12)
    value_to_come_below: float | None = Field(default=None, ge=-1e12, le=1e12)
    meaning: str = Field(min_length=1)


def band_names(bands: Sequence[Band]) -> tuple[str, ...]:
    """Name all bands of a list from the top, those below zero last."""
    return (*(band.name for band in bands), BELOW_ZERO)


@dataclass(frozen=True)
class Thresholds:
    """The amounts from which on a customer is in each band, and since when they hold.

    Attributes
    ----------
    names : tuple of str
        The bands from the top, without the one below zero.
    amounts : tuple of Decimal or None
        One per band but the last; None where there was nobody whose rank could have set it: the band is empty.
    since : date
        The month at whose end the amounts were set.
    """

    names: tuple[str, ...]
    amounts: tuple[Decimal | None, ...]
    since: Month

    def __post_init__(self) -> None:
        if len(self.amounts) != len(self.names) - 1:
            raise ValueError("every band but the last one needs an amount, or None")


def top_bands(bands: Sequence[Band], share: Fraction = Fraction(1, 5)) -> tuple[str, ...]:
    """Name the bands that hold the top share of customers; with none so small, the highest band."""
    within = [band.name for band in bands if band.share is not None and band.share <= share]
    return tuple(within) or (bands[0].name,)


def now_levels(levels: Levels, bands: Sequence[Band]) -> dict[str, tuple[str, ...]]:
    """Give the bands of each level of value now."""
    if not levels.value_now:
        return {name: (name,) for name in band_names(bands)}
    return {name: tuple(held) for name, held in levels.value_now.items()}


def allowed_levels(levels: Levels, bands: Sequence[Band]) -> dict[str, tuple[str, ...]]:
    """Name the levels of each dimension. What a customer's margin is, is always known; all else may not be."""
    return {
        VALUE_NOW: tuple(now_levels(levels, bands)),
        VALUE_TO_COME: (*band_names(levels.value_to_come), UNKNOWN),
        TREND: (*TRENDS, UNKNOWN),
        TENURE: (*(step.name for step in levels.tenure), UNKNOWN),
        PRODUCTS: (*(step.name for step in levels.products), UNKNOWN),
        CORE: (*CORES, UNKNOWN),
    }


def check_rules(segmentation: Segmentation, bands: Sequence[Band], *, has_core: bool) -> None:
    """Refuse levels of bands that are not there, and rules of levels that are not there.

    Raises
    ------
    ValueError
        With the place, what stands there, and the names there are.
    """
    place = "settings.segmentation"
    _check_now(segmentation.levels, bands, f"{place}.levels.value_now")
    allowed = allowed_levels(segmentation.levels, bands)
    for index, rule in enumerate(segmentation.rules):
        for dimension, asked in rule.conditions.items():
            where = f"{place}.rules.{index}.{dimension}"
            for level in asked:
                if level not in allowed[dimension]:
                    raise ValueError(f"{where}: unknown level {level!r}{nearest(level, allowed[dimension])}")
            if dimension == CORE and not has_core:
                raise ValueError(f"{where}: nobody is core or not without a rule; give settings.core first")


def _check_now(levels: Levels, bands: Sequence[Band], place: str) -> None:
    """Refuse a grouping of bands that is no partition of them."""
    if not levels.value_now:
        return
    names, seen = band_names(bands), dict[str, str]()
    for level, held in levels.value_now.items():
        if not held:
            raise ValueError(f"{place}.{level}: names no band; the bands are {', '.join(names)}")
        for name in held:
            if name not in names:
                raise ValueError(f"{place}.{level}: unknown band {name!r}{nearest(name, names)}")
            if name in seen:
                raise ValueError(f"{place}.{level}: the band {name!r} is in the level {seen[name]!r} already")
            seen[name] = level
    left = [name for name in names if name not in seen]
    if left:
        raise ValueError(f"{place}: the band {left[0]!r} is in no level")


def unreachable(segmentation: Segmentation, bands: Sequence[Band]) -> tuple[int, ...]:
    """Give the numbers, from 1, of rules that nobody can meet: those above take every customer they ask for."""
    allowed = allowed_levels(segmentation.levels, bands)
    rules = [rule.conditions for rule in segmentation.rules]
    used = [name for name in DIMENSIONS if any(name in rule for rule in rules)]
    reached = set()
    for levels in itertools.product(*(allowed[name] for name in used)):
        has = dict(zip(used, levels, strict=True))
        held = (
            i for i, rule in enumerate(rules, 1) if all(has[name] in asked for name, asked in rule.items())
        )
        reached.add(next(held, 0))
    return tuple(number for number in range(1, len(rules) + 1) if number not in reached)
