"""The engine's results are the reference's in every field, for any number of threads."""

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_conversion import quantised_networks

from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.spiking_engine import infer, infer_batches
from lava_intsnn.conversion.spiking_engine.layout import encoder_arrays, hidden_of
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.conversion.spiking_reference import infer_image

FIELDS = ("logits", "events", "retractions", "synops", "quiet_at")
#: Below, at and above whole blocks of the kernels, one and several.
CHANNELS = (1, 3, 31, 32, 33, 64, 70, 130)


def assert_equals_reference(network, images, result, *, noise=None, first_sample=0):
    """Compare every field of a recorded result with the reference's, image by image."""
    steps = len(result.logits)
    for b, image in enumerate(images):
        wanted = infer_image(network, image, steps=steps, noise=noise, sample=first_sample + b)
        for index in range(len(network.layers)):
            assert_same(result.counts[index][[b]], wanted.counts[index])
            assert_same(result.spikes[index][:, [b]], wanted.spikes[index])
        assert_same(result.logits[:, [b]], wanted.logits)
        for field in ("events", "retractions", "synops", "quiet_at"):
            assert_same(getattr(result, field)[[b]], getattr(wanted, field))


def assert_same(found, wanted):
    """Compare values, shapes and dtypes."""
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted, strict=True)


@st.composite
def spiking_networks(draw):
    """Networks that no conversion would give: thresholds equal, negative, beyond 32 bits."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = in_shape = (draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 3)))
    layers, scale = [], draw(st.sampled_from((1, 1, 60, 10_000)))
    for index in range(draw(st.integers(1, 4))):
        padding = draw(st.integers(0, 2))
        kernel = draw(st.integers(1, min(4, min(shape[:2]) + 2 * padding)))
        stride = draw(st.integers(1, 3))
        channels = draw(st.sampled_from(CHANNELS))
        w = rng.integers(-1, 2, (channels, kernel, kernel, shape[2]))
        w *= draw(st.sampled_from((1, 127))) if index == 0 else scale
        wide = max(2, int(np.abs(w).sum(axis=(1, 2, 3)).max())) * (255 if index == 0 else 2)
        table = rng.integers(-wide // 4, wide, (channels, draw(st.integers(1, 9))))
        table[rng.random(table.shape) < 0.1] = draw(st.sampled_from((0, -(2**40), 2**40)))
        layers.append(
            SpikingLayer(
                weights=w.astype(np.int8 if np.abs(w).max() < 128 else np.int32),
                thresholds=np.sort(table, axis=1),
                stride=stride,
                padding=padding,
                amplitude=draw(st.sampled_from((1, 2, 4))) if index == 0 else 1,
            )
        )
        height, width = ((n + 2 * padding - kernel) // stride + 1 for n in shape[:2])
        shape = (height, width, channels)
    readout = rng.integers(-(2**20), 2**20, (draw(st.integers(2, 12)), int(np.prod(shape))))
    network = SpikingNetwork(
        "arbitrary", in_shape, Pixels(), tuple(layers), readout.astype(np.int32)
    )
    images = rng.integers(0, 256, (draw(st.integers(1, 3)), *in_shape)).astype(np.uint8)
    images[rng.random(images.shape) < 0.4] = 0
    return network, images


@given(
    quantised_networks(),
    st.sampled_from(("exact", "compact")),
    st.integers(24, 40),
    st.sampled_from((1, 2)),
)
@family(120)
def test_converted_networks(case, thresholds, levels, threads):
    quantised, images = case
    network = convert(quantised, levels=levels, thresholds=thresholds)
    result = infer(network, images, record=True, threads=threads)
    assert_equals_reference(network, images, result)
    steps = max(1, levels // 8)
    result = infer(network, images, steps=steps, record=True, threads=threads)
    assert len(result.logits) == steps
    assert_equals_reference(network, images, result)


@given(spiking_networks(), st.data())
@family(80)
def test_arbitrary_networks(case, data):
    network, images = case
    steps = data.draw(st.integers(1, min(network.max_steps, 12)))
    result = infer(network, images, steps=steps, record=True)
    assert_equals_reference(network, images, result)


@given(spiking_networks())
@family(25)
def test_runs_until_quiet(case):
    network, images = case
    result = infer(network, images, record=True)
    assert_equals_reference(network, images, result)
    last = result.quiet_at.max()
    if last < len(result.logits):
        assert last == len(result.logits) - 1, "the step in which all are quiet is the last one"
    else:
        assert last == network.max_steps


@pytest.fixture(scope="module")
def small():
    """A network with activity in every layer, and 50 images: more than one thread takes at once."""
    rng = np.random.default_rng(1)
    shapes = ((33, 3, 3, 1), (40, 2, 2, 33), (20, 3, 3, 40))
    layers = [
        SpikingLayer(
            rng.integers(-1, 2, shape).astype(np.int8),
            np.tile(np.arange(12) * 60 * (index == 0) + 3 * np.arange(12), (shape[0], 1)),
            stride=2 if index == 1 else 1,
            padding=1 if index == 2 else 0,
        )
        for index, shape in enumerate(shapes)
    ]
    readout = rng.integers(-99, 99, (10, 3 * 3 * 20)).astype(np.int8)
    network = SpikingNetwork("small", (8, 8, 1), Pixels(), tuple(layers), readout)
    return network, rng.integers(0, 256, (50, 8, 8, 1)).astype(np.uint8)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_noise(small, threads):
    network, images = small
    noise = Noise(0.7, seed=3)
    result = infer(
        network, images, record=True, noise=noise, first_sample=7, threads=threads, steps=9
    )
    assert_equals_reference(network, images, result, noise=noise, first_sample=7)
    assert result.events.sum(axis=(0, 2)).min() > 50
    assert result.retractions.sum() > 50
    quiet = infer(network, images, steps=9)
    assert not np.array_equal(quiet.events, result.events), "the noise changes something"


def test_batches_are_parts_of_one_run(small):
    network, images = small
    noise = Noise(0.5)
    whole = infer(network, images, steps=8, noise=noise, first_sample=2)
    parts = list(infer_batches(network, images, batch=20, steps=8, noise=noise, first_sample=2))
    assert [len(part.quiet_at) for part in parts] == [20, 20, 10]
    for field in FIELDS:
        axis = 1 if field == "logits" else 0
        joined = np.concatenate([getattr(part, field) for part in parts], axis=axis)
        assert_same(joined, getattr(whole, field))
    for index, counts in enumerate(whole.counts):
        assert_same(np.concatenate([part.counts[index] for part in parts]), counts)


def test_nothing_is_recorded_unless_asked(small):
    network, images = small
    assert infer(network, images[:1]).spikes is None


def test_no_images(small):
    network, images = small
    result = infer(network, images[:0], steps=3, record=True)
    assert result.logits.shape == (3, 0, 10)
    assert result.events.shape == (0, 3, 3)
    assert [c.shape for c in result.counts] == [(0, *shape) for shape in network.shapes]
    assert [s.shape for s in result.spikes] == [(3, 0, *shape) for shape in network.shapes]


@pytest.mark.parametrize("steps", [-1, 0, 13])
def test_steps_out_of_range(small, steps):
    network, images = small
    wanted = rf"steps = {steps}: .* 1\.\.12 steps"
    with pytest.raises(ConversionError, match=wanted):
        infer(network, images, steps=steps)
    with pytest.raises(ConversionError, match=wanted):
        infer_image(network, images[0], steps=steps)


@pytest.mark.parametrize("shape", [(2, 8, 7, 1), (2, 8, 8, 2), (8, 8, 1)])
def test_images_of_another_shape(small, shape):
    with pytest.raises(ConversionError, match="images"):
        infer(small[0], np.zeros(shape, np.uint8))


def test_threads_out_of_range(small):
    with pytest.raises(ConversionError, match="threads = 0: must be at least 1"):
        infer(*small, threads=0)


def slow_network(weight, *, levels=40, channels=32):
    """A neuron that fires in every step, from ``channels`` inputs that spike in the first ones."""
    encoder = SpikingLayer(
        np.ones((channels, 1, 1, 1), np.int8), np.full((channels, levels), 1, np.int64)
    )
    hidden = SpikingLayer(
        np.full((1, 1, 1, channels), weight, np.int8), np.arange(1, levels + 1)[None]
    )
    return SpikingNetwork("slow", (1, 1, 1), Pixels(), (encoder, hidden), np.ones((2, 1), np.int8))


@pytest.mark.parametrize("weight", [100, -100])
def test_an_image_that_outlasts_int16_runs_again_in_int32(weight):
    network = slow_network(weight)
    lanes = hidden_of(network, 40)
    assert [(lane.steps, lane.upper.dtype) for lane in lanes] == [(10, np.int16), (40, np.int32)]
    images = np.array([0, 1, 0, 1], np.uint8).reshape(-1, 1, 1, 1)
    result = infer(network, images, record=True)
    assert result.quiet_at.tolist() == [0, 40, 0, 40], "two are cut off after 10 steps"
    assert_equals_reference(network, images, result)


def test_few_steps_or_levels_need_no_int32():
    assert [lane.steps for lane in hidden_of(slow_network(100), 9)] == [9]
    assert [lane.steps for lane in hidden_of(slow_network(100, levels=10), 10)] == [10]


@pytest.mark.parametrize("sign", [1, -1])
def test_potentials_as_large_as_int16_holds(sign):
    # 258 * 127 = 32766: one more, which stands for an infinite threshold, is the last there is
    top = 258 * 127
    encoder = SpikingLayer(np.ones((258, 1, 1, 1), np.int8), np.ones((258, 1), np.int64))
    tables = [[sign * top], [sign * top + 1], [0], [2**40], [-(2**40)]]
    hidden = SpikingLayer(np.full((5, 1, 1, 258), sign * 127, np.int8), np.array(tables))
    readout = np.ones((2, 5), np.int8)
    network = SpikingNetwork("edge", (1, 1, 1), Pixels(), (encoder, hidden), readout)
    assert [lane.upper.dtype for lane in hidden_of(network, 1)] == [np.int16]
    images = np.ones((1, 1, 1, 1), np.uint8)
    result = infer(network, images, record=True)
    assert_equals_reference(network, images, result)
    assert result.counts[1].ravel().tolist() == ([1, 0, 1, 0, 1] if sign > 0 else [1, 0, 0, 0, 1])


@pytest.mark.parametrize("sign", [1, -1])
def test_potentials_of_one_more_are_kept_in_int32(sign):
    # |v| <= 32767 leaves int16 no threshold beyond
    w = np.append(np.full(258, 127), 1).reshape(1, 1, 1, -1) * sign
    encoder = SpikingLayer(np.ones((259, 1, 1, 1), np.int8), np.ones((259, 1), np.int64))
    hidden = SpikingLayer(w.astype(np.int8), np.array([[1]]))
    network = SpikingNetwork(
        "beyond", (1, 1, 1), Pixels(), (encoder, hidden), np.ones((2, 1), np.int8)
    )
    assert network.potential_bound(1) == 32767
    assert [lane.upper.dtype for lane in hidden_of(network, 1)] == [np.int32]


def test_an_encoder_beyond_64_bits_is_refused():
    with pytest.raises(ConversionError, match="beyond 2\\^63"):
        encoder_arrays(slow_network(1), 2**63)
