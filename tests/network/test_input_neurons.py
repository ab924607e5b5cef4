"""Input neurons: bytes as a current."""

import numpy as np
import pytest

from lava_intsnn.network import (
    ALIF,
    CUBA,
    Dense,
    Network,
    NetworkError,
    Neuron,
    NeuronEncoder,
    RateEncoder,
)
from lava_intsnn.reference import encode

KEY = np.uint64(0)


def test_a_neuron_counts_its_current_up_to_its_threshold():
    """Without a leak a current of 2 x - 10 passes 100 at step ceil(101 / current)."""
    encoder = NeuronEncoder(neuron=Neuron(vth=100, window=1, decay_shift=0), weight=2, bias=-10)
    x = np.array([0, 5, 9, 30, 255], np.uint8)
    spikes = encode(encoder, x, key=KEY, steps=26)
    first = [np.flatnonzero(train)[:2].tolist() for train in spikes.T]
    assert first == [[], [], [12, 25], [2, 5], [0, 1]]


def test_cuba_input_is_loihis_bias():
    """As lava-dl's Input block: x in the neuron's bias, and no synaptic sum, gives the same."""
    kind = {"vth": 60, "window": 1, "voltage_decay": 400}
    x = np.arange(0, 256, 5).astype(np.uint8)
    encoder = NeuronEncoder(neuron=CUBA(**kind, current_decay=4096), weight=3, bias=7)
    biased = CUBA(**kind, current_decay=4096, bias_mant=tuple((3 * x.astype(int) + 7).tolist()))
    still = NeuronEncoder(neuron=biased, weight=0)
    spikes = encode(encoder, x, key=KEY, steps=40)
    np.testing.assert_array_equal(spikes, encode(still, x, key=KEY, steps=40))
    assert 0 < spikes.mean() < 1


def network(encoder, n_in=3):
    layer = Dense(n_in=n_in, n_out=2, neuron=Neuron(vth=9, window=9), lr_shift=1)
    return Network(name="x", layers=(layer,), steps=5, encoder=encoder)


@pytest.mark.parametrize(
    "neuron",
    [
        Neuron(vth=7, window=3),
        ALIF(vth=7, window=3, adapt_step=2),
        CUBA(vth=(7, 8, 9), window=3, current_decay=10, voltage_decay=20),
    ],
)
def test_encoders_come_back_from_json(neuron):
    described = network(NeuronEncoder(neuron=neuron, weight=-3, bias=5))
    assert Network.from_json(described.to_json()) == described
    assert described.n_values == 3
    assert not described.graded


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NeuronEncoder(neuron=RateEncoder()), "neuron = RateEncoder.*: must be"),
        (lambda: NeuronEncoder(neuron=Neuron(vth=1, window=1), weight=2.5), "weight = 2.5"),
        (lambda: NeuronEncoder(neuron=Neuron(vth=1, window=1), bias=1 << 30), "bias = 1073741824"),
        (
            lambda: network(
                NeuronEncoder(neuron=CUBA(vth=(1, 2), window=1, current_decay=0, voltage_decay=0))
            ),
            "encoder: vth of its neuron has 2 numbers for 3 inputs",
        ),
        (
            lambda: network(
                NeuronEncoder(neuron=Neuron(vth=1, window=1, guarded=True), weight=9999)
            ).check(),
            "input neurons: a guarded current wraps once, .*lower weight or bias",
        ),
    ],
)
def test_encoders_that_do_not_fit_are_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()
