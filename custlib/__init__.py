"""Customer asset workbook: how a company's customer base grew or shrank, and what it is worth.

``open_month("sample", "2026-06")`` opens a month; `collect` brings a small table to pandas; `save_list`
writes a list of customers where only you can read it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from custlib.data.collect import collect
    from custlib.data.lists import save_list
    from custlib.month import CustomerMonth, open_month

__all__ = ["CustomerMonth", "collect", "open_month", "save_list"]

_HOME = {
    "CustomerMonth": "custlib.month",
    "open_month": "custlib.month",
    "collect": "custlib.data.collect",
    "save_list": "custlib.data.lists",
}


def __getattr__(name: str) -> Any:
    """Load the engine only when it is asked for: the command line prints its help without it."""
    if name not in _HOME:
        raise AttributeError(f"module 'custlib' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
