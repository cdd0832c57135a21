"""The written truth of what customers feel and say: how satisfied they are, who answers, who complains."""

from dataclasses import dataclass

# what customers talk about, in the order of all shares of themes below
THEMES = ("service", "fees", "help", "app", "branch", "rates", "card")
KINDS = ("complaint", "praise", "suggestion", "question")


@dataclass(frozen=True)
class Voice:
    """Parameters of surveys, feedback and promises; shares are probabilities unless said otherwise."""

    # shares of the scores 0 to 10 among customers, whichever the world
    scores: tuple[float, ...] = (0.010, 0.007, 0.011, 0.015, 0.022, 0.055, 0.065, 0.135, 0.225, 0.205, 0.250)
    persistence: float = (
        0.6  # correlation between two months of what a score owes to the person, not to theta
    )
    first_wave: int = 4  # 2023-11; then every third month
    invited: float = 0.6  # of those who may be asked, per wave
    invitation_day: int = 8
    answers: float = 0.40  # of those invited, before the next five factors:
    # by score 0 to 10: people with much to say answer more often
    answers_by_score: tuple[float, ...] = (1.25, 1.2, 1.15, 1.1, 1.05, 1.0, 1.0, 0.95, 0.95, 1.05, 1.15)
    answers_new: float = 0.75  # on the first day; it rises in a straight line to 1 ...
    answers_settled: int = 24  # ... after so many months
    fatigue: float = 0.93  # for each invitation in the twelve months before
    misread: float = 0.01  # of answers: given upside down first, and again a few days later
    reason_given: float = 0.45  # of answers
    expectation_given: float = 0.12
    csat_invited: float = 0.5  # of customers with service contacts in a month
    csat_answers: float = 0.35  # times answers_by_score
    csat_luck: float = 1.8  # standard deviation, in points of 0-10, of how a single contact went
    feedback: float = 0.3  # of service contacts: written down as feedback
    unnamed: float = 0.06  # of feedback: nobody knows who it was
    # complaint, praise, suggestion, question: of customers who score 0-6, 7-8, 9-10
    kinds_low: tuple[float, ...] = (0.62, 0.02, 0.12, 0.24)
    kinds_middle: tuple[float, ...] = (0.25, 0.12, 0.23, 0.40)
    kinds_high: tuple[float, ...] = (0.08, 0.40, 0.17, 0.35)
    solved_days: float = 4.0  # mean, from the day it came in; geometric
    never_solved: float = 0.04
    themes_branch: tuple[float, ...] = (0.20, 0.12, 0.08, 0.12, 0.25, 0.13, 0.10)
    themes_web: tuple[float, ...] = (0.18, 0.17, 0.12, 0.28, 0.03, 0.10, 0.12)
    themes_referral: tuple[float, ...] = (0.20, 0.14, 0.10, 0.20, 0.14, 0.12, 0.10)
    themes_comparison: tuple[float, ...] = (0.08, 0.36, 0.34, 0.12, 0.01, 0.04, 0.05)
    foreign: float = 0.05  # of words: not in English
    hostile: float = 0.012  # of words: markup, formulas and the like
    call_backs: float = 0.8  # of complaints and questions: a call back is promised
    cards_replaced: float = 0.008  # of customers per month: a new card is promised
    loans_asked: float = 0.003  # of customers per month: a decision is promised
    kept: float = 0.93  # of promises: kept in time
    kept_late: float = 0.7  # of the others: kept late ...
    late_days: float = 6.0  # ... by so many days (mean; geometric)


VOICE = Voice()
