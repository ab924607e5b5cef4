"""Samples to spikes or counts, one time step at a time."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from lava_intsnn.engine.encode import ENCODER_CODES, encode_spikes
from lava_intsnn.network import FrameEncoder, RateEncoder


class EncoderCore(Protocol):
    """Encodes a batch."""

    def load(self, images: np.ndarray, keys: np.ndarray) -> None:
        """Take ``images (B, n_values)`` uint8, to be encoded with ``keys (B,)``."""

    def step(self, t: int) -> np.ndarray:
        """Return spikes or counts of step ``t``, uint8 ``(B, I)``, valid until the next call."""


def encoder_core(
    *, batch: int, n_values: int, steps: int, encoder: RateEncoder | FrameEncoder
) -> EncoderCore:
    """Return what encodes samples of ``n_values`` bytes as ``encoder`` says."""
    if isinstance(encoder, FrameEncoder):
        return FrameCore(batch=batch, n_values=n_values, steps=steps, encoder=encoder)
    return RateCore(batch=batch, n_in=n_values, steps=steps, encoder=encoder)


class RateCore:
    """Rate-codes a batch."""

    def __init__(self, *, batch: int, n_in: int, steps: int, encoder: RateEncoder) -> None:
        self.steps, self.code = steps, ENCODER_CODES[encoder.kind]
        self._spikes = np.zeros((batch, steps, n_in), np.uint8)

    def load(self, images: np.ndarray, keys: np.ndarray) -> None:
        """Draw all spikes of the batch."""
        encode_spikes(images, keys, self.steps, self.code, self._spikes)

    def step(self, t: int) -> np.ndarray:
        """Return the spikes of step ``t``, uint8 ``(B, I)``."""
        return self._spikes[:, t]


class FrameCore:
    """Takes a batch's frames as they are, cut at ``max_count``."""

    def __init__(self, *, batch: int, n_values: int, steps: int, encoder: FrameEncoder) -> None:
        self.max_count = np.uint8(encoder.max_count)
        self._frames = np.zeros((batch, steps, n_values // steps), np.uint8)

    def load(self, images: np.ndarray, keys: np.ndarray) -> None:
        """Take the frames; keys draw nothing."""
        np.minimum(images.reshape(self._frames.shape), self.max_count, out=self._frames)

    def step(self, t: int) -> np.ndarray:
        """Return frame ``t``, uint8 ``(B, I)``."""
        return self._frames[:, t]
