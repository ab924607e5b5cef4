"""The neuron step on int32 potentials (3.1-3.3), shared by all forms of the forward pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.jit import compiled, kernel, saturate, shift_floor, shift_toward_zero
from lava_intsnn.network import Neuron
from lava_intsnn.network.neuron import GUARDED_STATE_BITS

_WRAP = np.int32(1 << (GUARDED_STATE_BITS - 1))
_ONE = np.uint32(1)


class NeuronConstants(NamedTuple):
    """A neuron's constants in the unit of its potential, guard bits included."""

    vth: np.int32
    window: np.int32
    decay_shift: np.int32
    v_lim: np.int32
    guard_bits: np.int32


def constants(neuron: Neuron) -> NeuronConstants:
    """Return what the kernels need of ``neuron``."""
    top = np.iinfo(np.int32).max
    return NeuronConstants(
        vth=np.int32(neuron.vth << neuron.guard_bits),
        window=np.int32(min(neuron.window << neuron.guard_bits, top)),
        decay_shift=np.int32(neuron.decay_shift),
        v_lim=np.int32(limit(neuron.v_bits)),
        guard_bits=np.int32(neuron.guard_bits),
    )


@compiled
def integrate(v, a, neuron):
    """Return the potential after decay of ``v`` and synaptic sum ``a``, before the reset; int32."""
    decay, v_lim, guard = neuron[2], neuron[3], neuron[4]
    if guard == 0:
        return np.int32(saturate(np.int32(shift_floor(v, decay) + a), v_lim))
    current = np.int64(a) << np.int64(guard)
    if current > _WRAP:
        current -= 2 * np.int64(_WRAP)
    if current <= -_WRAP:
        current += 2 * np.int64(_WRAP)
    decayed = shift_toward_zero(np.int64(v), np.int64(decay))
    return np.int32(saturate(decayed + current, np.int64(v_lim)))


@compiled
def integrate_wide(v, a, neuron):
    """Return what :func:`integrate` does for an int64 sum, as recurrent synapses make it; int32."""
    if neuron[4] != 0:
        return integrate(v, a, neuron)
    decayed = np.int64(shift_floor(v, neuron[2]))
    return np.int32(saturate(decayed + np.int64(a), np.int64(neuron[3])))


@kernel
def run_steps(a, neuron, v, spikes, gates):
    """Run neurons over whole samples, from a potential of 0.

    Parameters
    ----------
    a : int32 (B, T, >= O)
        Synaptic sums.
    v : int32 (B, O), out
        Final potentials.
    spikes, gates : uint8 (B, T, O), out
    """
    vth, window = neuron[0], neuron[1]
    for b in range(v.shape[0]):
        v_b = v[b]
        v_b[:] = 0
        for t in range(spikes.shape[1]):
            a_t, s_t, g_t = a[b, t], spikes[b, t], gates[b, t]
            for h in range(v_b.shape[0]):
                potential = integrate(v_b[h], a_t[h], neuron)
                above = np.int32(potential - vth)  # both are below 2**30
                g_t[h] = -window < above < window
                s_t[h] = above > 0
                v_b[h] = np.int32(0) if above > 0 else potential


@kernel
def neuron_step(v, a, neuron, s, g):
    """Advance ``v (B, P)`` by one step with sums ``a (B, P)``; write ``s``, ``g (B, H)`` uint8."""
    vth, window = neuron[0], neuron[1]
    n = s.shape[1]
    for b in range(v.shape[0]):
        v_b, a_b, s_b, g_b = v[b], a[b], s[b], g[b]
        for h in range(n):
            potential = integrate(v_b[h], a_b[h], neuron)
            above = np.int32(potential - vth)  # both are below 2**30
            g_b[h] = -window < above < window
            s_b[h] = above > 0
            v_b[h] = np.int32(0) if above > 0 else potential


@kernel
def run_neurons(a, neuron, v, words_out, gates):
    """Take one sample's synaptic sums ``a (T, P)`` through the neurons; arrays ``(P,)`` are out."""
    vth, window = neuron[0], neuron[1]
    v[:] = 0
    words_out[:] = 0
    gates[:] = 0
    for t in range(a.shape[0]):
        a_t = a[t]
        bit = _ONE << np.uint32(t)
        for h in range(v.shape[0]):
            potential = integrate(v[h], a_t[h], neuron)
            above = np.int32(potential - vth)  # both are below 2**30
            gates[h] |= bit if -window < above < window else np.uint32(0)
            words_out[h] |= bit if above > 0 else np.uint32(0)
            v[h] = np.int32(0) if above > 0 else potential
