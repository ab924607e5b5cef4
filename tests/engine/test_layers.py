"""Windows of any shape, groups, pools, given delays and input neurons: the reference's bits."""

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import assume, given
from random_case import Case
from random_layers import layered_cases
from random_networks import EVERYTHING

from lava_intsnn.network import Conv, Dense, Network, Neuron
from lava_intsnn.state import initial_state


def case_of(*layers, steps=6):
    """A case of ``layers`` with chained feedback and random samples."""
    rng = np.random.default_rng(0)
    network = Network(name="few", layers=layers, steps=steps, batch=4)
    return Case(
        network=network,
        state=initial_state(network, seed=1),
        images=rng.integers(0, 256, (8, network.n_values)).astype(np.uint8),
        labels=rng.integers(0, network.n_classes, 8).astype(np.int32),
        keys=rng.integers(0, 1 << 62, 8).astype(np.uint64),
        lr_boost=0,
    )


def forms(case):
    return ("popcount", "general") if case.network.check().popcount else ("general",)


@pytest.mark.parametrize("padding", [0, 1])
def test_a_position_that_sees_the_whole_image_from_a_later_column_on(padding):
    """Its synapses are one run as long as the image, as those of a dense layer are."""
    neuron = Neuron(vth=40, window=4000)
    case = case_of(
        Conv(in_shape=(2, 4, 1), channels=3, kernel=2, stride=3, neuron=neuron, lr_shift=2),
        Conv(
            in_shape=(1, 1, 3),
            channels=2,
            kernel=1 + padding,
            stride=3,
            padding=padding,
            neuron=neuron,
            lr_shift=2,
        ),
        Dense(n_in=2, n_out=4, neuron=neuron, lr_shift=2),
    )
    for form in forms(case):
        assert_equal_training(case, threads=1, form=form)


@given(layered_cases(features=EVERYTHING - {"conv"}))
@family(300, quick=5)
def test_random_layers_learn_the_same_bits(case):
    for form in forms(case):
        for threads in (1, 2):
            assert_equal_training(case, threads=threads, form=form)


@given(layered_cases(pooled=False, delayed=False, grouped=False, max_steps=32, most=6))
@family(200, quick=3)
def test_words_have_windows_of_any_shape_and_input_neurons(case):
    """What is one bit a step needs no general form, unless a trace counts spikes."""
    counting = any(layer.trace_shift == 0 for layer in case.network.layers)
    assert ("popcount" in forms(case)) == (not counting)
    assume(not counting)
    assert_equal_training(case, threads=2, form="popcount")
