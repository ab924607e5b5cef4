"""Convolution in the popcount form: the reference's bits for any geometry."""

from dataclasses import replace

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import given
from random_case import Case
from random_networks import cases

from lava_intsnn import presets
from lava_intsnn.engine import Engine
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.network import Conv, Dense, Feedback, Loss, Network, Neuron, RateEncoder
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state


@given(
    cases(features=frozenset({"conv", "losses", "propagation"})).filter(
        lambda case: case.network.check().popcount
    )
)
@family(60, quick=5)
def test_random_networks_learn_the_same_bits(case):
    for threads in (1, 3):
        assert_equal_training(case, threads=threads, form="popcount")


def case_of(network: Network, *, n: int = 12, dark: float = 0.5, seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, network.n_in)).astype(np.uint8)
    images[rng.random(images.shape) < dark] = 0
    return Case(
        network=network,
        state=initial_state(network, seed),
        images=images,
        labels=rng.integers(-1, network.n_classes, n).astype(np.int32),
        keys=train_keys(seed, 0, np.arange(n)),
        lr_boost=0,
    )


def assert_learns(case: Case) -> None:
    """Assert equality with the reference, and that there was something to compare."""
    assert_equal_training(case, threads=2, form="popcount")
    with Engine(case.network, case.state) as engine:
        engine.train_batch(case.images, case.labels, case.keys)
        for before, after in zip(case.state.weights, engine.state().weights, strict=True):
            assert not np.array_equal(before, after)


@pytest.mark.parametrize("name", ["mnist-csnn", "mnist-csnn-paper"])
@pytest.mark.parametrize(
    ("precision", "lanes"), [("16-8", np.int16), ("16-16", np.int32), ("16-8-unbounded", np.int32)]
)
def test_presets_learn_the_same_bits(name, precision, lanes):
    network = replace(presets.preset(name).network(precision), batch=12)
    assert LayerKernel.of(network, 0).w_dtype == lanes
    assert_learns(case_of(network, dark=0.8))


def stack(
    channels: tuple[int, int], *, neuron: Neuron, time_gated: bool = False, encoder: str = "random"
) -> Network:
    """Two convolutions, the first with more channels than one vector holds, and a readout."""
    common = dict(neuron=neuron, lr_shift=4, kernel=3)
    first = Conv(in_shape=(7, 6, 2), channels=channels[0], stride=1, padding=1, **common)
    second = Conv(in_shape=first.out_shape, channels=channels[1], stride=2, **common)
    return Network(
        name="stack",
        layers=(
            replace(first, fb_shift=8),
            replace(second, fb_shift=6),
            Dense(n_in=second.n_out, n_out=5, neuron=Neuron(vth=200, window=800), lr_shift=2),
        ),
        steps=20,
        batch=12,
        encoder=RateEncoder(kind=encoder),
        loss=Loss(kind="standard"),
        feedback=Feedback(time_gated=time_gated),
    )


PLAIN = Neuron(vth=150, window=300)


@pytest.mark.parametrize("encoder", ["random", "low_discrepancy"])
@pytest.mark.parametrize("time_gated", [False, True])
@pytest.mark.parametrize("channels", [(40, 33), (32, 64)])
def test_filters_of_more_than_one_vector(channels, time_gated, encoder):
    assert_learns(case_of(stack(channels, neuron=PLAIN, time_gated=time_gated, encoder=encoder)))


@pytest.mark.parametrize("encoder", ["random", "low_discrepancy"])
@pytest.mark.parametrize(
    "neuron",
    [
        Neuron(vth=150, window=300, v_bits=24, guarded=True),
        Neuron(vth=150, window=300, decay_shift=20),  # more than the lanes are wide
        Neuron(vth=150, window=300, v_bits=9),  # potentials saturate
        Neuron(vth=150, window=1 << 20),  # wider than int16 lanes
        Neuron(vth=1 << 15, window=1 << 16, decay_shift=0),  # a threshold beyond int16
    ],
)
def test_neurons_at_the_edges_of_their_lanes(neuron, encoder):
    case = case_of(stack((4, 3), neuron=neuron, encoder=encoder), dark=0.2)
    assert_equal_training(case, threads=1, form="popcount")


@pytest.mark.parametrize("steps", [1, 31, 32])
@pytest.mark.parametrize("encoder", ["random", "low_discrepancy"])
def test_words_are_used_to_their_last_bit(steps, encoder):
    case = case_of(replace(stack((4, 3), neuron=PLAIN, encoder=encoder), steps=steps), dark=0.2)
    assert_equal_training(case, threads=1, form="popcount")


def test_a_convolution_may_be_the_output():
    network = stack((4, 5), neuron=PLAIN)
    assert_learns(case_of(replace(network, layers=network.layers[:2])))


def test_a_dense_layer_may_feed_a_convolution():
    dense = Dense(n_in=30, n_out=32, neuron=PLAIN, lr_shift=4, fb_shift=4)
    conv = Conv(in_shape=(4, 4, 2), channels=5, kernel=3, stride=1, neuron=PLAIN, lr_shift=2)
    network = replace(stack((4, 5), neuron=PLAIN), layers=(dense, conv))
    for encoder in ("random", "low_discrepancy"):
        assert_learns(case_of(replace(network, encoder=RateEncoder(kind=encoder))))


def test_updates_are_widened_before_they_leave_int32():
    """Three samples at once of the largest update: beyond int32, which holds one of them."""
    conv, readout = presets.mnist_csnn().layers
    conv = replace(conv, neuron=replace(conv.neuron, window=1 << 13))
    readout = replace(readout, neuron=replace(readout.neuron, window=1 << 22))
    network = replace(
        presets.mnist_csnn(), layers=(conv, readout), loss=Loss(kind="standard", alpha=256)
    )
    per_sample = network.check().layers[0].delta // network.batch
    assert per_sample < 1 << 31 < 3 * per_sample
    case = case_of(network, n=3, dark=0)
    case.images[:] = 255
    case.labels[:] = 0
    for w in case.state.weights:
        w[:] = 30000
    assert_equal_training(case, threads=1, form="popcount")
