"""Where nothing rounds the float twin has the reference's numbers: windows, pools, delays."""

from dataclasses import replace

import numpy as np
from families import family
from hypothesis import given, strategies as st
from random_case import case_of
from random_constants import shared_out
from random_layers import layered_networks, with_any_delays

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.floating import FloatEngine
from lava_intsnn.network import Feedback, Loss, Network, Neuron, Precision
from lava_intsnn.reference import infer_batch, train_batch

STEPS = 4
EXACT = {
    "lr_shift": 0,
    "clip": (1 << 30) - 1,
    "normalise": False,
    "weight_decay_shift": None,
    "trace_shift": 0,
}


@st.composite
def exact_cases(draw):
    """Networks of small integers without shifts, whose sums float32 holds to the last bit."""
    network: Network = draw(layered_networks(max_steps=1))
    vth = draw(st.integers(1, 9))
    neuron = Neuron(vth=vth, window=3 * vth, decay_shift=0)
    layers = []
    for layer in network.layers:
        pool = replace(layer.pool, kind="sum") if layer.pool else None
        delays = {"max_delay": min(layer.max_delay, 3)} if layer.max_delay else {}
        if layer.learns_delays:
            delays |= {"delay_bits": 0, "delay_lr_shift": 0, "delay_clip": draw(st.integers(1, 3))}
        changes = {"neuron": neuron, "pool": pool, "fb_shift": 0} | delays
        if draw(st.booleans()):  # traces that keep all, or nothing
            changes["trace_decay"] = draw(shared_out(layer, st.sampled_from((0, 4096))))
        layers.append(replace(layer, **EXACT, **changes))
    points, window = draw(st.sampled_from((1, 2, 4))), draw(st.sampled_from(("segment", "start")))
    network = Network(
        name="exact",
        layers=tuple(layers),
        steps=STEPS,
        batch=3,
        precision=Precision(shadow_bits=16, inference_bits=16),
        loss=Loss(alpha=STEPS, points=points, window=window),
        feedback=Feedback(time_gated=window == "segment" and draw(st.booleans())),
        rounding=Rounding.FLOOR,
    )
    case = draw(case_of(network, most=3))
    rng = np.random.default_rng(case.state.seed)
    weights = tuple(rng.integers(-2, 4, w.shape).astype(np.int32) for w in case.state.weights)
    return with_any_delays(replace(case, state=replace(case.state, weights=weights)))


def in_floats(case):
    """Return the case's state with the same numbers in float32: delays where they learn."""
    delays = tuple(
        d.astype(np.float32) if layer.learns_delays else d
        for layer, d in zip(case.network.layers, case.state.delays)
    )
    weights = tuple(w.astype(np.float32) for w in case.state.weights)
    return replace(case.state, weights=weights, delays=delays)


@given(exact_cases())
@family(150)
def test_the_twin_learns_the_integers(case):
    floating = replace(case.network, precision=replace(case.network.precision, floating=True))
    expected, oracle = train_batch(case.network, case.state, case.images, case.labels, case.keys)
    with FloatEngine(floating, in_floats(case), threads=1) as twin:
        inferred = twin.infer_batch(case.images, case.keys)
        learned = twin.train_batch(case.images, case.labels, case.keys)
        state = twin.state()
    for mine in (inferred, learned):
        np.testing.assert_array_equal(mine.counts, oracle.counts)
        np.testing.assert_array_equal(mine.v, oracle.v)
    for mine, theirs in zip(state.weights, expected.weights, strict=True):
        held = abs(theirs) < (1 << 15) - 1  # integers saturate, floats do not
        np.testing.assert_array_equal(mine[held], theirs[held])
    for mine, theirs in zip(state.delays, expected.delays, strict=True):
        assert (mine is None) == (theirs is None)
        np.testing.assert_array_equal(mine, theirs)


@given(exact_cases())
@family(30, quick=4)
def test_other_delays_are_loaded(case):
    floating = replace(case.network, precision=replace(case.network.precision, floating=True))
    state = in_floats(case)
    none = tuple(None if d is None else d * 0 for d in state.delays)
    with FloatEngine(floating, replace(state, delays=none), threads=1) as twin:
        twin.load(state)
        found = twin.infer_batch(case.images, case.keys)
    oracle = infer_batch(case.network, case.state, case.images, case.keys)
    np.testing.assert_array_equal(found.counts, oracle.counts)
