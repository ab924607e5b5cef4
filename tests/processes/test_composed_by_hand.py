"""Our Processes among Lava's own, composed by hand."""

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor

from lava_intsnn import data, presets
from lava_intsnn.engine import Engine
from lava_intsnn.network import NetworkError, Neuron
from lava_intsnn.proc_models.spikes import checked
from lava_intsnn.processes import IntDense, IntReadout, SpikeCounter, SpikeEncoder, checked_process
from lava_intsnn.processes.int_dense.models import (
    PyIntDenseModelFixed,
    PyIntDenseModelMicrocode,
    SubIntDenseModel,
)
from lava_intsnn.random_keys import train_keys
from lava_intsnn.reference import neuron_step
from lava_intsnn.runtime import ProcessModelError
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session

FIXED = Loihi2SimCfg(select_tag="fixed_pt")
RNG = np.random.default_rng(0)
WEIGHTS = RNG.integers(-32767, 32768, (3, 6)).astype(np.int32)
SPIKES = (RNG.random((6, 24)) < 0.5).astype(np.int32)


def simulate(spikes, weights, *, vth, steps):
    """Spikes and potentials ``(O, T)`` of a layer whose state is 0 at each sample's start."""
    neuron = Neuron(vth=vth, window=1)
    out_s, out_v = [], []
    for t, s_in in enumerate(spikes.T):
        v = np.zeros(len(weights), np.int64) if t % steps == 0 else out_v[-1]
        v, s, _ = neuron_step(neuron, v, (weights >> 8).astype(np.int64) @ s_in)
        out_s.append(s)
        out_v.append(v)
    return np.array(out_s).T, np.array(out_v).T


def inference_layer(**changes):
    options = {"shape": (3, 6), "vth": 60, "w_shadow": WEIGHTS, "learning": False, "steps": 8}
    return IntDense(**(options | changes))


def test_ring_buffer_to_layer_to_sink_and_monitor():
    source, layer = Source(data=SPIKES[None]), inference_layer()
    sink, monitor = Sink(shape=(1, 3), buffer=24), Monitor()
    source.s_out.connect(layer.s_in)
    layer.s_out.connect(sink.a_in)
    monitor.probe(layer.v, 24)
    with session(layer, FIXED, timeout=600) as run:
        run.run(24)
        s, v = run.get(sink.data)[0], monitor.get_data()[layer.name]["v"]
        assert run.get(layer.vth) == [60]
        np.testing.assert_array_equal(run.get(layer.w), WEIGHTS >> 8)
    expected_s, expected_v = simulate(SPIKES, WEIGHTS, vth=60, steps=8)
    np.testing.assert_array_equal(s, expected_s)
    np.testing.assert_array_equal(v[:, 0].T, expected_v)
    assert 0 < s.sum() < s.size


def test_monitor_on_spikes_and_a_counter():
    source, layer = Source(data=SPIKES[None]), inference_layer()
    counter, monitor = SpikeCounter(shape=(1, 3), steps=8, slots=3), Monitor()
    source.s_out.connect(layer.s_in)
    layer.s_out.connect(counter.s_in)
    monitor.probe(layer.s_out, 24)
    with session(layer, FIXED, timeout=600) as run:
        run.run(24)
        s = monitor.get_data()[layer.name]["s_out"][:, 0].T
    expected, _ = simulate(SPIKES, WEIGHTS, vth=60, steps=8)
    np.testing.assert_array_equal(s, expected)
    counts = expected.reshape(3, 3, 8).sum(axis=2).T
    np.testing.assert_array_equal(counter.results.counts[:, 0], counts)
    np.testing.assert_array_equal(counter.results.predictions[:, 0], counts.argmax(axis=1))


def test_layer_behind_stock_dense_and_lif():
    """Dense adds one step, so the layer's first sample begins at Lava's second."""
    source, dense = Source(data=SPIKES), Dense(weights=np.eye(6) * 2)
    lif, layer = LIF(shape=(6,), du=4095, dv=4095, vth=0), inference_layer(offset=1)
    sink = Sink(shape=(1, 3), buffer=25)
    source.s_out.connect(dense.s_in)
    dense.a_out.connect(lif.a_in)
    lif.s_out.reshape((1, 6)).connect(layer.s_in)
    layer.s_out.connect(sink.a_in)
    with session(layer, FIXED, timeout=600) as run:
        run.run(25)
        s = run.get(sink.data)[0]
    expected, _ = simulate(SPIKES, WEIGHTS, vth=60, steps=8)
    np.testing.assert_array_equal(s[:, 1:], expected)
    assert not s[:, 0].any()


def test_vars_can_be_set_between_samples():
    source, layer = Source(data=SPIKES[None]), inference_layer()
    sink = Sink(shape=(1, 3), buffer=24)
    source.s_out.connect(layer.s_in)
    layer.s_out.connect(sink.a_in)
    with session(layer, FIXED, timeout=600) as run:
        run.run(8)
        run.set(layer.w_shadow, -WEIGHTS)
        run.run(8)
        run.set(layer.vth, [20])
        run.run(8)
        s = run.get(sink.data)[0]
        np.testing.assert_array_equal(run.get(layer.w_shadow), -WEIGHTS)
    np.testing.assert_array_equal(layer.weights, -WEIGHTS)
    parts = [
        simulate(SPIKES[:, k : k + 8], sign * WEIGHTS, vth=vth, steps=8)[0]
        for k, sign, vth in ((0, 1, 60), (8, -1, 60), (16, -1, 20))
    ]
    np.testing.assert_array_equal(s, np.hstack(parts))


def test_learning_network_composed_by_hand_gives_the_engines_bits():
    """Two passes over ten samples in batches of four, the last batch of a pass incomplete."""
    net = presets.digits_snn()
    hidden_layer, output_layer = net.layers
    digits, state = data.digits("train").head(10), initial_state(net, 7)
    common = {"batch": 4, "seed": 7, "window": 1000, "vth": 500}
    encoder = SpikeEncoder(images=digits.images, labels=digits.labels, batch=4, seed=7)
    hidden = IntDense(
        shape=(100, 64), w_shadow=state.weights[0], lr_shift=hidden_layer.lr_shift, **common
    )
    readout = IntReadout(
        shape=(10, 100), w_shadow=state.weights[1], lr_shift=output_layer.lr_shift, **common
    )
    encoder.s_out.connect(hidden.s_in)
    hidden.s_out.connect(readout.s_in)
    encoder.label_out.connect(readout.label_in)
    readout.fb_out.connect(hidden.fb_in)
    with session(hidden, timeout=600) as run:
        run.run(6 * 20)
        prediction, count = run.get(readout.prediction), run.get(readout.count)
    with Engine(net, state, threads=1) as engine:
        for epoch in range(2):
            keys = train_keys(7, epoch, np.arange(10))
            for first in (0, 4, 8):
                part = slice(first, first + 4)
                last = engine.train_batch(digits.images[part], digits.labels[part], keys[part])
        expected = engine.state()
    np.testing.assert_array_equal(hidden.weights, expected.weights[0])
    np.testing.assert_array_equal(readout.weights, expected.weights[1])
    np.testing.assert_array_equal(prediction[:2], last.predictions)
    np.testing.assert_array_equal(count[:2], last.counts)


@pytest.mark.parametrize(
    ("hidden", "readout", "labels", "message"),
    [
        ({}, {"learning": False}, True, "readout does not learn"),
        ({}, {}, False, "readout does not learn"),
        ({}, {"steps": 9}, True, "hidden has steps = 20, readout steps = 9"),
        ({"time_gated": False}, {}, True, "hidden has time_gated = False"),
        ({"offset": 1}, {}, True, "hidden has offset = 1, readout offset = 0"),
        ({"learning": False}, {"learning": False}, True, None),
        ({}, {}, True, None),
    ],
)
def test_layers_that_would_wait_for_ever_are_refused(hidden, readout, labels, message):
    encoder = SpikeEncoder(images=np.zeros((1, 6), np.uint8))
    below = IntDense(shape=(3, 6), vth=60, lr_shift=1, name="hidden", **hidden)
    above = IntReadout(shape=(2, 3), vth=60, lr_shift=1, name="readout", **readout)
    encoder.s_out.connect(below.s_in)
    below.s_out.connect(above.s_in)
    above.fb_out.connect(below.fb_in)
    if labels:
        encoder.label_out.connect(above.label_in)
    if message:
        with pytest.raises(NetworkError, match=message):
            session(encoder)
    else:
        with session(encoder, timeout=600) as run:
            run.run(40)


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_faults_the_first_process_names_its_own(monkeypatch, backwards):
    """Whatever the order in which Lava hands connected Processes over, which is that of a set."""
    encoder = SpikeEncoder(images=np.zeros((1, 6), np.uint8))
    below = IntDense(shape=(3, 6), vth=60, lr_shift=1, name="hidden")
    above = IntReadout(shape=(2, 3), vth=60, lr_shift=1, name="readout", steps=9)
    encoder.s_out.connect(below.s_in)
    below.s_out.connect(above.s_in)
    above.fb_out.connect(below.fb_in)
    encoder.label_out.connect(above.label_in)
    found = [encoder, below, above][:: -1 if backwards else 1]
    monkeypatch.setattr(checked_process, "find_processes", lambda entry: found)
    with pytest.raises(NetworkError, match="hidden has steps = 20, readout steps = 9"):
        checked_process.check_composition(encoder)


def test_layers_without_feedback_do_not_learn():
    source, layer = Source(data=SPIKES[None]), inference_layer(learning=True, lr_shift=0)
    source.s_out.connect(layer.s_in)
    with session(layer, timeout=600) as run:
        run.run(24)
        assert run.get(layer.updates) == [0]
    np.testing.assert_array_equal(layer.weights, WEIGHTS)


@pytest.mark.parametrize("bad", [2, -1])
def test_spikes_other_than_0_and_1_are_refused(bad):
    spikes = SPIKES.copy()
    spikes[4, 13] = bad
    source, layer = Source(data=spikes[None]), inference_layer(name="picky")
    source.s_out.connect(layer.s_in)
    message = rf"picky: s_in\[0, 4\] = {bad} at time step 14"
    with session(layer, timeout=600) as run, pytest.raises(ProcessModelError, match=message):
        run.run(24)


def test_labels_out_of_range_are_refused():
    encoder = SpikeEncoder(images=np.zeros((2, 6), np.uint8), labels=np.array([0, 3]), steps=8)
    readout = IntReadout(shape=(3, 6), vth=60, w_shadow=WEIGHTS, lr_shift=1, steps=8)
    encoder.s_out.connect(readout.s_in)
    encoder.label_out.connect(readout.label_in)
    message = "label 3 of sample 0: must be in 0..2"
    with session(readout, timeout=600) as run, pytest.raises(ProcessModelError, match=message):
        run.run(16)


def test_checked_passes_every_dtype_lava_sends():
    for dtype in (np.uint8, np.int8, np.int32, np.int64, np.float64, bool):
        s = checked(np.array([[0, 1]], dtype), np.uint8, max_count=1, name="x", time_step=1)
        assert s.dtype == np.uint8
        assert s.tolist() == [[0, 1]]
    for dtype in (np.uint8, np.int32, np.float32):
        s = checked(np.array([[0, 200]], dtype), np.uint8, max_count=200, name="x", time_step=1)
        assert s.tolist() == [[0, 200]]
    for value, dtype, max_count in (
        (0.5, np.float64, 1),
        (3.5, np.float32, 9),
        (10, np.uint8, 9),
        (256, np.int32, 255),
        (-1, np.int64, 255),
    ):
        with pytest.raises(ValueError, match=rf"x: s_in\[0, 1\] = {value} at time step 7"):
            checked(
                np.array([[0, value]], dtype), np.uint8, max_count=max_count, name="x", time_step=7
            )


def test_constants_are_checked_as_in_a_network():
    for options, message in [
        ({"vth": 0}, "vth = 0: must be an integer in 1"),
        ({"learning": True}, "lr_shift = None: a layer that learns needs it"),
        ({"steps": 0}, "steps = 0"),
        ({"precision": "8"}, "precision '8'"),
        ({"precision": "8-8"}, r"shadow weight of -31684 is outside -127\.\.127"),
        ({"w_shadow": WEIGHTS.T}, r"weights are int32 \(6, 3\)"),
        ({"w_shadow": WEIGHTS / 2}, "weights are float64"),
        ({"offset": -1}, "offset = -1"),
        ({"batch": 1 << 16, "steps": 4096, "trace_shift": 0}, "summed update delta can reach"),
    ]:
        with pytest.raises(ValueError, match=message):
            inference_layer(**options)
    for options, message in [({}, "give either images"), ({"n_in": 3, "batch": 0}, "batch = 0")]:
        with pytest.raises(ValueError, match=message):
            SpikeEncoder(**options)
    with pytest.raises(ValueError, match="images are float64"):
        SpikeEncoder(images=np.zeros((2, 3)))
    with pytest.raises(NetworkError, match="shape"):
        SpikeCounter(shape=(3,))


@pytest.mark.parametrize(
    "model", [PyIntDenseModelFixed, PyIntDenseModelMicrocode, SubIntDenseModel]
)
def test_every_model_takes_one_sample_without_a_dimension_for_it(model):
    found = []
    for batch, rows in ((1, (1,)), (None, ())):
        source, sink = Source(data=SPIKES.reshape(*rows, 6, 24)), Sink(shape=(*rows, 3), buffer=24)
        layer = inference_layer(batch=batch, guarded=True)
        source.s_out.connect(layer.s_in)
        layer.s_out.connect(sink.a_in)
        choice = Loihi2SimCfg(select_tag="fixed_pt", exception_proc_model_map={IntDense: model})
        with session(layer, choice, timeout=600) as run:
            run.run(24)
            found.append(run.get(sink.data).reshape(3, 24))
    np.testing.assert_array_equal(*found)
    assert found[0].any()


def test_one_sample_ports_connect_to_stock_processes_as_they_are():
    """RingBuffer, Dense, LIF, Monitor and Sink have no batch; with batch=None neither do ours."""
    source, dense = Source(data=SPIKES), Dense(weights=np.eye(6) * 2)
    lif, sink = LIF(shape=(6,), du=4095, dv=4095, vth=0), Sink(shape=(3,), buffer=25)
    layer, monitor = inference_layer(offset=1, batch=None), Monitor()
    assert (layer.s_in.shape, layer.s_out.shape) == ((6,), (3,))
    source.s_out.connect(dense.s_in)
    dense.a_out.connect(lif.a_in)
    lif.s_out.connect(layer.s_in)
    layer.s_out.connect(sink.a_in)
    monitor.probe(layer.s_out, 25)
    with session(layer, FIXED, timeout=600) as run:
        run.run(25)
        s = run.get(sink.data)
        seen = monitor.get_data()[layer.name]["s_out"].T
    expected, _ = simulate(SPIKES, WEIGHTS, vth=60, steps=8)
    np.testing.assert_array_equal(s[:, 1:], expected)
    np.testing.assert_array_equal(seen[:, 1:], expected)


def test_a_network_of_one_sample_ports_learns_the_same():
    net = presets.digits_snn()
    digits, weights = data.digits("train").head(6), {}
    for batch in (1, None):
        common = {"batch": batch, "seed": 7, "window": 1000, "vth": 500}
        encoder = SpikeEncoder(images=digits.images, labels=digits.labels, batch=batch, seed=7)
        hidden = IntDense(shape=(100, 64), lr_shift=net.layers[0].lr_shift, **common)
        readout = IntReadout(shape=(10, 100), lr_shift=net.layers[1].lr_shift, **common)
        encoder.s_out.connect(hidden.s_in)
        hidden.s_out.connect(readout.s_in)
        encoder.label_out.connect(readout.label_in)
        readout.fb_out.connect(hidden.fb_in)
        with session(hidden, FIXED, timeout=600) as run:
            run.run(20 * 6)
        weights[batch] = hidden.weights, readout.weights
    for with_batch, without in zip(weights[1], weights[None]):
        np.testing.assert_array_equal(with_batch, without)
    assert not np.array_equal(weights[None][0], initial_state(net, 7).weights[0])
