"""The readout of mnist-csnn learns on the virtual core, on pre-trained filters, bit for bit."""

import numpy as np
import pytest
from same_bits import assert_same_results, assert_same_state

import lava_intsnn as ls
from lava_intsnn import loihi, presets
from lava_intsnn.engine import Engine
from lava_intsnn.random_keys import train_keys


def _start():
    network = presets.mnist_csnn_head_loihi()
    return network, ls.state_on_features(network, *ls.pretrained("mnist-csnn"), seed=2)


def _learn_in_both(network, state, images, labels):
    """Learn samples on the chip and in the engine; return the state of the chip."""
    keys = train_keys(state.seed, 0, np.arange(len(images)))
    image = loihi.compile(network, state)
    with (
        loihi.VirtualChip(image, network=network, seed=state.seed, updates=state.updates) as chip,
        Engine(network, state) as engine,
    ):
        there = chip.train_online(images, labels, keys)
        here = engine.train_online(images, labels, keys)
        assert_same_results(there, here)
        assert_same_state(chip.state(), engine.state())
        assert_same_results(chip.infer_batch(images, keys), engine.infer_batch(images, keys))
        return chip.state()


def _strokes(n):
    """Images of a few bright strokes, which the filters see."""
    rng = np.random.default_rng(9)
    images = np.zeros((n, 28, 28), np.uint8)
    for image in images:
        for _ in range(4):
            y, x = rng.integers(2, 20, 2)
            height, width = ((6, 2), (2, 6))[rng.integers(2)]
            image[y : y + height, x : x + width] = rng.integers(128, 256)
    return images.reshape(n, -1), (np.arange(n) % 10).astype(np.int32)


def test_filters_have_the_bits_of_the_pretrained_network():
    network, state = _start()
    donor, learned = ls.pretrained("mnist-csnn")
    np.testing.assert_array_equal(state.w(network, 0), learned.w(donor, 0))
    assert network.layers[0].neuron == donor.layers[0].neuron
    assert network.encoder == donor.encoder


def test_it_is_legal_on_three_cores():
    report = loihi.preflight(presets.mnist_csnn_head_loihi())
    assert report.fits
    assert len(report.placement.cores) == 3
    assert [warning.what for warning in report.warnings] == ["axons in"]


def test_samples_learned_on_the_chip_leave_the_engines_bits():
    network, state = _start()
    after = _learn_in_both(network, state, *_strokes(4))
    np.testing.assert_array_equal(after.weights[0], state.weights[0])
    assert (after.weights[1] != state.weights[1]).any()


@pytest.mark.slow
def test_hundreds_of_digits_learned_on_the_chip_leave_the_engines_bits():
    try:
        digits = ls.data.load("mnist", "train", download=False).head(400)
    except ls.data.DataError as error:
        pytest.skip(f"no data: {error}")
    network, state = _start()
    after = _learn_in_both(network, state, digits.images, digits.labels.astype(np.int32))
    assert after.updates == 400
