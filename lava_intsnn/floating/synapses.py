"""Feed-forward synapses in float32: dense, delayed, convolutional.

All are linear in what they see, so traces are kept per input, and unfolded or delayed only where a
product needs it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from lava_intsnn.network import Conv, Dense


class Synapses(Protocol):
    """What a layer asks of its feed-forward synapses."""

    def load(self, w: np.ndarray) -> None:
        """Take inference weights ``w (rows, fan_in)``."""

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum ``(B, O)`` of step ``t`` for activity ``x (B, I)``."""

    def backward(self, v_fb: np.ndarray) -> np.ndarray:
        """Return ``W^T v_fb``, ``(B, I)``, for ``v_fb (B, O)``; delays take no part in it."""

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update ``(rows, fan_in)`` from gated errors and traces.

        Parameters
        ----------
        q : float32 (T, B, O)
        t_pre : float32 (T, B, I)
        """


def synapses_of(layer: Dense | Conv, *, batch: int, steps: int) -> Synapses:
    """Return the synapses of ``layer``."""
    if isinstance(layer, Conv):
        return ConvSynapses(layer, batch=batch)
    if layer.max_delay:
        return DelayedSynapses(layer, batch=batch, steps=steps)
    return DenseSynapses(layer)


class DenseSynapses:
    """All to all."""

    def __init__(self, layer: Dense) -> None:
        self.layer = layer
        self._w = np.zeros((layer.n_out, layer.n_in), np.float32)

    def load(self, w: np.ndarray) -> None:
        """Take inference weights."""
        self._w[:] = w

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum of step ``t``."""
        return x @ self._w.T

    def backward(self, v_fb: np.ndarray) -> np.ndarray:
        """Return ``W^T v_fb``."""
        return v_fb @ self._w

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update: one product over all steps and samples."""
        return q.reshape(-1, q.shape[2]).T @ t_pre.reshape(-1, t_pre.shape[2])


class DelayedSynapses(DenseSynapses):
    """All to all, each synapse with a delay of its own: one sparse matrix for each delay."""

    def __init__(self, layer: Dense, *, batch: int, steps: int) -> None:
        super().__init__(layer)
        delays = layer.delays()
        # a delay that no sample is long enough for is a synapse that never sees anything
        self._masks = [delays == d for d in range(min(layer.max_delay, steps - 1) + 1)]
        self._w_of = np.zeros((len(self._masks), layer.n_out, layer.n_in), np.float32)
        self._seen = np.zeros((steps, batch, layer.n_in), np.float32)

    def load(self, w: np.ndarray) -> None:
        """Take inference weights."""
        super().load(w)
        for w_of, mask in zip(self._w_of, self._masks):
            w_of[:] = w * mask

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum of step ``t``."""
        self._seen[t] = x
        a = x @ self._w_of[0].T
        for d in range(1, min(t, len(self._masks) - 1) + 1):
            a += self._seen[t - d] @ self._w_of[d].T
        return a

    def delta(self, q: np.ndarray, t_pre: np.ndarray) -> np.ndarray:
        """Return the update: one product for each delay."""
        total = np.zeros((self.layer.n_out, self.layer.n_in), np.float32)
        for d, mask in enumerate(self._masks):
            total += super().delta(q[d:], t_pre[: len(t_pre) - d]) * mask
        return total


class ConvSynapses:
    """Filters shared by all positions, as products with the unfolded image."""

    def __init__(self, layer: Conv, *, batch: int) -> None:
        self.layer = layer
        self._w = np.zeros(layer.weight_shape, np.float32)
        patches = layer.patches()
        self._index = np.where(patches < 0, layer.n_in, patches).ravel()
        self._padded = np.zeros((batch, layer.n_in + 1), np.float32)  # the last is the padding
        self._columns = np.zeros((batch, self._index.size), np.float32)

    def load(self, w: np.ndarray) -> None:
        """Take inference weights."""
        self._w[:] = w

    def forward(self, x: np.ndarray, t: int) -> np.ndarray:
        """Return the synaptic sum of step ``t``."""
        return (self._unfold(x) @ self._w.T).reshape(len(x), -1)

    def backward(self, v_fb: np.ndarray) -> np.ndarray:
        """Return the transposed convolution."""
        layer = self.layer
        height, width, channels = layer.in_shape
        rows, columns, filters = layer.out_shape
        kernel, stride, padding = layer.kernel, layer.stride, layer.padding
        n = len(v_fb)
        terms = (v_fb.reshape(-1, filters) @ self._w).reshape(
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
        total = np.zeros(self.layer.weight_shape, np.float32)
        for q_t, t_pre_t in zip(q, t_pre):
            total += q_t.reshape(-1, self.layer.channels).T @ self._unfold(t_pre_t)
        return total

    def _unfold(self, x: np.ndarray) -> np.ndarray:
        """Return the patches ``(B * positions, fan_in)``, in a buffer the next call overwrites."""
        self._padded[:, :-1] = x
        # "clip" writes to the buffer directly, "raise" through another; the indices are in range
        np.take(self._padded, self._index, axis=1, out=self._columns, mode="clip")
        return self._columns.reshape(-1, self.layer.fan_in)
