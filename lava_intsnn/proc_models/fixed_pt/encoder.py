"""Samples to spikes, one time step at a time."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.encode import ENCODER_CODES, encode_spikes, encode_words, word_code
from lava_intsnn.network import RateEncoder
from lava_intsnn.network.bounds import WORD_BITS
from lava_intsnn.proc_models.fixed_pt.bits import get_bit


class EncoderCore:
    """Rate-codes a batch.

    Parameters
    ----------
    batch, n_in, steps : int
    encoder : RateEncoder
    """

    def __init__(self, *, batch: int, n_in: int, steps: int, encoder: RateEncoder) -> None:
        self.steps = steps
        if steps <= WORD_BITS:
            self._code = word_code(encoder, steps)
            self._bit_of_step = np.argsort(self._code.order)
            self._words = np.zeros((batch, n_in), np.uint32)
            self._s = np.zeros((batch, n_in), np.uint8)
        else:
            self._kind = ENCODER_CODES[encoder.kind]
            self._spikes = np.zeros((batch, steps, n_in), np.uint8)

    def load(self, images: np.ndarray, keys: np.ndarray) -> None:
        """Take ``images (B, I)`` uint8, to be encoded with ``keys (B,)``."""
        if self.steps <= WORD_BITS:
            encode_words(images, keys, self._code, self._words)
        else:
            encode_spikes(images, keys, self.steps, self._kind, self._spikes)

    def step(self, t: int) -> np.ndarray:
        """Return the spikes of step ``t``, uint8 ``(B, I)``, valid until the next call."""
        if self.steps > WORD_BITS:
            return self._spikes[:, t]
        get_bit(self._words, self._bit_of_step[t], self._s)
        return self._s
