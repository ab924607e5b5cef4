"""The output layer's counts, error and prediction."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.output import error, predict
from lava_intsnn.network import Network
from lava_intsnn.proc_models.readout import Readout


class ReadoutCore(Readout):
    """Counts output spikes over a sample; at its end computes error and prediction, in int32."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, np.int32)

    def predict(self, v: np.ndarray) -> None:
        """Classify by counts and final potentials ``v (B, O)``."""
        self.prediction[:] = predict(self.network, self.count, v)

    def compare(self, labels: np.ndarray) -> None:
        """Compute the error against ``labels (B,)``; -1 gives none."""
        self.err[:], _ = error(self.network, self.count, labels, np.zeros(len(labels), np.uint64))
