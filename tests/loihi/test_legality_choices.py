"""What Loihi takes of kinds, losses and feedback, and what Loihi 1 takes of them."""

from dataclasses import replace

import pytest
from legal_networks import NEURON, NO_CLIP, in_layer, in_network, in_neuron, in_rule, legal, whats

from lava_intsnn import loihi, presets
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.loihi.legality import check, nearest_legal
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2
from lava_intsnn.network import Conv, Feedback, FrameEncoder, NetworkError, Recurrence
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import initial_state

RECURRENT = in_layer(0, recurrence=Recurrence(source="spikes"))
ILLEGAL = {
    "rounding": (in_network(rounding=Rounding.FLOOR), [(None, "rounding")], []),
    "loss": (in_rule("loss", kind="random"), [(None, "loss")], []),
    "final": (in_rule("feedback", propagation="final"), [(None, "error propagation")], []),
    "spikes": (
        in_rule("feedback", propagation="feedback"),
        [(None, "error propagation")],
        [],
    ),
    "transposed": (in_rule("feedback", weights="transposed"), [(None, "feedback weights")], []),
    "gated": (
        in_rule("feedback", weights="transposed", time_gated=True),
        [(None, "time_gated"), (None, "feedback weights")],
        [],
    ),
    "normalised": (in_layer(1, normalise=True), [(1, "normalise")], []),
    "decay": (in_layer(1, weight_decay_shift=6), [(1, "weight_decay_shift")], []),
    "delays": (in_layer(1, max_delay=3), [(1, "max_delay")], []),
    "recurrence": (RECURRENT, [(0, "recurrence")], []),
    "voltage": (
        in_layer(0, recurrence=Recurrence(source="voltage", learned=True)),
        [(0, "recurrence")],
        [(0, "recurrence source")],
    ),
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_an_illegal_choice_is_refused_alone_and_mended(name):
    change, learning, inference = ILLEGAL[name]
    network = change(legal())
    for mode, expected in ((True, learning), (False, inference)):
        assert whats(network, learning=mode) == expected
        near = nearest_legal(network, target=LOIHI2, learning=mode)
        assert whats(near, learning=mode) == []
        assert (near == network) == (not expected)


@pytest.mark.parametrize("learning", [True, False])
def test_float32_is_refused(learning):
    network = presets.preset("digits-snn").network("fp32")
    found = check(network, target=LOIHI2, learning=learning)
    assert (found[0].what, found[0].found) == ("precision", "fp32")
    assert not nearest_legal(network, target=LOIHI2, learning=learning).precision.floating


@pytest.mark.parametrize("learning", [True, False])
def test_what_no_executor_takes_is_refused_here_too(learning):
    network = in_neuron(0, guarded=True)(legal(3072, 4, 3))  # the current could wrap twice
    with pytest.raises(NetworkError, match="wrap twice"):
        network.check()
    assert whats(network, learning=learning) == [(None, "widths")]
    assert whats(in_neuron(0, guarded=True)(legal(3071, 4, 3)), learning=learning) == []


@pytest.mark.parametrize("kind", ["standard", "one_sided", "positive"])
def test_legal_losses(kind):
    assert whats(in_rule("loss", kind=kind)(legal())) == []


def test_voltage_recurrence_becomes_spike_recurrence():
    network = in_layer(0, recurrence=Recurrence(source="voltage", shift=2))(legal())
    near = nearest_legal(network, target=LOIHI2, learning=False)
    assert near == in_layer(0, recurrence=Recurrence(source="spikes", shift=2))(legal())


def test_it_is_the_compiler_that_refuses_what_graded_spikes_could_carry():
    network = in_layer(0, recurrence=Recurrence(source="voltage"))(legal())
    binds = {}
    for target in (LOIHI1, LOIHI2):
        found = check(network, target=target, learning=False)
        (binds[target.name],) = (f.binds for f in found if f.what == "recurrence source")
    assert binds == {"loihi1": "hardware", "loihi2": "compiler"}


def test_it_is_the_compiler_that_refuses_weight_decay():
    network = in_layer(1, weight_decay_shift=6)(legal())
    (finding,) = check(network, target=LOIHI2, learning=True)
    assert (finding.what, finding.binds) == ("weight_decay_shift", "compiler")


def test_frozen_layers_may_say_normalise_and_first_weights_be_small():
    network = in_layer(0, plastic=False, normalise=True, init_shift=2)(legal())
    assert check(network, target=LOIHI2, learning=True) == ()
    assert check(in_layer(0, init_shift=2)(legal()), target=LOIHI2, learning=True) == ()


def test_normalised_updates_are_refused_by_compiler_and_learning_engine():
    network = in_layer(0, normalise=True)(legal())
    message = "layer 0: normalise True; hardware takes False: a rule sees one synapse"
    with pytest.raises(NetworkError, match=message):
        loihi.compile(network, initial_state(network), learning=True)
    with pytest.raises(NetworkError, match=message):
        loihi.learning_engine.build(network, initial_state(network))


def test_loihi_1_has_a_third_factor_only_from_an_embedded_processor():
    found = check(legal(), target=LOIHI1, learning=True)
    (finding,) = (f for f in found if f.what == "learning")
    assert finding.binds == "hardware"
    assert "embedded processor" in finding.allowed


def test_a_single_layer_needs_no_feedback_weights():
    feedback = Feedback(weights="transposed", time_gated=True, v_fb_bits=31)
    assert whats(legal(6, 3, feedback=feedback)) == []


def test_a_convolution_runs_but_does_not_learn():
    conv = Conv(in_shape=(8, 8, 1), channels=2, kernel=3, neuron=NEURON, lr_shift=8, clip=NO_CLIP)
    dense = replace(legal().layers[0], n_in=conv.n_out)
    network = legal(layers=(conv, dense))
    assert whats(network, learning=False) == []
    (finding,) = check(network, target=LOIHI2, learning=True)
    assert (finding.layer, finding.what) == (0, "layer")
    assert "nearest legal: plastic False" in str(finding)
    near = nearest_legal(network, target=LOIHI2, learning=True)
    assert near.layers == (replace(conv, plastic=False), dense)
    assert check(near, target=LOIHI2, learning=True) == ()


def test_loihi_1_runs_its_lif_on_binary_input_alone():
    network = legal(encoder=FrameEncoder(max_count=3))
    network = in_layer(0, recurrence=Recurrence(source="spikes", shift=2))(network)
    assert whats(network, target=LOIHI1, learning=False) == [
        (None, "largest input max_count"),
        (0, "neuron"),
        (1, "neuron"),
        (0, "recurrence shift"),
    ]
    near = nearest_legal(network, target=LOIHI1, learning=False)
    assert whats(near, target=LOIHI1, learning=False) == []
    assert all(layer.neuron.guarded for layer in near.layers)


def test_loihi_1_has_no_third_factor():
    guarded = inference_network(legal())
    (finding,) = check(guarded, target=LOIHI1, learning=True)
    assert finding.what == "learning"
    assert finding.mend is None
