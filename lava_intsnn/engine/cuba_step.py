"""Loihi's neuron: one step of one neuron on int32 states, with or without an adaptation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine import alif_step, lif_step
from lava_intsnn.engine.jit import compiled, decayed, saturate, wrapped_once
from lava_intsnn.network import CUBA, AdaptiveCUBA
from lava_intsnn.network.cuba import spread
from lava_intsnn.network.neuron_kind import GUARD_BITS

_GUARD_BITS = np.int64(GUARD_BITS)


class CubaConstants(NamedTuple):
    """Constants of ``n`` neurons in the unit of their potential, guard bits included.

    ``vth``, ``current_decay``, ``voltage_decay`` and ``bias`` are int32 ``(n,)``.
    """

    vth: np.ndarray
    current_decay: np.ndarray
    voltage_decay: np.ndarray
    bias: np.ndarray
    window: np.int32
    v_lim: np.int32
    refractory: np.int32
    soft: bool


class AdaptiveCubaConstants(NamedTuple):
    """Constants of neurons whose threshold adapts: those of their base, and of the adaptation."""

    cuba: CubaConstants
    adaptation: alif_step.AdaptationConstants


def constants(neuron: CUBA, n: int) -> CubaConstants:
    """Return what the kernels need of ``n`` neurons."""
    return CubaConstants(
        vth=(spread(neuron.vth, n) << GUARD_BITS).astype(np.int32),
        current_decay=spread(neuron.current_decay, n).astype(np.int32),
        voltage_decay=spread(neuron.voltage_decay, n).astype(np.int32),
        bias=(spread(neuron.bias_mant, n) << neuron.bias_exp).astype(np.int32),
        window=np.int32(min(neuron.window << GUARD_BITS, np.iinfo(np.int32).max)),
        v_lim=np.int32(limit(neuron.v_bits)),
        refractory=np.int32(neuron.refractory),
        soft=neuron.reset == "soft",
    )


def adaptive_constants(neuron: AdaptiveCUBA, n: int) -> AdaptiveCubaConstants:
    """Return what the kernels need of ``n`` neurons whose threshold adapts."""
    adaptation = alif_step.adaptation_constants(neuron, n)
    return AdaptiveCubaConstants(constants(neuron, n), adaptation)


@compiled
def _advance(v, a, vth, neuron, extra, h):
    """Advance a neuron with threshold ``vth``; ``extra`` is current and refractory count."""
    added = np.int64(a) << _GUARD_BITS
    kept = decayed(np.int64(extra[0, h]), np.int64(neuron.current_decay[h]))
    u = wrapped_once(kept + added, lif_step.WRAP_TOP)
    extra[0, h] = np.int32(u)
    waits = neuron.refractory > 1 and extra[1, h] > 0
    if waits:
        extra[1, h] -= np.int32(1)
        potential = v
    else:
        kept = decayed(np.int64(v), np.int64(neuron.voltage_decay[h]))
        charged = kept + u + np.int64(neuron.bias[h])
        potential = np.int32(saturate(charged, np.int64(neuron.v_lim)))
    at_zero, spike, gate = lif_step.fire(potential, vth, neuron.window)
    spike, gate = spike and not waits, gate and not waits
    v_next = potential
    if spike:
        v_next = np.int32(potential - vth) if neuron.soft else at_zero
        if neuron.refractory > 1:
            extra[1, h] = neuron.refractory - np.int32(1)
    return potential, v_next, spike, gate


@compiled
def step(v, a, neuron, extra, h):
    """See :func:`~.firing.step`; ``extra`` is the current and, where there is one, the count."""
    return _advance(v, a, neuron.vth[h], neuron, extra, h)


@compiled
def adaptive_step(v, a, neuron, extra, h):
    """See :func:`~.firing.step`; the last of ``extra`` is the adaptation."""
    last = extra.shape[0] - 1
    adaptation = extra[last, h]
    vth = np.int32(neuron.cuba.vth[h] + (adaptation << np.int32(_GUARD_BITS)))
    potential, v_next, spike, gate = _advance(v, a, vth, neuron.cuba, extra, h)
    extra[last, h] = alif_step.adapted(adaptation, spike, neuron.adaptation, h)
    return potential, v_next, spike, gate
