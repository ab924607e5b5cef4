"""Synapses in products of int16, against sums that numpy takes in int64 as the equations say."""

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

from lava_intsnn.arithmetic import Rounding, limit
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.population import Population
from lava_intsnn.engine.synapses import synapses_of
from lava_intsnn.engine.synapses.delayed_synapses import WideDelays
from lava_intsnn.engine.synapses.step_synapses import Recorded
from lava_intsnn.engine.transposed_feedback import TransposedFeedback
from lava_intsnn.network import Dense, Feedback, Neuron, Precision, Recurrence


def layer_kernel(n_in, n_out, bits, rng, **options):
    """A layer with random weights, the extreme ones among them."""
    layer = Dense(n_in=n_in, n_out=n_out, neuron=Neuron(vth=9, window=9), lr_shift=3, **options)
    precision = Precision(shadow_bits=max(16, bits), inference_bits=bits, full_range=True)
    kernel = LayerKernel(
        layer, precision=precision, rounding=Rounding.STOCHASTIC, feedback=Feedback()
    )
    lowest, highest = precision.w_shadow_min, precision.w_shadow_max
    weights = rng.integers(lowest, highest + 1, layer.weight_shape)
    weights[rng.random(weights.shape) < 0.2] = lowest
    drawn = layer.max_delay and rng.integers(0, layer.max_delay + 1, weights.shape)
    kernel.load(weights, drawn if layer.delays_in_state else None)
    return kernel


def seen(x, delays):
    """What each synapse sees of ``x (B, T, I)``: int64 ``(B, T, O, I)``."""
    samples, steps, n_in = x.shape
    found = np.zeros((samples, steps, *delays.shape), np.int64)
    for h, i in np.ndindex(*delays.shape):
        d = delays[h, i]
        found[:, d:, h, i] = x[:, : max(0, steps - d), i]
    return found


def traces(x, rule):
    """The presynaptic traces of ``x (B, T, I)``."""
    found, now = np.zeros(x.shape, np.int64), np.zeros(x[:, 0].shape, np.int64)
    for t in range(x.shape[1]):
        now = ((now * rule.keep) >> rule.shift) + (x[:, t].astype(np.int64) << rule.bits)
        found[:, t] = now
    return found


@st.composite
def layers(draw):
    """Numbers of a layer, its activity and its feedback."""
    return {
        "n_in": draw(st.sampled_from((1, 2, 15, 33))),
        "n_out": draw(st.sampled_from((1, 10, 20, 40, 130))),
        "steps": draw(st.sampled_from((1, 4, 7, 33, 65))),
        "samples": draw(st.sampled_from((1, 5, 16, 19))),
        "bits": draw(st.sampled_from((4, 8, 12, 16, 18))),
        "max_delay": draw(st.sampled_from((0, 0, 1, 9, 62))),
        "top": draw(st.sampled_from((1, 3, 255))),
        "voltage": draw(st.sampled_from((100, 1 << 16, 1 << 24, (1 << 30) - 1))),
        "trace": draw(st.sampled_from(({}, {"trace_shift": 0}, {"trace_shift": 3}))),
        "changes": draw(st.sampled_from((None, 0, 1, 3, 250))),
        "seed": draw(st.integers(0, 2**32 - 1)),
    }


def check_layer(n_in, n_out, steps, samples, bits, max_delay, top, voltage, trace, changes, seed):
    rng = np.random.default_rng(seed)
    learned = {"max_delay": max_delay, "delay_source": "state", "delay_lr_shift": 0}
    kernel = layer_kernel(n_in, n_out, bits, rng, **(learned if max_delay else {}), **trace)
    layer, graded = kernel.layer, top > 1
    x = rng.integers(0, top + 1, (samples, steps, n_in)).astype(np.uint8)
    x[rng.random(x.shape) < 0.5] = 0
    w = kernel.w[:n_in, :n_out].astype(np.int64)
    delays = kernel.delays if max_delay else layer.delays()
    synapses = synapses_of(kernel, steps=steps, graded=graded)
    a = np.zeros((samples, steps, kernel.p), np.int32)
    synapses.read_weights()
    synapses.sums(x, a)
    want = np.einsum("bthi,ih->bth", seen(x, delays), w)
    np.testing.assert_array_equal(a[:, :, :n_out], want)

    stepwise = synapses_of(kernel, steps=steps, graded=graded)
    for _ in range(2):  # the second sample finds what the first has left
        for t in range(min(steps, 9)):
            now = np.zeros((samples, kernel.p), np.int32)
            stepwise.step_sums(x[:, t], t, now)
            np.testing.assert_array_equal(now[:, :n_out], want[:, t])

    gates = rng.integers(0, 2, (samples, steps, n_out)).astype(np.uint8)
    stretches = 1 if changes is None else 1 + changes  # of the same voltages, at one step or at all
    shape = samples, stretches, n_out
    v_fb = rng.integers(-voltage, voltage + 1, shape).astype(np.int32)
    v_fb[rng.random(shape) < 0.2] = -voltage
    if changes is not None:
        at = np.sort(rng.integers(0, stretches, (samples, steps)), axis=1)
        v_fb = v_fb[np.arange(samples)[:, None], at]
    active = rng.random(samples) < 0.8
    (delta,) = kernel.new_delta() + 1
    for _ in range(2):
        synapses.delta(Recorded(x, gates, v_fb, active), delta)
    q = v_fb.astype(np.int64) * gates * active[:, None, None]
    traced = traces(x, layer.trace)
    want = np.einsum("bthi,bth->ih", seen(traced, delays), q)
    np.testing.assert_array_equal(delta[:n_in, :n_out], 1 + 2 * want)
    if layer.learns_delays:  # what one step more of delay would add
        later = np.einsum("bthi,bth->ih", seen(traced, delays + 1), q)
        np.testing.assert_array_equal(delta[n_in:, :n_out], 1 + 2 * (later - want))


@given(layers())
@family(150, quick=12)
def test_sums_and_updates_are_those_of_the_equations(numbers):
    check_layer(**numbers)


def test_weights_and_traces_beyond_int16_take_the_wide_form():
    rng = np.random.default_rng(0)
    wide = layer_kernel(3, 2, 20, rng, max_delay=2)
    fine = layer_kernel(3, 2, 16, rng, max_delay=2)
    traced = layer_kernel(3, 2, 8, rng, max_delay=2, trace_shift=0)
    kinds = [
        type(synapses_of(kernel, steps=steps, graded=True))
        for kernel, steps in ((wide, 5), (fine, 5), (traced, 100), (traced, 200))
    ]
    assert [kind is WideDelays for kind in kinds] == [True, False, False, True]


@pytest.mark.parametrize("total", [np.int32, np.int64])
@pytest.mark.parametrize("seed", range(3))
def test_feedback_of_changes_is_the_gated_sum(total, seed):
    rng = np.random.default_rng(seed)
    samples, steps, n_out, n_in = 3, 40, 7, 21
    layer = Dense(n_in=n_in, n_out=n_out, neuron=Neuron(vth=9, window=9), lr_shift=3)
    gates = np.repeat(rng.integers(0, 2, (samples, steps // 4, n_out)), 4, axis=1)
    gates = gates.astype(np.uint8)
    v_fb = rng.integers(-300, 300, (samples, 1, n_out)).astype(np.int32)
    v_fb[0, 0, :3] = 0
    w = rng.integers(-128, 128, (n_out, n_in)).astype(np.int32)
    active = np.array([True, False, True])
    out = np.full((samples, steps, n_in + 2), 77, np.int32)
    feedback = TransposedFeedback(layer, gated=True, total_dtype=np.dtype(total))
    feedback.propagate(gates, v_fb, w, active, out, shift=np.int64(3), lim=np.int64(9000))
    sums = np.einsum("bto,oi->bti", gates * v_fb.astype(np.int64), w.astype(np.int64))
    want = np.clip(sums >> 3, -9000, 9000)
    np.testing.assert_array_equal(out[active][:, :, :n_in], want[active])
    assert np.all(out[1] == 77)
    assert np.all(out[:, :, n_in:] == 77)


@pytest.mark.parametrize("top", [0, 100, 127, 128, 3000, 32767])
@pytest.mark.parametrize(("n", "samples", "bits"), [(33, 3, 8), (64, 13, 8), (40, 8, 12)])
def test_recurrent_sums_are_the_same_in_bytes_and_in_pairs(n, samples, bits, top):
    rng = np.random.default_rng(n + top)
    recurrence = Recurrence(source="voltage", b16_shift=2, shift=1)
    kernel = layer_kernel(2, n, bits, rng, recurrence=recurrence)
    steps, size = 5, 4 * max(1, top)
    a = rng.integers(-size, size + 1, (samples, steps, kernel.p)).astype(np.int32)
    population = Population(kernel, rows=samples, steps=steps)
    population.start()
    spikes, gates = (np.zeros((samples, steps, n), np.uint8) for _ in range(2))
    population.advance(a, spikes, gates, first=0, t=0)
    w = kernel.w[2:, :n].astype(np.int64)
    v, u = (np.zeros((samples, n), np.int64) for _ in range(2))
    for t in range(steps):
        now = (v >> 1) + a[:, t, :n] + ((u @ w) >> 1)
        now = np.clip(now, -limit(24), limit(24))
        np.testing.assert_array_equal(spikes[:, t], now > 9)
        np.testing.assert_array_equal(gates[:, t], np.abs(now - 9) < 9)
        u = np.clip(now >> 2, -limit(16), limit(16))
        v = np.where(now > 9, 0, now)
