"""The output layer's counts, error and prediction."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.output import error, predict
from lava_intsnn.network import Network


class ReadoutCore:
    """Counts output spikes over a sample; at its end computes error and prediction.

    Attributes
    ----------
    count, err : int32 (B, O)
    prediction : int32 (B,)
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        shape = (network.batch, network.n_classes)
        self.count = np.zeros(shape, np.int32)
        self.err = np.zeros(shape, np.int32)
        self.prediction = np.zeros(network.batch, np.int32)

    def add(self, s: np.ndarray, t: int) -> None:
        """Count the spikes ``s (B, O)`` of step ``t``."""
        if t == 0:
            self.count[:] = 0
        self.count += s

    def predict(self, v: np.ndarray) -> None:
        """Classify by counts and final potentials ``v (B, O)``."""
        self.prediction[:] = predict(self.network, self.count, v)

    def compare(self, labels: np.ndarray) -> None:
        """Compute the error against ``labels (B,)``; -1 gives none."""
        self.err[:], _ = error(self.network, self.count, labels)
