"""The rule's strings under Lava's own parser and arithmetic, and what we add to it."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, strategies as st
from lava.magma.core.learning.constants import W_ACCUMULATOR_S, W_SYN_VAR_S
from lava.magma.core.learning.learning_rule_applier import LearningRuleApplierBitApprox

from lava_intsnn import presets
from lava_intsnn.arithmetic import Rounding, draw, random_key, round_shift
from lava_intsnn.loihi.learning_engine import rule_of
from lava_intsnn.loihi.learning_engine.engine_rule import THIRD_FACTORS
from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.loihi.legality import fraction_bits
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.network import Dense, FrameEncoder, Network, Neuron
from lava_intsnn.proc_models.three_factor.tagged_synapses import ACCUMULATOR_BITS, round_weights
from lava_intsnn.systems.learning_dense import learning_rule

#: Bits of Lava's accumulator below a tag, and below a weight of nine bits.
BELOW = W_ACCUMULATOR_S - W_SYN_VAR_S["tag_1"]


def network(*, lr_shift=8, trace_shift=1, **choices):
    neuron = Neuron(vth=60, window=120)
    layer = Dense(n_in=3, n_out=2, neuron=neuron, lr_shift=lr_shift, trace_shift=trace_shift)
    return Network(name="rule", layers=(layer,), batch=1, **choices)


def applied(series, accumulator, **values):
    """Return what Lava's applier makes of ``accumulator``."""
    applier = LearningRuleApplierBitApprox(series)
    return applier.apply(accumulator, shape=accumulator.shape, u=1, u0=1, **values)


@pytest.mark.parametrize("lr_shift", range(9))
def test_dw_is_the_product_of_trace_and_error_at_every_learning_shift(lr_shift):
    t_corr, v_fb = np.arange(32)[None, :], np.arange(-127, 128)[:, None]
    delta = t_corr * v_fb
    acc = applied(
        learning_rule(network(lr_shift=lr_shift), 0).dw,
        np.zeros(delta.shape, int),
        tag_1=np.broadcast_to(8 * t_corr, delta.shape),
        y2_u=-v_fb,
    )
    expected = -delta * 2 ** (8 - lr_shift)
    fits = np.abs(expected) <= 32767  # what legality demands of every update
    assert fits.any()
    np.testing.assert_array_equal(acc[fits], expected[fits])


def test_a_spike_raises_the_tag_by_eight_where_the_gate_is_open():
    s, g = np.array([[0, 1, 0, 1]]), np.array([[0], [1]])
    dt = learning_rule(network(), 0).dt
    before = np.array([[0, 8, 16, 232]]) * np.ones((2, 1), int)
    values = {"x0": s, "y1_x0": 8 * g + 0 * s, "y3_u": 0 * g, "tag_1": before}
    after = applied(dt, before << BELOW, **values)
    np.testing.assert_array_equal(after, (before + 8 * s * g) << BELOW)


@pytest.mark.parametrize(
    "counts", [network(encoder=FrameEncoder(max_count=9)), network(trace_shift=0)]
)
def test_a_trace_raises_the_tag_by_eight_times_itself(counts):
    trace, g = np.arange(32)[None, :], np.array([[0], [1]])
    rule = learning_rule(counts, 0)
    assert rule.x1_tau == rule_of(counts, 0)["parameters"]["x1_tau"] > 0
    zero = np.zeros((2, 32), int)
    after = applied(rule.dt, zero, x1_u=trace, y1_u=8 * g, y3_u=0 * g, tag_1=zero)
    np.testing.assert_array_equal(after, (8 * trace * g) << BELOW)


def test_the_end_of_a_sample_clears_every_tag():
    tags = np.arange(0, 249, 8)[None, :]
    for rule in (learning_rule(network(), 0), learning_rule(network(trace_shift=0), 0)):
        still = {"x0": 0 * tags, "y1_x0": 0 * tags, "x1_u": tags, "y1_u": np.array([[0]])}
        after = applied(rule.dt, tags << BELOW, y3_u=np.array([[32]]), tag_1=tags, **still)
        assert not after.any()


@pytest.mark.parametrize("lr_shift", range(9))
def test_two_errors_without_a_sign_change_weights_as_one_with_a_sign(lr_shift):
    t_corr, v_fb = np.arange(32)[None, :], np.arange(-127, 128)[:, None]
    tags = np.broadcast_to(8 * t_corr, (255, 32))
    rules = [learning_rule(network(lr_shift=lr_shift), 0, third_factor=f) for f in THIRD_FACTORS]
    signed, split = (rule.dw for rule in rules)
    zero = np.zeros(tags.shape, int)
    expected = applied(signed, zero, tag_1=tags, y2_u=-v_fb)
    parts = {"y2_u": np.maximum(-v_fb, 0), "y3_u": np.maximum(v_fb, 0)}
    np.testing.assert_array_equal(applied(split, zero, tag_1=tags, **parts), expected)
    no_spike = {"x0": zero, "y1_x0": zero}
    for y0, left in ((0, tags), (1, zero)):  # the tag goes with the postsynaptic spike
        after = applied(
            rules[1].dt, tags << BELOW, y0=np.full((255, 1), y0), tag_1=tags, **no_spike
        )
        np.testing.assert_array_equal(after, left << BELOW)


@given(st.integers(0, 8), st.integers(0, 2**32))
def test_the_accumulator_is_rounded_as_the_reference_rounds_the_update(lr_shift, key):
    rng, unit = np.random.default_rng(key), 2 ** (8 - lr_shift)
    w, most = rng.integers(-128, 128, (1, 500)), 32767 // unit
    delta = rng.integers(-most, most + 1, (1, 500))
    # Lava saturates the sum here
    accumulator = np.clip(w * 256 - delta * unit, -32769, 32767)
    after = round_weights(accumulator, lr_shift=lr_shift, key=np.uint64(key))
    with np.errstate(over="ignore"):
        random = draw(np.uint64(key), np.arange(w.size, dtype=np.uint64))[None, :]
    d = round_shift(delta, np.int64(lr_shift), int(Rounding.STOCHASTIC), random)
    np.testing.assert_array_equal(after, np.clip(w - d, -128, 127) * 256)


def test_synapses_draw_column_by_column():
    key = random_key(1, 5)
    accumulator = np.full((3, 4), 128)  # half a weight: the draw alone decides
    after = round_weights(accumulator, lr_shift=8, key=key)
    for o in range(3):
        for i in range(4):
            with np.errstate(over="ignore"):
                low = int(draw(key, np.uint64(i * 3 + o))) % 256
            assert after[o, i] == (0 if -128 + low >= 0 else 256)


def test_widths_are_those_of_the_limits():
    assert fraction_bits(LOIHI2) == ACCUMULATOR_BITS
    assert W_ACCUMULATOR_S - W_SYN_VAR_S["weights"] == ACCUMULATOR_BITS - 1  # of a weight 2 w


def test_every_layer_learns_in_the_last_epoch_of_a_sample():
    schedules = [TickSchedule(steps=5, depth=3, layer=layer) for layer in range(3)]
    assert schedules[0].ticks == 16
    for schedule in schedules:
        assert schedule.at(16) == (0, schedule.learning_step, False)
        assert schedule.at(17) == (1, -schedule.layer, True)
    assert schedules[2].error_step == 4  # the output's last step


def test_the_rule_is_known_without_lava():
    program = (
        "import sys; from lava_intsnn import presets; "
        "from lava_intsnn.loihi.learning_engine.engine_rule import rule_of; "
        "print(rule_of(presets.digits_snn_loihi(), 1)['dw'], 'lava.magma' in sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == ["4*2^-7*u0*t*y2", "False"]
    assert rule_of(presets.digits_snn_loihi(), 0)["dt"] == "x0*y1 - u0*t*y3"
    assert rule_of(presets.digits_snn_loihi(), 0)["trace_shift"] is None
