"""Dense synapses with a delay each: samples side by side, so that a delay is an offset.

Activity of ``LANES`` samples is laid out as ``(I, D + T, LANES)``, after ``D`` steps of silence,
``D`` being the longest delay. What a synapse of delay ``d`` sees of it in all samples and steps is
one contiguous piece, ``T * LANES`` long and beginning at step ``D - d``.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.trace_updates import NARROW, next_trace

#: Samples side by side.
LANES = 16


@kernel
def to_lanes(x, max_delay, rule, lanes):
    """Write the presynaptic traces of ``x (B, T, I)`` into ``lanes (I, (D + T) * LANES)`` int32.

    ``rule`` says how traces decay. ``B <= LANES``; return the largest magnitude.
    """
    lanes[:] = 0
    most = np.int64(0)
    for b in range(x.shape[0]):
        for i in range(x.shape[2]):
            lane = lanes[i]
            now = np.int32(0)
            for t in range(x.shape[1]):
                now = next_trace(now, x[b, t, i], rule)
                lane[(max_delay + t) * LANES + b] = now
                most = max(most, np.int64(now))
    return most


@kernel
def sums_delayed(lanes, w, offsets, a_h, a):
    """Write the synaptic sums ``a (B, T, >= O)`` int32.

    ``w (I, P)`` transposed weights, ``offsets (O, I)`` where each synapse's piece of ``lanes``
    begins, ``a_h`` scratch int32 ``(T * LANES,)``.
    """
    n_out, n_in = offsets.shape
    length = a_h.shape[0]
    for h in range(n_out):
        a_h[:] = 0
        for i in range(0, n_in - n_in % 2, 2):
            start0, start1 = offsets[h, i], offsets[h, i + 1]
            seen0, seen1 = (
                lanes[i, start0 : start0 + length],
                lanes[i + 1, start1 : start1 + length],
            )
            w0, w1 = np.int32(w[i, h]), np.int32(w[i + 1, h])
            for k in range(length):
                a_h[k] += seen0[k] * w0 + seen1[k] * w1
        for i in range(n_in - n_in % 2, n_in):
            seen = lanes[i, offsets[h, i] : offsets[h, i] + length]
            for k in range(length):
                a_h[k] += seen[k] * np.int32(w[i, h])
        for b in range(a.shape[0]):
            for t in range(a.shape[1]):
                a[b, t, h] = a_h[t * LANES + b]


@kernel
def delta_delayed(lanes, most, offsets, gates, v_fb, active, q, delta):
    """Add the updates of up to LANES samples to ``delta (I, P)``.

    Parameters
    ----------
    lanes : int32
        Presynaptic traces, as :func:`to_lanes` wrote them, or their slopes.
    most : int
        Their largest magnitude.
    gates, v_fb, active
        As in :func:`~.trace_updates.delta_traces`, of these samples.
    q : int32 scratch (T * LANES,)
    """
    n_out, n_in = offsets.shape
    steps, length = gates.shape[1], q.shape[0]
    last = v_fb.shape[1] - 1
    for h in range(n_out):
        q[:] = 0
        size = np.int64(0)
        for b in range(gates.shape[0]):
            if active[b]:
                for t in range(steps):
                    if gates[b, t, h]:
                        q[t * LANES + b] = v_fb[b, min(t, last), h]
                        size += abs(np.int64(v_fb[b, min(t, last), h]))
        if size == 0:
            continue
        # these values themselves prove that int32 will do
        narrow = float(size) * float(most) < NARROW
        for i in range(n_in):
            seen = lanes[i, offsets[h, i] : offsets[h, i] + length]
            if narrow:
                small = np.int32(0)
                for k in range(length):
                    small = np.int32(small + np.int32(q[k] * seen[k]))
                delta[i, h] += small
            else:
                wide = np.int64(0)
                for k in range(length):
                    wide += np.int64(q[k]) * np.int64(seen[k])
                delta[i, h] += wide
