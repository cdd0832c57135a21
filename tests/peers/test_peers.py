"""BG/NBD on CDNOW against what other packages make of the same customers."""

import json

import numpy as np
import pytest

from custlib.measure.clv import bgnbd
from tests.measure.clv import cdnow
from tests.peers.compare import ASKED, FIGURES, PEERS, ask, python_of

# Three digits.
NEAR = 5e-4


@pytest.fixture(scope="module")
def ours():
    fit = bgnbd.fit(cdnow.patterns())
    ahead = [
        float(bgnbd.expected(fit, ASKED.iloc[[i]], 1, steps=[weeks])[0, 0])
        for i, weeks in enumerate(ASKED.weeks)
    ]
    return fit, np.array(ahead), bgnbd.p_alive(fit, ASKED)


def agree(found, ours):
    fit, ahead, alive = ours
    assert [found[name] for name in ("r", "alpha", "a", "b")] == pytest.approx(list(fit.values), rel=NEAR)
    assert found["expected"] == pytest.approx(list(ahead), rel=NEAR)
    assert found["alive"] == pytest.approx(list(alive), rel=NEAR)
    # A peer's parameters can be as likely as ours, never more.
    named = fit.at([found[name] for name in ("r", "alpha", "a", "b")])
    theirs = cdnow.patterns().customers @ bgnbd.log_likelihood(named, cdnow.patterns())
    assert fit.log_likelihood - 1e-3 < theirs <= fit.log_likelihood + 1e-9
    if "log_likelihood" in found:
        assert found["log_likelihood"] == pytest.approx(theirs, abs=1e-3)


@pytest.mark.parametrize("peer", PEERS)
def test_agrees_with_what_a_peer_found(peer, ours):
    """The figures were made by `make peers`; the versions stand beside them."""
    agree(json.loads(FIGURES.read_text())[peer], ours)


@pytest.mark.peers
@pytest.mark.parametrize("peer", PEERS)
def test_agrees_with_what_a_peer_finds_now(peer, ours):
    if not python_of(peer).exists():
        pytest.skip(f"no environment of {peer}; `make peers` builds it")
    agree(ask(peer), ours)
