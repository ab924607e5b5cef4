"""Recurrent synapses (3.23) in the general form."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.firing import integrate_wide
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
def fire_recurrent(a, total, neuron, recurrence, v, s, g, u_next):
    """Advance one sample's recurrent neurons by a step, whose recurrent sums are in ``total``.

    Parameters
    ----------
    a : int32 (>= O,)
        Feed-forward sums.
    neuron, recurrence : constants
    v : int32 (>= O,), in place
    s, g : uint8 (O,), out
        Spikes and surrogate gates.
    u_next : int16 (O,), out
        What the recurrent synapses read at the next step.
    """
    vth, window = neuron[0], neuron[1]
    on_voltage, b16_shift, shift, u_lim = recurrence
    for h in range(s.shape[0]):
        current = np.int64(a[h]) + shift_floor(np.int64(total[h]), shift)
        potential = integrate_wide(v[h], current, neuron)
        above = np.int32(potential - vth)
        g[h] = -window < above < window
        s[h] = above > 0
        v[h] = np.int32(0) if above > 0 else potential
        if on_voltage:
            u_next[h] = saturate(shift_floor(np.int64(potential), b16_shift), u_lim)
        else:
            u_next[h] = above > 0


@kernel
def run_recurrent(a, w_rec, w_rows, neuron, recurrence, total, u, v, spikes, gates):
    """Run recurrent neurons over whole samples, from a potential of 0.

    Parameters
    ----------
    a : int32 (B, T, >= O)
        Feed-forward sums.
    w_rec : int16 or int32 (O, P)
        Transposed recurrent weights.
    w_rows : int16 (O, O) or (0, O)
        The weights themselves, for potentials whose sum fits int32; empty for a sum that visits
        only what is not 0.
    total : scratch (P,) int32 or int64
        Wide enough for the recurrent sum.
    u : int16 (B, T, O), out
        What the recurrent synapses read at each step.
    v, spikes, gates
        As in :func:`~.firing.run_steps`.
    """
    steps, n_out = spikes.shape[1], spikes.shape[2]
    index = np.empty(n_out + 3, np.int64)
    unread = np.empty(n_out, u.dtype)  # after the last step
    for b in range(v.shape[0]):
        v[b] = 0
        u[b, 0] = 0
        for t in range(steps):
            if t > 0 and w_rows.shape[0] > 0:
                _sum_all(u[b, t], w_rows, total)
            else:
                sum_row(u[b, t], w_rec, index, total)
            u_next = u[b, t + 1] if t + 1 < steps else unread
            fire_recurrent(
                a[b, t], total, neuron, recurrence, v[b], spikes[b, t], gates[b, t], u_next
            )
