"""What Loihi takes: networks that are legal, and the nearest legal ones."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import assume, given, strategies as st
from legal_networks import legal, whats
from random_loihi import loihi_networks
from random_networks import EVERYTHING, networks

from lava_intsnn import presets
from lava_intsnn.loihi.legality import check, nearest_legal
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2
from lava_intsnn.network import Conv, NetworkError, Precision
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import State, initial_state


@family(100)
@given(loihi_networks(max_steps=31), st.booleans())
def test_what_the_engine_can_train_is_legal_and_stays_as_it_is(network, learning):
    assume(learning_shifts_suffice(network))
    assert check(network, target=LOIHI2, learning=learning) == ()
    assert nearest_legal(network, target=LOIHI2, learning=learning) is network


def learning_shifts_suffice(network):
    """The strategy leaves the accumulator to chance; this is its formula, written out."""
    bounds = network.check().layers
    return all(
        b.t_corr * b.v_fb << 8 - layer.lr_shift <= 32767 for layer, b in zip(network.layers, bounds)
    )


@pytest.mark.parametrize("name", [n for n in presets.PRESETS if "loihi" in n])
def test_presets_for_loihi_are_legal(name):
    preset = presets.preset(name)
    for epoch in range(preset.recipe.epochs):
        network = preset.recipe.network_at(preset.network(), epoch)
        assert check(network, target=LOIHI2, learning=True) == ()


@family(150)
@given(networks(features=EVERYTHING), st.booleans(), st.sampled_from((LOIHI1, LOIHI2)))
def test_the_nearest_legal_network_is_legal(network, learning, target):
    near = nearest_legal(network, target=target, learning=learning)
    left = check(near, target=target, learning=learning)
    assert not any(finding.mend for finding in left)
    convolutions = any(isinstance(layer, Conv) for layer in network.layers)
    if target is LOIHI2 and not (learning and convolutions) and not network.readout:
        assert left == ()
    without_neighbour = {"learning", "layer", "widths"} | (
        {"neuron kind"} if network.readout else set()
    )
    assert {finding.what for finding in left} <= without_neighbour
    if learning and target is LOIHI1:
        assert "learning" in {finding.what for finding in left}


def test_a_target_may_be_given_by_name():
    net = presets.digits_snn()
    for name, limits in (("loihi1", LOIHI1), ("loihi2", LOIHI2)):
        found = check(net, target=limits, learning=True)
        assert len(found) > 1
        assert list(map(str, check(net, target=name, learning=True))) == list(map(str, found))
        near = nearest_legal(net, target=limits, learning=True)
        assert nearest_legal(net, target=name, learning=True) == near
    with pytest.raises(NetworkError, match="'loihi3': must be one of loihi1, loihi2"):
        check(net, target="loihi3", learning=False)


@pytest.mark.parametrize("precision", ["fp32", "16-16", "16-12", "16-8-unbounded", "16-4", "8-4"])
@pytest.mark.parametrize("learning", [True, False])
@pytest.mark.parametrize("name", ["mnist-snn", "mnist-snn-paper", "digits-snn"])
def test_presets_have_a_legal_neighbour_in_every_precision(name, precision, learning):
    network = presets.preset(name).network(precision)
    near = nearest_legal(network, target=LOIHI2, learning=learning)
    assert check(near, target=LOIHI2, learning=learning) == ()
    assert near.shape == network.shape
    near.check()


@given(st.integers(-2048, 2047))
def test_a_state_may_show_that_wide_weights_fit(weight):
    network = legal(precision=Precision(shadow_bits=12, inference_bits=12, full_range=True))
    weights = [np.zeros_like(w) for w in initial_state(network).weights]
    weights[1][2, 3] = weight
    found = whats(network, learning=False, state=State(weights=tuple(weights)))
    even = weight % 2 == 0 and -256 <= weight <= 254  # the lowest bit is not stored
    taken = -128 <= weight <= 127 or even
    assert found == ([] if taken else [(None, "width of inference weights")])


def test_mended_precision_keeps_thresholds_and_steps_in_proportion():
    near = nearest_legal(presets.preset("mnist-snn").network("16-4"), target=LOIHI2, learning=True)
    assert str(near.precision).startswith("8-8")
    given = presets.preset("mnist-snn").network("16-4").layers[0].neuron
    assert near.layers[0].neuron.vth == given.vth * 16
    assert near.layers[0].neuron.window == given.window * 16


@given(networks(features=EVERYTHING))
def test_the_inference_network_is_the_lif_and_breaks_no_ties(network):
    beyond = any(
        layer.neuron.vth >= 1 << 17 or layer.neuron.decay_shift > 12 for layer in network.layers
    )
    if beyond:
        with pytest.raises(NetworkError):
            inference_network(network)
        return
    lif = inference_network(network)
    assert not lif.tie_break
    for old, new in zip(network.layers, lif.layers):
        assert (new.neuron.guarded, new.neuron.v_bits) == (True, 24)
        assert (new.neuron.vth, new.neuron.decay_shift) == (old.neuron.vth, old.neuron.decay_shift)
        assert replace(new, neuron=old.neuron) == old


def test_a_finding_says_the_value_the_allowed_and_the_nearest():
    network = replace(legal(), batch=128)
    (finding,) = check(network, target=LOIHI2, learning=True)
    assert str(finding) == (
        "network: batch 128; hardware takes 1: a synapse learns after every sample; "
        "nearest legal: 1"
    )


def test_everything_found_is_listed_at_once():
    found = whats(presets.preset("mnist-snn").network())
    assert found == [
        (None, "precision"),
        (None, "batch"),
        (None, "err_bits"),
        (None, "time_gated"),
        (None, "feedback weights"),
        (None, "v_fb_bits"),
        (0, "lr_shift"),
        (1, "lr_shift"),
        (0, "clip"),
        (1, "clip"),
    ]
