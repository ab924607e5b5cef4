"""The recorder: spikes are the executors' own, and used widths those of the values themselves."""

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.network import NetworkError
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference.recording import record, signed_bits, used_widths

TEST = ls.data.digits("test").head(6)


@pytest.mark.parametrize("name", ["digits-snn", "digits-snn-loihi"])
def test_a_recording_counts_what_the_engine_counts(name):
    net = ls.presets.preset(name).network()
    state, keys = ls.initial_state(net, 3), eval_keys(3, len(TEST))
    with ls.executor(net, state, learning=False) as engine:
        expected = engine.infer_batch(TEST.images, keys)
    for k in range(len(TEST)):
        found = record(net, state, TEST.images[k], key=keys[k])
        assert [s.shape for s in found.spikes] == [(net.steps, n) for n in net.shape]
        np.testing.assert_array_equal(found.spikes[-1].sum(axis=0), expected.counts[k])
        assert found.prediction == expected.predictions[k]
        np.testing.assert_array_equal(found.layers[-1].v, expected.v[k])


def test_widths_used_are_those_of_the_values_and_within_what_is_declared():
    net = ls.presets.digits_snn()
    state = ls.initial_state(net, 1)
    found = {(x.layer, x.state): x for x in used_widths(net, state, TEST.images, TEST.labels)}
    assert set(found) == {(row.layer, row.state) for row in net.check().table}
    for width in found.values():
        assert width.used <= width.declared, width
    top = int(np.abs(state.weights[0]).max())
    assert top.bit_length() + 1 == found[0, "w_shadow"].used
    assert (found[0, "t_pre"].low, found[0, "t_pre"].high) == (0, 1)
    counts = ls.evaluate(net, state, TEST).counts
    assert (found[1, "count"].low, found[1, "count"].high) == (counts.min(), counts.max())
    without = used_widths(net, state, TEST.images)
    assert {x.state for x in without} == {x.state for x in found.values()} - {
        "err", "v_fb", "delta",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "bits"),
    [(0, 0, 1), (0, 1, 2), (-1, 0, 1), (-2, 1, 2), (-128, 127, 8), (-129, 0, 9), (0, 128, 9)],
)
def test_signed_bits(low, high, bits):
    assert signed_bits(low, high) == bits


def test_what_cannot_be_recorded_is_refused():
    net = ls.presets.digits_snn(precision="fp32")
    with pytest.raises(NetworkError, match="is in fp32"):
        record(net, ls.initial_state(net), TEST.images[0])
    net = ls.presets.digits_snn()
    state = ls.initial_state(net)
    with pytest.raises(ValueError, match="images have shape"):
        record(net, state, TEST.images[0, :9])
    with pytest.raises(ValueError, match="no images"):
        used_widths(net, state, TEST.images[:0])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2], "labels are int64 .*: give integers of shape .6,."),
        ([1, 2, 3, 4, 5, 99], "label 99 of sample 5: must be in 0..9"),
        ([1.7] * 6, "labels are float64"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, message):
    net = ls.presets.digits_snn()
    with pytest.raises(ValueError, match=message):
        used_widths(net, ls.initial_state(net), TEST.images, labels)


@pytest.mark.parametrize("key", [-1, 1 << 64, 1.7, "1", True])
def test_a_key_that_is_no_word_is_refused(key):
    net = ls.presets.digits_snn()
    with pytest.raises(
        ValueError, match=r"key = .*: must be an integer in 0\.\.18446744073709551615"
    ):
        record(net, ls.initial_state(net), TEST.images[0], key=key)


def test_a_key_may_be_a_plain_integer():
    net = ls.presets.digits_snn()
    state, key = ls.initial_state(net), (1 << 64) - 1
    one, other = (record(net, state, TEST.images[0], key=k) for k in (key, np.uint64(key)))
    np.testing.assert_array_equal(one.spikes[0], other.spikes[0])
