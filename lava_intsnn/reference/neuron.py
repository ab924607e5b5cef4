"""The neuron: decay, integrate, gate, fire, reset (3.1-3.3)."""

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_floor, shift_toward_zero
from lava_intsnn.network.layer import GUARDED_STATE_BITS, Neuron


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
    vth = neuron.vth << neuron.guard_bits
    window = neuron.window << neuron.guard_bits
    if neuron.guarded:
        current = wrap_current(a << neuron.guard_bits)
        v = shift_toward_zero(v, neuron.decay_shift) + current
    else:
        v = shift_floor(v, neuron.decay_shift) + a  # (3.1)
    v = saturate(v, limit(neuron.v_bits))
    g = (np.abs(v - vth) < window).astype(np.int64)  # (3.3), before the reset
    s = (v > vth).astype(np.int64)  # (3.2)
    v = np.where(s == 1, 0, v)
    return v, s, g


def wrap_current(current: np.ndarray) -> np.ndarray:
    """Wrap a 24-bit current as Lava's LIF does: once, ``2**23`` itself staying positive."""
    top = 1 << (GUARDED_STATE_BITS - 1)
    current = np.where(current > top, current - 2 * top, current)
    return np.where(current <= -top, current + 2 * top, current)
