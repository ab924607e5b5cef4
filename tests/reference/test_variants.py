"""The paper's variants by hand: convolution, recurrence, delays, frames, losses, error neurons."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import correlate

from lava_intsnn import reference
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    Neuron,
    Precision,
    RateEncoder,
    Recurrence,
)
from lava_intsnn.state import initial_state

KEY = np.uint64(7)
NEURON = Neuron(vth=5, window=5, decay_shift=1)


def network(*layers, steps=4, **changes):
    fields = {
        "precision": Precision(shadow_bits=8, inference_bits=8),
        "loss": Loss(kind="standard", alpha=16),
        "feedback": Feedback(time_gated=False),
        "rounding": Rounding.FLOOR,
        "batch": 1,
    } | changes
    return Network(name="hand", layers=layers, steps=steps, **fields)


# --- convolution ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (1, 2), (3, 1)])
def test_convolution_is_scipys_correlation(stride, padding):
    layer = Conv(
        in_shape=(6, 5, 2), channels=3, kernel=3, stride=stride, padding=padding,
        neuron=NEURON, lr_shift=0,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    image = rng.integers(0, 2, (6, 5, 2))
    w = rng.integers(-9, 9, layer.weight_shape)
    x = reference.synaptic_sum.seen(layer, image.reshape(1, -1), 0)
    a = reference.synaptic_sum.synaptic_sum(layer, w, x).reshape(layer.out_shape)
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    for c in range(3):
        kernel = w[c].reshape(3, 3, 2)
        expected = correlate(padded, kernel, mode="valid")[::stride, ::stride, 0]
        np.testing.assert_array_equal(a[:, :, c], expected)


def test_transposed_convolution_is_the_adjoint():
    """<conv(x), y> = <x, conv^T(y)> for all x and y: what 3.21 asks of feedback."""
    layer = Conv(
        in_shape=(5, 7, 2), channels=4, kernel=3, stride=2, padding=1, neuron=NEURON, lr_shift=0
    )
    rng = np.random.default_rng(1)
    w = rng.integers(-9, 9, layer.weight_shape)
    for _ in range(5):
        x = rng.integers(-9, 9, layer.n_in)
        y = rng.integers(-9, 9, layer.n_out)
        seen = reference.synaptic_sum.seen(layer, x[None], 0)
        forward = reference.synaptic_sum.synaptic_sum(layer, w, seen)
        assert forward @ y == x @ reference.synaptic_sum.backward(layer, w, y)


def test_a_filter_sums_the_updates_of_its_positions():
    """1x3 input, 1x1 filter, T=1: delta = sum of v_fb over the positions that spiked and gated."""
    layer = Conv(in_shape=(1, 3, 1), channels=1, kernel=1, stride=1, neuron=NEURON, lr_shift=0)
    (record,) = reference.forward(network(layer, steps=1), [np.array([[4]])], np.array([[1, 0, 1]]))
    assert record.g.tolist() == [[1, 0, 1]]  # |4 - 5| < 5, |0 - 5| < 5 is false
    v_fb = np.array([[10, 100, 3]])
    delta = reference.sample_delta(network(layer, steps=1), layer, record, v_fb)
    assert delta.tolist() == [[13]]


# --- recurrence, delays, frames -------------------------------------------------------------------


def test_voltage_recurrence_reads_the_potential_before_its_reset():
    """a = 8: v = 8 > 5 spikes and resets; then u = 8 >> 1 = 4, r = (3 * 4) >> 2 = 3, v = 0 + 3."""
    layer = Dense(
        n_in=1, n_out=1, neuron=NEURON, lr_shift=0,
        recurrence=Recurrence(source="voltage", b16_shift=1, shift=2),
    )  # fmt: skip
    (record,) = reference.forward(
        network(layer, steps=2), [np.array([[8, 3]])], np.array([[1], [0]])
    )
    assert record.s.ravel().tolist() == [1, 0]
    assert record.v.tolist() == [3]
    assert [t.tolist() for t in record.t_pre] == [[[1, 0]], [[0, 4]]]


def test_spike_recurrence_reads_the_spikes_of_the_last_step():
    layer = Dense(
        n_in=1, n_out=2, neuron=NEURON, lr_shift=0,
        recurrence=Recurrence(source="spikes", shift=0),
    )  # fmt: skip
    w = np.array([[8, 0, 0], [0, 4, 0]])  # neuron 0 drives neuron 1, one step later
    (record,) = reference.forward(network(layer, steps=3), [w], np.array([[1], [0], [0]]))
    assert record.s.tolist() == [[1, 0], [0, 0], [0, 0]]
    assert record.v.tolist() == [0, 2]


@pytest.mark.parametrize("learned", [False, True])
def test_recurrent_weights_learn_only_if_asked(learned):
    layer = Dense(
        n_in=1, n_out=1, neuron=NEURON, lr_shift=0, weight_decay_shift=1,
        recurrence=Recurrence(learned=learned, lr_shift=1),
    )  # fmt: skip
    w = np.array([[8, 8]], np.int32)
    new = reference.update(network(layer), layer, w, np.array([[2, 2]]), key=KEY)
    assert new.tolist() == [[8 - 2 - 4, 8 - 1 - 4 if learned else 8]]


def test_a_synapse_sees_its_input_after_its_delay():
    layer = Dense(n_in=2, n_out=3, neuron=NEURON, lr_shift=0, max_delay=3, delay_seed=5)
    d = layer.delays()
    assert set(np.unique(d)) <= {0, 1, 2, 3}
    assert len(np.unique(d)) > 1
    activity = np.array([[1, 10], [2, 20], [3, 30]])
    seen = reference.synaptic_sum.seen(layer, activity, 2)
    for o in range(3):
        for i in range(2):
            assert seen[o, i] == (activity[2 - d[o, i], i] if d[o, i] <= 2 else 0)


def test_delays_are_drawn_evenly():
    d = Dense(n_in=200, n_out=100, neuron=NEURON, lr_shift=0, max_delay=7).delays()
    share = np.bincount(d.ravel(), minlength=8) / d.size
    assert np.all(np.abs(share - 1 / 8) < 0.01)


def test_frames_are_taken_as_they_are_and_cut():
    x = reference.encode(
        FrameEncoder(max_count=9), np.array([1, 2, 3, 200], np.uint8), key=KEY, steps=2
    )
    assert x.tolist() == [[1, 2], [3, 9]]


def test_traces_of_counts_keep_half():
    """x = 9, 4: t_pre = 9, (9 >> 1) + 4 = 8."""
    layer = Dense(n_in=1, n_out=1, neuron=NEURON, lr_shift=0)
    (record,) = reference.forward(network(layer, steps=2), [np.array([[0]])], np.array([[9], [4]]))
    assert [int(t[0, 0]) for t in record.t_pre] == [9, 8]


# --- losses and error neurons ---------------------------------------------------------------------


def error(kind, count, label, key=KEY):
    net = network(Dense(n_in=1, n_out=4, neuron=NEURON, lr_shift=0), loss=Loss(kind=kind, alpha=16))
    return reference.prediction_error(net, np.array(count), label, t=3, key=key)


def test_positive_loss_pushes_silent_classes_down_and_keeps_the_label():
    assert error("standard", [2, 0, 0, 4], 1).tolist() == [8, -16, 0, 16]
    assert error("positive", [2, 0, 0, 4], 1).tolist() == [8, -16, 1, 16]
    assert error("positive", [0, 4, 0, 0], 1).tolist() == [1, 0, 1, 1]  # the label is right: 0


def test_random_loss_draws_evenly_and_only_where_the_error_is_zero():
    draws = []
    for key in range(600):
        err = error("random", [2, 0, 0, 0], 1, key=np.uint64(key))
        assert err[:2].tolist() == [8, -16]
        draws.extend(err[2:].tolist())
    share = np.bincount(np.array(draws) + 1, minlength=3) / len(draws)
    assert np.all(np.abs(share - 1 / 3) < 0.05)


def test_final_sends_the_sign_of_the_last_error():
    net = network(
        Dense(n_in=1, n_out=3, neuron=NEURON, lr_shift=0),
        feedback=Feedback(propagation="final", err_vth=10, err_shift=2),
    )
    s = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]])
    # err = 12, -16, 8 for label 1
    assert reference.output_error(net, s, 1, KEY).tolist() == [4, -4, 0]


def test_feedback_counts_the_spikes_of_error_neurons():
    """One output, wrong at every step, alpha 16, threshold 20, soft start 1.

    counts 1 2 3 4, errors at steps 1, 2, 3: 2*16>>1 = 16, 3*16>>1 = 24, 4*16>>2 = 16
    v_pos: 16 | 40 spike | 40 - 20 + 16 = 36 spike
    """
    net = network(
        Dense(n_in=1, n_out=2, neuron=NEURON, lr_shift=0),
        feedback=Feedback(propagation="feedback", soft_start=1, err_vth=20, err_shift=0),
    )
    s = np.array([[1, 0]] * 4)
    e = reference.output_error(net, s, 1, KEY)
    # the label's neuron is silent: err -16 a step; v_neg: 16 | 32 spike | 32 - 20 + 16 = 28 spike
    assert e.tolist() == [2, -2]


def test_samples_not_to_be_learned_have_no_error():
    for propagation in ("direct", "final", "feedback"):
        net = network(
            Dense(n_in=1, n_out=2, neuron=NEURON, lr_shift=0),
            feedback=Feedback(propagation=propagation, soft_start=1),
            loss=Loss(kind="random"),
        )
        assert not reference.output_error(net, np.ones((4, 2), int), -1, KEY).any()


def test_everything_learns_together():
    """A convolution, a recurrent delayed layer and an output, frames, error neurons: it runs."""
    wide = Neuron(vth=20, window=5000)
    conv = Conv(in_shape=(4, 4, 1), channels=2, kernel=2, stride=2, neuron=wide, lr_shift=0)
    hidden = Dense(
        n_in=8, n_out=3, neuron=wide, lr_shift=0, max_delay=2, recurrence=Recurrence(learned=True)
    )
    output = Dense(n_in=3, n_out=2, neuron=wide, lr_shift=0)
    net = network(
        conv, hidden, output, encoder=FrameEncoder(),
        feedback=Feedback(propagation="feedback", soft_start=1, err_vth=1),
    )  # fmt: skip
    state = initial_state(net, 3)
    images = np.random.default_rng(0).integers(0, 30, (1, net.n_values)).astype(np.uint8)
    new, _ = reference.train_batch(net, state, images, np.array([1]), np.array([KEY]))
    assert new.updates == 1
    assert any(not np.array_equal(a, b) for a, b in zip(new.weights, state.weights))
    assert net.n_values == 64
    assert replace(net, encoder=RateEncoder()).n_values == 16
