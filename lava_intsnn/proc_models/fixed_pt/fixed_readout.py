"""The output layer's counts or answers, error and prediction."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.answers import advance_answers, answer_rule
from lava_intsnn.engine.error_neurons import ErrorNeurons
from lava_intsnn.engine.output import predict
from lava_intsnn.engine.point_errors import PointErrors
from lava_intsnn.network import Network


class FixedReadout:
    """Counts output spikes over a sample, runs error neurons and classifies, in int32.

    Attributes
    ----------
    count, err : (B, O)
        ``count`` are the answers of readouts, and ``err`` is the feedback voltage from the error of
        the last complete sample; of several errors, the last one.
    prediction : int32 (B,)
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        shape = (network.batch, network.n_classes)
        self.count, self.err = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        self.prediction = np.zeros(network.batch, np.int32)
        self._errors = ErrorNeurons(network, network.batch)
        self._first = network.first_error_step
        self._points = PointErrors(network)
        self._rule = answer_rule(network)
        self._whole, self._part = _Answers(shape), _Answers(shape)
        self._e = np.zeros((network.batch, len(self._points.points), shape[1]), np.int32)
        self._at = np.zeros((len(self._points.points), *shape), np.int32)

    def add(self, y: np.ndarray, t: int) -> None:
        """Take what the output says in step ``t``, ``(B, O)``: spikes, or potentials."""
        self._whole.advance(y, t, begins=t == 0, rule=self._rule)
        self.count[:] = self._whole.kept >> self._rule.shift
        if self._points.several:
            self._part.advance(y, t, begins=self._points.begins(t), rule=self._rule)

    def predict(self, v: np.ndarray) -> None:
        """Classify by counts and final potentials ``v (B, O)``."""
        self.prediction[:] = predict(self.network, self.count, v)

    def compare(self, labels: np.ndarray, keys: np.ndarray, t: int) -> None:
        """Compute the error of step ``t`` against ``labels (B,)``; -1 gives no error.

        The random loss draws from ``keys``, uint64 (B,).
        """
        if self._points.several:
            self._compare_at_point(labels, keys, t)
            return
        if t == self._first:
            self._errors.reset()
        self._errors.step(self.count, labels, keys, t=t)
        if t == self.network.steps - 1:
            self.err[:] = self._errors.e()

    def whole_count(self) -> np.ndarray:
        """Return the counts, or answers, of the sample, int32 ``(B, O)``."""
        return self.count

    def pushed(self) -> tuple[np.ndarray, ...]:
        """Return what the output's neurons hear of the sample.

        That is ``err``; or the errors of all points, ``(B, P, O)``, and the steps of maxima
        ``(P, B, O)``.
        """
        return (self._e, self._at) if self._points.several else (self.err,)

    def _compare_at_point(self, labels: np.ndarray, keys: np.ndarray, t: int) -> None:
        p = self._points.number_at(t)
        if p is None:
            return
        count = self._part.kept >> self._rule.shift
        self.err[:] = self._points.error(p, count, labels, keys)
        self._e[:, p], self._at[p] = self.err, self._part.at


class _Answers:
    """Sums or maxima ``(B, O)`` of the steps so far, int32, and the steps of the maxima."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.kept, self.at = np.zeros(shape, np.int32), np.zeros(shape, np.int32)

    def advance(self, y: np.ndarray, t: int, *, begins: bool, rule: tuple) -> None:
        advance_answers(y, t, begins, rule, self.kept, self.at)
