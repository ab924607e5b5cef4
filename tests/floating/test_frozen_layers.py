"""Frozen layers in the float twin."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from lava_intsnn import presets
from lava_intsnn.floating import FloatEngine
from lava_intsnn.network import Recurrence
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state


@pytest.mark.parametrize("plastic", list(product((False, True), repeat=2)))
@pytest.mark.parametrize("name", ["digits-snn", "mnist-csnn", "recurrent"])
def test_one_update_moves_plastic_layers_as_if_all_were(name, plastic):
    network = presets.preset("digits-snn" if name == "recurrent" else name).network("fp32")
    if name == "recurrent":
        recurrence = Recurrence(source="spikes", learned=True, lr_shift=8)
        hidden, output = network.layers
        network = replace(network, layers=(replace(hidden, recurrence=recurrence), output))
    network = replace(network, batch=70)  # more than one block of samples
    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, (70, network.n_in)).astype(np.uint8)
    labels, keys = rng.integers(0, 10, 70).astype(np.int32), train_keys(7, 0, np.arange(70))
    state = initial_state(network, 7)
    frozen = replace(
        network,
        layers=tuple(replace(layer, plastic=p) for layer, p in zip(network.layers, plastic)),
    )
    with FloatEngine(network, state) as all_learn, FloatEngine(frozen, state, threads=2) as some:
        expected = all_learn.train_batch(images, labels, keys)
        found = some.train_batch(images, labels, keys)
        moved, mine = all_learn.state(), some.state()
    np.testing.assert_array_equal(found.counts, expected.counts)
    assert mine.updates == moved.updates == 1
    for index, learns in enumerate(plastic):
        wanted = moved if learns else state
        np.testing.assert_array_equal(mine.weights[index], wanted.weights[index])
        assert (moved.weights[index] != state.weights[index]).any()
