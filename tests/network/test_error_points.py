"""Errors at several points of a sample, against an online learner written step by step."""

from dataclasses import replace

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import HealthCheck, assume, given
from random_case import seeded_case
from random_networks import EVERYTHING, cases

from lava_intsnn import loihi, reference
from lava_intsnn.floating import FloatEngine
from lava_intsnn.loihi import LOIHI2
from lava_intsnn.network import (
    Dense,
    Feedback,
    FrameEncoder,
    LeakyReadout,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
)
from lava_intsnn.reference.learn import sample_deltas
from lava_intsnn.state import State, initial_state

KEY = np.uint64(3)


def network(*, points=3, window="segment", output=None, kind="standard", steps=12, **changes):
    output = output or Neuron(vth=9, window=30)
    shift = 0 if isinstance(output, LeakyReadout) else 1
    fields = {
        "layers": (
            Dense(n_in=4, n_out=5, neuron=Neuron(vth=12, window=20), lr_shift=0, trace_shift=0),
            Dense(n_in=5, n_out=3, neuron=output, lr_shift=0, trace_shift=shift),
        ),
        "precision": Precision(shadow_bits=8, inference_bits=5),
        "loss": Loss(kind=kind, alpha=32, points=points, window=window),
        "feedback": Feedback(weights="random", time_gated=False),
    } | changes
    return Network(name="points", steps=steps, **fields)


def online(net, w, x, label):
    """Learn as a device does: traces and eligibility in every step, an error at each point.

    Returns ``delta`` of both layers. Only one trace and one eligibility per synapse are kept.
    """
    hidden, output = net.layers
    readout = net.readout
    length = net.steps // net.loss.points
    f = net.feedback_weights(0)
    v1, v2 = np.zeros(5, int), np.zeros(3, int)
    pre1, pre2 = np.zeros(4, int), np.zeros(5, int)
    corr1, corr2 = np.zeros((5, 4), int), np.zeros((3, 5), int)
    held = np.zeros(3, int)
    delta1, delta2 = np.zeros((5, 4), int), np.zeros((3, 5), int)
    for t in range(net.steps):
        if t == 0 or (net.loss.window == "segment" and t % length == 0):
            corr1[:], corr2[:], held[:], begins = 0, 0, 0, True
        else:
            begins = False
        v1 = (v1 >> 1) + w[0] @ x[t]
        gate, spike = np.abs(v1 - 12) < 20, v1 > 12
        v1[spike] = 0
        pre1 = pre1 + x[t]
        corr1 += gate[:, None] * pre1
        v2 = (v2 >> output.neuron.decay_shift) + w[1] @ spike.astype(int)
        pre2 = (pre2 >> output.trace_shift) + spike
        if readout is None:
            gate2, spike2 = np.abs(v2 - 9) < 30, v2 > 9
            v2[spike2] = 0
            corr2 += gate2[:, None] * pre2
            held += spike2
        elif readout.answer == "sum":
            corr2 += pre2
            held += v2
        else:
            new = (v2 > held) | begins
            held[new] = v2[new]
            corr2[new] = pre2
        if (t + 1) % length:
            continue
        count = held >> (readout.answer_shift if readout else 0)
        about = length if net.loss.window == "segment" else t + 1
        err = (count * 32) >> (about.bit_length() - 1)
        err[label] -= 32
        delta2 += err[:, None] * corr2
        delta1 += -((-(f @ err)) >> hidden.fb_shift)[:, None] * corr1
    return delta1, delta2


OUTPUTS = {
    "spikes": Neuron(vth=9, window=30),
    "sum": LeakyReadout(answer_shift=4),
    "max": LeakyReadout(answer="max", answer_shift=2),
}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("window", ["segment", "start"])
@pytest.mark.parametrize("points", [1, 3, 12])
def test_the_reference_learns_as_an_online_learner_does(points, window, output):
    net = network(points=points, window=window, output=OUTPUTS[output])
    rng = np.random.default_rng(points)
    learned = 0
    for label in range(3):
        w = [rng.integers(-15, 16, layer.weight_shape) for layer in net.layers]
        x = rng.integers(0, 2, (12, 4))
        deltas, _ = zip(*sample_deltas(net, w, reference.forward(net, w, x), label, KEY))
        for found, wanted in zip(deltas, online(net, w, x, label)):
            np.testing.assert_array_equal(found, wanted)
            learned += np.count_nonzero(found)
    assert learned > 30


def test_one_point_is_the_error_at_the_end():
    net = network(points=1, steps=11)
    assert net.error_points == ((0, 10),)
    assert net.error_points[0].count_shift == net.count_shift == 3
    assert net.first_error_step == 10


def test_points_by_hand():
    assert network(points=3).error_points == ((0, 3), (4, 7), (8, 11))
    assert network(points=3, window="start").error_points == ((0, 3), (0, 7), (0, 11))
    assert network(points=3).first_error_step == 3


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("window", ["segment", "start", "gated"])
@pytest.mark.parametrize("points", [1, 3])
def test_the_float_twin_learns_the_same_where_nothing_is_rounded(points, window, output):
    """Without leak, shifts and clipping all numbers are small integers, in float32, too."""
    neuron = OUTPUTS[output]
    if neuron.fires:
        neuron = replace(neuron, decay_shift=0)
    gated = window == "gated" and output != "max"
    plain = {"lr_shift": 0, "trace_shift": 0, "clip": (1 << 30) - 1}
    net = network(
        points=points,
        window="segment" if window == "gated" else window,
        layers=(
            Dense(n_in=4, n_out=5, neuron=Neuron(vth=12, window=20, decay_shift=0), **plain),
            Dense(n_in=5, n_out=3, neuron=neuron, **plain),
        ),
        feedback=Feedback(time_gated=gated),
        encoder=FrameEncoder(max_count=3),
        precision=Precision(shadow_bits=8, inference_bits=8),
        batch=1,
    )
    if net.readout:
        answers = replace(neuron, answer_shift=0)
        net = replace(net, layers=(net.layers[0], replace(net.layers[1], neuron=answers)))
    rng = np.random.default_rng(points)
    w = [rng.integers(-15, 16, layer.weight_shape) for layer in net.layers]
    x = rng.integers(0, 4, (12, 4)).astype(np.uint8)
    wanted, _ = zip(*sample_deltas(net, w, reference.forward(net, w, x), 1, KEY))
    twin = replace(net, precision=replace(net.precision, floating=True))
    state = State(tuple(each.astype(np.float32) for each in w))
    with FloatEngine(twin, state, threads=1) as engine:
        engine.train_batch(x.reshape(1, -1), np.array([1], np.int32), np.array([KEY]))
        found = engine.state().weights
    for before, after, delta in zip(w, found, wanted):
        np.testing.assert_array_equal(before - after, delta)
        assert delta.any()


@pytest.mark.slow
@given(cases(features=EVERYTHING))
@family(200, quick=12, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_engine_learns_the_same_bits(case):
    case = at_several_points(case)
    assume(case.network.loss.points > 1)
    assert not case.network.check().popcount
    assert_equal_training(case, threads=1, form="auto")


def at_several_points(case):
    """``case`` with an error at every step, where it has a single one and can have more."""
    network = case.network
    if network.loss.points > 1 or network.feedback.propagation != "direct":
        return case
    loss = replace(network.loss, points=network.steps, window="segment")
    return replace(case, network=replace(network, loss=loss))


@pytest.mark.parametrize("window", ["segment", "start"])
def test_the_general_form_takes_spikes_that_would_fit_words(window):
    """Plain neurons in 20 steps: words but for the points."""
    net = network(points=4, window=window, steps=20)
    plain = replace(net, loss=replace(net.loss, points=1))
    layers = tuple(replace(layer, trace_shift=1) for layer in net.layers)
    assert replace(plain, layers=layers).check().popcount
    net = replace(net, layers=layers)
    assert not net.check().popcount
    assert_equal_training(seeded_case(net, samples=40, seed=1), threads=2, form="auto")


def test_errors_add_up_in_wider_updates():
    """Since the start, a gate may be pushed by all points; parts have one each."""
    start, parts = network(window="start"), network()
    for one, other in zip(start.check().layers, parts.check().layers):
        assert one.delta // one.v_fb == 3 * (other.delta // other.v_fb)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"points": 5}, "points = 5 with steps = 12.*use 4 or 6 points"),
        ({"points": 13}, "points = 13 with steps = 12.*use 12"),
        (
            {"feedback": Feedback(propagation="feedback")},
            "points = 3 with propagation = 'feedback'",
        ),
        ({"window": "start", "feedback": Feedback()}, "'start' with time_gated = True"),
        ({"window": "end"}, "window = 'end'.*segment, start"),
        ({"points": 0}, r"points = 0.*1\.\.4096"),
    ],
)
def test_what_does_not_go_together(changes, says):
    with pytest.raises(NetworkError, match=says):
        network(**changes)


def test_chips_take_one_error_a_sample():
    net = network(points=3)
    found = loihi.check(net, target=LOIHI2, learning=True)
    assert any(finding.what == "error points" for finding in found)
    assert loihi.nearest_legal(net, target=LOIHI2, learning=True).loss.points == 1
    assert not any(
        x.what == "error points" for x in loihi.check(net, target=LOIHI2, learning=False)
    )


def test_time_gated_parts_learn():
    net = replace(network(), feedback=Feedback())
    case = seeded_case(net, samples=20, seed=2)
    assert_equal_training(case, threads=1, form="auto")
    assert initial_state(net, 2).weights[0].any()
