"""The oracle against cases worked out by hand and against Lava-independent restatements."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import reference
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network import Dense, Feedback, Loss, Network, Neuron, Precision, RateEncoder
from lava_intsnn.reference.membrane import wrap_current
from lava_intsnn.state import State, initial_state


def run_neuron(neuron, currents):
    v = np.zeros(1, np.int64)
    trail = []
    for a in currents:
        v, s, g = reference.neuron_step(neuron, v, np.array([a], np.int64))
        trail.append((int(v[0]), int(s[0]), int(g[0])))
    return trail


def test_neuron_by_hand():
    """v: 6; (6>>1)+4=7; (7>>1)-10=-7; (-7>>1)=-4 (floor); (-4>>1)+13=11 > 10: spike, reset."""
    neuron = Neuron(vth=10, window=8)
    assert run_neuron(neuron, [6, 4, -10, 0, 13, 0]) == [
        (6, 0, 1),
        (7, 0, 1),
        (-7, 0, 0),
        (-4, 0, 0),
        (0, 1, 1),
        (0, 0, 0),
    ]


def test_threshold_and_window_are_strict():
    neuron = Neuron(vth=10, window=4, decay_shift=0)
    assert run_neuron(neuron, [10]) == [(10, 0, 1)]  # at the threshold: no spike
    assert run_neuron(neuron, [6]) == [(6, 0, 0)]  # at the window's edge: no gate
    assert run_neuron(neuron, [7]) == [(7, 0, 1)]


def test_membrane_potential_saturates_at_its_width():
    neuron = Neuron(vth=100, window=10, decay_shift=0, v_bits=8)
    assert run_neuron(neuron, [-100, -100]) == [(-100, 0, 0), (-127, 0, 0)]


def test_guarded_neuron_keeps_six_bits_and_decays_toward_zero():
    neuron = Neuron(vth=10, window=5, guarded=True)
    # -1 << 6 = -64; /2 = -32; -16; ... ends at 0, where the floor would stop at -1
    assert [v for v, _, _ in run_neuron(neuron, [-1] + [0] * 8)] == [
        -64, -32, -16, -8, -4, -2, -1, 0, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("current", "wrapped"),
    [
        (2**23, 2**23),
        (2**23 + 1, -(2**23) + 1),
        (-(2**23) + 1, -(2**23) + 1),
        (-(2**23), 2**23),
    ],
)
def test_guarded_current_wraps_as_lavas_lif(current, wrapped):
    assert wrap_current(np.array([current])) == wrapped


def one_layer(**changes):
    layer = Dense(
        n_in=2, n_out=2, neuron=Neuron(vth=3, window=4, decay_shift=1), lr_shift=1, clip=9
    )
    fields = {
        "name": "hand",
        "layers": (layer,),
        "steps": 4,
        "batch": 1,
        "precision": Precision(shadow_bits=8, inference_bits=8),
        "loss": Loss(kind="standard", alpha=16),
        "feedback": Feedback(time_gated=False),
        "rounding": Rounding.FLOOR,
    } | changes
    return Network(**fields)


def prediction_error(network, count, label):
    key = np.uint64(0)
    return reference.prediction_error(network, count, label, t=network.steps - 1, key=key)


SPIKES = np.array([[1, 0], [1, 1], [0, 1], [1, 1]])
W = np.array([[4, 1], [1, -2]])


def test_forward_by_hand():
    (record,) = reference.forward(one_layer(), [W], SPIKES)
    # neuron 0: a = 4 5 1 5 -> spikes at 0, 1, 3; v = 0 0 1 0 ; gates |v-3|<4 on 4 5 1 (0+5)
    assert record.s[:, 0].tolist() == [1, 1, 0, 1]
    assert record.g[:, 0].tolist() == [1, 1, 1, 1]
    # neuron 1: a = 1 -1 -2 -1; v = 1, (1>>1)-1=-1, (-1>>1)-2=-3, (-3>>1)-1=-3
    assert record.s[:, 1].tolist() == [0, 0, 0, 0]
    assert record.g[:, 1].tolist() == [1, 0, 0, 0]
    assert record.v.tolist() == [0, -3]
    assert record.t_corr.tolist() == [[3, 3], [1, 0]]


def test_update_by_hand():
    """count 3 0, T=4: err = 3*16>>2 = 12, 0 - 16; delta = err * t_corr; d = delta >> 1, clip 9."""
    network = one_layer()
    (record,) = reference.forward(network, [W], SPIKES)
    err = reference.output_error(network, record.s, 1, np.uint64(0))
    assert err.tolist() == [12, -16]
    (v_fb,) = reference.feedback(network, [W], [record], err)
    delta = reference.sample_delta(network, network.layers[0], record, v_fb)
    assert delta.tolist() == [[36, 36], [-16, 0]]
    new = reference.update(network, network.layers[0], W.astype(np.int32), delta, key=np.uint64(0))
    assert new.tolist() == [[4 - 9, 1 - 9], [1 + 8, -2]]


def test_weight_decay_and_saturation_by_hand():
    layer = replace(one_layer().layers[0], weight_decay_shift=2, clip=100)
    network = one_layer(layers=(layer,))
    w = np.array([[120, -120], [7, -7]], np.int32)
    delta = np.array([[-200, 200], [0, 0]])
    new = reference.update(network, layer, w, delta, key=np.uint64(0))
    # 120+100-30 = 190 -> 127; -120-100+30 = -190 -> -127; 7-1; -7-(-7>>2) = -7+2
    assert new.tolist() == [[127, -127], [6, -5]]


def test_one_sided_loss_never_pushes_the_label_down():
    network = one_layer(loss=Loss(kind="one_sided", alpha=16), steps=5)
    count = np.array([5, 1])  # 5*16 >> 2 = 20 > 16
    assert prediction_error(network, count, 0).tolist() == [0, 4]
    assert prediction_error(one_layer(steps=5), count, 0).tolist() == [4, 4]


def test_label_minus_one_learns_nothing():
    assert prediction_error(one_layer(), np.array([4, 4]), -1).tolist() == [0, 0]


def test_error_saturates_at_its_width():
    network = one_layer(loss=Loss(kind="standard", alpha=1000, err_bits=8))
    assert prediction_error(network, np.array([4, 0]), 1).tolist() == [127, -127]


def two_layers(**changes):
    first = Dense(n_in=2, n_out=2, neuron=Neuron(vth=3, window=4), lr_shift=1, fb_shift=1)
    second = Dense(n_in=2, n_out=2, neuron=Neuron(vth=3, window=4), lr_shift=1)
    return replace(one_layer(), layers=(first, second), **changes)


def test_feedback_is_the_transposed_shifted_product():
    network = two_layers()
    w_out = np.array([[3, -1], [2, 5]])
    records = reference.forward(network, [W, w_out], SPIKES)
    v_fb, _ = reference.feedback(network, [W, w_out], records, np.array([10, -7]))
    # [3*10 - 2*7, -10 - 35] = [16, -45] >> 1
    assert v_fb.tolist() == [[8, -23]] * 4


def test_time_gated_feedback_uses_only_open_gates():
    network = two_layers(feedback=Feedback(time_gated=True))
    w_out = np.array([[3, -1], [2, 5]])
    records = reference.forward(network, [W, w_out], SPIKES)
    records[1].g[:] = [[1, 0], [0, 1], [0, 0], [1, 1]]
    v_fb, _ = reference.feedback(network, [W, w_out], records, np.array([10, -7]))
    assert v_fb.tolist() == [[15, -5], [-7, -18], [0, 0], [8, -23]]


def test_feedback_saturates_at_its_width():
    network = two_layers(feedback=Feedback(time_gated=False, v_fb_bits=4))
    w_out = np.array([[3, -1], [2, 5]])
    records = reference.forward(network, [W, w_out], SPIKES)
    v_fb, _ = reference.feedback(network, [W, w_out], records, np.array([10, -7]))
    assert v_fb[0].tolist() == [7, -7]


def test_prediction_and_ties():
    network = one_layer()
    record = reference.forward(network, [W], SPIKES)[0]
    record.s = np.array([[1, 1, 0], [0, 0, 0]])
    record.v = np.array([2, 5, 9])
    assert reference.predict(network, record) == 1
    assert reference.predict(replace(network, tie_break=False), record) == 0


@pytest.mark.parametrize("kind", ["low_discrepancy", "random"])
def test_spike_rate_is_the_pixel_value(kind):
    pixels = np.repeat(np.array([0, 1, 64, 200, 255], np.uint8), 4000)
    spikes = reference.encode(RateEncoder(kind=kind), pixels, key=np.uint64(7), steps=16)
    rate = spikes.reshape(16, 5, 4000).mean(axis=(0, 2))
    assert rate[0] == 0
    np.testing.assert_allclose(rate, np.array([0, 1, 64, 200, 255]) / 256, atol=0.006)


def test_low_discrepancy_code_by_its_definition():
    """One byte r per pixel, spike where pixel > (r + 158 t) & 255: recovered from the spikes."""
    pixels = np.full(50, 100, np.uint8)
    spikes = reference.encode(RateEncoder(), pixels, key=np.uint64(3), steps=20)
    for train in spikes.T:
        fits = [
            r
            for r in range(256)
            if all((((r + 158 * t) & 255) < 100) == bool(train[t]) for t in range(20))
        ]
        assert fits


def test_low_discrepancy_code_has_less_variance():
    pixels = np.full(5000, 90, np.uint8)
    counts = [
        reference.encode(RateEncoder(kind=kind), pixels, key=np.uint64(1), steps=20).sum(axis=0)
        for kind in ("low_discrepancy", "random")
    ]
    assert counts[0].var() < counts[1].var() / 4


def test_initial_weights_fill_the_shadow_range_and_scale_with_fan_in():
    network = Network(
        name="x",
        layers=(
            Dense(n_in=400, n_out=50, neuron=Neuron(vth=1, window=1), lr_shift=0),
            Dense(n_in=50, n_out=100, neuron=Neuron(vth=1, window=1), lr_shift=0),
        ),
    )
    wide, narrow = initial_state(network, 3).weights
    assert 32767 * 0.99 < np.abs(narrow).max() <= 32767
    assert np.abs(wide).max() <= 32767 * (50 / 400) ** 0.5
    assert abs(wide.mean()) < 0.02 * np.abs(wide).max()
    assert not np.array_equal(wide, initial_state(network, 4).weights[0])


def test_states_that_do_not_fit_are_refused():
    network = one_layer()
    with pytest.raises(ValueError, match=r"weights are int64 \(2, 2\), the network needs int32"):
        State(weights=(W,)).validate(network)
    with pytest.raises(ValueError, match=r"200 is outside -127\.\.127"):
        State(weights=(np.full((2, 2), 200, np.int32),)).validate(network)
    lowest = np.full((2, 2), np.iinfo(np.int32).min, np.int32)
    with pytest.raises(ValueError, match="-2147483648 is outside -127"):
        State(weights=(lowest,)).validate(network)
    with pytest.raises(ValueError, match="state has 0 layers"):
        State(weights=()).validate(network)
