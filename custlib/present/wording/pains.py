"""What detractors speak of and what promoters praise, in words: where to look first, and nobody's fault."""

from math import sqrt
from typing import Any

import pandas as pd

from custlib.measure.pains import COLUMNS, SIDES
from custlib.present.charts.pictures import ELLIPSIS, cut, inert
from custlib.present.numbers import count, money, share
from custlib.present.wording.concentration import known
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.reasons import fewer
from custlib.present.wording.words import people, quoted, sentence

PAIN, PRAISE = SIDES
STAGE, THEME = "stage", "theme"
_REACH = 1.96  # standard errors to either side
_WORDS = 15  # of a title
_LONGEST = 32  # letters of a stage's, a theme's or an owner's name in a sentence


def said(name: Any, most: int = _LONGEST) -> str:
    """Give a name that comes from the data as a reader may meet it: on one line, without marks of direction, not too long."""
    return "" if name is None or name != name else cut(inert(name), most)


def told(found: Any, what: str) -> pd.DataFrame:
    """Give the stages or themes that may be shown, those of most customers first; none where nothing is known."""
    pains = found.pains
    table = None if pains is None else (pains.stages if what == STAGE else pains.themes)
    if table is None or not len(table):
        return pd.DataFrame(columns=COLUMNS)
    shown = table[~table.hidden.astype(bool)]
    return shown.sort_values(["customers", "group"], ascending=[False, True], kind="stable")


def drawn(found: Any) -> str:
    """Choose what the figure is of: stages where any may be shown, else themes."""
    return STAGE if len(told(found, STAGE)) or not len(told(found, THEME)) else THEME


def side(found: Any, what: str, which: str) -> pd.DataFrame:
    """Give one side of what may be shown: pain or praise."""
    rows = told(found, what)
    return rows[rows.side == which]


def message(found: Any, what: str = STAGE) -> str:
    """Say what detractors and promoters name most often, how many of them, and their value; two where chance may have made their order."""
    name = {STAGE: "stage of the journey", THEME: "theme"}[what]
    if found.pains is None:
        return sentence(
            f"what detractors and promoters speak of is not available by {name}: no reasons or stages are known"
        )
    if what == THEME and not found.pains.declared and not len(found.pains.themes):
        return sentence(
            "what detractors and promoters speak of is not available by theme: no themes are declared, and no reason was given in the same words"
            f" by {people(found.min_group)} or more"
        )
    if not len(found.pains.stages if what == STAGE else found.pains.themes):
        return sentence(
            f"what detractors and promoters speak of is not available by {name}: their answers tell of none that is known"
        )
    pain, praise = (side(found, what, which) for which in (PAIN, PRAISE))
    if pain.empty and praise.empty:
        return sentence(
            f"no {name} was named by {people(found.min_group)} or more on either side{_when(found)}, so none is shown"
        )
    texts = [
        _named(found, rows, which, name)
        if len(rows)
        else f"no {name} was named by {people(found.min_group, which)} or more"
        for rows, which in ((pain, "detractor"), (praise, "promoter"))
    ]
    return " ".join(sentence(text) for text in texts)


def first(rows: pd.DataFrame) -> pd.DataFrame:
    """Give what one side names most often: one row, or the first two where chance may have made their order.

    Customers may name both. Of X and Y who did, the variance of X - Y is at most X + Y, so that an order beyond 1.96 times its root
    is no accident (McNemar's test, as if nobody had named both).
    """
    if len(rows) < 2:
        return rows
    one, other = (float(rows.customers.iloc[place]) for place in (0, 1))
    return rows.iloc[: 2 if one - other <= _REACH * sqrt(one + other) else 1]


def _named(found: Any, rows: pd.DataFrame, which: str, what: str) -> str:
    """Name what a side names most often, how many of it do, and what is known of these; a second one by its number."""
    both = first(rows)
    of = {"detractor": found.pains.detractors, "promoter": found.pains.promoters}[which]
    row = both.iloc[0]
    status = _status(row) if which == "detractor" else ""
    text = f"{what} named most often by {which}s: {quoted(said(row.group))}, by {_heads(row, of)}{_value(found, row)}{status}"
    if len(both) < 2:
        return text
    second = both.iloc[1]
    return f"{text}, and {quoted(said(second.group))}, by {_heads(second, of)}, an order that chance may have made"


def _heads(row: Any, of: int) -> str:
    """Write how many of how many, beside how many in the months before."""
    known_before = known(row.customers_before) and row.customers_before >= 0
    before = f"{count(row.customers_before)} in the twelve months before" if known_before else ""
    if of < row.customers:
        return f"{people(row.customers)}{f' ({before})' if before else ''}"
    inside = "; ".join(part for part in (share(row.customers / of), before) if part)
    return f"{count(row.customers)} of {count(of)} ({inside})"


def _when(found: Any) -> str:
    return f" in {people(found.pains.months, 'month')}" if found.pains.months else ""


def _value(found: Any, row: Any) -> str:
    if not known(row.value):
        return ""
    return f" with {money(row.value, found.currency)} of {found.value_word}"


def _status(row: Any) -> str:
    """Say who looks after it and what is still open."""
    owner = f", looked after by {said(row.owner)}" if said(row.owner) else ""
    if not known(row.open):
        return owner
    return f"{owner}, {people(row.open, 'complaint')} about it still open"


def title(found: Any) -> str:
    """Name what each side names most often, both where the first two are close."""
    what = drawn(found)
    pain, praise = (side(found, what, which) for which in (PAIN, PRAISE))
    if pain.empty and praise.empty:
        return "Pains and praise cannot be shown"
    return next(
        (told for told in (_title(pain, praise, most) for most in (4, 3)) if len(told.split()) <= _WORDS),
        _title(pain, praise, 2),
    )


def _title(pain: pd.DataFrame, praise: pd.DataFrame, most: int) -> str:
    """Name what either side names most often, of so many words each."""
    ours, theirs = (
        " and ".join(quoted(_words(said(name, 24), most)) for name in first(rows).group)
        for rows in (pain, praise)
    )
    if ours and theirs:
        return f"Detractors name most often {ours}, promoters {theirs}"
    return f"Detractors name most often {ours}" if ours else f"Promoters name most often {theirs}"


def _words(name: str, most: int) -> str:
    """Cut a name to so many words, with an ellipsis where any is left out."""
    words = name.split()
    if len(words) <= most:
        return name
    return " ".join(words[:most]).rstrip(ELLIPSIS + ".,;:") + ELLIPSIS


def alt(found: Any) -> str:
    """Describe the pairs of bars."""
    what = drawn(found)
    rows = pairs(found)
    if rows.empty:
        return "No bars: what detractors and promoters speak of is not available."
    texts = [
        f"{said(row.label)} {_side(row.pain, 'detractor')}, {_side(row.praise, 'promoter')}"
        for row in rows.itertuples()
    ]
    return f"Two bars per {what} of the answers, detractors to the left and promoters to the right: {'; '.join(texts)}."


def _side(value: Any, noun: str) -> str:
    return people(value, noun) if known(value) else f"{noun}s not shown"


def pairs(found: Any, most: int = 10) -> pd.DataFrame:
    """Give a row per stage (or theme) of the figure: ``label``, customers of ``pain`` and of ``praise``; NaN is not shown."""
    what = drawn(found)
    rows = told(found, what)
    order = list(dict.fromkeys([*rows[rows.side == PAIN].group, *rows[rows.side == PRAISE].group]))[:most]
    heads = {(row["side"], row["group"]): float(row["customers"]) for row in rows.to_dict("records")}
    nan = float("nan")
    return pd.DataFrame(
        [(name, heads.get((PAIN, name), nan), heads.get((PRAISE, name), nan)) for name in order],
        columns=["label", "pain", "praise"],
    )


def notes(found: Any) -> list[str]:
    """Say how many reasons were sorted, what is left out, and what counts like these cannot tell."""
    pains = found.pains
    if pains is None:
        return []
    rest = pains.given - pains.sorted
    texts = []
    if pains.given and not pains.declared:
        least = people(found.min_group)
        texts.append(
            f"no themes are declared: of {people(pains.given, 'reason')} given in words those that {least} or more gave in the same words stand for"
            " themes, and all others are left out"
        )
    elif pains.given:
        left = (
            "every one names a theme"
            if not rest
            else f"{count(pains.sorted)} name a theme, {count(rest)} none that is known"
        )
        texts.append(
            f"of {people(pains.given, 'reason')} given in words {left}; words are compared, not understood"
        )
    texts.append(
        f"what {fewer(found.min_group)} named is not shown; a reason counts once on its side, however often the customer gave it"
    )
    texts.append(
        "these are the places where customers say that it pleases or hurts, not whose doing it is; who is named looks after it, and knows"
        " most of what could be changed"
    )
    return [sentence(text) for text in texts]


def candidate(found: Any) -> Candidate:
    """Point at the pain with most value at risk."""
    rows = side(found, drawn(found), PAIN)
    rows = rows[[known(value) for value in rows.value]] if len(rows) else rows
    if rows.empty:
        return NOTHING
    row = rows.loc[rows.value.astype(float).idxmax()]
    owner = said(row.owner)
    ask = f"ask {owner}, who looks after it," if owner else "decide who is to find out"
    return float(row.value), sentence(
        f"{people(row.customers, 'detractor')} speak of {quoted(said(row.group))}, with {money(row.value, found.currency)} of"
        f" {found.value_word}: {ask} what one change would help most of them"
    )
