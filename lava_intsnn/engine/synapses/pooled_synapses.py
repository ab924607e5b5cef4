"""Synapses behind a pool, of whichever kind."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import conv_steps
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses


class PooledSynapses(StepSynapses):
    """Hands ``inner`` the sums of the windows, as counts, and shifts the sums of an average."""

    def __init__(self, inner: StepSynapses) -> None:
        super().__init__(inner.kernel, steps=inner.steps, graded=True)
        assert self.kernel.layer.pool is not None
        self._inner, pool = inner, self.kernel.layer.pool
        self._fan, self._windows = conv_steps.fan(pool), pool.n_out
        self._shift = np.int32(pool.shift)

    def read_weights(self) -> None:
        """Take the weights as they are now."""
        self._inner.read_weights()

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples."""
        self._inner.sums(self._pooled(x), a)
        self._averaged(a)

    def step_sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Write the synaptic sums of step ``t``."""
        self._inner.step_sums(self._pooled(s_in[:, None])[:, 0], t, a)
        self._averaged(a[:, None])

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples."""
        steps = seen.gates.shape[1]
        self._inner.delta(seen._replace(x=self._pooled(seen.x[:, :steps])), delta)

    def _averaged(self, a: np.ndarray) -> None:
        if self._shift:
            conv_steps.shift_sums(a, self._shift)

    def _pooled(self, x: np.ndarray) -> np.ndarray:
        """Return the sums of the windows, int32 ``(n, T, windows)``."""
        sums = np.empty((*x.shape[:2], self._windows), np.int32)
        conv_steps.window_sums(x, self._fan, sums)
        return sums
