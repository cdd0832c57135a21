"""Tables of what a point of a score is worth: what followed each score, value at stake, prediction, words against deeds."""

from typing import Any

import pandas as pd

from custlib.present import wording
from custlib.present.numbers import (
    NOT_AVAILABLE,
    Writer,
    count,
    decimal,
    interval,
    money,
    money_interval,
    percent,
    share,
    signed,
    writer,
)
from custlib.present.tables import Table, table
from custlib.present.wording.concentration import known
from custlib.present.wording.nps_titles import PROGRAMMES
from custlib.present.wording.stakes import money_of_deeds
from custlib.surveying import CLASSES

Columns = dict[str, tuple[str, Writer]]
_NOT_SHOWN = "not shown"
_SHAPES = {
    "flat": "The score tells nothing", "linear": "Every point alike", "nps_classes": "NPS classes", "middle": "The middle ground alone",
    "free": "Any shape",
}  # fmt: skip
_PREDICTORS = {
    "nps_class": "NPS class", "top_2_box": "Top two", "ok_or_better": "OK or better", "mean": "The score as a number",
    "full_scale": "Every score apart", "behaviour": "Behaviour only", "behaviour_and_score": "Behaviour and score",
}  # fmt: skip
_DONE = {"lost": "left", "less": "brought less", "same": "about the same", "more": "brought more"}


def worth(found: Any) -> Table:
    """Lay out what followed each score: lost as counted and with like customers compared, and what was brought."""
    rows = found.worth.groups
    currency = found.currency
    told = pd.DataFrame(
        {
            "score": [str(label).replace("-", " to ") for label in rows.label],
            "answers": rows.answers,
            "lost": rows.lost,
            "raw": [_interval(row.raw_loss, row.raw_low, row.raw_high) for row in rows.itertuples()],
            "adjusted": [_interval(row.loss, row.low, row.high) for row in rows.itertuples()],
            "margin": [
                _money_with(row.margin, row.margin_low, row.margin_high, currency)
                for row in rows.itertuples()
            ],
        }
    )
    months = wording.people(found.outcome, "month")
    columns: Columns = {
        "score": ("Score", str),
        "answers": ("Customers", count),
        "lost": (f"Lost in {months}", count),
        "raw": ("As counted", str),
        "adjusted": ("Like customers compared", str),
        "margin": (f"{found.word.capitalize()} each in {months}", str),
    }
    return table(told, name="after-the-answer", title="What followed each score", columns=columns)


def _interval(value: Any, low: Any, high: Any, write: Writer = percent) -> str:
    return f"{write(value)} ({interval(low, high, write)})" if known(value) else NOT_AVAILABLE


def _money_with(value: Any, low: Any, high: Any, currency: str) -> str:
    if not known(value):
        return NOT_AVAILABLE
    return f"{money(value, currency)} ({money_interval(low, high, currency)})"


def shapes(found: Any) -> Table:
    """Lay out how well each shape of the effect fits."""
    rows = found.worth.shapes
    told = rows.assign(
        shape=[_SHAPES.get(name, name) for name in rows["shape"]], p=[_chance(value) for value in rows.p]
    )
    columns: Columns = {
        "shape": ("Loss over the score", str),
        "parameters": ("Parameters", count),
        "aic": ("AIC", lambda value: decimal(value, 1)),
        "log_loss": ("Log-loss, cross-validated", lambda value: decimal(value, 4)),
        "lr": ("Likelihood ratio against any shape", lambda value: decimal(value, 1)),
        "df": ("Steps fewer", count),
        "p": ("p", str),
    }
    return table(told, name="shapes", title="Which shape the effect of a point has", columns=columns)


def _chance(value: Any) -> str:
    if not known(value):
        return NOT_AVAILABLE
    return "<0.001" if value < 0.001 else decimal(value, 3)


def stake(found: Any) -> Table:
    """Lay out what one point up goes with at each score."""
    rows, currency = found.stake.scores, found.currency
    write = writer(currency)
    told = rows.assign(
        programme=[PROGRAMMES[name].capitalize() for name in rows.programme],
        value=[_money_with(row.value, row.low, row.high, currency) for row in rows.itertuples()],
    )
    columns: Columns = {
        "score": ("Score", count),
        "programme": ("Programme", str),
        "customers": ("Customers of the base", count),
        "clv": ("Lifetime value each", write),
        "gain_retention": ("More kept", lambda value: signed(value, percent)),
        "gain_margin": (f"More {found.word} each", lambda value: signed(value, write)),
        "value": ("At stake (95% interval)", str),
    }
    return table(
        told, name="stake-by-score", title="What one point up goes with at each score", columns=columns
    )


def simulated(found: Any) -> Table:
    """Lay the programmes out with what they would cost, where that is known."""
    rows, currency = found.simulated, found.currency
    told = rows.assign(
        programme=[PROGRAMMES[name].capitalize() for name in rows.programme],
        value=[_money_with(row.value, row.low, row.high, currency) for row in rows.itertuples()],
        net=[_money_with(row.net, row.net_low, row.net_high, currency) for row in rows.itertuples()],
        reach=[_reach(row) for row in rows.itertuples()],
    )
    columns: Columns = {
        "programme": ("Programme", str),
        "customers": ("Customers", count),
        "value": ("Goes with a point up (95% interval)", str),
        "cost": ("Cost", writer(currency)),
        "net": ("Net of it", str),
        "reach": ("Would pay from a reach of", str),
    }
    if rows.cost.isna().all():
        for name in ("cost", "net", "reach"):
            columns.pop(name)
    return table(told, name="programmes", title="Three programmes, and what they would cost", columns=columns)


def _reach(row: Any) -> str:
    if not known(row.break_even_reach):
        return NOT_AVAILABLE
    return share(row.break_even_reach) if row.break_even_reach <= 1 else "no reach"


def prediction(frame: pd.DataFrame) -> Table:
    """Lay out how well each measure tells beforehand who is lost."""
    rows = list(frame.itertuples())
    told = pd.DataFrame(
        {
            "predictor": [_PREDICTORS.get(row.predictor, row.predictor) for row in rows],
            "auc": [_interval(row.auc, row.auc_low, row.auc_high, _two) for row in rows],
            "log_loss": [_interval(row.log_loss, row.log_loss_low, row.log_loss_high, _four) for row in rows],
            "behind": [_behind(row) for row in rows],
            "gain": [_gain(row) for row in rows],
        }
    )
    columns: Columns = {
        "predictor": ("Measure", str),
        "auc": ("AUC (95% interval)", str),
        "log_loss": ("Log-loss", str),
        "behind": ("Behind the best reading by", str),
        "gain": ("Better than behaviour by", str),
    }
    return table(told, name="prediction", title="Which measure tells who is lost", columns=columns)


def _gain(row: Any) -> str:
    if row.predictor == "behaviour":
        return "compared with"
    return _interval(row.gain, row.gain_low, row.gain_high, lambda value: signed(value, _four))


def _behind(row: Any) -> str:
    """Write how far a reading of the score lies behind the best of them; behaviour is no reading of it."""
    if not known(row.behind):
        return ""
    return _interval(row.behind, row.behind_low, row.behind_high, _four) if row.behind else "the best"


def _two(value: Any) -> str:
    return decimal(value, 2)


def _four(value: Any) -> str:
    return decimal(value, 4)


def said_done(found: Any) -> Table:
    """Lay what customers said beside what they did; of a class in which a deed is that of a handful, without money."""
    write = writer(found.currency)
    rows = found.said_done.table
    told_of = {name: money_of_deeds(found.said_done, name) for name in CLASSES}
    told = pd.DataFrame(
        {
            "said": [f"{str(name).capitalize()}s" for name in rows.said],
            "done": [_DONE.get(name, name) for name in rows.done],
            "customers": rows.customers,
            "share": [_interval(row.share, row.low, row.high, share) for row in rows.itertuples()],
            "before": [write(row.before) if told_of[row.said] else _NOT_SHOWN for row in rows.itertuples()],
            "change": [
                signed(row.change, write) if told_of[row.said] else _NOT_SHOWN for row in rows.itertuples()
            ],
        }
    )
    months = wording.people(found.outcome, "month")
    columns: Columns = {
        "said": ("Said", str),
        "done": ("Did", str),
        "customers": ("Customers", count),
        "share": ("Of those who said so (95% interval)", str),
        "before": (f"{found.word.capitalize()} in {months} before", str),
        "change": (f"Change in {months} after", str),
    }
    return table(told, name="said-and-done", title="What customers said, and what they did", columns=columns)
