"""Samples to spikes, one time step at a time."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.encode import ENCODER_CODES, encode_spikes
from lava_intsnn.network import RateEncoder


class EncoderCore:
    """Rate-codes a batch.

    Parameters
    ----------
    batch, n_in, steps : int
    encoder : RateEncoder
    """

    def __init__(self, *, batch: int, n_in: int, steps: int, encoder: RateEncoder) -> None:
        self.steps, self.code = steps, ENCODER_CODES[encoder.kind]
        self._spikes = np.zeros((batch, steps, n_in), np.uint8)

    def load(self, images: np.ndarray, keys: np.ndarray) -> None:
        """Take ``images (B, I)`` uint8, to be encoded with ``keys (B,)``."""
        encode_spikes(images, keys, self.steps, self.code, self._spikes)

    def step(self, t: int) -> np.ndarray:
        """Return the spikes of step ``t``, uint8 ``(B, I)``, valid until the next call."""
        return self._spikes[:, t]
