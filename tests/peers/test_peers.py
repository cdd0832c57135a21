"""BG/NBD and Pareto/NBD on CDNOW against what other packages make of the same customers."""

import json
from functools import cache

import numpy as np
import pytest

from custlib.measure.clv import bgnbd, pareto_nbd
from tests.measure.clv import cdnow
from tests.peers.compare import ASKED, FIGURES, PEERS, ask, python_of

# Three digits.
NEAR = 5e-4
MODELS = {"bgnbd": bgnbd, "pareto_nbd": pareto_nbd}
# Searches end where the likelihood is flat, and the top of Pareto/NBD's is: what peers leave to be gained, as a log-likelihood.
LEFT = 1e-3


@cache
def ours(name):
    model = MODELS[name]
    fit = model.fit(cdnow.patterns())
    ahead = [
        float(model.expected(fit, ASKED.iloc[[i]], 1, steps=[weeks])[0, 0])
        for i, weeks in enumerate(ASKED.weeks)
    ]
    return fit, np.array(ahead), model.p_alive(fit, ASKED)


def agree(found, name):
    fit, ahead, alive = ours(name)
    theirs = [found[parameter] for parameter in fit.names]
    assert theirs == pytest.approx(list(fit.values), rel=NEAR)
    assert found["expected"] == pytest.approx(list(ahead), rel=NEAR)
    assert found["alive"] == pytest.approx(list(alive), rel=NEAR)
    # A peer's parameters can be as likely as ours, never more.
    height = cdnow.patterns().customers @ MODELS[name].log_likelihood(fit.at(theirs), cdnow.patterns())
    assert fit.log_likelihood - LEFT < height <= fit.log_likelihood + 1e-9
    if "log_likelihood" in found:
        assert found["log_likelihood"] == pytest.approx(height, abs=1e-3)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("peer", PEERS)
def test_agrees_with_what_a_peer_found(peer, name):
    """The figures were made by `make peers`; the versions stand beside them."""
    agree(json.loads(FIGURES.read_text())[peer][name], name)


@pytest.mark.peers
@pytest.mark.parametrize("peer", PEERS)
def test_agrees_with_what_a_peer_finds_now(peer):
    if not python_of(peer).exists():
        pytest.skip(f"no environment of {peer}; `make peers` builds it")
    found = ask(peer)
    for name in MODELS:
        agree(found[name], name)
