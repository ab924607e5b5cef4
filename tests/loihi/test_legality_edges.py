"""What Loihi takes of numbers: every limit is taken, and what lies beyond it refused."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from families import family
from hypothesis import assume, given, strategies as st
from legal_networks import in_layer, in_network, in_neuron, in_rule, legal, whats, with_limits
from random_loihi import loihi_networks

from lava_intsnn.loihi.legality import check, nearest_legal
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.network import FrameEncoder, Loss, Network, Precision
from lava_intsnn.state import initial_state, state_in_precision


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
