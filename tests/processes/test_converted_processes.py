"""The Processes of converted networks, one by one and composed by hand."""

import doctest

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source

from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.conversion.errors import ConversionError
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
from lava_intsnn.systems import converted_synapses

FIXED = Loihi2SimCfg(select_tag="fixed_pt")


def test_the_example_of_the_documentation():
    result = doctest.testmod(dynamic_threshold)
    assert result.attempted > 15
    assert not result.failed


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
    with session(neurons, FIXED, timeout=600) as run:
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
    with session(source, Loihi2SimCfg(select_tag="bit_accurate_loihi"), timeout=600) as run:
        run.run(4)
        assert run.get(readout.acc).dtype == np.int64
    # levels 0, 1, 2, 2
    np.testing.assert_array_equal(readout.logits[0, :, 0], np.array([3, 5]) << 40)


def test_the_source_sends_each_image_once():
    inputs = np.random.default_rng(0).integers(-(2**31), 2**31, (2, 2, 3, 1))
    source, sink = ImageSource(inputs=inputs, steps=3), Sink(shape=(2, 3, 1), buffer=10)
    source.s_out.connect(sink.a_in)
    with session(source, FIXED, timeout=600) as run:
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
    with session(process, FIXED, timeout=600) as run:
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
    process = converted_synapses.synapses(
        weights, in_shape=shape, largest=largest, kind="lava", name="synapses", **geometry
    )
    assert type(process) is kind
    expected = correlate(inputs, weights, **geometry)
    found = added_up(process, inputs).reshape(expected.shape)
    np.testing.assert_array_equal(found, expected)


def test_wide_weights_are_not_given_to_lavas_synapses():
    weights = np.full((1, 1, 1, 2), 128, np.int32)
    process = converted_synapses.synapses(
        weights, in_shape=(1, 1, 2), stride=1, padding=0, largest=1, kind="lava", name="wide"
    )
    assert type(process) is GradedConv


# ---- refusals


def test_a_potential_beyond_32_bits_ends_the_session():
    source = Source(data=np.full((1, 3), 1 << 30))
    neurons = DynamicThreshold(shape=(1,), thresholds=[[1]], steps=3)
    source.s_out.connect(neurons.a_in)
    with session(neurons, FIXED, timeout=600) as run:
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
