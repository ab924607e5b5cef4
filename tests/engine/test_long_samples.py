"""Samples longer than a word: the reference's bits with spikes, counts, delays and recurrence."""

from dataclasses import replace

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import assume, given, strategies as st
from random_case import case_of, provable, seeded_case
from random_networks import networks
from random_parts import recurrences

from lava_intsnn import presets
from lava_intsnn.engine.long_arcs import long_arc_code
from lava_intsnn.network.encoders import LOW_DISCREPANCY_STEP

STEPS = (33, 64, 65, 100, 250)
LONG = frozenset({"delays", "frames", "propagation", "losses", "random_feedback"})


@st.composite
def long_cases(draw):
    """Dense networks of long samples with delays up to a Loihi 2 synapse's."""
    network = draw(networks(features=LONG, max_size=40))
    layers = list(network.layers)
    for index, layer in enumerate(layers):
        if layer.max_delay:
            layers[index] = replace(layer, max_delay=draw(st.sampled_from((5, 19, 62))))
        elif not layer.neuron.guarded and draw(st.booleans()):
            layers[index] = replace(layer, recurrence=draw(recurrences()))
    steps = draw(st.sampled_from(STEPS))
    network = replace(network, layers=tuple(layers), steps=steps)
    assume(provable(network))
    return draw(case_of(network, most=min(2 * network.batch, 20)))


@given(long_cases())
@family(100, quick=6)
def test_long_samples_learn_the_same_bits(case):
    assert_equal_training(case, threads=1, form="general")


@pytest.mark.parametrize("change", [{}, {"max_delay": 62}])
def test_spoken_digits_in_many_frames_learn_the_same_bits(change):
    network = presets.preset("shd-snn").network("16-12")
    first, last = network.layers
    layers = replace(first, n_in=21, n_out=40, **change), replace(last, n_in=40)
    network = replace(network, layers=layers, steps=65, batch=18)
    case = seeded_case(network, samples=36, seed=3)
    images = case.images & 7
    images[np.random.default_rng(4).random(images.shape) < 0.6] = 0
    assert_equal_training(replace(case, images=images), threads=1, form="general")


@pytest.mark.parametrize("steps", [1, 32, *STEPS])
def test_an_arc_is_the_spikes_of_its_pixel(steps):
    order, spans = long_arc_code(steps)
    offset = (LOW_DISCREPANCY_STEP * np.arange(steps)) & 255
    rng = np.random.default_rng(steps)
    for pixel, r in [(0, 3), (255, 0), (1, 0), *rng.integers(0, 256, (200, 2)).tolist()]:
        start, end = spans[pixel, r].tolist()
        ranks = np.arange(steps)
        on = (ranks >= start) & (ranks < end) if start <= end else (ranks >= start) | (ranks < end)
        spikes = np.zeros(steps, bool)
        spikes[order] = on
        np.testing.assert_array_equal(spikes, pixel > ((r + offset) & 255))
