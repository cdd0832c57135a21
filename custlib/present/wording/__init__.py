"""Figures in plain words: every sentence is made from its numbers, so that it changes when they do."""

from custlib.present.wording.base import (
    annual_bridge_message,
    arithmetic,
    core_message,
    exchange_message,
    how_many,
    in_and_out,
    stayed_message,
    usual_message,
    worth,
)
from custlib.present.wording.decisions import decisions
from custlib.present.wording.quality import (
    fitness,
    reconciliation_message,
    unattributed_message,
    unknowns,
    window_message,
)

__all__ = [
    "annual_bridge_message",
    "arithmetic",
    "core_message",
    "decisions",
    "exchange_message",
    "fitness",
    "how_many",
    "in_and_out",
    "reconciliation_message",
    "stayed_message",
    "unattributed_message",
    "unknowns",
    "usual_message",
    "window_message",
    "worth",
]
