"""Service contacts of the sample bank's customers, one by one: what feedback and csat are drawn from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.lives import Lives
from custlib.data.sample.months import contacts
from custlib.data.sample.people import People, month_starts, stream
from custlib.data.sample.talk import SERVICE, Words, draw_words, tone_of
from custlib.data.sample.truth import Truth

FAILING_MONTHS = 3  # in which the exposed are in touch more often; see `months.contacts`


@dataclass
class Calls:
    """One entry per service contact of a month; the counts are those that the cost to serve rests on."""

    who: NDArray[np.int64]
    day: NDArray[np.int64]
    failing: NDArray[np.bool_]  # because of the failure
    words: Words


def calls_of(people: People, lives: Lives, scores: NDArray, month: int, seed: int, truth: Truth) -> Calls:
    """Spread a month's contacts over its days, and say what each was about."""
    rng, failure = stream(seed, f"calls {month}"), truth.failure
    count = np.where(people.month <= month, contacts(people, lives, month, seed, truth), 0)
    who = np.repeat(np.arange(len(count)), count)
    starts = month_starts(truth)
    first = np.maximum(starts[month], people.day[who])
    place, blame = rng.random((2, len(who)))
    day = first + (place * (starts[month + 1] - first)).astype(np.int64)
    failing = np.zeros(len(who), bool)
    if failure and failure.month <= month < failure.month + FAILING_MONTHS:
        share = failure.contacts / (failure.contacts + people.pick(truth, "contacts"))
        failing = lives.exposed[who] & (blame < share[who])
    words = draw_words(rng, people, lives, who, tone_of(scores[who]), month, truth)
    words.theme[failing] = SERVICE
    words.tone[failing] = 0
    return Calls(who, day, failing, words)
