"""The output layer: prediction and error (3.6-3.8)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import Stream, limit
from lava_intsnn.engine.jit import compiled, draw_below, fold, kernel, saturate, shift_floor
from lava_intsnn.network import Network
from lava_intsnn.network.error_points import ErrorPoint
from lava_intsnn.network.softmax_table import EXP_STEPS, exponentials

_STANDARD, _ONE_SIDED, _POSITIVE, _RANDOM, _SOFTMAX = 0, 1, 2, 3, 4
_LOSS_CODES = {
    "standard": _STANDARD,
    "one_sided": _ONE_SIDED,
    "positive": _POSITIVE,
    "random": _RANDOM,
    "softmax": _SOFTMAX,
}
_STREAM = np.uint64(Stream.LOSS)
_THREE = np.uint64(3)


class ErrorConstants(NamedTuple):
    """A network's loss and error neurons as the kernels take them, all int64 but for ``exp``.

    ``first`` and ``last`` are the first and the last step whose error counts, ``length`` the steps
    that the one of ``last`` is about. ``exp`` are the exponentials of a softmax, int64, and
    ``exp_shift`` brings differences of counts to the steps of that table, to the left.
    """

    kind: np.int64
    alpha: np.int64
    err_lim: np.int64
    err_vth: np.int64
    err_shift: np.int64
    first: np.int64
    last: np.int64
    length: np.int64
    exp_shift: np.int64
    exp: np.ndarray


def error_constants(network: Network, point: ErrorPoint | None = None) -> ErrorConstants:
    """Return what the kernels need of the loss and of the error neurons of ``network``.

    ``point`` is where the error is computed, by default the last one.
    """
    loss, feedback = network.loss, network.feedback
    point = point or network.error_points[-1]
    last = point.last
    return ErrorConstants(
        kind=np.int64(_LOSS_CODES[loss.kind]),
        alpha=np.int64(loss.alpha),
        err_lim=np.int64(limit(loss.err_bits)),
        err_vth=np.int64(feedback.err_vth),
        err_shift=np.int64(feedback.err_shift),
        first=np.int64(feedback.soft_start if feedback.propagation == "feedback" else last),
        last=np.int64(last),
        length=np.int64(point.length),
        exp_shift=np.int64(EXP_STEPS - loss.temperature_shift),
        exp=exponentials(),
    )


# --- prediction -----------------------------------------------------------------------------------


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


# --- error ----------------------------------------------------------------------------------------


@compiled
def _count_shift(length):
    """Return ``floor(log2(length))``."""
    shift = np.int64(0)
    while np.int64(length) >> (shift + 1):
        shift += 1
    return shift


@compiled
def _random_sign(loss_key, index):
    """Return the random loss's draw ``index`` out of -1, 0, 1 (3.8)."""
    return np.int64(draw_below(loss_key, np.uint64(index), _THREE)) - 1


@compiled
def _scale_softmax(count, constants, scaled):
    """Write ``alpha`` times the softmax of ``count (O,)`` to the nearest integers."""
    alpha, shift, table = constants.alpha, constants.exp_shift, constants.exp
    most = np.int64(count[0])
    for o in range(1, count.shape[0]):
        most = max(most, np.int64(count[o]))
    total = np.int64(0)
    for o in range(count.shape[0]):
        z = most - np.int64(count[o])
        z = z << shift if shift > 0 else shift_floor(z, -shift)
        scaled[o] = table[min(z, table.shape[0] - 1)]
        total += scaled[o]
    for o in range(count.shape[0]):
        scaled[o] = (2 * alpha * scaled[o] + total) // (2 * total)


@compiled
def scale(count, length, constants, scaled):
    """Write what the outputs ``count (O,)`` say in units of ``alpha`` into ``scaled``, int64."""
    if constants.kind == _SOFTMAX:
        _scale_softmax(count, constants, scaled)
        return
    shift = _count_shift(length)
    for o in range(count.shape[0]):
        scaled[o] = shift_floor(np.int64(count[o]) * constants.alpha, shift)


@compiled
def prediction_error(scaled, is_label, constants, loss_key, index):
    """Return one output's error (3.6-3.8) from what :func:`scale` wrote; int64."""
    kind, err = constants.kind, scaled
    if is_label:
        err -= constants.alpha
        if kind == _ONE_SIDED and err > 0:
            err = np.int64(0)
    elif err == 0 and kind == _POSITIVE:
        err = np.int64(1)
    elif err == 0 and kind == _RANDOM:
        err = _random_sign(loss_key, index)
    return saturate(err, constants.err_lim)


@kernel
def direct_error(count, labels, keys, constants, e, active):
    """Compute the error ``e (B, O)`` int32 of the last step, and whose is not 0.

    ``constants`` are :class:`ErrorConstants`, ``active`` bool ``(B,)``.
    """
    last = constants.last
    n_out = count.shape[1]
    scaled = np.zeros(n_out, np.int64)
    for b in range(count.shape[0]):
        label = labels[b]
        active[b] = False
        loss_key = fold(keys[b], _STREAM)
        if label >= 0:
            scale(count[b], constants.length, constants, scaled)
        for o in range(n_out):
            err = np.int64(0)
            if label >= 0:
                err = prediction_error(scaled[o], o == label, constants, loss_key, last * n_out + o)
            e[b, o] = err
            active[b] |= err != 0
