"""The check of the values of spike messages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def checked(
    s_in: np.ndarray, dtype: npt.DTypeLike, *, max_count: int, name: str, time_step: int
) -> np.ndarray:
    """Return ``s_in (B, I)`` as ``dtype``.

    Raises
    ------
    ValueError
        If a value is not an integer in ``0 .. max_count``. The message names the value, the neuron
        and the time step.
    """
    if s_in.dtype == np.uint8:
        fine = max_count == 255 or s_in.max() <= max_count
    else:
        fine = _allowed(s_in, max_count).all()
    if not fine:
        b, i = np.argwhere(~_allowed(s_in, max_count))[0]
        allowed = (
            "spikes must be 0 or 1; send the sign or a rate code instead, one source only, or set "
            "max_count"
            if max_count == 1
            else f"counts must be integers in 0..{max_count}, the layer's max_count"
        )
        raise ValueError(
            f"{name}: s_in[{b}, {i}] = {s_in[b, i]} at time step {time_step} (sample {b}, neuron "
            f"{i}): {allowed}"
        )
    return s_in.astype(dtype, copy=False)


def _allowed(s_in: np.ndarray, max_count: int) -> np.ndarray:
    if max_count == 1:
        return (s_in == 0) | (s_in == 1)
    return (s_in >= 0) & (s_in <= max_count) & (s_in == np.floor(s_in))
