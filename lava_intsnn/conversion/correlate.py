"""Exact integer convolution of batches by floating-point matrix products that never round."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError

#: Integers up to these limits are exact in float32 and float64, and so are sums below them.
_EXACT = ((1 << 24, np.float32), (1 << 53, np.float64))

#: Largest memory of the windows of several images as rows of a matrix.
_ROWS_BYTES = 1 << 23


def windows(x: npt.NDArray, *, kernel: int, stride: int, padding: int) -> npt.NDArray:
    """Return the input of every output position.

    Parameters
    ----------
    x : (B, H, W, C) array

    Returns
    -------
    (B, H', W', kernel, kernel, C) view or array
    """
    if padding:
        x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(1, 2))  # type: ignore[call-overload]
    return view[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)


def correlate(
    x: npt.NDArray, weights: npt.NDArray, *, stride: int = 1, padding: int = 0
) -> npt.NDArray[np.int64]:
    """Return the sums of one layer's synapses.

    Parameters
    ----------
    x : (B, H, W, C) integer array
    weights : (O, kernel, kernel, C) integer array
    stride, padding : int

    Returns
    -------
    (B, H', W', O) int64 array

    Raises
    ------
    ConversionError
        If a sum could exceed the integers that float64 represents exactly (2^53).
    """
    largest = max(abs(int(x.max(initial=0))), abs(int(x.min(initial=0))))
    bound = largest * int(np.abs(weights.astype(np.int64)).sum(axis=(1, 2, 3)).max())
    dtype = next((dtype for limit, dtype in _EXACT if bound < limit), None)
    if dtype is None:
        raise ConversionError(
            f"inputs up to {largest} and these weights add up to {bound}, beyond 2^53: give the "
            "weights fewer bits"
        )
    n_out, kernel = weights.shape[:2]
    view = windows(x.astype(dtype), kernel=kernel, stride=stride, padding=padding)
    columns = weights.reshape(n_out, -1).T.astype(dtype)
    out = np.empty((*view.shape[:3], n_out), np.int64)
    # windows overlap, so as rows they take many times the memory of the images
    part = max(1, _ROWS_BYTES // max(view[:1].nbytes, 1))
    for first in range(0, len(x), part):
        rows = view[first : first + part].reshape(-1, len(columns))
        out[first : first + part] = (rows @ columns).reshape(-1, *out.shape[1:])
    return out
