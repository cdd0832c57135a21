"""The models of customer value find the truth that the sample bank was drawn from, before its service failed."""

import numpy as np
import pytest

from custlib.data.sample import TRUTH
from custlib.data.sample.truth import CHANNELS
from custlib.measure.clv import bgbb, sbg
from tests.data.conftest import FAILURE, Z, all_within

# The last month before the failure, counted from 0 = the first of the data.
LAST = FAILURE.month - 1


def lives(bank, channel):
    """Count the ordinary customers of a channel by pattern, as they stood before the failure; those older than the data if seen."""
    return bank.execute(f"""
        with c as (
          select customer_id, came, least(greatest(came, -1), {LAST}) as origin, greatest(-1 - came, 0) as before,
            case when closed <= {LAST} then closed end as closed
          from cu where not contract and acquisition_channel = '{channel}' and came <= {LAST}),
        p as (
          select c.*, count(month) as x, coalesce(max(month - origin), 0) as t_x
          from c left join uses u on u.customer_id = c.customer_id and u.month > c.origin and u.month <= {LAST}
          group by all)
        select x, t_x, case when closed is null then {LAST} - origin else greatest(greatest(closed, origin + t_x + 1) - origin - 1, 0) end as n,
          before, closed is not null as closed, count(*) as customers
        from p where came >= 0 or (before > 0 and x > 0) group by all order by all""").df()


@pytest.mark.parametrize("channel", CHANNELS)
def test_bgbb_finds_activity_and_dropout_of_every_channel(bank, channel):
    """Each parameter, kappa too, within four standard errors on the scale of its search."""
    fit, truth = bgbb.fit(lives(bank, channel)), TRUTH.channels[channel]
    assert fit.trusted and fit.names == ("alpha", "beta", "gamma", "delta", "kappa")
    wanted = fit.at([truth.alpha, truth.beta, truth.gamma, truth.delta, TRUTH.kappa])
    distance = wanted.free - fit.free
    all_within(dict(zip(fit.names, distance / np.sqrt(np.diag(fit.covariance)), strict=True)))
    # All at once: a distance of five parameters beyond this has a chance of one in ten thousand.
    assert distance @ np.linalg.inv(fit.covariance) @ distance < 25.7


def test_sbg_finds_the_ends_of_package_accounts(bank):
    frame = bank.execute(f"""
        select case when closed <= {LAST} then greatest(closed - origin - 1, 0) else {LAST} - origin end as n,
          before, coalesce(closed <= {LAST}, false) as closed, count(*) as customers
        from (select came, greatest(came, -1) as origin, greatest(-1 - came, 0) as before, closed from cu
              where contract and came <= {LAST} and acquisition_channel <> '{FAILURE.channel}')
        group by all order by all""").df()
    fit = sbg.fit(frame)
    gamma, delta = TRUTH.package_churn
    distance = fit.at([gamma, delta]).free - fit.free
    assert fit.trusted
    assert (np.abs(distance) / np.sqrt(np.diag(fit.covariance)) < Z).all()
