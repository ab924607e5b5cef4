"""Convolutional synapses: see :mod:`.synaptic_sum`."""

import numpy as np

from lava_intsnn.network import Conv


def seen(layer: Conv, activity: np.ndarray, t: int) -> np.ndarray:
    """Return the image unfolded, ``(positions, fan_in)`` (3.19)."""
    padded = np.append(activity[t], 0)  # index -1 is the padding
    return padded[layer.patches()]


def synaptic_sum(layer: Conv, w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return ``a (n_out,)``, position by position, channel fastest."""
    return (x @ w.T).ravel()


def backward(layer: Conv, w: np.ndarray, v_fb: np.ndarray) -> np.ndarray:
    """Return the transposed operation (3.21)."""
    total = np.zeros(layer.n_in + 1, np.int64)
    np.add.at(total, layer.patches(), v_fb.reshape(-1, layer.channels) @ w)
    return total[:-1]


def per_synapse(layer: Conv, q: np.ndarray, traces: np.ndarray) -> np.ndarray:
    """Return ``(positions, channels, fan_in)`` (3.20)."""
    if traces.ndim == 2:  # the channels of a position see the same
        traces = traces[:, None, :]
    return q.reshape(-1, layer.channels, 1) * traces


def per_weight(layer: Conv, delta: np.ndarray) -> np.ndarray:
    """Return ``delta`` summed over positions, ``(channels, fan_in)`` (3.22)."""
    return delta.sum(axis=0)
