"""Frozen layers in the engine: the reference's bits in every form, and no work for them."""

from dataclasses import replace

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import given
from random_changes import freezing, on_frozen_features
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases
from same_bits import assert_same_results, assert_same_state

from lava_intsnn import presets, reference
from lava_intsnn.contract import BatchResult
from lava_intsnn.engine import Engine
from lava_intsnn.network import Feedback
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state


def _forms(network):
    return ("popcount", "general") if network.check().popcount else ("general",)


@pytest.mark.slow
@given(freezing(cases(features=EVERYTHING)))
@family(150)
def test_any_frozen_layers_leave_the_references_bits(case):
    for form in _forms(case.network):
        for threads in (1, 2):
            assert_equal_training(case, threads=threads, form=form)


@given(on_frozen_features(cases(features=frozenset({"conv"}), max_size=12)))
@family(80, quick=8)
def test_one_by_one_on_frozen_features(case):
    first = slice(0, 12)
    _assert_online(replace(case, **{k: getattr(case, k)[first] for k in _SAMPLES}))


@given(freezing(loihi_cases(max_steps=20)))
@family(80, quick=8)
def test_one_by_one_with_random_feedback(case):
    _assert_online(case)


_SAMPLES = ("images", "labels", "keys")


def _assert_online(case):
    expected, results = case.state, []
    for k in range(len(case.images)):
        one = slice(k, k + 1)
        samples = (getattr(case, name)[one] for name in _SAMPLES)
        expected, result = reference.train_batch(
            case.network, expected, *samples, lr_boost=case.lr_boost
        )
        results.append(result)
    for threads in (1, 2):
        with Engine(case.network, case.state, threads=threads) as engine:
            found = engine.train_online(
                *(getattr(case, name) for name in _SAMPLES), lr_boost=case.lr_boost
            )
            assert_same_results(found, BatchResult.joined(results))
            assert_same_state(engine.state(), expected)


def _head_network():
    """The convolutional preset with frozen filters, learning sample by sample."""
    network = presets.mnist_csnn()
    filters, head = network.layers
    return replace(network, layers=(replace(filters, plastic=False), head), batch=1)


def test_frozen_filters_learn_one_by_one_across_blocks_of_samples():
    """More samples than the workers hold at a time: blocks do not show in the result."""
    network = _head_network()
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (70, network.n_in)).astype(np.uint8)
    images[rng.random(images.shape) < 0.6] = 0
    labels, keys = rng.integers(0, 10, 70).astype(np.int32), train_keys(3, 0, np.arange(70))
    state = initial_state(network, 3)
    states = []
    for form in ("popcount", "general"):
        with Engine(network, state, threads=2, form=form) as engine:
            engine.train_online(images, labels, keys)
            states.append(engine.state())
    assert_same_state(states[0], states[1])
    np.testing.assert_array_equal(states[0].weights[0], state.weights[0])
    assert (states[0].weights[1] != state.weights[1]).any()


def test_no_feedback_is_computed_below_the_lowest_plastic_layer(monkeypatch):
    from lava_intsnn.engine import layer_kernel

    def fail(self):
        raise AssertionError("feedback weights were read")

    monkeypatch.setattr(layer_kernel.LayerKernel, "w_rows", fail)
    network = replace(_head_network(), batch=8)
    rng = np.random.default_rng(4)
    images = rng.integers(0, 256, (8, network.n_in)).astype(np.uint8)
    labels, keys = rng.integers(0, 10, 8).astype(np.int32), train_keys(4, 0, np.arange(8))
    for form in ("popcount", "general"):
        with Engine(network, initial_state(network, 4), threads=1, form=form) as engine:
            engine.train_batch(images, labels, keys)
            assert engine._deltas[0].size == 0


@pytest.mark.parametrize("feedback", [Feedback(), Feedback(weights="random", time_gated=False)])
def test_a_frozen_network_counts_updates_and_changes_nothing(feedback):
    network = presets.digits_snn()
    frozen = tuple(replace(layer, plastic=False) for layer in network.layers)
    network = replace(network, layers=frozen, feedback=feedback, batch=4)
    rng = np.random.default_rng(5)
    images = rng.integers(0, 256, (4, network.n_in)).astype(np.uint8)
    labels, keys = rng.integers(0, 10, 4).astype(np.int32), train_keys(5, 0, np.arange(4))
    state = initial_state(network, 5)
    for form in ("popcount", "general"):
        with Engine(network, state, threads=1, form=form) as engine:
            engine.train_batch(images, labels, keys)
            after = engine.state()
        assert after.updates == 1
        assert all(np.array_equal(a, b) for a, b in zip(after.weights, state.weights))
