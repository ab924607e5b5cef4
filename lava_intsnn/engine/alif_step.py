"""The adaptive neuron: one step of one neuron on int32 states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine import lif_step
from lava_intsnn.engine.jit import compiled, saturate, shift_ceil
from lava_intsnn.network import ALIF, Adaptation


class AdaptationConstants(NamedTuple):
    """Constants of an adaptation."""

    step: np.int32
    shift: np.int32
    lim: np.int32


class AlifConstants(NamedTuple):
    """Constants of an adaptive neuron: those of its base, and of the adaptation."""

    lif: lif_step.LifConstants
    adaptation: AdaptationConstants


def constants(neuron: ALIF, n: int) -> AlifConstants:
    """Return what the kernels need of ``n`` neurons."""
    return AlifConstants(lif_step.constants(neuron, n), adaptation_constants(neuron))


def adaptation_constants(neuron: Adaptation) -> AdaptationConstants:
    """Return what the kernels need of a neuron's adaptation."""
    return AdaptationConstants(
        step=np.int32(neuron.adapt_step),
        shift=np.int32(neuron.adapt_shift),
        lim=np.int32(limit(neuron.adapt_bits)),
    )


@compiled
def adapted(adaptation, spike, constants):
    """Return the adaptation after a step."""
    kept = np.int32(adaptation - shift_ceil(adaptation, constants.shift))
    grown = np.int32(kept + (constants.step if spike else np.int32(0)))
    return np.int32(saturate(grown, constants.lim))


@compiled
def step(v, a, neuron, extra, h):
    """See :func:`~.firing.step`; ``extra[0]`` is the adaptation."""
    adaptation = extra[0, h]
    potential = lif_step.integrate(v, a, neuron.lif)
    vth = np.int32(neuron.lif.vth + adaptation)
    v_next, spike, gate = lif_step.fire(potential, vth, neuron.lif.window)
    extra[0, h] = adapted(adaptation, spike, neuron.adaptation)
    return potential, v_next, spike, gate
