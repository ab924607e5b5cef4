"""The readout, which integrates and never fires: one step of one neuron, and whole samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.jit import compiled, kernel, saturate, shift_floor
from lava_intsnn.network import LeakyReadout


class ReadoutConstants(NamedTuple):
    """What the kernels need of readouts, which are alike."""

    readout_decay: np.int32
    v_lim: np.int32


def constants(neuron: LeakyReadout, n: int) -> ReadoutConstants:
    """Return what the kernels need of ``n`` readouts."""
    return ReadoutConstants(np.int32(neuron.decay_shift), np.int32(limit(neuron.v_bits)))


@compiled
def step(v, a, neuron, extra, h):
    """See :func:`~.firing.step`: no spike, and a gate that is always open."""
    held = np.int32(shift_floor(v, neuron.readout_decay) + np.int32(a))
    potential = np.int32(saturate(held, neuron.v_lim))
    return potential, potential, False, True


@kernel
def run_readouts(a, neuron, v, spikes, gates):
    """Run readouts over some steps, and leave their potentials where their sums were.

    Parameters
    ----------
    a : int32 (B, T, >= O), in place
        Synaptic sums, then potentials.
    neuron : ReadoutConstants
    v : int32 (B, O), in place
    spikes, gates : uint8 (B, T, O), out
        All 0, and all 1.
    """
    for b in range(v.shape[0]):
        v_b = v[b]
        for t in range(spikes.shape[1]):
            a_t, s_t, g_t = a[b, t], spikes[b, t], gates[b, t]
            for h in range(v_b.shape[0]):
                a_t[h], v_b[h], s_t[h], g_t[h] = step(v_b[h], a_t[h], neuron, None, h)
