"""The output layer: prediction, error, and the error neurons that may hand it on (3.6-3.13)."""

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
_ONE_BIT = np.uint32(1)


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
def _scale(count, length, constants, scaled):
    """Write what the outputs ``count (O,)`` say in units of ``alpha`` into ``scaled``, int64."""
    if constants.kind == _SOFTMAX:
        _scale_softmax(count, constants, scaled)
        return
    shift = _count_shift(length)
    for o in range(count.shape[0]):
        scaled[o] = shift_floor(np.int64(count[o]) * constants.alpha, shift)


@compiled
def _prediction_error(scaled, is_label, constants, loss_key, index):
    """Return one output's error (3.6-3.8) from what :func:`_scale` wrote; int64."""
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
    """Compute the error ``e (B, O)`` int32 of the last step, and whose is not 0; see :func:`error`.

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
            _scale(count[b], constants.length, constants, scaled)
        for o in range(n_out):
            err = np.int64(0)
            if label >= 0:
                err = _prediction_error(
                    scaled[o], o == label, constants, loss_key, last * n_out + o
                )
            e[b, o] = err
            active[b] |= err != 0


@kernel
def _error_neurons(count, labels, keys, t, constants, v_pos, v_neg, s_pos, s_neg, e):
    """Advance the error neurons ``(B, O)`` by step ``t`` with the counts so far (3.9-3.13)."""
    vth = constants.err_vth
    n_out = count.shape[1]
    scaled = np.zeros(n_out, np.int64)
    for b in range(count.shape[0]):
        label = labels[b]
        if label < 0:
            continue
        loss_key = fold(keys[b], _STREAM)
        _scale(count[b], np.int64(t) + 1, constants, scaled)
        for o in range(n_out):
            err = _prediction_error(
                scaled[o], o == label, constants, loss_key, np.int64(t) * n_out + o
            )
            v_pos[b, o] += err - vth * s_pos[b, o]
            v_neg[b, o] += -err - vth * s_neg[b, o]
            s_pos[b, o] = v_pos[b, o] > vth
            s_neg[b, o] = v_neg[b, o] > vth
            e[b, o] += np.int32(s_pos[b, o]) - np.int32(s_neg[b, o])


@kernel
def _count_to(spikes, first, last, count):
    for b in range(count.shape[0]):
        for t in range(first, last):
            for o in range(count.shape[1]):
                count[b, o] += spikes[b, t, o]


class ErrorNeurons:
    """A pair of error neurons for each output of ``rows`` samples, one step at a time.

    With ``propagation = "direct"`` there are none, and the error is that of the last step.

    Attributes
    ----------
    v_pos, v_neg : int64 (rows, O)
        Potentials.
    s_pos, s_neg : uint8 (rows, O)
        Spikes of the last step.
    """

    def __init__(self, network: Network, rows: int) -> None:
        self._direct = network.feedback.propagation == "direct"
        self.constants = error_constants(network)
        shape = (rows, network.n_classes)
        self.v_pos, self.v_neg = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.s_pos, self.s_neg = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        self._e = np.zeros(shape, np.int32)
        self._states = (self.v_pos, self.v_neg, self.s_pos, self.s_neg, self._e)
        self._active = np.zeros(rows, np.bool_)

    def reset(self) -> None:
        """Begin a sample."""
        for state in self._states:
            state[:] = 0

    def step(self, count: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, t: int) -> None:
        """Advance by step ``t``; nothing happens at steps whose error does not count.

        Parameters
        ----------
        count : int32 (B, O)
            Spikes of steps ``0 .. t``; B may be less than ``rows``.
        labels : integer (B,)
            Classes; -1 gives no error.
        keys : uint64 (B,)
            Encoding keys, from which the random loss draws.
        """
        if not self.constants.first <= t <= self.constants.last:
            return
        n = len(count)
        if self._direct:
            direct_error(count, labels, keys, self.constants, self._e[:n], self._active[:n])
            return
        states = (state[:n] for state in self._states)
        _error_neurons(count, labels, keys, t, self.constants, *states)

    def e(self, n: int | None = None) -> np.ndarray:
        """Return the output's feedback voltage ``(n, O)`` int32 after the last step."""
        e = self._e[:n]
        return e.copy() if self._direct else e << np.int32(self.constants.err_shift)


def needs_spikes(network: Network) -> bool:
    """Whether :func:`error` needs the output spikes of each step, or their counts only."""
    return network.feedback.propagation == "feedback"


def error(
    network: Network,
    count: np.ndarray,
    labels: np.ndarray,
    keys: np.ndarray,
    spikes: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the output layer's feedback voltage and which samples have any.

    Parameters
    ----------
    count : int32 (B, O)
        Spikes of the whole sample.
    labels : integer (B,)
        Classes; -1 marks a sample that is not to be learned: its error is 0.
    keys : uint64 (B,)
        Encoding keys of the samples.
    spikes : uint8 (B, T, O), optional
        Output spikes step by step, where :func:`needs_spikes` says so.

    Returns
    -------
    e : int32 (B, O)
    active : bool (B,)
    """
    if network.feedback.propagation == "direct":
        e = np.empty(count.shape, np.int32)
        active = np.empty(len(count), np.bool_)
        direct_error(count, labels, keys, error_constants(network), e, active)
        return e, active
    neurons = ErrorNeurons(network, len(count))
    last = network.steps - 1
    if not needs_spikes(network):
        neurons.step(count, labels, keys, t=last)
    else:
        assert spikes is not None
        so_far = np.zeros(count.shape, np.int32)
        done = 0
        for t in range(network.feedback.soft_start, last + 1):
            _count_to(spikes, done, t + 1, so_far)
            done = t + 1
            neurons.step(so_far, labels, keys, t=t)
    e = neurons.e()
    return e, e.any(axis=1)


@kernel
def unpack(words, spikes):
    """Write spike words ``(B, >= O)`` uint32 out as ``spikes (B, T, O)`` uint8."""
    for b in range(spikes.shape[0]):
        for t in range(spikes.shape[1]):
            for o in range(spikes.shape[2]):
                spikes[b, t, o] = (words[b, o] >> np.uint32(t)) & _ONE_BIT
