"""What the compiler makes of a network: programs read line by line, schedules, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given
from random_loihi import loihi_networks

from lava_intsnn import loihi, presets
from lava_intsnn.loihi.cost import steps_per_sample
from lava_intsnn.loihi.microcode import Slot, assemble, decode, disassemble, encode
from lava_intsnn.loihi.microcode.compiler import CoreSchedule
from lava_intsnn.loihi.preflight_report import LegalityError
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.state import initial_state

LEARNED = Precision(shadow_bits=8, inference_bits=8, full_range=True)


def dense(n_in, n_out, *, vth=20, window=40, neuron=None, **others):
    neuron = neuron or Neuron(vth=vth, window=window)
    return Dense(n_in=n_in, n_out=n_out, neuron=neuron, lr_shift=5, clip=1 << 20, **others)


def network(*layers, **others):
    settings = {
        "steps": 3,
        "batch": 1,
        "precision": LEARNED,
        "loss": Loss(alpha=16, err_bits=8),
        "feedback": Feedback(weights="random", time_gated=False, v_fb_bits=8),
    }
    return Network(name="tiny", layers=layers, **{**settings, **others})


def compiled(net, *, learning):
    return loihi.compile(net, initial_state(net, 3), learning=learning).program


def code(program, group, phase):
    return [str(instruction) for instruction in program.group(group).find("phase", phase).code]


def test_a_learning_network_by_hand():
    program = compiled(network(dense(3, 2, fb_shift=2), dense(2, 2)), learning=True)
    neuron = [
        "RDC r1, a",
        "READ r0, v",
        "SHR r0, r0, 1",
        "ADD r0, r0, r1",
        "SAT r0, r0, 24",
        "SUB r2, r0, vth",
        "ABS r2, r2",
        "LT p0, r2, window",
        "SEL r2, p0, one, zero",
        "TRACE y1, r2",
        "GT p1, r0, vth",
        "SEL r0, p1, zero, r0",
        "STORE v, r0",
        "SPIKE spike, p1, one",
    ]
    count = ["SEL r3, p1, one, zero", "READ r4, count", "ADD r3, r3, r4", "STORE count, r3"]
    error = [
        "RDC r4, label",
        "MUL_SHR r5, r3, alpha, 1",  # floor(log2 3)
        "SUB r6, r5, alpha",
        "MIN r6, r6, zero",
        "EQ p2, r4, this_class",
        "SEL r5, p2, r6, r5",
        "SAT r5, r5, 8",
        "GT p3, r4, no_label",
        "SEL r5, p3, r5, zero",
        "TRACE y2, r5",
        "SPIKE error, p3, r5",
    ]
    assert code(program, "hidden_0", "step") == [*neuron, "HALT"]
    # without anything to decay, the sum is the potential
    assert code(program, "hidden_0", "first") == ["RDC r0, a", *neuron[4:], "HALT"]
    assert code(program, "hidden_0", "error") == [
        "RDC r0, feedback",
        "NEG r0, r0",  # the shift rounds up
        "SHR r0, r0, 2",
        "NEG r0, r0",
        "SAT r0, r0, 8",
        "TRACE y2, r0",
        "HALT",
    ]
    assert code(program, "readout", "last") == [*neuron, *count, *error, "HALT"]
    assert program.period == 5
    assert program.group("hidden_0").schedule == (
        Slot("first", 0, 0),
        Slot("step", 1, 2),
        Slot("error", 4, 4),
    )
    assert program.group("readout").schedule == (
        Slot("first", 1, 1),
        Slot("step", 2, 2),
        Slot("last", 3, 3),
    )
    rules = {block.name: block.learning for block in program.blocks}
    assert list(rules) == ["hidden_0.a", "hidden_0.feedback", "readout.a"]
    assert rules["hidden_0.feedback"] is None
    hidden, readout = rules["hidden_0.a"], rules["readout.a"]
    assert str(hidden.dt) == "x1*y1"
    assert str(hidden.dw) == "-2^-5*t*y2"
    assert (hidden.tag_first, hidden.tag_last, hidden.update_step, hidden.stream) == (0, 2, 4, 0)
    assert (readout.tag_first, readout.tag_last, readout.update_step, readout.stream) == (
        1,
        3,
        3,
        1,
    )


def test_inference_has_neither_gate_nor_error():
    program = compiled(network(dense(3, 2), dense(2, 2)), learning=False)
    assert program.period == 4
    assert code(program, "readout", "step") == [
        "RDC r1, a",
        "READ r0, v",
        "SHR r0, r0, 1",
        "ADD r0, r0, r1",
        "SAT r0, r0, 24",
        "GT p1, r0, vth",
        "SEL r0, p1, zero, r0",
        "STORE v, r0",
        "SPIKE spike, p1, one",
        "SEL r3, p1, one, zero",
        "READ r4, count",
        "ADD r3, r3, r4",
        "STORE count, r3",
        "HALT",
    ]
    assert all(block.learning is None for block in program.blocks)
    assert [block.port for block in program.blocks] == ["a", "a"]


def test_a_guarded_neuron_decays_toward_zero_and_wraps_only_where_it_can():
    guarded = Neuron(vth=20, window=40, guarded=True, decay_shift=2)
    narrow = compiled(network(dense(3, 2, neuron=guarded)), learning=False)
    assert code(narrow, "readout", "step")[:5] == [
        "RDC r1, a",
        "SHL r1, r1, 6",
        "READ r0, v",
        "SHZ r0, r0, 2",
        "ADD r0, r0, r1",
    ]
    assert narrow.group("readout").find("constant", "vth").value == 20 << 6
    wide = compiled(network(dense(1100, 2, neuron=guarded)), learning=False)
    assert code(wide, "readout", "step")[2:8] == [
        "SUB r2, r1, wrap",
        "GT p2, r1, wrap_top",
        "SEL r1, p2, r2, r1",
        "ADD r2, r1, wrap",
        "GE p2, wrap_bottom, r1",
        "SEL r1, p2, r2, r1",
    ]


def test_spikes_of_the_sample_before_are_left_unread():
    layer = dense(3, 2, recurrence=Recurrence(source="spikes", shift=3))
    program = compiled(network(layer), learning=False)
    assert "RDC r2, recurrent" not in code(program, "readout", "first")
    assert code(program, "readout", "step")[:4] == [
        "RDC r1, a",
        "RDC r2, recurrent",
        "SHR r2, r2, 3",
        "ADD r1, r1, r2",
    ]
    assert program.block("readout.recurrent").source == "readout.spike"


def test_the_losses_differ_in_the_error_alone():
    def error(kind):
        net = network(dense(3, 2), loss=Loss(kind=kind, alpha=16, err_bits=8))
        program = compiled(net, learning=True)
        lines = code(program, "readout", "last")
        return lines[lines.index("RDC r4, label") + 3 :]

    same = [
        "EQ p2, r4, this_class",
        "SEL r5, p2, r6, r5",
        "SAT r5, r5, 8",
        "GT p3, r4, no_label",
        "SEL r5, p3, r5, zero",
        "TRACE y2, r5",
        "HALT",  # nobody is there to hear of the error
    ]
    assert error("standard") == same
    assert error("one_sided") == ["MIN r6, r6, zero", *same]
    assert error("positive") == ["EQ p2, r5, zero", "SEL r5, p2, one, r5", *same]


def test_a_sample_of_one_step():
    program = compiled(network(dense(3, 2), dense(2, 2), steps=1), learning=True)
    assert [slot.phase for slot in program.group("readout").schedule] == ["only"]
    assert [slot.phase for slot in program.group("hidden_0").schedule] == ["first", "error"]
    assert "READ r0, v" not in code(program, "readout", "only")
    assert "TRACE y2, r5" in code(program, "readout", "only")


def test_data_are_the_weights_the_network_has():
    shape = (4, 4, 1)
    conv = Conv(
        in_shape=shape, channels=3, kernel=3, stride=1, neuron=Neuron(vth=9, window=9), lr_shift=0
    )
    delayed = dense(conv.n_out, 5, max_delay=4, recurrence=Recurrence(source="spikes"))
    net = network(
        conv,
        delayed,
        dense(5, 2),
        precision=Precision(),
        encoder=FrameEncoder(max_count=15),
    )
    state = initial_state(net, 3)
    image = loihi.compile(net, state, learning=False)
    w = [state.w(net, index) for index in range(3)]
    data = {name: held.weights for name, held in image.data.items()}
    np.testing.assert_array_equal(data["hidden_0.a"], w[0])
    np.testing.assert_array_equal(data["hidden_1.a"], w[1][:, : conv.n_out])
    np.testing.assert_array_equal(data["hidden_1.recurrent"], w[1][:, conv.n_out :])
    np.testing.assert_array_equal(data["readout.a"], w[2])
    np.testing.assert_array_equal(image.data["hidden_1.a"].delays, delayed.delays())
    assert image.program.block("hidden_0.a").conv.kernel == 3
    assert image.program.inputs[0].bits == 5  # 0..15 and a sign
    assert image.program.period == 3 + 2 + 4


def test_random_feedback_is_the_networks():
    net = network(dense(3, 6), dense(6, 4), dense(4, 2))
    image = loihi.compile(net, initial_state(net), learning=True)
    for layer in range(2):
        block = image.program.block(f"hidden_{layer}.feedback")
        assert block.source == "readout.error"
        np.testing.assert_array_equal(image.data[block.name].weights, net.feedback_weights(layer))


@given(loihi_networks())
@family(60)
def test_listing_and_words_give_the_program_back(net):
    program = compiled(net, learning=True)
    assert assemble(disassemble(program)) == program
    for group in program.groups:
        for phase in group.phases:
            assert decode(group, encode(group, phase.code)) == phase.code


@pytest.mark.parametrize("learning", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("max_delay", [0, 5])
def test_the_period_is_that_of_the_cost_estimate(learning, layers, max_delay):
    sizes = [4, 3, 3, 2][-layers - 1 :]
    net = network(*(dense(i, o, max_delay=max_delay) for i, o in zip(sizes, sizes[1:])))
    schedule = CoreSchedule.of(net, learning=learning)
    assert schedule.period == steps_per_sample(net, learning=learning)


def test_every_illegal_choice_is_in_the_refusal():
    net = presets.digits_snn()
    with pytest.raises(LegalityError) as refused:
        loihi.compile(net, initial_state(net), learning=True)
    for choice in ("batch", "precision 16-8", "feedback weights transposed", "time_gated"):
        assert choice in str(refused.value)


def test_a_chip_without_microcode_is_refused():
    guarded = Neuron(vth=20, window=40, guarded=True)
    net = network(dense(3, 2, neuron=guarded))
    with pytest.raises(LegalityError, match="neuron programs"):
        loihi.compile(net, initial_state(net), target="loihi1", learning=False)


def test_a_state_of_another_network_is_refused():
    net = network(dense(3, 2))
    with pytest.raises(ValueError, match="layer 0"):
        loihi.compile(net, initial_state(replace(net, layers=(dense(4, 2),))))


def test_any_network_name_will_do():
    net = replace(network(dense(3, 2)), name="7 segments, noisy")
    assert compiled(net, learning=False).name == "_7_segments__noisy"
