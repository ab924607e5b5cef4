"""The general form's kernels against plain numpy, at magnitudes random networks seldom reach."""

from dataclasses import replace

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import given, strategies as st
from random_case import Case
from random_networks import cases

from lava_intsnn import presets
from lava_intsnn.engine import conv_steps, delays
from lava_intsnn.engine.error_neurons import ErrorNeurons, error
from lava_intsnn.engine.trace_updates import delta_traces, dense_fan
from lava_intsnn.engine.vector import BLOCK
from lava_intsnn.engine.words import unpack
from lava_intsnn.network import Conv, Dense, Neuron, Recurrence
from lava_intsnn.network.trace import TraceRule
from lava_intsnn.random_keys import train_keys
from lava_intsnn.reference.output_error import output_error
from lava_intsnn.state import initial_state


def assert_same_bits(network):
    rng = np.random.default_rng(2)
    images = np.minimum(rng.geometric(0.05, (20, network.n_values)), 255).astype(np.uint8)
    images[rng.random(images.shape) < 0.4] = 0
    case = Case(
        network=network,
        state=initial_state(network, 3),
        images=images,
        labels=rng.integers(0, 10, 20).astype(np.int32),
        keys=train_keys(3, 0, np.arange(20)),
        lr_boost=0,
    )
    assert_equal_training(case, threads=2, form="auto")


#: How traces decay: by a shift, or by a product and a shift with fractional bits.
rules = st.one_of(
    st.builds(TraceRule, st.just(1), st.integers(0, 2), st.just(0)),
    st.builds(TraceRule, st.integers(0, 4096), st.just(12), st.integers(0, 5)),
)


def traces_of(x, rule):
    out = np.zeros(x.shape, np.int64)
    for t in range(x.shape[1]):
        last = out[:, t - 1] if t else np.zeros_like(out[:, 0])
        out[:, t] = (last * rule.keep >> rule.shift) + (x[:, t].astype(np.int64) << rule.bits)
    return out


@given(
    seed=st.integers(0, 2**32 - 1),
    v_fb_bits=st.sampled_from((5, 14, 20, 24, 31)),
    steps=st.integers(1, 12),
    rule=rules,
    signed=st.booleans(),
    per_step=st.booleans(),
)
@family(80)
def test_updates_are_exact_at_any_magnitude(seed, v_fb_bits, steps, rule, signed, per_step):
    """Sums kept in int32, widened between samples, and too wide from the start."""
    rng = np.random.default_rng(seed)
    batch, n_in, n_out, width = 20, 7, 5, 16
    x = rng.integers(0, 256, (batch, steps, n_in)).astype(np.uint8)
    if signed:
        x = rng.integers(-32767, 32768, x.shape).astype(np.int16)
    x[rng.random(x.shape) < 0.3] = 0
    gates = rng.integers(0, 2, (batch, steps, n_out)).astype(np.uint8)
    top = (1 << (v_fb_bits - 1)) - 1
    v_fb = rng.integers(-top, top + 1, (batch, steps if per_step else 1, n_out)).astype(np.int32)
    active = rng.random(batch) < 0.8
    q = np.zeros((steps, 1, width), np.int32)
    delta = np.zeros((n_in, width), np.int64)
    delta[:, :n_out] = rng.integers(-(2**40), 2**40, (n_in, n_out))
    gated = (v_fb * gates.astype(np.int64))[active]
    expected = delta.copy()
    expected[:, :n_out] += np.einsum("bto,bti->io", gated, traces_of(x, rule)[active])
    delta_traces(x, gates, v_fb, rule, active, dense_fan(n_in), q, delta)
    np.testing.assert_array_equal(delta, expected)


@given(
    seed=st.integers(0, 2**32 - 1),
    v_fb_bits=st.sampled_from((5, 14, 20, 24, 31)),
    channels=st.sampled_from((1, 5, 32, 33)),
    padding=st.integers(0, 1),
    rule=rules,
    per_step=st.booleans(),
)
@family(60)
def test_convolutions_are_exact_at_any_magnitude(
    seed, v_fb_bits, channels, padding, rule, per_step
):
    """Against patches: the sums, and updates in int32, widened between samples, and too wide."""
    rng = np.random.default_rng(seed)
    shape = {"channels": channels, "kernel": 3, "stride": 2, "padding": padding}
    neuron = Neuron(vth=9, window=9, decay_shift=1)
    layer = Conv(in_shape=(6, 5, 2), neuron=neuron, lr_shift=0, **shape)
    batch, steps, positions = 9, 4, layer.n_out // channels
    patches, fan = layer.patches(), conv_steps.fan(layer)
    width = -(-channels // BLOCK) * BLOCK
    x = rng.integers(0, 256, (batch, steps, layer.n_in)).astype(np.uint8)
    x[rng.random(x.shape) < 0.5] = 0
    w = np.zeros((layer.fan_in, width), np.int16)
    w[:, :channels] = rng.integers(-128, 128, (layer.fan_in, channels))
    a = np.empty((batch, steps, layer.n_out), np.int32)
    conv_steps.sums_conv(x, w, fan, np.empty((positions, width), np.int32), a)
    seen = np.where(patches >= 0, x[..., patches], 0).astype(np.int64)
    whole = w[:, :channels].astype(np.int64)
    np.testing.assert_array_equal(a.reshape(batch, steps, positions, channels), seen @ whole)

    gates = rng.integers(0, 2, a.shape).astype(np.uint8)
    top = (1 << (v_fb_bits - 1)) - 1
    given_steps = steps if per_step else 1
    v_fb = rng.integers(-top, top + 1, (batch, given_steps, layer.n_out)).astype(np.int32)
    active = rng.random(batch) < 0.8
    delta = np.zeros((layer.fan_in, width), np.int64)
    delta[:, :channels] = rng.integers(-(2**40), 2**40, (layer.fan_in, channels))
    gated = (v_fb * gates.astype(np.int64)).reshape(batch, steps, positions, channels)
    trace = traces_of(x, rule)
    trace = np.where(patches >= 0, trace[..., patches], 0)
    expected = delta.copy()
    expected[:, :channels] += np.einsum("btpc,btpf->fc", gated[active], trace[active])
    q = np.zeros((steps, positions, width), np.int32)
    delta_traces(x, gates, v_fb, rule, active, fan, q, delta)
    np.testing.assert_array_equal(delta, expected)


@pytest.mark.parametrize("rule", [TraceRule(1, 1, 0), TraceRule(3000, 12, 4)])
@pytest.mark.parametrize("v_fb_bits", [5, 24, 31])
def test_updates_of_delayed_synapses_are_exact_at_any_magnitude(v_fb_bits, rule):
    rng = np.random.default_rng(v_fb_bits)
    batch, steps, n_in, n_out, longest = 11, 9, 6, 4, 5
    x = rng.integers(0, 256, (batch, steps, n_in)).astype(np.uint8)
    gates = rng.integers(0, 2, (batch, steps, n_out)).astype(np.uint8)
    top = (1 << (v_fb_bits - 1)) - 1
    v_fb = rng.integers(-top, top + 1, (batch, steps, n_out)).astype(np.int32)
    d = rng.integers(0, longest + 1, (n_out, n_in))
    lanes = np.zeros((n_in, (longest + steps) * delays.LANES), np.int32)
    most = delays.to_lanes(x, longest, rule, lanes)
    trace = traces_of(x, rule)
    assert most == trace.max()
    row = np.zeros(steps * delays.LANES, np.int32)
    delta = np.zeros((n_in, 16), np.int64)
    offsets = (longest - d) * delays.LANES
    active = np.ones(batch, np.bool_)
    delays.delta_delayed(lanes, most, offsets, gates, v_fb, active, row, delta)
    for o in range(n_out):
        for i in range(n_in):
            late = d[o, i]
            seen = np.pad(trace[:, :, i], ((0, 0), (late, 0)))[:, :steps]
            assert delta[i, o] == (v_fb[:, :, o] * gates[:, :, o].astype(np.int64) * seen).sum()


@given(cases(features=frozenset({"propagation", "losses"})), st.floats(0, 1))
@family(60)
def test_error_neurons_are_the_oracles(case: Case, activity):
    """All losses and propagations, at once and step by step."""
    network = case.network
    batch, steps, n_out = 4, network.steps, network.n_classes
    rng = np.random.default_rng(case.state.seed)
    spikes = (rng.random((batch, steps, n_out)) < activity).astype(np.uint8)
    labels = rng.integers(-1, n_out, batch).astype(np.int32)
    keys = train_keys(case.state.seed, 0, np.arange(batch))
    expected = [
        output_error(network, s.astype(np.int64), int(label), key)
        for s, label, key in zip(spikes, labels, keys)
    ]
    e, active = error(network, spikes.sum(axis=1, dtype=np.int32), labels, keys, spikes)
    np.testing.assert_array_equal(e, expected)
    np.testing.assert_array_equal(active, np.any(expected, axis=1))
    neurons = ErrorNeurons(network, batch)
    for _ in range(2):  # a second sample starts afresh
        neurons.reset()
        for t in range(steps):
            so_far = spikes[:, : t + 1].sum(axis=1, dtype=np.int32)
            neurons.step(so_far, labels, keys, t=t)
        np.testing.assert_array_equal(neurons.e(), expected)


def test_spike_words_unpack_to_steps():
    words = np.array([[0b101, 0, 7], [0, 1 << 31, 9]], np.uint32)
    spikes = np.empty((2, 32, 2), np.uint8)
    unpack(words, spikes)
    assert np.argwhere(spikes).tolist() == [[0, 0, 0], [0, 2, 0], [1, 31, 1]]


@pytest.mark.parametrize("name", ["fsdd-snn", "fsdd-rsnn", "fsdd-delay"])
@pytest.mark.parametrize("precision", ["16-8", "16-16", "8-4"])
def test_spoken_digit_networks_learn_the_same_bits(name, precision):
    network = replace(presets.preset(name).network(precision), batch=20)
    assert_same_bits(network)


def test_learned_recurrence_with_delays_learns_the_same_bits():
    network = presets.preset("fsdd-snn").network("16-8")
    hidden = network.layers[0]
    assert isinstance(hidden, Dense)
    recurrence = Recurrence(learned=True, lr_shift=16)
    hidden = replace(hidden, recurrence=recurrence, max_delay=4)
    assert_same_bits(replace(network, layers=(hidden, network.layers[1]), batch=20))
