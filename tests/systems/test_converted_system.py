"""Converted networks in Lava: every spike, count and logit that the literal reference finds."""

from dataclasses import fields

import numpy as np
import pytest
from families import family
from hypothesis import HealthCheck, find, given, settings, strategies as st
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense
from lava.proc.monitor.process import Monitor
from random_conversion import quantised_networks

from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.result import Result, joined
from lava_intsnn.conversion.spiking_engine import infer
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.spiking_reference import infer_image
from lava_intsnn.conversion.stack import Stack
from lava_intsnn.runtime import session
from lava_intsnn.systems import converted_synapses, converted_system
from lava_intsnn.systems.converted_system import build, run_in_lava

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


@family(40, quick=4, suppress_health_check=list(HealthCheck))
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
    monkeypatch.setattr(converted_system, "_RECORD_BYTES", 2 * STEPS * neurons)
    options = {"steps": STEPS, "noise": Noise(1.0), "first_sample": 4}
    found = run_in_lava(network, IMAGES, record=True, **options)
    assert_same(found, expected)
    assert_same(found, infer(network, IMAGES, record=True, **options))
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
    assert_same(infer(network, images, steps=14, record=True), expected)
    for synapses in converted_synapses.KINDS:
        found = run_in_lava(network, images, steps=14, record=True, synapses=synapses)
        assert_same(found, expected)


def test_monitor_sees_potentials_counts_levels_and_spikes():
    network, n = small_network(), 2
    inputs = network.pixels.integers(IMAGES[:n])
    whole = build(network, inputs, steps=STEPS, record=True)
    encoder, first, second = whole.neurons
    monitors = {name: Monitor() for name in ("v", "n", "level", "s_out")}
    probed = {"v": first.v, "n": second.n, "level": encoder.level, "s_out": encoder.s_out}
    total = n * STEPS + whole.latency
    assert whole.latency == 4
    for name, monitor in monitors.items():
        monitor.probe(probed[name], total)
    with session(whole, FIXED, timeout=600) as run:
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
