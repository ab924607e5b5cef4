"""The neuron: decay, integrate, gate, fire, reset (3.1-3.3)."""

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_floor, shift_toward_zero
from lava_intsnn.network.neuron import GUARDED_STATE_BITS, Neuron


def integrate(neuron: Neuron, v: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Return the membrane potential after decay and synaptic sum, before the reset (3.2)."""
    if neuron.guarded:
        current = wrap_current(a << neuron.guard_bits)
        v = shift_toward_zero(v, neuron.decay_shift) + current
    else:
        v = shift_floor(v, neuron.decay_shift) + a
    return saturate(v, limit(neuron.v_bits))


def fire(neuron: Neuron, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the potential after the reset, spikes and surrogate gates (3.3), 0 or 1."""
    vth = neuron.vth << neuron.guard_bits
    window = neuron.window << neuron.guard_bits
    g = (np.abs(v - vth) < window).astype(np.int64)  # before the reset
    s = (v > vth).astype(np.int64)
    return np.where(s == 1, 0, v), s, g


def neuron_step(
    neuron: Neuron, v: np.ndarray, a: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Advance a population by one step.

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
    return fire(neuron, integrate(neuron, v, a))


def wrap_current(current: np.ndarray) -> np.ndarray:
    """Wrap a 24-bit current as Lava's LIF does: once, ``2**23`` itself staying positive."""
    top = 1 << (GUARDED_STATE_BITS - 1)
    current = np.where(current > top, current - 2 * top, current)
    return np.where(current <= -top, current + 2 * top, current)
