"""Convolution, recurrence, delays, counts and error neurons as Processes composed by hand."""

from dataclasses import replace

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.monitor.process import Monitor
from layer_options import CONV, OUT, RECURRENT, STEPS, described, network_of, samples

from lava_intsnn import reference
from lava_intsnn.network import Conv, Dense, Feedback, FrameEncoder, Loss, Network, Pool, Recurrence
from lava_intsnn.processes import IntConv, IntDense, IntReadout, SpikeEncoder
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import State, initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

RNG = np.random.default_rng(3)
FIXED = Loihi2SimCfg(select_tag="fixed_pt")
POOL = Pool(kind="average", in_shape=(5, 6, 2), kernel=2, stride=(1, 2))
#: Another kernel, dilated horizontally, in two groups, over sums of windows.
WIDE = {"kernel": (1, 2), "padding": 0, "dilation": (1, 2), "groups": 2, "channels": 4} | {
    "pool": Pool(in_shape=(5, 6, 2), kernel=(2, 1), stride=1)
}


@pytest.mark.parametrize(
    ("process", "kind", "options", "max_count"),
    [
        (IntConv, Conv, CONV, 1),
        (IntConv, Conv, CONV | {"vth": 2500}, 20),
        (IntConv, Conv, CONV | WIDE, 1),
        (IntDense, Dense, {"shape": (4, 60), "vth": 60, "pool": POOL, "max_delay": 2}, 3),
        (IntDense, Dense, {"shape": (9, 7), "vth": 60} | RECURRENT, 1),
        (IntDense, Dense, {"shape": (9, 7), "vth": 9000, "max_delay": 5}, 255),
        (
            IntDense,
            Dense,
            {"shape": (4, 9), "vth": 60, "recurrence": Recurrence(source="spikes", shift=0)},
            1,
        ),
    ],
)
def test_ring_buffer_to_layer_to_sink_and_monitor(process, kind, options, max_count):
    layer = described(kind, lr_shift=0, **options)
    network = Network(name="one", layers=(layer,), steps=STEPS)
    w_shadow = initial_state(network, 5).weights[0]
    x = samples(3, layer.n_in, high=max_count)

    source = Source(data=np.concatenate(x, axis=1)[None].astype(np.int32))
    proc = process(**options, w_shadow=w_shadow, max_count=max_count, learning=False, steps=STEPS)
    sink, monitor = Sink(shape=(1, layer.n_out), buffer=3 * STEPS), Monitor()
    source.s_out.connect(proc.s_in)
    proc.s_out.connect(sink.a_in)
    monitor.probe(proc.v, 3 * STEPS)
    with session(proc, FIXED, timeout=600) as run:
        run.run(3 * STEPS)
        s, v = run.get(sink.data)[0], monitor.get_data()[proc.name]["v"][:, 0]
        np.testing.assert_array_equal(run.get(proc.w), w_shadow >> 8)

    w = [(w_shadow >> 8).astype(np.int64)]
    for k, sample in enumerate(x):
        (record,) = reference.forward(network, w, sample.T)
        part = slice(k * STEPS, (k + 1) * STEPS)
        np.testing.assert_array_equal(s[:, part].T, record.s)
        np.testing.assert_array_equal(v[part][-1], record.v)
    assert 0 < s.sum() < s.size


def test_convolution_learns_between_stock_processes_and_a_readout():
    """Spikes from a RingBuffer, labels from an encoder: the reference's weights."""
    conv = described(Conv, lr_shift=9, **CONV)
    out = described(Dense, shape=(4, conv.n_out), vth=40, lr_shift=2)
    network = Network(name="two", layers=(conv, out), steps=STEPS, batch=1)
    state = initial_state(network, 0)
    spikes, labels = samples(5, conv.n_in, high=1), RNG.integers(0, 4, 5)

    source = Source(data=np.concatenate(spikes, axis=1)[None].astype(np.int32))
    teacher = SpikeEncoder(images=np.zeros((5, 1), np.uint8), labels=labels, steps=STEPS)
    hidden = IntConv(**CONV, lr_shift=9, w_shadow=state.weights[0], steps=STEPS)
    readout = IntReadout(
        shape=(4, conv.n_out), vth=40, lr_shift=2, w_shadow=state.weights[1], steps=STEPS
    )
    source.s_out.connect(hidden.s_in)
    hidden.s_out.connect(readout.s_in)
    teacher.label_out.connect(readout.label_in)
    readout.fb_out.connect(hidden.fb_in)
    with session(hidden, FIXED, timeout=600) as run:
        run.run(5 * STEPS)

    # frames are the way to give the reference spikes that no encoder has drawn
    network = replace(network, encoder=FrameEncoder(max_count=1))
    for sample, label in zip(spikes, labels):
        state, _ = reference.train_batch(
            network, state, sample.T.reshape(1, -1), [label], train_keys(0, 0, np.arange(1))
        )
    np.testing.assert_array_equal(hidden.weights, state.weights[0])
    np.testing.assert_array_equal(readout.weights, state.weights[1])
    assert hidden.out_shape == (3, 3, 3)
    assert not np.array_equal(state.weights[0], initial_state(network, 0).weights[0])


def test_error_neurons_with_the_random_loss_by_hand():
    """Labels and keys must come when the error neurons start, and do."""
    feedback = Feedback(propagation="feedback", soft_start=3, err_vth=20)
    hidden_layer = described(Dense, shape=(12, 6), vth=100, lr_shift=9)
    out = described(Dense, shape=(4, 12), vth=40, lr_shift=2)
    network = Network(
        name="n",
        layers=(hidden_layer, out),
        steps=STEPS,
        batch=3,
        loss=Loss(kind="random"),
        feedback=feedback,
    )
    state = initial_state(network, 2)
    images, labels = RNG.integers(0, 256, (6, 6)).astype(np.uint8), RNG.integers(0, 4, 6)
    common = {"batch": 3, "steps": STEPS, "seed": 2}
    hidden = IntDense(shape=(12, 6), vth=100, lr_shift=9, w_shadow=state.weights[0], **common)
    readout = IntReadout(
        shape=(4, 12),
        vth=40,
        lr_shift=2,
        w_shadow=state.weights[1],
        loss=Loss(kind="random"),
        propagation="feedback",
        soft_start=3,
        err_vth=20,
        **common,
    )
    encoder = SpikeEncoder(images=images, labels=labels, label_step=readout.label_step, **common)
    encoder.s_out.connect(hidden.s_in)
    hidden.s_out.connect(readout.s_in)
    encoder.label_out.connect(readout.label_in)
    encoder.key_out.connect(readout.key_in)
    readout.fb_out.connect(hidden.fb_in)
    with session(encoder, timeout=600) as run:
        run.run(2 * STEPS)
        err = run.get(readout.err)
    keys = train_keys(2, 0, np.arange(6))
    for part in (slice(0, 3), slice(3, 6)):
        state, _ = reference.train_batch(network, state, images[part], labels[part], keys[part])
    np.testing.assert_array_equal(readout.weights, state.weights[1])
    np.testing.assert_array_equal(hidden.weights, state.weights[0])
    assert err.any()


def test_a_state_for_lava_has_the_engines_shapes():
    network = network_of(
        described(Dense, shape=(9, 7), vth=60, lr_shift=3, **RECURRENT), replace(OUT, n_in=9)
    )
    state = initial_state(network, 1)
    system = build(network, state)
    assert [layer.weights.shape for layer in system.layers] == [(9, 16), (3, 9)]
    assert system.state().equals(state)
    with pytest.raises(ValueError, match=r"needs int32 \(9, 16\)"):
        build(network, State((state.weights[0][:, :7], state.weights[1])))
