"""Models in words: what they count, why they were used, what their parameters say, and what keeps one from being trusted."""

from collections.abc import Sequence
from math import isfinite

from custlib.measure.clv.groups import EVERYBODY, FEWEST, OTHERS, SHORTEST, Group, Test
from custlib.measure.clv.meaning import Habit, activity, leaving
from custlib.measure.equity import Terms
from custlib.periods import month_name
from custlib.present.numbers import Writer, average, count, decimal, money, percent, share
from custlib.present.wording.words import listed, people, quoted, sentence

CONTRACT = "contract"
NAMES = {"bgbb": "BG/BB", "sbg": "the shifted beta-geometric", "bgnbd": "BG/NBD"}
WHY = {
    "bgbb": "the data tell month by month who was active, and nobody sees who has left",
    "bgnbd": "the company file asks for it; it counts purchase days, and nobody sees who has left",
    "sbg": "a contract is open until it is seen to end",
}
# What each model counts: one, many.
COUNTED = {
    "bgbb": ("active month", "active months"),
    "bgnbd": ("purchase day", "purchase days"),
    "sbg": ("month of contract", "months of contract"),
}
MEANING = {
    "alpha": "how often customers are active, with beta",
    "beta": "how often customers are active, with alpha",
    "gamma": "how likely customers are to leave, with delta",
    "delta": "how likely customers are to leave, with gamma",
    "kappa": "chance that a departure is recorded",
    "r": "how often customers buy, with alpha",
    "a": "how likely customers are to leave after a purchase, with b",
    "b": "how likely customers are to leave after a purchase, with a",
}
# Parameters of leaving; the others are of activity.
LEAVING = {"gamma", "delta", "a", "b"}
UNDER = 0.001


def events(groups: Sequence[Group], *, one: bool = False) -> str:
    """Name what the models count: ``active months and months of contract``, or one of them."""
    models = dict.fromkeys(group.model for group in groups)
    joined = [COUNTED[model][0 if one else 1] for model in models]
    return (" or " if one else " and ").join(joined) or ("active month" if one else "active months")


def spent_on(groups: Sequence[Group]) -> str:
    """Name the event whose margin is set against its frequency; "" where there are contracts only."""
    use = [group for group in groups if group.kind != CONTRACT]
    return events(use, one=True) if use else ""


def who(group: Group, groups: Sequence[Group]) -> str:
    """Name a group's customers; contracts are told from others where there are both."""
    both = len({each.kind for each in groups}) > 1
    kind = "contracts" if group.kind == CONTRACT else "customers without a contract" if both else "customers"
    if group.name == EVERYBODY:
        return kind if both or group.kind == CONTRACT else "all customers"
    return f"all other {kind}" if group.name == OTHERS else f"{kind} of {quoted(group.name)}"


def terms_note(groups: Sequence[Group], terms: Terms) -> str:
    """Say in what unit values stand: currency, money, horizon, discounting, models and why these."""
    far = f"the {terms.horizon} months" if terms.horizon else "all months"
    unit = (
        f"unit: {terms.currency} of {terms.word} still to come in {far} after {month_name(terms.month)}, discounted at"
        f" {percent(terms.annual_rate)} a year ({percent(terms.monthly_rate, 3)} a month)"
    )
    used = dict.fromkeys((group.kind, group.model) for group in groups)
    many = len({kind for kind, _ in used}) > 1
    kinds = {CONTRACT: " for contracts", "use": " for customers without a contract"}
    told = [f"{NAMES[model]}{kinds[kind] if many else ''}, since {WHY[model]}" for kind, model in used]
    return sentence(unit + (f"; model: {'; '.join(told)}" if told else ""))


def why_not(groups: Sequence[Group]) -> str:
    """Say what keeps customers from being valued: the first problem of each kind, and what would help; no full stop."""
    told = dict.fromkeys(problem(group, groups) for group in groups if group.problem)
    return "; ".join(told) or "there is no customer whose beginning and months since then are known"


def problem(group: Group, groups: Sequence[Group]) -> str:
    """Say why a group has no value, and what would give it one; "" where it has."""
    named = who(group, groups)
    if group.problem == "few customers":
        usable = people(group.fitted_customers)
        return (
            f"of {named} the model could learn from {usable} only, and fewer than {FEWEST} tell too little of how"
            " customers differ; a longer history helps, and so does the day of acquisition of older customers"
        )
    if group.problem == "short":
        return (
            f"{named} have been seen for less than {people(SHORTEST, 'month')}, which is too short to tell a pause from a"
            " departure; every further month helps"
        )
    if group.problem == "at bound":
        return _at_bound(group, named)
    if group.problem == "not converged":
        return (
            f"for {named} no one set of parameters describes the data better than others like it, so that the search for it did"
            " not end; this is so where hardly anybody comes a second time, and more months help"
        )
    if group.problem == "no margin":
        return (
            f"what {an(COUNTED[group.model][0])} of {named} brings cannot be told from the data; amounts, or a margin, of months after"
            " the first help"
        )
    return ""


def _at_bound(group: Group, named: str) -> str:
    """Say what the data lack when a parameter runs to the end of its range."""
    ran = {name.strip() for name in group.detail.split(",")}
    parameters = f"the parameter{'s' if len(ran) > 1 else ''} {listed(sorted(ran))} ran to the end of the range searched"
    if ran & LEAVING:
        return (
            f"nobody, or hardly anybody, of {named} has been seen to leave, or all who leave do so alike, so that nothing tells how"
            f" long they stay ({parameters}); a longer history helps, and so do recorded closures"
        )
    return (
        f"{named} are active all alike, or hardly anybody was active again, so that nothing tells how they differ"
        f" ({parameters}); a longer history helps"
    )


def learned(group: Group, groups: Sequence[Group], terms: Terms) -> str:
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


def an(noun: str) -> str:
    """Put the article before a noun."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _half(habit: Habit, write: Writer = share) -> str:
    """Write between which values the middle half of customers lies."""
    return f"(the middle half of customers: {write(habit.low)} to {write(habit.high)})"


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


def definitions(terms: Terms) -> dict[str, str]:
    """Give the definitions that customer lifetime value needs, by term, in reading order."""
    far = f"the {terms.horizon} months" if terms.horizon else "all months"
    told = {
        "Customer lifetime value": f"{terms.word} that a customer is expected to bring in {far} after the month's end, each month's"
        " discounted to it; what was brought before is not in it.",
        "Customer equity": "the sum of it over all customers, those inactive by the rule included: they may come back.",
        "Still a customer": "has not left for good: a chance that the model gives each customer by when and how often they were active.",
        "New customer's value": "customer lifetime value at the end of the month of acquisition, of those won in the latest 12 months.",
        "Lost customer's value": "customer lifetime value at the end of the last active month, when nobody could see that it was the last.",
        "Back-test": "the model is fitted to what was known some months ago and foretells the months since, which are then compared.",
        "Naive forecast": "one that needs no model: the same again as in the months before, or the same average for everybody.",
        "95% interval": "where the figure would lie in 95 of 100 cases had chance sent other customers of the same kind; that the"
        " model itself may be wrong is not in it.",
    }
    return {term: sentence(meaning) for term, meaning in told.items()}
