"""The rule's numbers, each against its formula in floating point and the tuned presets."""

from math import log2, sqrt

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

import lava_intsnn as ls
from lava_intsnn.data import Dataset
from lava_intsnn.network import FrameEncoder, NetworkError, Precision, RateEncoder
from lava_intsnn.networks import integer_rule as rule
from lava_intsnn.networks.integer_rule import ONE, InputLevel, input_level
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode
from lava_intsnn.state import initial_state

LEVEL = InputLevel.of_spikes(ONE // 8)


@given(st.integers(1, 1 << 80), st.integers(1, 1 << 40))
@family(200)
def test_logarithms_are_rounded_to_the_nearest(numerator, denominator):
    exact = max(0.0, log2(numerator) - log2(denominator))
    found = rule.rounded_log2(numerator, denominator)
    assert abs(found - exact) < 0.5 + 1e-9


@pytest.mark.parametrize("precision", ["16-8", "16-4", "8-8", "16-16"])
@pytest.mark.parametrize("fan_ins", [(784, 100), (25, 4608)])
def test_a_hidden_threshold_is_3_2_of_the_deviation_of_a_sum(precision, fan_ins):
    network = ls.networks.dense((fan_ins[0], fan_ins[1], 10), precision=precision)
    w = initial_state(network).w(network, 0).astype(float)
    deviation = sqrt(w.var() * fan_ins[0] / 8)
    found = rule.hidden_threshold(network.precision, narrow=min(fan_ins), level=LEVEL)
    assert found == pytest.approx(1.5 * deviation, rel=0.05)


def test_the_levels_of_data_are_what_the_encoder_gives():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 60)).astype(np.uint8) >> rng.integers(0, 6, (40, 1))
    data = Dataset(
        name="bytes",
        images=images.astype(np.uint8),
        labels=np.zeros(40, np.int32),
        n_classes=1,
        image_shape=(6, 10),
        split="train",
    )
    keys = eval_keys(0, 40)
    spikes = [encode(RateEncoder(), x, key=k, steps=256) for x, k in zip(data.images, keys)]
    assert input_level(data, RateEncoder()).mean == pytest.approx(np.mean(spikes) * ONE, rel=0.01)
    seen = np.minimum(data.images.astype(int), 20)
    frames = input_level(data, FrameEncoder(max_count=20))
    assert frames.mean == seen.sum() * ONE // seen.size
    assert frames.square == (seen**2).sum() * ONE // seen.size


def test_data_without_a_spike_are_refused():
    empty = Dataset(
        name="night",
        images=np.zeros((3, 4), np.uint8),
        labels=np.zeros(3, np.int32),
        n_classes=1,
        image_shape=(2, 2),
        split="train",
    )
    with pytest.raises(NetworkError, match="'night': every value is 0 as a byte"):
        input_level(empty, RateEncoder())
    with pytest.raises(NetworkError, match="encoder = 3: must be RateEncoder"):
        input_level(empty, 3)
    with pytest.raises(TypeError, match="data is an? ndarray and must be a Dataset"):
        input_level(empty.images, RateEncoder())


def test_values_that_a_scale_takes_to_0_are_not_called_0():
    images = Dataset.from_arrays(np.full((4, 9), 0.5), [0, 1, 0, 1], scale=0.1)
    said = r"every value is 0 as a byte, .*; if the values read are not 0, give a larger scale"
    with pytest.raises(NetworkError, match=said):
        input_level(images, RateEncoder())


@pytest.mark.parametrize(
    ("samples", "batch"), [(None, 128), (60_000, 128), (1437, 32), (700, 16), (30, 16), (1, 16)]
)
def test_few_samples_get_small_batches(samples, batch):
    assert rule.batch_size(samples) == batch


@pytest.mark.parametrize("precision", ["16-8", "16-16", "16-4", "8-8", "8-4"])
@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("mnist-snn", lambda p: ls.networks.dense((784, 100, 10), precision=p)),
        ("digits-snn", lambda p: ls.networks.dense((64, 100, 10), batch=32, precision=p)),
        ("mnist-csnn", lambda p: ls.networks.conv((28, 28), ("32x5s2",), 10, precision=p)),
    ],
)
def test_the_rule_is_near_the_tuned_presets(name, network, precision):
    """Thresholds within a factor of 2, steps within 2 bits where the error scale is the same."""
    tuned, chosen = ls.presets.preset(name).network(precision), network(precision)
    assert chosen.shape == tuned.shape
    scale = round(log2(chosen.loss.alpha / tuned.loss.alpha))
    for ours, theirs in zip(chosen.layers, tuned.layers):
        assert ours.clip == theirs.clip
        assert 0.45 < (ours.neuron.vth + 0.5) / (theirs.neuron.vth + 0.5) < 2.2
        assert abs(ours.lr_shift - scale - theirs.lr_shift) <= 2


def test_chained_feedback_gets_the_shift_that_was_measured():
    """8 or 9 a layer of 100 neurons was stable; the last hidden layer needs none."""
    network = ls.networks.dense((784, 100, 100, 100, 10))
    assert [layer.fb_shift for layer in network.layers] == [9, 9, 0, 0]


def test_potentials_have_room_for_the_threshold():
    assert rule.potential_bits(Precision(), 500) == 24
    assert rule.potential_bits(Precision(), 1 << 23) == 27
    assert rule.potential_bits(Precision.parse("16-16"), 500) == 31
