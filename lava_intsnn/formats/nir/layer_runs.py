"""Layers of floats and of integers run on the same spikes, to see how many differ."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lava_intsnn.formats.nir.float_stages import FloatStage
from lava_intsnn.formats.nir.quantise import QuantisedStage
from lava_intsnn.network import Conv, Dense
from lava_intsnn.reference.membrane import advance, resting
from lava_intsnn.reference.synaptic_sum import pooled


def float_spikes(floats: FloatStage, layer: Dense | Conv, spikes: np.ndarray) -> np.ndarray:
    """Return the spikes (N, T, O) of a layer of floats for input (N, T, I), float64 inside.

    ``layer`` is its quantised form, of which the geometry is used.
    """
    sums = _sums(layer, floats.synapses.w, spikes, floats.synapses.delays) + floats.input_bias
    u = np.zeros((len(spikes), layer.n_out))
    v, s = np.zeros_like(u), np.zeros_like(u)
    keep_u, keep_v = 1 - floats.current_leak, 1 - floats.voltage_leak
    found = np.zeros(sums.shape, np.uint8)
    for t in range(sums.shape[1]):
        u = keep_u * u + sums[:, t]
        if floats.w_rec is not None:
            u = u + s @ floats.w_rec.T
        v = keep_v * v + u + floats.drive
        s = (v > floats.theta).astype(np.float64)
        v = np.where(s > 0, 0.0 if floats.hard else v - floats.theta, v)
        found[:, t] = s
    return found


def integer_spikes(quantised: QuantisedStage, spikes: np.ndarray) -> np.ndarray:
    """Return the spikes (N, T, O) of a layer of integers, those of the reference."""
    layer, w = quantised.layer, quantised.weights
    feed = w if layer.recurrence is None else w[:, : -layer.n_out]
    # float64 adds integers of up to 53 bits without rounding, and fast
    sums = _sums(layer, feed.astype(np.float64), spikes, quantised.delays).astype(np.int64)
    w_rec = None if layer.recurrence is None else w[:, -layer.n_out :].T
    found = np.zeros(sums.shape, np.uint8)
    # neurons of all samples side by side: numbers of each neuron repeat
    states = resting(layer.neuron, len(spikes) * layer.n_out)
    s = np.zeros((len(spikes), layer.n_out), np.int64)
    for t in range(sums.shape[1]):
        a = sums[:, t] if w_rec is None else sums[:, t] + s @ w_rec
        states, _, s, _ = advance(layer.neuron, states, a.ravel())
        s = s.reshape(len(spikes), layer.n_out)
        found[:, t] = s
    return found


def differing(theirs: np.ndarray, ours: np.ndarray) -> tuple[float, float]:
    """Return the share of spikes that differ, and the share of spikes among theirs."""
    return float((theirs != ours).mean()), float(theirs.mean())


def _sums(
    layer: Dense | Conv, w: np.ndarray, spikes: np.ndarray, delays: np.ndarray | None
) -> np.ndarray:
    """Return the feed-forward sums (N, T, O)."""
    found = np.empty((*spikes.shape[:2], layer.n_out))
    for n, sample in enumerate(spikes):
        x = pooled(layer, sample.astype(np.int64)).astype(np.float64)
        found[n] = _KINDS[layer.kind](layer, w, x, delays)
    return found


def _dense(layer: Dense, w: np.ndarray, x: np.ndarray, delays: np.ndarray | None) -> np.ndarray:
    if delays is None:
        return x @ w.T
    total = np.zeros((len(x), len(w)))
    for d in np.unique(delays):
        if d < len(x):
            total[d:] += x[: len(x) - d] @ np.where(delays == d, w, 0.0).T
    return total


def _conv(layer: Conv, w: np.ndarray, x: np.ndarray, delays: np.ndarray | None) -> np.ndarray:
    padded = np.hstack([x, np.zeros((len(x), 1))])  # index -1 is the padding
    by_group = w.reshape(layer.groups, -1, w.shape[1])
    total = np.empty((len(x), layer.n_out))
    for t, frame in enumerate(padded):
        seen = frame[layer.patches()].reshape(-1, layer.groups, w.shape[1])
        a = np.matmul(seen.transpose(1, 0, 2), by_group.transpose(0, 2, 1))  # (G, positions, C/G)
        total[t] = a.transpose(1, 0, 2).ravel()
    return total


_KINDS: dict[str, Callable[..., np.ndarray]] = {"dense": _dense, "conv": _conv}
