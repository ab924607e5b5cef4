"""What a network has learned, in another precision."""

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn import loihi, presets
from lava_intsnn.network import NetworkError
from lava_intsnn.state import initial_state, state_in_precision


@pytest.mark.parametrize("precision", ["8-8", "16-8", "16-4", "12-7", "16-9"])
def test_inference_weights_are_halved_for_each_bit_less(precision):
    donor, network = presets.digits_snn(precision="16-9"), presets.digits_snn(precision=precision)
    learned = initial_state(donor, 3)
    state = state_in_precision(network, donor, learned)
    fewer = donor.precision.inference_bits - network.precision.inference_bits
    for index in range(len(network.layers)):
        expected = np.floor(learned.w(donor, index) / 2**fewer)
        if precision == "8-8":  # symmetric, and without bits below: there is no -128
            expected = np.maximum(expected, -127)
        np.testing.assert_array_equal(state.w(network, index), expected)
    assert (state.seed, state.updates) == (learned.seed, learned.updates)


def test_more_bits_are_zeros():
    donor, network = presets.digits_snn(precision="8-8"), presets.digits_snn(precision="16-8")
    learned = initial_state(donor, 3)
    state = state_in_precision(network, donor, learned)
    np.testing.assert_array_equal(state.weights[0], 256 * learned.weights[0])
    np.testing.assert_array_equal(state.w(network, 0), learned.w(donor, 0))


def test_what_was_learned_survives_in_the_nearest_legal_network():
    donor, learned = ls.pretrained("digits-snn")
    legal = loihi.nearest_legal(donor, target="loihi2", learning=True)
    state = ls.state_in_precision(legal, donor, learned)
    test = ls.data.digits("test")
    assert ls.evaluate(legal, state, test).accuracy == ls.evaluate(donor, learned, test).accuracy


def test_other_layers_and_floats_are_refused():
    donor = presets.digits_snn()
    learned = initial_state(donor)
    with pytest.raises(NetworkError, match="give a network of the same layers"):
        state_in_precision(presets.mnist_snn(), donor, learned)
    with pytest.raises(NetworkError, match="precision fp32.*must be integers"):
        state_in_precision(presets.digits_snn(precision="fp32"), donor, learned)
