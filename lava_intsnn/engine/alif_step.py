"""The adaptive neuron: one step of one neuron on int32 states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine import lif_step
from lava_intsnn.engine.jit import compiled, saturate, shift_ceil
from lava_intsnn.network import ALIF


class AlifConstants(NamedTuple):
    """Constants of an adaptive neuron: first those of :class:`~.lif_step.LifConstants`."""

    vth: np.int32
    window: np.int32
    decay_shift: np.int32
    v_lim: np.int32
    guard_bits: np.int32
    adapt_step: np.int32
    adapt_shift: np.int32
    adapt_lim: np.int32


def constants(neuron: ALIF) -> AlifConstants:
    """Return what the kernels need of ``neuron``."""
    return AlifConstants(
        *lif_step.constants(neuron),
        adapt_step=np.int32(neuron.adapt_step),
        adapt_shift=np.int32(neuron.adapt_shift),
        adapt_lim=np.int32(limit(neuron.adapt_bits)),
    )


@compiled
def step(v, a, neuron, extra, h):
    """See :func:`~.firing.step`; ``extra[0]`` is the adaptation."""
    adaptation = extra[0, h]
    potential = lif_step.integrate(v, a, neuron)
    v_next, spike, gate = lif_step.fire(potential, np.int32(neuron.vth + adaptation), neuron.window)
    decayed = np.int32(adaptation - shift_ceil(adaptation, neuron.adapt_shift))
    grown = np.int32(decayed + (neuron.adapt_step if spike else np.int32(0)))
    extra[0, h] = saturate(grown, neuron.adapt_lim)
    return potential, v_next, spike, gate
