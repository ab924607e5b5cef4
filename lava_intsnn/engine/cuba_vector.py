"""Loihi's neurons without recurrence in vectors of neurons: :mod:`.cuba_step`, 32 at a time.

The compiler does not find these vectors by itself. All is in int32: a product of a magnitude below
``2**23 + 1`` and a decay is taken in two parts, of its upper and its lower twelve bits.
"""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from lava_intsnn.arithmetic import DECAY_BITS, DECAY_UNITY
from lava_intsnn.engine import cuba_step, lif_step
from lava_intsnn.engine.jit import compiled, kernel
from lava_intsnn.engine.vector import BLOCK, cast, load, splat, store, where
from lava_intsnn.network.neuron_kind import GUARD_BITS

_TOP, _TWICE = np.int32(lif_step.WRAP_TOP), np.int32(2 * lif_step.WRAP_TOP)
_UNITY, _LOW = np.int32(DECAY_UNITY), np.int32(DECAY_UNITY - 1)
_SHIFT, _GUARD = np.int32(DECAY_BITS), np.int32(GUARD_BITS)
_ZERO, _ONE = np.int32(0), np.int32(1)


@compiled
def _decayed(x, keep, zero):
    """Return ``x keep / 4096`` truncated toward zero, for magnitudes up to ``2**23``."""
    below = x < zero
    size = where(below, zero - x, x)
    kept = (size >> _SHIFT) * keep + (((size & _LOW) * keep) >> _SHIFT)
    return where(below, zero - kept, kept)


@kernel
@no_type_check  # numba types it
def run_cuba_steps(a, neuron, v, extra, spikes, gates):
    """Run neurons over some steps; parameters as in :func:`~.firing.run_steps`."""
    n = v.shape[1]
    whole = n - n % BLOCK
    zero, one, most = splat(_ZERO), splat(_ONE), splat(neuron.v_lim)
    refractory = neuron.refractory > 1
    lowest, wrap_bottom = np.int32(-neuron.v_lim), np.int32(_ONE - _TOP)
    window, outside = neuron.window, np.int32(-neuron.window)
    delay = splat(np.int32(neuron.refractory - _ONE))
    for b in range(v.shape[0]):
        v_b, extra_b = v[b], extra[b]
        for first in range(0, whole, BLOCK):
            block = slice(first, first + BLOCK)
            potential, u, wait = load(v_b[block]), load(extra_b[0, block]), zero
            if refractory:
                wait = load(extra_b[1, block])
            vth, bias = load(neuron.vth[block]), load(neuron.bias[block])
            keep_u = splat(_UNITY) - load(neuron.current_decay[block])
            keep_v = splat(_UNITY) - load(neuron.voltage_decay[block])
            for t in range(spikes.shape[1]):
                u = _decayed(u, keep_u, zero) + (load(a[b, t, block]) << _GUARD)
                u = where(u > _TOP, u - _TWICE, where(u < wrap_bottom, u + _TWICE, u))
                charged = _decayed(potential, keep_v, zero) + u + bias
                charged = where(charged < lowest, zero - most, charged)
                charged = where(charged > neuron.v_lim, most, charged)
                free = wait < _ONE
                charged = where(free, charged, potential)
                above = charged - vth
                fires = (above > _ZERO) & free
                opens = (above > outside) & (above < window) & free
                store(spikes[b, t, block], cast(where(fires, one, zero), spikes))
                store(gates[b, t, block], cast(where(opens, one, zero), gates))
                potential = where(fires, above if neuron.soft else zero, charged)
                wait = where(fires, delay, where(free, zero, wait - one))
            store(v_b[block], potential)
            store(extra_b[0, block], u)
            if refractory:
                store(extra_b[1, block], wait)
        for t in range(spikes.shape[1] if whole < n else 0):
            a_t, s_t, g_t = a[b, t], spikes[b, t], gates[b, t]
            for h in range(whole, n):
                _, v_b[h], s_t[h], g_t[h] = cuba_step.step(v_b[h], a_t[h], neuron, extra_b, h)
