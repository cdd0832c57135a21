"""What `custlib clean` says: what there is to remove, what went, what is left for a person to do."""

from custlib.data.cache import cache_root
from custlib.data.places import LISTS, WORK, workbook
from custlib.errors import UsageError
from custlib.prepare.cleaning import Removed, held

# The first of the files that mention a customer; a short id is written alike in many.
MOST_NAMED = 30
ROOMS = {
    "staged": "converted files",
    "wheels": "fetched packages",
    "spill": "left by the engine",
    "logs": "logs of failures",
}


def require_one(*given: bool) -> None:
    """Refuse to guess what is to be removed.

    Raises
    ------
    UsageError
        Unless exactly one is given; says what the cache holds.
    """
    if sum(given) == 1:
        return
    parts = "".join(
        f"\n    {ROOMS.get(part, part):<20} {_size(*counted)}" for part, counted in held().items()
    )
    raise UsageError(
        "say what is to be removed, by exactly one of --customer ID, --company NAME and --all\n"
        f"  the cache, {cache_root()}, holds{parts or ' nothing'}\n"
        f"  {_own()} are yours: only --customer takes rows out of lists"
    )


def told(gone: Removed, *, customer: str | None = None) -> str:
    """Say in lines what was removed, what was not, and what brings it back."""
    of = f" of customer {customer}" if customer else ""
    lines = [f"removed{of}:" if gone.parts or gone.rows else f"nothing was held{of}"]
    lines += [f"  {ROOMS.get(part, part)}: {_size(*counted)}" for part, counted in gone.parts.items()]
    lines += [f"  {LISTS}/{path.name}: {rows} row{'s' * (rows != 1)}" for path, rows in gone.rows.items()]
    if gone.mentions:
        lines.append(
            "not removed; these files mention the id, or something written alike - look at them yourself:"
        )
        lines += [f"  {path}" for path in gone.mentions[:MOST_NAMED]]
        if more := len(gone.mentions) - MOST_NAMED:
            lines += [f"  and {more} more"] if more > 0 else []
    if customer:
        lines.append(
            "the source was not touched: while it holds the customer, the next run reads it again;\n"
            "reports hold no customers, but their counts include this one until the months are run again"
        )
    else:
        lines.append("tables are made again from the source when they are needed")
        lines.append(f"{_own()} were left alone")
    return "\n".join(lines)


def _own() -> str:
    """Count what people keep themselves."""
    lists, notebooks = (
        sum(1 for _ in (workbook() / folder).glob(pattern))
        for folder, pattern in ((LISTS, "*.csv"), (WORK, "*.ipynb"))
    )
    return f"lists of customers in {LISTS}/ ({lists}) and opened notebooks in {WORK}/ ({notebooks})"


def _size(files: int, size: int) -> str:
    return f"{files:,} file{'s' * (files != 1)}, {size / 1e6:,.1f} MB"
