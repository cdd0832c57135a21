"""The figures of one page of an opened month, for tests that ask for no other page's."""

import pandas as pd

from custlib import results

QUALITY, BASE, EQUITY, SEGMENTS = (
    "00_data_quality",
    "01_customer_base",
    "02_customer_equity",
    "03_value_segments",
)


def figures_of(view, *pages: str) -> pd.DataFrame:
    """Give the rows of ``results.csv`` that these pages of a month make."""
    parts = [results.to_frame(view.page_figures(page), month=view.month, notebook=page) for page in pages]
    return results.unite(parts)
