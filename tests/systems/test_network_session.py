"""Reference and Lava learn the same bits: random networks, and the presets."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from equal_executor import assert_learns_the_reference
from families import family
from hypothesis import HealthCheck, Phase, given
from lava.magma.core.run_configs import Loihi2SimCfg
from random_case import Case
from random_layers import layered_cases, learning_delays
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases
from same_bits import assert_same_results, assert_same_state

from lava_intsnn import data, presets, reference
from lava_intsnn.network import PRECISIONS, Conv, Dense, Network, Neuron
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build


def assert_equal_everywhere(case: Case) -> None:
    with session(build(case.network, case.state, capacity=64), timeout=600) as lava:
        assert_learns_the_reference(case, lava)


SETTINGS = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    # the networks are small: shrinking takes minutes here
    "phases": [Phase.reuse, Phase.generate],
    "print_blob": True,
}


@given(cases(max_size=12, max_steps=24, features=EVERYTHING))
@family(200, quick=7, **SETTINGS)
def test_random_networks_learn_the_same_bits(case):
    assert_equal_everywhere(case)


@pytest.mark.slow
@given(layered_cases(features=EVERYTHING - {"conv"}, max_steps=12))
@family(100, quick=5, **SETTINGS)
def test_random_windows_pools_and_delays_learn_the_same_bits(case):
    assert_equal_everywhere(case)


@pytest.mark.slow
@given(learning_delays(cases(max_size=12, max_steps=24, features=EVERYTHING)))
@family(200, quick=4, **SETTINGS)
def test_random_networks_learn_the_same_delays(case):
    assert_equal_everywhere(case)


@given(loihi_cases())
@family(100, quick=4, **SETTINGS)
def test_random_legal_networks_learn_the_same_bits(case):
    assert_equal_everywhere(case)


@pytest.mark.parametrize(
    "hidden",
    [
        (30,),
        (20, 16, 12),
        pytest.param((), marks=pytest.mark.slow),
        pytest.param((24, 18), marks=pytest.mark.slow),
    ],
)
def test_random_feedback_reaches_every_depth(hidden):
    """Every layer learns, from large weights: some come to the lower limit of two's complement."""
    network = presets.preset("digits-snn-loihi").network()
    first, output = network.layers
    sizes = (64, *hidden)
    layers = [
        replace(first, n_in=n_in, n_out=n_out, neuron=replace(first.neuron, vth=300))
        for n_in, n_out in pairwise(sizes)
    ]
    output = replace(output, n_in=sizes[-1], neuron=replace(output.neuron, vth=300))
    network = replace(network, name="deep", layers=(*layers, output))
    digits, start = data.digits("train").head(60), initial_state(network, 2)
    start = replace(start, weights=tuple(np.clip(4 * w, -127, 127) for w in start.weights))
    keys, labels = train_keys(2, 0, np.arange(60)), digits.labels.copy()
    labels[5::7] = -1  # no error, whatever the sample before left behind
    expected = start
    for k in range(60):
        part = slice(k, k + 1)
        expected, _ = reference.train_batch(
            network, expected, digits.images[part], labels[part], keys[part]
        )
    with session(build(network, start, capacity=25), timeout=600) as lava:
        lava.train_online(digits.images, labels, keys)
        assert_same_state(lava.state(), expected)
    assert all((a != b).any() for a, b in zip(expected.weights, start.weights))
    assert min(w.min() for w in expected.weights) == -128


@pytest.mark.parametrize("precision", [*PRECISIONS, "16-8-unbounded"])
@pytest.mark.parametrize("name", ["digits-snn", "mnist-snn-paper"])
def test_presets_learn_the_same_bits(name, precision):
    network = replace(presets.preset(name).network(precision), batch=5)
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (12, network.n_values)).astype(np.uint8)
    images[rng.random(images.shape) < 0.8] = 0
    assert_equal_everywhere(
        Case(
            network=network,
            state=initial_state(network, 5),
            images=images,
            labels=rng.integers(0, 10, 12).astype(np.int32),
            keys=train_keys(5, 0, np.arange(12)),
            lr_boost=0,
        )
    )


@pytest.mark.parametrize("tag", ["fixed_pt", "microcode"])
def test_delays_of_another_state_are_loaded(tag):
    rng, digits = np.random.default_rng(0), data.digits("test").head(8)
    hidden, output = presets.digits_snn().layers
    hidden = replace(hidden, max_delay=5, delay_source="state")
    network = replace(presets.digits_snn(), layers=(hidden, output), batch=8)
    first = initial_state(network, 3)
    second = replace(first, delays=(rng.integers(0, 6, hidden.weight_shape), None))
    keys = train_keys(3, 0, np.arange(8))
    expected = reference.infer_batch(network, second, digits.images, keys)
    assert (
        expected.counts != reference.infer_batch(network, first, digits.images, keys).counts
    ).any()
    system = build(network, first, learning=False, capacity=8)
    with session(system, Loihi2SimCfg(select_tag=tag), timeout=600) as lava:
        lava.infer_batch(digits.images, keys)
        lava.load(second)
        assert_same_results(lava.infer_batch(digits.images, keys), expected)
        assert lava.state().equals(second)


def test_windows_and_groups_run_as_microcode():
    neurons = {"neuron": Neuron(vth=50, window=9), "lr_shift": 0}
    conv = Conv(
        in_shape=(8, 8, 1), channels=4, kernel=(3, 2), stride=(2, 1), padding=(1, 0), **neurons
    )
    grouped = Conv(
        in_shape=conv.out_shape, channels=8, kernel=2, stride=2, dilation=(1, 2), groups=4,
        **neurons,
    )  # fmt: skip
    layers = (conv, grouped, Dense(n_in=grouped.n_out, n_out=10, **neurons))
    network = Network(name="windows", layers=layers, steps=10, batch=4)
    state, images = initial_state(network, 1), data.digits("test").images[:6]
    keys = train_keys(1, 0, np.arange(6))
    expected = reference.infer_batch(network, state, images, keys)
    assert expected.counts.any()
    system = build(network, state, learning=False, capacity=8)
    with session(system, Loihi2SimCfg(select_tag="microcode"), timeout=600) as lava:
        assert_same_results(lava.infer_batch(images, keys), expected)
