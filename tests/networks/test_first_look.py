"""The pre-flight: what it finds in layers that cannot learn, and that its advice helps."""

from dataclasses import replace

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.network import NetworkError
from lava_intsnn.networks.population_probe import probe_samples


@pytest.fixture(scope="module")
def digits():
    return ls.data.digits("train")


def changed(network, index, *, fb_shift=None, **neuron):
    """Return ``network`` with other constants in layer ``index``."""
    layers = list(network.layers)
    layer = layers[index]
    layers[index] = replace(
        layer,
        neuron=replace(layer.neuron, **neuron),
        fb_shift=layer.fb_shift if fb_shift is None else fb_shift,
    )
    return replace(network, layers=tuple(layers))


@pytest.mark.parametrize("name", ["digits-snn", "digits-snn-loihi"])
def test_tuned_presets_get_no_warning(digits, name):
    assert ls.networks.preflight(ls.presets.preset(name).network(), digits).warnings == ()


@pytest.mark.parametrize(("vth", "what"), [(9_000, "dead"), (5, "saturated")])
def test_a_layer_that_cannot_learn_is_named_with_a_threshold_that_mends_it(digits, vth, what):
    broken = changed(ls.networks.dense((64, 50, 10)), 0, vth=vth, window=2 * vth)
    text, *_ = ls.networks.preflight(broken, digits).warnings
    assert f"layer 0 is {what}" in text
    better = int(text.split("vth to about ")[1].split()[0])
    mended = changed(broken, 0, vth=better, window=2 * better)
    assert not [w for w in ls.networks.preflight(mended, digits).warnings if "layer 0" in w]


def test_advice_is_never_what_the_layer_has(digits):
    network = ls.networks.dense((64, 50, 10), precision="8-4")
    network = changed(network, 0, vth=1, window=2)
    state = ls.initial_state(network)
    few = np.full_like(state.weights[0], -9)
    few[0] = 127  # one neuron spikes
    found = ls.networks.preflight(network, digits, replace(state, weights=(few, state.weights[1])))
    dead, *others = [text for text in found.warnings if "layer 0" in text]
    assert "layer 0 is dead" in dead
    assert "no other vth mends it" in dead
    assert "init_centred" in dead
    assert not [text for text in others if "raise its window from 2" in text]
    assert 0 not in found.silent_layers


def test_a_layer_with_one_spiking_neuron_in_a_hundred_is_silent(digits):
    network = ls.networks.dense((64, 100, 10))
    state = ls.initial_state(network)
    none = np.full_like(state.weights[0], -200)
    one, two = none.copy(), none.copy()
    one[0] = two[:2] = 30_000
    for weights, silent in ((none, (0,)), (one, (0,)), (two, ())):
        given = replace(state, weights=(weights, state.weights[1]))
        look = ls.networks.preflight(network, digits, given)
        assert [k for k in look.silent_layers if k == 0] == list(silent)


def test_interleaved_classes_are_all_looked_at(digits):
    labels = np.arange(320, dtype=np.int32) % 5
    images = np.repeat(labels[:, None] * 50, 64, axis=1).astype(np.uint8)
    samples = probe_samples(replace(digits, images=images, labels=labels), 32, values=1)
    assert len(samples) == 32
    assert len(np.unique(samples)) == 5


def test_a_dead_recurrent_layer_is_told_which_way_its_threshold_goes(digits):
    network = ls.presets.preset("digits-snn").network()
    hidden = replace(network.layers[0], recurrence=ls.Recurrence(source="spikes"))
    network = replace(network, layers=(hidden, network.layers[1]))
    for vth, way in ((900_000, "lower its vth, now 900000"), (1, "raise its vth, now 1")):
        look = ls.networks.preflight(changed(network, 0, vth=vth, window=2 * vth), digits)
        assert look.layers[0].warnings[0].endswith(way)


def test_a_closed_gate_is_named(digits):
    network = changed(ls.networks.dense((64, 50, 10)), 1, window=1)
    (text,) = ls.networks.preflight(network, digits).warnings
    assert "layer 1 can hardly learn" in text
    assert "raise its window from 1" in text


def test_feedback_that_outgrows_its_width_is_named(digits):
    network = changed(ls.networks.dense((64, 100, 100, 10), data=digits), 0, fb_shift=0)
    (text,) = ls.networks.preflight(network, digits).warnings
    assert "layer 0 has fb_shift = 0: feedback through layer 1 grows by about" in text


def test_networks_by_rule_warn_when_they_are_made(digits):
    dark = replace(digits, images=np.zeros_like(digits.images))
    dark.images[1] = 9
    with pytest.warns(UserWarning, match="network 'dense-64-50-10': layer 0 is dead"):
        ls.networks.dense((64, 50, 10), data=dark)


def test_a_look_prints_as_a_table(digits):
    look = ls.networks.preflight(ls.networks.dense((64, 50, 10)), digits)
    assert "spikes %" in str(look)
    assert look.samples == 32


def test_what_cannot_be_looked_at_is_refused(digits):
    with pytest.raises(NetworkError, match='needs an integer network: give precision="16-8"'):
        ls.networks.preflight(ls.networks.dense((64, 9, 10), precision="fp32"), digits)
    with pytest.raises(NetworkError, match=r"has 64 values .*8x8.* takes 784"):
        ls.networks.preflight(ls.presets.mnist_snn(), digits)


@pytest.mark.parametrize("samples", [0, -3, "3", 2.5, True])
def test_a_look_needs_a_sample(digits, samples):
    network = ls.networks.dense((64, 9, 10))
    with pytest.raises(NetworkError, match="samples = .* must be an integer in 1"):
        ls.networks.preflight(network, digits, samples=samples)
    assert ls.networks.preflight(network, digits, samples=np.int64(3)).samples == 3
