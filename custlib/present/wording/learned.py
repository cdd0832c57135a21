"""What fits have learned of customers, in words: how active they are, how they leave, what they bring, how they differ."""

from collections.abc import Sequence
from math import isfinite

from custlib.measure.clv.groups import DAILY_MODELS, Group, Test
from custlib.measure.clv.meaning import Habit, activity, leaving
from custlib.measure.equity import Terms
from custlib.present.numbers import Writer, average, count, decimal, money, percent, share
from custlib.present.wording.models import COUNTED, an, problem, who
from custlib.present.wording.words import listed, people, sentence

UNDER = 0.001
# Of what a fit found no difference in between customers.
ALIKE = "customers all alike"
_LEAVE = "tell how likely customers are to leave in a month, and how they differ in it"
# Letters that mean something together, the models in which they do, and what.
MEANING = (
    (
        ("alpha", "beta"),
        {"bgbb"},
        "tell how often customers are active in a month, and how they differ in it",
    ),
    (("gamma", "delta"), {"bgbb", "sbg"}, _LEAVE),
    (("kappa",), {"bgbb"}, "is the chance that a departure is recorded"),
    (("r", "alpha"), DAILY_MODELS, "tell how often customers buy, and how they differ in it"),
    (
        ("a", "b"),
        {"bgnbd"},
        "tell how likely customers are to leave after a purchase day, and how they differ in it",
    ),
    (("s", "beta"), {"pareto_nbd"}, _LEAVE),
)


def message(group: Group, groups: Sequence[Group], terms: Terms) -> str:
    """Say what the parameters mean: how active a group's customers are, how they leave, what they bring, how they differ."""
    if group.fit is None or not group.trusted:
        return sentence(f"{who(group, groups)}: {problem(group, groups)}")
    named, act, leave = who(group, groups), activity(group.fit), leaving(group.fit)
    parts = []
    if act is not None and group.model == "bgbb":
        parts.append(f"while a customer, one is active in {share(act.mean)} of months {_half(act)}")
    elif act is not None:
        days = decimal(act.mean, 2)
        parts.append(f"while a customer, one has {days} purchase days a month {_half(act, average)}")
    when = "after a purchase day" if group.model == "bgnbd" else "in a month"
    parts.append(f"a new one's chance to leave {when} is {percent(leave.mean)} {_half(leave, percent)}")
    if "kappa" in group.fit.names:
        parts.append(f"{share(group.fit['kappa'])} of departures are recorded")
    return sentence(f"{named}: {'; '.join([*parts, *_spend(group, terms)])}")


def _spend(group: Group, terms: Terms) -> list[str]:
    """Say what an event brings, by which method, and after how many events a customer's own mean weighs as much."""
    one, many = COUNTED[group.model]
    found = group.spend
    if found is None or not found.available:
        return []
    brings = (
        f"{an(one)} brings {money(found.mu - found.idle_cost, terms.currency)} of {terms.word} on average"
    )
    if found.method == "credibility":
        brings += " (by credibility, since some bring nothing or less)"
    if not isfinite(found.k):
        return [f"{brings}, between customers without a measurable difference"]
    half = f"{decimal(found.k, 1)} {one if decimal(found.k, 1) == '1.0' else many}"
    return [f"{brings}; a customer's own mean counts for half of what is expected after {half}"]


def _half(habit: Habit, write: Writer = share) -> str:
    """Write between which values the middle half of customers lies."""
    return f"({ALIKE})" if habit.alike else f"(the middle half of customers: {_ends(habit, write)})"


def _ends(habit: Habit, write: Writer) -> str:
    return ALIKE if habit.alike else f"{write(habit.low)} to {write(habit.high)}"


def row(group: Group, currency: str) -> tuple[str, str, str, str, str]:
    """Write the same for a table: activity, leaving, recorded departures, what an event brings, when a mean counts half.

    A text is empty where the model knows no such thing.
    """
    assert group.fit is not None and group.spend is not None
    act, leave, found = activity(group.fit), leaving(group.fit), group.spend
    active = ""
    if act is not None and group.model == "bgbb":
        active = f"{share(act.mean)} of months ({_ends(act, share)})"
    elif act is not None:
        active = f"{average(act.mean)} days a month ({_ends(act, average)})"
    when = "after a purchase day" if group.model == "bgnbd" else "a month"
    leaves = f"{percent(leave.mean)} {when} ({_ends(leave, percent)})"
    recorded = share(group.fit["kappa"]) if "kappa" in group.fit.names else ""
    half = decimal(found.k, 1) if isfinite(found.k) else "never: no measurable difference"
    return active, leaves, recorded, money(found.mu - found.idle_cost, currency), half


def test_message(test: Test | None, segment: str) -> str:
    """Say whether separate fits by segment describe customers better than one fit for all."""
    by = segment.replace("_", " ")
    if test is None:
        if not segment:
            return "All customers share one fit: no segment is set for separate ones, so every new customer is worth the same."
        return sentence(f"there is one fit for all, or no comparison of fits by {by} that could be trusted")
    found = (
        f"likelihood-ratio statistic {decimal(test.statistic, 1)} on {people(test.degrees, 'degree')} of freedom,"
        f" {probability(test.p_value)}"
    )
    if test.p_value < 0.05:
        return sentence(
            f"customers of different {by} behave measurably differently, so each large enough has a fit of its own ({found})"
        )
    return sentence(
        f"between customers of different {by} there is no measurable difference in behaviour ({found})"
    )


def probability(value: float) -> str:
    """Write a p-value: ``p = 0.03``, ``p under 0.001``."""
    return f"p under {UNDER}" if value < UNDER else f"p = {decimal(value, 3)}"


def letters(groups: Sequence[Group]) -> str:
    """Say what the parameters' letters are for."""
    known = [(group.model, group.fit.names) for group in groups if group.fit is not None and group.trusted]
    told = [
        f"{listed(list(letters))} {what}"
        for letters, models, what in MEANING
        if any(model in models and set(letters) <= set(names) for model, names in known)
    ]
    return sentence("; ".join(told)) if told else ""


def sizes_note(groups: Sequence[Group], terms: Terms) -> str:
    """Say of how many customers the fits are made, and from which size a segment has its own."""
    fitted, everybody = (
        sum(group.fitted_customers for group in groups),
        sum(group.customers for group in groups),
    )
    text = f"the fits are made of {people(fitted)} whose beginning is known, out of {count(everybody)}"
    if terms.segment:
        text += f"; a segment has a fit of its own from {people(terms.minimum)}, the others share one"
    return sentence(text)


def notes(groups: Sequence[Group], terms: Terms) -> list[str]:
    """Say what the letters are for, of whom the fits are made, and of each group that has none, why."""
    told = [
        letters(groups),
        sizes_note(groups, terms),
        *(sentence(problem(group, groups)) for group in groups if group.problem),
    ]
    return [note for note in told if note]


def size(group: Group) -> int:
    """Give a group's customers, to find the largest."""
    return group.customers
