"""The output layer's error and how it is handed on (3.6-3.13)."""

import numpy as np

from lava_intsnn.arithmetic import Stream, draw_below, fold, limit, saturate, shift_floor
from lava_intsnn.network import Network
from lava_intsnn.network.error_points import ErrorPoint
from lava_intsnn.network.softmax_table import EXP_STEPS, exponentials
from lava_intsnn.reference.answer import answer


def prediction_error(
    network: Network,
    count: np.ndarray,
    label: int,
    *,
    t: int,
    key: np.uint64,
    length: int | None = None,
) -> np.ndarray:
    """Return the error ``(O,)`` at step ``t`` (3.6-3.8); label -1 means "do not learn".

    Parameters
    ----------
    count : (O,)
        Spikes, or answers, of the last ``length`` steps.
    key : uint64
        Encoding key of the sample, from which the random loss draws.
    length : int, optional
        By default all steps ``0 .. t``.
    """
    if label < 0:
        return np.zeros(len(count), np.int64)
    loss = network.loss
    if loss.kind == "softmax":
        err = softmax(network, count)
    else:
        steps_shift = (length or t + 1).bit_length() - 1  # floor(log2 ts)
        err = shift_floor(count.astype(np.int64) * loss.alpha, steps_shift)
    err[label] -= loss.alpha
    if loss.kind == "one_sided":
        err[label] = min(err[label], 0)
    silent = err == 0
    silent[label] = False  # the label keeps its own term
    if loss.kind == "positive":
        err[silent] = 1  # (3.7)
    if loss.kind == "random":
        err[silent] = random_signs(key, t, len(count))[silent]  # (3.8)
    return saturate(err, limit(loss.err_bits))


def softmax(network: Network, count: np.ndarray) -> np.ndarray:
    """Return ``alpha`` times the softmax of ``count (O,)``, rounded to the nearest integers."""
    alpha, shift = network.loss.alpha, EXP_STEPS - network.loss.temperature_shift
    table = exponentials()
    z = count.max() - count.astype(np.int64)
    z = z << shift if shift > 0 else shift_floor(z, -shift)
    e = table[np.minimum(z, len(table) - 1)]
    total = e.sum()
    return (2 * alpha * e + total) // (2 * total)


def random_signs(key: np.uint64, t: int, n: int) -> np.ndarray:
    """Return ``n`` draws out of -1, 0, 1 for step ``t`` of the sample with encoding key ``key``."""
    with np.errstate(over="ignore"):
        loss_key = fold(np.uint64(key), np.uint64(Stream.LOSS))
        outputs = np.arange(t * n, (t + 1) * n, dtype=np.uint64)
        return draw_below(loss_key, outputs, np.uint64(3)).astype(np.int64) - 1


def output_error(
    network: Network, s: np.ndarray, label: int, key: np.uint64, point: ErrorPoint | None = None
) -> np.ndarray:
    """Return the output layer's feedback voltage ``e (O,)`` from its spikes ``s (T, O)``.

    The error of ``point`` itself, by default the last one (3.15), or the spikes of the error
    neurons (3.9-3.13). Of a readout ``s`` are its potentials.
    """
    last = len(s) - 1
    feedback = network.feedback
    if feedback.propagation == "direct":
        point = point or network.error_points[-1]
        count = answer(network.layers[-1].neuron, s[point.first : point.last + 1])
        return prediction_error(network, count, label, t=point.last, key=key, length=point.length)
    first = last if feedback.propagation == "final" else feedback.soft_start
    e = np.zeros(s.shape[1], np.int64)
    v_pos, v_neg = e.copy(), e.copy()
    s_pos, s_neg = e.copy(), e.copy()
    for t in range(first, last + 1):
        err = prediction_error(network, s[: t + 1].sum(axis=0), label, t=t, key=key)
        v_pos = v_pos - feedback.err_vth * s_pos + err  # (3.9)
        v_neg = v_neg - feedback.err_vth * s_neg - err  # (3.10)
        s_pos = (v_pos > feedback.err_vth).astype(np.int64)  # (3.11)
        s_neg = (v_neg > feedback.err_vth).astype(np.int64)  # (3.12)
        e = e + s_pos - s_neg  # (3.13)
    return e << feedback.err_shift
