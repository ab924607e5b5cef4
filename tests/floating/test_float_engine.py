"""The float twin against a restatement of the equations: one sample, one synapse at a time."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn.arithmetic import Stream, draw, fold
from lava_intsnn.floating import FloatEngine
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.random_keys import train_keys
from lava_intsnn.reference import encode
from lava_intsnn.state import State, initial_state

FP32 = Precision.parse("fp32")


def synapses(layer):
    """Yield (neuron, input, delay, row, column) of each feed-forward synapse."""
    if isinstance(layer, Conv):
        height, width, channels = layer.in_shape
        rows, columns, filters = layer.out_shape
        for y in range(rows):
            for x in range(columns):
                for f in range(filters):
                    for ky in range(layer.kernel):
                        for kx in range(layer.kernel):
                            iy = y * layer.stride + ky - layer.padding
                            ix = x * layer.stride + kx - layer.padding
                            if 0 <= iy < height and 0 <= ix < width:
                                for c in range(channels):
                                    yield (
                                        (y * columns + x) * filters + f,
                                        (iy * width + ix) * channels + c,
                                        0,
                                        f,
                                        (ky * layer.kernel + kx) * channels + c,
                                    )
        return
    delays = layer.delays()
    for o in range(layer.n_out):
        for i in range(layer.n_in):
            yield o, i, int(delays[o, i]), o, i


def expanded(layer):
    """Return the synapses as index arrays."""
    return tuple(np.array(column) for column in zip(*synapses(layer)))


def run_layer(layer, w, x):
    """Return spikes, gates, traces per synapse, recurrent traces and final v of one sample."""
    o, i, d, row, column = expanded(layer)
    steps, neuron = len(x), layer.neuron
    recurrence = getattr(layer, "recurrence", None)
    v, u, u_trace = np.zeros(layer.n_out), np.zeros(layer.n_out), np.zeros(layer.n_out)
    trace = np.zeros(len(o))
    s, g = np.zeros((steps, layer.n_out)), np.zeros((steps, layer.n_out))
    traces, u_traces = np.zeros((steps, len(o))), np.zeros((steps, layer.n_out))
    for t in range(steps):
        seen = np.where(t - d >= 0, x[np.maximum(t - d, 0), i], 0)
        a = np.bincount(o, w[row, column] * seen, minlength=layer.n_out)
        if recurrence:
            a = a + w[:, layer.fan_in :] @ u / 2**recurrence.shift
            u_trace = u_trace / 2**layer.trace_shift + u
            u_traces[t] = u_trace
        v = v / 2**neuron.decay_shift + a
        g[t] = abs(v - neuron.vth) < neuron.window
        s[t] = v > neuron.vth
        trace = trace / 2**layer.trace_shift + seen
        traces[t] = trace
        if recurrence:
            held = np.clip(v / 2**recurrence.b16_shift, -32_767, 32_767)  # 16 bits
            u = s[t].copy() if recurrence.source == "spikes" else held
        v = np.where(s[t] > 0, 0, v)
    return s, g, traces, u_traces, v


def error(network, count, label, t, key):
    """(3.6-3.8) without rounding, and the softmax."""
    loss = network.loss
    onehot = np.eye(len(count))[label]
    if loss.kind == "softmax":
        return loss.alpha * (np.exp(count) / np.exp(count).sum() - onehot)
    err = loss.alpha * (count / 2 ** int(np.log2(t + 1)) - onehot)
    for o in range(len(err)):
        if o == label:
            err[o] = min(err[o], 0) if loss.kind == "one_sided" else err[o]
        elif err[o] == 0 and loss.kind == "positive":
            err[o] = 1
        elif err[o] == 0 and loss.kind == "random":
            with np.errstate(over="ignore"):
                bits = draw(fold(key, np.uint64(Stream.LOSS)), np.uint64(t * len(err) + o))
            err[o] = (int(bits) >> 32) * 3 // 2**32 - 1
    return err


def output_error(network, s, label, key):
    """(3.9-3.15)."""
    feedback, last = network.feedback, len(s) - 1
    if label < 0:
        return np.zeros(s.shape[1])
    if feedback.propagation == "direct":
        return error(network, s.sum(axis=0), label, last, key)
    e = np.zeros(s.shape[1])
    for o in range(s.shape[1]):
        v = {1: 0.0, -1: 0.0}
        spiked = {1: False, -1: False}
        start = last if feedback.propagation == "final" else feedback.soft_start
        for t in range(start, last + 1):
            err = error(network, s[: t + 1].sum(axis=0), label, t, key)[o]
            for sign in (1, -1):
                v[sign] += sign * err - feedback.err_vth * spiked[sign]
                spiked[sign] = v[sign] > feedback.err_vth
                e[o] += sign * spiked[sign]
    return e * 2**feedback.err_shift


def train(network, state, images, labels, keys, lr_boost):
    """Return weights, counts and final potentials after one update, all float64."""
    w_shadow = [w.astype(float) for w in state.weights]
    ws = [w / 2**network.precision.w_shift for w in w_shadow]
    deltas = [np.zeros(w.shape) for w in ws]
    counts, vs = [], []
    for image, label, key in zip(images, labels, keys):
        x = encode(network.encoder, image, key=key, steps=network.steps).astype(float)
        records = []
        for layer, w in zip(network.layers, ws):
            records.append(run_layer(layer, w, x))
            x = records[-1][0]
        counts.append(x.sum(axis=0))
        vs.append(records[-1][4])
        v_fb = np.tile(output_error(network, x, label, key), (network.steps, 1))
        for k in range(len(ws) - 1, -1, -1):
            layer, (_, g, traces, u_traces, _) = network.layers[k], records[k]
            o, i, _, row, column = expanded(layer)
            for t in range(network.steps):
                q = v_fb[t] * g[t]
                np.add.at(deltas[k], (row, column), q[o] * traces[t])
                if getattr(layer, "recurrence", None):
                    deltas[k][:, layer.fan_in :] += np.outer(q, u_traces[t])
            if k:
                above = v_fb * g if network.feedback.time_gated else v_fb
                v_fb = np.array(
                    [
                        np.bincount(i, (ws[k][row, column]) * a[o], minlength=layer.n_in)
                        for a in above
                    ]
                )
                v_fb /= 2 ** network.layers[k - 1].fb_shift
    for layer, w, delta in zip(network.layers, w_shadow, deltas):
        recurrence = getattr(layer, "recurrence", None)
        parts = [(slice(0, layer.fan_in), layer.lr_shift)]
        if recurrence and recurrence.learned:
            parts.append((slice(layer.fan_in, None), recurrence.lr_shift))
        for part, lr_shift in parts:
            if layer.normalise:
                most = abs(delta[:, part]).max(axis=0)
                delta[:, part] *= 2**15 / np.where(most > 0, most, 1)
            d = np.clip(delta[:, part] / 2 ** (lr_shift + lr_boost), -layer.clip, layer.clip)
            decay = layer.weight_decay_shift
            w[:, part] -= d + (w[:, part] / 2**decay if decay else 0)
    return w_shadow, np.array(counts), np.array(vs)


def dense(n_in, n_out, lr_shift=4, **more):
    neuron = Neuron(vth=more.pop("vth", 90), window=more.pop("window", 140), decay_shift=1)
    return Dense(n_in=n_in, n_out=n_out, neuron=neuron, lr_shift=lr_shift, **more)


def conv(in_shape, channels, **more):
    neuron = Neuron(vth=70, window=100, decay_shift=1)
    return Conv(in_shape=in_shape, channels=channels, neuron=neuron, lr_shift=5, **more)


CASES = {
    "dense": ((dense(12, 7), dense(7, 3, fb_shift=1), dense(3, 3)), {}),
    "decay, trace, clip": (
        (dense(12, 7, weight_decay_shift=6, trace_shift=2, fb_shift=2), dense(7, 3, clip=3)),
        {},
    ),
    "normalised": ((dense(12, 7, 9, normalise=True), dense(7, 3, 10, normalise=True, clip=20)), {}),
    "normalised filters, recurrence": (
        (
            conv((5, 4, 2), 3, kernel=3, stride=1, padding=1, normalise=True),
            dense(
                60,
                7,
                9,
                normalise=True,
                recurrence=Recurrence(source="spikes", shift=1, learned=True, lr_shift=11),
            ),
            dense(7, 3),
        ),
        {},
    ),
    "not gated": ((dense(12, 7), dense(7, 3)), {"feedback": Feedback(time_gated=False)}),
    "softmax": ((dense(12, 7), dense(7, 3)), {"loss": Loss(kind="softmax", alpha=100)}),
    "positive": ((dense(12, 7), dense(7, 3, vth=200)), {"loss": Loss(kind="positive", alpha=9)}),
    "random": ((dense(12, 7), dense(7, 3, vth=200)), {"loss": Loss(kind="random", alpha=9)}),
    "feedback": (
        (dense(12, 7), dense(7, 3)),
        {
            "loss": Loss(kind="softmax", alpha=64),
            "feedback": Feedback(propagation="feedback", soft_start=2, err_vth=20, err_shift=3),
        },
    ),
    "final": (
        (dense(12, 7), dense(7, 3)),
        {"feedback": Feedback(propagation="final", err_vth=30, err_shift=5, time_gated=False)},
    ),
    "conv": (
        (
            conv((5, 4, 2), 3, kernel=3, stride=1, padding=1),
            conv((5, 4, 3), 2, kernel=2, stride=2),
            dense(8, 3),
        ),
        {},
    ),
    "conv not gated": (
        (conv((6, 5, 1), 2, kernel=3, stride=2, padding=2), dense(32, 3)),
        {"feedback": Feedback(time_gated=False)},
    ),
    "voltage": ((dense(12, 7, recurrence=Recurrence(b16_shift=3, shift=4)), dense(7, 3)), {}),
    "learned voltage": (
        (
            dense(
                12,
                7,
                trace_shift=2,
                recurrence=Recurrence(b16_shift=3, shift=4, learned=True, lr_shift=7),
            ),
            dense(7, 3),
        ),
        {},
    ),
    "learned spikes": (
        (
            dense(12, 7, recurrence=Recurrence(source="spikes", shift=1, learned=True, lr_shift=3)),
            dense(7, 3),
        ),
        {},
    ),
    "delays": ((dense(12, 7, max_delay=3), dense(7, 3, max_delay=1)), {}),
    "delays longer than a sample": ((dense(12, 7, max_delay=20, vth=40), dense(7, 3)), {}),
    "frames": ((dense(12, 7, vth=900), dense(7, 3)), {"encoder": FrameEncoder(max_count=9)}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("lr_boost", [0, 1])
def test_float_engine_computes_the_equations(case, lr_boost):
    layers, options = CASES[case]
    network = Network(name=case, layers=layers, steps=6, batch=5, precision=FP32, **options)
    rng = np.random.default_rng(len(case))
    images = rng.integers(0, 256, (5, network.n_values)).astype(np.uint8)
    labels = np.array([0, 2, -1, 1, 2])[: len(images)]
    keys = train_keys(3, 0, np.arange(5))
    # real numbers, not integers: a threshold is then never met exactly
    state = initial_state(network, 1)
    state = replace(
        state,
        weights=tuple(
            (w + rng.uniform(-0.5, 0.5, w.shape)).astype(np.float32) for w in state.weights
        ),
    )
    expected, counts, v = train(network, state, images, labels, keys, lr_boost)
    with FloatEngine(network, state, threads=1) as engine:
        result = engine.train_batch(images, labels, keys, lr_boost=lr_boost)
        found = engine.state()
    assert counts.sum() > 0
    np.testing.assert_array_equal(result.counts, counts)
    np.testing.assert_allclose(result.v, v, rtol=1e-4, atol=0.02)
    for w, old, new in zip(expected, state.weights, found.weights):
        assert np.abs(w - old).max() > 0.01  # something was learned
        np.testing.assert_allclose(new, w, rtol=1e-5, atol=0.05)
    assert found.updates == 1


def test_softmax_error_by_hand():
    from lava_intsnn.floating.float_error import prediction_error

    network = Network(
        name="n", layers=(dense(2, 3),), precision=FP32, loss=Loss(kind="softmax", alpha=100)
    )
    count = np.array([[np.log(2), 0, np.log(5)], [1, 1, 1]], np.float32)
    err = prediction_error(network, count, np.array([2, -1]), t=19, keys=np.zeros(2, np.uint64))
    np.testing.assert_allclose(err, [[25, 12.5, -37.5], [0, 0, 0]], atol=1e-4)
    assert err.dtype == np.float32


def test_state_must_be_float32():
    network = Network(name="n", layers=(dense(2, 3),), precision=FP32)
    with pytest.raises(ValueError, match="float32"):
        FloatEngine(network, State((np.zeros((3, 2), np.int32),)))
