"""Recurrence on the voltage in products of int16, a few samples at a time.

All neurons read all potentials in every step, so the weights are what has to be fetched: once for
eight samples, whose sums stay in registers.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import compiled, kernel
from lava_intsnn.engine.pair_products import add_rows, load_at, store_at
from lava_intsnn.engine.recurrent import fire_recurrent
from lava_intsnn.engine.vector import BLOCK, splat

_ZERO, _LOW, _UP = np.int32(0), np.int32(0xFFFF), np.int32(16)
#: Samples whose sums are taken together, or twice as many.
TOGETHER = 4


@compiled
def pair(lower, upper):
    """Return two int16 in an int32, the first in its lower half."""
    return np.int32((np.int32(lower) & _LOW) | np.int32(np.int32(upper) << _UP))


@kernel
def pair_rows(w, pairs):
    """Write the weights ``w (I, P)`` of two inputs at a time, ``pairs (blocks, K, BLOCK)`` int32.

    ``P`` is a whole number of blocks, ``K`` half of ``I``, rounded up.
    """
    n_in = w.shape[0]
    for block in range(pairs.shape[0]):
        first = block * BLOCK
        for k in range(pairs.shape[1]):
            for h in range(BLOCK):
                upper = w[2 * k + 1, first + h] if 2 * k + 1 < n_in else 0
                pairs[block, k, h] = pair(w[2 * k, first + h], upper)


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
    """Write the recurrent sums ``total (B, P)`` int32, ``B`` a multiple of ``TOGETHER``."""
    blocks, inputs, _ = pairs.shape
    width, b = total.shape[1], 0
    while b < seen.shape[0]:
        twice = b + 2 * TOGETHER <= seen.shape[0]
        x0, x1, x2, x3 = seen[b], seen[b + 1], seen[b + 2], seen[b + 3]
        for block in range(blocks):
            own, to = pairs[block], b * width + block * BLOCK
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = splat(_ZERO)
            if twice:
                x4, x5, x6, x7 = seen[b + 4], seen[b + 5], seen[b + 6], seen[b + 7]
                for k in range(inputs):
                    w = load_at(own, k * BLOCK)
                    s0 = add_rows(s0, w, x0[k])
                    s1 = add_rows(s1, w, x1[k])
                    s2 = add_rows(s2, w, x2[k])
                    s3 = add_rows(s3, w, x3[k])
                    s4 = add_rows(s4, w, x4[k])
                    s5 = add_rows(s5, w, x5[k])
                    s6 = add_rows(s6, w, x6[k])
                    s7 = add_rows(s7, w, x7[k])
                store_at(total, to + 4 * width, s4)
                store_at(total, to + 5 * width, s5)
                store_at(total, to + 6 * width, s6)
                store_at(total, to + 7 * width, s7)
            else:
                for k in range(inputs):
                    w = load_at(own, k * BLOCK)
                    s0 = add_rows(s0, w, x0[k])
                    s1 = add_rows(s1, w, x1[k])
                    s2 = add_rows(s2, w, x2[k])
                    s3 = add_rows(s3, w, x3[k])
            store_at(total, to, s0)
            store_at(total, to + width, s1)
            store_at(total, to + 2 * width, s2)
            store_at(total, to + 3 * width, s3)
        b += 2 * TOGETHER if twice else TOGETHER


@kernel
def run_on_voltage(a, pairs, neuron, recurrence, seen, total, u, v, extra, spikes, gates):
    """Run neurons with recurrence on the voltage over some steps.

    Parameters
    ----------
    a : int32 (B, T, >= O)
        Feed-forward sums.
    pairs : int32 (blocks, K, BLOCK)
        Recurrent weights of two potentials at a time.
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
