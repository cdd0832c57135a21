"""What the sample bank's customers say unasked, and what it promises them."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.calls import Calls
from custlib.data.sample.lives import Lives
from custlib.data.sample.people import People, month_starts, stream
from custlib.data.sample.talk import COMPLAINT, PRAISE, QUESTION, Words, tone_of
from custlib.data.sample.truth import Truth

Ints = NDArray[np.int64]
CONTACT_WAYS = ("phone", "email", "app", "branch", "letter")
_WAY_SHARES = (0.46, 0.27, 0.13, 0.10, 0.04)
OPEN, IN_PROGRESS, RESOLVED = range(3)
STATUSES = ("open", "in progress", "resolved")
_PICKED_UP = 14  # days after which what is not solved is at least in progress
# promise, days until it is due, and the stage of the journey
PROMISES = (
    ("Call back within a day", 1, "help"),
    ("Card replaced within a week", 7, "use"),
    ("Loan decision in three days", 3, "develop"),
    ("Account ready in two days", 2, "join"),
)
CALL_BACK, CARD, LOAN, ACCOUNT = range(len(PROMISES))
_BAD_MONTHS = 7  # of the failure, in which fewest promises to the exposed are kept


@dataclass
class Feedback:
    """Rows of feedback; `who` -1 where nobody knows, `resolved` -1 where it is not settled."""

    who: Ints
    day: Ints
    kind: Ints
    way: Ints
    words: Words
    status: Ints
    resolved: Ints

    def take(self, which: NDArray) -> "Feedback":
        """Keep some rows, in the order given."""
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        return Feedback(**{n: v.take(which) if n == "words" else v[which] for n, v in kept.items()})


@dataclass
class Promised:
    """Rows of promises; `kept` -1 where it is not done, or not yet."""

    who: Ints
    promise: Ints
    due: Ints
    kept: Ints


def feedback_of(scores: NDArray, calls: Calls, month: int, seed: int, truth: Truth) -> Feedback:
    """Choose which contacts are written down, and settle most of them.

    Who wrote it is still known here: the promise of a call back goes to a person.
    """
    rng, voice, failure = stream(seed, f"feedback {month}"), truth.voice, truth.failure
    written, sort, way, solve, days = rng.random((5, len(calls.who)))
    share = np.where(calls.failing, failure.feedback if failure else 0.0, voice.feedback)
    kinds = np.array([voice.kinds_low, voice.kinds_middle, voice.kinds_high])[tone_of(scores[calls.who])]
    kind = (sort[:, None] >= np.cumsum(kinds, axis=1)[:, :-1]).sum(axis=1)
    if failure:
        kind = np.where(calls.failing, np.where(sort < failure.complaints, COMPLAINT, QUESTION), kind)
    mean = np.where(calls.failing, failure.solved_days if failure else 0.0, voice.solved_days)
    resolved = calls.day + _geometric(days, mean)
    resolved[(solve < voice.never_solved) & (kind != PRAISE)] = -1
    known = month_starts(truth)[truth.months] + truth.last_day
    resolved[resolved >= known] = -1
    age = known - 1 - calls.day
    status = np.where(resolved >= 0, RESOLVED, np.where(age > _PICKED_UP, IN_PROGRESS, OPEN))
    way = np.searchsorted(np.cumsum(_WAY_SHARES)[:-1], way, side="right")
    rows = Feedback(calls.who, calls.day, kind, way, calls.words, status, resolved)
    rows = rows.take(np.flatnonzero((written < share) & (calls.day < known)))
    # even who is content words a complaint as one
    rows.words.tone = np.where(rows.kind == COMPLAINT, 0, np.where(rows.kind == PRAISE, 2, rows.words.tone))
    return rows


def unname(feedback: Feedback, month: int, seed: int, truth: Truth) -> Feedback:
    """Forget who wrote some of it: letters without a name, calls that nobody traced."""
    chance = stream(seed, f"unnamed {month}").random(len(feedback.who))
    feedback.who = np.where(chance < truth.voice.unnamed, -1, feedback.who)
    return feedback


def promises_of(
    people: People, lives: Lives, scores: NDArray, feedback: Feedback, month: int, seed: int, truth: Truth
) -> Promised:
    """Promise call backs, cards, loan decisions and new accounts, and keep most of them in time."""
    rng, voice = stream(seed, f"promises {month}"), truth.voice
    starts = month_starts(truth)
    known, here = starts[truth.months] + truth.last_day, scores >= 0
    asks, place = rng.random((2, len(here)))
    anew = np.flatnonzero(here & (people.month == month))
    card = np.flatnonzero(here & (asks < voice.cards_replaced))
    loan = np.flatnonzero(here & (asks > 1 - voice.loans_asked))
    wants = np.isin(feedback.kind, (COMPLAINT, QUESTION)) & (rng.random(len(feedback.who)) < voice.call_backs)
    who = np.concatenate([feedback.who[wants], card, loan, anew])
    promise = np.repeat([CALL_BACK, CARD, LOAN, ACCOUNT], [wants.sum(), len(card), len(loan), len(anew)])
    first = np.maximum(starts[month], people.day)
    any_day = first + (place * (starts[month + 1] - first)).astype(np.int64)
    made = np.concatenate([feedback.day[wants], any_day[card], any_day[loan], people.day[anew]])
    days = np.array([days for _, days, _ in PROMISES])[promise]
    keeps, early, late, behind = rng.random((4, len(who)))
    in_time = keeps < _kept(lives, who, month, truth)
    kept = np.where(
        in_time,
        made + (early * (days + 1)).astype(np.int64),
        made + days + _geometric(behind, voice.late_days),
    )
    kept[~in_time & (late >= voice.kept_late)] = -1
    kept[kept >= known] = -1
    told = np.flatnonzero(made < known)
    told = told[np.lexsort((promise[told], who[told], (made + days)[told]))]
    return Promised(who[told], promise[told], (made + days)[told], kept[told])


def _kept(lives: Lives, who: Ints, month: int, truth: Truth) -> NDArray[np.float64]:
    """Give each promise's chance of being kept in time."""
    share, failure = np.full(len(who), truth.voice.kept), truth.failure
    if failure and month >= failure.month:
        worse = failure.kept if month < failure.month + _BAD_MONTHS else failure.kept_later
        share = np.where(lives.exposed[who], worse, share)
    return share


def _geometric(chance: NDArray, mean: NDArray | float) -> Ints:
    """Draw whole days from 1 on with this mean."""
    mean = np.maximum(mean, 1.0 + 1e-9)
    return 1 + (np.log1p(-chance) / np.log1p(-1 / mean)).astype(np.int64)
