"""What customers talk about, and the words they use: codes while rows are drawn, text when they are written."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from custlib.data.sample.lives import Lives
from custlib.data.sample.people import People
from custlib.data.sample.truth import CHANNELS, Truth
from custlib.data.sample.voice import KINDS, THEMES
from custlib.data.sample.words import (
    ENDINGS,
    EXPECTATIONS,
    FOREIGN,
    HOSTILE,
    OPINIONS,
    QUESTIONS,
    SUGGESTIONS,
)

Ints = NDArray[np.int64]
STAGES = ("join", "use", "help", "develop")
STAGE_OF = np.array([STAGES.index(s) for s in ("help", "use", "help", "use", "use", "develop", "use")])
SERVICE = THEMES.index("service")
COMPLAINT, PRAISE, SUGGESTION, QUESTION = range(len(KINDS))
ENGLISH, OTHER_LANGUAGE, ODD = range(3)


@dataclass
class Words:
    """The choice of words of each row; `theme` -1 where nothing was said."""

    theme: Ints
    tone: Ints  # 0 low, 1 middle, 2 high: how the customer feels
    pick: Ints  # (row, 3): sentence, ending, number
    style: Ints  # English, another language, or odd characters

    def take(self, which: NDArray) -> "Words":
        """Keep some rows, in the order given."""
        return Words(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def tone_of(scores: NDArray) -> Ints:
    """Give 0, 1, 2 for scores of 0-6, 7-8, 9-10."""
    return (scores >= 7).astype(np.int64) + (scores >= 9)


def draw_words(
    rng: np.random.Generator, people: People, lives: Lives, who: NDArray, tone: Ints, month: int, truth: Truth
) -> Words:
    """Draw what these customers talk about in a month, and how."""
    count, voice = len(who), truth.voice
    chance, blames, style = rng.random((3, count))
    pick = rng.integers(0, 1 << 16, (count, 3))
    edges = np.cumsum([getattr(voice, f"themes_{c}") for c in CHANNELS], axis=1)[people.channel[who], :-1]
    theme = (chance[:, None] >= edges).sum(axis=1)
    failure = truth.failure
    if failure and month >= failure.month:
        theme[lives.exposed[who] & (tone == 0) & (blames < failure.blamed)] = SERVICE
    kind = np.where(style < voice.hostile, ODD, ENGLISH)
    kind[style > 1 - voice.foreign] = OTHER_LANGUAGE
    odd = np.flatnonzero(kind == ODD)
    pick[odd, 0] = month + np.arange(len(odd))  # in turn, so that each of them occurs
    return Words(theme, tone, pick, kind)


def texts(words: Words, kinds: NDArray | None = None) -> list[str | None]:
    """Write the words of each row; None where nothing was said.

    Parameters
    ----------
    kinds
        Positions in KINDS, for feedback; a survey's reason is an opinion.
    """
    of = np.full(len(words.theme), COMPLAINT) if kinds is None else kinds
    rows = zip(words.theme, words.tone, words.pick, words.style, of, strict=True)
    return [
        None if theme < 0 else _text(theme, tone, pick, style, kind)
        for theme, tone, pick, style, kind in rows
    ]


def expectations(words: Words) -> list[str | None]:
    """Write what was expected; None where nothing was said."""
    rows = zip(words.theme, words.pick, strict=True)
    return [None if theme < 0 else _chosen(EXPECTATIONS[THEMES[theme]], pick) for theme, pick in rows]


def _text(theme: int, tone: int, pick: NDArray, style: int, kind: int) -> str:
    if style == ODD:
        return HOSTILE[pick[0] % len(HOSTILE)]
    if kind in (SUGGESTION, QUESTION):
        return _chosen((SUGGESTIONS if kind == SUGGESTION else QUESTIONS)[THEMES[theme]], pick)
    if style == OTHER_LANGUAGE:
        return _chosen(FOREIGN[tone], pick)
    opinion = _chosen(OPINIONS[THEMES[theme]][tone], pick)
    return opinion + ENDINGS[tone][pick[1] % len(ENDINGS[tone])]


def _chosen(sentences: tuple[str, ...], pick: NDArray) -> str:
    return sentences[pick[0] % len(sentences)].replace("{n}", str(2 + pick[2] % 11))
