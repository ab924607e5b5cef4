"""Which presynaptic activity each synapse sees: all inputs, a patch of them, or the past."""

from types import ModuleType

import numpy as np

from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.network import Conv, Dense
from lava_intsnn.reference import conv_sum, dense_sum, pooling

_KINDS: dict[str, ModuleType] = {"dense": dense_sum, "conv": conv_sum}


def pooled(layer: Dense | Conv, s_in: np.ndarray) -> np.ndarray:
    """Return the sums ``(T, windows)`` of a layer's pool, ``s_in (T, I)`` itself without one."""
    return pooling.window_sums(layer.pool, s_in) if layer.pool else s_in


def seen(
    layer: Dense | Conv, activity: np.ndarray, t: int, delays: np.ndarray | None = None
) -> np.ndarray:
    """Return what the feed-forward synapses see at step ``t`` of ``activity (T, I)``.

    ``activity`` is that of the pool, if there is one, and ``delays`` are those of the state.

    Returns
    -------
    (1, I) without delays, (O, I) with delays, (positions * groups, fan_in) unfolded for
    convolution (3.19)
    """
    return _KINDS[layer.kind].seen(layer, activity, t, delays)


def synaptic_sum(layer: Dense | Conv, w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return ``a (n_out,)`` from the feed-forward weights and what :func:`seen` gave."""
    a = _KINDS[layer.kind].synaptic_sum(layer, w, x)
    return shift_floor(a, layer.pool.shift) if layer.pool else a


def own_traces(layer: Dense | Conv, seen: list[np.ndarray]) -> np.ndarray:
    """Return the traces that each neuron's synapses see, of those that decay by each rule.

    ``seen`` has what :func:`seen` gave, or recurrent synapses see, for each of ``layer.traces``.

    Returns
    -------
    The one array of ``seen`` where all traces decay alike; else (O, columns), for convolution
    (positions * groups, group_channels, fan_in)
    """
    return seen[0] if len(seen) == 1 else _KINDS[layer.kind].own_traces(layer, seen)


def backward(layer: Dense | Conv, w: np.ndarray, v_fb: np.ndarray) -> np.ndarray:
    """Return ``W^T v_fb``, ``(n_in,)``: the transposed operation (3.16, 3.21).

    Delays and recurrent synapses take no part in it.
    """
    v = _KINDS[layer.kind].backward(layer, w, v_fb)
    return pooling.spread(layer.pool, v) if layer.pool else v


def per_synapse(layer: Dense | Conv, q: np.ndarray, traces: np.ndarray) -> np.ndarray:
    """Return a value per neuron, ``q (n_out,)``, times what each of its synapses keeps.

    ``traces`` are what :func:`seen` gave, or of this function's own shape: ``(O, columns)``, for
    convolution ``(positions * groups, group_channels, fan_in)``, since each position has synapses
    of its own.
    """
    return _KINDS[layer.kind].per_synapse(layer, q, traces)


def per_weight(layer: Dense | Conv, delta: np.ndarray) -> np.ndarray:
    """Return what :func:`per_synapse` gave, summed over the synapses that share a weight."""
    return _KINDS[layer.kind].per_weight(layer, delta)
