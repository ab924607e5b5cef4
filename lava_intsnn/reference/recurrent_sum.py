"""Recurrent synapses (3.23): what they read, and what they add to the synaptic sum."""

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_floor
from lava_intsnn.network.recurrence import B16_BITS, Recurrence


def recurrent_input(recurrence: Recurrence, v_before: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Return ``u (O,)`` for the next step.

    Parameters
    ----------
    v_before : int64 (O,)
        Membrane potential of this step before its reset, as 3.23 prints it.
    s : int64 (O,)
        Spikes of this step.
    """
    if recurrence.source == "spikes":
        return s
    return saturate(shift_floor(v_before, recurrence.b16_shift), limit(B16_BITS))


def recurrent_term(recurrence: Recurrence, w_rec: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return what recurrent weights ``w_rec (O, O)`` add to the synaptic sum, ``(O,)``."""
    return shift_floor(w_rec @ u, recurrence.shift)
