"""Convolution in the general form: counts, any trace, any number of steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.graded import NARROW, add_narrow, traces
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.vector import BLOCK, cast, load, store
from lava_intsnn.network import Conv


class Fan(NamedTuple):
    """Where each input of a convolution goes.

    Input ``i`` is seen by entries ``start[i] .. start[i + 1] - 1``: at ``position[e]`` of the
    output through the weights' column ``column[e]``. All int64.
    """

    start: np.ndarray
    position: np.ndarray
    column: np.ndarray


def fan(layer: Conv) -> Fan:
    """Return the transpose of ``layer.patches()``."""
    patches = layer.patches()
    position, column = np.nonzero(patches >= 0)
    source = patches[position, column]
    order = np.argsort(source, kind="stable")
    start = np.searchsorted(source[order], np.arange(layer.n_in + 1))
    return Fan(start.astype(np.int64), position[order], column[order])


@kernel
def sums_conv(x, w, fan, sums, a):
    """Write the synaptic sums ``a (B, T, O)`` int32 of ``x (B, T, I)``; ``w`` is ``(columns, P)``.

    Every input that is not 0 adds its columns at the positions that see it. ``sums`` is scratch
    ``(positions, P)`` int32.
    """
    start, position, column = fan
    positions, width = sums.shape
    channels = a.shape[2] // positions
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            sums[:] = 0
            for i in range(x.shape[2]):
                count = np.int32(x[b, t, i])
                if count == 0:
                    continue
                for e in range(start[i], start[i + 1]):
                    row, at = w[column[e]], sums[position[e]]
                    for first in range(0, width, BLOCK):
                        block = slice(first, first + BLOCK)
                        store(at[block], load(at[block]) + cast(load(row[block]), at) * count)
            for p in range(positions):
                for c in range(channels):
                    a[b, t, p * channels + c] = sums[p, c]


@kernel
def _gated(gates, v_fb, q):
    """Write one sample's ``v_fb g`` as ``q (T, positions, P)``.

    ``gates`` is ``(T, O)``, ``v_fb (T or 1, >= O)``. Return the most a channel's add up to.
    """
    steps, positions, width = q.shape
    channels = gates.shape[1] // positions
    size = np.zeros(width, np.int64)
    last = v_fb.shape[0] - 1
    for t in range(steps):
        v_fb_t, g_t = v_fb[min(t, last)], gates[t]
        for p in range(positions):
            q_t = q[t, p]
            for c in range(channels):
                o = p * channels + c
                q_t[c] = v_fb_t[o] * np.int32(g_t[o])
                size[c] += abs(np.int64(q_t[c]))
    return size.max()


@kernel
def _add_wide(t_pre, q, fan, delta):
    start, position, column = fan
    for i in range(t_pre.shape[1]):
        for t in range(q.shape[0]):
            trace = np.int64(t_pre[t, i])
            if trace == 0:
                continue
            for e in range(start[i], start[i + 1]):
                row, q_t = delta[column[e]], q[t, position[e]]
                for c in range(delta.shape[1]):
                    row[c] += np.int64(q_t[c]) * trace


@kernel
def _delta_conv(x, gates, v_fb, trace_shift, active, fan, t_pre, q, narrow, proven, delta):
    """Do the work of :func:`delta_conv`; the arguments are as in :func:`~.graded.delta_traces`."""
    start, position, column = fan
    steps = q.shape[0]
    index = np.zeros(steps + 1, np.int64)
    trace = np.zeros(steps + 1, np.int32)
    held = 0.0
    for b in range(x.shape[0]):
        if not active[b]:
            continue
        most = traces(x[b], trace_shift, t_pre)
        bound = float(_gated(gates[b], v_fb[b], q)) * float(most)
        if bound == 0:
            continue
        if not proven:
            if held + bound >= NARROW:
                if held > 0:
                    add_narrow(narrow, delta)
                held = 0.0
            if bound >= NARROW:
                _add_wide(t_pre, q, fan, delta)
                continue
            held += bound
        for i in range(x.shape[2]):
            n = 0
            for t in range(steps):
                index[n] = t
                trace[n] = t_pre[t, i]
                n += t_pre[t, i] != 0
            if n == 0:
                continue
            for e in range(start[i], start[i + 1]):
                row, p = narrow[column[e]], position[e]
                for first in range(0, narrow.shape[1], BLOCK):
                    block = slice(first, first + BLOCK)
                    sum_ = load(row[block])
                    for k in range(n):
                        sum_ = sum_ + load(q[index[k], p, block]) * trace[k]
                    store(row[block], sum_)
    if held > 0:
        add_narrow(narrow, delta)


def delta_conv(
    x: np.ndarray,
    gates: np.ndarray,
    v_fb: np.ndarray,
    trace_shift: int,
    active: np.ndarray,
    fan: Fan,
    q: np.ndarray,
    delta: np.ndarray,
) -> None:
    """Add a batch's updates to ``delta (columns, P)`` (3.22).

    ``q`` is int32 scratch ``(T, positions, P)``, 0 in the padding; the others are as in
    :func:`~.graded.delta_traces`, which sums in int32 for as long as this one does.
    """
    proven = delta.dtype == np.int32
    narrow = delta if proven else np.zeros(delta.shape, np.int32)
    t_pre = np.empty((len(q), x.shape[2]), np.int32)
    _delta_conv(x, gates, v_fb, trace_shift, active, fan, t_pre, q, narrow, proven, delta)
