"""Synapse blocks give the sums of the reference, whatever their kind."""

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from microcode_support import group_of, image_of

from lava_intsnn.loihi.microcode import ConvGeometry, GroupCore, MicrocodeError, Port
from lava_intsnn.network import Conv, Dense, Neuron
from lava_intsnn.reference.synaptic_sum import seen, synaptic_sum

NEURON = Neuron(vth=1, window=0)


def group(n):
    """Neurons that keep what arrives."""
    code = [("RDC", "r0", "a"), ("STORE", "v", "r0")]
    return group_of(*code, n=n, states={"v": 32}, ports=(Port("a", 32),))


def check(image, layer, weights, payload):
    """Every step's sums of two chips are those of the reference."""
    cores = GroupCore(image, "g", batch=2), GroupCore(image, "g")
    for t in range(payload.shape[1]):
        expected = [synaptic_sum(layer, weights, seen(layer, chip, t)) for chip in payload]
        for core in cores:
            core.deliver("w", payload[: core.batch, t])
            core.tick(0)
            assert core.state("v").tolist() == np.array(expected[: core.batch]).tolist()


def random(data, shape, n_in):
    """Weights, and payloads (2, T, I) of which few, some or most are there."""
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 16)))
    weights = rng.integers(-128, 128, shape)
    there = rng.random((2, 7, n_in)) < data.draw(st.sampled_from((0.05, 0.3, 0.9)))
    return weights, there * rng.integers(-128, 128, there.shape)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 5), st.data())
@family(80)
def test_dense_sums_with_and_without_delays(n_in, n_out, max_delay, data):
    layer = Dense(n_in=n_in, n_out=n_out, max_delay=max_delay, neuron=NEURON, lr_shift=0)
    weights, payload = random(data, (n_out, n_in), n_in)
    delays = layer.delays() if layer.delays().any() else None
    check(image_of(group(n_out), weights, input_bits=8, delays=delays), layer, weights, payload)


@given(st.data())
@family(80)
def test_shared_sums(data):
    size = st.integers(3, 6)
    geometry = ConvGeometry(
        in_shape=(data.draw(size), data.draw(size), data.draw(st.integers(1, 3))),
        kernel=data.draw(st.integers(2, 3)),
        stride=data.draw(st.integers(1, 3)),
        padding=data.draw(st.integers(0, 1)),
    )
    layer = Conv(**vars(geometry), channels=3, neuron=NEURON, lr_shift=0)
    weights, payload = random(data, layer.weight_shape, layer.n_in)
    image = image_of(group(layer.n_out), weights, input_bits=8, conv=geometry, n_in=layer.n_in)
    check(image, layer, weights, payload)


def test_shared_synapses_count_what_a_spike_reaches():
    """In a 3x3 image under a 2x2 kernel, the corner is in one patch, the centre in four."""
    geometry = ConvGeometry(in_shape=(3, 3, 1), kernel=2, stride=1, padding=0)
    image = image_of(group(8), np.ones((2, 4)), conv=geometry, n_in=9)
    for pixel, patches in ((0, 1), (1, 2), (4, 4)):
        core = GroupCore(image, "g")
        core.deliver("w", np.eye(9, dtype=int)[pixel : pixel + 1])
        assert core.counts().synaptic_ops == 2 * patches


def test_sums_are_exact_to_the_last_bit():
    """Near 2**31, where float32 would round."""
    weights = np.array([[127, 127, 1]])
    core = GroupCore(image_of(group(1), weights, input_bits=24), "g")
    top = (1 << 23) - 1
    core.deliver("w", np.array([[top, top, 1]]))
    core.tick(0)
    assert core.state("v").tolist() == [[254 * top + 1]]


def test_sums_that_could_be_inexact_are_refused():
    image = image_of(group(1), np.zeros((1, 1 << 16)), input_bits=32)
    with pytest.raises(MicrocodeError, match=r"must be less than 2\*\*53; narrow the payload"):
        GroupCore(image, "g")


def test_clearing_forgets_spikes_under_way():
    core = GroupCore(image_of(group(1), np.array([[5]]), delays=np.array([[1]])), "g")
    core.deliver("w", np.array([[1]]))
    core.tick(0)
    core.clear()
    core.tick(0)
    assert core.state("v").tolist() == [[0]]


def test_weights_are_loaded_in_range_only():
    core = GroupCore(image_of(group(2), np.zeros((2, 3))), "g")
    core.load("w", np.arange(6).reshape(2, 3))
    assert core.weights("w").tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(MicrocodeError, match=r"weights in 128\.\.128: must be in -128\.\.127"):
        core.load("w", np.full((2, 3), 128))
