"""Recurrence on the voltage in products of int16, or of bytes, a few samples at a time.

All neurons read all potentials in every step, so the weights are what has to be fetched: once for
eight samples, whose sums stay in registers.
"""

from __future__ import annotations

import numpy as np
from numba import types

from lava_intsnn.engine.byte_products import add_quads, sums_quads
from lava_intsnn.engine.jit import chosen_by_type, compiled, kernel
from lava_intsnn.engine.pair_products import add_rows, load_at, store_at
from lava_intsnn.engine.recurrent import fire_recurrent
from lava_intsnn.engine.vector import BLOCK, cast

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
def quad_rows(w, quads, base):
    """Write weights ``w (I, P)`` of int8, four inputs at a time, into ``quads (blocks, K, BLOCK)``.

    They are uint32. ``base (blocks, BLOCK)`` is what potentials 128 too high add to each sum,
    taken away.
    """
    n_in = w.shape[0]
    for block in range(quads.shape[0]):
        first = block * BLOCK
        for h in range(BLOCK):
            total = np.int32(0)
            for k in range(quads.shape[1]):
                quad = np.uint32(0)
                for j in range(min(4, n_in - 4 * k)):
                    weight = np.int32(w[4 * k + j, first + h])
                    quad |= np.uint32(weight & 255) << np.uint32(8 * j)
                    total += weight
                quads[block, k, h] = quad
            base[block, h] = -128 * total


@kernel
def _quad_potentials(u, t, bytes_):
    """Write potentials plus 128 into ``bytes_ (B, >= O)`` uint8; return whether they are bytes."""
    beyond = np.int16(0)
    for b in range(u.shape[0]):
        u_t, row = u[b, t], bytes_[b]
        for h in range(u.shape[2]):
            raised = np.int16(u_t[h] + np.int16(128))
            beyond |= raised & np.int16(-256)
            row[h] = np.uint8(raised)
    return beyond == 0


@compiled
def _of_pairs(sums, rows, at, x):
    return add_rows(sums, load_at(rows, at), x)


@compiled
def _of_quads(sums, rows, at, x):
    return add_quads(sums, cast(load_at(rows, at), sums), x)


@chosen_by_type
def _add_group(sums, rows, at, x):
    """Return ``sums`` plus products of the weights from ``at`` on with the pair, or quad, ``x``."""
    return _of_quads if rows.dtype == types.uint32 else _of_pairs


@kernel
def _sum_together(seen, rows, base, total):
    """Write the recurrent sums ``total (B, P)`` int32, ``B`` a multiple of ``TOGETHER``.

    ``seen (B, K)`` are pairs of int16 or quads of bytes, as ``rows (blocks, K, BLOCK)`` are; to
    the sums of block ``k`` is added ``base[k]``.
    """
    blocks, inputs, _ = rows.shape
    width, b = total.shape[1], 0
    while b < seen.shape[0]:
        twice = b + 2 * TOGETHER <= seen.shape[0]
        x0, x1, x2, x3 = seen[b], seen[b + 1], seen[b + 2], seen[b + 3]
        for block in range(blocks):
            own, to = rows[block], b * width + block * BLOCK
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = load_at(base, block * BLOCK)
            if twice:
                x4, x5, x6, x7 = seen[b + 4], seen[b + 5], seen[b + 6], seen[b + 7]
                for k in range(inputs):
                    s0 = _add_group(s0, own, k * BLOCK, x0[k])
                    s1 = _add_group(s1, own, k * BLOCK, x1[k])
                    s2 = _add_group(s2, own, k * BLOCK, x2[k])
                    s3 = _add_group(s3, own, k * BLOCK, x3[k])
                    s4 = _add_group(s4, own, k * BLOCK, x4[k])
                    s5 = _add_group(s5, own, k * BLOCK, x5[k])
                    s6 = _add_group(s6, own, k * BLOCK, x6[k])
                    s7 = _add_group(s7, own, k * BLOCK, x7[k])
                store_at(total, to + 4 * width, s4)
                store_at(total, to + 5 * width, s5)
                store_at(total, to + 6 * width, s6)
                store_at(total, to + 7 * width, s7)
            else:
                for k in range(inputs):
                    s0 = _add_group(s0, own, k * BLOCK, x0[k])
                    s1 = _add_group(s1, own, k * BLOCK, x1[k])
                    s2 = _add_group(s2, own, k * BLOCK, x2[k])
                    s3 = _add_group(s3, own, k * BLOCK, x3[k])
            store_at(total, to, s0)
            store_at(total, to + width, s1)
            store_at(total, to + 2 * width, s2)
            store_at(total, to + 3 * width, s3)
        b += 2 * TOGETHER if twice else TOGETHER


@kernel
def run_on_voltage(a, weights, neuron, recurrence, seen, bytes_, total, u, v, extra, spikes, gates):
    """Run neurons with recurrence on the voltage over some steps.

    Parameters
    ----------
    a : int32 (B, T, >= O)
        Feed-forward sums.
    weights : int32 (blocks, K, BLOCK), uint32 (blocks, K, BLOCK), int32 (2, blocks, BLOCK)
        Recurrent weights of two potentials at a time, and of four: see :func:`quad_rows`. Those
        may be empty. Zeros, and the quads' ``base``.
    neuron, recurrence : constants
    seen, bytes_, total : scratch, int32 (>= B, K), uint8 (>= B, 4 K), int32 (>= B, P)
        Their length is a multiple of ``TOGETHER``; no recurrent sum leaves int32.
    u : int16 (B, T + 1, O), in place
        What the recurrent synapses read at each step: the first is given.
    v, extra, spikes, gates
        As in :func:`~.firing.run_steps`.
    """
    pairs, quads, base = weights
    for t in range(spikes.shape[1]):
        if sums_quads() and quads.shape[0] > 0 and _quad_potentials(u, t, bytes_):
            _sum_together(bytes_.view(np.int32), quads, base[1], total)
        else:
            _pair_potentials(u, t, seen)
            _sum_together(seen, pairs, base[0], total)
        for b in range(v.shape[0]):
            now = a[b, t], total[b], neuron, recurrence, v[b], extra[b]
            fire_recurrent(*now, spikes[b, t], gates[b, t], u[b, t + 1])
