"""The readout: its equations by hand, its gradient, and what it is refused with."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import HealthCheck, assume, given
from random_networks import EVERYTHING, cases

import lava_intsnn as ls
from lava_intsnn import loihi, reference
from lava_intsnn.arithmetic import limit
from lava_intsnn.costs.activity import full_activity
from lava_intsnn.costs.memory import memory
from lava_intsnn.costs.operations import operations
from lava_intsnn.data import digits
from lava_intsnn.engine import Engine
from lava_intsnn.floating import FloatEngine
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.netx.netx_write import export_netx
from lava_intsnn.loihi import LOIHI2
from lava_intsnn.network import (
    ALIF,
    Dense,
    Feedback,
    FrameEncoder,
    LeakyReadout,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference.answer import answer, answering_gates
from lava_intsnn.reference.learn import at_point
from lava_intsnn.reference.membrane import advance, resting
from lava_intsnn.reference.recording import used_widths
from lava_intsnn.report.network_tables import layer_rows, settings_rows
from lava_intsnn.search.space import apply, space_of
from lava_intsnn.state import initial_state
from lava_intsnn.systems.hosted_system import build_hosted

KEY = np.uint64(5)


def network(neuron, *, n_in=3, n_out=2, steps=6, **changes):
    layer = {"trace_shift": neuron.decay_shift} | changes.pop("layer", {})
    fields = {
        "precision": Precision(shadow_bits=8, inference_bits=8),
        "encoder": FrameEncoder(max_count=9),
        "batch": 1,
    } | changes
    output = Dense(n_in=n_in, n_out=n_out, neuron=neuron, lr_shift=0, **layer)
    return Network(name="readout", layers=(output,), steps=steps, **fields)


def deep(neuron, **changes):
    hidden = Dense(n_in=64, n_out=20, neuron=Neuron(vth=300, window=400), lr_shift=10)
    output = Dense(n_in=20, n_out=10, neuron=neuron, lr_shift=4, trace_shift=neuron.decay_shift)
    fields = {"feedback": Feedback(time_gated=False), "batch": 8} | changes
    return Network(name="deep", layers=(hidden, output), **fields)


def potentials(neuron, sums):
    states, v = resting(neuron, 1), []
    for a in sums:
        states, v_before, s, g = advance(neuron, states, np.array([a]))
        assert (int(s[0]), int(g[0])) == (0, 1)
        v.append(int(v_before[0]))
    return v


def test_the_potential_leaks_adds_and_saturates():
    """By hand: halved and rounded down in each step; 6 bits saturate at 31."""
    neuron = LeakyReadout(decay_shift=1, v_bits=6)
    assert potentials(neuron, [10, 0, 0, -3, 0, 100, 0, -100]) == [10, 5, 2, -2, -1, 31, 15, -31]
    assert potentials(LeakyReadout(v_bits=6), [10, 0, -3, 30, -5]) == [10, 10, 7, 31, 26]


def test_answers_by_hand():
    y = np.array([[-3, 4], [-1, 9], [-1, -9], [-5, 9]])
    assert answer(LeakyReadout(), y).tolist() == [-10, 13]
    assert answer(LeakyReadout(answer_shift=2), y).tolist() == [-3, 3]  # rounded down
    assert answer(LeakyReadout(answer="max"), y).tolist() == [-1, 9]
    # 5 bits saturate at 15 after each step: 4 + 9 = 13, 13 - 9 = 4, 4 + 9 = 13; and 9 + 9 = 15
    assert answer(LeakyReadout(sum_bits=5), y).tolist() == [-10, 13]
    assert answer(LeakyReadout(sum_bits=5), y[[1, 3, 2]]).tolist() == [-7, 6]
    # the first potential saturates, too: 15, then 15 - 20
    assert answer(LeakyReadout(sum_bits=5), np.array([[40], [-20]])).tolist() == [-5]
    assert answer(Neuron(vth=1, window=1), np.abs(y)).tolist() == [10, 31]


def test_a_maximum_counts_where_it_is_first_reached():
    y, g = np.array([[-3, 4], [-1, 9], [-1, -9], [-5, 9]]), np.ones((4, 2), np.int64)
    gates = answering_gates(LeakyReadout(answer="max"), g, y)
    assert gates.tolist() == [[0, 0], [1, 1], [0, 0], [0, 0]]
    assert answering_gates(LeakyReadout(), g, y) is g


@pytest.mark.parametrize("kind", ["sum", "max"])
@pytest.mark.parametrize("max_delay", [0, 3])
def test_the_eligibility_is_the_gradient_of_the_answer(kind, max_delay):
    """Without leak the answer is linear in a weight: one more adds the eligibility to it."""
    net = network(
        LeakyReadout(answer=kind),
        layer={"max_delay": max_delay},
        feedback=Feedback(time_gated=False),
    )
    rng = np.random.default_rng(1)
    w, x = rng.integers(-50, 50, (2, 3)), rng.integers(0, 9, (6, 3))
    (record,) = reference.forward(net, [w], x)
    (seen,) = at_point(net, [record], net.error_points[0])
    before = answer(net.layers[0].neuron, record.v_before)
    at = record.v_before.argmax(axis=0)
    for o in range(2):
        for i in range(3):
            more = w.copy()
            more[o, i] += 1
            (other,) = reference.forward(net, [more], x)
            if kind == "max" and other.v_before[:, o].argmax() != at[o]:
                continue  # another step has the maximum, where the derivative jumps
            found = answer(net.layers[0].neuron, other.v_before)[o] - before[o]
            assert found == seen.t_corr[o, i]
    assert seen.t_corr.any()


@given(cases(features=EVERYTHING))
@family(200, quick=12, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_engine_learns_the_same_bits(case):
    assume(case.network.readout)
    assert not case.network.check().popcount
    assert_equal_training(case, threads=1, form="auto")


@pytest.mark.parametrize("kind", ["sum", "max"])
def test_digits_learn(kind):
    net = deep(LeakyReadout(answer=kind, answer_shift=9), loss=Loss(kind="softmax"), batch=16)
    state = ls.train(net, digits("train"), epochs=3, progress=False)
    assert ls.evaluate(net, state, digits("test")).accuracy > 80


def test_the_float_twin_answers_by_the_same_equation():
    for kind in ("sum", "max"):
        net = deep(LeakyReadout(answer=kind, answer_shift=3, decay_shift=1), batch=4)
        net = replace(net, precision=Precision(floating=True))
        state, images = initial_state(net, 1), digits("train").images[:4]
        keys = np.arange(4, dtype=np.uint64)
        with FloatEngine(net, state) as engine:
            found = engine.infer_batch(images, keys)
        hidden, output = (w.astype(np.float64) / 2**8 for w in state.weights)
        for b, (image, key) in enumerate(zip(images, keys)):
            v_hidden, v, said = np.zeros(20), np.zeros(10), []
            for x in reference.encode(net.encoder, image, key=key, steps=net.steps):
                v_hidden = v_hidden / 2 + hidden @ x
                fires = v_hidden > 300
                v_hidden = np.where(fires, 0, v_hidden)
                v = v / 2 + output @ fires
                said.append(v)
            wanted = (np.sum(said, axis=0) if kind == "sum" else np.max(said, axis=0)) / 8
            assert np.abs(found.counts[b] - np.floor(wanted)).max() <= 1
            np.testing.assert_allclose(found.v[b], v, rtol=1e-4, atol=1e-2)


def test_json_keeps_the_kind_and_older_versions_read_plain_losses():
    net = deep(LeakyReadout(answer="max", decay_shift=1, v_bits=20, answer_shift=2))
    again = Network.from_json(net.to_json())
    assert again == net
    assert isinstance(again.layers[1].neuron, LeakyReadout)
    assert json.loads(net.to_json())["loss"].keys() == {"kind", "alpha", "err_bits"}
    net = replace(net, loss=Loss(points=4, window="start", temperature_shift=2))
    assert Network.from_json(net.to_json()) == net


def test_widths_of_the_answer():
    net = network(LeakyReadout(v_bits=20, sum_bits=22, answer_shift=4), loss=Loss(alpha=64))
    rows = {row.state: row for row in net.check().table}
    assert (rows["v"].bits, rows["v"].policy) == (20, "saturate")
    assert (rows["v_sum"].bits, rows["v_sum"].policy) == (22, "saturate")
    assert rows["v_sum"].bound == limit(22) + limit(20)
    assert rows["count"].bound == (limit(22) >> 4) + 1  # the floor of the most negative
    assert rows["err"].bound == ((limit(22) >> 4) + 1) * 64 // 4 + 1 + 64
    highest = replace(net, layers=(replace(net.layers[0], neuron=LeakyReadout(answer="max")),))
    assert "v_sum" not in {row.state for row in highest.check().table}


def test_used_widths_are_those_of_answers_and_of_all_points():
    net = deep(LeakyReadout(answer_shift=4), loss=Loss(points=4))
    data = digits("train")
    images, labels = data.images[:8], data.labels[:8]
    state = initial_state(net, 0)
    used = {(x.layer, x.state): x for x in used_widths(net, state, images, labels)}
    counts = reference.infer_batch(net, state, images, eval_keys(0, 8)).counts
    assert (used[1, "count"].low, used[1, "count"].high) == (counts.min(), counts.max())
    assert used[1, "v_sum"].high >> 4 >= counts.max()
    bounds = {(row.layer, row.state): row.bound for row in net.check().table}
    for place in ((1, "err"), (1, "v_sum"), (0, "v_fb"), (0, "delta"), (1, "delta")):
        assert 0 < max(used[place].high, -used[place].low) <= bounds[place]


def test_reports_count_the_answer_and_no_spikes():
    net = deep(LeakyReadout(decay_shift=1))
    names = {item.name for item in memory(net).elements if item.section.startswith("output")}
    assert "v_sum" in names
    assert not {"s", "g", "vth", "window", "count"} & names
    lines = {
        x.element
        for x in operations(net, full_activity(net)).lines
        if x.section.startswith("output")
    }
    assert {"answer", "answer, saturation", "potential, decay"} <= lines
    assert not {"spike", "count", "surrogate gate"} & lines
    assert layer_rows(net)[2][3:6] == ["none", "none", "1"]
    loss = dict(settings_rows(net, ls.Recipe(epochs=1), net.check(), data="digits"))["loss"]
    assert loss == "one_sided, alpha 128, of the sum of the potentials >> 0"


def test_a_search_varies_the_shift_of_the_answer():
    net = deep(LeakyReadout(answer_shift=5), loss=Loss(kind="softmax"))
    names = {p.name for p in space_of(net)}
    assert {"output.answer_shift", "temperature_shift"} <= names
    assert not {"output.vth", "output.window"} & names
    other = apply(net, {"output.answer_shift": 7, "temperature_shift": 2})
    assert other.readout.answer_shift == 7
    assert other.loss.temperature_shift == 2


def test_narrower_weights_keep_the_answer():
    assert LeakyReadout(answer_shift=5).rescaled(-3).answer_shift == 2
    assert LeakyReadout(answer_shift=1).rescaled(-3).answer_shift == 0


READOUT = LeakyReadout()
FIRST = Dense(n_in=2, n_out=2, neuron=Neuron(vth=5, window=5), lr_shift=0)
LAST = Dense(n_in=2, n_out=2, neuron=READOUT, lr_shift=0, trace_shift=0)


@pytest.mark.parametrize(
    ("layers", "changes", "says"),
    [
        ((LAST, FIRST), {}, "layer 0 has neurons of kind 'readout'.*only the last layer"),
        ((FIRST, replace(LAST, recurrence=Recurrence())), {}, "layer 1 has a recurrence"),
        (
            (FIRST, LAST),
            {"feedback": Feedback(propagation="final")},
            "propagation = 'final' with a readout.*'direct'",
        ),
        (
            (FIRST, replace(LAST, neuron=LeakyReadout(answer="max"))),
            {},
            "answer = 'max' with time_gated = True.*set time_gated to False",
        ),
        (
            (FIRST, replace(LAST, trace_shift=1)),
            {},
            "layer 1: trace_shift = 1.*set trace_shift to 0",
        ),
        (
            (FIRST, replace(LAST, neuron=LeakyReadout(decay_shift=2))),
            {},
            "decay_shift = 2.*set trace_shift to 2",
        ),
    ],
)
def test_what_does_not_go_with_a_readout(layers, changes, says):
    with pytest.raises(NetworkError, match=says):
        Network(name="n", layers=layers, **changes)


def test_what_goes_with_a_readout():
    make = partial(Network, name="n")
    make(layers=(FIRST, replace(LAST, trace_shift=1, plastic=False)))
    leaky = LeakyReadout(decay_shift=2)
    make(layers=(FIRST, replace(LAST, neuron=leaky, trace_decay=4096 - 1024, trace_bits=6)))
    make(layers=(FIRST, replace(LAST, neuron=leaky, trace_shift=2)))
    make(layers=(replace(LAST, neuron=LeakyReadout(answer="max")),))  # nobody below hears


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"answer": "mean"}, "answer = 'mean'.*sum, max"),
        ({"answer_shift": 31}, r"answer_shift = 31.*0\.\.30"),
        ({"sum_bits": 33}, r"sum_bits = 33.*4\.\.32"),
        ({"v_bits": 32}, r"v_bits = 32.*4\.\.31"),
        ({"decay_shift": -1}, r"decay_shift = -1.*0\.\.30"),
    ],
)
def test_values_out_of_range_are_refused(options, says):
    with pytest.raises(NetworkError, match=says):
        LeakyReadout(**options)


def test_chips_and_files_refuse_it_by_name(tmp_path):
    net = deep(READOUT)
    found = [str(finding) for finding in loihi.check(net, target=LOIHI2, learning=False)]
    assert any("neuron kind" in text and "readout" in text for text in found)
    with pytest.raises(NetworkError, match="layer 1: .*readout"):
        loihi.inference_network(net)
    with pytest.raises(ExchangeError, match="layer 1: readout neurons"):
        export_netx(net, initial_state(net, 0), tmp_path / "n.net")
    with pytest.raises(NetworkError, match="readout.*sends no spikes to the host"):
        build_hosted(net, initial_state(net, 0))


@pytest.mark.parametrize("kind", ["sum", "max"])
def test_the_rule_brings_answers_to_the_scale_of_counts(kind):
    data = digits("train")
    plain = ls.networks.dense((64, 40, 10), data=data)
    net = ls.networks.with_readout(plain, data, answer=kind)
    assert net.readout.answer == kind
    assert net.feedback.time_gated == (kind == "sum")
    assert net.layers[1].lr_shift - plain.layers[1].lr_shift == (3 if kind == "sum" else 0)
    keys = np.arange(40, dtype=np.uint64)
    counts = reference.infer_batch(net, initial_state(net), data.images[:40], keys).counts
    assert 1 < np.abs(counts).mean() < 6
    with pytest.raises(NetworkError, match="needs an integer network"):
        ls.networks.with_readout(replace(plain, precision=Precision(floating=True)), data)


def test_the_popcount_form_refuses_it():
    net = deep(READOUT)
    with pytest.raises(NetworkError, match="plain neurons"):
        Engine(net, initial_state(net, 0), threads=1, form="popcount")


def test_an_adaptive_layer_may_feed_it():
    net = deep(READOUT)
    hidden = replace(net.layers[0], neuron=ALIF(vth=300, window=400, adapt_step=20))
    assert replace(net, layers=(hidden, net.layers[1])).readout == READOUT
