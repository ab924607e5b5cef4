"""Synapse blocks at a core: they turn the payloads of a step into sums at a port.

Weights are held as float64 so that BLAS can multiply them. Every number is an integer, and every
sum is bounded below 2**53 before it is formed, so each is exact.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.image import SynapseData, check_weights
from lava_intsnn.loihi.microcode.program import SynapseBlock

_EXACT = 1 << 53


class SynapseMemory:
    """Dense synapses without delays.

    Parameters
    ----------
    block : SynapseBlock
    data : SynapseData
    payload_max : int
        Largest magnitude of a payload.
    """

    #: Synaptic words :meth:`deliver` has read: one per synapse of each source with a payload.
    operations: int

    def __init__(self, block: SynapseBlock, data: SynapseData, *, payload_max: int) -> None:
        self.block = block
        self.operations = 0
        self.fan_in = block.shape[1]
        self.payload_max = payload_max
        widest = self.fan_in * max(-block.w_min, block.w_max) * payload_max
        if widest >= _EXACT:
            raise MicrocodeError(
                f"synapse block {block.name}: sums of up to {widest}: must be less than 2**53; "
                "narrow the payload"
            )
        self.load(data.weights)

    def load(self, weights: np.ndarray) -> None:
        """Replace the weights, int64 ``(O, I)``."""
        check_weights(self.block, weights)
        self.columns = np.ascontiguousarray(weights.T, np.float64)
        """Weights ``(I, O)``: the row of a source holds its synapses."""

    def weights(self) -> np.ndarray:
        """Return the weights, int64 ``(O, I)``."""
        return np.ascontiguousarray(self.columns.T.astype(np.int64))

    def bound(self) -> int:
        """Return the largest magnitude of a sum in one step."""
        if self.block.learning:
            return self.fan_in * max(-self.block.w_min, self.block.w_max, 0) * self.payload_max
        return int(np.abs(self.columns).sum(axis=0).max()) * self.payload_max

    def deliver(self, payload: np.ndarray) -> np.ndarray | None:
        """Take the payloads of a step, int64 ``(B, I)``; return their sums ``(B, n)`` or None."""
        active = np.flatnonzero(payload[0] if len(payload) == 1 else payload.any(axis=0))
        if not len(active):
            return None
        self.operations += self._count(payload)
        if 2 * len(active) < payload.shape[1]:
            sums = payload[:, active].astype(np.float64) @ self.columns[active]
        else:
            sums = payload.astype(np.float64) @ self.columns
        return sums.astype(np.int64)

    def due(self) -> np.ndarray | None:
        """Return the sums that delays bring in this step, None if there are none."""
        return None

    def clear(self) -> None:
        """Forget spikes that are under way."""

    def _count(self, payload: np.ndarray) -> int:
        return int(np.count_nonzero(payload)) * self.block.shape[0]


class SharedSynapses(SynapseMemory):
    """Convolution: the positions of an image share their weights."""

    def __init__(self, block: SynapseBlock, data: SynapseData, *, payload_max: int) -> None:
        super().__init__(block, data, payload_max=payload_max)
        assert block.conv is not None
        layer = block.conv.layer(block.shape[0])
        self._patches = layer.patches()
        self._groups = layer.groups
        inside = self._patches[self._patches >= 0]
        self._fan_out = np.bincount(inside, minlength=layer.n_in) * layer.group_channels

    def deliver(self, payload: np.ndarray) -> np.ndarray | None:
        """Take the payloads of a step, int64 ``(B, I)``; return their sums ``(B, n)`` or None."""
        if not payload.any():
            return None
        self.operations += self._count(payload)
        batch, n_in = payload.shape
        padded = np.zeros((batch, n_in + 1))  # index -1 is the padding
        padded[:, :n_in] = payload
        seen = padded[:, self._patches].reshape(-1, self._groups, self.fan_in)
        columns = self.columns.reshape(self.fan_in, self._groups, -1)
        sums = [seen[:, g] @ columns[:, g] for g in range(self._groups)]
        return np.stack(sums, axis=1).reshape(batch, -1).astype(np.int64)

    def _count(self, payload: np.ndarray) -> int:
        return int(((payload != 0) @ self._fan_out).sum())


class DelayedSynapseMemory(SynapseMemory):
    """Dense synapses each of which holds its spikes back for a number of steps."""

    def __init__(
        self, block: SynapseBlock, data: SynapseData, *, payload_max: int, batch: int
    ) -> None:
        super().__init__(block, data, payload_max=payload_max)
        assert data.delays is not None
        self._delays = np.ascontiguousarray(data.delays.T)  # (I, O), as the weights
        self._slots = block.max_delay + 1
        self._ring = np.zeros((batch, self._slots, block.shape[0]))
        self._now = 0

    def deliver(self, payload: np.ndarray) -> np.ndarray | None:
        """Take the payloads of a step, int64 ``(B, I)``; :meth:`due` returns their sums."""
        chip, source = np.nonzero(payload)
        if len(source):
            self.operations += self._count(payload)
            slot = (self._now + self._delays[source]) % self._slots
            n = self.block.shape[0]
            word = (chip[:, None] * self._slots + slot) * n + np.arange(n)
            amount = self.columns[source] * payload[chip, source][:, None]
            total = np.bincount(word.ravel(), amount.ravel(), minlength=self._ring.size)
            self._ring += total.reshape(self._ring.shape)
        return None

    def due(self) -> np.ndarray | None:
        """Return the sums that delays bring in this step, and move on to the next."""
        sums = self._ring[:, self._now].astype(np.int64)
        self._ring[:, self._now] = 0
        self._now = (self._now + 1) % self._slots
        return sums

    def clear(self) -> None:
        """Forget spikes that are under way."""
        self._ring[:] = 0


def synapses(
    block: SynapseBlock, data: SynapseData, *, payload_max: int, batch: int
) -> SynapseMemory:
    """Return the executor of a synapse block."""
    if block.conv:
        return SharedSynapses(block, data, payload_max=payload_max)
    if block.max_delay:
        return DelayedSynapseMemory(block, data, payload_max=payload_max, batch=batch)
    return SynapseMemory(block, data, payload_max=payload_max)
