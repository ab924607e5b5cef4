"""Convolution in the general form: where its inputs go, and the sums of counts."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.trace_updates import Fan
from lava_intsnn.engine.vector import BLOCK, cast, load, store
from lava_intsnn.network import Conv


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
