"""Which pages a company can be given: most of them tell what customers did, and that only a log knows."""

from collections.abc import Sequence
from pathlib import Path

from custlib.company import Company
from custlib.errors import UsageError

# Notebooks that say what they can of answers alone.
WITHOUT_LOG = frozenset({"04_nps_middle_ground"})


def can_be_made(company: Company, notebook: Path) -> bool:
    """Say whether a company has the tables without which a notebook has nothing to say."""
    return company.has_log or notebook.stem in WITHOUT_LOG


def possible(company: Company, notebooks: Sequence[Path]) -> list[Path]:
    """Keep the notebooks that a company has the tables for.

    Raises
    ------
    UsageError
        When there are none.
    """
    kept = [path for path in notebooks if can_be_made(company, path)]
    if not kept:
        names = ", ".join(path.stem for path in notebooks)
        raise UsageError(
            f"{company.name}: no table says what customers did, and without one nothing can be made of {names}\n"
            "  name transactions in the company file"
        )
    return kept


def title_of(notebook: Path) -> str:
    """Name a page that was not made by its notebook's name: 01_customer_base is Customer base."""
    return notebook.stem.partition("_")[2].replace("_", " ").capitalize()


def left_out(company: Company, notebooks: Sequence[Path]) -> str:
    """Say in a sentence which pages are not there, and why; "" where all are."""
    missing = [title_of(path) for path in notebooks if not can_be_made(company, path)]
    if not missing:
        return ""
    return f"Not available, because no table says what customers did: {', '.join(missing)}."
