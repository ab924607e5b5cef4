"""Error neurons, which may hand the output's error on (3.9-3.13), and the error as it is sent."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Stream
from lava_intsnn.engine.jit import fold, kernel
from lava_intsnn.engine.output import direct_error, error_constants, prediction_error, scale
from lava_intsnn.network import Network

_STREAM = np.uint64(Stream.LOSS)


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
        scale(count[b], np.int64(t) + 1, constants, scaled)
        for o in range(n_out):
            err = prediction_error(
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
