"""Neurons of every kind, step by step: whole samples in the general form, and in words.

To add a kind, write a module like :mod:`.lif_step` and enter it in the two tables below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lava_intsnn.engine import alif_step, cuba_step, lif_step, readout_step
from lava_intsnn.engine.jit import chosen_by_type, kernel
from lava_intsnn.network import NeuronKind

_CONSTANTS: dict[str, Callable[..., Any]] = {
    "lif": lif_step.constants,
    "alif": alif_step.constants,
    "cuba": cuba_step.constants,
    "adaptive_cuba": cuba_step.adaptive_constants,
    "readout": readout_step.constants,
}
_STEPS = {
    lif_step.LifConstants: lif_step.step,
    alif_step.AlifConstants: alif_step.step,
    cuba_step.CubaConstants: cuba_step.step,
    cuba_step.AdaptiveCubaConstants: cuba_step.adaptive_step,
    readout_step.ReadoutConstants: readout_step.step,
}
_ONE = np.uint32(1)

#: Numba's cache of release 0.1 names the type so, and fails on what it cannot import.
NeuronConstants = lif_step.LifConstants


def constants(neuron: NeuronKind, n: int) -> Any:
    """Return what the kernels need of ``n`` neurons: a named tuple, whose type is their kind."""
    return _CONSTANTS[neuron.kind](neuron, n)


@chosen_by_type
def step(v, a, neuron, extra, h):
    """Advance a neuron by one step.

    Parameters
    ----------
    v : int32
        Membrane potential.
    a : int32 or int64
        Sum of its synapses.
    neuron : constants
    extra : int32 (extra states, O), in place
        What a kind keeps besides the potential, in the order it declares it. None in words, which
        hold only kinds that keep nothing else.
    h : int
        The neuron's column in ``extra``.

    Returns
    -------
    int32, int32, bool, bool
        Potential before and after the reset, spike and surrogate gate.
    """
    return _STEPS[neuron.instance_class]


@kernel
def run_steps(a, neuron, v, extra, spikes, gates):
    """Run neurons over some steps.

    Parameters
    ----------
    a : int32 (B, T, >= O)
        Synaptic sums.
    neuron : constants
    v : int32 (B, O), in place
        Potentials.
    extra : int32 (B, extra states, O), in place
    spikes, gates : uint8 (B, T, O), out
    """
    for b in range(v.shape[0]):
        v_b, extra_b = v[b], extra[b]
        for t in range(spikes.shape[1]):
            a_t, s_t, g_t = a[b, t], spikes[b, t], gates[b, t]
            for h in range(v_b.shape[0]):
                _, v_b[h], s_t[h], g_t[h] = step(v_b[h], a_t[h], neuron, extra_b, h)


@kernel
def run_words(a, neuron, v, words_out, gates):
    """Take one sample's synaptic sums ``a (T, P)`` through the neurons; arrays ``(P,)`` are out."""
    v[:] = 0
    words_out[:] = 0
    gates[:] = 0
    for t in range(a.shape[0]):
        a_t = a[t]
        bit = _ONE << np.uint32(t)
        for h in range(v.shape[0]):
            _, v[h], spike, gate = step(v[h], a_t[h], neuron, None, h)
            gates[h] |= bit if gate else np.uint32(0)
            words_out[h] |= bit if spike else np.uint32(0)
