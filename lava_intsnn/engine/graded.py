"""Dense synapses on graded activity: counts, recurrent potentials, traces. Spikes are a case of it.

Only what is not 0 is visited, four presynaptic neurons or steps at a time.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, shift_floor
from lava_intsnn.engine.vector import BLOCK, cast, load, store

#: Sums whose floating-point bound is below this fit int32.
NARROW = 2.0**31 - 2.0**20


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
def accumulate_counts(x, w, a):
    """Write the synaptic sums ``a (B, P)`` int32 of one step's counts ``x (B, I)``."""
    index = np.empty(w.shape[0] + 3, np.int64)
    for b in range(x.shape[0]):
        sum_row(x[b], w, index, a[b])


@kernel
def traces(x, trace_shift, t_pre):
    """Write one sample's presynaptic traces ``t_pre (T, I)`` of ``x (>= T, I)`` (3.4).

    Return their largest magnitude.
    """
    most = np.int32(0)
    for t in range(t_pre.shape[0]):
        now, before, x_t = t_pre[t], t_pre[max(t - 1, 0)], x[t]
        if t == 0:
            for i in range(x.shape[1]):
                now[i] = x_t[i]
                most = max(most, abs(now[i]))
        else:
            for i in range(x.shape[1]):
                now[i] = np.int32(shift_floor(before[i], trace_shift) + x_t[i])
                most = max(most, abs(now[i]))
    return most


@kernel
def gate_feedback(gates, v_fb, q):
    """Write one sample's ``v_fb g`` as ``q (T, P)``; return the most a neuron's add up to.

    ``gates`` is ``(T, O)``, ``v_fb (T or 1, >= O)``.
    """
    size = np.zeros(gates.shape[1], np.int64)
    last = v_fb.shape[0] - 1
    for t in range(gates.shape[0]):
        q_t, v_fb_t, g_t = q[t], v_fb[min(t, last)], gates[t]
        for h in range(gates.shape[1]):
            q_t[h] = v_fb_t[h] * np.int32(g_t[h])
            size[h] += abs(np.int64(q_t[h]))
    return size.max()


@kernel
def add_narrow(narrow, delta):
    """Add int32 sums to ``delta`` and set them to 0."""
    for i in range(delta.shape[0]):
        row, narrow_row = delta[i], narrow[i]
        for h in range(delta.shape[1]):
            row[h] += narrow_row[h]
            narrow_row[h] = 0


@kernel
def _delta_wide(t_pre, q, delta):
    for i in range(delta.shape[0]):
        row = delta[i]
        for t in range(q.shape[0]):
            c, q_t = np.int64(t_pre[t, i]), q[t]
            if c != 0:
                for h in range(delta.shape[1]):
                    row[h] += np.int64(q_t[h]) * c


@kernel
def _delta_traces(x, gates, v_fb, trace_shift, active, t_pre, q, narrow, proven, delta):
    """Do the work of :func:`delta_traces`.

    ``q``, and ``narrow`` with one row per input, both int32, are as wide as whole vectors.
    ``narrow`` is 0 before and after; or, where ``proven``, ``delta`` itself.
    """
    steps, n_in = gates.shape[1], x.shape[2]
    index = np.zeros(steps + 1, np.int64)
    trace = np.zeros(steps + 1, np.int32)
    held = 0.0
    for b in range(x.shape[0]):
        if not active[b]:
            continue
        most = traces(x[b], trace_shift, t_pre)
        bound = float(gate_feedback(gates[b], v_fb[b], q)) * float(most)
        if bound == 0:
            continue
        if not proven:
            if held + bound >= NARROW:
                if held > 0:
                    add_narrow(narrow, delta)
                held = 0.0
            if bound >= NARROW:
                _delta_wide(t_pre, q, delta)
                continue
            held += bound
        for i in range(n_in):
            n = 0
            for t in range(steps):
                index[n] = t
                trace[n] = t_pre[t, i]
                n += t_pre[t, i] != 0
            if n == 0:
                continue
            row = narrow[i]
            for first in range(0, q.shape[1], BLOCK):
                block = slice(first, first + BLOCK)
                sum_ = load(row[block])
                for k in range(n):
                    sum_ = sum_ + load(q[index[k], block]) * trace[k]
                store(row[block], sum_)
    if held > 0:
        add_narrow(narrow, delta)


def delta_traces(
    x: np.ndarray,
    gates: np.ndarray,
    v_fb: np.ndarray,
    trace_shift: int,
    active: np.ndarray,
    q: np.ndarray,
    delta: np.ndarray,
) -> None:
    """Add a batch's updates ``sum_t v_fb g t_pre`` to ``delta (I, P)`` (3.4, 3.17).

    Sums are taken in int32 over as many samples as these samples' own values prove to fit, and
    then widened.

    Parameters
    ----------
    x : integer (B, >= T, I)
        Presynaptic activity.
    gates : uint8 (B, T, O)
    v_fb : int32 (B, T or 1, >= O)
        Feedback voltage; T = 1 where it is the same at every step.
    active : bool (B,)
        Samples with an error; the others are skipped.
    q : int32 scratch (T, P)
        0 in the padding.
    delta : int32 or int64 (I, P)
    """
    n_in, width = delta.shape
    whole = -(-width // BLOCK) * BLOCK
    proven = delta.dtype == np.int32 and whole == width
    narrow = delta if proven else np.zeros((n_in, whole), np.int32)
    if whole != width:
        q = np.zeros((len(q), whole), np.int32)
    t_pre = np.empty((gates.shape[1], x.shape[2]), np.int32)
    _delta_traces(x, gates, v_fb, trace_shift, active, t_pre, q, narrow, proven, delta)
