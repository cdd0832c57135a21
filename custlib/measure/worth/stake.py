"""Value at stake: what would be gained if customers stood a point higher, programme by programme."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from custlib.errors import UsageError
from custlib.measure.clv.fit import REACH
from custlib.measure.worth.found import Floats, PointWorth, Stake
from custlib.surveying import PROGRAMMES, programme_of

# Standard errors that each of three intervals reaches, so that all hold at once in 95% (Bonferroni): programmes are compared.
REACH_OF_ALL = 2.393980
SIMULATED = [
    "programme", "customers", "cost", "value", "low", "high", "net", "net_low", "net_high", "break_even_reach",
]  # fmt: skip


def stake(worth: PointWorth | None, standing: pd.DataFrame) -> Stake | None:
    """Value one point more at every score: N_s [d_rho (clv - E_k) / rho + d_E_k].

    Whoever stands at s would be kept as those at the next score up are, and bring what they bring, in the k months of the outcome; what is
    left of the customer lifetime value after them, (clv - E_k) / rho for one who is kept, would reach so many more.
    The lift lasts k months and no longer. Retention rho and margin E_k are the adjusted ones of the free shape; within a group of
    scores, and from one to the next, they lie on a straight line between the groups' mean scores; beyond the outermost means
    they stay as they are, so nothing is gained that was not seen.

    Parameters
    ----------
    worth : PointWorth or None
    standing : DataFrame
        ``score``, ``customers`` (N_s: those of the whole base who would give it), ``clv`` (their mean customer lifetime value).

    Returns
    -------
    Stake or None
        None where too few were lost or kept for a model of them, or the customer lifetime value of a score at which customers stand is not known.

    Notes
    -----
    Intervals are by the delta method, exact in the gradient, from the joint covariance of retention and margin of all groups. They hold
    the chance in what was seen of loss and margin (those of programmes: of all three at once), and take the customers at each score and their lifetime value as given.
    """
    if worth is None or worth.few or not worth.fitted:
        return None
    scores = list(worth.scale.scores)
    told = standing.set_index("score").reindex(scores)
    people = told.customers.astype(float).fillna(0.0).to_numpy()
    clv = pd.to_numeric(told.clv, errors="coerce").to_numpy(float)
    if (np.isnan(clv[:-1]) & (people[:-1] > 0)).any() or not people.sum() > 0:
        return None
    between = _between(np.array(scores, dtype=float), worth.groups["mean"].to_numpy(float))
    rho, earned = between @ worth.retention, between @ worth.earned
    clv = np.nan_to_num(clv[:-1])
    here, n = slice(None, -1), people[:-1]
    gain, gain_earned = np.diff(rho), np.diff(earned)
    later = (clv - earned[here]) / rho[here]
    value = n * (gain * later + gain_earned)
    low, up = between[:-1], between[1:]
    pull = np.hstack([
        (n * later)[:, None] * up - (n * later * rho[1:] / rho[here])[:, None] * low,
        n[:, None] * up - (n * (1 + gain / rho[here]))[:, None] * low,
    ])  # fmt: skip
    covariance = pull @ worth.covariance @ pull.T
    reach = REACH * np.sqrt(np.diag(covariance).clip(min=0))
    table = pd.DataFrame({
        "score": scores[:-1],
        "programme": [programme_of(score, worth.scale) for score in scores[:-1]],
        "customers": n,
        "clv": told.clv.iloc[:-1].to_numpy(),
        "retention": rho[here],
        "margin": earned[here],
        "gain_retention": gain,
        "gain_margin": gain_earned,
        "value": value,
        "low": value - reach,
        "high": value + reach,
    })  # fmt: skip
    member = np.array([table.programme == name for name in PROGRAMMES], dtype=float)
    return Stake(
        worth.months,
        table,
        _programmes(member, table, covariance),
        float(people.sum()),
        worth.verdict,
        member @ covariance @ member.T,
    )


def _programmes(member: Floats, scores: pd.DataFrame, covariance: Floats) -> pd.DataFrame:
    """Add scores up to programmes, with what their errors share."""
    value = member @ scores.value.to_numpy()
    reach = REACH_OF_ALL * np.sqrt(np.diag(member @ covariance @ member.T).clip(min=0))
    low, high = value - reach, value + reach
    return pd.DataFrame({
        "programme": PROGRAMMES,
        "customers": member @ scores.customers.to_numpy(),
        "value": value,
        "low": low,
        "high": high,
        "measurable": (low > 0) | (high < 0),
    })  # fmt: skip


def _between(scores: Floats, means: Floats) -> Floats:
    """Give the weights of groups that make each score's figure, by straight lines between the groups' mean scores."""
    units = np.eye(len(means))
    return np.column_stack([np.interp(scores, means, unit) for unit in units])


def simulate(found: Stake, *, reach: float = 1.0, costs: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Set the value of each programme against what it would cost.

    Parameters
    ----------
    reach : float
        Share, 0 to 1, of the customers at its scores whom a programme would lift by a point.
    costs : mapping of str to float
        Of a whole programme, whatever its reach.

    Returns
    -------
    DataFrame
        One row per programme: ``programme``, ``customers`` lifted, ``cost`` (NaN: not known), ``value`` (``low``, ``high``) at that reach,
        ``net`` (``net_low``, ``net_high``) of the cost, ``break_even_reach``: the reach at which value meets the cost (NaN where nothing is
        gained, or the cost is not known; above 1: out of reach).

    Raises
    ------
    UsageError
        For a reach that is no share, a programme that is none, or a cost below zero.
    """
    if not 0 <= reach <= 1:
        raise UsageError(f"reach: {reach} is not a share\n  write 0.25 for a quarter of the customers")
    for name, cost in (costs or {}).items():
        if name not in PROGRAMMES:
            raise UsageError(f"costs: there is no programme {name!r}\n  there are {', '.join(PROGRAMMES)}")
        if not cost >= 0:
            raise UsageError(f"costs: {name} costs {cost}, which is below zero")
    rows = found.programmes[["programme", "customers", "value", "low", "high"]].copy()
    whole = rows.value.to_numpy()
    rows[["customers", "value", "low", "high"]] *= reach
    cost = pd.Series([float((costs or {}).get(name, np.nan)) for name in rows.programme], index=rows.index)
    rows["cost"] = cost
    for name, source in (("net", "value"), ("net_low", "low"), ("net_high", "high")):
        rows[name] = rows[source] - cost
    rows["break_even_reach"] = cost / np.where(whole > 0, whole, np.nan)
    return rows[SIMULATED]
