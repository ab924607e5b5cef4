"""Geometry of convolutions and pools: against Lava's own convolution, and by hand."""

from itertools import product

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from lava.proc.conv.utils import conv as lava_conv
from random_layers import convolutions, layered_cases, layered_networks, pools
from random_networks import EVERYTHING

from lava_intsnn.network import Conv, Dense, Network, NetworkError, Neuron, Pool
from lava_intsnn.reference.synaptic_sum import backward, pooled, seen, synaptic_sum
from lava_intsnn.state import State, initial_state

SHAPES = st.tuples(st.integers(3, 7), st.integers(3, 7), st.sampled_from((1, 2, 4, 6)))
LEARNS = {"neuron": Neuron(vth=90, window=200), "lr_shift": 3}
OTHERS = EVERYTHING - {"conv"}


def random(layer, seed):
    """Return input (1, I), weights and a feedback voltage."""
    rng = np.random.default_rng(seed)
    x, w = rng.integers(0, 4, (1, layer.n_in)), rng.integers(-99, 99, (layer.rows, layer.fan_in))
    return x, w, rng.integers(-99, 99, layer.n_out)


@given(SHAPES.flatmap(lambda shape: convolutions(shape, 50, None)), st.integers(0, 99))
@family(200)
def test_sums_are_those_of_lavas_convolution(layer, seed):
    x, w, _ = random(layer, seed)
    windows = layer.windows
    kernels = w.reshape(layer.channels, *windows.kernel, -1)
    expected = lava_conv(
        x.reshape(layer.in_shape).astype(float),
        kernels[:, ::-1, ::-1].astype(float),  # Lava mirrors them
        windows.kernel,
        windows.stride,
        windows.padding,
        windows.dilation,
        layer.groups,
    )
    assert expected.shape == layer.out_shape
    np.testing.assert_array_equal(synaptic_sum(layer, w, seen(layer, x, 0)), expected.ravel())


@given(SHAPES.flatmap(pools))
@family(100)
def test_sums_of_windows_by_hand(pool):
    height, width, channels = pool.in_shape
    image = np.random.default_rng(0).integers(0, 9, pool.in_shape)
    (top, left), windows = pool.windows.padding, pool.windows
    padded = np.pad(image, ((top, top), (left, left), (0, 0)))
    rows, columns, _ = pool.out_shape
    expected = np.zeros(pool.out_shape, int)
    for y, x in product(range(rows), range(columns)):
        v, h = y * windows.stride[0], x * windows.stride[1]
        window = padded[v : v + windows.kernel[0], h : h + windows.kernel[1]]
        expected[y, x] = window.sum(axis=(0, 1))
    assert (rows - 1) * windows.stride[0] + windows.kernel[0] <= height + 2 * top
    assert rows * windows.stride[0] + windows.kernel[0] > height + 2 * top
    dense = Dense(n_in=image.size, n_out=1, pool=pool, **LEARNS)
    np.testing.assert_array_equal(pooled(dense, image.reshape(1, -1))[0], expected.ravel())
    w = np.random.default_rng(1).integers(-9, 9, (1, pool.n_out))
    a = synaptic_sum(dense, w, seen(dense, pooled(dense, image.reshape(1, -1)), 0))
    size = windows.kernel[0] * windows.kernel[1] if pool.kind == "average" else 1
    assert a.tolist() == [(w[0] * expected.ravel()).sum() // size]


@given(layered_networks(features=OTHERS), st.integers(0, 99))
@family(100)
def test_feedback_is_the_transpose_of_the_sums(network, seed):
    for layer in network.layers:
        if layer.pool and layer.pool.shift:
            continue  # it rounds; its feedback is that of a sum
        x, w, v = random(layer, seed)
        still = np.tile(x, (20, 1))  # delays take no part in feedback, nor in what lasts
        given = np.zeros((layer.rows, layer.fan_in), int) if layer.delays_in_state else None
        a = synaptic_sum(layer, w, seen(layer, pooled(layer, still), 19, given))
        assert a @ v == x[0] @ backward(layer, w, v)


@given(layered_networks(features=OTHERS))
@family(100)
def test_no_neuron_has_more_synapses_than_its_fan_out(network):
    for layer in network.layers:
        ones = np.ones((layer.rows, layer.fan_in), np.int64)
        reached = backward(layer, ones, np.ones(layer.n_out, np.int64))
        assert reached.max() <= layer.fan_out


@given(layered_cases(features=OTHERS))
def test_descriptions_come_back_from_json(case):
    text = case.network.to_json()
    assert Network.from_json(text) == case.network
    plain = not any(layer.pool for layer in case.network.layers)
    assert plain == ('"pool"' not in text)  # what says nothing new is not written


def test_one_number_stands_for_both_directions():
    square = Conv(in_shape=(6, 7, 2), channels=2, kernel=(3, 3), stride=[2, 2], **LEARNS)
    assert square == Conv(in_shape=(6, 7, 2), channels=2, kernel=3, stride=2, **LEARNS)
    assert Pool(in_shape=(4, 4, 1), kernel=(2, 2), stride=(1, 2)).stride == (1, 2)


CONV = {"in_shape": (6, 8, 4), "channels": 4, "kernel": 3, "stride": 1, **LEARNS}
POOL = Pool(in_shape=(6, 8, 4), kernel=2, stride=2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv(**CONV | {"kernel": (3, 0)}), r"kernel = \(3, 0\): must be an integer in 1"),
        (lambda: Conv(**CONV | {"kernel": (3, 2, 1)}), r"kernel = \(3, 2, 1\): must be an integer"),
        (lambda: Conv(**CONV, padding=(1, 3)), r"padding = 3: must be an integer in 0\.\.2"),
        (lambda: Conv(**CONV, padding=(1, -1)), "padding = -1: must be an integer in"),
        (lambda: Conv(**CONV, dilation=(3, 1)), r"kernel = 3, dilation = \(3, 1\) on a 6x8 input"),
        (lambda: Conv(**CONV, groups=3), "groups = 3 of 4 input channels: must divide them"),
        (lambda: Conv(**CONV | {"channels": 2}, groups=4), "groups = 4 of 2 output channels"),
        (lambda: Conv(**CONV | {"in_shape": (3, 4, 4)}, pool=POOL), "make them equal; a layer's"),
        (lambda: Dense(n_in=48, n_out=2, pool=POOL, **LEARNS), "n_in = 48 with a pool.*192"),
        (lambda: Pool(in_shape=(2, 2, 1), kernel=3, stride=1), "the kernel does not fit in"),
        (lambda: Pool(kind="max", in_shape=(2, 2, 1), kernel=1, stride=1), "one of sum, average"),
        (
            lambda: Pool(kind="average", in_shape=(3, 3, 1), kernel=3, stride=1),
            "a window of 9 is divided by a shift, so its size must be a power of two",
        ),
    ],
)
def test_windows_that_do_not_fit_are_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_images_must_fit_the_pool_above():
    below = Conv(**CONV)
    above = Dense(n_in=96, n_out=2, pool=Pool(in_shape=(6, 4, 4), kernel=2, stride=2), **LEARNS)
    with pytest.raises(NetworkError, match=r"out_shape = \(4, 6, 4\) feeds one with in_shape"):
        Network(name="x", layers=(below, above))


def delayed(**options):
    layer = Dense(n_in=3, n_out=2, max_delay=4, **LEARNS | options)
    return Network(name="x", layers=(layer,), steps=6)


def test_given_delays_shift_what_each_synapse_sees():
    layer = delayed(delay_source="state").layers[0]
    d = np.array([[0, 4, 2], [1, 1, 3]])
    rng = np.random.default_rng(2)
    x, w = rng.integers(0, 2, (6, 3)), rng.integers(-9, 9, (2, 3))
    padded = np.vstack([np.zeros((4, 3), int), x])
    for t in range(6):
        shifted = [[padded[4 + t - d[o, i], i] for i in range(3)] for o in range(2)]
        a = synaptic_sum(layer, w, seen(layer, x, t, d))
        assert a.tolist() == (w * shifted).sum(axis=1).tolist()


def test_delays_of_a_new_state_are_those_of_the_seed():
    held = initial_state(delayed(delay_source="state", delay_seed=5), 1)
    drawn = delayed(delay_seed=5)
    np.testing.assert_array_equal(held.delays[0], drawn.layers[0].delays())
    assert initial_state(drawn, 1).delays == ()


@pytest.mark.parametrize(
    ("delays", "message"),
    [
        ((), "layer 0: delay_source = 'state' and none in the state"),
        ((None,), "and none in the state"),
        ((np.zeros((2, 3), int), None), "state has delays for 2 layers"),
        ((np.zeros((3, 2), int),), r"delays are int64 \(3, 2\), the network needs integers \(2, 3"),
        ((np.zeros((2, 3)),), "delays are float64"),
        ((np.full((2, 3), 5),), r"a delay of 5 is outside 0\.\.4, the layer's max_delay"),
        ((np.full((2, 3), -1),), r"a delay of -1 is outside 0\.\.4"),
    ],
)
def test_delays_that_do_not_fit_are_refused(delays, message):
    network = delayed(delay_source="state")
    state = initial_state(network)
    with pytest.raises(ValueError, match=message):
        State(state.weights, delays=delays).validate(network)


def test_delays_stand_in_the_state_only_where_the_network_says_so():
    network = delayed()
    state = State(initial_state(network).weights, delays=(np.zeros((2, 3), int),))
    with pytest.raises(ValueError, match="delay_source = 'seed' and delays in the state"):
        state.validate(network)
    with pytest.raises(NetworkError, match="with max_delay = 0: give the longest"):
        Dense(n_in=3, n_out=2, delay_source="state", **LEARNS)


@pytest.mark.parametrize("kind", [Conv, Pool])
def test_windows_that_fit_no_memory_are_refused_before_they_are_made(kind):
    fields = {"in_shape": (4096, 4096, 1), "kernel": 64, "stride": 1}
    if kind is Conv:
        fields |= {"channels": 1, "lr_shift": 1, "neuron": Neuron(vth=9, window=9)}
    with pytest.raises(NetworkError, match="entries of all windows, at most 134217728"):
        kind(**fields)
