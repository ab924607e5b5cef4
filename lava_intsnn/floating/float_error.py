"""The output layer's error in float32, and the error neurons (3.6-3.13)."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Stream, draw_below, fold
from lava_intsnn.floating.float_points import float_answer
from lava_intsnn.floating.float_weights import half_power
from lava_intsnn.network import Network
from lava_intsnn.network.error_points import ErrorPoint


def prediction_error(
    network: Network,
    count: np.ndarray,
    labels: np.ndarray,
    *,
    t: int,
    keys: np.ndarray,
    length: int | None = None,
) -> np.ndarray:
    """Return the error ``(B, O)`` at step ``t`` from ``count (B, O)``; label -1 gives none.

    Parameters
    ----------
    count : float32 (B, O)
        Spikes, or answers, of the last ``length`` steps, by default of all ``0 .. t``.
    labels : integer (B,)
    keys : uint64 (B,)
        Encoding keys, from which the random loss draws.
    """
    loss, rows = network.loss, np.arange(len(count))
    known = labels >= 0
    label = np.where(known, labels, 0)
    alpha = np.float32(loss.alpha)
    if loss.kind == "softmax":
        below = count - count.max(axis=1, keepdims=True)
        power = np.exp(below * half_power(loss.temperature_shift))
        err = power * (alpha / power.sum(axis=1, keepdims=True))
    else:
        err = count * np.float32(loss.alpha / (1 << (length or t + 1).bit_length() - 1))
    err[rows, label] -= alpha
    if loss.kind == "one_sided":
        err[rows, label] = np.minimum(err[rows, label], 0)
    silent = err == 0
    silent[rows, label] = False  # the label keeps its own term
    if loss.kind == "positive":
        err[silent] = 1  # (3.7)
    if loss.kind == "random":
        err[silent] = random_signs(keys, t, count.shape[1])[silent]  # (3.8)
    err[~known] = 0
    return err.astype(np.float32, copy=False)


def random_signs(keys: np.ndarray, t: int, n: int) -> np.ndarray:
    """Return draws ``(B, n)`` out of -1, 0, 1 for step ``t``, those of the integer network."""
    with np.errstate(over="ignore"):
        loss_keys = fold(keys.astype(np.uint64), np.uint64(Stream.LOSS))
        index = np.arange(t * n, (t + 1) * n, dtype=np.uint64)
        return draw_below(loss_keys[:, None], index[None, :], np.uint64(3)).astype(np.int64) - 1


def output_error(
    network: Network, s: np.ndarray, labels: np.ndarray, keys: np.ndarray
) -> np.ndarray:
    """Return the output layer's feedback voltage ``e (P, B, O)`` of each point of errors.

    ``s (T, B, O)`` are its spikes, or the potentials of readouts.
    """
    feedback, last = network.feedback, len(s) - 1
    if feedback.propagation == "direct":
        return np.stack([_point_error(network, s, labels, keys, p) for p in network.error_points])
    count = np.cumsum(s, axis=0, dtype=np.float32)
    first = last if feedback.propagation == "final" else feedback.soft_start
    vth = np.float32(feedback.err_vth)
    e, v_pos, v_neg, s_pos, s_neg = np.zeros((5, *s.shape[1:]), np.float32)
    for t in range(first, last + 1):
        err = prediction_error(network, count[t], labels, t=t, keys=keys)
        v_pos += err - vth * s_pos  # (3.9)
        v_neg -= err + vth * s_neg  # (3.10)
        s_pos, s_neg = v_pos > vth, v_neg > vth  # (3.11, 3.12)
        e += s_pos
        e -= s_neg  # (3.13)
    return (e * np.float32(1 << feedback.err_shift))[None]


def _point_error(
    network: Network, s: np.ndarray, labels: np.ndarray, keys: np.ndarray, point: ErrorPoint
) -> np.ndarray:
    count = float_answer(network, s[point.first : point.last + 1])
    return prediction_error(network, count, labels, t=point.last, keys=keys, length=point.length)
