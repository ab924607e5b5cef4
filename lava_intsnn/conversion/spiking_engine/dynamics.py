"""One step of one layer: the neurons that spike, and the effect of their spikes on the next layer.

A spike of channel ``c`` at (y, x) reaches the outputs whose windows cover it. The order of the
weights (see :mod:`.layout`) makes the input of one row of outputs, with all its channels, a
contiguous range of weights for a contiguous range of potentials, so a spike costs a few long
additions.

A list of spikes is ``int32 (2, N, 2)`` and their numbers ``int64 (2,)``: first spikes, then
retractions, each with the position ``y * width + x`` and the channel of its neuron. Collecting the
spikes in lists, instead of sending each at once, avoids unpredictable branches.
"""

# numba types kernels
# mypy: no-check-untyped-defs

from __future__ import annotations

import numpy as np

from lava_intsnn.conversion.spiking_engine.rows import load_row, store_row, word
from lava_intsnn.engine.jit import kernel, lowest_bit
from lava_intsnn.engine.vector import BLOCK, cast, splat

_ONE = np.uint32(1)


@kernel
def emit(t, levels, layer, spikes, n_spikes):
    """Let the encoder's neurons with ``t < levels`` spike.

    Parameters
    ----------
    t : int
    levels : int16 (blocks of the encoder, BLOCK)
    layer : record of :data:`~.layout.LAYER`
    spikes, n_spikes : list of spikes, out
    """
    now = splat(np.int16(t))
    n = 0
    for p in range(layer.positions):
        for block in range(layer.blocks):
            spiking = word(load_row(levels, p * layer.blocks + block) > now)
            while spiking != 0:
                spikes[0, n, 0] = p
                spikes[0, n, 1] = block * BLOCK + np.int64(lowest_bit(spiking))
                spiking &= spiking - _ONE
                n += 1
    n_spikes[0], n_spikes[1] = n, 0


@kernel
def fire(layer, thresholds, v, upper, lower, counts, spikes, n_spikes):
    """Let the neurons of a hidden layer spike, given the input received so far.

    Parameters
    ----------
    layer : record of :data:`~.layout.LAYER`
    thresholds : int16 or int32 (rows, BLOCK)
        Of all layers.
    v, upper, lower : int16 or int32 (rows, BLOCK)
        Of all layers: potentials, and the thresholds that are next, ``Theta[n + 1]`` and
        ``Theta[n]``.
    counts : int16 (neurons of the network,)
    spikes, n_spikes : list of spikes, out
    """
    blocks, channels = layer.blocks, layer.channels
    up, down = 0, 0
    for p in range(layer.positions):
        for block in range(blocks):
            at = layer.neurons_at + p * blocks + block
            potential = load_row(v, at)
            risen = ~word(potential < load_row(upper, at))
            fallen = word(potential < load_row(lower, at)) & ~risen
            rest = risen | fallen
            while rest != 0:
                bit = np.int64(lowest_bit(rest))
                rest &= rest - _ONE
                c = block * BLOCK + bit
                back = np.int64((fallen >> np.uint32(bit)) & _ONE)
                i = layer.counts_at + p * channels + c
                count = np.int64(counts[i]) + 1 - 2 * back
                counts[i] = count
                theta = layer.thresholds_at + count * blocks + block
                lower[at, bit] = thresholds[theta, bit]
                upper[at, bit] = thresholds[theta + blocks, bit]
                # written to both lists, kept in one: this needs no branch
                spikes[0, up, 0] = spikes[1, down, 0] = p
                spikes[0, up, 1] = spikes[1, down, 1] = c
                up += 1 - back
                down += back
    n_spikes[0], n_spikes[1] = up, down


@kernel
def send(layer, after, reach, spikes, n_spikes, w, v):
    """Add the effect of a layer's spikes to the next layer; return how many synapses they reach.

    Parameters
    ----------
    layer, after : records of :data:`~.layout.LAYER`
    reach : int64 (positions of the network, 5)
        See :func:`~.layout.reach_of`.
    spikes, n_spikes : list of spikes
    w : int8 or int32 (rows, BLOCK)
    v : int16 or int32 (rows, BLOCK)
    """
    weights_down = after.kernel * after.blocks
    per_channel = after.kernel * weights_down
    down = after.width * after.blocks
    synapses = 0
    for sign in range(2):
        for j in range(n_spikes[sign]):
            here = reach[layer.positions_at + spikes[sign, j, 0]]
            synapses += here[0]
            target, rows, run = here[1], here[2], here[3]
            source = here[4] + spikes[sign, j, 1] * per_channel
            for _ in range(rows):
                if sign == 0:
                    for i in range(run):
                        row = cast(load_row(w, source + i), v)
                        store_row(v, target + i, load_row(v, target + i) + row)
                else:
                    for i in range(run):
                        row = cast(load_row(w, source + i), v)
                        store_row(v, target + i, load_row(v, target + i) - row)
                source += weights_down
                target += down
    return synapses


@kernel
def read_out(layer, readout, spikes, n_spikes, accumulator):
    """Add the effect of the last layer's spikes to the classes; return the synapses they reach.

    ``readout`` is int64 (F, n_classes), ``accumulator`` int64 (n_classes,).
    """
    for sign in range(2):
        for j in range(n_spikes[sign]):
            row = readout[spikes[sign, j, 0] * layer.channels + spikes[sign, j, 1]]
            for o in range(row.shape[0]):
                accumulator[o] += row[o] if sign == 0 else -row[o]
    return (n_spikes[0] + n_spikes[1]) * readout.shape[1]


@kernel
def write_signs(layer, spikes, n_spikes, recorded):
    """Write the signs of a layer's spikes into ``recorded`` int8 (neurons of the network,)."""
    for sign in range(2):
        for j in range(n_spikes[sign]):
            i = spikes[sign, j, 0] * layer.channels + spikes[sign, j, 1]
            recorded[layer.counts_at + i] = 1 - 2 * sign
