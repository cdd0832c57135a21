"""Figures in plain words: every sentence is made from its numbers, so that it changes when they do."""

from custlib.present.wording.base import (
    arithmetic,
    core_message,
    core_moves,
    in_and_out,
    lead,
    reasons_message,
    stayed_message,
    stayed_rest,
    usual_message,
    worth,
)
from custlib.present.wording.decisions import base_candidates, decisions, quality_candidates
from custlib.present.wording.definitions import definitions, terms_table
from custlib.present.wording.quality import (
    fitness,
    later_note,
    reconciliation_arithmetic,
    reconciliation_message,
    unknowns,
    window_message,
    window_recent,
)
from custlib.present.wording.titles import (
    alt_bridge,
    alt_exchange,
    alt_flows,
    alt_line,
    bridge_measure,
    bridge_title,
    exchange_title,
    in_and_out_title,
    line_title,
    source,
    subtitle,
    volume_message,
    window_title,
)
from custlib.present.wording.value import (
    bridge_message,
    checked_note,
    exchange_arithmetic,
    exchange_message,
    segments_message,
    value_arithmetic,
)
from custlib.present.wording.words import span_words

__all__ = [
    "alt_bridge", "alt_exchange", "alt_flows", "alt_line", "arithmetic", "base_candidates", "bridge_measure",
    "bridge_message", "bridge_title", "checked_note", "core_message", "core_moves", "decisions", "definitions",
    "exchange_arithmetic", "exchange_message", "exchange_title", "fitness", "in_and_out", "in_and_out_title",
    "later_note", "lead", "line_title", "quality_candidates", "reasons_message", "reconciliation_arithmetic",
    "reconciliation_message", "segments_message", "source", "span_words", "stayed_message", "stayed_rest", "subtitle",
    "terms_table", "unknowns", "usual_message", "value_arithmetic", "volume_message", "window_message",
    "window_recent", "window_title", "worth",
]  # fmt: skip
