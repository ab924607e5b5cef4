"""Dense synapses on graded activity: counts, recurrent potentials, traces. Spikes are a case of it.

Only what is not 0 is visited, four presynaptic neurons or steps at a time.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, shift_floor


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
    whole = n - n % 4
    for k in range(0, whole, 4):
        i0, i1, i2, i3 = index[k], index[k + 1], index[k + 2], index[k + 3]
        w0, w1, w2, w3 = w[i0], w[i1], w[i2], w[i3]
        x0, x1, x2, x3 = np.int32(x[i0]), np.int32(x[i1]), np.int32(x[i2]), np.int32(x[i3])
        for h in range(n_out):
            a[h] += w0[h] * x0 + w1[h] * x1 + w2[h] * x2 + w3[h] * x3
    for k in range(whole, n):
        w0, x0 = w[index[k]], np.int32(x[index[k]])
        for h in range(n_out):
            a[h] += w0[h] * x0


@kernel
def accumulate_counts(x, w, a):
    """Write the synaptic sums ``a (B, P)`` int32 of one step's counts ``x (B, I)``."""
    index = np.empty(w.shape[0] + 3, np.int64)
    for b in range(x.shape[0]):
        sum_row(x[b], w, index, a[b])


@kernel
def delta_traces(x, gates, v_fb, trace_shift, active, q, delta):
    """Add a batch's updates ``sum_t v_fb g t_pre`` to ``delta (I, P)`` (3.4, 3.17).

    Parameters
    ----------
    x : integer (B, T, I)
        Presynaptic activity.
    gates : uint8 (B, T, O)
    v_fb : int32 (B, T or 1, >= O)
        Feedback voltage; T = 1 where it is the same at every step.
    active : bool (B,)
        Samples with an error; the others are skipped.
    q : scratch (T, P), 0 in the padding
        int32 where one sample's update fits it, else int64.
    """
    steps, n_in = x.shape[1], x.shape[2]
    n_out, width = gates.shape[2], delta.shape[1]
    last = v_fb.shape[1] - 1
    index = np.zeros(steps + 4, np.int64)
    trace = np.zeros(steps + 4, q.dtype)
    for b in range(x.shape[0]):
        if not active[b]:
            continue
        for t in range(steps):
            q_t, v_fb_t, g_t = q[t], v_fb[b, min(t, last)], gates[b, t]
            for h in range(n_out):
                q_t[h] = v_fb_t[h] if g_t[h] else 0
        x_b = x[b]
        for i in range(n_in):
            n = 0
            now = np.int32(0)
            for t in range(steps):
                now = np.int32(shift_floor(now, trace_shift) + x_b[t, i])
                index[n] = t
                trace[n] = now
                n += now != 0
            if n == 0:
                continue
            for k in range(n, n + 3):  # whole groups of four
                index[k] = 0
                trace[k] = 0
            row = delta[i]
            for k in range(0, n, 4):
                q0, q1, q2, q3 = q[index[k]], q[index[k + 1]], q[index[k + 2]], q[index[k + 3]]
                c0, c1, c2, c3 = trace[k], trace[k + 1], trace[k + 2], trace[k + 3]
                for h in range(width):
                    row[h] += q.dtype.type(q0[h] * c0 + q1[h] * c1 + q2[h] * c2 + q3[h] * c3)
