"""What engines do differently, found in expressions and in the source that makes them.

A figure has to be the same wherever its tables lie. So nothing may be asked of an engine that each answers in a way
of its own: approximations, hashes, a choice among equals, sums of binary fractions, which depend on the order of rows.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import ibis.expr.operations as ops
import ibis.expr.types as ir

from custlib.data.collect import MAX_ROWS

# Never the same, or not everywhere to be had.
BANNED = (
    ops.ApproxMedian, ops.ApproxCountDistinct, ops.ApproxQuantile, ops.ApproxMultiQuantile, ops.Hash, ops.Mode,
    ops.Kurtosis, ops.Arbitrary, ops.ArgMin, ops.ArgMax, ops.Sample, ops.RandomScalar, ops.RandomUUID, ops.TimestampNow,
    ops.DateNow, ops.TimestampRange, ops.NTile,
)  # fmt: skip
# The order of rows shows in the last digit of binary fractions, and means of decimals have digits of each engine's own.
SUMMED = (
    ops.Sum, ops.CumeDist, ops.Mean, ops.StandardDev, ops.Variance, ops.Covariance, ops.Correlation, ops.Median,
    ops.Quantile, ops.MultiQuantile,
)  # fmt: skip
# Nothing without an order.
ORDERED = (ops.First, ops.Last, ops.ArrayCollect, ops.GroupConcat)
WINDOWED = (ops.RowNumber, ops.Lag, ops.Lead, ops.NthValue, ops.First, ops.Last)


def faults(table: ir.Table) -> list[str]:
    """Name everything in an expression that engines answer differently."""
    return [fault for node in table.op().find(ops.Node) if (fault := _fault(node))]


def _fault(node: ops.Node) -> str:
    name = type(node).__name__
    if isinstance(node, BANNED):
        return f"{name} differs between engines"
    if isinstance(node, SUMMED) and (kind := _inexact(node)):
        return f"{name} of {kind}"
    if isinstance(node, ORDERED) and not node.order_by:
        return f"{name} without an order"
    if isinstance(node, ops.WindowFunction) and isinstance(node.func, WINDOWED) and not node.order_by:
        return f"{type(node.func).__name__} without an order"
    if isinstance(node, ops.Limit) and not isinstance(node.parent, ops.Sort) and not _guards(node):
        return "Limit without an order"
    if isinstance(node, ops.Cast):
        return _cast(node)
    return ""


def _inexact(node: ops.Node) -> str:
    for value in node.args:
        if isinstance(value, ops.Value) and not value.dtype.is_boolean():
            exact = value.dtype.is_integer() or (value.dtype.is_decimal() and isinstance(node, ops.Sum))
            if not exact and value is node.args[0]:
                return str(value.dtype)
    return ""


def _guards(node: ops.Limit) -> bool:
    """Say whether a limit only keeps memory from overflowing: what goes beyond is refused, never shown."""
    return isinstance(node.n, int) and node.n > MAX_ROWS


def _cast(node: ops.Cast) -> str:
    held = node.arg.dtype
    if held.is_floating() and node.to.is_string():
        return f"{held} written as text"
    whole = isinstance(node.arg, (ops.Floor, ops.Ceil, ops.Round, ops.Sign))
    if (held.is_floating() or held.is_decimal()) and node.to.is_integer() and not whole:
        return f"{held} cut or rounded to {node.to}, as each engine likes"
    return ""


# --- the same by the source, for what no run of a test happens to build ---

METHODS = {
    "approx_nunique", "approx_median", "approx_quantile", "hash", "mode", "kurtosis", "arbitrary", "any_value", "argmin",
    "argmax", "sample", "median", "quantile", "std", "var", "cov", "corr", "ntile",
}  # fmt: skip
UNORDERED = {"first", "last", "collect", "group_concat", "nth"}
FUNCTIONS = {"range", "random", "uuid", "now", "today"}


def source_faults(path: Path) -> Iterator[str]:
    """Name what a file asks of an engine that engines answer differently; files that use no Ibis ask nothing."""
    tree = ast.parse(path.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    if not any(name.split(".")[0] == "ibis" for name in imported):
        return
    for node in ast.walk(tree):
        calls = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if calls and (fault := _call(node, node.func)):
            yield f"{path.name}:{node.lineno}: {fault}"


def _call(node: ast.Call, asked: ast.Attribute) -> str:
    name, of = asked.attr, asked.value
    keywords = {keyword.arg for keyword in node.keywords}
    if isinstance(of, ast.Name) and of.id == "ibis":
        return f"ibis.{name}" if name in FUNCTIONS else ""
    if name in METHODS and not _of_a_module(of):
        return f".{name}()"
    # Methods of ours of the same name take something.
    if name in UNORDERED and not node.args and "order_by" not in keywords:
        return f".{name}() without an order"
    if name in ("limit", "head") and not _follows_an_order(of):
        return f".{name}() without an order"
    return ""


def _of_a_module(of: ast.expr) -> bool:
    return isinstance(of, ast.Name) and of.id in ("np", "pd", "math", "random", "special")


def _follows_an_order(of: ast.expr) -> bool:
    """Say whether the last step before is the one that orders."""
    return isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute) and of.func.attr == "order_by"
