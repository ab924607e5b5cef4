"""Samples to spikes or counts, one time step at a time."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.encode import encode_steps
from lava_intsnn.network import FrameEncoder, RateEncoder


class EncoderCore:
    """Encodes a batch.

    Parameters
    ----------
    batch, n_values, steps : int
        Samples, bytes of each, and T.
    encoder : RateEncoder or FrameEncoder
    """

    def __init__(
        self, *, batch: int, n_values: int, steps: int, encoder: RateEncoder | FrameEncoder
    ) -> None:
        self.encoder = encoder
        n_in = n_values // steps if isinstance(encoder, FrameEncoder) else n_values
        self._encoded = np.zeros((batch, steps, n_in), np.uint8)

    def load(self, images: np.ndarray, keys: np.ndarray) -> None:
        """Take ``images (B, n_values)`` uint8, to be encoded with ``keys (B,)``."""
        encode_steps(self.encoder, images, keys, self._encoded)

    def step(self, t: int) -> np.ndarray:
        """Return spikes or counts of step ``t``, uint8 ``(B, I)``, valid until the next call."""
        return self._encoded[:, t]
