"""Random feedback between Processes composed by hand, and what does not fit it."""

import numpy as np
import pytest
from layer_options import CONV, RANDOM, STEPS, described

from lava_intsnn import reference
from lava_intsnn.network import Conv, Dense, Feedback, Network, NetworkError
from lava_intsnn.processes import IntConv, IntDense, IntReadout, SpikeEncoder
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session

RNG = np.random.default_rng(3)


def random_feedback_chain(wiring):
    """A convolution, a dense layer and a readout, whose error goes down as ``wiring`` says."""
    conv = described(Conv, lr_shift=8, fb_shift=2, **CONV)
    middle = described(Dense, shape=(9, conv.n_out), vth=40, lr_shift=6, fb_shift=1)
    out = described(Dense, shape=(4, 9), vth=20, lr_shift=2)
    network = Network(
        name="three",
        layers=(conv, middle, out),
        steps=STEPS,
        batch=2,
        feedback=Feedback(weights="random", random_max=50, random_seed=1, **RANDOM),
    )
    state = initial_state(network, 4)
    common = {"steps": STEPS, "batch": 2, "seed": 4, **RANDOM}
    f = [network.feedback_weights(index) for index in range(2)]
    lower = IntConv(
        **CONV,
        lr_shift=8,
        fb_shift=2,
        w_shadow=state.weights[0],
        feedback_weights=f[0].tolist(),
        **common,
    )
    upper = IntDense(
        shape=(9, conv.n_out),
        vth=40,
        lr_shift=6,
        fb_shift=1,
        w_shadow=state.weights[1],
        feedback_weights=f[1].astype(np.int16),
        layer_index=1,
        **common,
    )
    readout = IntReadout(
        shape=(4, 9),
        vth=20,
        lr_shift=2,
        w_shadow=state.weights[2],
        feedback="random",
        layer_index=2,
        **common,
    )
    images = RNG.integers(0, 256, (6, conv.n_in)).astype(np.uint8)
    labels = RNG.integers(0, 4, 6)
    encoder = SpikeEncoder(images=images, labels=labels, steps=STEPS, batch=2, seed=4)
    for source, layer in ((encoder, lower), (lower, upper), (upper, readout)):
        source.s_out.connect(layer.s_in)
    encoder.label_out.connect(readout.label_in)
    if wiring == "chain":
        readout.fb_out.connect(upper.fb_in)
        upper.fb_out.connect(lower.fb_in)
    else:
        readout.fb_out.connect([upper.fb_in, lower.fb_in])
    return network, state, images, labels, (lower, upper, readout)


@pytest.mark.parametrize("wiring", ["chain", "to each"])
def test_random_feedback_by_hand(wiring):
    """The error is handed down, or goes to every layer at once: the reference's weights."""
    network, state, images, labels, layers = random_feedback_chain(wiring)
    start = state
    with session(layers[0], timeout=600) as run:
        run.run(3 * STEPS)
    keys = train_keys(4, 0, np.arange(6))
    for part in (slice(0, 2), slice(2, 4), slice(4, 6)):
        state, _ = reference.train_batch(network, state, images[part], labels[part], keys[part])
    for layer, expected, before in zip(layers, state.weights, start.weights):
        np.testing.assert_array_equal(layer.weights, expected)
        assert not np.array_equal(expected, before)


@pytest.mark.parametrize(
    ("above", "message"),
    [
        ({"shape": (3, 9)}, "low has feedback weights = random, up feedback weights = transposed"),
        ({"shape": (3, 4)}, "low has feedback weights = random, up feedback weights = transposed"),
        ({"shape": (3, 9), "feedback": "random"}, "low has n_classes = 4, up n_classes = 3"),
    ],
)
def test_layers_must_hear_what_the_layer_above_sends(above, message):
    f = np.ones((9, 4), np.int64)
    common = {"vth": 9, "lr_shift": 1, "steps": STEPS, "time_gated": False}
    below = IntDense(shape=(9, 5), feedback_weights=f, name="low", **common)
    readout = IntReadout(**above, name="up", **common)
    encoder = SpikeEncoder(images=np.zeros((1, 5), np.uint8), steps=STEPS)
    encoder.label_out.connect(readout.label_in)

    def compose():
        readout.fb_out.connect(below.fb_in)
        session(below)  # what is seen only here, where the sizes happen to be the same

    with pytest.raises(NetworkError, match=f"{message}: make them equal"):
        compose()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"feedback_weights": np.ones((3, 6))},
            r"float64 \(3, 6\): give integers \(3, n_classes\)",
        ),
        ({"feedback_weights": np.ones((6, 3), int)}, r"int64 \(6, 3\): give integers \(3, n_cl"),
        ({"feedback_weights": [1, 2, 3]}, r"int64 \(3,\): give integers"),
        ({"feedback_weights": np.full((3, 1), -32768, np.int16)}, "= 32768: must be .*0..32767"),
        ({"feedback_weights": np.ones((3, 2), int), "time_gated": True}, "set time_gated to False"),
    ],
)
def test_feedback_weights_that_do_not_fit_are_refused(options, message):
    with pytest.raises(NetworkError, match=message):
        IntDense(**({"shape": (3, 6), "vth": 60, "lr_shift": 1, "time_gated": False} | options))
