"""One step of one layer: its spikes, and at once what they add to the layer after.

A spike of channel ``c`` at (y, x) reaches the outputs whose windows cover it. Weights are in such
an order (see :mod:`.layout`) that what one row of outputs receives, all its channels together, is
one stretch of weights for one stretch of potentials: a spike costs a few long additions.
"""

# numba types kernels
# mypy: no-check-untyped-defs

from __future__ import annotations

import numpy as np

from lava_intsnn.conversion.engine.rows import load_row, store_row, word
from lava_intsnn.engine.jit import kernel, lowest_bit, popcount
from lava_intsnn.engine.vector import BLOCK, cast, splat

_ONE = np.uint32(1)


@kernel
def emit(t, levels, network, state, recorded, tally):
    """Let the encoder spike where ``t < levels``.

    Parameters
    ----------
    t : int
    levels : int16 (blocks of the encoder, BLOCK)
    network, state, recorded, tally
        As in :func:`advance`.
    """
    layers, _, fan_out = network[:3]
    layer = layers[0]
    now = splat(np.int16(t))
    tally[:] = 0
    for y in range(layer.height):
        for x in range(layer.width):
            p = y * layer.width + x
            for block in range(layer.blocks):
                spiking = word(load_row(levels, p * layer.blocks + block) > now)
                if spiking != 0:
                    n = np.int64(popcount(spiking))
                    tally[0] += n
                    tally[2] += n * fan_out[p]
                    send(spiking, 1, 0, y, x, block, network, state, recorded)


@kernel
def advance(k, network, state, recorded, tally):
    """Let hidden layer ``k`` fire by what it has received, in this step and before.

    Parameters
    ----------
    k : int
    network : (layers, cover, fan_out, w, thresholds, readout)
        Records (L,) of :data:`~.layout.LAYER`; int64 (rows, 3) of :func:`~.layout.covering`, int64
        (positions,), int8 or int32 (rows, BLOCK), int16 or int32 (rows, BLOCK), all of all layers;
        int64 (F, n_classes).
    state : (v, upper, lower, counts, accumulator)
        Potentials and the thresholds that are next, ``Theta[n + 1]`` and ``Theta[n]``, int16 or
        int32 (blocks of all neurons, BLOCK); int16 (neurons,); int64 (n_classes,).
    recorded : int8 (neurons,), out
        Signs of the spikes; empty where nobody asks for them.
    tally : int64 (3,), out
        Spikes of either sign, retractions, synaptic operations.
    """
    layers, _, fan_out, _, thresholds, _ = network
    v, upper, lower, counts, _ = state
    layer = layers[k]
    blocks = layer.blocks
    tally[:] = 0
    for y in range(layer.height):
        for x in range(layer.width):
            p = y * layer.width + x
            for block in range(blocks):
                at = layer.neurons_at + p * blocks + block
                potential = load_row(v, at)
                risen = ~word(potential < load_row(upper, at))
                fallen = word(potential < load_row(lower, at)) & ~risen
                rest = risen | fallen
                if rest == 0:
                    continue
                n = np.int64(popcount(rest))
                tally[0] += n
                tally[1] += np.int64(popcount(fallen))
                tally[2] += n * fan_out[layer.positions_at + p]
                while rest != 0:
                    bit = np.int64(lowest_bit(rest))
                    i = layer.counts_at + p * layer.channels + block * BLOCK + bit
                    counts[i] += 1 - 2 * np.int64((fallen >> np.uint32(bit)) & _ONE)
                    theta = layer.thresholds_at + np.int64(counts[i]) * blocks + block
                    lower[at, bit] = thresholds[theta, bit]
                    upper[at, bit] = thresholds[theta + blocks, bit]
                    rest &= rest - _ONE
                if risen != 0:
                    send(risen, 1, k, y, x, block, network, state, recorded)
                if fallen != 0:
                    send(fallen, -1, k, y, x, block, network, state, recorded)


@kernel
def send(spiking, sign, k, y, x, block, network, state, recorded):
    """Add what a block's spikes of one sign at (y, x) of layer ``k`` add to what comes after it."""
    layers, cover, _, w, _, readout = network
    v, _, _, _, accumulator = state
    layer = layers[k]
    first = (y * layer.width + x) * layer.channels + block * BLOCK
    if recorded.shape[0] > 0:
        rest = spiking
        while rest != 0:
            recorded[layer.counts_at + first + np.int64(lowest_bit(rest))] = sign
            rest &= rest - _ONE
    if k == layers.shape[0] - 1:
        while spiking != 0:
            row = readout[first + np.int64(lowest_bit(spiking))]
            for o in range(row.shape[0]):
                accumulator[o] += sign * row[o]
            spiking &= spiking - _ONE
        return
    after = layers[k + 1]
    in_row, in_column = cover[after.rows_at + y], cover[after.columns_at + x]
    out_y, n_y, first_ky = in_row[0], in_row[1], in_row[2]
    out_x, n_x, first_kx = in_column[0], in_column[1], in_column[2]
    blocks, kernel_size = after.blocks, after.kernel
    run, down, weights_down = n_x * blocks, after.width * blocks, kernel_size * blocks
    to = after.neurons_at + (out_y * after.width + out_x) * blocks
    per_channel = kernel_size * weights_down
    origin = after.weights_at + first_ky * weights_down + first_kx * blocks
    while spiking != 0:
        c = block * BLOCK + np.int64(lowest_bit(spiking))
        spiking &= spiking - _ONE
        source = origin + c * per_channel
        target = to
        for _ in range(n_y):
            if sign > 0:
                for i in range(run):
                    row = cast(load_row(w, source + i), v)
                    store_row(v, target + i, load_row(v, target + i) + row)
            else:
                for i in range(run):
                    row = cast(load_row(w, source + i), v)
                    store_row(v, target + i, load_row(v, target + i) - row)
            source += weights_down
            target += down
