"""Where people's own things are kept, as against the cache: beside the notebooks, and never in git."""

from pathlib import Path

LISTS, WORK, REPORTS = "lists", "work", "reports"


def workbook() -> Path:
    """Give the folder of the workbook: the clone this package lies in, else the working folder."""
    clone = Path(__file__).resolve().parents[2]
    return clone if (clone / "notebooks").is_dir() else Path.cwd()
