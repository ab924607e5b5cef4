"""Feed-forward synapses of one layer for some samples of a batch: dense, delayed, convolutional.

All are linear in what they see, so traces are kept per input, and pooled, unfolded or delayed only
where a product needs it. Weights belong to the layer; here are only the samples' buffers.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from lava_intsnn.floating.float_weights import Weights, half_power
from lava_intsnn.network import Conv, Pool


def synapses_of(weights: Weights, *, rows: int, steps: int) -> FloatDense | FloatConv | FloatPooled:
    """Return the synapses of a layer for ``rows`` samples."""
    layer = weights.layer
    found = _KINDS[layer.kind, layer.max_delay > 0](weights, rows=rows, steps=steps)
    return FloatPooled(found, layer.pool) if layer.pool else found


class FloatDense:
    """All to all."""

    def __init__(self, weights: Weights, *, rows: int, steps: int) -> None:
        self._weights = weights

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum ``(B, O)`` of step ``t`` for activity ``x (B, I)``."""
        return x @ self._weights.forward.T

    def backward(self, v_fb: np.ndarray) -> np.ndarray:
        """Return ``W^T v_fb``, ``(B, I)``, for ``v_fb (B, O)``; delays take no part in it."""
        return v_fb @ self._weights.forward

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update ``(rows, fan_in)``: one product over all steps and samples.

        Parameters
        ----------
        q : float32 (T, B, O)
            Gated errors.
        t_pre : float32 (T, B, I)
            Traces.
        """
        return q.reshape(-1, q.shape[2]).T @ t_pre.reshape(-1, t_pre.shape[2])

    def slope(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return what the update would be with one step more of delay, less what it is."""
        before = np.concatenate([np.zeros_like(t_pre[:1]), t_pre[:-1]])
        return self.delta(q, before - t_pre)


class FloatDelayed(FloatDense):
    """All to all, each synapse with a delay of its own: one sparse matrix for each delay."""

    def __init__(self, weights: Weights, *, rows: int, steps: int) -> None:
        super().__init__(weights, rows=rows, steps=steps)
        self._seen = np.zeros((steps, rows, weights.layer.fan_in), np.float32)

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum of step ``t``."""
        self._seen[t] = x
        by_delay = self._weights.by_delay
        a = x @ by_delay[0].T
        for d in range(1, min(t, len(by_delay) - 1) + 1):
            a += self._seen[t - d] @ by_delay[d].T
        return a

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update: one product for each delay."""
        total = np.zeros_like(self._weights.by_delay[0])
        for d, mask in enumerate(self._weights.delay_masks):
            total += super().delta(q[d:], t_pre[: len(t_pre) - d]) * mask
        return total


class FloatConv:
    """Filters shared by all positions, as products with the unfolded image, group by group."""

    def __init__(self, weights: Weights, *, rows: int, steps: int) -> None:
        self._layer = layer = cast(Conv, weights.layer)
        self._weights = weights
        patches, neurons = layer.patches(), layer.windows.neurons
        self._index = np.where(patches < 0, neurons, patches).ravel()
        self._padded = np.zeros((rows, neurons + 1), np.float32)  # the last is the padding
        self._columns = np.zeros((rows, self._index.size), np.float32)
        each = layer.group_channels
        self._filters = [slice(g * each, (g + 1) * each) for g in range(layer.groups)]

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum of step ``t``."""
        seen, w = self._unfold(x), self._weights.forward
        sums = [seen[:, g] @ w[own].T for g, own in enumerate(self._filters)]
        return _side_by_side(sums).reshape(len(x), -1)

    def backward(self, v_fb: np.ndarray) -> np.ndarray:
        """Return the transposed convolution."""
        layer, windows, n = self._layer, self._layer.windows, len(v_fb)
        (height, width, channels), (rows, columns) = windows.in_shape, windows.positions
        v_fb, w = v_fb.reshape(-1, layer.channels), self._weights.forward
        terms = [
            (v_fb[:, own] @ w[own]).reshape(n, rows, columns, *windows.kernel, -1)
            for own in self._filters
        ]
        each = _side_by_side(terms)
        (top, left), (down, right) = windows.padding, windows.stride
        total = np.zeros((n, height + 2 * top, width + 2 * left, channels), np.float32)
        for ky in range(windows.kernel[0]):
            first = ky * windows.dilation[0]
            y = slice(first, first + down * (rows - 1) + 1, down)
            for kx in range(windows.kernel[1]):
                first = kx * windows.dilation[1]
                x = slice(first, first + right * (columns - 1) + 1, right)
                total[:, y, x] += each[:, :, :, ky, kx]
        inside = total[:, top : top + height, left : left + width]
        return np.ascontiguousarray(inside).reshape(n, -1)

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update, summed over positions: one product a step and group."""
        total = np.zeros(self._layer.weight_shape, np.float32)
        for q_t, t_pre_t in zip(q, t_pre):
            errors, seen = q_t.reshape(-1, self._layer.channels), self._unfold(t_pre_t)
            for g, own in enumerate(self._filters):
                total[own] += errors[:, own].T @ seen[:, g]
        return total

    def _unfold(self, x: np.ndarray) -> np.ndarray:
        """Return patches ``(B * positions, groups, fan_in)``, which the next call overwrites."""
        self._padded[:, :-1] = x
        # "clip" writes to the buffer directly, "raise" through another; the indices are in range
        np.take(self._padded, self._index, axis=1, out=self._columns, mode="clip")
        return self._columns.reshape(-1, self._layer.groups, self._layer.fan_in)


class FloatPooled:
    """Synapses of any kind behind a pool."""

    def __init__(self, inner: FloatDense | FloatConv, pool: Pool) -> None:
        self._inner, self._pool, windows = inner, pool, pool.windows.unfolded()
        self._neurons = pool.windows.neurons
        self._windows = np.where(windows < 0, self._neurons, windows)

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum of step ``t``."""
        return self._inner.forward(self._pooled(x), t) * half_power(self._pool.shift)

    def backward(self, v_fb: np.ndarray) -> np.ndarray:
        """Return what reaches each input: every neuron of a window hears the same."""
        heard = self._inner.backward(v_fb)
        total = np.zeros((len(heard), self._neurons + 1), np.float32)
        for entry in self._windows.T:  # one neuron of every window: they differ, but for padding
            total[:, entry] += heard
        return total[:, :-1]

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update of what the windows' traces add up to."""
        return self._inner.delta(q, self._pooled(t_pre))

    def slope(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the slope of what the windows' traces add up to."""
        assert isinstance(self._inner, FloatDense)  # no others have delays
        return self._inner.slope(q, self._pooled(t_pre))

    def _pooled(self, x: np.ndarray) -> np.ndarray:
        """Return the sums of the windows of ``x (..., I)``."""
        padded = np.concatenate([x, np.zeros((*x.shape[:-1], 1), np.float32)], axis=-1)
        return padded[..., self._windows].sum(axis=-1)


def _side_by_side(groups: list[np.ndarray]) -> np.ndarray:
    """Return arrays of each group as one, channels last."""
    return np.concatenate(groups, axis=-1) if groups[1:] else groups[0]


#: By the kind of the layer and whether it has delays.
_KINDS: dict[tuple[str, bool], type[FloatDense] | type[FloatConv]] = {
    ("dense", False): FloatDense,
    ("dense", True): FloatDelayed,
    ("conv", False): FloatConv,
}
