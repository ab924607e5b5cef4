"""Recurrent neurons (3.23), one time step at a time."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.graded import sum_row
from lava_intsnn.engine.jit import kernel, saturate, shift_floor
from lava_intsnn.engine.neuron import integrate_wide


@kernel
def recurrent_step(a, u, w_rec, neuron, recurrence, total, v, u_next, s, g):
    """Advance recurrent neurons by the step that :func:`~.engine.recurrent.run_recurrent` loops.

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
    vth, window = neuron[0], neuron[1]
    on_voltage, b16_shift, shift, u_lim = recurrence
    n_out = s.shape[1]
    index = np.empty(n_out + 3, np.int64)
    for b in range(v.shape[0]):
        sum_row(u[b], w_rec, index, total)
        for h in range(n_out):
            current = np.int64(a[b, h]) + shift_floor(np.int64(total[h]), shift)
            potential = integrate_wide(v[b, h], current, neuron)
            above = np.int32(potential - vth)
            g[b, h] = -window < above < window
            s[b, h] = above > 0
            v[b, h] = np.int32(0) if above > 0 else potential
            if on_voltage:
                u_next[b, h] = saturate(shift_floor(np.int64(potential), b16_shift), u_lim)
            else:
                u_next[b, h] = above > 0
