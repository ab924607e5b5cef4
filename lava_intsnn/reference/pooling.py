"""Pools: what the windows of a layer's input add up to, and their transpose."""

import numpy as np

from lava_intsnn.network import Pool


def window_sums(pool: Pool, s_in: np.ndarray) -> np.ndarray:
    """Return the sums over the windows, ``(T, windows)``, of ``s_in (T, I)``."""
    silent = np.zeros((len(s_in), 1), s_in.dtype)  # index -1 is the padding
    return np.concatenate([s_in, silent], axis=1)[:, pool.windows.unfolded()].sum(axis=2)


def spread(pool: Pool, v: np.ndarray) -> np.ndarray:
    """Return what reaches each input, ``(I,)``, if every neuron of a window hears its ``v``."""
    windows = pool.windows.unfolded()
    total = np.zeros(pool.windows.neurons + 1, np.int64)
    np.add.at(total, windows, np.broadcast_to(v[:, None], windows.shape))
    return total[:-1]
