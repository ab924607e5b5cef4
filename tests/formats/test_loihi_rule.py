"""loihi-rule files: Lava builds the rule from them, and its arithmetic gives our updates."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_loihi import loihi_cases

from lava_intsnn import presets, reference
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.formats.loihi_rule import export_loihi_rule
from lava_intsnn.loihi import LOIHI2, nearest_legal
from lava_intsnn.loihi.learning_engine.engine_rule import THIRD_FACTORS
from lava_intsnn.network import FrameEncoder
from lava_intsnn.reference.learn import feedback, sample_delta
from lava_intsnn.reference.output_error import output_error
from lava_intsnn.state import initial_state


def exported(network, state, path, **options):
    export_loihi_rule(network, state, path, **options)
    return json.loads(path.read_text())


def lavas_rule(layer):
    from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

    described = layer["rule"]
    rule = Loihi3FLearningRule(dw=described["dw"], dt=described["dt"], **described["parameters"])
    for name, tau in described["taus"].items():
        setattr(rule, name, tau)
    return rule


class Synapses:
    """A layer's tags and weight accumulators, moved by Lava's own applier from a file alone."""

    def __init__(self, layer, *, split):
        self.split = split
        from lava.magma.core.learning import constants
        from lava.magma.core.learning.learning_rule_applier import LearningRuleApplierBitApprox

        rule = lavas_rule(layer)
        self.dw = LearningRuleApplierBitApprox(rule.dw)
        self.dt = LearningRuleApplierBitApprox(rule.dt)
        self.scales = layer["rule"]["scales"]
        self.weights = np.array(layer["weights"])
        self.tag = np.zeros_like(self.weights)
        bits = constants.W_ACCUMULATOR_S
        self.below_tag = bits - constants.W_SYN_VAR_S["tag_1"]
        self.below_weight = bits - constants.W_SYN_VAR_S["weights"]

    def _apply(self, applier, accumulator, **values):
        shape = self.weights.shape
        values = {name: np.broadcast_to(value, shape) for name, value in values.items()}
        return applier.apply(accumulator, shape=shape, u=1, u0=1, tag_1=self.tag, **values)

    def step(self, s, g):
        """An epoch with presynaptic spikes or traces ``s (I,)`` and gates ``g (O,)``."""
        y1 = self.scales["y1"] * g[:, None]
        values = {"x0": s, "x1_u": s, "y1_x0": y1, "y1_u": y1, "y3_u": 0, "y0": 0}
        self.tag = self._apply(self.dt, self.tag << self.below_tag, **values) >> self.below_tag

    def learn(self, v_fb):
        """Return the change of the weights in the unit of the accumulator; clear the tags."""
        y2 = self.scales["y2"] * v_fb[:, None]
        y3 = np.full_like(y2, self.scales["y3"])
        if self.split:
            y2, y3 = np.maximum(y2, 0), np.maximum(y3 * v_fb[:, None], 0)
            assert max(y2.max(), y3.max()) < 128
        before = self.weights * 0
        change = self._apply(self.dw, before, y2_u=y2, y3_u=y3)
        values = {"x0": 0, "x1_u": 0, "y1_x0": 0, "y1_u": 0, "y3_u": y3, "y0": 1}
        self.tag = self._apply(self.dt, self.tag << self.below_tag, **values) >> self.below_tag
        return change


@given(loihi_cases(), st.sampled_from(THIRD_FACTORS))
@family(80)
def test_lava_makes_our_updates_of_the_file(tmp_path_factory, case, third_factor):
    pytest.importorskip("lava.magma", reason="lava-nc is not installed")
    network, state = case.network, case.state
    path = tmp_path_factory.mktemp("rule") / "rule.json"
    file = exported(network, state, path, third_factor=third_factor)
    w = [state.w(network, index).astype(np.int64) for index in range(len(network.layers))]
    layers = [Synapses(layer, split=third_factor == "split") for layer in file["layers"]]
    for index, synapses in enumerate(layers):
        np.testing.assert_array_equal(synapses.weights, w[index] * synapses.scales["weights"])
    for image, label, key in zip(case.images, case.labels, case.keys):
        x = reference.encode(network.encoder, image, key=key, steps=network.steps)
        records = reference.forward(network, w, x)
        e = output_error(network, records[-1].s, int(label), key)
        v_fb = feedback(network, w, records, e)
        for index, synapses in enumerate(layers):
            record, layer = records[index], file["layers"][index]
            if layer["feedback"] is not None:  # the file's own matrix and shift
                top = (1 << (layer["v_fb_bits"] - 1)) - 1
                mine = -(-(np.array(layer["feedback"]) @ e) >> layer["fb_shift"])
                np.testing.assert_array_equal(np.clip(mine, -top, top), v_fb[index][0])
            for t in range(network.steps):
                synapses.step(record.t_pre[t][0], record.g[t])
            np.testing.assert_array_equal(synapses.tag, synapses.scales["t"] * record.t_corr)
            change = synapses.learn(v_fb[index][0])
            assert not synapses.tag.any()
            delta = sample_delta(network, network.layers[index], record, v_fb[index])
            one = synapses.scales["weights"] << synapses.below_weight  # a weight of ours
            lr_shift = network.layers[index].lr_shift
            np.testing.assert_array_equal(change << lr_shift, -delta * one)


def test_a_preset_is_told_in_full(tmp_path):
    network = presets.digits_snn_loihi()
    state = initial_state(network, seed=3)
    file = exported(network, state, tmp_path / "rule.json")
    hidden, output = file["layers"]
    assert file["format"] == "lava_intsnn loihi-rule"
    assert hidden["shape"] == list(network.layers[0].weight_shape)
    np.testing.assert_array_equal(hidden["feedback"], network.feedback_weights(0))
    assert output["feedback"] is None
    assert hidden["neuron"]["vth"] == network.layers[0].neuron.vth
    assert hidden["presynaptic_trace"] == "the spike itself"
    assert file["loss"]["alpha"] == network.loss.alpha
    assert {row["state"] for row in file["widths"]} >= {"w", "v", "t_corr", "v_fb", "err"}
    timing = file["timing"]
    assert timing["epochs_per_sample"] == network.steps + 2
    assert timing["learning_epoch"] == timing["epochs_per_sample"] - 1
    assert timing["ticks_per_epoch"] == hidden["rule"]["parameters"]["t_epoch"]


def test_traces_of_counts_are_named(tmp_path):
    network = replace(presets.digits_snn_loihi(), encoder=FrameEncoder(max_count=3))
    network = nearest_legal(network, target=LOIHI2, learning=True)
    file = exported(network, initial_state(network), tmp_path / "rule.json")
    assert "x1" in file["layers"][0]["rule"]["dt"]
    assert f"x1 >> {network.layers[0].trace_shift}" in file["layers"][0]["presynaptic_trace"]
    assert "x1" not in file["layers"][1]["rule"]["dt"]


def test_a_frozen_layer_is_lavas_own_and_has_no_rule(tmp_path):
    network = presets.mnist_csnn_head_loihi()
    state = initial_state(network, seed=3)
    filters, head = exported(network, state, tmp_path / "rule.json")["layers"]
    assert (filters["kind"], filters["rule"], filters["stride"]) == ("Conv", None, 2)
    np.testing.assert_array_equal(filters["weights"], state.w(network, 0))
    assert filters["weight_scale"] == 1
    assert head["kind"] == "LearningDense"
    assert head["feedback"] is None


def test_networks_that_may_not_learn_there_are_refused_with_the_full_list(tmp_path):
    network = presets.digits_snn()
    with pytest.raises(ExchangeError) as refused:
        export_loihi_rule(network, initial_state(network), tmp_path / "rule.json")
    assert not (tmp_path / "rule.json").exists()
    text = str(refused.value)
    for choice in ("batch", "transposed", "16"):
        assert choice in text
    assert len(refused.value.findings) > 3


def test_writing_needs_no_lava(tmp_path):
    program = (
        "import sys; from lava_intsnn import presets, initial_state; "
        "from lava_intsnn.formats.loihi_rule import export_loihi_rule; "
        "network = presets.digits_snn_loihi(); "
        "export_loihi_rule(network, initial_state(network), sys.argv[1]); "
        "print('lava.magma' in sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "rule.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == ["False"]
