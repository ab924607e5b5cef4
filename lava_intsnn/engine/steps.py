"""General form: dense synapses on spikes, one step or all at a time, and feedback through them.

The engine uses it for what does not fit the words of the popcount form; Lava's ProcessModels use
its sums always, since there a step is all there is. On graded activity: :mod:`.graded`.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, shift_floor


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
def feedback_steps(gates, v_fb, w_rows, gated, fb_shift, v_fb_lim, active, total, out):
    """Propagate feedback to the layer below (3.15-3.16, 3.21).

    Parameters
    ----------
    gates : uint8 (B, T, O)
        Of this layer.
    v_fb : int32 (B, T or 1, >= O)
        Of this layer.
    w_rows : int32 (O, I)
        Inference weights of this layer.
    gated : bool
        Multiply ``v_fb`` with this layer's gates, step by step.
    fb_shift, v_fb_lim : int64
        Shift and limit of the layer below.
    active : bool (B,)
        Samples with an error; the others are skipped.
    total : scratch (I,) int32 or int64
    out : int32 or int64 (B, T or 1, >= I), out
    """
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
