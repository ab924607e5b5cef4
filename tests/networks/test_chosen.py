"""Networks by rule: plain data that follow from shapes and data alone, and that learn."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

import lava_intsnn as ls
from lava_intsnn.data import Dataset
from lava_intsnn.network import Conv, FrameEncoder, Network, NetworkError
from lava_intsnn.networks.filters import Filters, filters_of
from lava_intsnn.networks.population_probe import encoded, respond
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode, forward


@pytest.fixture(scope="module")
def digits():
    return ls.data.digits("train")


@given(
    sizes=st.lists(st.integers(1, 3000), min_size=2, max_size=6),
    steps=st.integers(1, 200),
    batch=st.integers(1, 512),
    precision=st.sampled_from(("16-8", "16-16", "16-12", "16-4", "8-8", "8-4", "fp32")),
)
@family(300, quick=60)
def test_any_shape_is_a_network_that_holds_its_bounds(sizes, steps, batch, precision):
    network = ls.networks.dense(sizes, steps=steps, batch=batch, precision=precision)
    assert network.shape == tuple(sizes)
    assert Network.from_json(network.to_json()) == network
    recipe = ls.Recipe(epochs=4)
    assert max(layer.lr_shift for layer in network.layers) + recipe.lr_boost(3) <= 40


@given(
    side=st.integers(16, 40),
    channels=st.integers(1, 3),
    filters=st.lists(st.sampled_from(("4x3", "16x5s2", "8x3s1p1", "32x1")), min_size=1, max_size=2),
    hidden=st.sampled_from(((), (64,), (32, 16))),
)
@family(100, quick=20)
def test_any_convolutions_are_a_network_that_holds_its_bounds(side, channels, filters, hidden):
    network = ls.networks.conv((side, side, channels), filters, 7, hidden=hidden)
    assert network.layers[0].in_image == (side, side, channels)
    assert [isinstance(layer, Conv) for layer in network.layers].count(True) == len(filters)
    assert network.shape[-1 - len(hidden) :] == (*hidden, 7)
    network.check()


@pytest.mark.parametrize("precision", ["16-4", "8-4", "16-8"])
@pytest.mark.filterwarnings("error")  # of a layer that cannot learn
def test_wide_layers_are_alive_at_four_bits(precision):
    images = np.random.default_rng(1).integers(0, 256, (40, 784)).astype(np.uint8) >> 1
    labels = np.arange(40, dtype=np.int32) % 10
    data = Dataset(
        name="wide", images=images, labels=labels, n_classes=10, image_shape=(28, 28), split="train"
    )
    network = ls.networks.dense((784, 100, 10), data=data, precision=precision)
    assert 5 < ls.networks.preflight(network, data).layers[0].spikes < 20
    centred = {layer.init_centred for layer in network.layers}
    assert centred == {network.precision.inference_bits < 8}


def test_the_same_data_give_the_same_network(digits):
    first, second = (ls.networks.dense((64, 50, 30, 10), data=digits) for _ in range(2))
    assert first == second
    assert first.batch == 32
    assert first.name == "dense-64-50-30-10"


def test_measured_thresholds_let_a_tenth_of_the_steps_spike(digits):
    network = ls.networks.dense((64, 50, 30, 10), data=digits)
    look = ls.networks.preflight(network, digits)
    for layer in look.layers[:-1]:
        assert 8 < layer.spikes <= 10
    assert look.warnings == ()


@pytest.mark.parametrize("hidden", [(100,), (100, 100), (100, 100, 100)])
def test_digits_are_learned_at_any_depth(digits, hidden):
    train, held_out = digits.split_validation(300, seed=1)
    network = ls.networks.dense((64, *hidden, 10), data=train)
    state = ls.train(network, train, epochs=8, progress=False)
    assert ls.evaluate(network, state, held_out).accuracy > 92


def test_frames_of_counts_are_learned():
    rng = np.random.default_rng(1)
    labels = np.arange(200, dtype=np.int32) % 4
    rates = rng.integers(0, 30, (4, 6 * 20))
    images = rng.poisson(rates[labels]).clip(0, 255).astype(np.uint8)
    data = Dataset(
        name="counts", images=images, labels=labels, n_classes=4, image_shape=(6, 20), split="train"
    )
    network = ls.networks.dense((20, 32, 4), data=data, encoder=FrameEncoder())
    assert (network.steps, network.n_values) == (6, 120)
    state = ls.train(network, data, epochs=10, progress=False)
    assert ls.evaluate(network, state, data).accuracy > 95


def test_the_probe_sees_what_the_reference_does(digits):
    network = ls.networks.conv((8, 8), ("4x3",), 10, hidden=(20,))
    network = replace(network, encoder=ls.RateEncoder(kind="random"))
    state = ls.initial_state(network, 3)
    w = [state.w(network, k).astype(np.int64) for k in range(3)]
    x = encoded(network.encoder, digits.images[:5], steps=20, seed=3)
    layers = [x]
    for layer, weights in zip(network.layers, w):
        spikes, gates = respond(layer, weights, layers[-1])
        layers.append(spikes.astype(np.int64))
    for n, key in enumerate(eval_keys(3, 5)):
        shown = encode(network.encoder, digits.images[n], key=key, steps=20)
        records = forward(network, w, shown)
        for k, record in enumerate(records):
            np.testing.assert_array_equal(layers[k + 1][n], record.s)
        np.testing.assert_array_equal(gates[n], records[-1].g)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda d: ls.networks.dense((64,)), "give sizes from input to output"),
        (lambda d: ls.networks.dense(64), "give sizes from input to output"),
        (lambda d: ls.networks.dense((64, 0, 10)), r"n_out = 0: must be an integer in 1\.\."),
        (lambda d: ls.networks.dense((64, "a", 10)), "n_out = 'a': must be an integer"),
        (lambda d: ls.networks.dense((65, 9, 10), data=d), "has 64 values .* takes 65"),
        (lambda d: ls.networks.dense((64, 9, 9), data=d), "reach 9, .* has 9 outputs, 0..8"),
        (lambda d: ls.networks.dense((64, 50), data=d), "10 classes, .* 50 outputs: make the last"),
        (lambda d: ls.networks.dense((8, 9, 10), encoder=FrameEncoder()), "give steps="),
        (lambda d: ls.networks.conv((8,), ("4x3",), 10), "give .height, width."),
        (lambda d: ls.networks.dense("64"), "shape = '64': give sizes from input to output"),
        (lambda d: ls.networks.conv("88", ("4x3",), 10), "in_shape = '88': give .height, width."),
        (lambda d: ls.networks.conv((8, 8), (), 10), "one convolution at least"),
        (lambda d: ls.networks.conv((8, 8), "4x3", 10), "filters = '4x3': name .* in a list"),
        (lambda d: ls.networks.conv((8, 8), 4, 10), "filters = 4: name .* in a list"),
        (lambda d: ls.networks.conv((8, 8), ["4x3"], 10, hidden=5), "hidden = 5: give the sizes"),
        (lambda d: ls.networks.conv((8, 8), ["4x3"], 10, hidden="5"), "hidden = '5': give the siz"),
        (lambda d: ls.networks.conv((8, 8), ("4x9",), 10), "the kernel does not fit"),
        (lambda d: ls.networks.conv((8, 8), ("4by3",), 10), "write CHANNELSxKERNEL"),
    ],
)
def test_what_cannot_be_a_network_is_refused(digits, make, message):
    with pytest.raises(NetworkError, match=message):
        make(digits)


def test_sizes_may_be_arrays():
    assert ls.networks.dense(np.array([64, 16, 10])) == ls.networks.dense((64, 16, 10))
    arrays = np.array([8, 8]), np.array(["4x3"]), np.int64(10)
    assert ls.networks.conv(*arrays, hidden=np.array([16])) == ls.networks.conv(
        (8, 8), ["4x3"], 10, hidden=(16,)
    )


@pytest.mark.parametrize("text", ["16x5", "16x5s2", "32x3p1", "8x4s2p3"])
def test_convolutions_are_written_as_they_are_read(text):
    assert str(filters_of(text)) == text
    assert filters_of(filters_of(text)) == filters_of(text)


def test_a_convolution_in_short():
    assert filters_of("16x5s2p1") == Filters(channels=16, kernel=5, stride=2, padding=1)
