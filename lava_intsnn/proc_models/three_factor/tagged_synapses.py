"""Rounding with our random bits, and traces of counts, for Lava's LearningDense."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Rounding, draw, round_shift, shift_floor

#: Fractional bits of the weight accumulator for a weight ``w``: Lava has 7 for ``W = 2 w``.
ACCUMULATOR_BITS = 8
#: The range of a synapse of 8 bits.
W_MIN, W_MAX = -128, 127


def round_weights(accumulator: np.ndarray, *, lr_shift: int, key: np.uint64) -> np.ndarray:
    """Return Lava's accumulator rounded to whole weights, with the random bits of our update.

    It holds ``(w << 8) - (v_fb * T_corr << (8 - lr_shift))``. The result holds
    ``w - round_shift(v_fb * T_corr, lr_shift)``, saturated. ``w`` is a multiple of the step of the
    shift, so rounding the sum with the opposite sign is equivalent to rounding the update. Lava has
    already saturated the sum at 16 bits, which is wider than a weight.

    Parameters
    ----------
    accumulator : int (O, I)
    lr_shift : int
        0..8.
    key : uint64
        Key of the update. Synapse ``(o, i)`` of ``O`` rows draws at index ``i * O + o``.

    Returns
    -------
    int64 (O, I)
        In the unit of the accumulator.
    """
    rows, columns = accumulator.shape
    index = np.arange(rows * columns, dtype=np.uint64).reshape(columns, rows).T
    with np.errstate(over="ignore"):
        random = draw(key, index)
    total = shift_floor(accumulator.astype(np.int64), ACCUMULATOR_BITS - lr_shift)
    w = -round_shift(-total, np.int64(lr_shift), int(Rounding.STOCHASTIC), random)
    return np.clip(w, W_MIN, W_MAX) * 2**ACCUMULATOR_BITS


def next_trace(trace: np.ndarray, s_in: np.ndarray, trace_shift: int) -> np.ndarray:
    """Return the presynaptic trace ``(I,)`` after the spikes or counts ``s_in (I,)`` of a step."""
    return shift_floor(trace, trace_shift) + s_in
