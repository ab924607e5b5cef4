"""The neuron step on int32 potentials (3.1-3.3), shared by all forms of the forward pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.jit import kernel, saturate, shift_floor, shift_toward_zero
from lava_intsnn.network import Neuron
from lava_intsnn.network.layer import GUARDED_STATE_BITS

_WRAP = np.int32(1 << (GUARDED_STATE_BITS - 1))


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


@kernel
def integrate(v, a, neuron):
    """Decay the potentials ``v (H,)`` in place and add the synaptic sums ``a (H,)``; saturate."""
    decay, v_lim, guard = neuron[2], neuron[3], neuron[4]
    if guard == 0:
        for h in range(v.shape[0]):
            v[h] = saturate(np.int32(shift_floor(v[h], decay) + a[h]), v_lim)
    else:
        for h in range(v.shape[0]):
            current = np.int64(a[h]) << np.int64(guard)
            if current > _WRAP:
                current -= 2 * np.int64(_WRAP)
            if current <= -_WRAP:
                current += 2 * np.int64(_WRAP)
            decayed = shift_toward_zero(np.int64(v[h]), np.int64(decay))
            v[h] = saturate(decayed + current, np.int64(v_lim))


@kernel
def neuron_step(v, a, neuron, s, g):
    """Advance ``v (B, H)`` by one step with sums ``a (B, H)``; write ``s`` and ``g``, uint8."""
    vth, window = neuron[0], neuron[1]
    n = s.shape[1]
    for b in range(v.shape[0]):
        integrate(v[b], a[b], neuron)
        for h in range(n):
            above = np.int64(v[b, h]) - np.int64(vth)
            g[b, h] = abs(above) < window
            s[b, h] = above > 0
            if above > 0:
                v[b, h] = 0
