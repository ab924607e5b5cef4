"""Feedback to the layer below through the transposed weights (3.15-3.16, 3.21), in every form."""

from __future__ import annotations

from typing import cast

import numpy as np
from numba import types

from lava_intsnn.engine.jit import chosen_by_type, compiled, kernel, saturate, shift_floor
from lava_intsnn.network import Conv, Dense

_ONE = np.uint32(1)


class TransposedFeedback:
    """Hands a layer's feedback voltages to the layer below: geometry and scratch of one worker.

    Delays and recurrent synapses take no part in it.

    Parameters
    ----------
    layer : Dense or Conv
    gated : bool
        Multiply feedback voltages with the layer's gates, step by step.
    total_dtype : dtype
        int32 or int64, wide enough for the sums.
    """

    def __init__(self, layer: Dense | Conv, *, gated: bool, total_dtype: np.dtype) -> None:
        self._geometry = _GEOMETRIES[layer.kind](layer)
        self._positions = layer.sharing
        self._gated = gated
        self._total = np.zeros(layer.n_in, total_dtype)

    def propagate(
        self,
        gates: np.ndarray,
        v_fb: np.ndarray,
        w_rows: np.ndarray,
        active: np.ndarray,
        out: np.ndarray,
        *,
        shift: np.int64,
        lim: np.int64,
    ) -> None:
        """Write the feedback voltages of the layer below into ``out (n, T or 1, >= I)``.

        Parameters
        ----------
        gates : uint32 (n, ...) or uint8 (n, T, O)
            Of this layer: words of the positions' neurons with their padding, or steps.
        v_fb : int32 (n, T or 1, >= O)
            Of this layer.
        w_rows : int32 (rows, fan_in)
            Inference weights of this layer.
        active : bool (n,)
            Samples with an error; the others are left as they are.
        shift, lim : int64
            Shift and limit of the layer below.
        """
        steps = gates.shape[1:2] if gates.dtype == np.uint8 else ()
        _propagate(
            gates.reshape(len(gates), *steps, self._positions, -1),
            v_fb.reshape(*v_fb.shape[:2], self._positions, -1),
            w_rows,
            self._geometry,
            self._gated,
            shift,
            lim,
            active,
            self._total,
            out,
        )


def _conv_geometry(layer: Dense | Conv) -> tuple[int, ...]:
    """Return height, width, channels of the input; width of the output; kernel, stride, padding."""
    layer = cast(Conv, layer)
    return *layer.in_shape, layer.out_shape[1], layer.kernel, layer.stride, layer.padding


def _dense_geometry(layer: Dense | Conv) -> tuple[int, ...]:
    """Return that of a convolution with one position, which sees one pixel of ``n_in`` channels."""
    return 1, 1, layer.n_in, 1, 1, 1, 0


_GEOMETRIES = {"dense": _dense_geometry, "conv": _conv_geometry}


@compiled
def _open_in_word(gates, b, t, p, c):
    return (gates[b, p, c] >> np.uint32(t)) & _ONE


@compiled
def _open_at_step(gates, b, t, p, c):
    return gates[b, t, p, c]


@chosen_by_type
def _is_open(gates, b, t, p, c):
    """Return whether the gate of filter ``c`` at position ``p`` is open at step ``t``."""
    return _open_in_word if gates.dtype == types.uint32 else _open_at_step


@kernel
def _propagate(gates, v_fb, w_rows, geometry, gated, shift, lim, active, total, out):
    """Write feedback into ``out``.

    ``gates`` is uint32 ``(B, positions, >= C)`` or uint8 ``(B, T, positions, C)``, ``v_fb`` int32
    ``(B, T or 1, positions, >= C)``, ``w_rows`` int32 ``(C, fan_in)``.
    """
    height, width, c_in, out_width, size, stride, padding = geometry
    last = v_fb.shape[1] - 1
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for t in range(out.shape[1]):
            total[:] = 0
            v_fb_t = v_fb[b, min(t, last)]
            for p in range(v_fb.shape[2]):
                top, left = p // out_width * stride - padding, p % out_width * stride - padding
                y_first, y_last = max(0, -top), min(size, height - top)
                x_first, x_last = max(0, -left), min(size, width - left)
                n = (x_last - x_first) * c_in  # a row of the patch, in the image and in w
                for c in range(w_rows.shape[0]):
                    q = v_fb_t[p, c]
                    if q == 0 or (gated and not _is_open(gates, b, t, p, c)):
                        continue
                    if height * width * size == 1:  # all to all: a slice costs as much as its sums
                        for i in range(total.shape[0]):
                            total[i] += w_rows[c, i] * q
                        continue
                    for y in range(y_first, y_last):
                        image = total[((top + y) * width + left + x_first) * c_in :]
                        weights = w_rows[c, (y * size + x_first) * c_in :]
                        for j in range(n):
                            image[j] += weights[j] * q
            for i in range(total.shape[0]):
                out[b, t, i] = saturate(shift_floor(np.int64(total[i]), shift), lim)
