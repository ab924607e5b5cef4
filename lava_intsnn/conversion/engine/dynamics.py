"""The hidden layers' kernel: one layer, one step, integrate and fire in one go.

A list of spikes has one entry ``x * channels + c`` a spike, in the order of positions ``y, x``;
``starts[y * width + x]`` is where a position's entries begin. What a window's row covers is then
one stretch of the list, and the rows of its weights differ from the entries by a constant. Spikes
and retractions have a list each: index 0 and 1 of the arrays ``entries (2, N)``, ``starts (2, H W +
1)`` and ``sizes (2,)``.
"""

# numba types kernels
# mypy: no-check-untyped-defs

from __future__ import annotations

import numpy as np

from lava_intsnn.conversion.engine.mask import word
from lava_intsnn.engine.jit import kernel, lowest_bit
from lava_intsnn.engine.vector import BLOCK, cast, load, store

_ONE = np.uint32(1)


@kernel
def advance(layer, w, thresholds, v, upper, lower, counts, spikes_in, spikes_out):
    """Take a hidden layer through one step.

    Parameters
    ----------
    layer : record of :data:`~.layout.LAYER`
    w : int8 or int32 (rows, BLOCK)
        Weights of all layers, as :mod:`.layout` arranges them.
    thresholds : int16 or int32 (rows, BLOCK)
    v, upper, lower : int16 or int32 (blocks of all neurons, BLOCK)
        Potentials, and the thresholds that are next: ``Theta[n + 1]`` and ``Theta[n]``.
    counts : int16 (neurons of the network,)
    spikes_in, spikes_out : (entries, starts, sizes)
        Those of the layer before and, out, of this one.
    """
    entries_in, starts_in, sizes_in = spikes_in
    entries, starts, sizes = spikes_out
    blocks, kernel_size, channels_in = layer.blocks, layer.kernel, layer.in_channels
    n_spikes, n_retractions = 0, 0
    for y in range(layer.height):
        top = y * layer.stride - layer.padding
        first_ky, last_ky = max(-top, 0), min(kernel_size, layer.in_height - top)
        for x in range(layer.width):
            p = y * layer.width + x
            left = x * layer.stride - layer.padding
            begin = min(max(left, 0), layer.in_width)
            end = max(min(left + kernel_size, layer.in_width), begin)
            starts[0, p], starts[1, p] = n_spikes, n_retractions
            for block in range(blocks):
                at = layer.neurons_at + p * blocks + block
                potential = load(v[at])
                if sizes_in[0] > 0:
                    for ky in range(first_ky, last_ky):
                        row = (top + ky) * layer.in_width
                        shift = (ky * kernel_size - left) * channels_in
                        for j in range(starts_in[0, row + begin], starts_in[0, row + end]):
                            i = (shift + entries_in[0, j]) * blocks + layer.weights_at + block
                            potential = potential + cast(load(w[i]), v)
                if sizes_in[1] > 0:
                    for ky in range(first_ky, last_ky):
                        row = (top + ky) * layer.in_width
                        shift = (ky * kernel_size - left) * channels_in
                        for j in range(starts_in[1, row + begin], starts_in[1, row + end]):
                            i = (shift + entries_in[1, j]) * blocks + layer.weights_at + block
                            potential = potential - cast(load(w[i]), v)
                store(v[at], potential)
                reached = ~word(potential < load(upper[at]))
                fallen = word(potential < load(lower[at])) & ~reached
                fired = reached | fallen
                while fired:
                    bit = np.int64(lowest_bit(fired))
                    mask = fired & (~fired + _ONE)
                    fired ^= mask
                    c = block * BLOCK + bit
                    i = layer.counts_at + p * layer.channels + c
                    if reached & mask:
                        counts[i] += 1
                        entries[0, n_spikes] = x * layer.channels + c
                        n_spikes += 1
                    else:
                        counts[i] -= 1
                        entries[1, n_retractions] = x * layer.channels + c
                        n_retractions += 1
                    theta = layer.thresholds_at + counts[i] * blocks + block
                    lower[at, bit] = thresholds[theta, bit]
                    upper[at, bit] = thresholds[theta + blocks, bit]
    p = layer.height * layer.width
    starts[0, p], starts[1, p] = n_spikes, n_retractions
    sizes[0], sizes[1] = n_spikes, n_retractions
