"""The neuron: decay, integrate, gate, fire, reset (3.1-3.3)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import (
    decayed,
    limit,
    saturate,
    shift_ceil,
    shift_floor,
    wrapped_once,
)
from lava_intsnn.network.adaptation import Adaptation
from lava_intsnn.network.adaptive_cuba import AdaptiveCUBA
from lava_intsnn.network.alif import ALIF
from lava_intsnn.network.cuba import CUBA, spread
from lava_intsnn.network.leaky_readout import LeakyReadout
from lava_intsnn.network.neuron import Neuron
from lava_intsnn.network.neuron_kind import GUARD_BITS, WRAP_TOP, NeuronKind


class NeuronStep(NamedTuple):
    """A step of a population.

    ``states`` int64 ``(states, H)`` what the neurons keep, in the order their kind declares, the
    potential first; ``v_before`` the potential before the reset; ``s`` spikes and ``g`` surrogate
    gates, 0 or 1; all ``(H,)``.
    """

    states: np.ndarray
    v_before: np.ndarray
    s: np.ndarray
    g: np.ndarray


def resting(neuron: NeuronKind, n: int) -> np.ndarray:
    """Return the states of ``n`` neurons before a sample, int64 ``(states, n)``."""
    return np.zeros((len(neuron.states(0)), n), np.int64)


def advance(neuron: NeuronKind, states: np.ndarray, a: np.ndarray) -> NeuronStep:
    """Advance a population with ``states (states, H)`` by a step with synaptic sums ``a (H,)``."""
    return _STEPS[neuron.kind](neuron, states, a)


def neuron_step(
    neuron: NeuronKind, v: np.ndarray, a: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Advance a population by one step, of a kind that keeps nothing but its potential.

    Parameters
    ----------
    v : int64 array (H,)
        Membrane potential after the last step, guard bits included.
    a : int64 array (H,)
        Synaptic sum of this step.

    Returns
    -------
    v, s, g : int64 arrays (H,)
        New potential, spikes and surrogate gates (0 or 1).
    """
    (v,), _, s, g = advance(neuron, v[None], a)
    return v, s, g


def lif_step(neuron: Neuron, states: np.ndarray, a: np.ndarray) -> NeuronStep:
    """Advance leaky integrate-and-fire neurons."""
    v_before = integrate(neuron, states[0], a)
    v, s, g = fire(neuron, v_before, spread(neuron.vth, len(a)) << neuron.guard_bits)
    return NeuronStep(v[None], v_before, s, g)


def alif_step(neuron: ALIF, states: np.ndarray, a: np.ndarray) -> NeuronStep:
    """Advance neurons whose threshold adapts."""
    v_before, adaptation = integrate(neuron, states[0], a), states[1]
    v, s, g = fire(neuron, v_before, spread(neuron.vth, len(a)) + adaptation)
    return NeuronStep(np.array([v, adapted(neuron, adaptation, s)]), v_before, s, g)


def readout_step(neuron: LeakyReadout, states: np.ndarray, a: np.ndarray) -> NeuronStep:
    """Advance neurons that never fire; their gates are always open."""
    v = saturate(shift_floor(states[0], neuron.decay_shift) + a, limit(neuron.v_bits))
    return NeuronStep(v[None], v, np.zeros_like(v), np.ones_like(v))


def adapted(neuron: Adaptation, adaptation: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Return the adaptation after a step with spikes ``s``."""
    shift, step = spread(neuron.adapt_shift, len(s)), spread(neuron.adapt_step, len(s))
    adaptation = adaptation - shift_ceil(adaptation, shift) + step * s
    return saturate(adaptation, limit(neuron.adapt_bits))


def integrate(neuron: Neuron, v: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Return the membrane potential after decay and synaptic sum, before the reset (3.2)."""
    if neuron.guarded:
        current = wrap_current(a << neuron.guard_bits)
        v = decayed(v, spread(neuron.voltage_decay, len(v))) + current
    else:
        v = shift_floor(v, spread(neuron.decay_shift, len(v))) + a
    return saturate(v, limit(neuron.v_bits))


def fire(
    neuron: NeuronKind, v: np.ndarray, vth: int | np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the potential after a hard reset, spikes and surrogate gates (3.3), 0 or 1.

    ``vth`` is the threshold of this step, guard bits included.
    """
    window = neuron.window << neuron.guard_bits
    g = (np.abs(v - vth) < window).astype(np.int64)  # before the reset
    s = (v > vth).astype(np.int64)
    return np.where(s == 1, 0, v), s, g


def cuba_step(neuron: CUBA, states: np.ndarray, a: np.ndarray) -> NeuronStep:
    """Advance Loihi's neurons."""
    return _cuba(neuron, states, a, spread(neuron.vth, len(a)))


def adaptive_cuba_step(neuron: AdaptiveCUBA, states: np.ndarray, a: np.ndarray) -> NeuronStep:
    """Advance Loihi's neurons with a threshold that adapts."""
    adaptation = states[-1]
    step = _cuba(neuron, states[:-1], a, spread(neuron.vth, len(a)) + adaptation)
    return step._replace(states=np.vstack([step.states, adapted(neuron, adaptation, step.s)]))


def _cuba(neuron: CUBA, states: np.ndarray, a: np.ndarray, vth: np.ndarray) -> NeuronStep:
    """Advance Loihi's neurons with ``vth``: current, voltage, refractory delay."""
    n, vth = len(a), vth << GUARD_BITS
    bias = spread(neuron.bias_mant, n) << neuron.bias_exp
    v, u = states[0], states[1]
    u = wrap_current(decayed(u, spread(neuron.current_decay, n)) + (a << GUARD_BITS))
    charged = saturate(decayed(v, spread(neuron.voltage_decay, n)) + u + bias, limit(neuron.v_bits))
    wait = states[2] if neuron.refractory > 1 else np.zeros(n, np.int64)
    v_before = np.where(wait > 0, v, charged)
    v_hard, s, g = fire(neuron, v_before, vth)
    s, g = np.where(wait > 0, 0, s), np.where(wait > 0, 0, g)
    v = v_before - vth * s if neuron.reset == "soft" else np.where(s == 1, v_hard, v_before)
    kept = [v, u]
    if neuron.refractory > 1:
        kept.append(np.where(s == 1, neuron.refractory - 1, np.maximum(wait - 1, 0)))
    return NeuronStep(np.array(kept), v_before, s, g)


def wrap_current(current: np.ndarray) -> np.ndarray:
    """Wrap a 24-bit current as Lava's LIF does: once, ``2**23`` itself staying positive."""
    return wrapped_once(current, WRAP_TOP)


_STEPS: dict[str, Callable[..., NeuronStep]] = {
    "lif": lif_step,
    "alif": alif_step,
    "cuba": cuba_step,
    "adaptive_cuba": adaptive_cuba_step,
    "readout": readout_step,
}
