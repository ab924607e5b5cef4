"""Which presynaptic activity each synapse sees: all inputs, a patch of them, or the past."""

import numpy as np

from lava_intsnn.network import Conv, Dense


def seen(layer: Dense | Conv, activity: np.ndarray, t: int) -> np.ndarray:
    """Return what the feed-forward synapses see at step ``t`` of ``activity (T, I)``.

    Returns
    -------
    (1, I) without delays, (O, I) with delays, (positions, fan_in) unfolded for convolution (3.19)
    """
    if isinstance(layer, Conv):
        padded = np.append(activity[t], 0)  # index -1 is the padding
        return padded[layer.patches()]
    if not layer.max_delay:
        return activity[t][None, :]
    past = t - layer.delays()
    i = np.arange(layer.n_in)[None, :]
    return np.where(past >= 0, activity[np.maximum(past, 0), i], 0)


def synaptic_sum(layer: Dense | Conv, w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return ``a (n_out,)`` from the feed-forward weights and what :func:`seen` gave."""
    if isinstance(layer, Conv):
        return (x @ w.T).ravel()  # position by position, channel fastest
    return (w[:, : layer.n_in] * x).sum(axis=1)


def backward(layer: Dense | Conv, w: np.ndarray, v_fb: np.ndarray) -> np.ndarray:
    """Return ``W^T v_fb``, ``(n_in,)``: the transposed operation (3.16, 3.21).

    Delays and recurrent synapses take no part in it.
    """
    if isinstance(layer, Conv):
        total = np.zeros(layer.n_in + 1, np.int64)
        np.add.at(total, layer.patches(), v_fb.reshape(-1, layer.channels) @ w)
        return total[:-1]
    return v_fb @ w[:, : layer.n_in]


def per_weight(layer: Dense | Conv, q: np.ndarray) -> np.ndarray:
    """Return a value per neuron ``(n_out,)`` as a column for its synapses: ``(O, 1)``.

    For convolution ``(positions, channels, 1)``: each position has synapses of its own, whose
    updates are summed at the end.
    """
    if isinstance(layer, Conv):
        return q.reshape(-1, layer.channels, 1)
    return q[:, None]
