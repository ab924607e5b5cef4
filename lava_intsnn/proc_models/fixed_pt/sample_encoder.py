"""Encoding of samples as spikes or counts, one time step at a time."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.encode import encode_steps
from lava_intsnn.network import Encoder, FrameEncoder
from lava_intsnn.proc_models.shared_memory import SampleMemory


class EncoderCore:
    """Encodes the batches in a memory.

    Parameters
    ----------
    memory : SampleMemory
    steps : int
        T.
    encoder : RateEncoder, FrameEncoder or NeuronEncoder
    """

    def __init__(self, memory: SampleMemory, *, steps: int, encoder: Encoder) -> None:
        self._memory, self.encoder = memory, encoder
        _, batch, n_values = memory.images.shape
        n_in = n_values // steps if isinstance(encoder, FrameEncoder) else n_values
        self._encoded = np.zeros((batch, steps, n_in), np.uint8)

    def load(self, slot: int) -> None:
        """Select the batch in ``slot``, which is encoded with its keys."""
        memory = self._memory
        encode_steps(self.encoder, memory.images[slot], memory.keys[slot], self._encoded)

    def step(self, t: int) -> np.ndarray:
        """Return spikes or counts of step ``t``, uint8 ``(B, I)``, valid until the next call."""
        return self._encoded[:, t]
