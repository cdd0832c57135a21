"""Why an opened month's customers say what they say, and whom of the detractors to talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import answers as counting
from custlib.aggregate import voices
from custlib.data.collect import collect
from custlib.data.lists import earlier_lists
from custlib.measure.pains import Pains, pains_and_praise
from custlib.periods import add_months, month_end, month_text
from custlib.surveying import DETRACTOR

if TYPE_CHECKING:
    from custlib.month.answers import Answers

YEAR = 12
# Whoever was on a list of so many months before is left alone; as many months of answers are fresh enough to be talked about.
QUARTER = 3
TALK_TO = "talk_to"


def pains(found: Answers) -> Pains | None:
    """Lay pains and praise side by side; None where nobody gave a stage or a reason."""
    month, settings = found.month, found.month.company.settings
    sided = found.held.keep(_sided(found))
    worth = _worth(found)
    themed = voices.by_theme(sided, settings.themes) if settings.themes else voices.repeated(
        sided, least=settings.min_group
    )  # fmt: skip
    unsettled = _unsettled(found)
    common = {"unsettled": unsettled, "min_group": settings.min_group, "before": month.prepared.has_log}
    stages = collect(voices.people(sided, worth, "stage"))
    themes = collect(voices.people(themed, worth, "theme"))
    counted = collect(voices.sorted_reasons(sided, settings.themes)).iloc[0]
    if stages.empty and themes.empty and not counted.given:
        return None
    recent = sided.filter(sided.recent)
    sides = (
        collect(recent.group_by("side").agg(customers=recent.customer_id.nunique()))
        .set_index("side")
        .customers
    )
    owners = {theme.name: theme.owner for theme in settings.themes}
    return Pains(
        stages=pains_and_praise(stages, "stage", owners={}, **common),
        themes=pains_and_praise(themes, "theme", owners=owners, **common | {"unsettled": pd.DataFrame()}),
        given=int(counted.given),
        sorted=int(counted.sorted),
        months=YEAR if month.prepared.has_log else 0,
        detractors=int(sides.get(voices.PAIN, 0)),
        promoters=int(sides.get(voices.PRAISE, 0)),
        declared=bool(settings.themes),
    )


def _sided(found: Answers) -> ir.Table:
    return voices.sided(found.nps, month=found.month.month if found.month.prepared.has_log else None)


def _worth(found: Answers) -> ir.Table:
    """Give the active customers with what is at risk; of those without a log what the customer list says they brought."""
    if found.month.prepared.has_log:
        return found.worth.select("customer_id", "worth")
    listed = found.listed_worth
    if listed is None:
        return found.nps.select("customer_id").distinct().mutate(worth=ibis.null("decimal(18, 4)"))
    return listed.select("customer_id", worth="value")


def _unsettled(found: Answers) -> pd.DataFrame:
    """Count complaints by stage and owner; empty where nobody writes them down."""
    feedback = found.month.feedback if found.month.prepared.has_log else None
    if feedback is None or not {"kind", "stage"} <= set(feedback.columns):
        return pd.DataFrame()
    end = ibis.date(month_end(found.month.month))
    return collect(voices.unsettled(feedback, month=found.month.month, end=end))


def detractors(found: Answers) -> ir.Table:
    """Give the active customers whose last answer, of the latest three months, is a detractor's: ``customer_id``, ``worth``."""
    recent = counting.within(found.nps, month=found.month.month, months=QUARTER)
    last = counting.last_answers(recent)
    unhappy = last.filter(counting.said(last.score) == DETRACTOR)
    return unhappy.select("customer_id").inner_join(found.worth.select("customer_id", "worth"), "customer_id")


def talked_to(found: Answers) -> int:
    """Count the detractors who might be talked to this month, whoever has been on a list before."""
    return int(collect(detractors(found).count().as_table()).iloc[0, 0])


def to_talk_to(found: Answers) -> ir.Table:
    """Draw detractors to talk to (see `custlib.aggregate.voices.to_talk_to`), but for those on a list of the three months before."""
    view, fresh = found.month, detractors(found)
    names = [list_name(view.company.name, add_months(view.month, -back)) for back in range(1, QUARTER + 1)]
    if files := earlier_lists(names):
        listed = view.con.read_csv([str(path) for path in files], all_varchar=True, header=True)
        # What a spreadsheet would take for a formula was written behind an apostrophe.
        plain = listed.select("customer_id").union(
            listed.select(customer_id=listed.customer_id.re_replace("^'", ""))
        )
        fresh = fresh.anti_join(plain, "customer_id")
    return voices.to_talk_to(fresh, fresh, count=view.company.settings.talk_to)


def list_name(company: str, month) -> str:
    """Name the list of a month's detractors to talk to."""
    return f"{company}-{month_text(month)}-{TALK_TO}"
