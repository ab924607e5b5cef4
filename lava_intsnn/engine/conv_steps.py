"""Convolution in the general form: counts, any trace, any number of steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.jit import kernel, shift_floor
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
def sums_conv(x, w, fan, a):
    """Write the synaptic sums ``a (B, T, O)`` int32 of ``x (B, T, I)``; ``w`` is ``(columns, P)``.

    Every input that is not 0 adds its columns at the positions that see it.
    """
    start, position, column = fan
    channels = a.shape[2] // (position.max() + 1)
    a[:] = 0
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            a_t = a[b, t]
            for i in range(x.shape[2]):
                count = np.int32(x[b, t, i])
                if count == 0:
                    continue
                for e in range(start[i], start[i + 1]):
                    row = w[column[e]]
                    first = position[e] * channels
                    for c in range(channels):
                        a_t[first + c] += row[c] * count


@kernel
def delta_conv(x, gates, v_fb, trace_shift, active, fan, q, delta):
    """Add a batch's updates to ``delta (columns, P)`` (3.22).

    ``q`` is scratch ``(T, O)`` int64; the others are as in :func:`~.graded.delta_traces`.
    """
    start, position, column = fan
    n_out = gates.shape[2]
    channels = n_out // (position.max() + 1)
    last = v_fb.shape[1] - 1
    for b in range(x.shape[0]):
        if not active[b]:
            continue
        for t in range(x.shape[1]):
            for o in range(n_out):
                q[t, o] = v_fb[b, min(t, last), o] if gates[b, t, o] else 0
        for i in range(x.shape[2]):
            trace = np.int64(0)
            for t in range(x.shape[1]):
                trace = shift_floor(trace, np.int64(trace_shift)) + np.int64(x[b, t, i])
                if trace == 0:
                    continue
                for e in range(start[i], start[i + 1]):
                    row = delta[column[e]]
                    first = position[e] * channels
                    for c in range(channels):
                        row[c] += q[t, first + c] * trace
