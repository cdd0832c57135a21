"""What everything that is read from a company file has in common: no unknown names, and a hint at the right one."""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Strict(BaseModel):
    """Base of everything read from a company file: no unknown names, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_not_given(cls, written: Any) -> Any:
        # a name followed by comments alone reads as NULL in YAML: its default then holds
        return {k: v for k, v in written.items() if v is not None} if isinstance(written, dict) else written


def nearest(name: str, valid: Iterable[str]) -> str:
    """Say ``; did you mean 'x'?`` for the closest valid name, or list the names when none is close."""
    names = sorted(valid)
    folded = {n.casefold(): n for n in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    if not names:
        return ""
    listed = ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
    return f"; the names are {listed}"
