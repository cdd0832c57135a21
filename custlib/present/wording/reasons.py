"""Why something of the page on NPS is not there, in words: one list for every measure; and what is too few to be told of."""

from collections.abc import Mapping
from typing import Any

from custlib.present.wording.words import people

WHY: Mapping[str, str] = {
    "no dates": "when customers answered is not known",
    "no history": "the data do not reach back so far",
    "too few": "too few customers answered",
    "no variance": "all answers are alike",
    "no invitations": "whom was asked and did not answer is not recorded",
    "no log": "what customers bought is not recorded",
    "not asked": "nobody was asked on the scale of NPS",
    "not over": "of no answer the months after it are over yet",
    "no value": "what customers are worth, by which they stand in value bands, is not known so far: the months that tell it are not all on record",
    "few lost": "of those who were followed too few were lost, or too few kept, to say",
}
"""By the keys of `found.why`."""


def because(key: str) -> str:
    """Give a reason in words; a key that nobody knows is no reason."""
    return WHY.get(key, "")


def fewer(least: int, noun: str = "customer") -> str:
    """Name what is too few: ``fewer than 30 answers``; fewer than one is none."""
    return f"fewer than {people(least, noun)}" if least > 1 else f"not one {noun}"


def below(found: Any, value: int, noun: str = "answer") -> str:
    """Say that a count is below what may be told of: ``29 answers are fewer than 30``."""
    if found.min_group <= 1:
        return f"there is {fewer(1, noun)}"
    verb = "is" if value == 1 else "are"
    return f"{people(value, noun)} {verb} fewer than {found.min_group:,}"
