"""Convolutional synapses: see :mod:`.synaptic_sum`.

A row of patches belongs to a group of filters at a position; without groups, to all filters.
"""

import numpy as np

from lava_intsnn.network import Conv


def seen(layer: Conv, activity: np.ndarray, t: int, delays: np.ndarray | None) -> np.ndarray:
    """Return the image unfolded, ``(positions * groups, fan_in)`` (3.19)."""
    padded = np.append(activity[t], 0)  # index -1 is the padding
    return padded[layer.patches()]


def synaptic_sum(layer: Conv, w: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return ``a (n_out,)``, position by position, channel fastest."""
    return np.einsum("pgj,gcj->pgc", _by_group(layer, x), _by_group(layer, w, filters=True)).ravel()


def own_traces(layer: Conv, seen: list[np.ndarray]) -> np.ndarray:
    """Return ``(positions * groups, group_channels, fan_in)``, by the rule of each neuron."""
    rule = layer.trace_of().reshape(-1, layer.group_channels)
    return np.array(seen)[rule, np.arange(len(rule))[:, None]]


def backward(layer: Conv, w: np.ndarray, v_fb: np.ndarray) -> np.ndarray:
    """Return the transposed operation (3.21)."""
    total = np.zeros(layer.windows.neurons + 1, np.int64)
    v_fb = v_fb.reshape(-1, layer.groups, layer.group_channels)
    terms = np.einsum("pgc,gcj->pgj", v_fb, _by_group(layer, w, filters=True))
    np.add.at(total, layer.patches(), terms.reshape(-1, layer.fan_in))
    return total[:-1]


def per_synapse(layer: Conv, q: np.ndarray, traces: np.ndarray) -> np.ndarray:
    """Return ``(positions * groups, group_channels, fan_in)`` (3.20)."""
    if traces.ndim == 2:  # the channels of a position see the same
        traces = traces[:, None, :]
    return q.reshape(-1, layer.group_channels, 1) * traces


def per_weight(layer: Conv, delta: np.ndarray) -> np.ndarray:
    """Return ``delta`` summed over positions, ``(channels, fan_in)`` (3.22)."""
    return delta.reshape(-1, layer.channels, layer.fan_in).sum(axis=0)


def _by_group(layer: Conv, rows: np.ndarray, *, filters: bool = False) -> np.ndarray:
    """Return rows of patches ``(positions, groups, fan_in)``, or of weights by group and filter."""
    shape = (layer.groups, layer.group_channels) if filters else (-1, layer.groups)
    return rows.reshape(*shape, layer.fan_in)
