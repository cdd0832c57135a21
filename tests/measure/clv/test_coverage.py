"""Intervals hold the truth about as often as they say, and are not wider than twice the least there can be."""

from . import coverage


def test_intervals_hold_the_truth():
    """Forty simulated bases of 2,000 customers: 33 to 40 of the 95% intervals hold each parameter, and equity."""
    found = coverage.run(40, draws=100)
    assert found.held.between(33, 40).all(), found
    assert (found.width <= 2).all(), found
