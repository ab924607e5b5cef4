"""The encoder's kernels: the image enters once, and a rising threshold sweeps its potential."""

# numba types kernels
# mypy: no-check-untyped-defs

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.vector import cast, load, splat, store, where


@kernel
def encode(pixels, layer, w, thresholds, levels):
    """Find the number of steps for which each neuron of the encoder spikes.

    Parameters
    ----------
    pixels : int32 (B, H, W, C)
    layer : record of :data:`~.layout.LAYER`
    w, thresholds : int32 or int64 (rows, BLOCK)
        As :mod:`.layout` arranges them.
    levels : int16 (B, blocks of all neurons, BLOCK), out
    """
    lane = w.dtype.type
    zero, one = splat(lane(0)), splat(lane(1))
    n_levels = thresholds.shape[0] // layer.blocks
    across = layer.in_width * layer.in_channels
    entries = np.empty((layer.in_height, across), np.int64)
    values = np.empty((layer.in_height, across), w.dtype)
    starts = np.empty((layer.in_height, layer.in_width + 1), np.int64)
    for b in range(pixels.shape[0]):
        for y in range(layer.in_height):
            n = 0
            for x in range(layer.in_width):
                starts[y, x] = n
                for c in range(layer.in_channels):
                    value = pixels[b, y, x, c]
                    if value != 0:
                        entries[y, n] = x * layer.in_channels + c
                        values[y, n] = value
                        n += 1
            starts[y, layer.in_width] = n
        at = 0
        for y in range(layer.height):
            top = y * layer.stride - layer.padding
            for x in range(layer.width):
                left = x * layer.stride - layer.padding
                begin = min(max(left, 0), layer.in_width)
                end = max(min(left + layer.kernel, layer.in_width), begin)
                for block in range(layer.blocks):
                    v = zero
                    for ky in range(max(-top, 0), min(layer.kernel, layer.in_height - top)):
                        shift = (ky * layer.kernel - left) * layer.in_channels
                        for j in range(starts[top + ky, begin], starts[top + ky, end]):
                            row = w[(shift + entries[top + ky, j]) * layer.blocks + block]
                            v = v + load(row) * values[top + ky, j]
                    level = zero
                    for m in range(n_levels):
                        reached = load(thresholds[m * layer.blocks + block])
                        level = level + where(v < reached, zero, one)
                    store(levels[b, at], cast(level, levels))
                    at += 1
