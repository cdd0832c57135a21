"""A figure's four texts, where place, period and source follow from a page's facts."""

from collections.abc import Mapping
from typing import Any

from custlib.present.charts import Words
from custlib.present.wording.titles import source, subtitle


def caption(measure: str, facts: Mapping[str, Any], *, title: str, alt: str) -> Words:
    """Write a figure's four texts.

    Parameters
    ----------
    measure
        What is measured, the first words of the subtitle and the heading of the table's column.
    facts
        The page's facts, of which company and month are read.
    """
    return Words(title, subtitle(measure, facts), source(facts), alt)
