"""Loihi's neurons in vectors: the reference's states at every width, up to sums that wrap."""

import numpy as np
from families import family
from hypothesis import given, strategies as st

from lava_intsnn.engine import firing
from lava_intsnn.engine.cuba_vector import run_cuba_steps
from lava_intsnn.network import CUBA
from lava_intsnn.reference.membrane import advance, resting


@st.composite
def populations(draw):
    """Neurons, most with numbers of their own, and synaptic sums ``(B, T, P)``."""
    n = draw(st.sampled_from((1, 31, 32, 64, 75)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def numbers(low, high):
        own = rng.integers(low, high + 1, n)
        own[rng.random(n) < 0.1], own[rng.random(n) < 0.1] = low, high
        return tuple(own.tolist()) if draw(st.booleans()) else int(own[0])

    exponent = draw(st.integers(0, 7))
    neuron = CUBA(
        vth=numbers(1, draw(st.sampled_from((300, 131072)))),
        window=draw(st.sampled_from((0, 200, (1 << 30) - 1))),
        current_decay=numbers(0, 4096),
        voltage_decay=numbers(0, 4096),
        bias_mant=numbers(-(1 << 12), 1 << 12),
        bias_exp=exponent,
        refractory=draw(st.sampled_from((1, 2, 7))),
        reset=draw(st.sampled_from(("hard", "soft"))),
    )
    most = draw(st.sampled_from((neuron.sum_max, 200)))
    a = rng.integers(-most, most + 1, (2, draw(st.integers(1, 12)), n + 3))
    return neuron, n, a.astype(np.int32)


@given(populations())
@family(300, quick=60)
def test_vectors_of_neurons_have_the_references_states(case):
    neuron, n, a = case
    samples, steps, _ = a.shape
    extra = np.zeros((samples, len(neuron.states(0)) - 1, n), np.int32)
    v, spikes = np.zeros((samples, n), np.int32), np.zeros((samples, steps, n), np.uint8)
    gates = np.zeros_like(spikes)
    half = steps // 2
    for part in (slice(0, half), slice(half, steps)):  # states last from one call to the next
        now = np.ascontiguousarray(a[:, part])
        s, g = np.zeros_like(spikes[:, part]), np.zeros_like(gates[:, part])
        run_cuba_steps(now, firing.constants(neuron, n), v, extra, s, g)
        spikes[:, part], gates[:, part] = s, g
    for b in range(samples):
        states = resting(neuron, n)
        for t in range(steps):
            step = advance(neuron, states, a[b, t, :n].astype(np.int64))
            states = step.states
            np.testing.assert_array_equal(spikes[b, t], step.s)
            np.testing.assert_array_equal(gates[b, t], step.g)
        np.testing.assert_array_equal(v[b], states[0])
        np.testing.assert_array_equal(extra[b], states[1:])
