"""Freezing layers, and states whose frozen layers come from another network."""

from dataclasses import replace

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn import presets
from lava_intsnn.network import NetworkError, frozen
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import initial_state, state_on_features


def test_the_layers_named_are_frozen_and_all_others_learn():
    network = frozen(presets.mnist_csnn(), [0])
    assert [layer.plastic for layer in network.layers] == [False, True]
    assert [layer.plastic for layer in frozen(network, (1,)).layers] == [True, False]
    assert frozen(network, ()) == presets.mnist_csnn()


@pytest.mark.parametrize("index", [2, -1, "0", True, 0.0])
def test_there_is_no_other_layer_to_freeze(index):
    with pytest.raises(NetworkError, match=r"layer to freeze = .*0\.\.1"):
        frozen(presets.mnist_csnn(), [index])


@pytest.mark.parametrize("layers", [1, None, 0.5])
def test_layers_to_freeze_are_a_list(layers):
    with pytest.raises(NetworkError, match=rf"layer to freeze = {layers}: give a list.* 0\.\.1"):
        frozen(presets.mnist_csnn(), layers)


@pytest.mark.parametrize("precision", ["8-8", "16-8", "16-16", "fp32"])
def test_features_compute_the_same_in_another_precision(precision):
    donor = presets.mnist_csnn(precision="fp32" if precision == "fp32" else "16-8")
    if precision == "16-16":
        donor = presets.mnist_csnn(precision="16-16")
    learned = initial_state(donor, 3)
    network = frozen(presets.mnist_csnn(precision=precision), [0])
    if precision != "fp32":
        network = replace(network, precision=replace(network.precision, full_range=True))
    state = state_on_features(network, donor, learned, seed=5)
    np.testing.assert_array_equal(state.w(network, 0), learned.w(donor, 0))
    np.testing.assert_array_equal(state.weights[1], initial_state(network, 5).weights[1])
    assert (state.seed, state.updates) == (5, 0)
    state.validate(network)


def test_features_keep_their_delays():
    plain = presets.digits_snn()
    delayed = replace(plain.layers[0], max_delay=4, delay_source="state")
    donor = replace(plain, layers=(delayed, *plain.layers[1:]))
    learned, rng = initial_state(donor, 3), np.random.default_rng(1)
    given = rng.integers(0, 5, learned.weights[0].shape)
    learned = replace(learned, delays=(given, None))
    state = state_on_features(frozen(donor, [0]), donor, learned, seed=5)
    state.validate(frozen(donor, [0]))
    np.testing.assert_array_equal(state.delays[0], given)
    for other in ({"max_delay": 0, "delay_source": "seed"}, {"max_delay": 3}):
        layers = (replace(delayed, **other), *plain.layers[1:])
        network = frozen(replace(plain, layers=layers), [0])
        with pytest.raises(NetworkError, match="other delays .* max_delay = 4"):
            state_on_features(network, donor, learned)


def test_drawn_delays_of_features_may_stand_in_the_state():
    plain = presets.digits_snn()
    drawn = replace(plain.layers[0], max_delay=4, delay_seed=7)
    donor = replace(plain, layers=(drawn, *plain.layers[1:]))
    held = replace(drawn, delay_seed=0, delay_source="state")
    network = frozen(replace(plain, layers=(held, *plain.layers[1:])), [0])
    state = state_on_features(network, donor, initial_state(donor, 3))
    np.testing.assert_array_equal(state.delays[0], drawn.delays())


def test_what_cannot_be_features_is_refused_by_name():
    donor = presets.mnist_csnn()
    learned = initial_state(donor)
    with pytest.raises(NetworkError, match="has no frozen layer"):
        state_on_features(presets.mnist_csnn(), donor, learned)
    with pytest.raises(NetworkError, match="give both the same inference bits"):
        state_on_features(frozen(presets.mnist_csnn(precision="8-4"), [0]), donor, learned)
    with pytest.raises(NetworkError, match=r"layer 0 of 'mnist-snn' is dense .* has \('conv'"):
        state_on_features(frozen(presets.mnist_snn(), [0]), donor, learned)
    lowest = replace(learned, weights=tuple(np.full_like(w, -32767) for w in learned.weights))
    symmetric = frozen(presets.mnist_csnn(precision="8-8"), [0])
    with pytest.raises(NetworkError, match="give it full_range"):
        state_on_features(symmetric, donor, lowest)


def test_halving_the_error_leaves_frozen_layers_alone():
    network = presets.mnist_csnn_head_loihi()
    recipe = Recipe(epochs=4, lr_drops=(), error_drops=(25, 50, 75))
    assert [recipe.network_at(network, epoch).loss.alpha for epoch in range(4)] == [64, 32, 16, 8]
    assert recipe.network_at(network, 3).layers == network.layers


def test_the_names_are_public():
    assert ls.frozen is frozen
    assert ls.state_on_features is state_on_features
