"""Arrays that begin at a cache line, so that vector loads of whole lines never straddle two."""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt

#: Bytes of a cache line, which is also the widest vector register.
LINE = 64


def aligned_zeros(shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> np.ndarray:
    """Return zeros whose first byte is at a multiple of :data:`LINE`.

    numpy's own arrays begin anywhere within a line, which changes from process to process, and
    kernels over whole lines are then a quarter slower (measured for delays).
    """
    sizes = (shape,) if isinstance(shape, int) else shape
    n_bytes = prod(sizes) * np.dtype(dtype).itemsize
    raw = np.zeros(n_bytes + LINE, np.uint8)
    first = -raw.ctypes.data % LINE
    return raw[first : first + n_bytes].view(dtype).reshape(sizes)
