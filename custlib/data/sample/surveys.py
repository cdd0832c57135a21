"""Surveys of the sample bank: quarterly waves of NPS, and a short question after service contacts."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.calls import Calls
from custlib.data.sample.lives import Lives
from custlib.data.sample.people import People, month_starts, stream
from custlib.data.sample.talk import STAGE_OF, Words, draw_words, tone_of
from custlib.data.sample.truth import Truth

Ints = NDArray[np.int64]
METRICS = ("nps", "csat")
NPS, CSAT = range(len(METRICS))
WAVE_EVERY = 3  # months
_A_YEAR = 12 // WAVE_EVERY  # waves


@dataclass
class Survey:
    """Rows of surveys, one per entry; -1 where there is no score, wave or stage."""

    who: Ints
    day: Ints
    metric: Ints
    score: Ints
    wave: Ints  # month of the wave
    stage: Ints
    reason: Words
    expectation: Words

    def take(self, which: NDArray) -> "Survey":
        """Keep some rows, in the order given."""
        return Survey(**{f.name: _taken(getattr(self, f.name), which) for f in fields(self)})


def _taken(values: Any, which: NDArray) -> Any:
    return values.take(which) if isinstance(values, Words) else values[which]


def is_wave(month: int, truth: Truth) -> bool:
    """Say whether customers are invited in a month."""
    since = month - truth.voice.first_wave
    return since >= 0 and since % WAVE_EVERY == 0 and month < truth.months


def may_be_asked(people: People, lives: Lives, month: int, day: int) -> NDArray[np.bool_]:
    """Say whom the bank takes for customers: the account is open, and a package or used in three months.

    Among them are some who have left without telling; they never answer.
    """
    used = people.package | lives.active[:, month - 3 : month].any(axis=1)
    return (people.month < month) & used & ((lives.closed < 0) | (lives.closed > day))


def wave(
    people: People,
    lives: Lives,
    scores: NDArray,
    invited: NDArray[np.bool_],
    month: int,
    seed: int,
    truth: Truth,
) -> Survey:
    """Invite some of the customers and collect their answers.

    Parameters
    ----------
    scores
        Satisfaction of the month, -1 for who is no customer.
    invited
        (customer, wave so far): who was invited before; the answers of a year's invitations tire.
    """
    rng, count, voice = stream(seed, f"wave {month}"), len(people.month), truth.voice
    chosen, answers, delay, misreads, later = rng.random((5, count))
    starts = month_starts(truth)
    asked_on, end = starts[month] + voice.invitation_day - 1, starts[month + 1]
    asked = may_be_asked(people, lives, month, asked_on) & (chosen < voice.invited)
    tired = voice.fatigue ** invited[:, -_A_YEAR:].sum(axis=1)
    answered = asked & (answers < voice.answers * _eager(people, scores, month, truth) * tired)
    day = np.minimum(asked_on + 1 + np.log1p(-delay) // np.log(0.7), end - 1).astype(np.int64)
    who = np.flatnonzero(asked)
    given = answered[who]
    first = Survey(
        who,
        np.where(given, day[who], asked_on),
        np.full(len(who), NPS),
        np.where(given, scores[who], -1),
        np.full(len(who), month),
        np.full(len(who), -1),
        *_comments(rng, people, lives, who, scores[who], given, month, truth),
    )
    first.stage = np.where(first.reason.theme >= 0, STAGE_OF[first.reason.theme], -1)
    again = first.take(np.flatnonzero(given & (misreads[who] < voice.misread)))
    again.score = 10 - again.score
    again.reason.theme[:] = again.expectation.theme[:] = again.stage[:] = -1
    # the true answer comes a few days after the one that was given upside down
    corrected = np.isin(first.who, again.who)
    again.day = np.minimum(again.day, end - 4)
    first.day[corrected] = again.day + 1 + (3 * later[again.who]).astype(np.int64)
    return stack([again, first])


def after_calls(
    people: People, lives: Lives, scores: NDArray, calls: Calls, month: int, seed: int, truth: Truth
) -> Survey:
    """Ask some of those who were in touch in a month how content they are with that, from 1 to 5."""
    rng, voice = stream(seed, f"csat {month}"), truth.voice
    who, where = np.unique(calls.who, return_index=True)
    chosen, answers, delay = rng.random((3, len(who)))
    luck = rng.standard_normal(len(who))
    asked = np.flatnonzero(chosen < voice.csat_invited)
    who, where, answers, delay, luck = who[asked], where[asked], answers[asked], delay[asked], luck[asked]
    end = month_starts(truth)[month + 1]
    asked_on = np.minimum(calls.day[where] + 1, end - 1)
    given = answers < voice.csat_answers * np.array(voice.answers_by_score)[scores[who]]
    content = np.clip(np.rint(1 + 0.4 * (scores[who] + voice.csat_luck * luck)), 1, 5).astype(np.int64)
    day = np.minimum(asked_on + (4 * delay).astype(np.int64), end - 1)
    reason, expectation = _comments(rng, people, lives, who, scores[who], given, month, truth)
    said = reason.theme >= 0
    reason.theme[said] = calls.words.theme[where][said]  # about what the contact was about
    nothing = np.full(len(who), -1)
    return Survey(
        who,
        np.where(given, day, asked_on),
        np.full(len(who), CSAT),
        np.where(given, content, -1),
        nothing,
        STAGE_OF[calls.words.theme[where]],
        reason,
        expectation,
    )


def _eager(people: People, scores: NDArray, month: int, truth: Truth) -> NDArray[np.float64]:
    """Give the factors of score and tenure in the chance of an answer; 0 for who is no customer.

    It is a product, so that among answers of one score, tenure is as among customers of that score.
    """
    voice = truth.voice
    settled = np.clip((month - people.month) / voice.answers_settled, 0, 1)
    by_score = np.where(scores >= 0, np.array(voice.answers_by_score)[scores], 0.0)
    return by_score * (voice.answers_new + (1 - voice.answers_new) * settled)


def _comments(
    rng: np.random.Generator,
    people: People,
    lives: Lives,
    who: Ints,
    scores: NDArray,
    given: NDArray[np.bool_],
    month: int,
    truth: Truth,
) -> tuple[Words, Words]:
    """Draw the reasons and the expectations that some who answer write down."""
    says, expects = rng.random((2, len(who)))
    reason = draw_words(rng, people, lives, who, tone_of(scores), month, truth)
    expectation = reason.take(np.arange(len(who)))
    reason.theme[~given | (says >= truth.voice.reason_given)] = -1
    expectation.theme[~given | (expects >= truth.voice.expectation_given)] = -1
    return reason, expectation


def stack(parts: list[Survey]) -> Survey:
    """Put rows below each other."""
    return Survey(**{f.name: _stacked([getattr(p, f.name) for p in parts]) for f in fields(Survey)})


def _stacked(parts: list[Any]) -> Any:
    if not isinstance(parts[0], Words):
        return np.concatenate(parts)
    return Words(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Words)})
