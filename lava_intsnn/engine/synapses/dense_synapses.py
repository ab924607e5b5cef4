"""All-to-all synapses."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import graded as dense_kernels
from lava_intsnn.engine.dense_updates import DenseUpdates
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.sparse_rows import chunked, rows_apart, sums_of_rows
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses

_INT16 = np.iinfo(np.int16).max


class DenseSynapses(StepSynapses):
    """Adds up the rows of the inputs that are not 0."""

    def __init__(self, kernel: LayerKernel, *, steps: int, graded: bool) -> None:
        super().__init__(kernel, steps=steps, graded=graded)
        layer = kernel.layer
        most = (255 if graded else 1) * layer.seen_max
        fits = max(most, layer.fan_in // 2) <= _INT16 and kernel.precision.w_max <= _INT16 + 1
        # rows of int16 are added several at a time without a product
        in_pairs = fits and (graded or kernel.w_dtype != np.int16)
        self._rows = chunked(layer.fan_in, kernel.p) if in_pairs else None
        self._sums = dense_kernels.accumulate_counts if graded else dense_kernels.accumulate
        if layer.plastic:
            self._updates = DenseUpdates(layer.fan_in, kernel.p, steps, binary=not graded)

    def read_weights(self) -> None:
        """Take the weights as they are now."""
        if self._rows is not None:
            rows_apart(self.w, self._rows)

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples."""
        rows = np.ascontiguousarray(x).reshape(-1, x.shape[2])
        into = a.reshape(-1, a.shape[2])
        if self._rows is not None:
            sums_of_rows(rows, self._rows, into)
        else:
            self._sums(rows, self.w, into)

    def step_sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Write the synaptic sums of step ``t``, of weights as they are."""
        self._sums(np.ascontiguousarray(s_in), self.w, a)

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples."""
        x, gates, v_fb, active = seen
        self._updates.add(x, gates, v_fb, self.trace, active, delta[: len(self.w)])
