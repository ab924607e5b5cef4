"""General form: any T, any trace, one step at a time on arrays ``(B, T, n)``.

The engine uses it where spike trains do not fit one word; Lava's ProcessModels use its single-step
kernels always, since there a step is all there is.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, shift_floor
from lava_intsnn.engine.neuron import neuron_step


@kernel
def accumulate(s_in, w, a):
    """Write the synaptic sums of one step, ``a (B, P)`` int32, visiting only inputs that spiked.

    ``s_in`` is ``(B, I)`` with values 0 or 1, ``w`` the transposed weights ``(I, P)``. Rows are
    added eight at a time in w's own dtype: int16 weights have at most eight bits.
    """
    n_in, n_out = w.shape
    spiking = np.empty(n_in, np.int64)
    for b in range(s_in.shape[0]):
        n = 0
        for i in range(n_in):
            spiking[n] = i
            n += s_in[b, i] != 0
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
def trace_step(t_pre, s_in, trace_shift):
    """Advance the presynaptic traces ``t_pre (B, I)`` int32 in place (3.4)."""
    for b in range(t_pre.shape[0]):
        for i in range(t_pre.shape[1]):
            t_pre[b, i] = shift_floor(t_pre[b, i], trace_shift) + s_in[b, i]


@kernel
def forward_steps(spikes, w, neuron, trace_shift, a, v, t_now, t_pre, spikes_out, gates):
    """Run a layer over whole samples.

    Parameters
    ----------
    spikes : uint8 (B, T, I)
    w : int16 or int32 (I, P)
    a, v, t_now : scratch int32 (B, P), (B, P), (B, I)
        ``v`` holds the final potentials afterwards.
    t_pre : int32 (B, T, I), out
        Presynaptic traces; pass an array with T = 0 to skip them.
    spikes_out, gates : uint8 (B, T, O), out
    """
    v[:] = 0
    t_now[:] = 0
    for t in range(spikes.shape[1]):
        accumulate(spikes[:, t], w, a)
        neuron_step(v, a, neuron, spikes_out[:, t], gates[:, t])
        if t_pre.shape[1] > 0:
            trace_step(t_now, spikes[:, t], trace_shift)
            t_pre[:, t] = t_now


@kernel
def delta_steps(t_pre, gates, v_fb, active, delta):
    """Add a batch's updates ``sum_t v_fb g t_pre`` to ``delta (I, P)`` (3.17).

    ``t_pre (B, T, I)`` int32, ``gates (B, T, O)`` uint8, ``v_fb (B, T or 1, >= O)`` int32.
    """
    last = v_fb.shape[1] - 1
    n_out = gates.shape[2]
    q = np.zeros(n_out, delta.dtype)
    for b in range(t_pre.shape[0]):
        if not active[b]:
            continue
        for t in range(t_pre.shape[1]):
            for h in range(n_out):
                q[h] = v_fb[b, min(t, last), h] if gates[b, t, h] else 0
            for i in range(t_pre.shape[2]):
                trace = t_pre[b, t, i]
                if trace != 0:
                    row = delta[i]
                    for h in range(n_out):
                        row[h] += q[h] * trace


@kernel
def feedback_steps(gates, v_fb, w_rows, gated, fb_shift, v_fb_lim, active, total, out):
    """Propagate feedback to the layer below: :func:`~.words.feedback_words` on gate arrays."""
    last = v_fb.shape[1] - 1
    n_out, n_in = w_rows.shape
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for t in range(out.shape[1]):
            total[:] = 0
            for o in range(n_out):
                q = v_fb[b, min(t, last), o]
                if q == 0 or (gated and gates[b, t, o] == 0):
                    continue
                for i in range(n_in):
                    total[i] += w_rows[o, i] * q
            for i in range(n_in):
                shifted = shift_floor(np.int64(total[i]), fb_shift)
                out[b, t, i] = min(max(shifted, -v_fb_lim), v_fb_lim)
