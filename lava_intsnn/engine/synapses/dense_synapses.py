"""All-to-all synapses."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import graded as dense_kernels
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.engine.trace_updates import delta_traces, dense_fan


class DenseSynapses(StepSynapses):
    """Adds up the rows of the inputs that are not 0."""

    def __init__(self, kernel: LayerKernel, *, steps: int, graded: bool) -> None:
        super().__init__(kernel, steps=steps, graded=graded)
        self._sums = dense_kernels.accumulate_counts if graded else dense_kernels.accumulate
        self._fan = dense_fan(kernel.layer.fan_in)
        self._q = np.zeros((steps, 1, kernel.p), np.int32)

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples."""
        self._sums(x.reshape(-1, x.shape[2]), self.w, a.reshape(-1, a.shape[2]))

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples."""
        x, gates, v_fb, active = seen
        into = delta[: len(self.w)]
        delta_traces(x, gates, v_fb, self.trace, active, self._fan, self._q, into)
