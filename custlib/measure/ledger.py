"""The customer equity ledger, line by line: what became of the value of each customer of the opening base in a month.

A customer's state is a pattern of activity and the margin so far; V = m D, m the expected margin per active month and D the
discounted expected active months. Under its own model (1 + d) V0 is what next month's margin and V1 are expected to come
to. So V1 - V0 is interest (`unwinding`), less what was to be received (`expected`), and what came otherwise than the model
expected: the customer may still be there or not (`survival`), come more or less often (`frequency`), and bring more or less
each time (`spend`).
"""

from collections.abc import Mapping
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.clv.fit import Fit, Floats

UNWINDING, EXPECTED, SURVIVAL, FREQUENCY, SPEND, NEW = (
    "unwinding", "expected", "survival", "frequency", "spend", "new",
)  # fmt: skip
# Those of the opening base, in the order in which a ledger has them.
LINES = (UNWINDING, EXPECTED, SURVIVAL, FREQUENCY, SPEND)
# What came otherwise than the model expected: zero in the mean, all three together.
SURPRISES = (SURVIVAL, FREQUENCY, SPEND)
# What is left of a ledger when all its lines are taken off, as a part of its opening: rounding, and no more.
RESIDUAL = 1e-6


def prices(module: ModuleType, fit: Fit, patterns: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Give what the ledger needs to know of each pattern, whichever end of a month it is seen at.

    Parameters
    ----------
    module : module
        `custlib.measure.clv.bgbb` or `custlib.measure.clv.sbg`.
    rate : float
        Discount rate of a month, above 0: the horizon has no end.

    Returns
    -------
    DataFrame
        One row per pattern. ``months``: D, discounted expected active months. ``alive``: A, the chance to be alive at the
        month's end. ``soon``: q, the chance to be active in the next month. ``stays``: A*, the chance, seen from
        here, to be alive at the next month's end.
    """
    alive = module.p_alive(fit, patterns)
    lived = (patterns.n + patterns.before).to_numpy(float)
    # Of those alive after so many months (delta + months) / (gamma + delta + months) live through one more.
    through = (fit["delta"] + lived) / (fit["gamma"] + fit["delta"] + lived)
    return pd.DataFrame(
        {
            "months": module.discounted(fit, patterns, rate),
            "alive": alive,
            "soon": module.expected(fit, patterns, 1)[:, 0],
            "stays": alive * through,
        }
    )


def customer_lines(opening: pd.DataFrame, closing: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Work the ledger's lines of single customers out.

    Parameters
    ----------
    opening : DataFrame
        One row per customer: ``months``, ``soon``, ``stays`` (see `prices`) and ``margin``, expected per active month.
    closing : DataFrame
        The same customers a month later: ``months``, ``alive``, ``margin``.
    rate : float
        Discount rate of a month.

    Returns
    -------
    DataFrame
        One row per customer: ``opening`` (V0), one column per line of `LINES`, ``closing`` (V1), which is V0 and the
        lines, exactly. With m margin, D months, q soon, A alive, A* stays, and 0 and 1 for the two ends, the
        lines are d V0; -q m0; m0 (A1 - A*) G*; m0 (D1 - A1 G*), that is m0 A1 (G1 - G*) with G1 = D1 / A1; and (m1 - m0) D1. G* = ((1 + d) D0 - q) / A* is what
        the model expected D1 to be for each who would still be alive.
    """
    d0, q, stays, m0 = (opening[name].to_numpy(float) for name in ("months", "soon", "stays", "margin"))
    d1, alive, m1 = (closing[name].to_numpy(float) for name in ("months", "alive", "margin"))
    per_head = per_survivor(d0, q, stays, rate)
    return pd.DataFrame(
        {
            "opening": m0 * d0,
            UNWINDING: rate * m0 * d0,
            EXPECTED: -q * m0,
            SURVIVAL: m0 * (alive - stays) * per_head,
            FREQUENCY: m0 * (d1 - alive * per_head),
            SPEND: (m1 - m0) * d1,
            "closing": m1 * d1,
        }
    )


def per_survivor(months: Any, soon: Any, stays: Any, rate: float) -> Floats:
    """Give G*: the discounted active months expected at the next month's end, per customer who will then be alive.

    Zero for who is known to have left: nobody of them will be.
    """
    later = (1 + rate) * np.asarray(months, dtype=float) - soon
    stays = np.asarray(stays, dtype=float)
    return np.where(stays > 0, later / np.where(stays > 0, stays, 1), 0.0)


def residual(opening: Decimal, lines: Mapping[str, Decimal], closing: Decimal) -> Decimal:
    """Give what opening and lines leave unexplained of a closing.

    Raises
    ------
    CustlibError
        When that is more than rounding: no ledger is shown that does not foot.
    """
    rest = closing - opening - sum(lines.values(), Decimal(0))
    scale = max(abs(opening), abs(closing), Decimal(1))
    if abs(rest) > Decimal(repr(RESIDUAL)) * scale:
        told = ", ".join(f"{name} {amount:.4f}" for name, amount in lines.items())
        raise CustlibError(
            f"the customer equity ledger does not foot: {opening:.4f} and {told} are not {closing:.4f}\n"
            f"  {rest:.6f} is left over; this is a mistake of the workbook, and no figure of the ledger is shown"
        )
    return rest
