"""What a readout keeps, whatever it computes in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.network import Network


class Readout:
    """Spike counts over a sample, and what follows from them.

    Attributes
    ----------
    count, err : (B, O)
        ``err`` is the feedback voltage that the error of the last complete sample made.
    prediction : int32 (B,)
    """

    def __init__(self, network: Network, dtype: npt.DTypeLike) -> None:
        self.network = network
        shape = (network.batch, network.n_classes)
        self.count = np.zeros(shape, dtype)
        self.err = np.zeros(shape, dtype)
        self.prediction = np.zeros(network.batch, np.int32)

    def add(self, s: np.ndarray, t: int) -> None:
        """Count the spikes ``s (B, O)`` of step ``t``."""
        if t == 0:
            self.count[:] = 0
        self.count += s
