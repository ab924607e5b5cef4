"""Memory: the paper's lines by hand, the bounds' widths, and sums that are sums."""

import pytest
from families import family
from hypothesis import given
from random_networks import networks

from lava_intsnn import presets
from lava_intsnn.costs import paper_tables
from lava_intsnn.costs.memory import memory
from lava_intsnn.costs.memory_check import is_papers, table_3_1
from lava_intsnn.network import Dense, frozen

I, H, B, O = 175, 256, 128, 20  # noqa: E741


def found(accounting, precision="16-8", preset="shd-rsnn"):
    network = presets.preset(preset).network(precision)
    return memory(network, accounting=accounting)


def bits(memory_, name, section=None):
    (element,) = (e for e in memory_.elements if e.name == name and section in (None, e.section))
    return element.shape, element.bits, element.float_bits


def test_every_line_of_table_b1_and_b2():
    lines = {(e.section, e.name): (e.shape, e.bits, e.float_bits) for e in found("paper").elements}
    hidden, output = "hidden forward", "output forward"
    assert lines == {
        (hidden, "W shadow"): ((H, I), 16, 32),
        (hidden, "W low precision"): ((H, I), 8, 32),
        (hidden, "W_rec shadow"): ((H, H), 16, 32),
        (hidden, "W_rec low precision"): ((H, H), 8, 32),
        (hidden, "voltage threshold"): ((1,), 16, 32),
        (hidden, "gradient window"): ((1,), 16, 32),
        (output, "W shadow"): ((O, H), 16, 32),
        (output, "W low precision"): ((O, H), 8, 32),
        (output, "voltage threshold"): ((1,), 16, 32),
        (output, "gradient window"): ((1,), 16, 32),
        ("parameters", "loss precision"): ((1,), 8, 0),
        ("parameters", "T"): ((1,), 6, 0),
        ("parameters", "gradient clip"): ((1,), 9, 32),
        ("parameters", "learning rate, hidden"): ((1,), 13, 32),
        ("parameters", "learning rate, output"): ((1,), 3, 32),
        ("parameters", "weight decay, hidden"): ((1,), 12, 32),
        ("parameters", "weight decay, output"): ((1,), 12, 32),
        (hidden, "spike input"): ((B, I), 8, 32),
        (hidden, "voltage"): ((B, H), 17, 32),
        (hidden, "pseudo-gradient"): ((B, H), 1, 1),
        (hidden, "presynaptic trace"): ((B, H, I), 8, 32),
        (hidden, "weight trace"): ((B, H, I), 16, 32),
        (hidden, "spike output"): ((B, H), 1, 1),
        (output, "spike input"): ((B, H), 1, 1),
        (output, "voltage"): ((B, O), 16, 32),
        (output, "pseudo-gradient"): ((B, O), 1, 1),
        (output, "presynaptic trace"): ((B, O, H), 1, 1),
        (output, "weight trace"): ((B, O, H), 8, 32),
        (output, "network output"): ((B, O), 8, 32),
        ("error", "error"): ((B, O), 8, 32),
        ("output update", "delta"): ((O, H), 9, 32),
        ("output update", "weight decay term"): ((O, H), 9, 32),
        ("hidden update", "error voltage"): ((B, H), 18, 32),
        ("hidden update", "delta"): ((H, I), 9, 32),
        ("hidden update", "weight decay term"): ((H, I), 9, 32),
    }


def test_sections_by_hand():
    paper = found("paper")
    w = H * I + H * H
    assert paper.sections("static") == {
        "hidden forward": (w * 3 + 4, w * 8 + 8),
        "output forward": (O * H * 3 + 4, O * H * 8 + 8),
        "parameters": (8, 20),  # 63 bits
    }
    per_neuron = B * H * 17 // 8 + 2 * B * H // 8
    assert paper.sections("dynamic")["hidden forward"] == (
        B * I + per_neuron + 3 * B * H * I,
        4 * B * I + 4 * B * H + 2 * B * H // 8 + 8 * B * H * I,
    )


def test_table_3_1_is_reproduced_with_150_inputs():
    lines = {(x.kind, x.section): x for x in table_3_1(presets.shd_rsnn())}
    slips = {
        ("static", "hidden forward"): (0, 2),
        ("static", "total"): (0, 2),
        ("dynamic", "error"): (0, -180),
        ("dynamic", "total"): (6, -180),
        ("both", "total"): (6, -178),
    }
    for key, line in lines.items():
        off = tuple(ours - theirs for ours, theirs in zip(line.reproduced, line.printed))
        assert off == slips.get(key, (0, 0)), key
        assert line.reason.startswith("adds up") == (line.corrected == line.printed), key
    assert sum(a for a, _ in paper_tables.DYNAMIC_BYTES.values()) == 15_766_208
    assert lines["both", "total"].corrected == (18_587_792, 50_296_676)


@pytest.mark.parametrize("accounting", ["paper", "exact"])
def test_more_than_60_percent_is_saved(accounting):
    assert found(accounting).saved > 60
    assert found(accounting, "fp32").saved == 0


def test_exact_states_have_the_widths_of_the_bounds():
    network = presets.shd_rsnn()
    exact, bound = memory(network), network.check().layers[0]
    assert bits(exact, "t_pre") == ((B, I), bound.t_pre.bit_length(), 32)
    assert bits(exact, "t_corr", "hidden forward") == ((B, H, I), 13, 32)
    assert bits(exact, "t_corr", "output forward") == ((B, O, H), 4, 32)  # counts to T = 10
    assert bits(exact, "w, recurrent") == ((H, H), 8, 32)  # fixed: no shadow
    assert bits(exact, "delta", "hidden update")[1] == bound.delta.bit_length() + 1
    names = [e.name for e in exact.elements]
    assert names.count("t_pre") == 1  # the output layer's is its input


def test_time_gated_layers_keep_trains_instead_of_a_trace_per_synapse():
    exact = found("exact", preset="mnist-snn")
    assert bits(exact, "s_in, train") == ((B, 20, 784), 1, 1)
    assert [e.section for e in exact.elements if e.name == "t_corr"] == ["output forward"]


def test_delays_and_convolution_have_their_own_shapes():
    delayed = found("exact", preset="fsdd-delay")
    assert bits(delayed, "delays") == ((256, 175), 4, 4)
    conv = found("exact", preset="mnist-csnn")
    assert bits(conv, "t_corr", "hidden forward")[0] == (B, 12 * 12 * 32, 25)
    assert bits(conv, "w_shadow", "hidden forward") == ((32, 25), 16, 32)


@family(40)
@given(network=networks())
def test_totals_are_the_sums_of_their_lines(network):
    for accounting in ("paper", "exact"):
        m = memory(network, accounting=accounting)
        sections = [*m.sections("static").values(), *m.sections("dynamic").values()]
        assert m.total() == tuple(map(sum, zip(*sections)))
        for k in (0, 1):
            total_bits = sum(e.total_bits[k] for e in m.elements)
            assert 0 <= m.total()[k] * 8 - total_bits < 8 * len(sections)
        assert all(e.bits > 0 for e in m.elements)
        assert all(e.bits <= 64 for e in m.elements)


def test_learned_recurrence_needs_shadow_trace_and_delta():
    from dataclasses import replace

    network = presets.shd_rsnn()
    layer = network.layers[0]
    assert isinstance(layer, Dense)
    learned = replace(layer, recurrence=replace(layer.recurrence, learned=True))
    exact = memory(replace(network, layers=(learned, network.layers[1])))
    assert bits(exact, "w_shadow, recurrent")[:2] == ((H, H), 16)
    assert bits(exact, "t_corr, recurrent")[0] == (B, H, H)
    assert bits(exact, "delta, recurrent")[0] == (H, H)


def test_only_the_papers_network_is_checked_against_its_table():
    assert is_papers(presets.shd_rsnn())
    for other in (presets.shd_snn(), presets.shd_rsnn(precision="16-4"), presets.mnist_snn()):
        assert not is_papers(other)
        with pytest.raises(ValueError, match="shd-rsnn in 16-8"):
            table_3_1(other)
    with pytest.raises(ValueError, match="paper or exact"):
        memory(presets.shd_rsnn(), accounting="rough")


def test_a_frozen_layer_holds_inference_weights_and_neurons_alone():
    network = presets.mnist_csnn()
    plastic, found = memory(network), memory(frozen(network, [0]))
    elements = {(e.section, e.name): e for e in found.elements}
    assert {name for section, name in elements if section.startswith("hidden")} == {
        *("w", "vth", "s_in", "v", "s"),
    }
    assert elements["hidden forward", "w"].total_bits[0] == 32 * 25 * 8
    head = [e for e in plastic.elements if e.section.startswith("output")]
    assert [e for e in found.elements if e.section.startswith("output")] == head
    assert found.total()[0] < plastic.total()[0]


def test_feedback_through_a_frozen_layer_keeps_its_gates():
    network = presets.mnist_snn()  # time-gated
    found = memory(frozen(network, [1]))
    output = {e.name for e in found.elements if e.section.startswith("output")}
    assert {"g", "g, train", "window"} <= output
    assert not {"t_corr", "delta", "w_shadow"} & output
