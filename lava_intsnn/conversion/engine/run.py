"""The kernel that takes images through all steps and layers."""

# numba types kernels
# mypy: no-check-untyped-defs

from __future__ import annotations

import numpy as np

from lava_intsnn.conversion.engine.dynamics import advance, emit
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.vector import BLOCK


@kernel
def run(levels, steps, network, first, state, out, recorded):
    """Run images until they are quiet, at most ``steps``.

    Parameters
    ----------
    levels : int16 (B, blocks of the encoder, BLOCK)
    steps : int
    network
        As in :func:`~.dynamics.advance`.
    first : (upper, lower)
        What thresholds start from.
    state : (v, upper, lower), scratch
    out : (counts, logits, events, retractions, synops, quiet_at)
        int16 (B, N), int64 (B, T, n_classes), int32 (B, L, T) twice, int64 (B, L, T), int32 (B,).
    recorded : int8 (B, T, N), out
        Signs of spikes, 0 before; (B, T, 0) where nobody asks for them.
    """
    v, upper, lower = state
    counts, logits, events, retractions, synops, quiet_at = out
    layers = network[0]
    n_layers = layers.shape[0]
    tally = np.zeros(3, np.int64)
    for b in range(levels.shape[0]):
        accumulator = np.zeros(logits.shape[2], np.int64)
        v[:] = 0
        upper[:] = first[0]
        lower[:] = first[1]
        counts[b] = 0
        state_b = v, upper, lower, counts[b], accumulator
        quiet_at[b] = steps
        for t in range(steps):
            total = 0
            for k in range(n_layers):
                if k == 0:
                    emit(t, levels[b], network, state_b, recorded[b, t], tally)
                else:
                    advance(k, network, state_b, recorded[b, t], tally)
                events[b, k, t] = tally[0]
                retractions[b, k, t] = tally[1]
                synops[b, k, t] = tally[2]
                total += tally[0]
            logits[b, t] = accumulator
            if total == 0:
                quiet_at[b] = t
                logits[b, t:] = accumulator
                break
        write_encoder_counts(levels[b], quiet_at[b], layers[0], counts[b])


@kernel
def write_encoder_counts(levels, steps, layer, counts):
    """Write how often the encoder has spiked after ``steps``."""
    i = 0
    for p in range(layer.height * layer.width):
        for c in range(layer.channels):
            level = levels[p * layer.blocks + c // BLOCK, c % BLOCK]
            counts[i] = min(level, steps)
            i += 1
