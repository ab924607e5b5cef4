"""Input neurons of netx files: the current of each byte, and the spikes it gives."""

from fractions import Fraction

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

from lava_intsnn import reference
from lava_intsnn.engine.encode import encode_steps
from lava_intsnn.formats.netx.netx_input import currents_of_bytes
from lava_intsnn.network import CUBA, Dense, Network, NetworkError, NeuronEncoder
from lava_intsnn.network.serial import dumps, loads
from lava_intsnn.random_keys import eval_keys

NEURON = CUBA(vth=80, window=160, current_decay=4096, voltage_decay=123)
BYTES = np.arange(256)


@given(
    weight=st.integers(-300, 300),
    bias=st.integers(-300, 300),
    pixels=st.sampled_from(((-1.0, 1.0), (0.0, 1.0), (0.0, 255.0), (-0.5, 0.5))),
)
@family(500, quick=100)
def test_currents_are_those_of_the_float_formula(weight, bias, pixels):
    encoder, off = currents_of_bytes(NEURON, weight, bias, pixels)
    exact = [
        weight * (Fraction(pixels[0]) + Fraction(pixels[1] - pixels[0]) * byte / 255) + bias
        for byte in range(256)
    ]
    differences = encoder.current(BYTES) - list(map(int, exact))
    assert np.count_nonzero(differences) == off
    assert np.abs(differences).max() <= 1
    # no product and shift meets whole numbers above 0 and below 0 that a cut goes away from
    whole = np.array([current.denominator == 1 for current in exact])
    assert not differences[~whole].any()


@pytest.mark.parametrize(("weight", "bias"), [(76, 64), (36, 34), (40, 36), (64, 0)])
def test_currents_of_lava_dls_own_files_are_exact(weight, bias):
    """As its PilotNet data set computes them."""
    encoder, off = currents_of_bytes(NEURON, weight, bias, (-1.0, 1.0))
    wanted = (2 * weight * (BYTES / 255) - weight + bias).astype(np.int32)
    np.testing.assert_array_equal(encoder.current(BYTES), wanted)
    assert off == 0


@given(
    weight=st.integers(-90000, 90000),
    bias=st.integers(-2000000, 2000000),
    shift=st.integers(0, 24),
    seed=st.integers(0, 99),
)
@family(100, quick=20)
def test_engine_and_reference_have_the_same_spikes(weight, bias, shift, seed):
    encoder = NeuronEncoder(neuron=NEURON, weight=weight, bias=bias, shift=shift)
    network = Network(
        name="net",
        layers=(Dense(n_in=9, n_out=2, neuron=NEURON, lr_shift=1),),
        steps=12,
        encoder=encoder,
    )
    assert loads(dumps(network)) == network
    try:
        network.check()
    except NetworkError:
        return  # a current beyond what a neuron holds
    samples = np.random.default_rng(seed).integers(0, 256, (3, 9)).astype(np.uint8)
    keys = eval_keys(0, 3)
    found = np.empty((3, 12, 9), np.uint8)
    encode_steps(encoder, samples, keys, found)
    for sample, key, spikes in zip(samples, keys, found):
        np.testing.assert_array_equal(spikes, reference.encode(encoder, sample, key=key, steps=12))


def test_a_current_is_cut_toward_zero():
    encoder = NeuronEncoder(neuron=NEURON, weight=3, bias=-300, shift=3)
    np.testing.assert_array_equal(
        encoder.current(np.array([0, 99, 100, 101, 255])), [-37, 0, 0, 0, 58]
    )
    assert encoder.current_max == 58
