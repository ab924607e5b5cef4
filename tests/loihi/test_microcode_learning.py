"""Learning rules give the reference's update, and what their text says."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from microcode_support import group_of, image_of
from random_programs import rules

from lava_intsnn.arithmetic import Rounding, draw
from lava_intsnn.loihi.microcode import (
    CoreCounts,
    GroupCore,
    LearningRule,
    MicrocodeError,
    Port,
)
from lava_intsnn.network import Dense, Network, Neuron, Precision
from lava_intsnn.random_keys import update_key
from lava_intsnn.reference.learn import update

RULE = LearningRule(
    dt="x1*y1", dw="-2^-2*t*y2", x1_shift=1, tag_first=1, tag_last=2, update_step=3, stream=4
)


def learner(weights, rule, *, period=4, input_bits=1, **more):
    """A core whose traces y1 and y2 are what the host writes into ports of these names."""
    n = len(weights)
    code = [line for y in ("1", "2") for line in (("RDC", "r0", f"h{y}"), ("TRACE", f"y{y}", "r0"))]
    ports = (Port("a", 32), Port("h1", 8, host=True), Port("h2", 8, host=True))
    group = group_of(*code, n=n, ports=ports)
    slot = replace(group.schedule[0], first=0, last=period - 1)
    group = replace(group, schedule=(slot,))
    image = image_of(group, weights, period=period, input_bits=input_bits, learning=rule, **more)
    return GroupCore(image, "g")


def run(core, payloads, y1, y2, **key):
    """One period: payloads (P, I), traces (P, O)."""
    for step in range(len(payloads)):
        core.deliver("w", payloads[step : step + 1])
        core.inject("h1", y1[step : step + 1])
        core.inject("h2", y2[step : step + 1])
        core.tick(step, **key)


def test_one_sample_by_hand():
    weights = np.array([[10, 126], [-127, 0]])
    core = learner(weights, replace(RULE, rounding=Rounding.FLOOR))
    # Step 0 is before the first tag step: neither trace nor tag sees it.
    x = np.array([[1, 1], [1, 0], [0, 1], [1, 1]])
    y1 = np.array([[1, 1], [1, 1], [1, 0], [1, 1]])
    y2 = np.array([[9, 9], [9, 9], [9, 9], [5, 7]])
    run(core, x, y1, y2)
    # x1: (1, 0) then (1 >> 1, 1) = (0, 1); tags: neuron 0 (1, 1), neuron 1 (1, 0)
    assert core.tags("w").tolist() == [[1, 1], [1, 0]]
    # w - (t * y2 >> 2) is -(5 >> 2) = -1 for neuron 0, -(7 >> 2) = -1 for neuron 1
    assert core.weights("w").tolist() == [[9, 125], [-128, 0]]
    assert core.counts() == CoreCounts(
        instructions=5 * 2 * 4,
        synaptic_ops=6 * 2,
        tag_updates=2 + 1,
        weight_updates=4,
        state_reads=2 * 2 * 4,
        state_writes=4 * 2 * 4,
        synapse_reads=6 * 2 + 3 + 2 * 4,
        synapse_writes=3 + 4,
    )
    run(core, x, y1, y2)  # tags begin at 0 again; -128 is the limit
    assert core.tags("w").tolist() == [[1, 1], [1, 0]]
    assert core.weights("w").tolist() == [[8, 124], [-128, 0]]


@given(st.integers(0, 8), st.integers(0, 3), st.sampled_from(Rounding), st.booleans(), st.data())
@family(100)
def test_the_rule_is_the_update_of_the_reference(lr, trace_shift, rounding, negated, data):
    """(3.4), (3.5), (3.17), (3.18) of one sample, batch 1, for either sign of the third factor."""
    n_in, n_out, steps = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4)), 5
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 16)))
    layer = Dense(
        n_in=n_in, n_out=n_out, neuron=Neuron(vth=1, window=0), lr_shift=lr, clip=1 << 20,
        trace_shift=trace_shift,
    )  # fmt: skip
    network = Network(
        name="n", layers=(layer,), steps=steps, precision=Precision(shadow_bits=8, inference_bits=8,
        full_range=True), rounding=rounding,
    )  # fmt: skip
    weights = rng.integers(-128, 128, (n_out, n_in))
    x = rng.integers(0, 2, (steps, n_in))
    g = rng.integers(0, 2, (steps, n_out))
    error = rng.integers(-127, 128, n_out)
    seed, updates = data.draw(st.integers(0, 1 << 40)), data.draw(st.integers(0, 1 << 20))
    trace, t_corr = np.zeros(n_in, np.int64), np.zeros((n_out, n_in), np.int64)
    for t in range(steps):
        trace = (trace >> trace_shift) + x[t]
        t_corr += g[t][:, None] * trace
    expected = update(
        network, layer, weights, error[:, None] * t_corr, key=update_key(seed, 4, updates)
    )
    rule = LearningRule(
        dt="x1*y1", dw=f"{'' if negated else '-'}2^-{lr}*t*y2", x1_shift=trace_shift,
        rounding=rounding, tag_first=0, tag_last=steps - 1, update_step=steps - 1, stream=4,
    )  # fmt: skip
    core = learner(weights, rule, period=steps)
    y2 = np.tile(-error if negated else error, (steps, 1))
    run(core, x, g, y2, seed=seed, updates=updates)
    assert core.tags("w").tolist() == t_corr.tolist()
    assert core.weights("w").tolist() == expected.tolist()


def plain_rule(rule, weights, payloads, y1, y2, key):
    """What the manual says of a rule, one synapse at a time, in fractions."""
    new, tags = weights.copy(), np.zeros_like(weights)
    n_out, n_in = weights.shape
    for o in range(n_out):
        for i in range(n_in):
            x1 = tag = 0
            for step in range(rule.update_step + 1):
                values = {"y1": int(y1[step, o]), "y2": int(y2[step, o]), "w": int(weights[o, i])}
                if rule.tag_first <= step <= rule.tag_last:
                    payload = int(payloads[step, i])
                    x1 = x1 // 2**rule.x1_shift + payload
                    values |= {"x0": int(payload != 0), "x1": x1, "t": tag}
                    last = {"x0": values["x0"], "x1": x1}
                    tag += value_of(rule.dt, values)
                    if x1 > 127 or not -(2 ** (rule.tag_bits - 1)) <= tag < 2 ** (
                        rule.tag_bits - 1
                    ):
                        return None
            total = value_of(rule.dw, {**values, **last, "t": tag})
            scale = 2**rule.dw.shift
            random = int(draw(key, np.uint64(i * n_out + o))) % scale
            less = {
                Rounding.FLOOR: floor(-total),
                Rounding.NEAREST: floor(-total + Fraction(1, 2)),
                Rounding.TOWARD_ZERO: floor(-total) if total < 0 else ceil(-total),
                Rounding.STOCHASTIC: floor(-total + Fraction(random, scale)),
            }[rule.rounding]
            new[o, i] = max(-100, min(90, weights[o, i] - less))
            tags[o, i] = tag
    return new, tags


def value_of(total, values):
    """The sum of products as a fraction."""
    result = Fraction(0)
    for product in total.products:
        term = Fraction(product.mantissa) * Fraction(2) ** product.exponent
        for factor in product.factors:
            term *= values[factor]
        result += term
    return result


@given(rules(period=5), st.data())
@family(150)
def test_any_rule_does_what_its_text_says(rule, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 16)))
    weights = rng.integers(-100, 91, (3, 2))
    largest = data.draw(st.sampled_from((1, 4, 90)))
    payloads = rng.integers(0, largest + 1, (5, 2)) * (rng.random((5, 2)) < 0.6)
    y1, y2 = (rng.integers(-3, 4, (5, 3)) * (rng.random((5, 3)) < 0.6) for _ in range(2))
    rule = replace(rule, tag_bits=data.draw(st.sampled_from((4, 9))))
    key = update_key(7, rule.stream, 11)
    core = learner(weights, rule, period=5, input_bits=9, w_min=-100, w_max=90)
    with np.errstate(over="ignore"):
        expected = plain_rule(rule, weights, payloads, y1, y2, key)
    if expected is None:
        with pytest.raises(MicrocodeError, match="tag .*: must be in|presynaptic trace"):
            run(core, payloads, y1, y2, seed=7, updates=11)
        return
    run(core, payloads, y1, y2, seed=7, updates=11)
    assert core.weights("w").tolist() == expected[0].tolist()
    assert core.tags("w").tolist() == expected[1].tolist()


def test_ranges_of_trace_and_tag_stop_the_core():
    weights = np.zeros((1, 1), np.int64)
    one = np.ones((4, 1), np.int64)
    core = learner(weights, replace(RULE, x1_shift=0), input_bits=8)
    with pytest.raises(MicrocodeError, match=r"w: presynaptic trace 200: must be in 0\.\.127"):
        run(core, 100 * one, one, one)
    core = learner(weights, RULE, input_bits=8)
    with pytest.raises(MicrocodeError, match="presynaptic trace -1: must be in"):
        run(core, -one, one, one)
    core = learner(weights, replace(RULE, dt="2^4*x1*y1", tag_bits=5))
    with pytest.raises(MicrocodeError, match=r"w: tag 16: must be in -16\.\.15, tag_bits = 5"):
        run(core, one, one, one)
    core = learner(weights, replace(RULE, dt="2^4*x1*y1", tag_bits=5))
    run(core, one, -one * [[0], [1], [0], [0]], one)  # -16 is in


def test_learning_is_for_one_chip():
    core = learner(np.zeros((1, 1), np.int64), RULE)
    image = image_of(core.group, np.ones((1, 1), np.int64), period=4, learning=RULE)
    with pytest.raises(MicrocodeError, match="its synapses learn, with batch = 2: must be 1"):
        GroupCore(image, "g", batch=2)
    frozen = GroupCore(image, "g", batch=2, learning=False)
    one = np.ones((2, 1), np.int64)
    for step in range(4):
        frozen.deliver("w", one)
        frozen.inject("h1", one)
        frozen.inject("h2", one)
        frozen.tick(step)
    assert frozen.weights("w").tolist() == [[1]]


def test_learned_weights_act_in_the_next_step():
    core = learner(np.array([[10]]), replace(RULE, rounding=Rounding.FLOOR))
    one = np.ones((4, 1), np.int64)
    run(core, one, one, 4 * one)
    core.deliver("w", one[:1])
    assert core._words.ports["a"].tolist() == [[10 - (4 * 2 >> 2)]]
