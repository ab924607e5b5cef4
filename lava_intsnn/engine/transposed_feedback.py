"""Feedback to the layer below through the transposed weights (3.15-3.16, 3.21), in every form."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numba import types

from lava_intsnn.engine.gated_feedback import feedback_of_changes, feedback_of_steps
from lava_intsnn.engine.jit import chosen_by_type, compiled, kernel, saturate, shift_floor
from lava_intsnn.engine.sparse_rows import MOST
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
        self._runs = Runs.of(_SEEN[layer.kind](layer), layer.groups)
        self._gated = gated
        windows = layer.pool.windows.unfolded() if layer.pool else _NO_POOL
        self._pool = windows, np.zeros(layer.n_in, total_dtype)
        self._total = np.zeros(len(windows) or layer.n_in, total_dtype)
        self._terms: np.ndarray | None = None
        if gated and layer.kind == "dense" and not layer.pool:
            self._terms = np.zeros((layer.n_out, layer.n_in), total_dtype)

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
        positions = len(self._runs.runs)
        if self._terms is not None and steps and out.shape[1] > 1:
            to = shift, lim, active
            if v_fb.shape[1] == 1:
                scratch = self._terms, self._total
                feedback_of_changes(gates, v_fb[:, 0], w_rows, *to, *scratch, out)
                return
            if gates.shape[2] <= MOST:
                contiguous = np.ascontiguousarray(gates)
                feedback_of_steps(contiguous, v_fb, w_rows, *to, self._total, out)
                return
        _propagate(
            gates.reshape(len(gates), *steps, positions, -1),
            v_fb.reshape(*v_fb.shape[:2], positions, -1),
            w_rows.reshape(self._runs.groups, -1, w_rows.shape[1]),
            self._runs,
            self._gated,
            shift,
            lim,
            active,
            self._total,
            self._pool,
            out,
        )


class Runs(NamedTuple):
    """Where the synapses of a position are neighbours both in the image and in the weights.

    A position stands for one group of filters. Run ``k < runs[p]`` of position ``p`` has
    ``length[p, k]`` synapses, from ``image[p, k]`` and column ``column[p, k]`` on; all int64.
    """

    runs: np.ndarray
    image: np.ndarray
    column: np.ndarray
    length: np.ndarray
    groups: int

    @classmethod
    def of(cls, seen: np.ndarray, groups: int) -> Runs:
        """Return the runs of ``seen (positions, fan_in)``, the input of each synapse or -1."""
        before = np.pad(seen, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
        begins = (seen >= 0) & ((before < 0) | (seen != before + 1))
        count = begins.sum(axis=1)
        position, first = np.nonzero(begins)
        number = np.cumsum(begins, axis=1) - 1  # of the run that a synapse is in
        shape = len(seen), max(1, int(count.max()))
        image, column, length = (np.zeros(shape, np.int64) for _ in range(3))
        image[position, number[position, first]] = seen[position, first]
        column[position, number[position, first]] = first
        inside = np.nonzero(seen >= 0)
        np.add.at(length, (inside[0], number[inside]), 1)
        return cls(count, image, column, length, groups)


def _patches(layer: Dense | Conv) -> np.ndarray:
    return cast(Conv, layer).patches()


def _all_inputs(layer: Dense | Conv) -> np.ndarray:
    return np.arange(layer.fan_in)[None]


#: Kind of layer -> what the synapses of each position see.
_SEEN = {"dense": _all_inputs, "conv": _patches}
_NO_POOL = np.zeros((0, 1), np.int64)


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
def _propagate(gates, v_fb, w_rows, runs, gated, shift, lim, active, total, pool, out):
    """Write feedback into ``out``.

    ``gates`` is uint32 ``(B, positions, >= C)`` or uint8 ``(B, T, positions, C)``, ``v_fb`` int32
    ``(B, T or 1, positions, >= C)``, ``w_rows`` int32 ``(groups, C, fan_in)``. ``total`` is scratch
    for each input that synapses see; ``pool`` has its windows, none without a pool, and scratch
    ``(I,)``.
    """
    count, image, column, length, groups = runs
    windows, spread = pool
    last = v_fb.shape[1] - 1
    # one position of a convolution may see all of its image, from a later column on
    all_to_all = count.shape[0] == 1 and length[0, 0] == total.shape[0] and column[0, 0] == 0
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for t in range(out.shape[1]):
            total[:] = 0
            v_fb_t = v_fb[b, min(t, last)]
            for p in range(v_fb.shape[2]):
                w_p = w_rows[p % groups]
                for c in range(w_p.shape[0]):
                    q = v_fb_t[p, c]
                    if q == 0 or (gated and not _is_open(gates, b, t, p, c)):
                        continue
                    w_c = w_p[c]
                    if all_to_all:  # a slice costs as much as its sums
                        for i in range(total.shape[0]):
                            total[i] += w_c[i] * q
                        continue
                    for k in range(count[p]):
                        seen, synapses = total[image[p, k] :], w_c[column[p, k] :]
                        for j in range(length[p, k]):
                            seen[j] += synapses[j] * q
            if windows.shape[0] == 0:
                _limited(total, shift, lim, out[b, t])
                continue
            spread[:] = 0
            for window in range(windows.shape[0]):
                for k in range(windows.shape[1]):
                    if windows[window, k] >= 0:
                        spread[windows[window, k]] += total[window]
            _limited(spread, shift, lim, out[b, t])


@kernel
def _limited(total, shift, lim, out):
    for i in range(total.shape[0]):
        out[i] = saturate(shift_floor(np.int64(total[i]), shift), lim)
