"""The output layer at a sample's last step: prediction and error (3.6)."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.jit import kernel, saturate, shift_floor
from lava_intsnn.network import Network


@kernel
def _predict(count, v, tie_break, prediction):
    for b in range(count.shape[0]):
        best = 0
        for o in range(1, count.shape[1]):
            tie = tie_break and count[b, o] == count[b, best] and v[b, o] > v[b, best]
            if count[b, o] > count[b, best] or tie:
                best = o
        prediction[b] = best


def predict(network: Network, count: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the classes ``(B,)`` int32 for spike counts ``(B, O)`` and final potentials."""
    prediction = np.empty(len(count), np.int32)
    _predict(count, v, network.tie_break, prediction)
    return prediction


@kernel
def _error(count, labels, alpha, count_shift, one_sided, err_lim, err, active):
    for b in range(count.shape[0]):
        active[b] = False
        label = labels[b]
        for o in range(count.shape[1]):
            e = np.int64(0)
            if label >= 0:
                e = shift_floor(count[b, o] * alpha, count_shift)
                if o == label:
                    e -= alpha
                    if one_sided:
                        e = min(e, np.int64(0))
            err[b, o] = saturate(e, err_lim)
            active[b] |= err[b, o] != 0


def error(network: Network, count: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the errors ``(B, O)`` int32 and which samples have any, bool ``(B,)``.

    A label of -1 marks a sample that is not to be learned: its error is 0.
    """
    err = np.empty(count.shape, np.int32)
    active = np.empty(len(count), np.bool_)
    loss = network.loss
    _error(
        count,
        labels,
        np.int64(loss.alpha),
        np.int64(network.count_shift),
        loss.kind == "one_sided",
        np.int64(limit(loss.err_bits)),
        err,
        active,
    )
    return err, active
