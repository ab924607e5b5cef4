"""Feed-forward synapses of one layer for some samples of a batch: dense, delayed, convolutional.

All are linear in what they see, so traces are kept per input, and unfolded or delayed only where a
product needs it. Weights belong to the layer; here are only the samples' buffers.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from lava_intsnn.floating.float_weights import Weights
from lava_intsnn.network import Conv


def synapses_of(weights: Weights, *, rows: int, steps: int) -> FloatDense | FloatConv:
    """Return the synapses of a layer for ``rows`` samples."""
    layer = weights.layer
    return _KINDS[layer.kind, layer.max_delay > 0](weights, rows=rows, steps=steps)


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


class FloatDelayed(FloatDense):
    """All to all, each synapse with a delay of its own: one sparse matrix for each delay."""

    def __init__(self, weights: Weights, *, rows: int, steps: int) -> None:
        super().__init__(weights, rows=rows, steps=steps)
        self._seen = np.zeros((steps, rows, weights.layer.n_in), np.float32)

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
    """Filters shared by all positions, as products with the unfolded image."""

    def __init__(self, weights: Weights, *, rows: int, steps: int) -> None:
        self._layer = layer = cast(Conv, weights.layer)
        self._weights = weights
        patches = layer.patches()
        self._index = np.where(patches < 0, layer.n_in, patches).ravel()
        self._padded = np.zeros((rows, layer.n_in + 1), np.float32)  # the last is the padding
        self._columns = np.zeros((rows, self._index.size), np.float32)

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum of step ``t``."""
        return (self._unfold(x) @ self._weights.forward.T).reshape(len(x), -1)

    def backward(self, v_fb: np.ndarray) -> np.ndarray:
        """Return the transposed convolution."""
        layer = self._layer
        height, width, channels = layer.in_shape
        rows, columns, filters = layer.out_shape
        kernel, stride, padding = layer.kernel, layer.stride, layer.padding
        n = len(v_fb)
        terms = (v_fb.reshape(-1, filters) @ self._weights.forward).reshape(
            n, rows, columns, kernel, kernel, channels
        )
        total = np.zeros((n, height + 2 * padding, width + 2 * padding, channels), np.float32)
        for ky in range(kernel):
            y = slice(ky, ky + stride * (rows - 1) + 1, stride)
            for kx in range(kernel):
                x = slice(kx, kx + stride * (columns - 1) + 1, stride)
                total[:, y, x] += terms[:, :, :, ky, kx]
        inside = total[:, padding : padding + height, padding : padding + width]
        return np.ascontiguousarray(inside).reshape(n, -1)

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update, summed over positions: one product a step."""
        total = np.zeros(self._layer.weight_shape, np.float32)
        for q_t, t_pre_t in zip(q, t_pre):
            total += q_t.reshape(-1, self._layer.channels).T @ self._unfold(t_pre_t)
        return total

    def _unfold(self, x: np.ndarray) -> np.ndarray:
        """Return the patches ``(B * positions, fan_in)``, in a buffer the next call overwrites."""
        self._padded[:, :-1] = x
        # "clip" writes to the buffer directly, "raise" through another; the indices are in range
        np.take(self._padded, self._index, axis=1, out=self._columns, mode="clip")
        return self._columns.reshape(-1, self._layer.fan_in)


#: By the kind of the layer and whether it has delays.
_KINDS: dict[tuple[str, bool], type[FloatDense] | type[FloatConv]] = {
    ("dense", False): FloatDense,
    ("dense", True): FloatDelayed,
    ("conv", False): FloatConv,
}
