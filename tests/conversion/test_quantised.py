"""The quantised network: convolution, counts, classes, what is refused."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_conversion import quantised_networks

from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.conversion.quantised import QuantisedLayer, QuantisedNetwork, inputs_of

SETTINGS = family(60)


def sums_by_loops(x, weights, stride, padding):
    """v of every neuron, one synapse after the other, in Python's integers."""
    batch, height, width, _ = x.shape
    n_out, kernel = weights.shape[:2]
    out_height, out_width = ((n + 2 * padding - kernel) // stride + 1 for n in (height, width))
    out = np.zeros((batch, out_height, out_width, n_out), dtype=object)
    for index in np.ndindex(out.shape):
        b, y, x_out, o = index
        for i in range(kernel):
            for j in range(kernel):
                row, column = y * stride + i - padding, x_out * stride + j - padding
                if 0 <= row < height and 0 <= column < width:
                    for value, weight in zip(x[b, row, column], weights[o, i, j]):
                        out[index] += int(value) * int(weight)
    return out


@SETTINGS
@given(st.data())
def test_correlate_is_the_sum_over_synapses(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    kernel, padding = data.draw(st.integers(1, 3)), data.draw(st.integers(0, 2))
    height, width = (data.draw(st.integers(max(1, kernel - 2 * padding), 5)) for _ in range(2))
    channels, stride = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    # both sides of what float32 can hold
    bits_x, bits_w = data.draw(st.sampled_from(((1, 1), (8, 8), (12, 12), (20, 24))))
    x = rng.integers(-(2**bits_x), 2**bits_x, (2, height, width, channels))
    weights = rng.integers(-(2**bits_w), 2**bits_w, (2, kernel, kernel, channels))
    found = correlate(x, weights, stride=stride, padding=padding)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, sums_by_loops(x, weights, stride, padding))


def test_correlate_beyond_float64_is_refused():
    x = np.full((1, 1, 1, 2), 2**26, dtype=np.int64)
    weights = np.full((1, 1, 1, 2), 2**26, dtype=np.int64)
    with pytest.raises(ConversionError, match=r"add up to \d+, beyond 2\^53: give the weights few"):
        correlate(x, weights)
    weights[..., 1] -= 1
    assert correlate(x, weights).item() == 2**53 - 2**26


@given(quantised_networks())
def test_counts_are_the_formula_in_fractions(case):
    """``round(2^k max(0, gamma (v unit - mu) / s + beta) + 1e-5)`` where float64 cannot decide."""
    ann, images = case
    x = inputs_of(ann, images[:1])
    for layer, counts in zip(ann.layers, ann.counts(images[:1])):
        v = layer.potential(x)
        at = (0, 0, 0)
        for o in range(layer.channels):
            slope = Fraction(float(layer.gamma[o] / np.sqrt(layer.var[o] + layer.eps)))
            y = Fraction(int(v[at][o])) * Fraction(layer.unit) - Fraction(float(layer.mean[o]))
            y = y * slope + Fraction(float(layer.beta[o]))
            a = max(y, Fraction(0)) * 2**layer.level + Fraction(1, 100_000)
            if abs(a % 1 - Fraction(1, 2)) > Fraction(1, 10**9):
                wanted = round(a) if layer.max_count is None else min(round(a), layer.max_count)
                assert counts[at][o] == wanted
        x = counts * layer.amplitude


@given(quantised_networks())
def test_counts_never_fall_where_gamma_v_rises(case):
    ann, images = case
    x = inputs_of(ann, images)
    layer = ann.layers[0]
    v = layer.potential(x).reshape(-1, layer.channels)
    v = np.sort(np.concatenate([v, v + 1, v - 1]), axis=0)
    steps = np.diff(layer.count(v), axis=0) * np.sign(layer.gamma)
    assert (steps >= 0).all()
    assert layer.count(v).max() <= 4


@given(quantised_networks())
def test_classes_follow_from_the_last_counts(case):
    ann, images = case
    counts = ann.counts(images)
    assert [c.shape[1:] for c in counts] == list(ann.shapes)
    assert all(c.dtype == np.int32 and c.min() >= 0 for c in counts)
    for image, last, found in zip(images, counts[-1], ann.predict(images)):
        logits = [
            sum(int(w) * int(c) for w, c in zip(row, last.ravel())) * ann.layers[-1].amplitude
            for row in ann.readout
        ]
        assert ann.logits(last[None])[0].tolist() == logits
        assert found == logits.index(max(logits))
        np.testing.assert_array_equal(ann.counts(image[None])[-1][0], last)


def test_noise_reaches_the_first_layer():
    layer, readout = one_layer(), np.ones((2, 1), dtype=np.int8)
    ann = QuantisedNetwork("noisy", (1, 1, 1), Pixels(), (layer,), readout)
    images = np.full((50, 1, 1, 1), 2, dtype=np.uint8)
    noise = Noise(2.0, seed=1)
    counts = ann.counts(images, noise=noise, first_sample=5)[0]
    wanted = noise.added(ann.pixels.integers(images), first_sample=5)
    np.testing.assert_array_equal(counts, np.minimum(wanted, 4))
    assert len(np.unique(counts)) > 2


def one_layer(**changes):
    one = np.ones(1)
    fields = {"gamma": one, "beta": 0 * one, "mean": 0 * one, "var": one, "eps": 0.0}
    fields |= {"weights": np.ones((1, 1, 1, 1), dtype=np.int8), "unit": 1.0, "max_count": 4}
    return QuantisedLayer(**fields | changes)


def test_ties_by_hand():
    """The nudge lifts halves to the next integer, banker's rounding or not; 0.5 is 1, 1.5 is 2."""
    layer = one_layer(gamma=np.array([0.5]))
    assert layer.count(np.arange(-2, 12)[:, None]).ravel().tolist() == [
        *[0, 0, 0, 1, 1, 2, 2, 3, 3, 4],
        *[4, 4, 4, 4],
    ]
    unclipped = replace(layer, max_count=None, level=1)
    assert unclipped.count(np.arange(5)[:, None]).ravel().tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.ones((1, 2, 2, 1), np.int8)}, "a kernel of 2 does not fit"),
        ({"weights": np.ones((1, 1, 1, 3), np.int8)}, r"must be \(O, kernel, kernel, 1\)"),
        ({"weights": np.ones((1, 2, 1, 1), np.int8)}, r"must be \(O, kernel, kernel, 1\)"),
        ({"weights": np.ones(3, np.int8)}, r"must be \(O, kernel, kernel, 1\)"),
        ({"unit": -1.0}, r"layer 0 of small: unit = -1\.0: must be above 0"),
        ({"unit": np.nan}, "unit = nan: must be above 0"),
        ({"gamma": np.ones(2)}, r"gamma must be 1 finite values, found shape \(2,\)"),
        ({"mean": np.array([np.nan])}, r"layer 0 of small: mean must be 1 finite values"),
        (
            {"var": -np.ones(1)},
            r"layer 0 of small: the smallest var \+ eps is -1\.0: must be above",
        ),
        ({"var": np.zeros(1)}, r"the smallest var \+ eps is 0\.0: must be above 0"),
    ],
)
def test_layers_that_do_not_fit_are_refused(change, message):
    readout = np.ones((2, 1), dtype=np.int8)
    with pytest.raises(ConversionError, match=message):
        QuantisedNetwork("small", (1, 1, 1), Pixels(), (one_layer(**change),), readout)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": -1}, r"level = -1: must be in 0\.\.30"),
        ({"level": 1 << 40}, r"must be in 0\.\.30"),
        ({"readout_unit": -1.0}, r"readout_unit = -1\.0: must be above 0"),
        ({"readout_unit": np.inf}, "readout_unit = inf: must be above 0 and finite"),
    ],
)
def test_networks_out_of_range_are_refused(change, message):
    readout = np.ones((2, 1), dtype=np.int8)
    with pytest.raises(ConversionError, match=message):
        QuantisedNetwork("small", (1, 1, 1), Pixels(), (one_layer(),), readout, **change)


def test_readout_and_images_that_do_not_fit_are_refused():
    with pytest.raises(ConversionError, match=r"the readout of small has shape \(2, 3\)"):
        QuantisedNetwork("small", (1, 1, 1), Pixels(), (one_layer(),), np.ones((2, 3), np.int8))
    ann = QuantisedNetwork("small", (1, 1, 1), Pixels(), (one_layer(),), np.ones((2, 1), np.int8))
    with pytest.raises(ConversionError, match=r"images of \(2, 1, 1\) after the crop: small takes"):
        ann.counts(np.zeros((1, 2, 1, 1), np.uint8))
