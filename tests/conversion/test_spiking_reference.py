"""The reference against counts by hand and against independent arithmetic."""

import numpy as np
from hypothesis import given, strategies as st

from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.spiking_reference import encoder_level, fire, infer_image, synaptic_sum


@st.composite
def geometries(draw):
    """Input (H, W, I) and weights (O, k, k, I), stride and padding that fit it."""
    shape = tuple(draw(st.integers(1, 6)) for _ in range(3))
    padding = draw(st.integers(0, 3))
    kernel = draw(st.integers(1, min(4, min(shape[:2]) + 2 * padding)))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    w = rng.integers(-9, 10, (draw(st.integers(1, 4)), kernel, kernel, shape[2])).astype(np.int8)
    return rng.integers(-4, 5, shape), SpikingLayer(
        w, np.zeros((len(w), 1), np.int64), draw(st.integers(1, 4)), padding
    )


@given(geometries())
def test_sums_are_those_of_the_exact_convolution(case):
    x, layer = case
    wanted = correlate(x[None], layer.weights, stride=layer.stride, padding=layer.padding)[0]
    np.testing.assert_array_equal(synaptic_sum(layer, x), wanted)


@given(geometries())
def test_fan_out_is_how_many_sums_a_spike_is_in(case):
    x, layer = case
    image = SpikingLayer(
        np.ones((x.shape[2], 1, 1, 1), np.int8), np.zeros((x.shape[2], 1), np.int64)
    )
    ones = SpikingLayer(np.ones_like(layer.weights), layer.thresholds, layer.stride, layer.padding)
    features = synaptic_sum(ones, x).size
    network = SpikingNetwork(
        "one", (*x.shape[:2], 1), Pixels(), (image, ones), np.ones((7, features), np.int8)
    )
    for y, column, c in np.ndindex(x.shape):
        spike = np.zeros_like(x)
        spike[y, column, c] = 1
        assert network.fan_out(0)[y, column] == synaptic_sum(ones, spike).sum()
    assert (network.fan_out(1) == 7).all()


def test_levels_of_the_encoder():
    layer = SpikingLayer(np.ones((2, 1, 1, 1), np.int8), np.array([[-3, 0, 4], [2, 2, 9]]))
    v = np.array([[[-4, 1]], [[-3, 2]], [[0, 8]], [[99, 9]]])
    assert encoder_level(layer, v).tolist() == [[[0, 0]], [[1, 2]], [[2, 2]], [[3, 3]]]


def test_what_fires():
    layer = SpikingLayer(np.ones((1, 1, 1, 1), np.int8), np.array([[-2, 5, 5]]))
    rows = [  # v, n, s
        (-3, 0, 0),  # nothing to take back
        (-2, 0, 1),  # reaches Theta_1
        (-3, 1, -1),  # below it
        (-2, 1, 0),
        (4, 1, 0),
        (5, 1, 1),
        (5, 2, 1),  # an equal threshold is reached one step later
        (4, 2, -1),
        (4, 3, -1),
        (99, 3, 0),  # Theta_4 is infinite
    ]
    v, n, s = (np.array(column).reshape(-1, 1, 1) for column in zip(*rows))
    np.testing.assert_array_equal(fire(layer, v, n), s)


def test_an_early_spike_is_taken_back():
    """The positive input comes in two steps before the negative one outweighs it."""
    encoder = SpikingLayer(
        np.ones((2, 1, 1, 1), np.int8), np.array([[1, 9, 9, 9], [1, 1, 1, 9]]), amplitude=2
    )
    hidden = SpikingLayer(np.array([[[[3, -1]]]], np.int8), np.array([[1, 3, 90, 91, 92]]))
    readout = np.array([[0], [2]], np.int8)
    network = SpikingNetwork("early", (1, 1, 1), Pixels(), (encoder, hidden), readout, level=1)
    result = infer_image(network, np.array([[[5]]], np.uint8), steps=5)
    # v: 2 (3 - 1) = 4, 4 - 2 = 2, 0, 0, 0
    assert result.spikes[0][:, 0, 0, 0].tolist() == [[1, 1], [0, 1], [0, 1], [0, 0], [0, 0]]
    assert result.spikes[1][:, 0, 0, 0, 0].tolist() == [1, 0, -1, 0, 0]
    assert result.logits[:, 0].tolist() == [[0, 2], [0, 2], [0, 0], [0, 0], [0, 0]]
    assert [count.ravel().tolist() for count in result.counts] == [[1, 3], [0]]
    assert result.events[0].tolist() == [[2, 1, 1, 0, 0], [1, 0, 1, 0, 0]]
    assert result.retractions[0].tolist() == [[0] * 5, [0, 0, 1, 0, 0]]
    assert result.synops[0].tolist() == [[2, 1, 1, 0, 0], [2, 0, 2, 0, 0]]
    assert result.quiet_at.tolist() == [3]
    assert result.predictions[:, 0].tolist() == [1, 1, 0, 0, 0]


def test_never_quiet():
    layer = SpikingLayer(np.ones((1, 1, 1, 1), np.int8), np.array([[1, 1, 1]]))
    later = SpikingLayer(np.ones((1, 1, 1, 1), np.int8), np.array([[1, 2, 3]]))
    network = SpikingNetwork(
        "lively", (1, 1, 1), Pixels(), (layer, later), np.ones((2, 1), np.int8)
    )
    result = infer_image(network, np.full((1, 1, 1), 7, np.uint8), steps=3)
    assert result.quiet_at.tolist() == [3]
