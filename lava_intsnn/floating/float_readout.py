"""The output layer's counts or answers, error and prediction in float32."""

from __future__ import annotations

import numpy as np

from lava_intsnn.floating.float_error import output_error
from lava_intsnn.floating.float_points import float_answer, maxima_at
from lava_intsnn.network import Network

#: Largest count that results hold.
_MOST = float(np.iinfo(np.int32).max - 127)


class FloatReadout:
    """Counts output spikes over a sample; at its end computes error and prediction.

    Attributes
    ----------
    s : float32 (T, B, O)
        The sample's spikes, or the potentials of readouts.
    count : float32 (B, O)
        Spikes, or answers of readouts.
    err : float32 (B, O)
        What the output layer learns from: the error, of several the last one, or the spikes of the
        error neurons.
    prediction : int32 (B,)
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        shape = (network.batch, network.n_classes)
        self.count = np.zeros(shape, np.float32)
        self.err = np.zeros(shape, np.float32)
        self.prediction = np.zeros(network.batch, np.int32)
        self.s = np.zeros((network.steps, *shape), np.float32)
        self._errors = np.zeros((1, *shape), np.float32)

    def add(self, s: np.ndarray, t: int) -> None:
        """Take what the output says in step ``t``, ``(B, O)``: spikes, or potentials."""
        self.s[t] = s
        if self.network.readout:
            self.count[:] = float_answer(self.network, self.s[: t + 1])
            return
        if t == 0:
            self.count[:] = 0
        self.count += s

    def count_all(self) -> None:
        """Count the spikes ``self.s`` of a whole sample, for who has written them there."""
        if self.network.readout:
            self.count[:] = float_answer(self.network, self.s)
        else:
            self.s.sum(axis=0, out=self.count)

    def whole_count(self) -> np.ndarray:
        """Return the counts, or answers rounded down, of the sample, int32 ``(B, O)``."""
        return np.clip(np.floor(self.count), -_MOST, _MOST).astype(np.int32)

    def predict(self, v: np.ndarray) -> None:
        """Classify by counts and, if the network says so, final potentials ``v (B, O)``."""
        score = self.count
        if self.network.tie_break:
            most = score == score.max(axis=1, keepdims=True)
            score = np.where(most, v, -np.inf)
        self.prediction[:] = score.argmax(axis=1)

    def compare(self, labels: np.ndarray, keys: np.ndarray | None = None) -> None:
        """Compute the error against ``labels (B,)``; -1 gives none.

        Parameters
        ----------
        keys : uint64 (B,), optional
            Encoding keys of the samples, which the random loss needs.
        """
        if keys is None:
            if self.network.loss.kind == "random":
                raise ValueError("the random loss draws from the samples' keys: give keys=")
            keys = np.zeros(len(labels), np.uint64)
        self._errors = output_error(self.network, self.s, np.asarray(labels), keys)
        self.err[:] = self._errors[-1]

    def pushed(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the errors of all points ``(P, B, O)``, and the steps of maxima, if any."""
        return self._errors, maxima_at(self.network, self.s)
