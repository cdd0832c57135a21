"""What detractors speak of and what promoters praise, in words: where to look first, and nobody's fault."""

from typing import Any

import pandas as pd

from custlib.measure.pains import COLUMNS, SIDES
from custlib.present.charts.pictures import cut, inert
from custlib.present.numbers import count, money
from custlib.present.wording.concentration import known
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.words import people, quoted, sentence

PAIN, PRAISE = SIDES
STAGE, THEME = "stage", "theme"
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
    """Say what most detractors and most promoters speak of, with the value of these customers."""
    name = {STAGE: "stage of the journey", THEME: "theme"}[what]
    if found.pains is None:
        return sentence(
            f"what detractors and promoters speak of is not available by {name}: no reasons or stages are known"
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
    texts = []
    if len(pain):
        row = pain.iloc[0]
        texts.append(
            f"of detractors most speak of {quoted(said(row.group))}: {_heads(row)}{_value(found, row)}{_status(row)}"
        )
    else:
        texts.append(f"no {name} was named by {people(found.min_group)} or more detractors")
    if len(praise):
        row = praise.iloc[0]
        same = len(pain) and row.group == pain.iloc[0].group
        also = ", and so do most promoters: " if same else "; of promoters most speak of "
        named = "" if same else f"{quoted(said(row.group))}: "
        texts.append(f"{also}{named}{_heads(row)}{_value(found, row)}")
    else:
        texts.append(f"; no {name} was named by {people(found.min_group)} or more promoters")
    return sentence("".join(texts))


def _heads(row: Any) -> str:
    """Write how many, beside how many in the months before."""
    known_before = known(row.customers_before) and row.customers_before >= 0
    before = f" ({count(row.customers_before)} in the twelve months before)" if known_before else ""
    return f"{people(row.customers)}{before}"


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
    """Name what each side speaks of most."""
    what = drawn(found)
    pain, praise = (side(found, what, which) for which in (PAIN, PRAISE))
    if pain.empty and praise.empty:
        return "Pains and praise cannot be shown"
    first, second = (
        quoted(" ".join(said(rows.iloc[0].group, 24).split()[:4])) if len(rows) else ""
        for rows in (pain, praise)
    )
    if first and second:
        return f"Detractors speak most of {first}, promoters most of {second}"
    return f"Detractors speak most of {first}" if first else f"Promoters speak most of {second}"


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
    if pains.given:
        left = (
            "every one names a theme"
            if not rest
            else f"{count(pains.sorted)} name a theme, {count(rest)} none that is known"
        )
        texts.append(
            f"of {people(pains.given, 'reason')} given in words {left}; words are compared, not understood"
        )
    texts.append(
        f"what fewer than {people(found.min_group)} named is not shown; a reason counts once on its side, however often the customer gave it"
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
