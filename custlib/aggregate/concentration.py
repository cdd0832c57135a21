"""How unevenly value is spread: customers ranked by margin, and the sums of the ranking that every measure needs.

A window needs the ranking, kept as a table in the engine, and two small queries of it: `totals` (one row) and
`marks` (some hundred ranks). `deciles` is one more, for the window whose deciles are shown.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.carried import SQUARES, square
from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.patterns import WIDE

PARTS = 100
HOLDING = (50, 80)
FIRST = (1, 5, 10, 20)
# Row by row in doubles, cast before the sum: then it is the same on any number of threads.
SMALL = "decimal(38, 12)"
COUNT = "decimal(18, 0)"
FACTOR = "decimal(19, 4)"


def ranked(held: ir.Table) -> ir.Table:
    """Rank customers from the most profitable on; equal margins in the order of their ids, where there are ids.

    Parameters
    ----------
    held : Table
        One row per buyer of a window: ``margin`` and any other columns, which are kept. Without a ``customer_id`` equal margins are
        in any order, which no query below but `deciles` can tell.

    Returns
    -------
    Table
        The same rows with ``rank`` (1: the most profitable), ``sum_to`` and ``squares_to``: margin and its square added
        up to and including this rank, exactly. Keep it as a table: every query below reads it.
    """
    held = held.mutate(margin=held.margin.cast(MONEY))
    by = [ibis.desc("margin"), *([ibis.asc("customer_id")] if "customer_id" in held.columns else [])]
    up_to = ibis.window(rows=(None, 0), order_by=by)
    return held.mutate(
        # One window for all three: the engine then sorts once and keeps one set of partitions.
        rank=(ibis.row_number().over(up_to) + 1).cast("int64"),
        sum_to=held.margin.sum().over(up_to).cast(WIDE),
        squares_to=square(held.margin).sum().over(up_to).cast(SQUARES),
    )


def _whole(ranked: ir.Table) -> ir.Table:
    """Add the ranking up: one row, and nothing where there is nobody."""
    margin, nothing, none = ranked.margin, ibis.literal(0, WIDE), ibis.literal(0, SQUARES)
    gain, loss = margin > 0, margin < 0
    by_rank = ranked["rank"].cast(COUNT) * margin.cast(FACTOR)
    return ranked.aggregate(
        customers=_.count().cast("int64"),
        total=margin.sum().cast(WIDE).fill_null(nothing),
        squares=square(margin).sum().cast(SQUARES).fill_null(none),
        positive=gain.sum().fill_null(0).cast("int64"),
        positive_total=margin.sum(where=gain).cast(WIDE).fill_null(nothing),
        zero=(margin == 0).sum().fill_null(0).cast("int64"),
        negative=loss.sum().fill_null(0).cast("int64"),
        negative_total=margin.sum(where=loss).cast(WIDE).fill_null(nothing),
        rank_sum=by_rank.sum(where=gain).cast(WIDE).fill_null(nothing),
    )


def _beside(ranked: ir.Table, whole: ir.Table, *names: str) -> ir.Table:
    """Put sums of the whole, called ``all_...``, beside every rank."""
    return ranked.cross_join(whole.select(**{f"all_{name}": whole[name] for name in names}))


def totals(ranked: ir.Table) -> ir.Table:
    """Add a ranking up, with what the intervals need.

    Returns
    -------
    Table
        One row. Customers: ``customers``, ``positive`` (margin above zero), ``zero``, ``negative``, ``below_mean``. Money:
        ``total``, ``positive_total``, ``negative_total``. ``squares`` of margin; ``rank_sum``: rank times margin of the
        positive; ``gini_sum``, ``gini_squares``: of the influence of each of them on the Gini, times their number; and
        of the tail ``hill_customers`` (the largest k with k^3 <= positive^2), ``hill_logs`` (the sum of the logarithms
        of their margins) and ``hill_at`` (the margin after theirs; NULL where there is none).

    Notes
    -----
    With r the rank among the P positive, S their margin and G their Gini, the influence of margin v is, but for a
    constant, (1 - G) v P / S - ((2 r + 1) v - 2 sum_to) / S, over P: Davidson (2009), Reliable inference for the Gini index, J. of
    Econometrics 150:30-40, with ranks from the top. It is the same for ties in any order.
    """
    whole = _whole(ranked)
    both = _beside(ranked, whole, "customers", "total", "positive", "positive_total", "rank_sum")
    margin, rank, gain = both.margin, both["rank"], both.margin > 0
    positive, sum_ = both.all_positive.cast("float64"), both.all_positive_total.cast("float64").nullif(0)
    gini = 1 + 1 / positive - 2 * both.all_rank_sum.cast("float64") / (positive * sum_)
    moved = (rank.cast(COUNT) * 2 + 1).cast(COUNT) * margin.cast(FACTOR) - both.sum_to.cast(WIDE) * 2
    influence = (1 - gini) * positive * margin.cast("float64") / sum_ - moved.cast("float64") / sum_
    # Doubles hold the cubes that decide exactly; the engine's whole numbers would end at a rank of two million.
    place, limit = rank.cast("float64"), positive * positive
    tail, after = place * place * place <= limit, (place - 1) * (place - 1) * (place - 1) <= limit
    logs = ibis.ifelse(gain & tail, margin.cast("float64"), 1.0).ln().cast(SMALL)
    below = margin.cast(FACTOR) * both.all_customers.cast(COUNT) < both.all_total
    nothing = ibis.literal(0, SMALL)
    second = both.aggregate(
        below_mean=below.sum().fill_null(0).cast("int64"),
        gini_sum=influence.cast(SMALL).sum(where=gain).cast(SMALL).fill_null(nothing),
        gini_squares=(influence * influence).cast(SMALL).sum(where=gain).cast(SMALL).fill_null(nothing),
        hill_customers=(gain & tail).sum().fill_null(0).cast("int64"),
        hill_logs=logs.sum(where=gain).cast(SMALL).fill_null(nothing),
        hill_at=margin.max(where=gain & after & ~tail),
    )
    return whole.cross_join(second)


def marks(
    ranked: ir.Table, *, parts: int = PARTS, holding: Sequence[int] = HOLDING, first: Sequence[int] = FIRST
) -> ir.Table:
    """Keep the ranks that shares, curves and the median are read off.

    Parameters
    ----------
    parts : int
        The ranking is cut into so many equal parts; kept is the rank at which each ends, whole or begun.
    holding : sequence of int
        Percentages of the total; kept is the first rank that reaches each.
    first : sequence of int
        Ranks kept besides, as for the largest customers of a company that sells to companies.

    Returns
    -------
    Table
        ``rank``, ``margin``, ``sum_to``, ``squares_to``, in order: the ranks asked for, the last one above zero,
        the one behind the middle, and the last.
    """
    whole = ranked.aggregate(
        customers=_.count().cast("int64"), total=_.margin.sum().cast(WIDE), positive=(_.margin > 0).sum()
    )
    both = _beside(ranked, whole, "customers", "total", "positive")
    rank, customers = both["rank"], both.all_customers
    kept = (rank * parts) // customers > ((rank - 1) * parts) // customers
    kept |= rank.isin([*first]) | (rank == both.all_positive) | (rank == customers // 2 + 1)
    for share in holding:
        wanted = both.all_total * share
        kept |= (
            (both.margin > 0) & (both.sum_to * 100 >= wanted) & ((both.sum_to - both.margin) * 100 < wanted)
        )
    return both.filter(kept).select("rank", "margin", "sum_to", "squares_to").order_by("rank")


def deciles(ranked: ir.Table, settled: Mapping[str, Sequence[int]] | None = None) -> ir.Table:
    """Add customers up by tenths of those with a margin above zero: tenths of the customers, and of their margin.

    Parameters
    ----------
    ranked : Table
        With ``transactions``, ``revenue`` (NULL: not known) and ``cost``.
    settled : mapping, optional
        By ``equal_customers`` and ``equal_profit`` the ranks at which the first nine tenths are to end, where they must not end
        where they would by themselves.

    Returns
    -------
    Table
        One row per ``equal_customers`` and ``equal_profit``, 1 for the most profitable to 10, and 11 for a margin of
        zero or less: ``customers``, ``transactions``, ``margin``, ``cost``, and ``revenue``, NULL where it is
        not known of all of them. Add up by one of the two. A tenth of the margin is ceil(10 (before + own / 2) /
        total), compared in decimals; a customer with more than a tenth leaves others empty.
    """
    gains = _.margin.sum(where=_.margin > 0).cast(WIDE)
    # Where each tenth ends, twice ten times: worked out once, not for every customer.
    ends = {f"end_{tenth}": gains * (2 * tenth) for tenth in range(1, 10)}
    whole = ranked.aggregate(positive=(_.margin > 0).sum().cast("int64"), **ends)
    both = _beside(ranked, whole, *whole.columns)
    gain, last = both.margin > 0, ibis.literal(11, "int64")
    by_customers = (both["rank"] * 10 - 1) // ibis.ifelse(gain, both.all_positive, 1) + 1
    middle, by_profit = (both.sum_to * 2 - both.margin) * 10, ibis.literal(1, "int64")
    for name in ends:
        by_profit += (middle > both[f"all_{name}"]).cast("int64")
    if settled is not None:
        by_customers, by_profit = (
            ibis.literal(1, "int64") + sum((both["rank"] > end).cast("int64") for end in settled[by])
            for by in ("equal_customers", "equal_profit")
        )
    return both.group_by(
        equal_customers=ibis.ifelse(gain, by_customers, last), equal_profit=ibis.ifelse(gain, by_profit, last)
    ).agg(
        customers=_.count(),
        transactions=_.transactions.sum().cast("int64"),
        revenue=ibis.ifelse(_.revenue.isnull().any(), ibis.null(WIDE), _.revenue.sum().cast(WIDE)),
        margin=_.margin.sum().cast(WIDE),
        cost=_.cost.sum().cast(WIDE).fill_null(zero().cast(WIDE)),
    )
