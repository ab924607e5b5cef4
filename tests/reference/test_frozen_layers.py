"""Frozen layers in the reference: the rest learns as if nothing had happened."""

from dataclasses import replace

import numpy as np
from families import family
from hypothesis import given
from random_changes import freezing
from random_networks import EVERYTHING, cases
from same_bits import assert_same_results

from lava_intsnn import reference
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import NetworkError

#: Learning shift that no update of these networks survives, rounded to nearest.
INFINITE = 36


def _immovable(network):
    """The network with plastic layers that cannot move where frozen ones were, or None."""
    layers = []
    for layer in network.layers:
        if not layer.plastic:
            rec = layer.recurrence
            rec = {"recurrence": replace(rec, lr_shift=INFINITE)} if rec else {}
            layer = replace(layer, plastic=True, lr_shift=INFINITE, weight_decay_shift=None, **rec)
        layers.append(layer)
    network = replace(network, layers=tuple(layers), rounding=Rounding.NEAREST)
    try:
        largest = max(layer.delta for layer in network.check().layers)
    except NetworkError:  # learning bounds, which frozen layers need not hold
        return None
    return network if largest < 1 << (INFINITE - 1) else None


@given(freezing(cases(features=EVERYTHING)))
@family(200, quick=10)
def test_frozen_weights_never_change(case):
    state, _ = _trained(case.network, case)
    for layer, before, after in zip(case.network.layers, case.state.weights, state.weights):
        if not layer.plastic:
            np.testing.assert_array_equal(after, before)


@given(freezing(cases(features=EVERYTHING)))
@family(200, quick=10)
def test_freezing_equals_an_infinite_learning_shift(case):
    immovable = _immovable(case.network)
    if immovable is None:
        return
    frozen = replace(case.network, rounding=Rounding.NEAREST)
    state, results = _trained(frozen, case)
    expected, oracle = _trained(immovable, case)
    for mine, theirs in zip(results, oracle, strict=True):
        assert_same_results(mine, theirs)
    assert state.equals(expected)


def _trained(network, case):
    state, results = case.state, []
    for first in range(0, len(case.images), network.batch):
        part = slice(first, first + network.batch)
        state, result = reference.train_batch(
            network, state, case.images[part], case.labels[part], case.keys[part]
        )
        results.append(result)
    return state, results
