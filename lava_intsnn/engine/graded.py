"""Sums of dense synapses on graded activity: counts, recurrent potentials. Spikes are a case of it.

Only what is not 0 is visited.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.sparse_rows import list_row
from lava_intsnn.engine.vector import BLOCK, cast, load, store


@kernel
def sum_row(x, w, index, a):
    """Write the synaptic sums ``a (P,)`` of one step's activity ``x (I,)``.

    ``w`` are the transposed weights ``(I, P)``, ``index (I + 3,)`` int64 is scratch. No sum of
    magnitudes may leave the dtype of ``a``.
    """
    n_in, n_out = w.shape
    n = 0
    for i in range(n_in):
        index[n] = i
        n += x[i] != 0
    for h in range(n_out):
        a[h] = 0
    for first in range(0, n_out - n_out % BLOCK, BLOCK):
        block = slice(first, first + BLOCK)
        sum_ = load(a[block])
        for k in range(n):
            row = cast(load(w[index[k], block]), a)
            sum_ = sum_ + row * a.dtype.type(x[index[k]])
        store(a[block], sum_)
    for k in range(n if n_out % BLOCK != 0 else 0):  # few neurons: see layer.padded
        row, count = w[index[k]], a.dtype.type(x[index[k]])
        for h in range(n_out - n_out % BLOCK, n_out):
            a[h] += row[h] * count


@kernel
def accumulate(s_in, w, a):
    """Write the synaptic sums of one step, ``a (B, P)`` int32, visiting only inputs that spiked.

    ``s_in`` is contiguous ``(B, I)`` with values 0 or 1, ``w`` the transposed weights ``(I, P)``.
    Rows are added eight at a time in w's own dtype: int16 weights have at most eight bits.
    """
    n_in, n_out = w.shape
    spiking, ones = np.empty(n_in + BLOCK, np.uint16), np.empty(n_in + BLOCK, np.int16)
    for b in range(s_in.shape[0]):
        n = list_row(s_in, b, spiking, ones, 0)
        a_b = a[b]
        for h in range(n_out):
            a_b[h] = 0
        k = 0
        while k + 8 <= n:
            w0, w1, w2, w3 = w[spiking[k]], w[spiking[k + 1]], w[spiking[k + 2]], w[spiking[k + 3]]
            k += 4
            w4, w5, w6, w7 = w[spiking[k]], w[spiking[k + 1]], w[spiking[k + 2]], w[spiking[k + 3]]
            k += 4
            for h in range(n_out):
                a_b[h] += w.dtype.type(
                    w0[h] + w1[h] + w2[h] + w3[h] + w4[h] + w5[h] + w6[h] + w7[h]
                )
        for j in range(k, n):
            row = w[spiking[j]]
            for h in range(n_out):
                a_b[h] += row[h]


@kernel
def accumulate_counts(x, w, a):
    """Write the synaptic sums ``a (B, P)`` int32 of one step's counts ``x (B, I)``."""
    index = np.empty(w.shape[0] + 3, np.int64)
    for b in range(x.shape[0]):
        sum_row(x[b], w, index, a[b])
