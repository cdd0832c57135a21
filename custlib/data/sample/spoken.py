"""The months of the sample bank once more, for what its customers feel and say."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from custlib.data.sample.calls import calls_of
from custlib.data.sample.feedback import Feedback, Promised, feedback_of, promises_of, unname
from custlib.data.sample.lives import Lives
from custlib.data.sample.mood import draw_moods, scores
from custlib.data.sample.people import People, month_starts
from custlib.data.sample.surveys import Survey, after_calls, is_wave, stack, wave
from custlib.data.sample.truth import Truth


@dataclass
class Said:
    """What was said, asked and promised in one month."""

    month: int
    surveys: Survey
    feedback: Feedback
    promises: Promised


def run_voices(people: People, lives: Lives, seed: int, truth: Truth) -> Iterator[Said]:
    """Run through the months, the incomplete one up to its last known day.

    What chooses whom a wave invites and who answers is drawn for all customers and by month, so that
    worlds differ in scores and in nothing else.
    """
    moods = draw_moods(people, seed, truth)
    invited = np.zeros((len(people.month), 0), bool)
    known = month_starts(truth)[truth.months] + truth.last_day
    for month in range(truth.months + 1):
        satisfaction = scores(moods, people, lives, month, seed, truth)
        calls = calls_of(people, lives, satisfaction, month, seed, truth)
        surveys = after_calls(people, lives, satisfaction, calls, month, seed, truth)
        if is_wave(month, truth):
            asked = wave(people, lives, satisfaction, invited, month, seed, truth)
            now = np.isin(np.arange(len(people.month)), asked.who)
            invited = np.column_stack([invited, now])
            surveys = stack([asked, surveys])
        if month == truth.months:
            surveys = surveys.take(np.flatnonzero(surveys.day < known))
        feedback = feedback_of(satisfaction, calls, month, seed, truth)
        promises = promises_of(people, lives, satisfaction, feedback, month, seed, truth)
        yield Said(month, surveys, unname(feedback, month, seed, truth), promises)
