"""Windows in the general form: where inputs go, and the sums of convolutions and pools."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, shift_floor
from lava_intsnn.engine.trace_updates import Fan
from lava_intsnn.engine.vector import BLOCK, cast, load, store
from lava_intsnn.network import Conv, Pool


def fan(layer: Conv | Pool) -> Fan:
    """Return the transpose of the unfolding of its windows, with columns group by group."""
    windows = layer.windows
    seen = windows.unfolded()
    position, column = np.nonzero(seen >= 0)
    source = seen[position, column]
    order = np.argsort(source, kind="stable")
    start = np.searchsorted(source[order], np.arange(windows.neurons + 1))
    column += position % windows.groups * windows.size
    return Fan(start.astype(np.int64), position[order], column[order])


@kernel
def window_sums(x, fan, sums):
    """Write what the windows of a pool add up to for ``x (B, T, I)``: ``(B, T, windows)`` int32."""
    start, position, _ = fan
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            x_t, sums_t = x[b, t], sums[b, t]
            sums_t[:] = 0
            for i in range(x_t.shape[0]):
                if x_t[i] != 0:
                    for e in range(start[i], start[i + 1]):
                        sums_t[position[e]] += np.int32(x_t[i])


@kernel
def shift_sums(a, shift):
    """Shift synaptic sums ``a (B, T, width)`` right, in place: those of an average."""
    for b in range(a.shape[0]):
        for t in range(a.shape[1]):
            for h in range(a.shape[2]):
                a[b, t, h] = shift_floor(a[b, t, h], shift)


@kernel
def sums_conv(x, w, fan, sums, a):
    """Write the synaptic sums ``a (B, T, O)`` int32 of ``x (B, T, I)``; ``w`` is ``(columns, P)``.

    Every input that is not 0 adds its columns at the positions that see it, each of which stands
    for one group of filters. ``sums`` is scratch ``(positions, P)`` int32.
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
