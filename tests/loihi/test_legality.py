"""What Loihi takes: every rule at its edge, and the nearest legal network."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from families import family
from hypothesis import assume, given, strategies as st
from random_loihi import loihi_networks
from random_networks import EVERYTHING, networks

from lava_intsnn import loihi, presets
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.loihi.legality import check, nearest_legal
from lava_intsnn.loihi.legality.change import at
from lava_intsnn.loihi.limits import LOIHI1, LOIHI2, Limits
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.state import State, initial_state, state_in_precision

NEURON = Neuron(vth=100, window=200)
NO_CLIP = (1 << 30) - 1


def legal(*sizes: int, **changes: Any) -> Network:
    """Return a dense network that Loihi 2 can train."""
    sizes = sizes or (6, 5, 3)
    layers = tuple(
        Dense(n_in=n_in, n_out=n_out, neuron=NEURON, lr_shift=8, clip=NO_CLIP)
        for n_in, n_out in zip(sizes, sizes[1:])
    )
    fields: dict[str, Any] = {
        "name": "legal",
        "layers": layers,
        "steps": 8,
        "batch": 1,
        "precision": Precision(shadow_bits=8, inference_bits=8, full_range=True),
        "loss": Loss(alpha=64, err_bits=8),
        "feedback": Feedback(weights="random", time_gated=False, v_fb_bits=8),
    }
    return Network(**(fields | changes))


def in_network(**changes):
    return at(**changes)


def in_rule(rule, **changes):
    return at(rule, **changes)


def in_layer(index, **changes):
    return at("layers", index, **changes)


def in_neuron(index, **changes):
    return at("layers", index, "neuron", **changes)


def with_limits(target: Limits, **values: int) -> Limits:
    """Return ``target`` with other numbers in some of its limits."""
    changes = {name: replace(getattr(target, name), value=v) for name, v in values.items()}
    return replace(target, **changes)


def whats(network, *, learning=True, target=LOIHI2, state=None):
    found = check(network, target=target, learning=learning, state=state)
    return [(finding.layer, finding.what) for finding in found]


# --- legal networks -----------------------------------------------------------------------------


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


# --- edges of numbers ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Edge:
    """A number of the description, its largest legal value, and the largest one there can be."""

    what: str
    at: int
    most: int
    make: Callable[[Network, int], Network]
    layer: int | None = None
    learning: bool = True
    inference: bool = False


def hidden(change: Callable[..., Callable[[Network], Network]], name: str):
    return lambda network, value: change(0, **{name: value})(network)


def whole(rule: str, name: str):
    return lambda network, value: in_rule(rule, **{name: value})(network)


EDGES = [
    Edge(
        "v_bits",
        24,
        31,
        lambda network, bits: in_neuron(0, vth=9, window=9, guarded=False, v_bits=bits)(network),
        layer=0,
        inference=True,
    ),
    Edge("batch", 1, 1 << 16, lambda network, batch: in_network(batch=batch)(network)),
    Edge("err_bits", 8, 31, whole("loss", "err_bits")),
    Edge("v_fb_bits", 8, 31, whole("feedback", "v_fb_bits")),
    Edge("random_max", 127, (1 << 15) - 1, whole("feedback", "random_max")),
    Edge("lr_shift", 8, 36, hidden(in_layer, "lr_shift"), layer=0),
]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.what)
@family(40)
@given(data=st.data())
def test_a_number_at_its_limit_is_taken_and_beyond_refused(edge, data):
    network = data.draw(loihi_networks().filter(lambda n: len(n.layers) > 1))
    network = edge.make(network, edge.at)
    for index in range(len(network.layers)):  # leaves the accumulator out of it
        network = in_layer(index, lr_shift=8)(network)
    beyond = edge.make(network, data.draw(st.integers(edge.at + 1, edge.most)))
    assert whats(network) == []
    (finding,) = check(beyond, target=LOIHI2, learning=True)
    assert (finding.layer, finding.what) == (edge.layer, edge.what)
    assert finding.binds == "hardware"
    assert str(edge.at) in finding.allowed
    assert finding.mend is not None
    assert check(finding.mend(beyond), target=LOIHI2, learning=True) == ()
    assert whats(beyond, learning=False) == ([(0, edge.what)] if edge.inference else [])


@given(st.integers(9, 16), st.integers(0, 8))
def test_inference_weights_beyond_a_synapse_are_refused(bits, headroom):
    def network(inference_bits, headroom_bits):
        precision = Precision(inference_bits=inference_bits, headroom_bits=headroom_bits)
        return legal(precision=precision)

    refused = [(None, "width of inference weights")]
    assert whats(network(8, 0), learning=False) == []
    assert whats(network(bits, 0), learning=False) == refused
    assert whats(network(8 - headroom, headroom), learning=False) == [] if headroom < 7 else True
    assert whats(network(8, 1 + headroom % 8), learning=False) == refused


@given(st.integers(3, 24), st.booleans(), st.data())
def test_shadow_weights_are_refused_where_synapses_learn(shadow, full_range, data):
    inference = data.draw(st.integers(2, shadow))
    precision = Precision(shadow_bits=shadow, inference_bits=inference, full_range=full_range)
    taken = (shadow, inference, full_range) == (8, 8, True)
    found = whats(legal(precision=precision, layers=legal().layers))
    assert ((None, "precision") in found) == (not taken)


@given(st.integers(0, 62), st.integers(1, 4))
def test_delays_beyond_a_synapse_are_refused(top, beyond):
    target = with_limits(LOIHI2, delay_max=top)
    at = in_layer(0, max_delay=top)(legal())
    assert whats(at, target=target, learning=False) == []
    assume(top + beyond <= 62)
    over = in_layer(0, max_delay=top + beyond)(at)
    assert whats(over, target=target, learning=False) == [(0, "max_delay")]
    assert nearest_legal(over, target=target, learning=False) == at
    assert whats(over, target=target) == [(0, "max_delay")]
    assert nearest_legal(over, target=target, learning=True).layers[0].max_delay == 0


def test_delays_that_learn_are_refused_by_name_and_run():
    learns = {"max_delay": 3, "delay_source": "state", "delay_bits": 8, "delay_lr_shift": 9}
    at = in_layer(0, **learns)(legal())
    (found,) = check(at, target=LOIHI2, learning=True)
    assert (found.layer, found.what) == (0, "max_delay")
    assert "no fractional bits" in found.allowed
    assert nearest_legal(at, target=LOIHI2, learning=True) == legal()
    assert check(at, target=LOIHI2, learning=False) == ()  # delays in use are whole steps
    frozen = in_layer(0, plastic=False)(at)
    (found,) = check(frozen, target=LOIHI2, learning=True)
    assert (found.layer, found.what) == (0, "delay_bits")
    near = nearest_legal(frozen, target=LOIHI2, learning=True)
    assert check(near, target=LOIHI2, learning=True) == ()
    state = initial_state(at, 3)
    held = state_in_precision(near, at, state)
    assert np.array_equal(
        near.layers[0].delays(held.delays[0]), at.layers[0].delays(state.delays[0])
    )


@given(st.integers(32, 400), st.integers(1, 8))
def test_spike_trains_longer_than_a_tag_counts_are_refused(steps, trace_shift):
    trace = in_layer(0, trace_shift=trace_shift)
    assert whats(trace(legal(steps=31, loss=Loss(alpha=1, err_bits=8)))) == []
    over = trace(legal(steps=steps, loss=Loss(alpha=1, err_bits=8)))
    assert whats(over) == [(layer, "eligibility trace T_corr") for layer in (0, 1)]
    assert nearest_legal(over, target=LOIHI2, learning=True).steps == 31
    assert whats(over, learning=False) == []


@given(st.integers(1, 40))
def test_a_trace_that_counts_spikes_fills_the_tag_sooner(steps):
    network = in_layer(1, trace_shift=0)(legal(steps=steps, loss=Loss(alpha=1, err_bits=8)))
    over = [(1, "eligibility trace T_corr")] if steps * (steps + 1) // 2 > 31 else []
    over = [(0, "eligibility trace T_corr")] * (steps > 31) + over
    assert whats(network) == over
    assert whats(nearest_legal(network, target=LOIHI2, learning=True)) == []


@given(st.integers(1, 255))
def test_counts_beyond_a_presynaptic_trace_are_refused(max_count):
    # one layer and wide tags, or the tag would refuse all that the trace does
    target = with_limits(LOIHI2, tag_bits=16)
    network = legal(6, 3, steps=2, encoder=FrameEncoder(max_count=max_count), loss=Loss(alpha=1))
    network = in_rule("loss", err_bits=8)(in_layer(0, trace_shift=8)(network))
    taken = max_count + (max_count > 1) <= 127  # (x >> 8) + x, and one for a floor
    assert whats(network, target=target) == ([] if taken else [(0, "presynaptic trace")])
    assert whats(nearest_legal(network, target=target, learning=True), target=target) == []


@family(100)
@given(loihi_networks(max_steps=31), st.data())
def test_updates_beyond_the_accumulator_are_refused(network, data):
    index = data.draw(st.integers(0, len(network.layers) - 1))
    for other in range(len(network.layers)):
        network = in_layer(other, lr_shift=8)(network)
    bounds = network.check().layers[index]
    fits = [s for s in range(9) if bounds.t_corr * bounds.v_fb * 2 ** (8 - s) <= 32767]
    assert whats(in_layer(index, lr_shift=fits[0])(network)) == []
    assume(fits[0] > 0)
    over = in_layer(index, lr_shift=data.draw(st.integers(0, fits[0] - 1)))(network)
    assert whats(over) == [(index, "largest update in 1/256 of a weight")]
    near = nearest_legal(over, target=LOIHI2, learning=True)
    assert near.layers[index].lr_shift == fits[0]


@family(100)
@given(loihi_networks(), st.integers(1, 400))
def test_a_clip_that_could_act_is_refused(network, clip):
    network = in_layer(0, lr_shift=5, clip=clip)(network)
    bounds = network.check().layers[0]
    assume(bounds.t_corr * bounds.v_fb * 8 <= 32767)
    # the largest update, rounded up; a step of 255 takes a weight from end to end
    acts = clip < min(-(-bounds.t_corr * bounds.v_fb // 32), 255)
    assert ((0, "clip") in whats(network)) == acts
    assert (0, "clip") not in whats(nearest_legal(network, target=LOIHI2, learning=True))
    assert whats(network, learning=False) == []


@given(st.integers(1, 1 << 18))
def test_sums_beyond_the_current_are_refused(n_in):
    network = legal(n_in, 2, 2)
    found = whats(network, learning=False)
    assert found == ([(0, "synaptic sum")] if n_in * 128 > (1 << 23) - 1 else [])


@pytest.mark.parametrize("n_in", [65535, 65536])
def test_the_largest_sum(n_in):
    found = check(legal(n_in, 2, 2), target=LOIHI2, learning=False)
    assert [finding.mend for finding in found] == ([None] if n_in == 65536 else [])


@pytest.mark.parametrize(("classes", "what"), [(520, []), (521, [(None, "feedback sum")])])
def test_feedback_sums_beyond_the_current_are_refused(classes, what):
    network = in_rule("feedback", random_max=127)(legal(4, 3, classes))
    network = in_rule("loss", alpha=127)(network)
    assert classes * 127 * 127 <= (1 << 23) - 1 or what
    assert whats(network) == what
    assert whats(nearest_legal(network, target=LOIHI2, learning=True)) == []


@given(st.integers(0, 12), st.integers(1, 255))
def test_counts_beyond_a_graded_spike_are_refused(bits, max_count):
    target = with_limits(LOIHI2, graded_spike_bits=bits)
    network = legal(encoder=FrameEncoder(max_count=max_count))
    top = min(255, max(1, 2 ** (bits - 1) - 1))  # a sign, and a binary spike at least
    found = whats(network, target=target, learning=False)
    assert found == ([(None, "largest input max_count")] if max_count > top else [])
    near = nearest_legal(network, target=target, learning=False)
    assert near.encoder.max_count == min(max_count, top)


# --- choices ------------------------------------------------------------------------------------

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


# --- Loihi 1 ------------------------------------------------------------------------------------


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


# --- states, neighbours and words ---------------------------------------------------------------


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
