"""Recurrent synapses (3.23) in the general form."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.firing import step
from lava_intsnn.engine.graded import sum_row
from lava_intsnn.engine.jit import kernel, saturate, shift_floor
from lava_intsnn.network import Recurrence
from lava_intsnn.network.recurrence import B16_BITS


class RecurrentConstants(NamedTuple):
    """What the kernels need of a :class:`Recurrence`."""

    on_voltage: np.int64
    b16_shift: np.int64
    shift: np.int64
    u_lim: np.int64


def constants(recurrence: Recurrence) -> RecurrentConstants:
    """Return the constants of ``recurrence``."""
    return RecurrentConstants(
        on_voltage=np.int64(recurrence.source == "voltage"),
        b16_shift=np.int64(recurrence.b16_shift),
        shift=np.int64(recurrence.shift),
        u_lim=np.int64(limit(B16_BITS)),
    )


@kernel
def _sum_all(u, w_rows, total):
    """Write ``W_rec u`` into ``total`` int32: int16 products in pairs, none left out."""
    for h in range(w_rows.shape[0]):
        row = w_rows[h]
        sum_ = np.int32(0)
        for j in range(row.shape[0]):
            sum_ = np.int32(sum_ + np.int32(np.int32(row[j]) * np.int32(u[j])))
        total[h] = sum_


@kernel
def fire_recurrent(a, total, neuron, recurrence, v, extra, s, g, u_next):
    """Advance one sample's neurons by a step, whose recurrent sums are in ``total``."""
    # a kernel of its own: within the loops of run_recurrent it is measured to be slower
    on_voltage, b16_shift, shift, u_lim = recurrence
    for h in range(s.shape[0]):
        current = np.int64(a[h]) + shift_floor(np.int64(total[h]), shift)
        potential, v[h], spike, g[h] = step(v[h], current, neuron, extra, h)
        s[h] = spike
        if on_voltage:
            u_next[h] = saturate(shift_floor(np.int64(potential), b16_shift), u_lim)
        else:
            u_next[h] = spike


@kernel
def run_recurrent(a, w_rec, w_rows, neuron, recurrence, total, u, v, extra, spikes, gates):
    """Run recurrent neurons over some steps.

    Parameters
    ----------
    a : int32 (B, T, >= O)
        Feed-forward sums.
    w_rec : int16 or int32 (O, P)
        Transposed recurrent weights.
    w_rows : int16 (O, O) or (0, O)
        The weights themselves, for potentials whose sum fits int32; empty for a sum that visits
        only what is not 0, as the first step's always does.
    neuron, recurrence : constants
    total : scratch (P,) int32 or int64
        Wide enough for the recurrent sum.
    u : int16 (B, T + 1, O), in place
        What the recurrent synapses read at each step: the first is given.
    v, extra, spikes, gates
        As in :func:`~.firing.run_steps`.
    """
    index = np.empty(spikes.shape[2] + 3, np.int64)
    for b in range(v.shape[0]):
        v_b, extra_b = v[b], extra[b]
        for t in range(spikes.shape[1]):
            if t > 0 and w_rows.shape[0] > 0:
                _sum_all(u[b, t], w_rows, total)
            else:
                sum_row(u[b, t], w_rec, index, total)
            now = a[b, t], total, neuron, recurrence, v_b, extra_b
            fire_recurrent(*now, spikes[b, t], gates[b, t], u[b, t + 1])
