"""Errors at several points of a sample, and how they reach its steps."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.answers import answer_rule, point_answers
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.output import direct_error, error_constants
from lava_intsnn.network import Network


class PointErrors:
    """The errors of a network's output, each about the steps of its point.

    Attributes
    ----------
    several : bool
        Whether the error is more than the one voltage for all steps of a sample that
        :func:`~.error_neurons.error` gives.
    """

    def __init__(self, network: Network) -> None:
        loss, readout = network.loss, network.readout
        self.points = network.error_points
        self._steps, self._part = network.steps, network.steps // loss.points
        self._from_start = loss.window == "start"
        self._maxima = readout is not None and readout.answer == "max"
        self.several = len(self.points) > 1 or self._maxima
        self._rule = answer_rule(network)
        self._scratch: dict[int, np.ndarray] = {}
        self._constants = [error_constants(network, point) for point in self.points]

    def errors(
        self, y: np.ndarray, labels: np.ndarray, keys: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the errors of samples.

        Parameters
        ----------
        y : integer (B, T, O)
            What the output said at each step: spikes, or potentials of readouts.
        labels : integer (B,)
            Classes; -1 gives no error.
        keys : uint64 (B,)
            Encoding keys, from which the random loss draws.

        Returns
        -------
        e : int32 (B, P, O)
        at : int32 (P, B, O)
            Steps of maxima.
        active : bool (B,)
            Samples with an error.
        """
        n, _, n_out = y.shape
        shape = len(self.points), n, n_out
        count, at, e = (np.zeros(shape, np.int32) for _ in range(3))
        point_answers(y, self._part, not self._from_start, self._rule, count, at)
        for p in range(len(e)):
            e[p] = self.error(p, count[p], labels, keys)
        return np.ascontiguousarray(e.swapaxes(0, 1)), at, e.any(axis=(0, 2))

    def error(self, p: int, count: np.ndarray, labels: np.ndarray, keys: np.ndarray) -> np.ndarray:
        """Return the error of point ``p``, int32 ``(B, O)``, from its counts or answers."""
        e, active = np.empty(count.shape, np.int32), np.empty(len(count), np.bool_)
        direct_error(count, labels, keys, self._constants[p], e, active)
        return e

    def begins(self, t: int) -> bool:
        """Whether an answer begins anew in step ``t``."""
        return t == 0 or (not self._from_start and t % self._part == 0)

    def number_at(self, t: int) -> int | None:
        """Return the number of the point at the end of step ``t``, or None."""
        p, left = divmod(t + 1, self._part)
        return None if left else p - 1

    def at_steps(self, v_fb: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """Return ``v_fb (B, P, n)`` of points as the voltage of each step, ``(B, T or 1, n)``.

        A step is pushed by all errors that are about it. ``at (P, B, n)`` are the steps of maxima,
        given for the output layer, which an error pushes there alone.
        """
        maxima = at is not None and self._maxima
        if v_fb.shape[1] == 1 and not maxima:
            return v_fb
        if v_fb.shape[1] == self._steps and not self._from_start and not maxima:
            return v_fb
        out = self._scratch_of(len(v_fb), v_fb.shape[2])
        if maxima:
            out[:] = 0
            _spread_maxima(v_fb, at, out)
        else:
            _spread(v_fb, self._part, self._from_start, out)
        return out

    def _scratch_of(self, rows: int, width: int) -> np.ndarray:
        """Return memory ``(rows, T, width)``, which the next call for layers so wide reuses."""
        found = self._scratch.get(width)
        if found is None or len(found) < rows:
            found = self._scratch[width] = np.empty((rows, self._steps, width), np.int32)
        return found[:rows]


@kernel
def _spread(v_fb, part, from_start, out):
    """Write the voltages of points ``(B, P, n)`` to the steps they are about, ``out (B, T, n)``."""
    for b in range(out.shape[0]):
        for p in range(v_fb.shape[1] - 1, -1, -1):
            last, point = out[b, (p + 1) * part - 1], v_fb[b, p]
            if from_start and p + 1 < v_fb.shape[1]:
                later = out[b, (p + 1) * part]
                for h in range(out.shape[2]):
                    last[h] = point[h] + later[h]
            else:
                for h in range(out.shape[2]):
                    last[h] = point[h]
            for t in range(p * part, (p + 1) * part - 1):
                out[b, t] = last


@kernel
def _spread_maxima(v_fb, at, out):
    """Add the voltages of points to the steps ``at (P, B, n)`` of ``out (B, T, n)``, which is 0."""
    for b in range(out.shape[0]):
        for p in range(v_fb.shape[1]):
            for h in range(at.shape[2]):
                out[b, at[p, b, h], h] += v_fb[b, p, h]
