"""Customer asset workbook: how a company's customer base grew or shrank, and what it is worth.

``open_month("sample", "2026-06")`` opens a month; `collect` brings a small table to pandas.
"""

from custlib.data.collect import collect
from custlib.month import CustomerMonth, open_month

__all__ = ["CustomerMonth", "collect", "open_month"]
