"""The floating_pt models are the float engine, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import build, session
from lava_intsnn.floating import FloatEngine
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state

NEURON = Neuron(vth=300, window=500)
OUTPUT = Dense(n_in=10, n_out=4, neuron=NEURON, lr_shift=3)
NETWORKS = {
    "conv": (
        (
            Conv(in_shape=(6, 6, 1), channels=3, kernel=3, stride=1, neuron=NEURON, lr_shift=9),
            Dense(n_in=48, n_out=10, neuron=Neuron(vth=50, window=500), lr_shift=7),
            replace(OUTPUT, neuron=Neuron(vth=100, window=500)),
        ),
        {"loss": Loss(kind="softmax", alpha=128)},
    ),
    "recurrence, delays, counts": (
        (
            Dense(
                n_in=36,
                n_out=10,
                neuron=Neuron(vth=3000, window=5000),
                lr_shift=15,
                max_delay=3,
                recurrence=Recurrence(learned=True, lr_shift=15),
            ),
            OUTPUT,
        ),
        {"encoder": FrameEncoder(max_count=20)},
    ),
    "error neurons, random loss": (
        (Dense(n_in=36, n_out=10, neuron=NEURON, lr_shift=9), OUTPUT),
        {
            "loss": Loss(kind="random", alpha=128),
            "feedback": Feedback(propagation="feedback", soft_start=2, err_vth=60),
        },
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_lava_learns_the_same_floats(name):
    layers, options = NETWORKS[name]
    network = Network(
        name=name, layers=layers, steps=8, batch=9, precision=Precision.parse("fp32"), **options
    )
    rng = np.random.default_rng(0)
    state = initial_state(network, 4)
    batches = [
        (
            rng.integers(0, 256, (n, network.n_values)).astype(np.uint8),
            rng.integers(-1, 4, n),
            train_keys(0, k, np.arange(n)),
        )
        for k, n in enumerate((9, 9, 5))
    ]
    with FloatEngine(network, state) as engine:
        expected = [engine.train_batch(*batch, lr_boost=1) for batch in batches]
        end = engine.state()
    with session(build(network, state)) as lava:
        found = [lava.train_batch(*batch, lr_boost=1) for batch in batches]
        lava_end = lava.state()
    assert all(not np.array_equal(a, b) for a, b in zip(end.weights, state.weights))
    assert lava_end.equals(end)
    assert [w.dtype for w in lava_end.weights] == [np.float32] * len(layers)
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one.predictions, other.predictions)
        np.testing.assert_array_equal(one.counts, other.counts)
        np.testing.assert_array_equal(one.v, other.v)


def test_integer_network_runs_in_float_as_well():
    from lava.magma.core.run_configs import Loihi2SimCfg

    layers, _ = NETWORKS["error neurons, random loss"]
    network = Network(name="n", layers=layers, steps=8, batch=4)
    twin = replace(network, precision=replace(network.precision, floating=True))
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 36)).astype(np.uint8)
    labels, keys = rng.integers(0, 4, 4), train_keys(0, 0, np.arange(4))
    system = build(network, initial_state(network))
    with session(system, Loihi2SimCfg(select_tag="floating_pt")) as lava:
        lava.train_batch(images, labels, keys)
        found = [layer.weights for layer in system.layers]
    with FloatEngine(twin, initial_state(twin)) as engine:
        engine.train_batch(images, labels, keys)
        for w, expected in zip(found, engine.state().weights):
            np.testing.assert_array_equal(w, expected)
