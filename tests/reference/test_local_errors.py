"""Local errors by hand, and against the network that a branch is."""

from dataclasses import replace

import numpy as np
from families import family
from hypothesis import assume, given
from local_readouts import local_cases
from random_networks import EVERYTHING, cases

from lava_intsnn import reference
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import (
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    Neuron,
    Precision,
)
from lava_intsnn.state import State

#: Nothing is left of a potential in the next step.
NEURON = Neuron(vth=5, window=20, decay_shift=30)
PLASTIC = {"neuron": NEURON, "lr_shift": 0}

NETWORK = Network(
    name="hand",
    layers=(
        Dense(n_in=1, n_out=1, fb_shift=2, **PLASTIC),
        Dense(n_in=1, n_out=1, **PLASTIC),
        Dense(n_in=1, n_out=2, **PLASTIC),
    ),
    local=(Dense(n_in=1, n_out=2, **PLASTIC), None),
    steps=2,
    batch=1,
    encoder=FrameEncoder(max_count=1),
    precision=Precision(shadow_bits=8, inference_bits=8),
    loss=Loss(kind="standard", alpha=8),
    feedback=Feedback(propagation="local"),
    rounding=Rounding.FLOOR,
)
WEIGHTS = ([[10]], [[8]], [[6], [3]], [[4], [9]])


def learned(label: int) -> list[list[list[int]]]:
    """Both hidden neurons spike in both steps: 10 and 8 are above 5, and every gate is open."""
    state = State(tuple(np.array(w, np.int32) for w in WEIGHTS))
    images, keys = np.ones((1, 2), np.uint8), np.zeros(1, np.uint64)
    new, result = reference.train_batch(NETWORK, state, images, np.array([label]), keys)
    assert result.counts.tolist() == [[2, 0]]  # 6 is above 5, and 3 is not
    return [w.tolist() for w in new.weights]


def test_a_layer_learns_from_its_own_readout_by_hand():
    # output: (2 * 8 >> 1) - 8 = 0 and 0. Local readout: 4 never spikes, 9 twice: -8 and 8.
    hidden, middle, output, local = learned(label=0)
    assert (middle, output) == ([[8]], [[6], [3]])
    assert local == [[4 + 2 * 8], [9 - 2 * 8]]
    v_fb = (4 * -8 + 9 * 8) >> 2
    assert hidden == [[10 - 2 * v_fb]]


def test_no_error_passes_a_layer_with_a_readout_by_hand():
    # output: 8 and -8. Local readout: 0 and (2 * 8 >> 1) - 8 = 0.
    hidden, middle, output, local = learned(label=1)
    assert (hidden, local) == ([[10]], [[4], [9]])
    assert output == [[6 - 2 * 8], [3 + 2 * 8]]
    assert middle == [[8 - 2 * (6 * 8 + 3 * -8)]]


@given(local_cases(cases(features=EVERYTHING, max_size=10, max_steps=10)))
@family(200, quick=4)
def test_a_branch_learns_as_the_network_that_it_is(case):
    """Layers up to the lowest readout know nothing of those above them."""
    network = replace(case.network, rounding=Rounding.NEAREST)  # stochastic: keyed by index
    assume(network.local)
    top = next(index for index, readout in enumerate(network.local) if readout)
    alone = replace(
        network,
        layers=(*network.layers[: top + 1], network.local[top]),
        local=(),
        feedback=replace(network.feedback, propagation="direct"),
    )
    members = (*range(top + 1), len(network.layers))
    delays = case.state.delays
    state = replace(
        case.state,
        weights=tuple(case.state.weights[index] for index in members),
        delays=tuple(delays[index] for index in members) if delays else (),
    )
    if all(held is None for held in state.delays):
        state = replace(state, delays=())
    part = slice(0, network.batch)
    samples = case.images[part], case.labels[part], case.keys[part]
    whole, _ = reference.train_batch(network, case.state, *samples)
    mine, _ = reference.train_batch(alone, state, *samples)
    for index, w in zip(members, mine.weights, strict=True):
        np.testing.assert_array_equal(whole.weights[index], w)
