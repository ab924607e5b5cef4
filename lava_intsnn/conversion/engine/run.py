"""The kernel that takes images through all layers and steps."""

# numba types kernels
# mypy: no-check-untyped-defs

from __future__ import annotations

import numpy as np

from lava_intsnn.conversion.engine.dynamics import advance
from lava_intsnn.conversion.engine.encoder import emit
from lava_intsnn.engine.jit import kernel


@kernel
def run(layers, fan_out, levels, hidden, readout, steps, state, spikes, out, recorded, record):
    """Run images until they are quiet, at most ``steps``.

    Parameters
    ----------
    layers : records (L,) of :data:`~.layout.LAYER`
    fan_out : int64 (positions of the network,)
    levels : int16 (B, blocks of the encoder, BLOCK)
    hidden : (weights, thresholds, upper, lower)
        As in :class:`~.layout.Hidden`.
    readout : int64 (F, n_classes)
    steps : int
    state : (v, upper, lower), scratch
    spikes : (entries, starts, sizes), scratch
        int32 (2, 2, most neurons of a layer), (2, 2, most positions + 1), (2, 2): of two layers.
    out : (counts, logits, events, retractions, synops, quiet_at)
        int16 (B, N), int64 (B, T, n_classes), int32 (B, L, T) twice, int64 (B, L, T), int32 (B,).
    recorded : int8 (B, T, N), out, where ``record`` is set
    """
    w, thresholds, first_upper, first_lower = hidden
    v, upper, lower = state
    entries, starts, sizes = spikes
    counts, logits, events, retractions, synops, quiet_at = out
    n_layers = layers.shape[0]
    accumulator = np.zeros(readout.shape[1], np.int64)
    for b in range(levels.shape[0]):
        v[:] = 0
        upper[:] = first_upper
        lower[:] = first_lower
        counts[b] = 0
        accumulator[:] = 0
        quiet_at[b] = steps
        for t in range(steps):
            total = 0
            for k in range(n_layers):
                layer = layers[k]
                now, last = k % 2, 1 - k % 2
                mine = entries[now], starts[now], sizes[now]
                if k == 0:
                    emit(levels[b], t, layer, counts[b], mine)
                else:
                    theirs = entries[last], starts[last], sizes[last]
                    advance(layer, w, thresholds, v, upper, lower, counts[b], theirs, mine)
                n_spikes, n_retractions = sizes[now, 0], sizes[now, 1]
                events[b, k, t] = n_spikes + n_retractions
                retractions[b, k, t] = n_retractions
                total += n_spikes + n_retractions
                synops[b, k, t] = reached(layer, fan_out, starts[now])
                if record:
                    write(layer, entries[now], starts[now], recorded[b, t])
            last = (n_layers - 1) % 2
            read_out(layers[n_layers - 1], readout, entries[last], starts[last], accumulator)
            logits[b, t] = accumulator
            if total == 0:
                quiet_at[b] = t
                logits[b, t:] = accumulator
                break


@kernel
def reached(layer, fan_out, starts):
    """Return how many synapses the spikes of a layer reach."""
    n = np.int64(0)
    for p in range(layer.height * layer.width):
        here = starts[0, p + 1] - starts[0, p] + starts[1, p + 1] - starts[1, p]
        n += here * fan_out[layer.positions_at + p]
    return n


@kernel
def write(layer, entries, starts, recorded):
    """Write the signs of a layer's spikes into ``recorded`` int8 (N,)."""
    across = layer.width * layer.channels
    for sign in range(2):
        for y in range(layer.height):
            row = layer.counts_at + y * across
            for j in range(starts[sign, y * layer.width], starts[sign, (y + 1) * layer.width]):
                recorded[row + entries[sign, j]] = 1 - 2 * sign


@kernel
def read_out(layer, readout, entries, starts, accumulator):
    """Add what the last layer's spikes add to the classes."""
    across = layer.width * layer.channels
    for sign in range(2):
        for y in range(layer.height):
            for j in range(starts[sign, y * layer.width], starts[sign, (y + 1) * layer.width]):
                row = readout[y * across + entries[sign, j]]
                for o in range(row.shape[0]):
                    accumulator[o] += row[o] if sign == 0 else -row[o]
