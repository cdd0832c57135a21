"""Surveys: the scales that may be asked, the themes that words are sorted by, and what is called a promoter."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from custlib.errors import UsageError
from custlib.strict import Strict

NPS, CSAT = "nps", "csat"
DETRACTOR, PASSIVE, PROMOTER = CLASSES = ("detractor", "passive", "promoter")
# Reichheld 2003: promoters give 9 or 10, detractors 6 or less.
FIRST_PASSIVE, FIRST_PROMOTER = 7, 9
FIX_BASICS, MOVE_MIDDLE, DELIGHT = PROGRAMMES = ("fix_basics", "move_middle", "delight")
# More answers to choose from than these are not one scale.
MOST_STEPS = 101


class Scale(Strict):
    """An ordered scale of whole numbers; `middle` is its middle ground: OK, and not yet delighted."""

    lowest: int
    highest: int
    middle: Annotated[list[int], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _in_order(self) -> "Scale":
        if not 1 < len(self.scores) <= MOST_STEPS:
            raise ValueError(f"lowest must lie below highest, by up to {MOST_STEPS - 1}")
        low, high = self.middle
        if not self.lowest < low <= high < self.highest:
            raise ValueError(
                "middle is its first and its last score, with at least one score below and one above"
            )
        return self

    @property
    def scores(self) -> range:
        """Every score that can be given."""
        return range(self.lowest, self.highest + 1)

    @property
    def ok(self) -> int:
        """The lowest score that is OK or better."""
        return self.middle[0]

    def __str__(self) -> str:
        return f"{self.lowest} to {self.highest}"


KNOWN: Mapping[str, Scale] = {
    NPS: Scale(lowest=0, highest=10, middle=[5, 8]),
    CSAT: Scale(lowest=1, highest=5, middle=[3, 4]),
}
"""Scales that need no declaration."""


def _can_be_nps(scales: dict[str, Scale]) -> dict[str, Scale]:
    nps = scales.get(NPS)
    if nps is not None and (nps.highest != KNOWN[NPS].highest or nps.lowest not in (0, 1)):
        raise ValueError(f"nps goes from 0 to 10, or as declared here from 1 to 10, not from {nps}")
    for name in scales:
        if not name.strip():
            raise ValueError("a scale needs the name of what is asked")
        if name != name.lower():
            raise ValueError(f"the scale {name!r} is written in small letters: {name.lower()!r}")
    return scales


Scales = Annotated[dict[str, Scale], AfterValidator(_can_be_nps)]


# Marks that part words; what every engine understands, so no classes of letters.
APART = "[\\s!-/:-@\\[-`{-~\u2018\u2019\u201c\u201d\u00ab\u00bb\u2026]+"


def parted(words: str) -> str:
    """Give words in small letters, parted by single blanks alone."""
    return re.sub(APART, " ", words.lower()).strip()


class Theme(Strict):
    """What customers' words are about: the words that tell it, compared without regard to capitals.

    A word is found where it begins a word of the answer: "fee" finds fees, and not coffee.
    """

    name: str = Field(min_length=1)
    words: list[str] = Field(min_length=1)
    owner: str = ""

    @model_validator(mode="after")
    def _words_are_words(self) -> "Theme":
        if blank := [word for word in self.words if not parted(word)]:
            raise ValueError(
                f"theme {self.name!r}: in {blank[0]!r} there is no word, so it would be found everywhere"
            )
        return self


def _told_apart(themes: list[Theme]) -> list[Theme]:
    names = [theme.name.strip().casefold() for theme in themes]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two themes are called {twice[0]!r}")
    return themes


Themes = Annotated[list[Theme], AfterValidator(_told_apart)]
Costs = dict[Literal["fix_basics", "move_middle", "delight"], Annotated[float, Field(ge=0, le=1e12)]]


def scales_of(declared: Mapping[str, Scale]) -> dict[str, Scale]:
    """Give every scale by name: those known, over them those declared."""
    return {**KNOWN, **declared}


def programme_of(score: int, scale: Scale) -> str:
    """Name the programme that lifts who gave a score by a point.

    Raises
    ------
    UsageError
        For the highest score, from which there is no way up.
    """
    if score >= scale.highest:
        raise UsageError(f"nobody can be lifted above {scale.highest}")
    if score < scale.ok:
        return FIX_BASICS
    return MOVE_MIDDLE if score <= scale.middle[1] else DELIGHT
