"""The seven invariants of dynamic threshold adaptation, over random networks.

What the engine does is asked of its recorded spikes. Where the rule must be driven as no executor
drives it (spikes in another order, delays), a small simulator of its own does so.
"""

from dataclasses import replace

import numpy as np
from families import family
from hypothesis import assume, given, strategies as st
from random_conversion import quantised_networks

from lava_intsnn.conversion import spiking_engine
from lava_intsnn.conversion.converter import FORMS, convert
from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.conversion.quantised import inputs_of
from lava_intsnn.conversion.spiking_reference import infer_image

CASES = family(200)

#: More than any count of these networks, and steps enough to settle.
LEVELS = 256

#: Tables that random counts outgrow, too: the last threshold is infinite.
FEW_LEVELS = st.sampled_from((1, 3, 8, 40))


def converted(ann, levels):
    """The network with few levels, but not fewer than its constant channels ask for."""
    constants = [
        int(np.where(layer.gamma == 0, layer.count(np.zeros(layer.channels, int)), 0).max())
        for layer in ann.layers[1:]
    ]
    return convert(ann, levels=max(levels, *constants, 1))


def trajectories(result):
    """Counts (T, B, H, W, O) after every step, layer by layer."""
    return [spikes.astype(np.int64).cumsum(axis=0) for spikes in result.spikes]


# 1


@CASES
@given(quantised_networks(), FEW_LEVELS)
def test_1_a_spike_is_a_sign_and_counts_stay_in_range(case, levels):
    ann, images = case
    network = converted(ann, levels)
    result = spiking_engine.infer(network, images, steps=min(network.max_steps, 12), record=True)
    for index, (spikes, n) in enumerate(zip(result.spikes, trajectories(result))):
        assert spikes.min() >= (-1 if index else 0)
        assert spikes.max() <= 1
        assert n.min() >= 0
        t = np.arange(len(n)).reshape(-1, 1, 1, 1, 1)
        assert (n <= t + 1).all()
        np.testing.assert_array_equal(n[-1], result.counts[index])


# 2


@CASES
@given(quantised_networks())
def test_2_counts_equal_the_quantised_network_once_settled(case):
    ann, images = case
    network = convert(ann, levels=LEVELS)
    wanted = ann.counts(images)
    result = spiking_engine.infer(network, images, steps=LEVELS, record=True)
    for b in range(len(images)):
        steps = 0  # after which the layer before rests
        for index, n in enumerate(trajectories(result)):
            reached = n[steps - 1, b] if steps else 0
            steps += int(np.abs(reached - wanted[index][b]).max())
            assert steps <= (4 if index == 0 else LEVELS)
            assert (n[max(steps - 1, 0) :, b] == wanted[index][b]).all()
        assert result.quiet_at[b] <= steps
        logits = ann.logits(wanted[-1])[b]
        assert (result.logits[max(steps - 1, 0) :, b] == logits).all()


# 3


@CASES
@given(quantised_networks(min_layers=2), st.sampled_from((8, 64)))
def test_3_frozen_input_brings_the_count_one_step_nearer_each_step(case, levels):
    """A layer whose input has fallen silent: its potential neither leaks nor is reset."""
    ann, images = case
    network = converted(ann, levels)
    result = spiking_engine.infer(network, images, steps=network.max_steps, record=True)
    found = trajectories(result)
    for index, layer in enumerate(network.layers[1:], start=1):
        before, n = found[index - 1], found[index]
        u = potential(layer, before[-1] * network.layers[index - 1].amplitude)
        distance = np.abs(n - (u[..., None] >= layer.thresholds).sum(axis=-1))
        for b in range(len(images)):
            frozen = max(last_spike(result.spikes[index - 1][:, b]) + 1, 1)
            nearer = np.maximum(distance[frozen - 1 : -1, b] - 1, 0)
            np.testing.assert_array_equal(distance[frozen:, b], nearer)


def potential(layer, x):
    return correlate(x, layer.weights, stride=layer.stride, padding=layer.padding)


def last_spike(spikes):
    """The last step with a spike, -1 if there is none."""
    return int(np.flatnonzero(spikes.any(axis=(1, 2, 3))).max(initial=-1))


# 4


def shuffled(rng, counts, *, steps):
    """Spikes (steps, ...) that add up to ``counts``, in any order, taken back and sent again."""
    slot = np.arange(steps).reshape(-1, *[1] * counts.ndim)
    pairs = rng.integers(0, (steps - counts) // 2 + 1)
    spikes = np.where(slot < counts + pairs, 1, np.where(slot < counts + 2 * pairs, -1, 0))
    return rng.permuted(spikes, axis=0)


def delayed(spikes, delay, *, steps):
    """Each neuron's spikes (T, B, H, W, O) later by its delay (H, W, O), in ``steps`` steps."""
    out = np.zeros((steps, *spikes.shape[1:]), dtype=np.int64)
    for d in np.unique(delay):
        part = np.where(delay == d, spikes[: steps - d], 0)
        out[d : d + len(part)] += part
    return out


def simulated(layer, spikes, amplitude):
    """Spikes (T, B, H', W', O) of a hidden layer, by the rule as it is written."""
    steps, batch = spikes.shape[:2]
    u = potential(layer, (amplitude * spikes).reshape(-1, *spikes.shape[2:]))
    u = u.reshape(steps, batch, *u.shape[1:]).cumsum(axis=0)
    infinite = np.full((layer.channels, 1), np.iinfo(np.int64).max)
    theta = np.concatenate([-infinite, layer.thresholds, infinite], axis=1)
    channel = np.arange(layer.channels)
    n = np.zeros(u.shape[1:], dtype=np.int64)
    out = np.zeros(u.shape, dtype=np.int64)
    for t in range(steps):
        out[t] = (u[t] >= theta[channel, n + 1]).astype(int) - (u[t] < theta[channel, n])
        n += out[t]
    return out


@CASES
@given(quantised_networks(), st.integers(0, 2**32 - 1), st.booleans())
def test_4_final_counts_depend_on_no_order_and_no_delay(case, seed, apart):
    """Spikes of the encoder in any order; delays of layers, or of every neuron of its own."""
    ann, images = case
    rng = np.random.default_rng(seed)
    network = convert(ann, levels=64)
    result = spiking_engine.infer(network, images)
    assume(
        (result.quiet_at < network.max_steps).all()
    )  # counts that may still change are not final
    wanted, steps = result.counts, 140
    spikes = shuffled(rng, wanted[0].astype(np.int64), steps=12)
    for index, layer in enumerate(network.layers[1:], start=1):
        shape = network.shapes[index - 1]
        delay = rng.integers(0, 7, shape) if apart else np.full(shape, rng.integers(0, 7))
        inputs = delayed(spikes, delay, steps=steps)
        spikes = simulated(layer, inputs, network.layers[index - 1].amplitude)
        assert not spikes[-1].any(), "settled"
        np.testing.assert_array_equal(spikes.sum(axis=0), wanted[index])


# 5


@CASES
@given(quantised_networks(max_images=2), FEW_LEVELS)
def test_5_nothing_spikes_after_a_step_without_spikes(case, levels):
    """The reference runs to the end, whatever happens; the engine stops when it is quiet."""
    ann, images = case
    network = converted(ann, levels)
    stopped = spiking_engine.infer(network, images)
    for b, image in enumerate(images):
        steps = min(network.max_steps, 40)
        full = infer_image(network, image, steps=steps)
        silent = ~np.any([spikes.any(axis=(1, 2, 3, 4)) for spikes in full.spikes], axis=0)
        quiet_at = int(np.argmax(silent)) if silent.any() else steps
        assert silent[quiet_at:].all()
        assert full.quiet_at[0] == stopped.quiet_at[b] == quiet_at
        np.testing.assert_array_equal(stopped.logits[-1, b], full.logits[-1, 0])
        for some, all_ in zip(stopped.counts, full.counts):
            np.testing.assert_array_equal(some[b], all_[0])


# 6


@CASES
@given(quantised_networks(), st.integers(2, 100), st.sampled_from(FORMS))
def test_6_weights_and_thresholds_times_an_integer_change_no_spike(case, factor, form):
    ann, images = case
    network = convert(ann, levels=16, thresholds=form)
    scaled = replace(
        network,
        layers=tuple(
            replace(
                layer,
                weights=layer.weights.astype(np.int32) * np.int32(factor),
                thresholds=layer.thresholds * factor,
            )
            for layer in network.layers
        ),
    )
    found, wanted = (
        spiking_engine.infer(each, images, steps=16, record=True) for each in (scaled, network)
    )
    for some, others in zip(found.spikes, wanted.spikes):
        np.testing.assert_array_equal(some, others)
    np.testing.assert_array_equal(found.logits, wanted.logits)


# 7


@CASES
@given(quantised_networks(ternary=True), st.sampled_from(FORMS))
def test_7_everything_is_an_integer_and_ternary_stays_ternary(case, form):
    ann, images = case
    network = convert(ann, levels=16, thresholds=form)
    assert inputs_of(network, images).dtype == np.int32
    assert network.readout.dtype == np.int8
    for index, layer in enumerate(network.layers):
        assert layer.weights.dtype == np.int8
        assert layer.thresholds.dtype == np.int64
        assert index == 0 or np.isin(layer.weights, (-1, 0, 1)).all()
    for result in (
        spiking_engine.infer(network, images, record=True),
        infer_image(network, images[0], steps=4),
    ):
        for name, value in vars(result).items():
            for array in value if isinstance(value, tuple) else (value,):
                assert array.dtype.kind == "i", name
