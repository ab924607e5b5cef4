"""Converted networks in Lava: every spike, count and logit that the literal reference finds."""

import doctest
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.monitor.process import Monitor
from random_conversion import quantised_networks

from lava_intsnn.conversion import lava_synapses, system
from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.recorded import joined
from lava_intsnn.conversion.reference import infer_image
from lava_intsnn.conversion.result import Result
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.conversion.system import build, run_in_lava
from lava_intsnn.network import NetworkError
from lava_intsnn.processes import (
    DynamicThreshold,
    GradedConv,
    ImageSource,
    LogitAccumulator,
    ThermometerEncoder,
)
from lava_intsnn.processes.dynamic_threshold import process as dynamic_threshold
from lava_intsnn.runtime import ProcessModelError, session

FIXED = Loihi2SimCfg(select_tag="fixed_pt")
STEPS = 9


def reference(network, images, *, steps=STEPS, noise=None, first_sample=0):
    numbered = enumerate(images, first_sample)
    return joined(
        [infer_image(network, x, steps=steps, noise=noise, sample=k) for k, x in numbered]
    )


def assert_same(found, expected):
    for name in (field.name for field in fields(Result)):
        left, right = getattr(found, name), getattr(expected, name)
        for a, b in zip(*((x if isinstance(x, tuple) else (x,)) for x in (left, right))):
            np.testing.assert_array_equal(a, b, err_msg=name)
            assert a.dtype == b.dtype, name
    assert len(found.spikes) == len(expected.spikes)


def random_layer(rng, shape, *, largest, levels, spread, **geometry):
    weights = rng.integers(-largest, largest + 1, shape)
    thresholds = np.sort(rng.integers(-spread, 4 * spread, (shape[0], levels)), axis=1)
    return SpikingLayer(weights.astype(np.int8), thresholds, **geometry)


def small_network(levels=STEPS):
    """Lava's Conv, Conv with padding and stride, Dense, and a readout."""
    rng = np.random.default_rng(5)
    return SpikingNetwork(
        name="small",
        in_shape=(8, 8, 2),
        pixels=Pixels(scale="centred"),
        layers=(
            random_layer(rng, (3, 3, 3, 2), largest=127, levels=4, spread=9000, amplitude=2),
            random_layer(
                rng, (4, 3, 3, 3), largest=1, levels=levels, spread=5, padding=1, stride=2
            ),
            random_layer(rng, (6, 3, 3, 4), largest=1, levels=levels, spread=3),
        ),
        readout=rng.integers(-127, 128, (5, 6)).astype(np.int8),
        level=1,
    )


IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 2)).astype(np.uint8)


# ---- whole networks


@settings(max_examples=45, suppress_health_check=list(HealthCheck))
@given(
    quantised_networks(max_images=4),
    st.sampled_from(("lava", "lava", "own")),
    st.integers(1, 12),
    st.sampled_from((None, Noise(0.5, seed=3))),
)
def test_lava_is_the_reference_to_the_last_spike(case, synapses, steps, noise):
    ann, images = case
    network = convert(ann, levels=12)
    options = {"steps": steps, "noise": noise, "first_sample": 7}
    found = run_in_lava(network, images, record=True, synapses=synapses, **options)
    assert_same(found, reference(network, images, **options))


def test_a_case_with_everything():
    """Amplitude 2, padding, stride, negative gamma, spikes taken back, all in one network."""

    def everything(case):
        ann, images = case
        hidden = ann.layers[1:]
        return (
            ann.level == 1
            and len(images) == 3
            and any(layer.padding for layer in hidden)
            and any(layer.stride == 2 for layer in hidden)
            and any((layer.gamma < 0).any() for layer in hidden)
            and (reference(convert(ann, levels=12), images).retractions > 0).sum() > 2
        )

    cases = quantised_networks(min_layers=3, levels=(1,))
    quick = settings(database=None, derandomize=True, max_examples=3000, phases=["generate"])
    ann, images = find(cases, everything, settings=quick)
    network = convert(ann, levels=12)
    assert network.layers[0].amplitude == 2
    found = run_in_lava(network, images, steps=STEPS, record=True)
    assert_same(found, reference(network, images))


def test_small_network_uses_lavas_own_synapses_and_few_images_a_session(monkeypatch):
    network = small_network()
    made = build(network, Pixels(scale="centred").integers(IMAGES), steps=STEPS).synapses
    assert [type(process) for process in made] == [Conv, Conv, Dense, Dense]
    expected = reference(network, IMAGES, noise=Noise(1.0), first_sample=4)
    assert (expected.retractions[:, 1:] > 0).any(axis=(0, 2)).all()
    assert len(np.unique(expected.logits)) > 10
    neurons = sum(int(np.prod(shape)) for shape in network.shapes)
    monkeypatch.setattr(system, "_RECORD_BYTES", 2 * STEPS * neurons)
    options = {"steps": STEPS, "noise": Noise(1.0), "first_sample": 4}
    assert_same(run_in_lava(network, IMAGES, record=True, **options), expected)
    bare = run_in_lava(network, IMAGES, synapses="own", **options)
    assert bare.spikes is None
    np.testing.assert_array_equal(bare.logits, expected.logits)
    np.testing.assert_array_equal(bare.synops, expected.synops)


@pytest.mark.slow
def test_a_network_of_lenets_size():
    blocks = Stack("32C5-P2-64C5-P2-1000", (28, 28, 1), 10).blocks
    rng, layers = np.random.default_rng(1), []
    for index, block in enumerate(blocks):
        largest = 1 if index else 127
        spread = round(np.sqrt(np.prod(block.weight_shape[1:])) * (1 if index else 6000))
        options = {"largest": largest, "levels": 4 if index == 0 else 14, "spread": spread}
        geometry = {"stride": block.stride, "padding": block.padding}
        layers.append(random_layer(rng, block.weight_shape, **options, **geometry))
    readout = rng.integers(-127, 128, (10, 1000)).astype(np.int8)
    network = SpikingNetwork("lenet", (28, 28, 1), Pixels(), tuple(layers), readout)
    images = rng.integers(0, 256, (2, 28, 28, 1)).astype(np.uint8)
    expected = reference(network, images, steps=14)
    assert (expected.retractions[:, 1:].sum(axis=(0, 2)) > 100).all()
    for synapses in lava_synapses.KINDS:
        found = run_in_lava(network, images, steps=14, record=True, synapses=synapses)
        assert_same(found, expected)


# ---- composed by hand


def test_the_example_of_the_documentation():
    result = doctest.testmod(dynamic_threshold)
    assert result.attempted > 15
    assert not result.failed


def test_monitor_sees_potentials_counts_levels_and_spikes():
    network, n = small_network(), 2
    inputs = network.pixels.integers(IMAGES[:n])
    whole = build(network, inputs, steps=STEPS, record=True)
    encoder, first, second = whole.neurons
    monitors = {name: Monitor() for name in ("v", "n", "level", "s_out")}
    probed = {"v": first.v, "n": second.n, "level": encoder.level, "s_out": encoder.s_out}
    total = whole.total_steps
    assert total == n * STEPS + 4
    for name, monitor in monitors.items():
        monitor.probe(probed[name], total)
    with session(whole, FIXED, timeout=60) as run:
        run.run(total)
        seen = {}
        for name, monitor in monitors.items():
            ((data,),) = (process.values() for process in monitor.get_data().values())
            seen[name] = data
    expected = reference(network, IMAGES[:n])
    assert_same(whole.result(), expected)
    spikes = [s.swapaxes(0, 1).reshape(-1, *s.shape[2:]) for s in expected.spikes]  # (N T, H, W, O)
    np.testing.assert_array_equal(seen["s_out"][1:][: n * STEPS], 2 * spikes[0])
    levels = expected.counts[0].repeat(STEPS, axis=0)
    np.testing.assert_array_equal(seen["level"][1:][: n * STEPS], levels)
    counts = np.concatenate([s.cumsum(axis=0) for s in expected.spikes[2].swapaxes(0, 1)])
    np.testing.assert_array_equal(seen["n"][3:][: n * STEPS], counts)
    sums = correlate(2 * spikes[0].astype(np.int32), network.layers[1].weights, stride=2, padding=1)
    v = sums.reshape(n, STEPS, *sums.shape[1:]).cumsum(axis=1).reshape(sums.shape)
    np.testing.assert_array_equal(seen["v"][2:][: n * STEPS], v)


def test_flat_neurons_between_ring_buffers_bit_accurate():
    """By hand, twice the same sample: up to n = 2, down again, and a table's end is an end."""
    a_in = np.array([[3, 4, -5, -9, 2], [1, 1, 1, 1, 1], [9, 0, 0, 0, 0], [-9, 0, 0, 0, 0]])
    expected = np.array([[1, 1, -1, -1, 0], [0, 0, 0, 1, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]])
    neurons = DynamicThreshold(
        shape=(4,), thresholds=[[2, 6], [4, 8]], amplitude=3, steps=5, slots=1
    )
    source, sink = Source(data=np.hstack([a_in, a_in])), Sink(shape=(4,), buffer=10)
    source.s_out.connect(neurons.a_in)
    neurons.s_out.connect(sink.a_in)
    with session(neurons, FIXED, timeout=60) as run:
        run.run(10)
        sent = run.get(sink.data)
        assert run.get(neurons.n).tolist() == [0, 1, 2, 0]
        assert run.get(neurons.v).tolist() == [-5, 5, 9, -9]
    np.testing.assert_array_equal(sent, 3 * np.hstack([expected, expected]))
    np.testing.assert_array_equal(neurons.spikes[0].T, expected)


def test_our_processes_have_bit_accurate_models():
    dense = Dense(weights=np.eye(4) * 2, weight_exp=-1, num_message_bits=9)
    source = ImageSource(inputs=np.array([[[[1, 2, 3, 4]]]]), steps=2)
    encoder = ThermometerEncoder(shape=(4,), thresholds=[[2, 3, 9]], steps=2, offset=1)
    wide = GradedConv(weights=np.full((1, 1, 1, 4), 1 << 40), in_shape=(1, 1, 4))
    readout = LogitAccumulator(shape=(1,), steps=2, offset=2, slots=1)
    neurons = DynamicThreshold(shape=(4,), thresholds=[[1, 2]], steps=2, offset=1)
    source.s_out.reshape((4,)).connect(dense.s_in)
    dense.a_out.connect([encoder.a_in, neurons.a_in])
    encoder.s_out.reshape((1, 1, 4)).connect(wide.s_in)
    wide.a_out.reshape((1,)).connect(readout.a_in)
    with session(source, Loihi2SimCfg(select_tag="bit_accurate_loihi"), timeout=60) as run:
        run.run(4)
        assert run.get(readout.acc).dtype == np.int64
    # levels 0, 1, 2, 2
    np.testing.assert_array_equal(readout.logits[0, :, 0], np.array([3, 5]) << 40)


def test_the_source_sends_each_image_once():
    inputs = np.random.default_rng(0).integers(-(2**31), 2**31, (2, 2, 3, 1))
    source, sink = ImageSource(inputs=inputs, steps=3), Sink(shape=(2, 3, 1), buffer=10)
    source.s_out.connect(sink.a_in)
    with session(source, FIXED, timeout=60) as run:
        run.run(10)
        sent = np.moveaxis(run.get(sink.data), -1, 0)
    expected = np.zeros_like(sent)
    expected[[0, 3]] = inputs
    np.testing.assert_array_equal(sent, expected)


# ---- synapses


def added_up(process, inputs):
    """What a synapse Process sends for inputs (N, H, W, I), each in a step of its own."""
    source = ImageSource(inputs=inputs, steps=1)
    sink = Sink(shape=process.a_out.shape, buffer=len(inputs) + 1)
    source.s_out.reshape(process.s_in.shape).connect(process.s_in)
    process.a_out.connect(sink.a_in)
    with session(process, FIXED, timeout=60) as run:
        run.run(len(inputs) + 1)
        return np.moveaxis(run.get(sink.data), -1, 0)[1:]


@pytest.mark.parametrize(
    ("shape", "kernel", "stride", "padding", "largest", "kind"),
    [
        ((5, 4, 2), 3, 1, 1, 60, Conv),
        ((6, 5, 1), 2, 2, 0, 1, Conv),
        ((3, 3, 2), 3, 1, 1, 1, Conv),
        ((3, 3, 2), 3, 1, 0, 1, Dense),
        ((1, 1, 7), 1, 1, 0, 2, Dense),
        # the largest sum of magnitudes is 128 * 32 * largest: one below, and at, the limit
        ((2, 3, 32), 1, 1, 0, (1 << 11) - 1, Conv),
        ((2, 3, 32), 1, 1, 0, 1 << 11, GradedConv),
        ((1, 1, 32), 1, 1, 0, (1 << 18) - 1, Dense),
        ((1, 1, 32), 1, 1, 0, 1 << 18, GradedConv),
    ],
)
def test_synapses_are_exact_up_to_their_limits(shape, kernel, stride, padding, largest, kind):
    rng = np.random.default_rng(0)
    weights = rng.integers(-128, 128, (3, kernel, kernel, shape[2])).astype(np.int8)
    weights[0] = -128
    inputs = rng.integers(-largest, largest + 1, (4, *shape))
    inputs[0], inputs[1] = largest, -largest
    geometry = {"stride": stride, "padding": padding}
    process = lava_synapses.synapses(
        weights, in_shape=shape, largest=largest, kind="lava", name="synapses", **geometry
    )
    assert type(process) is kind
    expected = correlate(inputs, weights, **geometry)
    found = added_up(process, inputs).reshape(expected.shape)
    np.testing.assert_array_equal(found, expected)


def test_wide_weights_are_not_given_to_lavas_synapses():
    weights = np.full((1, 1, 1, 2), 128, np.int32)
    process = lava_synapses.synapses(
        weights, in_shape=(1, 1, 2), stride=1, padding=0, largest=1, kind="lava", name="wide"
    )
    assert type(process) is GradedConv


# ---- refusals


def test_a_potential_beyond_32_bits_ends_the_session():
    source = Source(data=np.full((1, 3), 1 << 30))
    neurons = DynamicThreshold(shape=(1,), thresholds=[[1]], steps=3)
    source.s_out.connect(neurons.a_in)
    with session(neurons, FIXED, timeout=60) as run:
        run.run(1)
        with pytest.raises(ProcessModelError, match="it has 32 bits"):
            run.run(2)


@pytest.mark.parametrize("kind", [DynamicThreshold, ThermometerEncoder])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": (2, 2, 3)}, r"\(2, 2, 3\) with thresholds of 2 channels"),
        ({"shape": ()}, "must be"),
        ({"thresholds": [[2, 1], [1, 2]]}, "thresholds fall"),
        ({"thresholds": [[0.5], [1.5]]}, "must be integers"),
        ({"thresholds": [1, 2]}, r"\(2,\): must be integers \(O, M\)"),
        ({"steps": 0}, "steps = 0"),
        ({"amplitude": 0}, "amplitude = 0"),
        ({"slots": -1}, "slots = -1"),
        ({"offset": -1}, "offset = -1"),
    ],
)
def test_neurons_refuse(kind, changes, message):
    with pytest.raises(ValueError, match=message):
        kind(**{"shape": (2, 2, 2), "thresholds": [[1, 2], [1, 1]]} | changes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ImageSource(inputs=np.zeros((2, 3))), "must be integers"),
        (lambda: ImageSource(inputs=np.zeros((0, 3, 3, 1), int)), "N >= 1"),
        (lambda: ImageSource(inputs=np.full((1, 1, 1, 1), 1 << 31)), "they have 32 bits"),
        (lambda: ImageSource(inputs=np.ones((1, 1, 1, 1), int), steps=0), "steps = 0"),
        (lambda: LogitAccumulator(shape=(0,)), "n_classes = 0"),
        (lambda: GradedConv(weights=np.ones((1, 2, 2, 1)), in_shape=(4, 4, 1)), "float64"),
        (lambda: GradedConv(weights=np.ones((1, 2, 1, 1), int), in_shape=(4, 4, 1)), "do not fit"),
        (lambda: GradedConv(weights=np.ones((1, 2, 2, 1), int), in_shape=(4, 4, 2)), "do not fit"),
        (lambda: GradedConv(weights=np.ones((1, 5, 5, 1), int), in_shape=(4, 4, 1)), "do not fit"),
    ],
)
def test_source_accumulator_and_synapses_refuse(make, message):
    with pytest.raises((ConversionError, NetworkError), match=message):
        make()


def test_systems_refuse():
    network = small_network()
    inputs = network.pixels.integers(IMAGES)
    with pytest.raises(ConversionError, match=r"takes \(N, H, W, C\)"):
        build(network, inputs[:, :7], steps=STEPS)
    with pytest.raises(ConversionError, match=r"1\.\.9 steps"):
        build(network, inputs, steps=STEPS + 1)
    with pytest.raises(ConversionError, match="must be one of lava, own"):
        build(network, inputs, steps=STEPS, synapses="loihi")
    with pytest.raises(ConversionError, match="record=False"):
        build(network, inputs, steps=STEPS).result()
    with pytest.raises(ConversionError, match="no images"):
        run_in_lava(network, IMAGES[:0], steps=STEPS)
    with pytest.raises(ConversionError, match="must be uint8"):
        run_in_lava(network, inputs, steps=STEPS)
