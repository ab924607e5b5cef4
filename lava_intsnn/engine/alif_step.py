"""The adaptive neuron: one step of one neuron on int32 states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine import lif_step
from lava_intsnn.engine.jit import compiled, saturate, shift_ceil
from lava_intsnn.network import ALIF, Adaptation


class AdaptationConstants(NamedTuple):
    """Constants of an adaptation: ``step`` and ``shift`` of all neurons, or int32 ``(n,)``."""

    step: np.int32 | np.ndarray
    shift: np.int32 | np.ndarray
    lim: np.int32


class AlifConstants(NamedTuple):
    """Constants of an adaptive neuron: those of its base, and of the adaptation."""

    lif: lif_step.LifConstants
    adaptation: AdaptationConstants


def constants(neuron: ALIF, n: int) -> AlifConstants:
    """Return what the kernels need of ``n`` neurons."""
    return AlifConstants(lif_step.constants(neuron, n), adaptation_constants(neuron, n))


def adaptation_constants(neuron: Adaptation, n: int) -> AdaptationConstants:
    """Return what the kernels need of the adaptation of ``n`` neurons."""
    return AdaptationConstants(
        step=lif_step.held(neuron.adapt_step, n),
        shift=lif_step.held(neuron.adapt_shift, n),
        lim=np.int32(limit(neuron.adapt_bits)),
    )


@compiled
def adapted(adaptation, spike, constants, h):
    """Return the adaptation of neuron ``h`` after a step."""
    kept = np.int32(adaptation - shift_ceil(adaptation, lif_step.own(constants.shift, h)))
    grown = np.int32(kept + (lif_step.own(constants.step, h) if spike else np.int32(0)))
    return np.int32(saturate(grown, constants.lim))


@compiled
def step(v, a, neuron, extra, h):
    """See :func:`~.firing.step`; ``extra[0]`` is the adaptation."""
    adaptation = extra[0, h]
    potential = lif_step.integrate(v, a, neuron.lif, h)
    vth = np.int32(lif_step.own(neuron.lif.vth, h) + adaptation)
    v_next, spike, gate = lif_step.fire(potential, vth, neuron.lif.window)
    extra[0, h] = adapted(adaptation, spike, neuron.adaptation, h)
    return potential, v_next, spike, gate
