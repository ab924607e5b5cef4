"""Layers composed by hand whose updates are normalised and whose first weights are small."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import data
from lava_intsnn.engine import Engine
from lava_intsnn.network import Network, NetworkError, Recurrence
from lava_intsnn.processes import IntConv, IntDense, IntReadout, SpikeEncoder
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import State
from lava_intsnn.systems.network_session import session

COMMON = {"batch": 4, "seed": 7, "vth": 90, "window": 400, "steps": 8}
LEARNS = COMMON | {"lr_shift": 6, "normalise": True}


def test_a_network_composed_by_hand_learns_the_engines_bits():
    digits = data.digits("train").head(8)
    encoder = SpikeEncoder(images=digits.images, labels=digits.labels, batch=4, seed=7, steps=8)
    loop = Recurrence(source="spikes", shift=1, learned=True, lr_shift=7)
    conv = IntConv(in_shape=(8, 8, 1), channels=3, kernel=3, stride=2, fb_shift=6, **LEARNS)
    dense = IntDense(shape=(20, 27), recurrence=loop, init_shift=1, layer_index=1, **LEARNS)
    readout = IntReadout(shape=(10, 20), init_shift=3, layer_index=2, **LEARNS)
    encoder.s_out.connect(conv.s_in)
    conv.s_out.connect(dense.s_in)
    dense.s_out.connect(readout.s_in)
    encoder.label_out.connect(readout.label_in)
    readout.fb_out.connect(dense.fb_in)
    dense.fb_out.connect(conv.fb_in)
    layers = (conv, dense, readout)
    network = Network(name="n", layers=tuple(one.spec.layer for one in layers), batch=4, steps=8)
    state = State(tuple(one.weights for one in layers), seed=7)
    assert abs(state.weights[2]).max() < 1 << 12
    assert all(one.normalise for one in network.layers)
    with session(conv, timeout=600) as run:
        run.run(8)
        run.set(readout.lr_shift, [7])
        run.run(8)
    keys = train_keys(7, 0, np.arange(8))
    with Engine(network, state, threads=1) as engine:
        engine.train_batch(digits.images[:4], digits.labels[:4], keys[:4])
        state = engine.state()
    last = replace(network.layers[2], lr_shift=7)
    slower = replace(network, layers=(*network.layers[:2], last))
    with Engine(slower, state, threads=1) as engine:
        engine.train_batch(digits.images[4:], digits.labels[4:], keys[4:])
        expected = engine.state()
    for mine, before, wanted in zip(layers, state.weights, expected.weights, strict=True):
        assert (before != wanted).any()
        np.testing.assert_array_equal(mine.weights, wanted)


def test_first_weights_are_those_without_the_shift_shifted():
    options = COMMON | {"shape": (3, 6), "learning": False}
    plain, small = IntDense(**options), IntDense(init_shift=2, **options)
    np.testing.assert_array_equal(small.weights, plain.weights >> 2)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"normalise": 1}, "normalise = 1"),
        ({"init_shift": 16}, r"init_shift = 16: must be an integer in 0\.\.15"),
        (
            {"batch": 1 << 16, "trace_shift": 0, "steps": 100},
            r"summed update delta \* 2\*\*15, which is normalised, can reach",
        ),
    ],
)
@pytest.mark.parametrize("process", [IntDense, IntReadout])
def test_the_keywords_are_checked(process, keywords, message):
    with pytest.raises(NetworkError, match=message):
        process(shape=(3, 6), **(LEARNS | keywords))
