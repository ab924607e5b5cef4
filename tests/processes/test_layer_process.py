"""Convolution, recurrence, delays, counts and error neurons as Processes composed by hand."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.monitor.process import Monitor
from numba.core.registry import CPUDispatcher

from lava_intsnn import reference
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Pool,
    Recurrence,
)
from lava_intsnn.proc_models.fixed_pt.core_choice import fixed_core
from lava_intsnn.processes import IntConv, IntDense, IntReadout, SpikeEncoder
from lava_intsnn.random_keys import train_keys
from lava_intsnn.runtime import ProcessModelError
from lava_intsnn.state import State, initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

FIXED = Loihi2SimCfg(select_tag="fixed_pt")
RNG = np.random.default_rng(3)
STEPS = 8
CONV = {"in_shape": (5, 6, 2), "channels": 3, "kernel": 3, "stride": 2, "padding": 1, "vth": 150}
POOL = Pool(kind="average", in_shape=(5, 6, 2), kernel=2, stride=(1, 2))
#: Another kernel, dilated horizontally, in two groups, over sums of windows.
WIDE = {"kernel": (1, 2), "padding": 0, "dilation": (1, 2), "groups": 2, "channels": 4} | {
    "pool": Pool(in_shape=(5, 6, 2), kernel=(2, 1), stride=1)
}
RECURRENT = {"recurrence": Recurrence(b16_shift=2, shift=2, learned=True, lr_shift=9)}


def described(kind, *, vth, **options):
    """The layer that a Process with these keywords describes."""
    neuron = Neuron(vth=vth, window=2 * vth)
    if kind is Dense:
        options["n_out"], options["n_in"] = options.pop("shape")
    return kind(neuron=neuron, **options)


def samples(n, n_in, *, high):
    return RNG.integers(0, high + 1, (n, n_in, STEPS)).astype(np.uint8)


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


RANDOM = {"time_gated": False, "v_fb_bits": 12}


def random_feedback_chain(wiring):
    """A convolution, a dense layer and a readout, whose error goes down as ``wiring`` says."""
    conv = described(Conv, lr_shift=8, fb_shift=2, **CONV)
    middle = described(Dense, shape=(9, conv.n_out), vth=40, lr_shift=6, fb_shift=1)
    out = described(Dense, shape=(4, 9), vth=20, lr_shift=2)
    network = Network(
        name="three",
        layers=(conv, middle, out),
        steps=STEPS,
        batch=2,
        feedback=Feedback(weights="random", random_max=50, random_seed=1, **RANDOM),
    )
    state = initial_state(network, 4)
    common = {"steps": STEPS, "batch": 2, "seed": 4, **RANDOM}
    f = [network.feedback_weights(index) for index in range(2)]
    lower = IntConv(
        **CONV,
        lr_shift=8,
        fb_shift=2,
        w_shadow=state.weights[0],
        feedback_weights=f[0].tolist(),
        **common,
    )
    upper = IntDense(
        shape=(9, conv.n_out),
        vth=40,
        lr_shift=6,
        fb_shift=1,
        w_shadow=state.weights[1],
        feedback_weights=f[1].astype(np.int16),
        layer_index=1,
        **common,
    )
    readout = IntReadout(
        shape=(4, 9),
        vth=20,
        lr_shift=2,
        w_shadow=state.weights[2],
        feedback="random",
        layer_index=2,
        **common,
    )
    images = RNG.integers(0, 256, (6, conv.n_in)).astype(np.uint8)
    labels = RNG.integers(0, 4, 6)
    encoder = SpikeEncoder(images=images, labels=labels, steps=STEPS, batch=2, seed=4)
    for source, layer in ((encoder, lower), (lower, upper), (upper, readout)):
        source.s_out.connect(layer.s_in)
    encoder.label_out.connect(readout.label_in)
    if wiring == "chain":
        readout.fb_out.connect(upper.fb_in)
        upper.fb_out.connect(lower.fb_in)
    else:
        readout.fb_out.connect([upper.fb_in, lower.fb_in])
    return network, state, images, labels, (lower, upper, readout)


@pytest.mark.parametrize("wiring", ["chain", "to each"])
def test_random_feedback_by_hand(wiring):
    """The error is handed down, or goes to every layer at once: the reference's weights."""
    network, state, images, labels, layers = random_feedback_chain(wiring)
    start = state
    with session(layers[0], timeout=600) as run:
        run.run(3 * STEPS)
    keys = train_keys(4, 0, np.arange(6))
    for part in (slice(0, 2), slice(2, 4), slice(4, 6)):
        state, _ = reference.train_batch(network, state, images[part], labels[part], keys[part])
    for layer, expected, before in zip(layers, state.weights, start.weights):
        np.testing.assert_array_equal(layer.weights, expected)
        assert not np.array_equal(expected, before)


@pytest.mark.parametrize(
    ("above", "message"),
    [
        ({"shape": (3, 9)}, "low has feedback weights = random, up feedback weights = transposed"),
        ({"shape": (3, 4)}, "low has feedback weights = random, up feedback weights = transposed"),
        ({"shape": (3, 9), "feedback": "random"}, "low has n_classes = 4, up n_classes = 3"),
    ],
)
def test_layers_must_hear_what_the_layer_above_sends(above, message):
    f = np.ones((9, 4), np.int64)
    common = {"vth": 9, "lr_shift": 1, "steps": STEPS, "time_gated": False}
    below = IntDense(shape=(9, 5), feedback_weights=f, name="low", **common)
    readout = IntReadout(**above, name="up", **common)
    encoder = SpikeEncoder(images=np.zeros((1, 5), np.uint8), steps=STEPS)
    encoder.label_out.connect(readout.label_in)

    def compose():
        readout.fb_out.connect(below.fb_in)
        session(below)  # what is seen only here, where the sizes happen to be the same

    with pytest.raises(NetworkError, match=f"{message}: make them equal"):
        compose()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"feedback_weights": np.ones((3, 6))},
            r"float64 \(3, 6\): give integers \(3, n_classes\)",
        ),
        ({"feedback_weights": np.ones((6, 3), int)}, r"int64 \(6, 3\): give integers \(3, n_cl"),
        ({"feedback_weights": [1, 2, 3]}, r"int64 \(3,\): give integers"),
        ({"feedback_weights": np.full((3, 1), -32768, np.int16)}, "= 32768: must be .*0..32767"),
        ({"feedback_weights": np.ones((3, 2), int), "time_gated": True}, "set time_gated to False"),
    ],
)
def test_feedback_weights_that_do_not_fit_are_refused(options, message):
    with pytest.raises(NetworkError, match=message):
        IntDense(**({"shape": (3, 6), "vth": 60, "lr_shift": 1, "time_gated": False} | options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": Loss(kind="random")}, "random loss.*connect key_in"),
        ({"propagation": "feedback", "soft_start": 2}, "label_step = 7.*at 2: .*label_step=2"),
    ],
)
def test_readouts_that_would_wait_or_draw_nothing_are_refused(options, message):
    encoder = SpikeEncoder(images=np.zeros((1, 6), np.uint8), steps=STEPS)
    readout = IntReadout(shape=(2, 6), vth=60, lr_shift=1, steps=STEPS, **options)
    encoder.s_out.connect(readout.s_in)
    encoder.label_out.connect(readout.label_in)
    with pytest.raises(NetworkError, match=message):
        session(encoder)


@pytest.mark.parametrize(("max_count", "bad"), [(9, 10), (255, 256), (9, -1)])
def test_counts_beyond_the_largest_are_refused(max_count, bad):
    counts = samples(2, 60, high=max_count).astype(np.int32)
    counts[1, 34, 5] = bad
    source = Source(data=np.concatenate(counts, axis=1)[None])
    layer = IntConv(**CONV, max_count=max_count, learning=False, steps=STEPS, name="picky")
    source.s_out.connect(layer.s_in)
    message = rf"picky: s_in\[0, 34\] = {bad} at time step 14 .*counts must be .* 0..{max_count}"
    with session(layer, timeout=600) as run, pytest.raises(ProcessModelError, match=message):
        run.run(2 * STEPS)


@pytest.mark.parametrize(
    ("process", "options", "message"),
    [
        (IntConv, CONV | {"kernel": 8, "padding": 0}, "the kernel does not fit in"),
        (IntConv, CONV | {"in_shape": (5, 6)}, r"in_shape = \(5, 6\)"),
        (IntConv, CONV | {"w_shadow": np.zeros((3, 17), np.int32)}, r"needs int32 \(3, 18\)"),
        (IntConv, CONV | {"max_count": 0}, "max_count = 0"),
        (IntConv, CONV | {"max_count": 256}, "max_count = 256"),
        (IntConv, CONV | {"learning": True}, "lr_shift = None"),
        (
            IntDense,
            {"shape": (3, 6), "vth": 60, "w_shadow": np.zeros((3, 6), np.int32)} | RECURRENT,
            r"needs int32 \(3, 9\)",
        ),
        (IntDense, {"shape": (3, 6), "vth": 60, "max_delay": 63}, "max_delay = 63"),
        (IntReadout, {"shape": (3, 6), "vth": 60, "soft_start": -1}, "soft_start = -1"),
    ],
)
def test_constants_that_do_not_fit_are_refused(process, options, message):
    with pytest.raises(ValueError, match=message):
        process(**({"learning": False, "steps": STEPS} | options))


def test_frames_that_do_not_fit_the_steps_are_refused():
    for options, message in (
        ({"images": np.zeros((2, 9), np.uint8)}, "images have 9 values: 4 frames must divide"),
        ({"n_in": 3, "label_step": 4}, "label_step = 4"),
    ):
        with pytest.raises(ValueError, match=message):
            SpikeEncoder(steps=4, encoder=FrameEncoder(), **options)


def network_of(*layers, **options):
    return Network(name="n", layers=layers, steps=STEPS, batch=1, tie_break=False, **options)


GUARDED = Neuron(vth=60, window=120, guarded=True)
OUT = Dense(n_in=27, n_out=3, neuron=GUARDED, lr_shift=1)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (network_of(described(Conv, lr_shift=1, **CONV)), "ends with a convolution"),
        (network_of(replace(OUT, max_delay=2)), "recurrence or delays"),
    ],
)
def test_what_lava_has_no_place_for_is_refused(network, message):
    with pytest.raises(NetworkError, match=message):
        build(network, initial_state(network), learning=False, decompose=True)


@pytest.mark.parametrize(
    ("process", "options"),
    [
        (IntConv, CONV),
        (IntConv, CONV | {"max_count": 9}),
        (IntConv, CONV | {"trace_shift": 0, "precision": "16-12"}),
        (IntDense, {"shape": (40, 30), "vth": 60}),
        (IntDense, {"shape": (40, 30), "vth": 60, "trace_shift": 0}),
        (IntDense, {"shape": (40, 30), "vth": 60, "max_delay": 3, "max_count": 9} | RECURRENT),
        (IntConv, CONV | {"feedback_weights": np.ones((27, 5), int)} | RANDOM),
        (
            IntDense,
            {"shape": (40, 30), "vth": 6, "feedback_weights": np.eye(40, dtype=int)} | RANDOM,
        ),
        (IntReadout, {"shape": (40, 30), "vth": 6, "feedback": "random"} | RANDOM),
    ],
)
@pytest.mark.parametrize("batch", [1, 3, 20])
def test_nothing_is_left_to_compile_for_the_processes(process, options, batch):
    """What the parent has not compiled, each forked Process would compile for itself: seconds."""
    layer = process(**options, lr_shift=1, steps=STEPS, batch=batch)
    before = compiled_signatures()
    core, spec = fixed_core(layer.spec, layer.memory), layer.spec.layer
    for t in range(STEPS):
        core.step(np.ones((batch, spec.n_in), np.uint8), t, record=True)
    heard = [core.from_error(np.ones((batch, spec.n_out), np.int64))]
    if process is not IntReadout:
        message = np.ones(layer.fb_in.shape, np.int64)
        heard.append(core.from_messages(iter([message] * STEPS)))
    for v_fb in heard:
        for _ in core.feedback(v_fb):
            pass
        core.learn(v_fb)
    assert compiled_signatures() == before


def compiled_signatures():
    modules = [m for name, m in sys.modules.items() if name.startswith("lava_intsnn.")]
    found = {
        f"{value.py_func.__module__}.{value.__name__}": len(value.signatures)
        for module in modules
        for value in vars(module).values()
        if isinstance(value, CPUDispatcher)
    }
    assert len(found) > 20
    return found


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
