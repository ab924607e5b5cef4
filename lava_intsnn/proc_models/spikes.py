"""What a spike message may hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def binary(s_in: np.ndarray, dtype: npt.DTypeLike, *, name: str, time_step: int) -> np.ndarray:
    """Return ``s_in (B, I)`` as ``dtype``.

    Raises
    ------
    ValueError
        If a value is neither 0 nor 1: names the value, the neuron and the time step.
    """
    fine = s_in.max() <= 1 if s_in.dtype == np.uint8 else ((s_in == 0) | (s_in == 1)).all()
    if not fine:
        b, i = np.argwhere((s_in != 0) & (s_in != 1))[0]
        raise ValueError(
            f"{name}: s_in[{b}, {i}] = {s_in[b, i]} at time step {time_step} (sample {b}, neuron "
            f"{i}): spikes must be 0 or 1; send the sign or a rate code instead, or one source only"
        )
    return s_in.astype(dtype, copy=False)
