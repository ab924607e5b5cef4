"""The output layer's counts, error and prediction in float32."""

from __future__ import annotations

import numpy as np

from lava_intsnn.network import Network
from lava_intsnn.proc_models.readout import Readout


class ReadoutCore(Readout):
    """As :class:`lava_intsnn.proc_models.fixed_pt.readout.ReadoutCore`, in float32."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, np.float32)

    def predict(self, v: np.ndarray) -> None:
        """Classify by counts and, if the network says so, final potentials ``v (B, O)``."""
        score = self.count.copy()
        if self.network.tie_break:
            most = self.count == self.count.max(axis=1, keepdims=True)
            score = np.where(most, v, -np.inf)
        self.prediction[:] = score.argmax(axis=1)

    def compare(self, labels: np.ndarray) -> None:
        """Compute the error against ``labels (B,)``; -1 gives none."""
        loss = self.network.loss
        known = np.flatnonzero(labels >= 0)
        label = labels[known]
        self.err[:] = 0
        scale = np.float32(loss.alpha * 2.0**-self.network.count_shift)
        self.err[known] = self.count[known] * scale
        self.err[known, label] -= loss.alpha
        if loss.kind == "one_sided":
            self.err[known, label] = np.minimum(self.err[known, label], 0)
