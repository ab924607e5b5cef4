"""Recurrent neurons (3.23), one time step at a time."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.graded import sum_row
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.recurrent import fire_recurrent


@kernel
def recurrent_step(a, u, w_rec, neuron, recurrence, total, v, u_next, s, g):
    """Advance recurrent neurons by one step of :func:`~lava_intsnn.engine.recurrent.run_recurrent`.

    Parameters
    ----------
    a : int32 (B, >= O)
        Feed-forward sums.
    u, u_next : int16 (B, O)
        What the recurrent synapses read at this step, and, out, at the next.
    w_rec : int16 or int32 (O, P)
        Transposed recurrent weights.
    neuron, recurrence : constants
    total : scratch (P,) int32 or int64
    v : int32 (B, >= O), in place
    s, g : uint8 (B, O), out
    """
    index = np.empty(s.shape[1] + 3, np.int64)
    for b in range(v.shape[0]):
        sum_row(u[b], w_rec, index, total)
        fire_recurrent(a[b], total, neuron, recurrence, v[b], s[b], g[b], u_next[b])
