"""Feedback through the gates of all-to-all synapses, step by step.

A gate of an output neuron stays open, or closed, for many steps. So where voltages are the same at
every step, what each neuron sends is multiplied once a sample, and added or taken away where its
gate changes. Otherwise the open gates of each step are listed.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import compiled, kernel, saturate, shift_floor
from lava_intsnn.engine.sparse_rows import list_row
from lava_intsnn.engine.vector import BLOCK


@compiled
def _limited(total, shift, lim, out):
    for i in range(total.shape[0]):
        out[i] = saturate(shift_floor(np.int64(total[i]), shift), lim)


@kernel
def feedback_of_changes(gates, v_fb, w_rows, shift, lim, active, terms, total, out):
    """Write the feedback voltages of the layer below into ``out (B, T, >= I)``.

    Parameters
    ----------
    gates : uint8 (B, T, O)
    v_fb : int32 (B, >= O)
    w_rows : int32 (O, I)
    shift, lim : int64
        Shift and limit of the layer below.
    active : bool (B,)
        Samples with an error; the others are left as they are.
    terms, total : int32 or int64 (O, I), (I,)
        Scratch, wide enough for the sums.
    """
    n_out, n_in = w_rows.shape
    open_ = np.zeros(n_out, np.uint8)
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for o in range(n_out):
            term, row, v = terms[o], w_rows[o], v_fb[b, o]
            for i in range(n_in):
                term[i] = row[i] * v
        open_[:] = 0
        total[:] = 0
        for t in range(out.shape[1]):
            changed = t == 0
            for o in range(n_out):
                if gates[b, t, o] == open_[o]:
                    continue
                open_[o] = gates[b, t, o]
                if v_fb[b, o] == 0:
                    continue
                changed = True
                term = terms[o]
                if open_[o] != 0:
                    for i in range(n_in):
                        total[i] += term[i]
                else:
                    for i in range(n_in):
                        total[i] -= term[i]
            if changed:
                _limited(total, shift, lim, out[b, t])
            else:
                now, before = out[b, t], out[b, t - 1]
                for i in range(n_in):
                    now[i] = before[i]


@kernel
def feedback_of_steps(gates, v_fb, w_rows, shift, lim, active, total, out):
    """Write the feedback voltages of ``v_fb (B, T, >= O)``; see :func:`feedback_of_changes`.

    There are at most :data:`~.sparse_rows.MOST` gates, which are contiguous.
    """
    n_out, n_in = w_rows.shape
    index, ones = np.empty(n_out + BLOCK, np.uint16), np.empty(n_out + BLOCK, np.int16)
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for t in range(out.shape[1]):
            to, sends = out[b, t], False
            for k in range(list_row(gates[b], t, index, ones, 0)):
                o = index[k]
                v, row = v_fb[b, t, o], w_rows[o]
                if v == 0:
                    continue
                if not sends:
                    total[:] = 0
                sends = True
                for i in range(n_in):
                    total[i] += row[i] * v
            if sends:
                _limited(total, shift, lim, to)
            else:
                for i in range(n_in):
                    to[i] = 0
