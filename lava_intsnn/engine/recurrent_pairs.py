"""Recurrence on the voltage in products of int16, a few samples at a time.

All neurons read all potentials in every step, so the weights are what has to be fetched: once for
four samples, whose sums stay in registers.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import compiled, kernel
from lava_intsnn.engine.pair_products import add_rows, load_at, store_at
from lava_intsnn.engine.recurrent import fire_recurrent
from lava_intsnn.engine.vector import BLOCK, splat

_ZERO, _LOW, _UP = np.int32(0), np.int32(0xFFFF), np.int32(16)
#: Samples whose sums are taken together.
TOGETHER = 4


@compiled
def pair(lower, upper):
    """Return two int16 in an int32, the first in its lower half."""
    return np.int32((np.int32(lower) & _LOW) | np.int32(np.int32(upper) << _UP))


@kernel
def pair_rows(w, pairs):
    """Write the weights ``w (I, P)`` of two inputs at a time into ``pairs ((I + 1) // 2, P)``."""
    n_in = w.shape[0]
    for k in range(n_in // 2):
        lower, upper, row = w[2 * k], w[2 * k + 1], pairs[k]
        for h in range(w.shape[1]):
            row[h] = pair(lower[h], upper[h])
    if n_in % 2 != 0:
        for h in range(w.shape[1]):
            pairs[n_in // 2, h] = np.int32(w[n_in - 1, h]) & _LOW


@kernel
def _pair_potentials(u, t, seen):
    """Write the potentials ``u (B, T + 1, O)`` of step ``t`` in pairs, ``seen (B, K)``."""
    n_out = u.shape[2]
    for b in range(u.shape[0]):
        u_t, seen_b = u[b, t], seen[b]
        for k in range(n_out // 2):
            seen_b[k] = pair(u_t[2 * k], u_t[2 * k + 1])
        if n_out % 2 != 0:
            seen_b[n_out // 2] = np.int32(u_t[n_out - 1]) & _LOW


@kernel
def _sum_together(seen, pairs, total):
    """Write the recurrent sums ``total (B, P)`` int32, ``B`` and ``P / 32`` in whole blocks."""
    inputs, width = pairs.shape
    for b in range(0, seen.shape[0], TOGETHER):
        x0, x1, x2, x3 = seen[b], seen[b + 1], seen[b + 2], seen[b + 3]
        for first in range(0, width, BLOCK):
            s0 = s1 = s2 = s3 = splat(_ZERO)
            for k in range(inputs):
                w = load_at(pairs, k * width + first)
                s0 = add_rows(s0, w, x0[k])
                s1 = add_rows(s1, w, x1[k])
                s2 = add_rows(s2, w, x2[k])
                s3 = add_rows(s3, w, x3[k])
            store_at(total, b * width + first, s0)
            store_at(total, (b + 1) * width + first, s1)
            store_at(total, (b + 2) * width + first, s2)
            store_at(total, (b + 3) * width + first, s3)


@kernel
def run_on_voltage(a, pairs, neuron, recurrence, seen, total, u, v, extra, spikes, gates):
    """Run neurons with recurrence on the voltage over some steps.

    Parameters
    ----------
    a : int32 (B, T, >= O)
        Feed-forward sums.
    pairs : int32 (K, P)
        Recurrent weights of two potentials at a time, P a multiple of 32.
    neuron, recurrence : constants
    seen, total : int32 scratch (>= B, K), (>= B, P)
        Their length is a multiple of ``TOGETHER``; no recurrent sum leaves int32.
    u : int16 (B, T + 1, O), in place
        What the recurrent synapses read at each step: the first is given.
    v, extra, spikes, gates
        As in :func:`~.firing.run_steps`.
    """
    for t in range(spikes.shape[1]):
        _pair_potentials(u, t, seen)
        _sum_together(seen, pairs, total)
        for b in range(v.shape[0]):
            now = a[b, t], total[b], neuron, recurrence, v[b], extra[b]
            fire_recurrent(*now, spikes[b, t], gates[b, t], u[b, t + 1])
