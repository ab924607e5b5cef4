"""The kernel that runs images through all steps and layers."""

# numba types kernels
# mypy: no-check-untyped-defs

from __future__ import annotations

import numpy as np

from lava_intsnn.conversion.spiking_engine.dynamics import emit, fire, read_out, send, write_signs
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.vector import BLOCK


@kernel
def run(levels, steps, network, first, state, out, recorded):
    """Run images until they are quiet, at most ``steps``.

    Parameters
    ----------
    levels : int16 (B, blocks of the encoder, BLOCK)
    steps : int
    network : (layers, reach, w, thresholds, readout)
        Records (L,) of :data:`~.layout.LAYER`; int64 (positions, 5); int8 or int32 and int16 or
        int32 (rows, BLOCK); int64 (F, n_classes).
    first : (upper, lower)
        Initial values of ``upper`` and ``lower``.
    state : (v, upper, lower, spikes), scratch
        As in :func:`~.dynamics.fire`.
    out : (counts, logits, events, retractions, synops, quiet_at)
        int16 (B, N), int64 (B, T, n_classes), int32 (B, L, T) twice, int64 (B, L, T), int32 (B,).
    recorded : int8 (B, T, N), out
        Signs of spikes, initially 0; (B, T, 0) if they are not recorded.
    """
    layers, reach, w, thresholds, readout = network
    v, upper, lower, spikes = state
    counts, logits, events, retractions, synops, quiet_at = out
    last = layers.shape[0] - 1
    n_spikes = np.zeros(2, np.int64)
    accumulator = np.zeros(readout.shape[1], np.int64)
    for b in range(levels.shape[0]):
        accumulator[:] = 0
        v[:] = 0
        upper[:] = first[0]
        lower[:] = first[1]
        counts[b] = 0
        quiet_at[b] = steps
        for t in range(steps):
            total = 0
            for k in range(last + 1):
                layer = layers[k]
                if k == 0:
                    emit(t, levels[b], layer, spikes, n_spikes)
                else:
                    fire(layer, thresholds, v, upper, lower, counts[b], spikes, n_spikes)
                events[b, k, t] = n_spikes[0] + n_spikes[1]
                retractions[b, k, t] = n_spikes[1]
                if k < last:
                    after = layers[k + 1]
                    synops[b, k, t] = send(layer, after, reach, spikes, n_spikes, w, v)
                else:
                    synops[b, k, t] = read_out(layer, readout, spikes, n_spikes, accumulator)
                if recorded.shape[2] > 0:
                    write_signs(layer, spikes, n_spikes, recorded[b, t])
                total += n_spikes[0] + n_spikes[1]
            logits[b, t] = accumulator
            if total == 0:
                quiet_at[b] = t
                logits[b, t:] = accumulator
                break
        write_encoder_counts(levels[b], quiet_at[b], layers[0], counts[b])


@kernel
def write_encoder_counts(levels, steps, layer, counts):
    """Write how often the encoder has spiked after ``steps``."""
    rows = levels.reshape(layer.positions, layer.blocks * BLOCK)
    counts = counts[: layer.positions * layer.channels].reshape(-1, layer.channels)
    for p in range(counts.shape[0]):
        for c in range(counts.shape[1]):
            counts[p, c] = min(rows[p, c], steps)
