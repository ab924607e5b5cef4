"""The output layer's counts, error and prediction."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.output import ErrorNeurons, predict
from lava_intsnn.network import Network


class FixedReadout:
    """Counts output spikes over a sample, runs error neurons and classifies, in int32.

    Attributes
    ----------
    count, err : (B, O)
        ``err`` is the feedback voltage from the error of the last complete sample.
    prediction : int32 (B,)
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        shape = (network.batch, network.n_classes)
        self.count, self.err = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        self.prediction = np.zeros(network.batch, np.int32)
        self._errors = ErrorNeurons(network, network.batch)
        self._first = network.first_error_step

    def add(self, s: np.ndarray, t: int) -> None:
        """Count the spikes ``s (B, O)`` of step ``t``."""
        if t == 0:
            self.count[:] = 0
        self.count += s

    def predict(self, v: np.ndarray) -> None:
        """Classify by counts and final potentials ``v (B, O)``."""
        self.prediction[:] = predict(self.network, self.count, v)

    def compare(self, labels: np.ndarray, keys: np.ndarray, t: int) -> None:
        """Compute the error of step ``t`` against ``labels (B,)``; -1 gives no error.

        The random loss draws from ``keys``, uint64 (B,).
        """
        if t == self._first:
            self._errors.reset()
        self._errors.step(self.count, labels, keys, t=t)
        if t == self.network.steps - 1:
            self.err[:] = self._errors.e()
