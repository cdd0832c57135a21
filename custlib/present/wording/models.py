"""Models in words: what they count, why they were used, what their parameters say, and what keeps one from being trusted."""

from collections.abc import Sequence

from custlib.measure.clv.choice import Candidate, Choice
from custlib.measure.clv.groups import EVERYBODY, FEWEST, MODELS, OTHERS, SHORTEST, Group
from custlib.measure.equity import Terms
from custlib.periods import month_name
from custlib.present.numbers import percent
from custlib.present.wording.words import listed, people, quoted, sentence

CONTRACT = "contract"
NAMES = {
    "bgbb": "BG/BB",
    "sbg": "the shifted beta-geometric",
    "bgnbd": "BG/NBD",
    "pareto_nbd": "Pareto/NBD",
}
WHY = {
    "bgbb": "the data tell month by month who was active, and nobody sees who has left",
    "bgnbd": "the company file asks for it; it counts purchase days, and nobody sees who has left",
    "pareto_nbd": "the company file asks for it; it counts purchase days, and whoever is silent may have left",
    "sbg": "a contract is open until it is seen to end",
}
# What each model counts: one, many.
COUNTED = {
    "bgbb": ("active month", "active months"),
    "bgnbd": ("purchase day", "purchase days"),
    "pareto_nbd": ("purchase day", "purchase days"),
    "sbg": ("month of contract", "months of contract"),
}
# Each model's parameters of leaving; the others are of activity.
LEAVING = {
    "bgbb": {"gamma", "delta"},
    "sbg": {"gamma", "delta"},
    "bgnbd": {"a", "b"},
    "pareto_nbd": {"s", "beta"},
}


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
    told = [
        f"{NAMES[model]}{kinds[kind] if many else ''}, since {_since(kind, model, terms.choice)}"
        for kind, model in used
    ]
    return sentence(unit + (f"; model: {'; '.join(told)}" if told else ""))


def _since(kind: str, model: str, choice: Choice | None) -> str:
    """Say why a model was used: what the kind of customer asks for, or how the back-test chose it."""
    if kind == CONTRACT or choice is None:
        return WHY[model]
    return chosen(choice)


def chosen(choice: Choice) -> str:
    """Say how the back-test chose the model, by how much it was off and by how much the others; no full stop."""
    if choice.reason in _DEFAULTED:
        text = f"the company file leaves it to the back-test (clv_model: auto) and {_DEFAULTED[choice.reason]}, so that the simplest is taken"
    else:
        own = next(each for each in choice.candidates if each.model == choice.model)
        several = sum(each.known for each in choice.candidates) > 1
        why = (
            "it is the only one whose fit can be trusted"
            if not several
            else "the back-test chose it"
            if choice.reason == "nearest"
            else "of the models that the back-test cannot tell from the nearest it is the simplest"
        )
        text = (
            f"the company file leaves it to the back-test (clv_model: auto) and {why}: over {people(choice.months, 'month')} it was off by {percent(own.off)} for customers"
            " whose first purchase is in the data"
        )
        others = [_did(each) for each in choice.candidates if each.model != choice.model]
        if several:
            text += f", {listed(others)}"
            # The best of several owes some of it to luck.
            text += " (chosen by the months that it is tested on, it may look better in them than in those to come)"
    if choice.before and choice.before != choice.model:
        text += f" (a month before it was {NAMES[choice.before]}, so that values of the two months are of different models)"
    return text


# Why the back-test did not choose.
_DEFAULTED = {
    "short": "the data are too short for a back-test to choose a model",
    "not fitted": "no model could be fitted and back-tested that is to be trusted",
    "nobody": "nobody is without a contract",
}


def _did(candidate: Candidate) -> str:
    named = NAMES[candidate.model]
    return f"{named} by {percent(candidate.off)}" if candidate.known else f"{named} could not be relied on"


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
    if ran <= _spread(group.model):
        return (
            f"{_apart(group, named, bool(ran & LEAVING[group.model]))} ({parameters}); a longer history helps"
        )
    if ran & LEAVING[group.model]:
        return (
            f"nobody, or hardly anybody, of {named} has been seen to leave, or all who leave do so alike, so that nothing tells how"
            f" long they stay ({parameters}); a longer history helps, and so do recorded closures"
        )
    return (
        f"{named} are active all alike, or hardly anybody was active again, so that nothing tells how they differ"
        f" ({parameters}); a longer history helps"
    )


def _spread(model: str) -> set[str]:
    """Name the parameters that say how alike customers are: that all are is an answer, so that they fail at the other end only."""
    return {each.name for each in MODELS[model].PARAMETERS if each.scale in ("second", "rate")}


def _apart(group: Group, named: str, leaving: bool) -> str:
    """Say that customers seem to be of two sorts and none between, so that no distribution describes them."""
    one, many = COUNTED[group.model]
    if leaving:
        return f"some of {named} leave at once and the others, as far as the data tell, never, so that nothing tells how long these stay"
    return (
        f"some of {named} have {an(one)} whenever they can and the others, as far as the data tell, none, so that nothing tells how many {many}"
        " are to come"
    )


def an(noun: str) -> str:
    """Put the article before a noun."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


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
