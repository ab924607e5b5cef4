"""Dense synapses, with or without delays: see :mod:`.synaptic_sum`."""

import numpy as np

from lava_intsnn.network import Dense


def seen(layer: Dense, activity: np.ndarray, t: int, delays: np.ndarray | None) -> np.ndarray:
    """Return ``(1, I)`` without delays, ``(O, I)`` with delays."""
    if not layer.max_delay:
        return activity[t][None, :]
    past = t - layer.delays(delays)
    i = np.arange(layer.fan_in)[None, :]
    return np.where(past >= 0, activity[np.maximum(past, 0), i], 0)


def synaptic_sum(layer: Dense, w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return ``a (n_out,)``."""
    return (w[:, : layer.fan_in] * x).sum(axis=1)


def own_traces(layer: Dense, seen: list[np.ndarray]) -> np.ndarray:
    """Return ``(O, columns)``: row ``o`` of the trace that decays by the rule of neuron ``o``."""
    rows = [np.broadcast_to(each, (layer.n_out, each.shape[1])) for each in seen]
    return np.array(rows)[layer.trace_of(), np.arange(layer.n_out)]


def backward(layer: Dense, w: np.ndarray, v_fb: np.ndarray) -> np.ndarray:
    """Return ``W^T v_fb`` (3.16)."""
    return v_fb @ w[:, : layer.fan_in]


def per_synapse(layer: Dense, q: np.ndarray, traces: np.ndarray) -> np.ndarray:
    """Return ``(O, columns)`` (3.5)."""
    return q[:, None] * traces


def per_weight(layer: Dense, delta: np.ndarray) -> np.ndarray:
    """Return ``delta`` itself: each synapse has a weight of its own."""
    return delta
